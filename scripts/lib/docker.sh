# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Shared by build.sh and launch.sh: finds the container engine and its kind. Sourced after options.sh.

# shellcheck disable=SC2034  # for the scripts that source this
DEFAULT_IMAGE=bert

# Sets ENGINE to the program and ENGINE_KIND to docker, old-docker (before 19.03: no --gpus) or podman.
# shellcheck disable=SC2034
find_engine() { # auto or a name
  local name version
  ENGINE=''
  for name in docker podman; do
    if [[ $1 == auto || $1 == "$name" ]] && type -P "$name" >/dev/null; then
      ENGINE=$name
      break
    fi
  done
  if [[ -z $ENGINE ]]; then
    ENGINE=${1/auto/docker} ENGINE_KIND=${1/auto/docker}
    missing "$(if [[ $1 == auto ]]; then printf 'neither docker nor podman is'; else printf '%s is not' "$1"; fi) installed; to work without a container, run: bash scripts/setup.sh"
    return
  fi
  version=$("$ENGINE" --version 2>/dev/null) || version=''
  ENGINE_KIND=docker
  if [[ $version == *podman* ]]; then
    ENGINE_KIND=podman # also where it is installed as docker
  elif [[ $version =~ ([0-9]+)\.([0-9]+) ]] && ((10#${BASH_REMATCH[1]} * 100 + 10#${BASH_REMATCH[2]} < 1903)); then
    ENGINE_KIND=old-docker
  fi
}
