# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# What the presets of scripts/presets share. Sourced by them, after they have set PRETRAINING and SQUAD (options of
# run_pretraining.sh and run_squad.sh). What the user gives comes after the preset's options, and wins.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"

start_preset() { # ARGUMENTS...
  local name=scripts/presets/$SCRIPT
  case ${1-} in
  pretraining) exec bash "$ROOT/scripts/run_pretraining.sh" "${PRETRAINING[@]}" "${@:2}" ;;
  squad) exec bash "$ROOT/scripts/run_squad.sh" "${SQUAD[@]}" "${@:2}" ;;
  --help | -h)
    say "usage: $name pretraining|squad [options of run_pretraining.sh or run_squad.sh, which win over the preset]"
    say ""
    sed -n '/^#$/,/^$/s/^# \{0,1\}//p' "$0"
    say "pretraining: $(quoted "${PRETRAINING[@]}")"
    say "squad: $(quoted "${SQUAD[@]}")"
    ;;
  *) usage_error "$name: say what to run, pretraining or squad; see --help" ;;
  esac
}
