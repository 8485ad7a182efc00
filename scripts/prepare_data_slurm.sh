#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs scripts/prepare_data.sh on a Slurm cluster: one job array for each of the stages text, shards and records, one task
# for each part. An array starts when the one before it has succeeded. The output directory must be shared by all nodes.
# Without Slurm, run `prepare_data.sh --stage STAGE --part i/n` on n machines, one stage after the other.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"

describe "Submits the data preparation as three Slurm job arrays." "-- options for prepare_data.sh"
directory LOGS_DIR "$ROOT/results/data_logs" "directory for Slurm's logs"
option num_parts 8 count "array tasks per stage"
option cpus 16 count "CPU cores per task"
option memory 4G text "memory per task"
option time 12:00:00 text "time limit per task"
option partition "" text "Slurm partition; empty: the default"
option account "" text "Slurm account; empty: the default"
parse_options "$@"

for argument in ${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"}; do
  case $argument in
  --stage* | --part* | --num_workers*) usage_error "${argument%%=*} is set by this script; remove it" ;;
  esac
done
# Check the options now, not in the first job of the queue.
bash "$ROOT/scripts/prepare_data.sh" --dry_run ${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"} >/dev/null || exit $?
if ! type -P sbatch >/dev/null; then missing "sbatch is not installed; run this on a login node of the cluster"; fi

submit() { # STAGE AFTER; sets JOB to the array's id
  local -a command=(sbatch --parsable "--job-name=bert-data-$1" "--array=1-${OPT[num_parts]}" --ntasks=1
    "--cpus-per-task=${OPT[cpus]}" "--mem=${OPT[memory]}" "--time=${OPT[time]}" "--output=$LOGS_DIR/$1-%A_%a.log")
  if [[ -n ${OPT[partition]} ]]; then command+=("--partition=${OPT[partition]}"); fi
  if [[ -n ${OPT[account]} ]]; then command+=("--account=${OPT[account]}"); fi
  if [[ -n $2 ]]; then command+=("--dependency=afterok:$2" --kill-on-invalid-dep=yes); fi
  local work
  work="$(quoted bash "$ROOT/scripts/prepare_data.sh" ${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"} --stage "$1" --num_workers "${OPT[cpus]}")"
  command+=("--wrap=$work --part \$SLURM_ARRAY_TASK_ID/${OPT[num_parts]}")
  if [[ $DRY_RUN == true ]]; then
    say "$(quoted "${command[@]}")"
    JOB="<id of $1>"
    return
  fi
  JOB=$("${command[@]}") || fail "sbatch rejected the job array of stage $1"
  JOB=${JOB%%;*}
  say "$1: job array $JOB, ${OPT[num_parts]} tasks"
}

if [[ $DRY_RUN == false ]]; then mkdir -p "$LOGS_DIR"; fi
JOB=''
for stage in text shards records; do submit "$stage" "$JOB"; done
