# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Compiles the fused ops while pip downloads and installs. Sourced by setup.sh after install.sh.
#
#   start_compiling   the CPU kernels, which need no TensorFlow; does nothing if there is nothing to compile
#   compile_ops       the rest, once TensorFlow is there
#   finish_compiling  waits, and says how it went
#
# What is built is used again as long as sources, compiler, flags, processor and TensorFlow are the same: their hash is in
# build/tf-VERSION/setup_key.

FUSED_OPS=$ROOT/fused_ops
FUSED_OPS_LOG=$ROOT/.cache/fused_ops.log
COMPILING=''       # process id of make
WANTS_FUSED_OPS='' # there is something to compile
CUDA_HOME_ARGUMENT='' CPU_ISAS_ARGUMENT=''

# The kernels of this machine's instruction set, unless those of all are asked for (tests check each). The CUDA kernels take
# minutes to compile: only where there is a GPU.
start_compiling() {
  [[ -z ${OPT[without_fused_ops]} && -f $FUSED_OPS/Makefile ]] || return 0
  local -a absent=()
  local tool
  for tool in g++ make; do
    if ! type -P "$tool" >/dev/null; then absent+=("$tool"); fi
  done
  if ((${#absent[@]})); then
    say "setup: ${absent[*]} is not installed: skipping the fused ops (to build them: apt-get install g++ make, then run this again); \
runs will use TensorFlow's kernels, which are slower, and say so"
    return
  fi
  if ! nvidia-smi -L >/dev/null 2>&1; then CUDA_HOME_ARGUMENT=CUDA_HOME=; fi
  if [[ -z ${OPT[with_test]}${OPT[portable_fused_ops]} ]]; then CPU_ISAS_ARGUMENT=CPU_ISAS=native; fi
  WANTS_FUSED_OPS=true
  if compgen -G "$FUSED_OPS/build/tf-*/build_info.json" >/dev/null; then return; fi # likely still good
  : >"$FUSED_OPS_LOG"
  say "setup: compiling the fused ops meanwhile"
  start_make cpu
}

compile_ops() {
  [[ -n $WANTS_FUSED_OPS ]] || return 0
  BUILT=$FUSED_OPS/build/tf-${VERSIONS##*TensorFlow }
  KEY=$(fused_ops_key)
  if is_compiled || is_usable; then
    WANTS_FUSED_OPS=
    return
  fi
  if [[ -n $COMPILING ]]; then
    wait "$COMPILING" || true # an error will show again
  else
    : >"$FUSED_OPS_LOG"
    say "setup: compiling the fused ops"
  fi
  start_make "PYTHON=$VENV/bin/python"
}

# A failed build is reported but does not stop the set-up: runs work without the fused ops, and say that they do.
finish_compiling() {
  [[ -n $WANTS_FUSED_OPS ]] || return 0
  if wait "$COMPILING"; then
    printf '%s\n' "$KEY" >"$BUILT/setup_key"
    say "setup: the fused ops are compiled"
  else
    tail -n 5 "$FUSED_OPS_LOG" >&2
    warn "the fused ops could not be compiled, see $FUSED_OPS_LOG; everything else works without them, on TensorFlow's slower kernels"
  fi
  COMPILING=
}

# Make ends its compilers.
stop_compiling() {
  if [[ -n $COMPILING ]]; then kill "$COMPILING" 2>/dev/null || true; fi
}

start_make() { # ARGUMENTS
  (
    local -a arguments=("$@")
    if [[ -n $CUDA_HOME_ARGUMENT ]]; then arguments+=("$CUDA_HOME_ARGUMENT"); fi
    if [[ -n $CPU_ISAS_ARGUMENT ]]; then arguments+=("$CPU_ISAS_ARGUMENT"); fi
    exec make -C "$FUSED_OPS" -j"$(nproc)" "${arguments[@]}" >>"$FUSED_OPS_LOG" 2>&1
  ) &
  COMPILING=$!
}

# A build for every processor also serves for this one.
is_compiled() {
  local built
  [[ -e $BUILT/build_info.json ]] && built=$(cat "$BUILT/setup_key" 2>/dev/null) || return 1
  [[ $built == "$KEY" ]] || [[ -n $CPU_ISAS_ARGUMENT && $built == "${KEY%% *} all" ]]
}

# Built by make alone, or copied from the image of a container.
is_usable() {
  [[ -e $BUILT/build_info.json && ! -e $BUILT/setup_key ]] || return 1
  (cd "$ROOT" && "$VENV/bin/python" -W ignore -c 'import sys
from fused_ops import loader
sys.exit(loader.unavailable_reason() or (sys.argv[1:] == ["all"] and loader.cpu_isas() != list(loader.CPU_ISAS)))
' "${CPU_ISAS_ARGUMENT:-all}") >>"$FUSED_OPS_LOG" 2>&1
}

# A hash, and for which processors: "all", or what the one here has.
fused_ops_key() {
  local processors=all
  if [[ -n $CPU_ISAS_ARGUMENT ]]; then
    processors=native-$(grep -m1 '^flags' /proc/cpuinfo | grep -owE 'avx2|fma|f16c|avx512(f|bw|dq|vl)' | sort -u | tr '\n' '-') || true
  fi
  {
    cat "$FUSED_OPS/Makefile" "$FUSED_OPS/build_info.py"
    find "$FUSED_OPS/csrc" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat
    "${CXX:-g++}" --version
    printf '%s\n' "$TENSORFLOW_BUILD" "$VERSIONS" "$CUDA_HOME_ARGUMENT ${CUDA_HOME-} ${CUDA_ARCHS-}"
  } | sha256sum | cut -c1-16 | tr '\n' ' '
  printf '%s' "$processors"
}
