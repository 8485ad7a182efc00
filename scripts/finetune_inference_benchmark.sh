#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Measures the speed of SQuAD prediction in one process after a warm-up, from latency.jsonl. To compare batch sizes and
# precisions: --batch_sizes=1,2,4,8 --precisions=fp32,fp16

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"
. "$ROOT/scripts/lib/squad.sh"
. "$ROOT/scripts/lib/benchmark.sh"

describe "Measures SQuAD prediction: sequences/s and batch latency (p50, p90, p99), as a table, CSV and PNG."
define_squad_directories
positional task squad text "task; only squad"
positional precision fp16 'fp32|fp16|amp' "numeric precision"
positional use_xla true boolean "compile with XLA"
positional batch_size 8 count "batch size"
positional init_checkpoint "$BERT_DIR/bert_model.ckpt" path "checkpoint prefix, or a directory: its latest checkpoint"
define_benchmark_options batches
define_squad_options
parse_options "$@"

check_benchmark_options batch_size
check_squad_input
find_checkpoint "${OPT[init_checkpoint]}"
predict_file=$SQUAD_DIR/dev-v${OPT[squad_version]}.json
require_questions predict_file "$predict_file"

# Pre-trained weights have no span head; a random one takes the same time.
give_head() {
  local made=$BENCHMARK_DIR/with_head.ckpt
  tool_command add_span_head
  if [[ $DRY_RUN == true ]]; then
    say "$(quoted "${TOOL[@]}" "$CHECKPOINT" "$made")"
    CHECKPOINT=$made
    return
  fi
  CHECKPOINT=$(TF_CPP_MIN_LOG_LEVEL=3 "${TOOL[@]}" "$CHECKPOINT" "$made") ||
    usage_error "init_checkpoint ${OPT[init_checkpoint]} is not a checkpoint of a BERT model"
}

measure_one() { # PRECISION BATCH DIRECTORY
  start_command 0 run_squad.py
  if [[ -z ${HEAD_GIVEN-} ]]; then
    HEAD_GIVEN=true
    give_head
  fi
  RESULTS_DIR=$3 add_squad_flags
  COMMAND+=("--init_checkpoint=$CHECKPOINT" --do_predict "--predict_file=$3/questions.json" "--predict_batch_size=$2")
  add_precision "$1" "${OPT[use_xla]}"
  add_kernels
  COMMAND+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})
  # Each question yields at least one sequence, so this suffices for the batches.
  local questions=$(((OPT[warmup_steps] + OPT[steps]) * $2))
  sample_and_run "$predict_file" "$3/questions.json" "$questions" "$3"
}

run_benchmark inference
