# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Finds a Python of a given version. Sourced after options.sh by setup.sh, which sets VENV and MARK, and by lint.sh.

in_ngc_container() {
  [[ -n ${NVIDIA_TENSORFLOW_VERSION-}${TENSORFLOW_VERSION-} ]] && type -P python3 >/dev/null &&
    python3 -W ignore -c 'import tensorflow' >/dev/null 2>&1
}

# Prints "3.7 /path/of/that/python" for a Python that runs, is 64-bit and can create virtual environments; otherwise prints
# the reason and returns 1. A pyenv shim may exist for a version that is not installed, so the Python is run. The path is
# that of the interpreter itself, not of a shim or of a virtual environment, which may be the .venv to be replaced.
probe_python() {
  "$1" -I -c 'import os, struct, sys
version = "%d.%d" % sys.version_info[:2]
try: import ensurepip, venv
except ImportError as error: sys.exit("has no %s (Debian and Ubuntu: apt-get install python%s-venv)" % (error.name, version))
try: import bz2, ctypes, ssl, zlib
except ImportError as error: sys.exit("was built without %s" % error.name)
if struct.calcsize("P") != 8: sys.exit("is a 32-bit build")
real = os.path.join(sys.base_prefix, "bin", "python" + version)
inside = sys.prefix != sys.base_prefix and os.path.exists(real)
print(version, os.path.realpath(real if inside else sys.executable))' 2>&1
}

# Sets PYTHON_PATH and PYTHON_VERSION: the given Python, else the first VERSION that is usable; without VERSIONs 3.7, else the
# newest of 3.11 to 3.8.
find_python() { # PATH [VERSION...]
  if [[ -n $1 ]]; then
    _use_given "$@"
    return
  fi
  local -a wanted=(3.7 3.11 3.10 3.9 3.8)
  # TensorFlow 1.13.1 was released for x86-64 only; other processors need 2.x.
  if [[ $(uname -m) != x86_64 ]]; then wanted=(3.11 3.10 3.9 3.8); fi
  if (($# > 1)); then wanted=("${@:2}"); fi
  if search_python "${wanted[@]}"; then return 0; fi
  _say_what_to_install "${@:2}"
  return 1
}

# Sets PYTHON_PATH and PYTHON_VERSION to the first of these versions that is usable; returns 1 if none is.
search_python() { # VERSION...
  local version candidate
  _REJECTED=()
  for version; do
    while IFS= read -r candidate; do
      if _accept "$candidate" "$version"; then return 0; fi
    done < <(_candidates "$version")
  done
  return 1
}

_use_given() { # PATH [VERSION...]
  local found
  PYTHON_PATH=$(type -P "$1") || usage_error "--python $1: no such program"
  found=$(probe_python "$PYTHON_PATH") || usage_error "--python $1 cannot be used: ${found%%$'\n'*}"
  PYTHON_VERSION=${found%% *} PYTHON_PATH=${found#* }
  case $PYTHON_VERSION in
  3.7 | 3.8 | 3.9 | 3.10 | 3.11) ;;
  *) usage_error "--python $1 is Python $PYTHON_VERSION; use 3.7 (TensorFlow 1.13.1) or 3.8 to 3.11 (TensorFlow 2)" ;;
  esac
  (($# == 1)) || [[ " ${*:2} " == *" $PYTHON_VERSION "* ]] ||
    usage_error "--python $1 is Python $PYTHON_VERSION, but --tf ${OPT[tf]} needs $(_listed "${@:2}")"
}

# The Python of the environment that is there, so that --python need not be repeated; then PATH, then pyenv's versions, newest
# patch release first.
_candidates() {
  local name root
  if [[ -n ${MARK-} && -f ${MARK-} ]]; then printf '%s\n' "$VENV/bin/python"; fi
  for name in "python$1" python3 python; do type -aP "$name" || true; done
  { for root in "${PYENV_ROOT-}" "$(pyenv root 2>/dev/null)" "${HOME-}/.pyenv"; do
    if [[ -n $root ]]; then printf '%s\n' "$root/versions/$1".*/bin/python; fi
  done; } | sort -Vur
}

_accept() { # CANDIDATE VERSION
  [[ -x $1 && ! -d $1 ]] || return 1
  local found
  if found=$(probe_python "$1"); then
    [[ ${found%% *} == "$2" ]] || return 1
    PYTHON_VERSION=${found%% *} PYTHON_PATH=${found#* }
    return 0
  fi
  if [[ $1 == *"python$2" || $1 == */versions/* ]]; then _REJECTED+=("$1 ${found%%$'\n'*}"); fi
  return 1
}

_say_what_to_install() { # [VERSION...]
  {
    if (($#)); then
      printf 'error: --tf %s needs Python %s, and no usable one was found\n' "${OPT[tf]}" "$(_listed "$@")"
    else
      printf 'error: no usable Python found; install 3.7 (TensorFlow 1.13.1), or 3.8 to 3.11 (TensorFlow 2)\n'
    fi
    if ((${#_REJECTED[@]})); then printf '  rejected: %s\n' "${_REJECTED[@]}"; fi
    printf '  For example:\n'
    if [[ " ${*:-3.7} " == *' 3.7 '* ]]; then
      printf '    %s\n' 'pyenv install 3.7.16                                  (any Linux; "pyenv global" is not needed)'
    fi
    if [[ " ${*:-3.11} " == *' 3.11 '* ]]; then
      printf '    %s\n' 'apt-get install python3.11 python3.11-venv            (Debian 12; on Ubuntu python3.10 or later)'
    fi
    if [[ " ${*:-3.7} " == *' 3.7 '* ]]; then
      printf '    %s\n' 'conda create -p ~/py37 python=3.7                     '"(then: bash scripts/setup.sh${OPT[tf]:+ --tf ${OPT[tf]}} --python ~/py37/bin/python)"
    fi
  } >&2
}

_listed() { # VERSION...
  local words="$*"
  printf '%s' "${words// /, }"
}
