# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Runs a preset. Sourced by the files in scripts/presets after they have set PRETRAINING and SQUAD, the options of
# run_pretraining.sh and run_squad.sh. The user's own options follow the preset's and override them.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"

start_preset() { # ARGUMENTS...
  local name=scripts/presets/$SCRIPT
  case ${1-} in
  pretraining) exec bash "$ROOT/scripts/run_pretraining.sh" "${PRETRAINING[@]}" "${@:2}" ;;
  squad) exec bash "$ROOT/scripts/run_squad.sh" "${SQUAD[@]}" "${@:2}" ;;
  --help | -h)
    say "usage: $name pretraining|squad [options of run_pretraining.sh or run_squad.sh, which override the preset]"
    sed -n '/^#$/,/^$/s/^# \{0,1\}//p' "$0"
    say ""
    say "pretraining: $(quoted "${PRETRAINING[@]}")"
    say "squad: $(quoted "${SQUAD[@]}")"
    ;;
  *) usage_error "$name: the first argument must be pretraining or squad; see --help" ;;
  esac
}
