# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# The environment that converts exports to ONNX, .venv-onnx. Sourced after options.sh and run.sh; sources find_python.sh and
# install.sh, which read VENV, STAMP, LOG and REQUIREMENTS.

# shellcheck source-path=SCRIPTDIR disable=SC2153
. "$ROOT/scripts/lib/find_python.sh"
. "$ROOT/scripts/lib/install.sh"

# shellcheck disable=SC2034  # for the scripts that source this
ONNX_PYTHON=$ROOT/.venv-onnx/bin/python

# Creates the environment of requirements/onnx.txt; a complete one is kept.
make_onnx_environment() {
  local VENV=$ROOT/.venv-onnx STAMP=$ROOT/.venv-onnx/.setup-complete LOG=$ROOT/.cache/onnx.log MARK=''
  local REQUIREMENTS=requirements/onnx.txt wanted
  wanted=$(sha256sum <"$ROOT/$REQUIREMENTS")
  if [[ -f $STAMP && $(<"$STAMP") == "$wanted" ]]; then return; fi
  mkdir -p "$ROOT/.cache"
  take_lock "$ROOT/.cache/onnx.lock"
  if [[ ! -f $STAMP || $(<"$STAMP") != "$wanted" ]]; then # another run may have made it meanwhile
    [[ ! -e $VENV || -e $VENV/pyvenv.cfg ]] || usage_error "$VENV exists and is not a virtual environment; remove it"
    search_python 3.11 3.10 3.9 ||
      usage_error "--onnx needs Python 3.9 to 3.11 with venv; run: apt-get install python3.11 python3.11-venv, or pyenv install 3.11"
    say "export_squad: creating .venv-onnx with $PYTHON_PATH (Python $PYTHON_VERSION)"
    : >"$LOG"
    rm -rf "$VENV"
    "$PYTHON_PATH" -m venv "$VENV" || fail "$PYTHON_PATH -m venv failed"
    pip_install --no-deps -r "$ROOT/$REQUIREMENTS"
    complete "$wanted"
  fi
  exec 9>&- # release the lock
}
