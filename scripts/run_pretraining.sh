#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Pre-trains BERT on one or several machines. Global batch size = train_batch_size_per_gpu x num_accumulation_steps x GPUs
# (1 for the CPU). The learning rate is per GPU: with Horovod it is multiplied by the number of ranks. The defaults are
# those of NVIDIA's 19.03 scripts: 14 x 8 = 112. With several hosts, this checkout, its .venv and the data must be at the
# same path on each.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Pre-trains BERT (masked LM and next-sentence prediction) on Wikipedia and BooksCorpus, then evaluates."
directory BERT_DIR "$ROOT/data/pretrained_models_google/uncased_L-24_H-1024_A-16" "directory of bert_config.json, the default of --bert_config if it exists"
directory WIKIPEDIA_DIR "$ROOT/data/wikipedia_corpus/final_tfrecords_sharded" "Wikipedia records"
directory BOOKS_DIR "$ROOT/data/bookcorpus/final_tfrecords_sharded" "BooksCorpus records; optional"
directory RESULTS_DIR /results "directory for the log"
directory CHECKPOINTS_DIR "$(if [[ -d /checkpoints ]]; then printf /checkpoints; else printf '%s' "$RESULTS_DIR"; fi)" \
  "directory for checkpoints and eval_results.txt; default: /checkpoints if it exists, else RESULTS_DIR"
config=$BERT_DIR/bert_config.json
[[ -e $config ]] || config=$ROOT/configs/bert_large.json

positional train_batch_size_per_gpu 14 count "training batch size per GPU"
positional eval_batch_size 8 count "evaluation batch size"
positional learning_rate_per_gpu 1e-4 number "peak learning rate per GPU"
positional precision fp16_xla 'fp32|fp16|amp|fp32_xla|fp16_xla|amp_xla' "numeric precision"
positional num_gpus 8 whole "number of GPUs, one process each; 0: one process without Horovod"
positional warmup_steps 10000 whole "learning-rate warm-up steps"
positional train_steps 1144000 count "total training steps"
positional save_checkpoints_steps 5000 count "steps between checkpoints"
positional create_logfile true boolean "write a log to RESULTS_DIR"
option max_seq_length 512 count "maximum sequence length of the records, in tokens"
option max_predictions_per_seq 80 count "maximum number of masked tokens per sequence of the records"
option bert_config "$config" path "model configuration (JSON); see also configs/bert_base.json"
option init_checkpoint "" path "initialize from this checkpoint instead of randomly"
option input_file "" path "records to use instead of the two corpora: glob patterns, comma-separated"
option eval_input_file "" path "records to evaluate on; empty: the test_* shards beside the training_* shards, else the training records"
option optimizer adamw 'adamw|lamb' "optimizer"
option num_accumulation_steps 1 count "batches whose gradients are accumulated per step"
define_kernel_options
define_host_options
program_options run_pretraining.py "${RUN_OPTIONS[@]}"
parse_options "$@"

# Adds to HELD_OUT the test_* shards beside training_* shards, if one of them has records.
hold_out() { # PATTERN_OF_THE_TRAINING_SHARDS
  local directory=. file
  if [[ ${1##*/} != training_* ]]; then return; fi
  if [[ $1 == */* ]]; then directory=${1%/*}; fi
  while IFS= read -r file; do
    if [[ -s $file ]]; then
      HELD_OUT+=("$directory/test_*.tfrecord")
      return
    fi
  done < <(compgen -G "$directory/test_*.tfrecord" || true)
}

# Sets INPUT_FILES to the glob patterns of one corpus that match files: x.tfrecord and x.tfrecord000123, but not an unfinished
# x.tfrecord.tmp. prepare_data.sh writes a directory for each length; its test_* shards are held out.
records_in() { # DIRECTORY
  local pattern of_length=$1/seq_${OPT[max_seq_length]}_pred_${OPT[max_predictions_per_seq]}
  if [[ -d $of_length ]]; then set -- "$of_length"; fi
  local -a found
  INPUT_FILES=()
  [[ $1 != *[],*?[]* ]] || usage_error "$1: TensorFlow treats , * ? [ ] in a path as pattern characters; move the records"
  for pattern in "$1/training_*.tfrecord" "$1/*.tfrecord" "$1/*.tfrecord[0-9]*"; do
    mapfile -t found < <(compgen -G "$pattern" || true)
    if ((${#found[@]})); then INPUT_FILES+=("$pattern"); fi
    if ((${#found[@]})) && [[ $pattern == */training_* ]]; then
      hold_out "$pattern"
      break
    fi
  done
}

# Sets INPUT, and HELD_OUT to the patterns of the held-out records that belong to it.
find_input() {
  INPUT=${OPT[input_file]}
  HELD_OUT=()
  local pattern
  local -a all
  if [[ -n $INPUT ]]; then
    IFS=, read -ra all <<<"$INPUT"
    for pattern in "${all[@]}"; do hold_out "$pattern"; done
    return
  fi
  records_in "$WIKIPEDIA_DIR"
  all=(${INPUT_FILES[@]+"${INPUT_FILES[@]}"})
  if ((${#all[@]} == 0)); then
    missing "no Wikipedia records (*.tfrecord) in $WIKIPEDIA_DIR; create them with scripts/data_download.sh, or set WIKIPEDIA_DIR or --input_file"
    all=("$WIKIPEDIA_DIR/*.tfrecord")
  fi
  records_in "$BOOKS_DIR"
  if ((${#INPUT_FILES[@]})); then
    all+=("${INPUT_FILES[@]}")
  else
    warn "no BooksCorpus records (*.tfrecord) in $BOOKS_DIR; using Wikipedia only"
  fi
  INPUT=$(
    IFS=,
    printf '%s' "${all[*]}"
  )
}

((OPT[warmup_steps] < OPT[train_steps])) ||
  warn "warmup_steps (${OPT[warmup_steps]}) is not less than train_steps (${OPT[train_steps]}): the learning rate will not reach its peak"
require_file "${OPT[bert_config]}" "bert_config" "use configs/bert_base.json, configs/bert_large.json or your own"
if [[ -n ${OPT[init_checkpoint]} ]]; then find_checkpoint "${OPT[init_checkpoint]}"; fi
find_input
EVAL_INPUT=${OPT[eval_input_file]}
if [[ -z $EVAL_INPUT && $(passed input_file '') == '' ]] && ((${#HELD_OUT[@]})); then
  EVAL_INPUT=$(
    IFS=,
    printf '%s' "${HELD_OUT[*]}"
  )
fi

use_xla=false
if [[ ${OPT[precision]} == *_xla ]]; then use_xla=true; fi
start_command "${OPT[num_gpus]}" run_pretraining.py
hint_batch train_batch_size_per_gpu "${OPT[train_batch_size_per_gpu]}" "${OPT[precision]}" pretraining "${OPT[bert_config]}" "${OPT[num_gpus]}"
COMMAND+=(
  "--input_file=$INPUT"
  "--output_dir=$CHECKPOINTS_DIR"
  "--bert_config_file=${OPT[bert_config]}"
  "--max_seq_length=${OPT[max_seq_length]}"
  "--max_predictions_per_seq=${OPT[max_predictions_per_seq]}"
  --do_train
  --do_eval
  "--train_batch_size=${OPT[train_batch_size_per_gpu]}"
  "--eval_batch_size=${OPT[eval_batch_size]}"
  "--learning_rate=${OPT[learning_rate_per_gpu]}"
  "--num_train_steps=${OPT[train_steps]}"
  "--num_warmup_steps=${OPT[warmup_steps]}"
  "--save_checkpoints_steps=${OPT[save_checkpoints_steps]}"
  --report_loss)
if [[ -n $EVAL_INPUT ]]; then COMMAND+=("--eval_input_file=$EVAL_INPUT"); fi
if [[ -n ${OPT[init_checkpoint]} ]]; then COMMAND+=("--init_checkpoint=$CHECKPOINT"); fi
if [[ ${OPT[optimizer]} != adamw ]]; then COMMAND+=("--optimizer=${OPT[optimizer]}"); fi
if ((OPT[num_accumulation_steps] > 1)); then COMMAND+=("--num_accumulation_steps=${OPT[num_accumulation_steps]}"); fi
add_precision "${OPT[precision]%_xla}" "$use_xla"
add_kernels
COMMAND+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})

if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${COMMAND[@]}")"
  exit 0
fi

prepare_directory RESULTS_DIR
prepare_directory CHECKPOINTS_DIR
log=/dev/null
if [[ ${OPT[create_logfile]} == true ]]; then
  log=$(log_name "$RESULTS_DIR" "${OPT[precision]}" $((OPT[train_batch_size_per_gpu] * OPT[num_accumulation_steps])))
  say "log: $log"
fi
log_header "$log" "${COMMAND[@]}"
run_logged "$log" "${COMMAND[@]}" || exit $?
