# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# NVIDIA's TensorFlow 1 container, with the extras of the data stages and the fused ops: bash scripts/docker/build.sh
#
#   FROM_IMAGE_NAME  the base: 19.03-py3 is the reference (TensorFlow 1.13.1, Volta); 23.03-tf1-py3 is the newest with
#                    TensorFlow 1 (1.15.5, Ampere and Hopper). Any image with python3, pip, TensorFlow, g++ and make will do.
#   CUDA_ARCHS       GPU architectures to compile the fused ops for, such as "70 80 90"; empty: those the base's nvcc
#                    knows of the three; none: for the CPU alone
ARG FROM_IMAGE_NAME=nvcr.io/nvidia/tensorflow:19.03-py3
FROM ${FROM_IMAGE_NAME}

WORKDIR /workspace/bert

# The base's numpy belongs to its TensorFlow: pip must not replace it.
COPY requirements requirements
RUN python3 -W ignore -c 'import numpy; print("numpy==" + numpy.__version__)' >/tmp/base.txt \
    && extras="-r requirements/quickstart.txt -r requirements/data.txt" \
    && if python3 -c 'import sys; sys.exit(sys.version_info >= (3, 6))'; then extras="-r requirements/py35.txt"; fi \
    && python3 -m pip install --no-cache-dir -c /tmp/base.txt $extras \
    && rm /tmp/base.txt

COPY . .

# launch.sh mounts a checkout over /workspace/bert; inside.sh then takes this build, if the checkout has none.
ARG CUDA_ARCHS=
RUN if [ "$CUDA_ARCHS" = none ]; then set -- CUDA_HOME=; elif [ -n "$CUDA_ARCHS" ]; then set -- "CUDA_ARCHS=$CUDA_ARCHS"; fi \
    && make -C fused_ops -j"$(nproc)" PYTHON=python3 "$@" \
    && mkdir -p /opt/bert-fused-ops \
    && for build in fused_ops/build/tf-*; do \
         mkdir "/opt/bert-fused-ops/${build##*/}" && cp "$build"/libbert_fused_ops.so "$build"/build_info.json "/opt/bert-fused-ops/${build##*/}/"; \
       done
