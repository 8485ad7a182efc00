#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Measures the variance of a SQuAD result: fine-tunes with several random seeds and prints EM and F1 of each, their means and
# sample standard deviations (divided by n - 1). Seeds finished by an earlier call are not run again.
#
#   bash scripts/squad_stability.sh 5 10 5e-6 fp16 true 8
#   bash scripts/squad_stability.sh 3 --num_gpus=0 --precision=fp32 --use_xla=false --do_lower_case=false

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Fine-tunes on SQuAD with several random seeds and prints EM and F1 of each, mean and standard deviation. Resumes where it
stopped. All other arguments are passed to run_squad.sh (see scripts/run_squad.sh --help), by position or by name." "[arguments of run_squad.sh ...]"
directory RESULTS_DIR /results "output directory: a directory for each seed, the table (CSV) and the logs"
positional n_seeds 5 count "number of seeds"
option first_seed 1 whole "first seed; the others follow it"

# Separates this script's arguments from those of run_squad.sh.
OURS=() THEIRS=() counted=false
while (($#)); do
  case $1 in
  --) break ;;
  --n_seeds=* | --first_seed=* | --help | -h | --dry_run | --dry-run) OURS+=("$1") ;;
  --n_seeds | --first_seed)
    OURS+=("$1" ${2+"$2"})
    if (($# > 1)); then shift; fi
    ;;
  -*) THEIRS+=("$1") ;;
  *)
    # A first positional word is n_seeds; after an option of run_squad.sh it may be that option's value.
    if [[ $counted == false ]] && ((${#THEIRS[@]} == 0)); then OURS+=("$1") counted=true; else THEIRS+=("$1"); fi
    ;;
  esac
  shift
done
parse_options ${OURS[@]+"${OURS[@]}"}
if (($#)); then THEIRS+=("$@"); else THEIRS+=(--); fi

PLACE=$RESULTS_DIR/squad_stability

run_seed() { # SEED WORDS...
  run_watched env "RESULTS_DIR=$PLACE/seed_$1" bash "$ROOT/scripts/run_squad.sh" "${@:2}" "--random_seed=$1"
}

last_seed=$((OPT[first_seed] + OPT[n_seeds] - 1))
if [[ $DRY_RUN == true ]]; then
  for ((seed = OPT[first_seed]; seed <= last_seed; seed++)); do run_seed "$seed" --dry_run "${THEIRS[@]}"; done
  exit 0
fi

# This also checks all arguments: the dry run rejects what the run would reject.
wanted=$(RESULTS_DIR='seed' bash "$ROOT/scripts/run_squad.sh" --dry_run "${THEIRS[@]}" 2>&1) ||
  {
    printf '%s\n' "$wanted" | tail -n 1 >&2
    exit 2
  }
prepare_directory RESULTS_DIR
mkdir -p "$PLACE"
if [[ -e $PLACE/command.txt && $(<"$PLACE/command.txt") != "$wanted" ]]; then
  usage_error "$PLACE holds results for other arguments (see its command.txt); set RESULTS_DIR to another directory"
fi
printf '%s\n' "$wanted" >"$PLACE/command.txt"

for ((seed = OPT[first_seed]; seed <= last_seed; seed++)); do
  if [[ -e $PLACE/seed_$seed/scores.json ]]; then
    say "seed $seed: already complete"
  else
    say "== seed $seed"
    run_seed "$seed" "${THEIRS[@]}" || {
      code=$?
      printf 'error: seed %d ended with exit code %d; run the same command again to resume\n' "$seed" "$code" >&2
      exit "$code"
    }
    [[ -e $PLACE/seed_$seed/scores.json ]] || fail "seed $seed has no scores: prediction was disabled, or the questions have no answers"
  fi
done
find_run_python
say ""
tool_command stability_table
exec "${TOOL[@]}" "$PLACE" "${OPT[first_seed]}" "$last_seed"
