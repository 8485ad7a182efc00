#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# On a GPU machine without TensorFlow of its own: the toolkit's op tests, and BERT training and inference steps, on the
# runtime of TensorFlow 1.15.5 unpacked in /opt/tf1, beside PyTorch. 4 minutes on an H100. See gpu.md.
#   benchmarks/model_gpu.sh INPUTS.npz [OUT_DIR]     writes model_gpu.md, model_gpu.json, logs
# Wanted: the fused ops built for that TensorFlow (make -C fused_ops CUDA_ARCHS=90), pytest on PYTHONPATH.
set -uo pipefail
inputs=$(realpath -e "${1:?model_gpu.sh INPUTS.npz [OUT_DIR]}") || exit 2
out=${2:-${OUT:-model_gpu}} runtime=${TF1_RUNTIME:-/opt/tf1}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
[[ -x $runtime/py/bin/python3.7 ]] || {
  echo "model_gpu.sh: no $runtime/py/bin/python3.7: unpack the runtime first" >&2
  exit 2
}
cublas=$(find / -name 'libcublas.so.13*' -not -path '/proc/*' -print -quit 2>/dev/null)
python=$out/python # the runtime's Python in its environment, which no other program here may see
cat >"$python" <<END
#!/bin/sh
export PYTHONHOME=$runtime/py PYTHONPATH=$PWD:$runtime/site${PYTHONPATH:+:$PYTHONPATH} CUDA_MODULE_LOADING=LAZY
export TF_CPP_MIN_LOG_LEVEL=1 LD_LIBRARY_PATH=$runtime/lib:$(dirname "${cublas:-/none/}")
exec $runtime/py/bin/python3.7 -W ignore "\$@"
END
chmod +x "$python"
unset PYTHONPATH
status=0
card=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | head -n 1)

# step LIMIT NAME COMMAND...: its output goes to OUT/NAME.log, the end of which is shown where it fails.
step() {
  local limit=$1 name=$2 began=$SECONDS rc=0
  shift 2
  timeout "$limit" "$@" >"$out/$name.log" 2>&1 || rc=$?
  printf '%-16s %s  %d s\n' "$name" "$([[ $rc == 0 ]] && echo ok || echo "FAILED ($rc)")" $((SECONDS - began))
  if [[ $rc != 0 ]]; then
    status=1
    tail -n 12 "$out/$name.log"
  fi
}

step 45 first_contact "$python" benchmarks/gpu/first_contact.py
# Where TensorFlow does not reach the GPU, its processes below end at once and PyTorch's are still measured.
tail -n 3 "$out/first_contact.log"
if [[ $status == 0 && -z ${MODEL_GPU_SKIP_TESTS:-} ]]; then
  step 50 op_tests "$python" -m pytest -q -x -p no:cacheprovider tests/ops \
    -k 'not emulation and not compile and not on_the_gpu and not avx and not baseline and not build and not benchmark and not simd'
  tail -n 1 "$out/op_tests.log"
fi
read -ra more <<<"${MODEL_GPU_OPTIONS:-}"
step "${MODEL_GPU_LIMIT:-180}" models python3 benchmarks/model_gpu.py --tensorflow_python "$python" \
  --inputs "$inputs" --output "$out" --card "$card, TensorFlow 1.15.5" --limit "$((${MODEL_GPU_LIMIT:-180} - 5))" "${more[@]}"
[[ ! -f $out/model_gpu.md ]] || cat "$out/model_gpu.md"
exit $status
