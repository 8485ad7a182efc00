# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Shared by the launchers: the Python command line, checkpoints and directories, and running a program with a log. Sourced
# after options.sh.

# Sets PYTHON to that of this checkout's .venv or, without one (in a container), to python3. An environment that cannot be
# used (of another machine, of another user, a link to nothing) is an error: python3 is not what the user set up.
find_run_python() {
  if [[ -n ${PYTHON-} ]]; then
    _PYTHON_FIX='correct PYTHON, or unset it to use .venv'
  else
    PYTHON=$ROOT/.venv/bin/python
    _PYTHON_FIX='run: bash scripts/setup.sh'
    if [[ ! -e $ROOT/.venv && ! -L $ROOT/.venv ]]; then
      PYTHON=python3
      _PYTHON_FIX='there is no .venv; run: bash scripts/setup.sh'
    fi
  fi
  type -P "$PYTHON" >/dev/null || missing "Python '$PYTHON' not found or not executable: $_PYTHON_FIX"
}

# Checks that PYTHON runs and has the packages; finding them, unlike importing TensorFlow, takes no time.
require_packages() { # NAME...
  local said
  type -P "$PYTHON" >/dev/null || return 0 # reported already; this is a dry run
  if ! said=$("$PYTHON" -W ignore -c 'import sys
from importlib.util import find_spec
print("lacks " + " ".join([name for name in sys.argv[1:] if find_spec(name) is None] or ["nothing"]))' "$@" 2>&1); then
    missing "Python '$PYTHON' does not run (${said##*$'\n'}): $_PYTHON_FIX"
  elif [[ $said != *'lacks nothing' ]]; then
    missing "Python '$PYTHON' ${said##*$'\n'}: $_PYTHON_FIX"
  fi
}

# Sets TOOL to the words that start a program of scripts/tools. It is started by path, with the checkout in PYTHONPATH:
# `python -m` would search the user's current directory first.
tool_command() { # NAME
  TOOL=(env "PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" "$ROOT/scripts/tools/$1.py")
}

# TensorFlow 1.13.1 triggers six FutureWarnings of numpy 1.17 and later at every start.
export PYTHONWARNINGS=${PYTHONWARNINGS-ignore::FutureWarning:tensorflow.python.framework.dtypes,ignore::FutureWarning:tensorboard.compat.tensorflow_stub.dtypes}

# shellcheck source-path=SCRIPTDIR
. "$ROOT/scripts/lib/hosts.sh"

# Warns if a batch of BERT-large is larger than what is known to fit in this machine's GPUs.
#
# Known are the batch sizes published by NVIDIA: a V100 with 32 GB holds 10 sequences of 384 tokens in fp16 and 4 in fp32,
# one with 16 GB 3 and 2; in pre-training, 32 GB hold 14 sequences of 512 tokens in fp16. Larger cards are assumed to hold
# more in proportion to their memory.
hint_batch() { # OPTION BATCH PRECISION KIND (squad, pretraining) BERT_CONFIG NUM_GPUS
  local card name memory fits unit='sequences of 384 tokens'
  (($6 > 0)) && grep -q '"hidden_size": *1024' "$5" 2>/dev/null || return 0
  card=$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits 2>/dev/null) || return 0
  card=${card%%$'\n'*} name=${card%,*} memory=${card##*, }
  [[ $name =~ V100|A100|H100|H200 && $memory =~ ^[0-9]+$ ]] || return 0
  case $3 in
  fp32*) fits=$((memory < 20000 ? 2 : 4 * memory / 32000)) ;;
  *) fits=$((memory < 20000 ? 3 : 10 * memory / 32000)) ;;
  esac
  if [[ $4 == pretraining ]]; then
    unit='sequences of 512 tokens'
    fits=$((fits * 14 / 10))
  fi
  if (($2 > fits)); then
    warn "$1 is $2, but a $name with $memory MiB is known to hold about $fits $unit of BERT-large in ${3%_xla}; lower $1 if memory runs out"
  fi
}

# Appends the flags of a precision (fp32, fp16, amp) and of XLA (true, false) to COMMAND.
add_precision() { # PRECISION USE_XLA
  case $1 in
  fp16) COMMAND+=(--use_fp16) ;;
  amp) COMMAND+=(--amp) ;;
  esac
  if [[ $2 == true ]]; then COMMAND+=(--use_xla); fi
}

# What the launchers of training leave to the Python program, see program_options.
# shellcheck disable=SC2034  # for the scripts that source this
RUN_OPTIONS=(allow_new_data allow_partial_init keep_checkpoint_max=3 keep_checkpoint_every_n_steps=10000
  save_checkpoints_secs=1800 replay_step=N random_seed=N)

# Kernel options of the launchers; without them the Python program's defaults apply.
define_kernel_options() {
  option use_fused_ops '' switch "use the fused kernels (the default where they are built)"
  option nouse_fused_ops '' switch "use TensorFlow's kernels"
  option remove_padding '' switch "skip computation for padding tokens (the default where the fused kernels are used, unless XLA compiles)"
  option noremove_padding '' switch "compute padding tokens too"
  option cpu_bf16 '' switch "matrix products in bfloat16, on a CPU with AVX512_BF16"
}

add_kernels() {
  local flag
  for flag in use_fused_ops remove_padding; do
    [[ -z ${OPT[$flag]} || -z ${OPT[no$flag]} ]] || usage_error "--$flag and --no$flag exclude each other"
    if [[ -n ${OPT[$flag]} ]]; then COMMAND+=("--$flag"); fi
    if [[ -n ${OPT[no$flag]} ]]; then COMMAND+=("--no$flag"); fi
  done
  if [[ -n ${OPT[cpu_bf16]} ]]; then COMMAND+=(--cpu_bf16); fi
}

# Prints the value of a flag given after --, else DEFAULT; true or false for --flag and --noflag.
passed() { # FLAG DEFAULT
  local value=$2 i word
  for ((i = 0; i < ${#PASSTHROUGH[@]}; i++)); do
    word=${PASSTHROUGH[i]#-}
    case ${word#-} in
    "$1="*) value=${word#*=} ;;
    "no$1") value=false ;;
    "$1")
      if [[ -n ${PASSTHROUGH[i + 1]-} && ${PASSTHROUGH[i + 1]} != --* ]]; then value=${PASSTHROUGH[i + 1]}; else value=true; fi
      ;;
    esac
  done
  printf '%s' "$value"
}

# Creates an output directory and checks that it is writable before anything starts.
prepare_directory() { # VARIABLE
  [[ $DRY_RUN == true ]] && return
  mkdir -p "${!1}" 2>/dev/null || true
  [[ -d ${!1} && -w ${!1} ]] ||
    usage_error "cannot write to $1=${!1}; set the environment variable $1 to a directory you can write to"
}

# Prints the prefix of the latest checkpoint in a directory: the one in TensorFlow's `checkpoint` file, else the highest step,
# else the only one.
latest_checkpoint() { # DIRECTORY
  local noted='' file step best=-1 all
  if [[ -r $1/checkpoint ]]; then
    noted=$(sed -n 's/^model_checkpoint_path: "\(.*\)"$/\1/p;T;q' "$1/checkpoint")
    [[ -z $noted || $noted == /* ]] || noted=$1/$noted
  fi
  if [[ ! -e $noted.index ]]; then
    noted=
    for file in "$1"/model.ckpt-*.index; do
      step=${file##*/model.ckpt-} step=${step%.index}
      if [[ -e $file && $step =~ ^[0-9]{1,15}$ ]] && ((10#$step > best)); then best=$((10#$step)) noted=${file%.index}; fi
    done
    all=("$1"/*.index)
    if [[ -z $noted && ${#all[@]} == 1 && -e ${all[0]} ]]; then noted=${all[0]%.index}; fi
  fi
  [[ -n $noted ]] && printf '%s' "$noted"
}

# Sets CHECKPOINT from a prefix, one of a checkpoint's files, or a directory; a usage error if there is none.
find_checkpoint() { # PATH
  CHECKPOINT=${1%.index}
  CHECKPOINT=${CHECKPOINT%.meta}
  CHECKPOINT=${CHECKPOINT%.data-[0-9]*-of-[0-9]*}
  if [[ -d $CHECKPOINT ]]; then
    CHECKPOINT=$(latest_checkpoint "$1") || {
      CHECKPOINT=$1
      missing "init_checkpoint $1: no checkpoint in this directory"
      return
    }
  fi
  # The default names Google's file. A model by others has one checkpoint of another name.
  if [[ ! -e $CHECKPOINT.index && $1 == "${BERT_DIR-}/bert_model.ckpt" ]]; then
    CHECKPOINT=$(latest_checkpoint "$BERT_DIR") || CHECKPOINT=$1
  fi
  if [[ ! -e $CHECKPOINT.index ]]; then
    missing "init_checkpoint $1 does not exist (no file $CHECKPOINT.index); give its prefix, such as .../bert_model.ckpt"
    return
  fi
  local data
  for data in "$CHECKPOINT".data-*; do
    if [[ -e $data ]]; then return; fi
  done
  missing "init_checkpoint $1 is incomplete: $CHECKPOINT.index exists, but its .data files do not"
}

# Prints NVIDIA's log name with the number of nodes: tf_bert_1n_fp16_gbs80.<time>.log. Call after start_command.
log_name() { # DIRECTORY PRECISION BATCH_OF_A_RANK
  printf '%s/tf_bert_%dn_%s_gbs%d.%s.log' "$1" "$NODES" "$2" $(($3 * (RANKS > 0 ? RANKS : 1))) "$(date +%y%m%d%H%M%S)"
}

# Writes the head of a log, with everything needed to repeat the run.
log_header() { # LOG COMMAND...
  local name
  local -a options=()
  for name in ${_POSITIONAL[@]+"${_POSITIONAL[@]}"} ${_NAMED[@]+"${_NAMED[@]}"}; do options+=("$name=${OPT[$name]}"); done
  for name in ${_DIRECTORIES[@]+"${_DIRECTORIES[@]}"}; do options+=("$name=${!name}"); done
  {
    printf '# command: %s\n' "$(quoted "${@:2}")"
    tool_command log_header
    "${TOOL[@]}" "${options[@]}" || printf '# options: %s\n' "$(quoted "${options[@]}")"
  } 2>&1 | tee -a "$1"
}

# Runs a command with its output on the console and in LOG (/dev/null: none) and returns its exit code. tee outlives the command,
# so its last output is kept.
run_logged() { # LOG COMMAND...
  local log=$1 scratch code=0 tee_pid terminal=
  shift
  # For the progress bar, which must stay out of the log. Inside $( ) standard output is not the terminal, hence 3.
  if [[ -t 1 ]]; then { terminal=$(tty <&3) || terminal=; } 3>&1; fi
  scratch=$(mktemp -d)
  mkfifo "$scratch/output"
  (
    trap '' INT TERM HUP USR1
    exec <"$scratch/output"
    rm -rf "$scratch" # both ends are open: nothing is left if this script is killed
    exec tee -a "$log"
  ) &
  tee_pid=$!
  PYTHONUNBUFFERED=1 PROGRESS_TTY=$terminal run_watched "$@" >"$scratch/output" 2>&1 || code=$?
  _wait_at_most 10 "$tee_pid"
  return "$code"
}

# Runs a command and returns its exit code.
#
# The command gets its own process group, and INT, TERM, HUP and USR1 are forwarded (a second signal becomes KILL, to the whole
# group): Ctrl-C, `kill`, a closed terminal and a batch system's time limit reach every rank. Where this script is killed
# itself, a watcher asks the command to end.
run_watched() { # COMMAND...
  local code=0
  _watch_launcher
  _SIGNALLED='' _LAST_SIGNAL='' _CHILD=''
  trap '_forward INT' INT
  trap '_forward TERM' TERM
  trap '_forward HUP' HUP
  trap '_forward USR1' USR1
  set -m # a process group for the child, with its default signal handling
  "$@" </dev/null 8>&- &
  _CHILD=$!
  set +m
  echo "$_CHILD" >&8
  if [[ -n $_SIGNALLED ]]; then kill -TERM -- "-$_CHILD" 2>/dev/null || true; fi # the signal arrived before the child existed
  wait "$_CHILD" 2>/dev/null || code=$?
  while [[ -n $_SIGNALLED ]]; do # a signal ended the wait; the child may still be running
    _SIGNALLED=
    local again=0
    wait "$_CHILD" 2>/dev/null || again=$?
    if ((again != 127)); then code=$again; fi
  done
  kill -TERM -- "-$_CHILD" 2>/dev/null || true # end ranks that outlived their launcher
  echo ended >&8
  exec 8>&-
  trap - INT TERM HUP USR1
  return "$code"
}

# Ends the command if this process is killed: kill -9 leaves no trap to run, but the kernel closes descriptor 8. SIGTERM makes a
# training save.
_watch_launcher() {
  local scratch
  scratch=$(mktemp -d)
  mkfifo "$scratch/launcher"
  (
    trap '' INT TERM HUP USR1
    command=
    while read -r line; do command=$line; done
    if [[ $command =~ ^[0-9]+$ ]]; then _ask TERM "$command"; fi
  ) <"$scratch/launcher" >/dev/null 2>&1 &
  exec 8>"$scratch/launcher"
  rm -rf "$scratch"
}

_forward() { # SIGNAL
  _SIGNALLED=$1
  if [[ -z $_CHILD ]]; then return; fi
  if [[ -n $_LAST_SIGNAL ]]; then set -- KILL; fi
  _LAST_SIGNAL=$1
  _ask "$1" "$_CHILD"
}

# Asks the command to end. Signals but KILL go to the ranks on this machine, which finish their step and save, and take those on
# other machines with them: mpirun, if it heard a signal, would kill them two seconds later. srun passes signals on to all
# ranks, except for INT, at which it only prints their state.
_ask() { # SIGNAL PROCESS
  local program='' signal=$1
  local -a ranks=()
  read -r program 2>/dev/null <"/proc/$2/comm" || true
  if [[ $signal != KILL && $program =~ ^(mpirun|orterun|mpiexec)$ ]]; then
    mapfile -t ranks < <(pgrep -P "$2" -f -- --horovod 2>/dev/null || true)
  elif [[ $signal == INT && $program == srun ]]; then
    signal=TERM
  fi
  if ((${#ranks[@]} == 0)); then ranks=(-- "-$2"); fi
  kill "-$signal" "${ranks[@]}" 2>/dev/null || true
}

_wait_at_most() { # SECONDS PID
  local tenths=$(($1 * 10))
  while kill -0 "$2" 2>/dev/null && ((tenths-- > 0)); do sleep 0.1; done
  kill -KILL "$2" 2>/dev/null || true
}
