#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs everything once in minutes on a CPU: environment, pre-trained weights, records, pre-training, fine-tuning,
# prediction. Each stage uses the same programs as a full-size run.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Sets up the environment with the fused ops, downloads a small pre-trained BERT, continues its pre-training on data/sample, fine-tunes it on
sample questions and prints the results. Takes minutes on two CPU cores. Use --squad_dir and --checkpoint for your own
questions and weights." ''
option squad_dir "" path "directory with your own questions: train-v1.1.json and dev-v1.1.json"
option checkpoint "" path "your own weights: a TensorFlow checkpoint next to its bert_config.json and vocab.txt"
option output_dir "$ROOT/results/quickstart" path "output directory; results of an earlier quickstart in it are removed"
option learning_rate "" number "learning rate of fine-tuning; default: 1.5e-4 for the small model, 3e-5 for your own weights"
option do_lower_case true boolean "lower-case the text; use false for your own cased weights"
option epochs "" number "epochs of fine-tuning; default: 12 for the small sample, 2 for your own questions"
parse_options "$@"

CACHED_WEIGHTS=$ROOT/.cache/minilm
CACHED_CHECKPOINT=$ROOT/.cache/minilm-checkpoint
SAMPLE=$ROOT/data/sample
HELD_OUT=everyday_life.txt # the text of the sample corpus for the evaluation of pre-training
PRETRAINING_STEPS=40
MARK=.made-by-quickstart

main() {
  check_arguments
  STAGES=$([[ -n ${OPT[checkpoint]} ]] && echo 5 || echo 6)
  stage "environment"
  run bash "$ROOT/scripts/setup.sh" --with_quickstart
  PYTHON=$ROOT/.venv/bin/python
  export PYTHON
  # Silence TensorFlow's C++ messages about GPUs and processors; errors are raised in Python as well.
  export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL-3}
  empty_output
  if [[ -z ${OPT[checkpoint]} ]]; then small_model; fi
  continue_pretraining
  fine_tune
  stage "summary"
  local -a arguments=(--pretraining_dir "$OUT/pretraining" --trained_dir "$OUT/answers_to_trained" --dev_dir "$OUT/squad"
    --train_file "$SQUAD_DIR/train-v1.1.json" --dev_file "$SQUAD_DIR/dev-v1.1.json" --seconds "$SECONDS")
  # The weights of others may be large, and the comparison of speeds holds the model twice.
  if [[ -z ${OPT[checkpoint]} ]]; then
    arguments+=(--bert_config_file "$BERT_DIR/bert_config.json" --vocab_file "$BERT_DIR/vocab.txt"
      --max_seq_length "$MAX_SEQ_LENGTH" --do_lower_case "${OPT[do_lower_case]}")
  fi
  if [[ -z ${OPT[squad_dir]}${OPT[checkpoint]} ]]; then arguments+=(--sample); fi
  tool_command quickstart_report
  run "${TOOL[@]}" "${arguments[@]}"
}

# Checks all arguments before minutes are spent on installing.
check_arguments() {
  OUT=${OPT[output_dir]}
  [[ $OUT == /* ]] || OUT=$PWD/$OUT
  if [[ -e $OUT && ! -e $OUT/$MARK ]] && [[ ! -d $OUT || -n $(ls -A "$OUT") ]]; then
    usage_error "output_dir $OUT is not empty and was not created by a quickstart; give an empty or a new directory"
  fi
  SQUAD_DIR=$SAMPLE/squad MAX_SEQ_LENGTH=120 BERT_DIR=$CACHED_CHECKPOINT CHECKPOINT=$CACHED_CHECKPOINT/bert_model.ckpt
  if [[ -n ${OPT[squad_dir]} ]]; then
    SQUAD_DIR=$(absolute_path "${OPT[squad_dir]}") MAX_SEQ_LENGTH=384
    local part
    for part in train dev; do
      require_file "$SQUAD_DIR/$part-v1.1.json" "squad_dir: the file" "the directory must contain train-v1.1.json and dev-v1.1.json"
    done
  fi
  if [[ -n ${OPT[checkpoint]} ]]; then
    find_checkpoint "$(absolute_path "${OPT[checkpoint]}")"
    BERT_DIR=$(dirname "$CHECKPOINT")
    require_file "$BERT_DIR/bert_config.json" "checkpoint: the file" "put it in the directory of the checkpoint"
    require_file "$BERT_DIR/vocab.txt" "checkpoint: the file" "put it in the directory of the checkpoint"
  fi
  LEARNING_RATE=${OPT[learning_rate]:-$(if [[ -n ${OPT[checkpoint]} ]]; then echo 3e-5; else echo 1.5e-4; fi)}
  EPOCHS=${OPT[epochs]:-$(if [[ -n ${OPT[squad_dir]} ]]; then echo 2; else echo 12; fi)}
  export SQUAD_DIR BERT_DIR
}

# Removes the results of an earlier run; downloads and converted weights stay in .cache.
empty_output() {
  if [[ $DRY_RUN == true ]]; then return; fi
  mkdir -p "$OUT" 2>/dev/null || usage_error "cannot create output_dir $OUT; give a directory you can write to"
  : >"$OUT/$MARK"
  rm -rf "${OUT:?}"/{records,pretraining,squad,answers_to_trained}
  mkdir "$OUT/records"
}

small_model() {
  stage "pre-trained weights: 6 layers, hidden size 384"
  tool_command fetch_minilm
  run "${TOOL[@]}" --output_dir "$CACHED_WEIGHTS"
  if [[ -e $CACHED_CHECKPOINT/bert_model.ckpt.index ]]; then
    say "already converted to a TensorFlow checkpoint: $CACHED_CHECKPOINT"
  else
    run env "PYTHONPATH=$ROOT" "$PYTHON" -m conversion.convert \
      --input "$CACHED_WEIGHTS" --output_dir "$CACHED_CHECKPOINT"
  fi
}

continue_pretraining() {
  stage "records: text to masked instances"
  local file training=''
  for file in "$SAMPLE"/corpus/*.txt; do
    if [[ $file != */$HELD_OUT ]]; then training+=${training:+,}$file; fi
  done
  make_records "$training" training
  make_records "$SAMPLE/corpus/$HELD_OUT" evaluation
  stage "pre-training: $PRETRAINING_STEPS steps on these records"
  export RESULTS_DIR=$OUT/pretraining CHECKPOINTS_DIR=$OUT/pretraining
  launcher run_pretraining.sh --num_gpus=0 --precision=fp32 --train_batch_size_per_gpu=8 --eval_batch_size=8 \
    --learning_rate_per_gpu=3e-4 --warmup_steps=5 "--train_steps=$PRETRAINING_STEPS" --save_checkpoints_steps=1000 \
    --max_seq_length=64 --max_predictions_per_seq=10 "--bert_config=$BERT_DIR/bert_config.json" \
    "--init_checkpoint=$CHECKPOINT" "--input_file=$OUT/records/training.tfrecord" \
    -- "--eval_input_file=$OUT/records/evaluation.tfrecord" --iterations_per_loop=5
}

make_records() { # TEXT_FILES NAME
  run "$PYTHON" "$ROOT/create_pretraining_data.py" "--input_file=$1" "--output_file=$OUT/records/$2.tfrecord" \
    "--vocab_file=$BERT_DIR/vocab.txt" "--do_lower_case=${OPT[do_lower_case]}" \
    --max_seq_length=64 --max_predictions_per_seq=10 --dupe_factor=5 --random_seed=12345
}

fine_tune() {
  stage "fine-tuning on questions, then predicting the held-out ones"
  say "Starting from the published weights: $PRETRAINING_STEPS steps of pre-training on a few pages of text make the model worse."
  export RESULTS_DIR=$OUT/squad
  launcher run_squad.sh --num_gpus=0 --precision=fp32 --use_xla=false --batch_size_per_gpu=8 \
    "--learning_rate_per_gpu=$LEARNING_RATE" "--epochs=$EPOCHS" "--max_seq_length=$MAX_SEQ_LENGTH" \
    "--init_checkpoint=$CHECKPOINT" -- "--do_lower_case=${OPT[do_lower_case]}"
  say ""
  say "The fine-tuned model on its training questions:"
  export RESULTS_DIR=$OUT/answers_to_trained
  launcher run_squad_inference.sh --precision=fp32 --use_xla=false --batch_size=16 "--max_seq_length=$MAX_SEQ_LENGTH" \
    "--predict_file=$SQUAD_DIR/train-v1.1.json" "--init_checkpoint=$OUT/squad" -- "--do_lower_case=${OPT[do_lower_case]}"
}

stage() {
  NUMBER=$((${NUMBER-0} + 1))
  printf '\n==== quickstart %d/%d, after %d s: %s\n' "$NUMBER" "$STAGES" "$SECONDS" "$1"
}

# The names of a hundred variables belong in the log, not on a newcomer's console.
launcher() {
  run bash "$ROOT/scripts/$1" "${@:2}" | awk '!/ I   name = (bert|cls)\/| I Using config: / { print; fflush() }'
}

run() {
  say "$(quoted "$@")"
  if [[ $DRY_RUN == true ]]; then return; fi
  local code=0
  "$@" || code=$?
  if ((code != 0)); then
    printf 'error: quickstart failed in stage %d: exit code %d from: %s\n' "$NUMBER" "$code" "$(quoted "$@")" >&2
    exit "$code"
  fi
}

main
