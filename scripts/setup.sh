#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Creates the virtual environment .venv, which all other scripts use, or with --tf one of another TensorFlow beside it. Can be run
# again at any time: a complete environment is kept, an incomplete one (an interrupted run, a lost file) is created again.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
# shellcheck source-path=SCRIPTDIR
. "$ROOT/scripts/lib/find_python.sh"
. "$ROOT/scripts/lib/install.sh"
. "$ROOT/scripts/lib/fused_ops.sh"

describe "Creates the Python environment .venv: TensorFlow 1.13.1 on Python 3.7; otherwise TensorFlow 2.15.1 in v1 mode on Python
3.9 to 3.11 (2.13.1 on 3.8); inside an NGC container, the container's TensorFlow. With --tf, creates .venv-tf-VERSION instead.
Compiles the fused ops while pip downloads." ''
option python "" path "Python interpreter to use (3.7 to 3.11); empty: search for one"
option tf "" "1.13.1|1.15.5|2.15.1" "TensorFlow for an environment of its own, .venv-tf-VERSION: 1.13.1 or 1.15.5 (Python 3.7), or 2.15.1 (Python 3.9 to 3.11); empty: .venv"
option gpu "" switch "install tensorflow-gpu 1.13.1 (Python 3.7, CUDA 10.0) instead of the CPU build"
option with_quickstart "" switch "also install the requirements of scripts/quickstart.sh"
option with_serve "" switch "also install the HTTP server of scripts/ask.sh --port"
option with_test "" switch "also install the requirements of scripts/test.sh"
option with_horovod "" switch "also build Horovod for several GPUs and hosts; requires Open MPI and a compiler"
option without_fused_ops "" switch "do not compile the fused ops; runs then use TensorFlow's slower kernels"
option portable_fused_ops "" switch "compile the fused ops for every x86-64 processor (as --with_test does), not only for this one; for a checkout that several machines share"
parse_options "$@"

NAME=.venv${OPT[tf]:+-tf-${OPT[tf]}}
VENV=$ROOT/$NAME
STAMP=$VENV/.setup-complete # fingerprints of what is installed; exists only while the environment is complete
MARK=$VENV/.made-by-setup
LOG=$ROOT/.cache/setup.log

main() {
  choose_python
  if [[ $DRY_RUN == true ]]; then
    plan
    exit 0
  fi
  mkdir -p "$ROOT/.cache"
  take_lock "$ROOT/.cache/setup.lock"
  : >"$LOG"
  local wanted
  wanted=$(fingerprint)
  trap stop_compiling EXIT
  start_compiling
  if is_whole "$wanted"; then
    say "setup: $NAME is up to date: $VERSIONS"
  else
    make_environment
    install_base
    if ! import_tensorflow; then
      tail -n 5 "$LOG" >&2
      fail "TensorFlow was installed but cannot be imported ($IMPORT_ERROR); see $LOG"
    fi
    complete "$wanted" "$VERSIONS"
    say "setup: $NAME is ready: $VERSIONS"
  fi
  compile_ops
  install_extra quickstart
  install_extra serve
  install_extra test
  install_horovod
  finish_compiling
  say "setup: done after $SECONDS s"
}

# Sets SOURCE (container or python), PYTHON_PATH, PYTHON_VERSION and REQUIREMENTS.
choose_python() {
  local -a fitting=()
  case ${OPT[tf]} in
  1.*)
    [[ $(uname -m) == x86_64 ]] || usage_error "--tf ${OPT[tf]} was released for x86-64 only; this machine is $(uname -m)"
    fitting=(3.7)
    ;;
  2.*) fitting=(3.11 3.10 3.9) ;;
  esac
  if [[ -z ${OPT[python]}${OPT[tf]} ]] && in_ngc_container; then
    SOURCE=container PYTHON_PATH=$(type -P python3) REQUIREMENTS=
    PYTHON_VERSION=$("$PYTHON_PATH" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    return
  fi
  SOURCE=python
  find_python "${OPT[python]}" ${fitting[@]+"${fitting[@]}"} || exit 2
  case ${OPT[tf]}:$PYTHON_VERSION in
  1.15.5:*) REQUIREMENTS=requirements/tf1.15.txt ;;
  1.13.1:* | :3.7) REQUIREMENTS=requirements.txt ;;
  *) REQUIREMENTS=requirements/tf2.txt ;;
  esac
  if [[ -n ${OPT[gpu]} ]]; then
    [[ -z ${OPT[tf]} ]] || usage_error "--gpu and --tf exclude each other: --tf installs CPU builds"
    [[ $PYTHON_VERSION == 3.7 ]] || usage_error "--gpu installs tensorflow-gpu 1.13.1, which needs Python 3.7; found only $PYTHON_PATH ($PYTHON_VERSION)"
    REQUIREMENTS=requirements-gpu.txt
  fi
}

plan() {
  if [[ $SOURCE == container ]]; then
    say "setup: would create $VENV with the container's $PYTHON_PATH and use its TensorFlow"
  else
    say "setup: would create $VENV with $PYTHON_PATH (Python $PYTHON_VERSION) and install $REQUIREMENTS"
  fi
  local extra
  for extra in quickstart serve test horovod; do
    if [[ -n ${OPT[with_$extra]} ]]; then say "setup: would also install requirements/$extra.txt"; fi
  done
}

fingerprint() {
  printf '%s %s %s ' "$SOURCE" "$PYTHON_PATH" "$PYTHON_VERSION"
  if [[ -n $REQUIREMENTS ]]; then cat "$ROOT/requirements.txt" "$ROOT/$REQUIREMENTS" | sha256sum | cut -c1-16; else echo container; fi
}

# Complete: created from the same Python and requirements, every file that pip installed still exists, and TensorFlow can be
# imported (not if another protobuf or NumPy has replaced the one that it needs). Sets VERSIONS.
is_whole() { # FINGERPRINT
  [[ -e $VENV ]] || return 1
  if [[ ! -f $STAMP ]]; then
    if [[ -f $MARK ]]; then say "setup: $NAME is incomplete; creating it again"; fi
    return 1
  fi
  if [[ $(head -n 1 "$STAMP") != "$1" ]]; then
    say "setup: $NAME was created with another Python or other requirements; creating it again"
    return 1
  fi
  local lost
  if ! lost=$("$VENV/bin/python" -I "$ROOT/scripts/tools/check_environment.py" 2>&1); then
    say "setup: $NAME is damaged (${lost##*$'\n'}); creating it again"
    keep_extras
    return 1
  fi
  if ! import_tensorflow; then
    say "setup: TensorFlow in $NAME cannot be imported ($IMPORT_ERROR); creating $NAME again"
    keep_extras
    return 1
  fi
}

# A repaired environment gets the extras that it had.
keep_extras() {
  local extra
  for extra in quickstart serve test horovod; do
    if grep -q "^$extra " "$STAMP"; then OPT[with_$extra]=true; fi
  done
}

make_environment() {
  if [[ -e $VENV && ! -f $MARK ]]; then
    local aside
    aside=$VENV.before-setup-$(date +%y%m%d%H%M%S)
    say "setup: $NAME was not created by this script; moving it to $aside"
    mv "$VENV" "$aside"
  fi
  say "setup: creating $NAME with $PYTHON_PATH (Python $PYTHON_VERSION)"
  rm -rf "$VENV"
  mkdir -p "$VENV"
  : >"$MARK"
  if [[ $SOURCE == container ]]; then
    "$PYTHON_PATH" -m venv --system-site-packages --without-pip "$VENV" || fail "$PYTHON_PATH -m venv failed"
  else
    "$PYTHON_PATH" -m venv "$VENV" || fail "$PYTHON_PATH -m venv failed"
  fi
}

install_base() {
  if [[ $SOURCE == container ]]; then
    say "setup: using the container's TensorFlow"
    return
  fi
  case ${OPT[tf]:-$REQUIREMENTS} in
  requirements/tf2.txt)
    if [[ $PYTHON_VERSION == 3.8 ]]; then
      say "setup: no Python 3.7 found, and TensorFlow 2.15.1 needs 3.9: installing TensorFlow 2.13.1, used in v1 mode"
    else
      say "setup: no Python 3.7 found: installing TensorFlow 2.15.1, used in v1 mode"
    fi
    ;;
  [12].*) say "setup: installing tensorflow==${OPT[tf]}" ;;
  *) say "setup: installing $(grep -E '^tensorflow(-gpu)?==' "$ROOT/$REQUIREMENTS")" ;;
  esac
  # An old pip does not know the platform tags of the wheels and would try to compile the packages.
  if ! "$VENV/bin/python" -c 'import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (20, 3))'; then
    pip_install 'pip==21.3.1'
  fi
  pip_install -r "$ROOT/$REQUIREMENTS"
}

main
