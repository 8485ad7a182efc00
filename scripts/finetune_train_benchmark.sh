#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Measures the speed of SQuAD fine-tuning after a warm-up, from metrics.jsonl. To compare batch sizes and precisions:
# --batch_sizes=4,8,10 --precisions=fp32,fp16

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"
. "$ROOT/scripts/lib/squad.sh"
. "$ROOT/scripts/lib/benchmark.sh"

describe "Measures SQuAD fine-tuning: sequences/s, tokens/s and percentiles of the step time, as a table, CSV and PNG."
define_squad_directories
positional task squad text "task; only squad"
positional precision fp16 'fp32|fp16|amp' "numeric precision"
positional use_xla true boolean "compile with XLA"
positional num_gpus 8 whole "number of GPUs, one process each; 0: one process without Horovod"
positional batch_size_per_gpu 10 count "training batch size per GPU"
positional learning_rate 5e-6 number "peak learning rate per GPU"
option init_checkpoint "$BERT_DIR/bert_model.ckpt" path "pre-trained checkpoint; none: random weights, which are as fast"
define_benchmark_options steps
define_squad_options
parse_options "$@"

check_benchmark_options batch_size_per_gpu
check_squad_input
if [[ ${OPT[init_checkpoint]} != none ]]; then find_checkpoint "${OPT[init_checkpoint]}"; fi
train_file=$SQUAD_DIR/train-v${OPT[squad_version]}.json
require_questions train_file "$train_file"

measure_one() { # PRECISION BATCH DIRECTORY
  local gpus=${OPT[num_gpus]} steps=$((OPT[warmup_steps] + OPT[steps]))
  local questions=$((steps * $2 * (gpus > 0 ? gpus : 1)))
  start_command "$gpus" run_squad.py
  RESULTS_DIR=$3 add_squad_flags
  # One epoch over this many questions is exactly this many steps. Log every step; save only at the end.
  COMMAND+=(--do_train "--train_file=$3/questions.json" "--train_batch_size=$2" "--learning_rate=${OPT[learning_rate]}"
    --num_train_epochs=1 --iterations_per_loop=1 --save_checkpoints_steps=1000000000)
  if [[ ${OPT[init_checkpoint]} != none ]]; then COMMAND+=("--init_checkpoint=$CHECKPOINT"); fi
  add_precision "$1" "${OPT[use_xla]}"
  add_kernels
  COMMAND+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})
  sample_and_run "$train_file" "$3/questions.json" "$questions" "$3"
}

run_benchmark train
