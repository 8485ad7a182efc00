#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Predicts SQuAD answers with a fine-tuned checkpoint and scores them, in one process on one GPU or the CPU.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"
. "$ROOT/scripts/lib/squad.sh"

describe "Predicts SQuAD answers with a fine-tuned checkpoint and evaluates. The last line of output is {\"exact_match\": ..., \"f1\": ...}."
define_squad_directories
positional init_checkpoint "$(latest_checkpoint "$RESULTS_DIR" || printf 'latest in %s' "$RESULTS_DIR")" path "fine-tuned checkpoint"
positional batch_size 8 count "batch size"
positional precision fp16 'fp32|fp16|amp' "numeric precision"
positional use_xla true boolean "compile with XLA"
define_squad_options
option batch_tokens "" count "maximum tokens in a batch, in place of batch_size; at least max_seq_length"
option predict_file "" path "SQuAD file to predict; empty: SQUAD_DIR/dev-v<squad_version>.json"
program_options run_squad.py n_best_size=N null_score_diff_threshold=X
parse_options "$@"

if [[ -n ${OPT[batch_tokens]} ]] && ((OPT[batch_tokens] < OPT[max_seq_length])); then
  usage_error "batch_tokens is '${OPT[batch_tokens]}', but must be at least max_seq_length, ${OPT[max_seq_length]}"
fi
check_squad_input
if [[ ${OPT[init_checkpoint]} == "latest in $RESULTS_DIR" ]]; then
  CHECKPOINT=$RESULTS_DIR/model.ckpt
  missing "no checkpoint in RESULTS_DIR=$RESULTS_DIR; run scripts/run_squad.sh first, or give init_checkpoint"
else
  find_checkpoint "${OPT[init_checkpoint]}"
fi
predict_file=${OPT[predict_file]:-$SQUAD_DIR/dev-v${OPT[squad_version]}.json}
[[ $(passed predict_file '') != '' ]] || require_questions predict_file "$predict_file"

start_command 0 run_squad.py
add_squad_flags
COMMAND+=(
  "--init_checkpoint=$CHECKPOINT"
  --do_predict
  "--predict_file=$predict_file")
if [[ -n ${OPT[batch_tokens]} ]]; then
  COMMAND+=("--predict_batch_tokens=${OPT[batch_tokens]}")
else
  COMMAND+=("--predict_batch_size=${OPT[batch_size]}")
fi
add_precision "${OPT[precision]}" "${OPT[use_xla]}"
add_kernels
COMMAND+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})

run_and_evaluate "$predict_file" "squad_inference_${OPT[precision]}" "${OPT[batch_size]}"
