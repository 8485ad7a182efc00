#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Pre-trains BERT with LAMB and very large batches in two phases: most steps on short sequences, then the rest on long ones,
# from the first phase's last checkpoint. You et al. 2020, https://arxiv.org/abs/1904.00962. Global batch = batch_size x GPUs
# x accumulation steps, and the accumulation steps are worked out here: 64 x 8 x 128 = 65,536 and 8 x 8 x 512 = 32,768.
# Started again, it goes on where it stopped.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Pre-trains BERT with LAMB in two phases. Learning rates and batches are those of the whole job, whatever the GPUs." \
  "[-- arguments for the Python program, in both phases]"
directory RESULTS_DIR /results "where the logs go"
directory CHECKPOINTS_DIR "$(if [[ -d /checkpoints ]]; then printf /checkpoints; else printf '%s' "$RESULTS_DIR"; fi)" \
  "gets phase1/ and phase2/ with their checkpoints: /checkpoints if there, else RESULTS_DIR"
positional batch_size_phase1 64 count "sequences a GPU computes at once in phase 1"
positional batch_size_phase2 8 count "the same in phase 2"
positional eval_batch_size 8 count "sequences in an evaluation batch"
positional precision fp16_xla 'fp32|fp16|amp|fp32_xla|fp16_xla|amp_xla' "arithmetic"
positional num_gpus 8 whole "GPUs, one process each; 0: one process without Horovod"
option global_batch_phase1 65536 count "sequences of a step of phase 1"
option global_batch_phase2 32768 count "sequences of a step of phase 2"
option learning_rate_phase1 6e-3 number "peak learning rate of the job in phase 1"
option learning_rate_phase2 4e-3 number "peak learning rate of the job in phase 2"
option train_steps_phase1 7038 count "steps of phase 1"
option train_steps_phase2 1563 count "steps of phase 2"
option warmup_steps_phase1 2000 whole "steps over which the learning rate of phase 1 rises"
option warmup_steps_phase2 200 whole "steps over which the learning rate of phase 2 rises"
option max_seq_length_phase1 128 count "tokens in a sequence of phase 1"
option max_seq_length_phase2 512 count "tokens in a sequence of phase 2"
option max_predictions_phase1 20 count "masked words in a sequence of phase 1"
option max_predictions_phase2 80 count "masked words in a sequence of phase 2"
option input_file_phase1 "" text "records of phase 1; empty: those of its length in WIKIPEDIA_DIR and BOOKS_DIR"
option input_file_phase2 "" text "records of phase 2; empty: those of its length in WIKIPEDIA_DIR and BOOKS_DIR"
option save_checkpoints_steps 100 count "steps between checkpoints"
option bert_config "" text "architecture (JSON); empty: that of BERT_DIR, else configs/bert_large.json"
define_host_options
parse_options "$@"
count_ranks "${OPT[num_gpus]}"
PROCESSES=$((RANKS > 0 ? RANKS : 1))

# Sets ACCUMULATION to the batches that a GPU computes for one step of a phase.
find_accumulation() { # PHASE
  local wanted=${OPT[global_batch_phase$1]} batch=${OPT[batch_size_phase$1]} size below='' above='' share
  if ((wanted % (batch * PROCESSES) == 0)); then
    ACCUMULATION=$((wanted / (batch * PROCESSES)))
    return
  fi
  ((wanted % PROCESSES == 0)) ||
    usage_error "global_batch_phase$1=$wanted cannot be shared equally by $PROCESSES GPUs; give a multiple of $PROCESSES, such as $(((wanted / PROCESSES + 1) * PROCESSES))"
  share=$((wanted / PROCESSES))
  for ((size = 1; size <= share; size++)); do
    ((share % size == 0)) || continue
    if ((size < batch)); then below=$size; else
      above=$size
      break
    fi
  done
  usage_error "batch_size_phase$1=$batch x $PROCESSES GPUs does not divide global_batch_phase$1=$wanted; give batch_size_phase$1=${below:-$above}${above:+${below:+ or $above}}"
}

# Sets COMMAND to the launcher of a phase, which writes into CHECKPOINTS_DIR/phase1 or phase2.
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
  if [[ -n ${OPT[input_file_phase$1]} ]]; then COMMAND+=("--input_file=${OPT[input_file_phase$1]}"); fi
  for option in bert_config hosts hostfile interface; do
    if [[ -n ${OPT[$option]} ]]; then COMMAND+=("--$option=${OPT[$option]}"); fi
  done
  if [[ -n ${OPT[slurm]} ]]; then COMMAND+=(--slurm); fi
  if [[ -n $2 ]]; then COMMAND+=("--init_checkpoint=$2"); fi
  if [[ $DRY_RUN == true ]]; then COMMAND+=(--dry_run); fi
  if ((${#PASSTHROUGH[@]})); then COMMAND+=(-- "${PASSTHROUGH[@]}"); fi
}

# The launcher hears the signals of this script and ends its ranks; bash would only wait for it.
run_phase() {
  local code=0
  "${COMMAND[@]}" &
  trap 'kill -TERM $! 2>/dev/null || true' INT TERM HUP
  wait $! || code=$?
  while kill -0 $! 2>/dev/null; do
    code=0
    wait $! || code=$?
  done
  trap - INT TERM HUP
  return "$code"
}

phase_command 2 '' # a batch that does not fit phase 2 is found out before phase 1
last=$CHECKPOINTS_DIR/phase1/model.ckpt-${OPT[train_steps_phase1]}
if [[ $DRY_RUN == true ]]; then
  for phase in 1 2; do
    if ((phase == 2)); then phase_command 2 "$last"; else phase_command 1 ''; fi
    "${COMMAND[@]}" 2> >(grep -v "init_checkpoint $last does not exist" >&2) || exit $?
  done
  exit 0
fi

if [[ -e $last.index ]]; then
  say "phase 1 is done: $last"
else
  phase_command 1 ''
  say "phase 1: ${OPT[train_steps_phase1]} steps of ${OPT[global_batch_phase1]} sequences of ${OPT[max_seq_length_phase1]} tokens, $ACCUMULATION batches a step"
  run_phase || {
    code=$?
    warn "phase 1 ended with exit code $code; phase 2 is not started. Run this again to go on"
    exit "$code"
  }
  [[ -e $last.index ]] || fail "phase 1 ended without $last; phase 2 is not started"
fi
phase_command 2 "$last"
say "phase 2: ${OPT[train_steps_phase2]} steps of ${OPT[global_batch_phase2]} sequences of ${OPT[max_seq_length_phase2]} tokens, $ACCUMULATION batches a step"
run_phase || exit $?
