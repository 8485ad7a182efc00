#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Fine-tunes BERT on SQuAD, predicts the answers of the development set and scores them. Global batch size =
# batch_size_per_gpu x num_accumulation_steps x max(num_gpus, 1); the learning rate is per GPU. The defaults are those of
# NVIDIA's 19.03 scripts for BERT-large on 8 V100 with 32 GB: 10 x 8 = 80.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"
. "$ROOT/scripts/lib/squad.sh"

describe "Fine-tunes BERT on SQuAD, then predicts and evaluates. The last line of output is {\"exact_match\": ..., \"f1\": ...}."
define_squad_directories
positional batch_size_per_gpu 10 count "training batch size per GPU"
positional learning_rate_per_gpu 5e-6 number "peak learning rate per GPU"
positional precision fp16 'fp32|fp16|amp' "numeric precision"
positional use_xla true boolean "compile with XLA"
positional num_gpus 8 whole "number of GPUs, one process each; 0: one process without Horovod"
positional init_checkpoint "$BERT_DIR/bert_model.ckpt" path "pre-trained checkpoint"
positional epochs 2.0 number "training epochs; may be fractional"
define_squad_options
option save_checkpoints_steps 1000 count "steps between checkpoints"
option num_accumulation_steps 1 count "batches whose gradients are accumulated per step"
define_host_options
program_options run_squad.py "${RUN_OPTIONS[@]}"
parse_options "$@"

check_squad_input
find_checkpoint "${OPT[init_checkpoint]}"
train_file=$SQUAD_DIR/train-v${OPT[squad_version]}.json
predict_file=$SQUAD_DIR/dev-v${OPT[squad_version]}.json
[[ $(passed train_file '') != '' ]] || require_questions train_file "$train_file"
[[ $(passed predict_file '') != '' ]] || require_questions predict_file "$predict_file"

start_command "${OPT[num_gpus]}" run_squad.py
hint_batch batch_size_per_gpu "${OPT[batch_size_per_gpu]}" "${OPT[precision]}" squad "$BERT_DIR/bert_config.json" "${OPT[num_gpus]}"
add_squad_flags
COMMAND+=(
  "--init_checkpoint=$CHECKPOINT"
  --do_train
  "--train_file=$train_file"
  --do_predict
  "--predict_file=$predict_file"
  "--train_batch_size=${OPT[batch_size_per_gpu]}"
  "--learning_rate=${OPT[learning_rate_per_gpu]}"
  "--num_train_epochs=${OPT[epochs]}"
  "--save_checkpoints_steps=${OPT[save_checkpoints_steps]}")
if ((OPT[num_accumulation_steps] > 1)); then COMMAND+=("--num_accumulation_steps=${OPT[num_accumulation_steps]}"); fi
add_precision "${OPT[precision]}" "${OPT[use_xla]}"
add_kernels
COMMAND+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})

run_and_evaluate "$predict_file" "squad_${OPT[precision]}" $((OPT[batch_size_per_gpu] * OPT[num_accumulation_steps]))
