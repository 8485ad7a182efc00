#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Pre-trains BERT with LAMB and large batches in two phases: first on short sequences, then, from the last checkpoint of
# phase 1, on long ones. You et al. 2020, https://arxiv.org/abs/1904.00962. Global batch size = batch_size x GPUs x
# accumulation steps; the accumulation steps are computed here: 64 x 8 x 128 = 65,536 and 8 x 8 x 512 = 32,768. An
# interrupted run resumes where it stopped.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Pre-trains BERT with LAMB in two phases. Learning rates and global batch sizes are for the whole job, independent of the
number of GPUs." \
  "[-- arguments for the Python program, in both phases]"
directory RESULTS_DIR /results "directory for the logs"
directory CHECKPOINTS_DIR "$(if [[ -d /checkpoints ]]; then printf /checkpoints; else printf '%s' "$RESULTS_DIR"; fi)" \
  "directory for the checkpoints, in phase1/ and phase2/; default: /checkpoints if it exists, else RESULTS_DIR"
positional batch_size_phase1 64 count "batch size per GPU in phase 1"
positional batch_size_phase2 8 count "batch size per GPU in phase 2"
positional eval_batch_size 8 count "evaluation batch size"
positional precision fp16_xla 'fp32|fp16|amp|fp32_xla|fp16_xla|amp_xla' "numeric precision"
positional num_gpus 8 whole "number of GPUs, one process each; 0: one process without Horovod"
option global_batch_phase1 65536 count "global batch size of phase 1"
option global_batch_phase2 32768 count "global batch size of phase 2"
option learning_rate_phase1 6e-3 number "peak learning rate of phase 1"
option learning_rate_phase2 4e-3 number "peak learning rate of phase 2"
option train_steps_phase1 7038 count "training steps of phase 1"
option train_steps_phase2 1563 count "training steps of phase 2"
option warmup_steps_phase1 2000 whole "learning-rate warm-up steps of phase 1"
option warmup_steps_phase2 200 whole "learning-rate warm-up steps of phase 2"
option max_seq_length_phase1 128 count "maximum sequence length of phase 1, in tokens"
option max_seq_length_phase2 512 count "maximum sequence length of phase 2, in tokens"
option max_predictions_phase1 20 count "maximum number of masked tokens per sequence of phase 1"
option max_predictions_phase2 80 count "maximum number of masked tokens per sequence of phase 2"
option input_file_phase1 "" path "records of phase 1; empty: those of its length in WIKIPEDIA_DIR and BOOKS_DIR"
option input_file_phase2 "" path "records of phase 2; empty: those of its length in WIKIPEDIA_DIR and BOOKS_DIR"
option eval_input_file_phase1 "" path "records to evaluate phase 1 on; empty: the test_* shards beside the training_* shards, else the training records"
option eval_input_file_phase2 "" path "records to evaluate phase 2 on, likewise"
option save_checkpoints_steps 100 count "steps between checkpoints"
option bert_config "" path "model configuration (JSON); empty: that of BERT_DIR, else configs/bert_large.json"
define_host_options
program_options run_pretraining.py "${RUN_OPTIONS[@]}"
parse_options "$@"
count_ranks "${OPT[num_gpus]}"
PROCESSES=$((RANKS > 0 ? RANKS : 1))

# Sets ACCUMULATION to the accumulation steps of a phase.
find_accumulation() { # PHASE
  local wanted=${OPT[global_batch_phase$1]} batch=${OPT[batch_size_phase$1]} size below='' above='' share
  if ((wanted % (batch * PROCESSES) == 0)); then
    ACCUMULATION=$((wanted / (batch * PROCESSES)))
    return
  fi
  ((wanted % PROCESSES == 0)) ||
    usage_error "global_batch_phase$1=$wanted is not divisible by $PROCESSES GPUs; give a multiple of $PROCESSES, such as $(((wanted / PROCESSES + 1) * PROCESSES))"
  share=$((wanted / PROCESSES))
  for ((size = 1; size <= share; size++)); do
    ((share % size == 0)) || continue
    if ((size < batch)); then below=$size; else
      above=$size
      break
    fi
  done
  usage_error "batch_size_phase$1=$batch x $PROCESSES GPUs does not divide global_batch_phase$1=$wanted; use batch_size_phase$1=${below:-$above}${above:+${below:+ or $above}}"
}

# Sets COMMAND to the launcher of a phase, which writes to CHECKPOINTS_DIR/phase1 or phase2.
phase_command() { # PHASE INIT_CHECKPOINT
  find_accumulation "$1"
  local rate option
  rate=$(awk -v rate="${OPT[learning_rate_phase$1]}" -v ranks="$PROCESSES" 'BEGIN { printf "%.12g", rate / ranks }')
  COMMAND=(env "CHECKPOINTS_DIR=$CHECKPOINTS_DIR/phase$1" "RESULTS_DIR=$RESULTS_DIR" bash "$ROOT/scripts/run_pretraining.sh"
    --optimizer=lamb
    "--num_accumulation_steps=$ACCUMULATION"
    "--train_batch_size_per_gpu=${OPT[batch_size_phase$1]}"
    "--eval_batch_size=${OPT[eval_batch_size]}"
    "--learning_rate_per_gpu=$rate"
    "--precision=${OPT[precision]}"
    "--num_gpus=${OPT[num_gpus]}"
    "--warmup_steps=${OPT[warmup_steps_phase$1]}"
    "--train_steps=${OPT[train_steps_phase$1]}"
    "--save_checkpoints_steps=${OPT[save_checkpoints_steps]}"
    "--max_seq_length=${OPT[max_seq_length_phase$1]}"
    "--max_predictions_per_seq=${OPT[max_predictions_phase$1]}")
  for option in input_file eval_input_file; do
    if [[ -n ${OPT[${option}_phase$1]} ]]; then COMMAND+=("--$option=${OPT[${option}_phase$1]}"); fi
  done
  for option in bert_config hosts hostfile interface; do
    if [[ -n ${OPT[$option]} ]]; then COMMAND+=("--$option=${OPT[$option]}"); fi
  done
  if [[ -n ${OPT[slurm]} ]]; then COMMAND+=(--slurm); fi
  if [[ -n $2 ]]; then COMMAND+=("--init_checkpoint=$2"); fi
  if [[ $DRY_RUN == true ]]; then COMMAND+=(--dry_run); fi
  if ((${#PASSTHROUGH[@]})); then COMMAND+=(-- "${PASSTHROUGH[@]}"); fi
}

phase_command 2 '' # reports a batch size that does not suit phase 2 before phase 1 starts
last=$CHECKPOINTS_DIR/phase1/model.ckpt-${OPT[train_steps_phase1]}
if [[ $DRY_RUN == true ]]; then
  for phase in 1 2; do
    if ((phase == 2)); then phase_command 2 "$last"; else phase_command 1 ''; fi
    "${COMMAND[@]}" 2> >(grep -v "init_checkpoint $last does not exist" >&2) || exit $?
  done
  exit 0
fi

if [[ -e $last.index ]]; then
  say "phase 1 is already complete: $last"
else
  phase_command 1 ''
  say "phase 1: ${OPT[train_steps_phase1]} steps, global batch size ${OPT[global_batch_phase1]}, ${OPT[max_seq_length_phase1]} tokens, $ACCUMULATION accumulation steps"
  run_watched "${COMMAND[@]}" || {
    code=$?
    warn "phase 1 ended with exit code $code; phase 2 was not started. Run the same command again to resume"
    exit "$code"
  }
  [[ -e $last.index ]] || fail "phase 1 ended without $last; phase 2 was not started"
fi
phase_command 2 "$last"
say "phase 2: ${OPT[train_steps_phase2]} steps, global batch size ${OPT[global_batch_phase2]}, ${OPT[max_seq_length_phase2]} tokens, $ACCUMULATION accumulation steps"
run_watched "${COMMAND[@]}" || exit $?
