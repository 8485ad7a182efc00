#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Converts BERT between Hugging Face folders and TensorFlow 1 checkpoints, in either direction (conversion/convert.py).

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Converts a Hugging Face folder into a TensorFlow 1 checkpoint, or a checkpoint into a folder that transformers opens." ''
positional input "" path "Hugging Face folder, or checkpoint: its prefix or directory"
positional output_dir "" path "output directory"
option bert_config_file "" path "configuration of the checkpoint; empty: bert_config.json beside it"
option vocab_file "" path "vocabulary of the checkpoint; empty: vocab.txt beside it"
option do_lower_case "" 'true|false' "whether the checkpoint is uncased; empty: by its name, else by its vocabulary"
option head "" 'none|pretraining|masked_lm|next_sentence|span' "head of the checkpoint to convert; empty: what it has"
parse_options "$@"
refuse_passthrough
for name in input output_dir; do
  [[ -n ${OPT[$name]} ]] || usage_error "--$name is required"
done

find_run_python
require_packages tensorflow absl
command=("$PYTHON" -m conversion.convert --input "$(absolute_path "${OPT[input]}")" --output_dir "$(absolute_path "${OPT[output_dir]}")")
for name in bert_config_file vocab_file; do
  if [[ -n ${OPT[$name]} ]]; then command+=("--$name" "$(absolute_path "${OPT[$name]}")"); fi
done
for name in do_lower_case head; do
  if [[ -n ${OPT[$name]} ]]; then command+=("--$name" "${OPT[$name]}"); fi
done
if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${command[@]}")"
  exit 0
fi
cd "$ROOT"
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-1}
exec "${command[@]}"
