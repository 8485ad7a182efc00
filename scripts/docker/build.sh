#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Builds the container image from this checkout; see the Dockerfile for its contents.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/options.sh"
. "$ROOT/scripts/lib/docker.sh"
SCRIPT=docker/build.sh

describe "Builds the container image." "[-- arguments for docker build]"
option from_image "${FROM_IMAGE_NAME:-nvcr.io/nvidia/tensorflow:19.03-py3}" text "base image; for Ampere and Hopper use nvcr.io/nvidia/tensorflow:23.03-tf1-py3"
option tag "$DEFAULT_IMAGE" text "image tag"
option cuda_archs "" text "GPU architectures of the fused ops, such as '70 80'; empty: those of 70, 80, 90 that nvcc supports; none: CPU only"
option engine auto 'auto|docker|podman' "container engine"
parse_options "$@"
[[ ${OPT[cuda_archs]} =~ ^(none|[0-9]{2,3}( [0-9]{2,3})*)?$ ]] ||
  usage_error "cuda_archs is '${OPT[cuda_archs]}', but must be none or numbers such as '70 80'"

find_engine "${OPT[engine]}"
command=("$ENGINE" build --rm -t "${OPT[tag]}" --build-arg "FROM_IMAGE_NAME=${OPT[from_image]}")
if [[ -n ${OPT[cuda_archs]} ]]; then command+=(--build-arg "CUDA_ARCHS=${OPT[cuda_archs]}"); fi
command+=(${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"} "$ROOT")
say "$(quoted "${command[@]}")"
[[ $DRY_RUN == false ]] || exit 0
exec "${command[@]}"
