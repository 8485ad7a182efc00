#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Pre-trains BERT on one machine or several. Global batch = train_batch_size_per_gpu x num_accumulation_steps x number of
# GPUs (1 for the CPU); the learning rate is per GPU (Horovod multiplies it by the number of ranks). The defaults are the
# recipe's for 8 V100 with 16 GB: 14 x 8 = 112. On several hosts this checkout, its .venv and the data are needed in the
# same place on each.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Pre-trains BERT (masked words and next sentence) on Wikipedia and BooksCorpus, then evaluates."
directory BERT_DIR "$ROOT/data/pretrained_models_google/uncased_L-24_H-1024_A-16" "its bert_config.json is the architecture, if there"
directory WIKIPEDIA_DIR "$ROOT/data/wikipedia_corpus/final_tfrecords_sharded" "Wikipedia as TFRecords"
directory BOOKS_DIR "$ROOT/data/bookcorpus/final_tfrecords_sharded" "BooksCorpus as TFRecords; goes on without"
directory RESULTS_DIR /results "where the log goes"
directory CHECKPOINTS_DIR "$(if [[ -d /checkpoints ]]; then printf /checkpoints; else printf '%s' "$RESULTS_DIR"; fi)" \
  "where checkpoints and eval_results.txt go: /checkpoints if there, else RESULTS_DIR"
config=$BERT_DIR/bert_config.json
[[ -e $config ]] || config=$ROOT/configs/bert_large.json

positional train_batch_size_per_gpu 14 count "sequences a GPU trains on in a step"
positional eval_batch_size 8 count "sequences in an evaluation batch"
positional learning_rate_per_gpu 1e-4 number "peak learning rate of one GPU"
positional precision fp16_xla 'fp32|fp16|amp|fp32_xla|fp16_xla|amp_xla' "arithmetic"
positional num_gpus 8 whole "GPUs, one process each; 0: one process without Horovod"
positional warmup_steps 10000 whole "steps over which the learning rate rises"
positional train_steps 1144000 count "steps in all"
positional save_checkpoints_steps 5000 count "steps between checkpoints"
positional create_logfile true boolean "write a log into RESULTS_DIR"
option max_seq_length 512 count "tokens in a sequence, as the records were made"
option max_predictions_per_seq 80 count "masked words in a sequence, as the records were made"
option bert_config "$config" text "architecture (JSON); configs/ has bert_base.json, too"
option init_checkpoint "" text "continue from this checkpoint instead of starting from scratch"
option input_file "" text "records to use instead of the two corpora (globs, comma separated)"
option optimizer adamw 'adamw|lamb' "update rule"
option num_accumulation_steps 1 count "batches that a GPU computes for one step, as if they were one"
define_kernel_options
define_host_options
parse_options "$@"

# Sets INPUT_FILES to the globs of one corpus that have files: x.tfrecord and x.tfrecord000123, but not a half-written x.tfrecord.tmp.
# prepare_data.sh makes a folder for each length, and keeps the test shards out of the training files' pattern.
records_in() { # DIRECTORY
  local pattern of_length=$1/seq_${OPT[max_seq_length]}_pred_${OPT[max_predictions_per_seq]}
  if [[ -d $of_length ]]; then set -- "$of_length"; fi
  local -a found
  INPUT_FILES=()
  [[ $1 != *[],*?[]* ]] || usage_error "$1: TensorFlow would read , * ? [ ] in this path as its own; move the records"
  for pattern in "$1/training_*.tfrecord" "$1/*.tfrecord" "$1/*.tfrecord[0-9]*"; do
    mapfile -t found < <(compgen -G "$pattern" || true)
    if ((${#found[@]})); then INPUT_FILES+=("$pattern"); fi
    if ((${#found[@]})) && [[ $pattern == */training_* ]]; then break; fi
  done
}

find_input() {
  INPUT=${OPT[input_file]}
  if [[ -n $INPUT ]]; then return; fi
  local -a all
  records_in "$WIKIPEDIA_DIR"
  all=(${INPUT_FILES[@]+"${INPUT_FILES[@]}"})
  if ((${#all[@]} == 0)); then
    missing "no Wikipedia records (*.tfrecord) in $WIKIPEDIA_DIR; make them with scripts/data_download.sh, or set WIKIPEDIA_DIR or --input_file"
    all=("$WIKIPEDIA_DIR/*.tfrecord")
  fi
  records_in "$BOOKS_DIR"
  if ((${#INPUT_FILES[@]})); then
    all+=("${INPUT_FILES[@]}")
  else
    warn "no BooksCorpus records (*.tfrecord) in $BOOKS_DIR; going on with Wikipedia alone"
  fi
  INPUT=$(
    IFS=,
    printf '%s' "${all[*]}"
  )
}

((OPT[warmup_steps] < OPT[train_steps])) ||
  warn "warmup_steps (${OPT[warmup_steps]}) is not below train_steps (${OPT[train_steps]}): the learning rate will not reach its peak"
require_file "${OPT[bert_config]}" "bert_config" "configs/bert_base.json and configs/bert_large.json come with this project"
if [[ -n ${OPT[init_checkpoint]} ]]; then find_checkpoint "${OPT[init_checkpoint]}"; fi
find_input

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
