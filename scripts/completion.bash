# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Completes the launchers' options, read from their --help. Use: source scripts/completion.bash

_bert_launcher() {
  local word=${COMP_WORDS[COMP_CWORD]} script='' candidate
  for candidate in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
    if [[ $candidate == *scripts/*.sh && -f $candidate ]]; then script=$candidate; fi
  done
  if [[ -z $script || $word != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$(bash "$script" --help </dev/null 2>/dev/null | sed -nE \
    -e '/^Positional/,/^Options/s/^  ([a-z_]+)=.*/--\1/p' -e 's/^  (--[a-z_]+).*/\1/p')" -- "$word")
}
complete -F _bert_launcher bash run_pretraining.sh run_squad.sh run_squad_inference.sh squad_stability.sh doctor.sh test_faults.sh ask.sh export_squad.sh \
  finetune_train_benchmark.sh finetune_inference_benchmark.sh
