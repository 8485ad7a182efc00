# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# NVIDIA's TensorFlow 1 container plus the requirements for data and the fused ops. Build with: bash scripts/docker/build.sh
#
#   FROM_IMAGE_NAME  base image: 19.03-py3 is the reference (TensorFlow 1.13.1, Volta); 23.03-tf1-py3 is the newest with
#                    TensorFlow 1 (1.15.5, Ampere and Hopper). Any image with python3, pip, TensorFlow, g++ and make works.
#   CUDA_ARCHS       GPU architectures of the fused ops, such as "70 80 90"; empty: those of 70, 80, 90 that the base's
#                    nvcc supports; none: CPU only
ARG FROM_IMAGE_NAME=nvcr.io/nvidia/tensorflow:19.03-py3
FROM ${FROM_IMAGE_NAME}

WORKDIR /workspace/bert

# pip must not replace the base's numpy, which its TensorFlow was built with.
COPY requirements requirements
RUN python3 -W ignore -c 'import numpy; print("numpy==" + numpy.__version__)' >/tmp/base.txt \
    && extras="-r requirements/quickstart.txt -r requirements/data.txt" \
    && if python3 -c 'import sys; sys.exit(sys.version_info >= (3, 6))'; then extras="-r requirements/py35.txt"; fi \
    && python3 -m pip install --no-cache-dir -c /tmp/base.txt $extras \
    && rm /tmp/base.txt

COPY . .

# launch.sh mounts a checkout over /workspace/bert; inside.sh copies this build to it if it has none.
ARG CUDA_ARCHS=
RUN if [ "$CUDA_ARCHS" = none ]; then set -- CUDA_HOME=; elif [ -n "$CUDA_ARCHS" ]; then set -- "CUDA_ARCHS=$CUDA_ARCHS"; fi \
    && make -C fused_ops -j"$(nproc)" PYTHON=python3 "$@" \
    && mkdir -p /opt/bert-fused-ops \
    && for build in fused_ops/build/tf-*; do \
         mkdir "/opt/bert-fused-ops/${build##*/}" && cp "$build"/libbert_fused_ops.so "$build"/build_info.json "/opt/bert-fused-ops/${build##*/}/"; \
       done
