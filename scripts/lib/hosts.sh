# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Starts the ranks of a launcher: as one process, with mpirun on this machine or over ssh, or with srun. Sourced by run.sh.

# Options of a launcher that can use several machines.
define_host_options() {
  option hosts "" text "run on these hosts over ssh, with their numbers of GPUs: host1:8,host2:8; replaces num_gpus"
  option hostfile "" path "hosts in an Open MPI host file, one line 'host1 slots=8' per host"
  option interface "" text "network interface that the ranks communicate over, such as eth0; empty: all"
  option slurm "" switch "inside a Slurm job: start the ranks with srun, one per task"
}

# Sets COMMAND to the words that start SCRIPT: one process without Horovod for 0 GPUs, otherwise one MPI rank per GPU of
# this machine, of the given hosts, or of the Slurm job.
start_command() { # NUM_GPUS SCRIPT
  find_run_python
  require_packages tensorflow numpy six absl
  count_ranks "$1"
  COMMAND=("$PYTHON" "$ROOT/$2")
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH-} # mpirun -x of an unset variable is an error
  if [[ -n ${OPT[slurm]-} ]]; then
    _on_slurm
  elif [[ -n ${OPT[hosts]-} || -n ${OPT[hostfile]-} ]]; then
    _on_hosts
  elif ((RANKS > 0)); then
    _check_gpus "$RANKS"
    COMMAND=(mpirun -np "$RANKS" -H "localhost:$RANKS" "${_MPI_OPTIONS[@]}" "${COMMAND[@]}" --horovod)
  fi
}

# Sets RANKS to the number of processes (0: one, without Horovod) and NODES to the number of hosts.
count_ranks() { # NUM_GPUS
  RANKS=$1 NODES=1
  if [[ -n ${OPT[slurm]-} ]]; then
    [[ -n ${SLURM_NTASKS-} ]] || missing "--slurm works inside a Slurm job only, and SLURM_NTASKS is not set; submit the job with scripts/start_pretraining.sh"
    RANKS=${SLURM_NTASKS:-1} NODES=${SLURM_JOB_NUM_NODES:-1}
  elif [[ -n ${OPT[hosts]-} ]]; then
    [[ -z ${OPT[hostfile]} ]] || usage_error "--hosts and --hostfile exclude each other"
    [[ ${OPT[hosts]} != *[[:space:]]* ]] || usage_error "hosts: '${OPT[hosts]}' is not a host; write host1:8,host2:8"
    _count_slots "hosts" < <(tr ',' '\n' <<<"${OPT[hosts]}" | sed 's/:/ slots=/')
  elif [[ -n ${OPT[hostfile]-} ]]; then
    require_file "${OPT[hostfile]}" "hostfile" "write a line 'host1 slots=8' for each host"
    if [[ -r ${OPT[hostfile]} ]]; then _count_slots "hostfile ${OPT[hostfile]}" <"${OPT[hostfile]}"; fi
  fi
}

_MPI_OPTIONS=(--allow-run-as-root -bind-to none -map-by slot -x NCCL_DEBUG=INFO -x LD_LIBRARY_PATH -x PATH
  -mca pml ob1 -mca btl '^openib')
# An unresponsive host is detected after 10 + 3 x 5 seconds, one that does not answer to ssh after 15.
_MPI_ON_HOSTS=(-mca oob_tcp_keepalive_time 10 -mca oob_tcp_keepalive_intvl 5 -mca oob_tcp_keepalive_probes 3
  -mca plm_rsh_agent 'ssh -o BatchMode=yes -o ConnectTimeout=15' -x PYTHONUNBUFFERED -x PYTHONWARNINGS)

_on_hosts() {
  local -a where=(-H "${OPT[hosts]}") over=()
  if [[ -z ${OPT[hosts]} ]]; then where=(-hostfile "${OPT[hostfile]}"); fi
  type -P mpirun >/dev/null || missing "mpirun, which starts ranks on hosts, is not installed; run: apt-get install openmpi-bin"
  if [[ -n ${OPT[interface]} ]]; then
    over=(-mca btl_tcp_if_include "${OPT[interface]}" -mca oob_tcp_if_include "${OPT[interface]}" -x "NCCL_SOCKET_IFNAME=${OPT[interface]}")
  fi
  export PYTHONUNBUFFERED=1
  COMMAND=(mpirun -np "$RANKS" "${where[@]}" "${_MPI_OPTIONS[@]}" "${_MPI_ON_HOSTS[@]}" ${over[@]+"${over[@]}"} "${COMMAND[@]}" --horovod)
}

# SRUN_ARGS holds further arguments of srun, such as --mpi=pmi2 or --container-image=... A rank that fails ends the job.
# shellcheck disable=SC2317  # not every script that sources this starts ranks itself
_on_slurm() {
  local -a more=(--mpi=pmix)
  if [[ -n ${SRUN_ARGS-} ]]; then read -r -a more <<<"$SRUN_ARGS"; fi
  type -P srun >/dev/null || missing "srun is not installed; run this inside a Slurm job"
  export NCCL_DEBUG=${NCCL_DEBUG-INFO} PYTHONUNBUFFERED=1
  COMMAND=(srun "--ntasks=$RANKS" --kill-on-bad-exit=1 --wait=30 --cpu-bind=none "${more[@]}" "${COMMAND[@]}" --horovod)
}

# Sets RANKS and NODES from lines "host slots=N"; N defaults to 1.
_count_slots() { # WHERE
  local line slots
  RANKS=0 NODES=0
  while read -r line; do
    line=${line%%#*}
    if [[ -z ${line// /} ]]; then continue; fi
    [[ $line =~ ^[A-Za-z0-9][A-Za-z0-9._-]*(\ .*)?$ ]] || usage_error "$1: '$line' is not a host; write host1:8,host2:8 (in a file: host1 slots=8)"
    slots=1
    if [[ $line == *slots=* ]]; then slots=${line##*slots=} slots=${slots%% *}; fi
    [[ $slots =~ ^[1-9][0-9]{0,5}$ ]] || usage_error "$1: '${line/ slots=/:}': the number of GPUs must be a positive integer"
    RANKS=$((RANKS + slots)) NODES=$((NODES + 1))
  done
  ((NODES > 0)) || usage_error "$1: no host given; write host1:8,host2:8 (in a file: host1 slots=8)"
}

_check_gpus() { # NUM_GPUS
  type -P mpirun >/dev/null ||
    missing "num_gpus=$1 needs mpirun, which is not installed; install openmpi-bin, or use num_gpus=0 for one process without it"
  if ! type -P nvidia-smi >/dev/null; then
    warn "nvidia-smi is not installed: if TensorFlow finds no GPU, the $1 processes will share the CPU"
    return
  fi
  local there
  there=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ') || there=0
  (($1 <= there)) || missing "num_gpus is $1, but this machine has $there"
  _check_visible_gpus "$1"
}

# CUDA shows a process the GPUs that CUDA_VISIBLE_DEVICES lists, up to the first negative number.
_check_visible_gpus() { # NUM_GPUS
  if [[ -z ${CUDA_VISIBLE_DEVICES+set} ]]; then return; fi
  local name visible=0
  local -a names
  IFS=, read -ra names <<<"$CUDA_VISIBLE_DEVICES"
  for name in ${names[@]+"${names[@]}"}; do
    name=${name//[[:space:]]/}
    if [[ $name == -* ]]; then break; fi
    if [[ -n $name ]]; then visible=$((visible + 1)); fi
  done
  if ((visible == 0)); then
    warn "CUDA_VISIBLE_DEVICES='$CUDA_VISIBLE_DEVICES' hides all GPUs: the $1 processes of num_gpus=$1 will share the CPU"
  elif ((visible < $1)); then
    warn "CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES shows $visible of the $1 GPUs of num_gpus=$1: processes will share a GPU and its memory"
  fi
}
