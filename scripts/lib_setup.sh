# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# What setup.sh installs and builds into .venv. Sourced by it, with its VENV, STAMP, LOG and REQUIREMENTS.

install_extra() {  # quickstart or test
  [[ -n ${OPT[with_$1]} ]] || return 0
  local wanted
  local -a whole
  wanted="$1 $(cat "$ROOT"/requirements-{"$1",data,report}.txt | sha256sum | cut -c1-16)"
  if grep -qxF "$wanted" "$STAMP"; then return; fi
  say "setup: installing what scripts/$1.sh needs"
  mapfile -t whole < <(grep -v "^$1 " "$STAMP")
  rm -f "$STAMP"                       # half made until pip is through
  pip_install -r "$ROOT/requirements-$1.txt"
  complete "${whole[@]}" "$wanted"
}

# Wheels only: a source build of grpcio or h5py takes an hour, then fails. gast 0.2.2 was never a wheel; it is plain Python.
pip_install() {
  local -a only=(--only-binary :all: --no-binary gast)
  if [[ $REQUIREMENTS == requirements-tf2.txt ]]; then only=(--only-binary :all:); fi
  printf '\n== pip install %s\n' "$*" >>"$LOG"
  PIP_USER=0 PYTHONUNBUFFERED=1 "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    "${only[@]}" "$@" 2>&1 | tee -a "$LOG" | show_progress \
    || { grep '^ERROR' "$LOG" | tail -n 3 >&2
         fail "pip could not install $*; the whole story is in $LOG (is a package index reachable from here?)"; }
}

# pip's output, less what nobody reads: one line for each thing that takes time.
show_progress() {
  awk '/^ *Downloading .* MB\)$/ { sub(/^ *Downloading (.*\/)?/, ""); sub(/-(cp|py)[0-9][^ ]*\.whl/, ""); print "  fetching " $0 }
       /^ *Using cached/ { cached++ }
       /^Installing collected packages/ { print "  installing " NF - 3 " packages" (cached ? " (" cached " from the cache)" : "") }
       { fflush() }'
}

# Missing compilers and failed builds are said and survived: only --use_fused_ops needs the result.
build_fused_ops() {
  if [[ -n ${OPT[without_fused_ops]} || ! -f $ROOT/fused_ops/Makefile ]]; then return; fi
  local -a cuda=(CUDA_HOME=)             # the CUDA kernels take minutes to compile: only where there is a GPU
  if nvidia-smi -L >/dev/null 2>&1; then cuda=(); fi
  local tool source_hash
  source_hash=$(cd "$ROOT/fused_ops" && cat Makefile build_info.py csrc/* | sha256sum | cut -c1-16)
  local wanted="fused_ops $source_hash ${cuda[*]-}"
  if grep -qxF "$wanted" "$STAMP" && compgen -G "$ROOT/fused_ops/build/tf-*/build_info.json" >/dev/null; then return; fi
  for tool in make g++; do
    if ! type -P "$tool" >/dev/null; then
      say "setup: no $tool here: the fused ops are not built (apt-get install g++ make, then run this again)"
      return
    fi
  done
  say "setup: compiling the fused ops"
  printf '\n== make -C fused_ops\n' >>"$LOG"
  if make -C "$ROOT/fused_ops" -j"$(nproc)" PYTHON="$VENV/bin/python" ${cuda[@]+"${cuda[@]}"} >>"$LOG" 2>&1; then
    local -a whole
    mapfile -t whole < <(grep -v '^fused_ops ' "$STAMP")
    complete "${whole[@]}" "$wanted"
  else
    tail -n 5 "$LOG" >&2
    warn "the fused ops could not be compiled (the whole story is in $LOG); everything else works without them"
  fi
}

# Importing it is the test that the wheel fits this machine (its processor, its C library).
versions() {
  "$VENV/bin/python" -W ignore -c 'import platform, tensorflow as tf
print("Python %s, TensorFlow %s" % (platform.python_version(), tf.__version__))' 2>>"$LOG" \
    || { tail -n 5 "$LOG" >&2; fail "TensorFlow is installed but does not import; the whole story is in $LOG"; }
}
