# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# How a launcher starts its ranks: one process, mpirun on this machine or over ssh, srun. Sourced by lib/run.sh.

# The options of a launcher that can use several machines.
define_host_options() {
  option hosts "" text "host1:8,host2:8: hosts reached by ssh and their GPUs, instead of num_gpus here"
  option hostfile "" text "the same as an Open MPI host file, a line 'host1 slots=8' for each"
  option interface "" text "network interface of the hosts that ranks talk over, such as eth0; empty: all"
  option slurm "" switch "inside a Slurm job: start the ranks with srun, one for each task of the job"
}

# Sets COMMAND to the words that start SCRIPT: one process without Horovod for 0 GPUs, else one MPI rank for each GPU of
# this machine, of the hosts named, or of the Slurm job.
start_command() { # NUM_GPUS SCRIPT
  find_run_python
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

# Sets RANKS to the number of processes (0: one, without Horovod), and NODES to that of the hosts.
count_ranks() { # NUM_GPUS
  RANKS=$1 NODES=1
  if [[ -n ${OPT[slurm]-} ]]; then
    [[ -n ${SLURM_NTASKS-} ]] || missing "slurm starts the ranks of a Slurm job, but there is no SLURM_NTASKS here; submit with scripts/start_pretraining.sh"
    RANKS=${SLURM_NTASKS:-1} NODES=${SLURM_JOB_NUM_NODES:-1}
  elif [[ -n ${OPT[hosts]-} ]]; then
    [[ -z ${OPT[hostfile]} ]] || usage_error "hosts and hostfile are both given; choose one"
    [[ ${OPT[hosts]} != *[[:space:]]* ]] || usage_error "hosts: '${OPT[hosts]}' is not a host; write host1:8,host2:8"
    _count_slots "hosts" < <(tr ',' '\n' <<<"${OPT[hosts]}" | sed 's/:/ slots=/')
  elif [[ -n ${OPT[hostfile]-} ]]; then
    require_file "${OPT[hostfile]}" "hostfile" "write a line 'host1 slots=8' for each host"
    if [[ -r ${OPT[hostfile]} ]]; then _count_slots "hostfile ${OPT[hostfile]}" <"${OPT[hostfile]}"; fi
  fi
}

_MPI_OPTIONS=(--allow-run-as-root -bind-to none -map-by slot -x NCCL_DEBUG=INFO -x LD_LIBRARY_PATH -x PATH
  -mca pml ob1 -mca btl '^openib')
# A host that falls silent is noticed after 10 + 3 x 5 seconds, and one that does not answer to ssh after 15.
_MPI_ON_HOSTS=(-mca oob_tcp_keepalive_time 10 -mca oob_tcp_keepalive_intvl 5 -mca oob_tcp_keepalive_probes 3
  -mca plm_rsh_agent 'ssh -o BatchMode=yes -o ConnectTimeout=15' -x PYTHONUNBUFFERED -x PYTHONWARNINGS)

_on_hosts() {
  local -a where=(-H "${OPT[hosts]}") over=()
  if [[ -z ${OPT[hosts]} ]]; then where=(-hostfile "${OPT[hostfile]}"); fi
  type -P mpirun >/dev/null || missing "hosts are reached with mpirun, which is not installed; run: apt-get install openmpi-bin"
  if [[ -n ${OPT[interface]} ]]; then
    over=(-mca btl_tcp_if_include "${OPT[interface]}" -mca oob_tcp_if_include "${OPT[interface]}" -x "NCCL_SOCKET_IFNAME=${OPT[interface]}")
  fi
  export PYTHONUNBUFFERED=1
  COMMAND=(mpirun -np "$RANKS" "${where[@]}" "${_MPI_OPTIONS[@]}" "${_MPI_ON_HOSTS[@]}" ${over[@]+"${over[@]}"} "${COMMAND[@]}" --horovod)
}

# SRUN_ARGS has more words for srun, such as --mpi=pmi2 or --container-image=...; a rank that fails ends all.
# shellcheck disable=SC2317  # not every script that sources this starts ranks itself
_on_slurm() {
  local -a more=(--mpi=pmix)
  if [[ -n ${SRUN_ARGS-} ]]; then read -r -a more <<<"$SRUN_ARGS"; fi
  type -P srun >/dev/null || missing "there is no srun here"
  export NCCL_DEBUG=${NCCL_DEBUG-INFO} PYTHONUNBUFFERED=1
  COMMAND=(srun "--ntasks=$RANKS" --kill-on-bad-exit=1 --wait=30 --cpu-bind=none "${more[@]}" "${COMMAND[@]}" --horovod)
}

# Sets RANKS and NODES from lines "host slots=N" (N: 1 where it is left out).
_count_slots() { # WHERE
  local line slots
  RANKS=0 NODES=0
  while read -r line; do
    line=${line%%#*}
    if [[ -z ${line// /} ]]; then continue; fi
    [[ $line =~ ^[A-Za-z0-9][A-Za-z0-9._-]*(\ .*)?$ ]] || usage_error "$1: '$line' is not a host; write host1:8,host2:8 (in a file: host1 slots=8)"
    slots=1
    if [[ $line == *slots=* ]]; then slots=${line##*slots=} slots=${slots%% *}; fi
    [[ $slots =~ ^[1-9][0-9]{0,5}$ ]] || usage_error "$1: '${line/ slots=/:}': the number of GPUs must be a whole number from 1"
    RANKS=$((RANKS + slots)) NODES=$((NODES + 1))
  done
  ((NODES > 0)) || usage_error "$1: no host is named"
}

_check_gpus() { # NUM_GPUS
  type -P mpirun >/dev/null ||
    missing "num_gpus=$1 starts one process for each GPU with mpirun, which is not installed; num_gpus=0 runs one process without it"
  if ! type -P nvidia-smi >/dev/null; then
    warn "no nvidia-smi here: the $1 processes will share the CPU if TensorFlow finds no GPU"
    return
  fi
  local there
  there=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ') || there=0
  (($1 <= there)) || missing "num_gpus is $1, but this machine has $there"
}
