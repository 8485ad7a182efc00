# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Installs packages into a virtual environment. Sourced after options.sh by setup.sh (.venv), lint.sh (.venv-lint) and
# onnx.sh (.venv-onnx), which set VENV, STAMP, LOG and REQUIREMENTS.

# Two runs at once would overwrite each other's files. pip inherits the lock, so a killed run whose pip is still running
# holds it.
take_lock() { # FILE
  if ! type -P flock >/dev/null; then return; fi
  exec 9>"$1"
  if ! flock -n 9; then
    say "${SCRIPT%.sh}: waiting for another ${SCRIPT%.sh} that holds $1"
    flock -w 1800 9 || fail "another ${SCRIPT%.sh} has held $1 for 30 minutes"
  fi
}

# Writes the stamp, last and atomically: where it exists, everything before it succeeded.
complete() { # LINE...
  printf '%s\n' "$@" >"$STAMP.tmp-$$"
  mv "$STAMP.tmp-$$" "$STAMP"
}

install_extra() { # quickstart, serve or test
  [[ -n ${OPT[with_$1]} ]] || return 0
  local wanted
  local -a whole
  wanted="$1 $(cat "$ROOT"/requirements/{"$1",data,report,serve}.txt | sha256sum | cut -c1-16)"
  if grep -qxF "$wanted" "$STAMP"; then return; fi
  say "setup: installing requirements/$1.txt"
  mapfile -t whole < <(grep -v "^$1 " "$STAMP")
  rm -f "$STAMP" # incomplete until pip has finished
  pip_install -r "$ROOT/requirements/$1.txt"
  complete "${whole[@]}" "$wanted"
}

# Compiles Horovod against this environment's TensorFlow and Open MPI. Gloo, the alternative to MPI, does not compile against
# recent kernel headers.
install_horovod() {
  [[ -n ${OPT[with_horovod]} ]] || return 0
  if [[ $SOURCE == container ]]; then
    say "setup: using the container's Horovod"
    return
  fi
  [[ $REQUIREMENTS != requirements/tf2.txt ]] ||
    usage_error "--with-horovod builds Horovod 0.19.5, which needs TensorFlow 1 on Python 3.7; this environment has Python $PYTHON_VERSION"
  local wanted
  local -a whole gpu=()
  if [[ -n ${OPT[gpu]} ]]; then gpu=(HOROVOD_GPU_ALLREDUCE=NCCL HOROVOD_GPU_BROADCAST=NCCL); fi
  wanted="horovod $(cat "$ROOT/requirements/horovod.txt" <(printf '%s' "${gpu[*]-}") | sha256sum | cut -c1-16)"
  if grep -qxF "$wanted" "$STAMP" && "$VENV/bin/python" -W ignore -c 'import horovod.tensorflow' >>"$LOG" 2>&1; then return; fi
  require_to_build_horovod
  say "setup: building Horovod with Open MPI (one to three minutes)"
  mapfile -t whole < <(grep -v '^horovod ' "$STAMP")
  rm -f "$STAMP" # incomplete until pip has finished
  pip_install -r <(grep -v '^horovod==' "$ROOT/requirements/horovod.txt")
  (
    export HOROVOD_WITH_TENSORFLOW=1 HOROVOD_WITHOUT_PYTORCH=1 HOROVOD_WITHOUT_MXNET=1 HOROVOD_WITH_MPI=1 HOROVOD_WITHOUT_GLOO=1
    if ((${#gpu[@]})); then export "${gpu[@]}"; fi
    pip_install --no-binary horovod --no-build-isolation --no-cache-dir --force-reinstall --no-deps \
      "$(grep '^horovod==' "$ROOT/requirements/horovod.txt")"
  ) || exit $?
  "$VENV/bin/python" -W ignore -c 'import horovod.tensorflow' >>"$LOG" 2>&1 ||
    {
      tail -n 5 "$LOG" >&2
      fail "Horovod was built but cannot be imported; see $LOG"
    }
  complete "${whole[@]}" "$wanted"
}

require_to_build_horovod() {
  local pair
  local -a packages=()
  for pair in mpirun:openmpi-bin mpicxx:libopenmpi-dev cmake:cmake g++:g++ make:make; do
    if ! type -P "${pair%%:*}" >/dev/null; then packages+=("${pair#*:}"); fi
  done
  ((${#packages[@]} == 0)) ||
    usage_error "--with-horovod needs packages that are not installed; run: apt-get install ${packages[*]}"
}

# Wheels only: building grpcio or h5py from source takes an hour and then fails. gast 0.2.2 has no wheel; it is pure Python.
pip_install() {
  local -a only=(--only-binary :all: --no-binary gast)
  if [[ $REQUIREMENTS == requirements/tf2.txt || $REQUIREMENTS == requirements/onnx.txt ]]; then only=(--only-binary :all:); fi
  printf '\n== pip install %s\n' "$*" >>"$LOG"
  PIP_USER=0 PYTHONUNBUFFERED=1 "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    "${only[@]}" "$@" 2>&1 | tee -a "$LOG" | show_progress ||
    {
      grep '^ERROR' "$LOG" | tail -n 3 >&2
      fail "pip could not install $*; see $LOG, and check that a package index can be reached"
    }
}

# Reduces pip's output to one line for each step that takes time.
show_progress() {
  awk '/^ *Downloading .* MB\)$/ { sub(/^ *Downloading (.*\/)?/, ""); sub(/-(cp|py)[0-9][^ ]*\.whl/, ""); print "  downloading " $0 }
       /^ *Using cached/ { cached++ }
       /^Installing collected packages/ { print "  installing " NF - 3 " packages" (cached ? " (" cached " from the cache)" : "") }
       { fflush() }'
}

# Sets VERSIONS to those of Python and TensorFlow and TENSORFLOW_BUILD to its revision, or IMPORT_ERROR to why TensorFlow cannot be
# imported. Importing it tests that
# its wheel suits this machine's processor and C library, and that what it needs is there in a version that it can use.
# shellcheck disable=SC2034  # for setup.sh
import_tensorflow() {
  local said
  if said=$("$VENV/bin/python" -W ignore -c 'import platform, absl, numpy, six, tensorflow as tf
print(tf.__git_version__)
print("Python %s, TensorFlow %s" % (platform.python_version(), tf.__version__))' 2>&1); then
    VERSIONS=${said##*$'\n'}
    TENSORFLOW_BUILD=${said%$'\n'*}
    TENSORFLOW_BUILD=${TENSORFLOW_BUILD##*$'\n'}
    return 0
  fi
  printf '\n== import tensorflow\n%s\n' "$said" >>"$LOG"
  IMPORT_ERROR=$(grep -E '^[A-Za-z_.]+(Error|Exception):' <<<"$said" | tail -n 1) || IMPORT_ERROR=${said##*$'\n'}
  return 1
}
