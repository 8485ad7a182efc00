#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Builds the Dockerfile without a container daemon or NVIDIA's registry, and runs the quickstart in the image. The base image
# is a substitute: Debian by debootstrap, this machine's Python 3.7, TensorFlow 1.13.1 for the CPU. Requires root, buildah,
# debootstrap and 12 GB of disk; takes about twenty minutes on two cores.
#
#   bash benchmarks/container.sh [WORK_DIR]      (default /tmp/bert-container; images and rootfs are removed at the end)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib/options.sh"
. "$ROOT/scripts/lib/find_python.sh"

WORK=${1:-/tmp/bert-container}
BUILDAH=(buildah --root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs)
# Mount pip's configuration and certificates, so that pip in the container finds packages as pip does here.
PIP=()
for path in /etc/pip.conf /etc/xdg/pip /etc/ssl/certs; do if [[ -e $path ]]; then PIP+=(-v "$path:$path:ro"); fi; done
while IFS= read -r path; do PIP+=(-v "$path:$path:ro"); done < <(
  python3 -m pip config list 2>/dev/null | grep -oE "(file://|find-links='?)/[^ ']+" | grep -oE '/[^/ ].*' |
    cut -d/ -f1-3 | sort -u | while IFS= read -r found; do if [[ -d $found ]]; then printf '%s\n' "$found"; fi; done
)

stage() { printf '\n== after %d s: %s\n' "$SECONDS" "$1"; }

base_system() {
  stage "Debian, Python 3.7, TensorFlow 1.13.1: the substitute base"
  local mirror
  mirror=$(grep -hE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 | awk '{print $2}') || true
  [[ -n $mirror ]] || fail "no Debian mirror found in /etc/apt; add one to build the base from"
  if [[ ! -e $WORK/rootfs/usr/bin/make ]]; then
    debootstrap --variant=minbase --include=ca-certificates,g++,make,git,libssl3,libffi8,libbz2-1.0,liblzma5,libreadline8,libsqlite3-0,zlib1g \
      bookworm "$WORK/rootfs" "$mirror" >"$WORK/debootstrap.log"
  fi
  find_python ''
  [[ $PYTHON_VERSION == 3.7 ]] || fail "the base needs Python 3.7, but only $PYTHON_VERSION was found; install Python 3.7"
  mkdir -p "$WORK/rootfs/opt"
  cp -a "$(dirname "$(dirname "$PYTHON_PATH")")" "$WORK/rootfs/opt/python3.7"
  ln -sf python3.7 "$WORK/rootfs/opt/python3.7/bin/python3"
  local container
  container=$("${BUILDAH[@]}" from scratch)
  "${BUILDAH[@]}" add "$container" "$WORK/rootfs" / >/dev/null
  # NVIDIA's images set TENSORFLOW_VERSION; it makes scripts/setup.sh use the image's TensorFlow.
  "${BUILDAH[@]}" config --env PATH=/opt/python3.7/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env LD_LIBRARY_PATH=/opt/python3.7/lib --env TENSORFLOW_VERSION=1.13.1 --env LANG=C.UTF-8 "$container"
  "${BUILDAH[@]}" run --isolation=chroot "${PIP[@]}" -v "$ROOT/requirements.txt:/requirements.txt:ro" "$container" \
    python3 -m pip install -q --no-cache-dir --no-compile -r /requirements.txt
  "${BUILDAH[@]}" commit --rm -q "$container" localhost/bert-base >/dev/null
  rm -rf "$WORK/rootfs"
}

build_image() {
  stage "the Dockerfile on it"
  "${BUILDAH[@]}" bud --isolation=chroot -q "${PIP[@]}" --build-arg FROM_IMAGE_NAME=localhost/bert-base \
    --build-arg CUDA_ARCHS=none -t localhost/bert "$ROOT" >"$WORK/build.log" 2>&1 || {
    tail -n 30 "$WORK/build.log"
    fail "the image could not be built; see $WORK/build.log"
  }
}

run_quickstart() {
  stage "the quickstart in the image, as a user without a name, in a checkout mounted as launch.sh mounts it"
  local container
  rm -rf "$WORK/checkout"
  git clone -q "$ROOT" "$WORK/checkout"
  mkdir -p "$WORK/results"
  chown -R 4321:4321 "$WORK/checkout" "$WORK/results"
  container=$("${BUILDAH[@]}" from localhost/bert)
  "${BUILDAH[@]}" run --isolation=chroot --user 4321:4321 --env HOME=/tmp "${PIP[@]}" \
    -v "$WORK/checkout:/workspace/bert" -v "$WORK/results:/results" --workingdir /workspace/bert "$container" \
    bash scripts/docker/inside.sh bash scripts/quickstart.sh --output_dir /results/quickstart
  stage "what it left, and whose it is"
  find "$WORK/results/quickstart" -maxdepth 1 -printf '%u:%g %y %f\n'
  find "$WORK/checkout/fused_ops/build" -name '*.so' -printf '%u:%g %f\n'
  "${BUILDAH[@]}" rm "$container" >/dev/null
}

clean_up() {
  stage "removing the images"
  "${BUILDAH[@]}" rm --all >/dev/null || true
  "${BUILDAH[@]}" rmi --all --force >/dev/null || true
  rm -rf "$WORK/storage" "$WORK/run" "$WORK/rootfs" "$WORK/checkout" "$WORK/results"
}

[[ $(id -u) == 0 ]] || fail "debootstrap and chroot need root"
mkdir -p "$WORK"
trap clean_up EXIT
base_system
build_image
run_quickstart
