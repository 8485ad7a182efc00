#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs a command (default: an interactive shell) in the container, with this checkout mounted at /workspace/bert. The command
# runs as the calling user, who owns the files it writes.
#
#   bash scripts/docker/launch.sh
#   bash scripts/docker/launch.sh --gpus=0,1 bash scripts/run_squad.sh --num_gpus=2

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/options.sh"
. "$ROOT/scripts/lib/docker.sh"
SCRIPT=docker/launch.sh

describe "Runs a command (default: an interactive shell) in the container. Options precede the command." "[command ...]"
directory RESULTS_DIR "$ROOT/results" "mounted at /results"
directory CHECKPOINTS_DIR "" "mounted at /checkpoints, if set"
directory DATA_DIR "" "mounted at /data, if set; scripts/data_download.sh then writes there"
option image "$DEFAULT_IMAGE" text "image to run, built by scripts/docker/build.sh"
option gpus auto text "GPUs to use: all, none, numbers such as 0,1, or auto (all if there are any, else the CPU)"
option port 8888 whole "port of this machine mapped to port 8888, for Jupyter or TensorBoard; 0: none"
option bind 127.0.0.1 text "address of this machine that the port is published on; 0.0.0.0: all, open to the network"
option mount "" path "additional directory to mount, as FROM:TO"
option user "$(id -u):$(id -g)" text "user and group in the container"
option engine auto 'auto|docker|podman' "container engine"
COMMAND_FOLLOWS=true
parse_options "$@"
[[ ${OPT[gpus]} =~ ^(auto|all|none|[0-9]+(,[0-9]+)*)$ ]] || usage_error "gpus is '${OPT[gpus]}', but must be auto, all, none or numbers such as 0,1"
port=${OPT[port]}
[[ ${OPT[bind]} =~ ^([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])$ ]] || usage_error "bind is '${OPT[bind]}', but must be an IP address, such as 127.0.0.1 or [::1]"
((port < 65536)) || usage_error "port is ${OPT[port]}, but must be below 65536"
[[ -z ${OPT[mount]} || ${OPT[mount]} =~ ^/[^:]*:/[^:]+(:ro)?$ ]] || usage_error "mount is '${OPT[mount]}', but must be /FROM:/TO or /FROM:/TO:ro"

# Appends the options that pass GPUs to the container.
add_gpus() {
  local gpus=${OPT[gpus]} number
  if [[ $gpus != none && $(nvidia-smi -L 2>/dev/null || true) != 'GPU '* ]]; then
    if [[ $gpus == auto ]]; then
      warn "no GPU found (nvidia-smi lists none); using the CPU, for which launchers need --num_gpus=0 --precision=fp32"
      gpus=none
    else
      missing "gpus is '$gpus', but nvidia-smi lists no GPU; use --gpus=none to run on the CPU"
    fi
  fi
  gpus=${gpus/auto/all}
  if [[ $gpus == none ]]; then return; fi
  case $ENGINE_KIND in
  docker)
    if [[ $gpus == all ]]; then command+=(--gpus all); else command+=(--gpus "\"device=$gpus\""); fi
    ;;
  old-docker) command+=(--runtime=nvidia -e "NVIDIA_VISIBLE_DEVICES=$gpus") ;;
  podman)
    for number in ${gpus//,/ }; do command+=(--device "nvidia.com/gpu=$number"); done
    command+=(--security-opt=label=disable)
    ;;
  esac
}

# Creates the directory as the caller; the engine would create it as root.
add_mount() { # VARIABLE TARGET
  local path
  if [[ -z ${!1} ]]; then return; fi
  path=$(absolute_path "${!1}")
  [[ $path != *:* ]] || usage_error "$1=$path: container engines cannot mount a path with a colon; set $1 to another directory"
  if [[ $DRY_RUN == false ]]; then
    mkdir -p "$path" 2>/dev/null || usage_error "cannot create $1=$path; set $1 to a directory you can write to"
  fi
  command+=(-v "$path:$2")
}

find_engine "${OPT[engine]}"
command=("$ENGINE" run --rm)
if [[ -t 0 && -t 1 ]]; then
  command+=(-it)
elif ((${#PASSTHROUGH[@]} == 0)); then
  missing "an interactive shell needs a terminal; give a command to run"
fi
if [[ $ENGINE_KIND != podman ]]; then command+=(--init); fi # forwards SIGTERM; podman needs another package for it
add_gpus
command+=(--shm-size=1g --ulimit memlock=-1 --ulimit stack=67108864)
if ((port > 0)); then command+=(-p "${OPT[bind]}:$port:8888"); fi
command+=(--user "${OPT[user]}")
if [[ $ENGINE_KIND == podman ]] && [[ $(id -u) != 0 ]]; then command+=(--userns=keep-id); fi
command+=(-e HOME=/tmp) # the caller has no home directory in the container
for name in BERT_MIRROR_SQUAD BERT_MIRROR_WEIGHTS BERT_MIRROR_WIKIPEDIA BERT_MIRROR_BOOKS; do
  if [[ -n ${!name-} ]]; then command+=(-e "$name=${!name}"); fi
done
[[ $ROOT != *:* ]] || usage_error "$ROOT: container engines cannot mount a path with a colon; move the checkout"
command+=(-v "$ROOT:/workspace/bert")
add_mount RESULTS_DIR /results
add_mount CHECKPOINTS_DIR /checkpoints
add_mount DATA_DIR /data
if [[ -n $DATA_DIR ]]; then command+=(-e DATA_DIR=/data); fi
if [[ -n ${OPT[mount]} ]]; then command+=(-v "${OPT[mount]}"); fi
command+=(-w /workspace/bert "${OPT[image]}" bash scripts/docker/inside.sh ${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})

if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${command[@]}")"
  exit 0
fi
exec "${command[@]}"
