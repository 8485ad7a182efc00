#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Injects faults into runs and files, and prints what came of them: the tables of benchmarks/reliability.md.
#
#   bash scripts/test_faults.sh --quick
#   bash scripts/test_faults.sh --only=mutations,disk

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

PARTS=kill,mutations,disk,locks,signals,launcher,moments
describe "Injects faults and prints what came of them, as in benchmarks/reliability.md: trainings that are killed (kill), damaged
files (mutations), full disks (disk, as root), two runs at once (locks), SIGTERM (signals), a launcher that is killed (launcher), a
kill while a file is written (moments). Takes about an hour; every part needs only a CPU. Exit code 1 if something was lost, or passed in silence." ''
option only "$PARTS" text "the parts to run, comma-separated"
option quick '' switch "fewer faults of each kind: about five minutes"
option seed 1 count "which faults: the same seed, the same faults"
parse_options "$@"
refuse_passthrough
check_each only "${PARTS//,/|}"
find_run_python

kills=20 count=980 in_training=20 some=()
if [[ ${OPT[quick]} == true ]]; then kills=1 count=150 in_training=0 some=(--quick); fi

cd "$ROOT"
code=0
IFS=, read -ra chosen <<<"${OPT[only]}"
for part in "${chosen[@]}"; do
  case $part in
  kill) command=(tests.faults.resume "--kills=$kills" "--seed=${OPT[seed]}") ;;
  mutations) command=(tests.faults.mutations "--count=$count" "--in_training=$in_training" "--seed=${OPT[seed]}") ;;
  *) command=(tests.faults.stops ${some[@]+"${some[@]}"} "$part") ;;
  esac
  step "$PYTHON" -W ignore -m "${command[@]}" || code=1
done
exit "$code"
