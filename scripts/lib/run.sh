# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# What the launchers share beyond options.sh: the Python command line, checkpoints and directories, and running a program with
# a log. Sourced after options.sh.

# The environment of this checkout, else (inside a container) the system's.
find_run_python() {
  if [[ -z ${PYTHON-} ]]; then
    PYTHON=$ROOT/.venv/bin/python
    [[ -x $PYTHON ]] || PYTHON=python3
  fi
  type -P "$PYTHON" >/dev/null || missing "there is no Python '$PYTHON'; run: bash $ROOT/scripts/setup.sh"
}

# Sets TOOL to the words that start a program of scripts/tools. It is named by its path and finds the checkout through
# PYTHONPATH; `python -m` would search the user's current directory first.
tool_command() { # NAME
  TOOL=(env "PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" "$ROOT/scripts/tools/$1.py")
}

# TensorFlow 1.13.1 makes numpy 1.17 and later warn six times at every start about a spelling of its own.
export PYTHONWARNINGS=${PYTHONWARNINGS-ignore::FutureWarning:tensorflow.python.framework.dtypes,ignore::FutureWarning:tensorboard.compat.tensorflow_stub.dtypes}

# shellcheck source-path=SCRIPTDIR
. "$ROOT/scripts/lib/hosts.sh"

# Says when a batch of BERT-large is bigger than what is known to fit on this machine's GPUs: a hint, never a refusal.
#
# Known are the recipe's own batches: on a V100 with 32 GB 10 windows of 384 tokens in fp16 and 4 in fp32, with 16 GB 3 and
# 2; 14 sequences of 512 in pre-training in fp16 with 32 GB. Bigger cards are taken to hold as much more as they have memory.
hint_batch() { # OPTION BATCH PRECISION KIND (squad, pretraining) BERT_CONFIG NUM_GPUS
  local card name memory fits unit='windows of 384 tokens'
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
    warn "$1 is $2, but of BERT-large in ${3%_xla} a $name with $memory MiB is known to hold about $fits $unit; lower it if memory runs out"
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

# The kernels' options of every launcher; without them the program's defaults hold.
define_kernel_options() {
  option use_fused_ops '' switch "the fused kernels, which are the default where they are built"
  option nouse_fused_ops '' switch "TensorFlow's own kernels"
  option remove_padding '' switch "compute nothing for padding; needs the fused kernels"
  option noremove_padding '' switch "compute padding, too: the default"
}

add_kernels() {
  local flag
  for flag in use_fused_ops remove_padding; do
    [[ -z ${OPT[$flag]} || -z ${OPT[no$flag]} ]] || usage_error "--$flag and --no$flag exclude each other"
    if [[ -n ${OPT[$flag]} ]]; then COMMAND+=("--$flag"); fi
    if [[ -n ${OPT[no$flag]} ]]; then COMMAND+=("--no$flag"); fi
  done
}

# The value that a flag given after -- has for the Python program, else DEFAULT; true/false for --flag/--noflag.
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

# A place for results, there and writable before anything starts.
prepare_directory() { # VARIABLE
  [[ $DRY_RUN == true ]] && return
  mkdir -p "${!1}" 2>/dev/null || true
  [[ -d ${!1} && -w ${!1} ]] ||
    usage_error "cannot write to $1=${!1}; set the environment variable $1 to a directory you can write to"
}

# The prefix of the newest checkpoint in a directory: what TensorFlow noted, else the highest step.
latest_checkpoint() { # DIRECTORY
  local noted='' file step best=-1
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
  fi
  [[ -n $noted ]] && printf '%s' "$noted"
}

# Sets CHECKPOINT from a prefix, one of a checkpoint's files, or a directory; the user's error when it is none.
find_checkpoint() { # PATH
  CHECKPOINT=${1%.index}
  CHECKPOINT=${CHECKPOINT%.meta}
  CHECKPOINT=${CHECKPOINT%.data-[0-9]*-of-[0-9]*}
  if [[ -d $CHECKPOINT ]]; then
    CHECKPOINT=$(latest_checkpoint "$1") || {
      CHECKPOINT=$1
      missing "init_checkpoint $1: there is no checkpoint in this directory"
      return
    }
  fi
  if [[ ! -e $CHECKPOINT.index ]]; then
    missing "init_checkpoint $1 does not exist (no file $CHECKPOINT.index); give the prefix, such as .../bert_model.ckpt"
    return
  fi
  local data
  for data in "$CHECKPOINT".data-*; do
    if [[ -e $data ]]; then return; fi
  done
  missing "init_checkpoint $1 is not whole: $CHECKPOINT.index is there, its .data files are not"
}

# tf_bert_1n_fp16_gbs80.<time>.log: the recipe's name, with the number of nodes. After start_command.
log_name() { # DIRECTORY PRECISION BATCH_OF_A_RANK
  printf '%s/tf_bert_%dn_%s_gbs%d.%s.log' "$1" "$NODES" "$2" $(($3 * (RANKS > 0 ? RANKS : 1))) "$(date +%y%m%d%H%M%S)"
}

# What a log starts with, so that a run can be repeated from it.
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

# Runs a command with its output on the console and in LOG (/dev/null: none) and returns its exit code.
#
# The command gets a process group of its own, and INT, TERM and HUP are passed on to all of it (a second one ends it
# with KILL): Ctrl-C, `kill` and a batch system's time limit reach every rank. tee outlives it, so no last word is lost.
run_logged() { # LOG COMMAND...
  local log=$1 scratch code=0 tee_pid terminal=
  shift
  # For the progress bar, which must not get into the log. Within $( ) standard output is another one.
  if [[ -t 1 ]]; then { terminal=$(tty <&3) || terminal=; } 3>&1; fi
  scratch=$(mktemp -d)
  mkfifo "$scratch/output"
  (
    trap '' INT TERM HUP
    exec tee -a "$log" <"$scratch/output"
  ) &
  tee_pid=$!
  _SIGNALLED='' _LAST_SIGNAL='' _CHILD=''
  trap '_forward INT' INT
  trap '_forward TERM' TERM
  trap '_forward HUP' HUP
  set -m # a process group for the child, with its default signal handling
  PYTHONUNBUFFERED=1 PROGRESS_TTY=$terminal "$@" </dev/null >"$scratch/output" 2>&1 &
  _CHILD=$!
  set +m
  if [[ -n $_SIGNALLED ]]; then kill -TERM -- "-$_CHILD" 2>/dev/null || true; fi # it came before there was a child
  wait "$_CHILD" 2>/dev/null || code=$?
  while [[ -n $_SIGNALLED ]]; do # it was a signal that ended the wait, perhaps not the child
    _SIGNALLED=
    local again=0
    wait "$_CHILD" 2>/dev/null || again=$?
    if ((again != 127)); then code=$again; fi
  done
  kill -TERM -- "-$_CHILD" 2>/dev/null || true # ranks that outlived their launcher
  _wait_at_most 10 "$tee_pid"
  trap - INT TERM HUP
  rm -rf "$scratch"
  return "$code"
}

_forward() { # SIGNAL
  _SIGNALLED=$1
  if [[ -z $_CHILD ]]; then return; fi
  if [[ -n $_LAST_SIGNAL ]]; then set -- KILL; fi
  _LAST_SIGNAL=$1
  kill "-$1" -- "-$_CHILD" 2>/dev/null || true
}

_wait_at_most() { # SECONDS PID
  local tenths=$(($1 * 10))
  while kill -0 "$2" 2>/dev/null && ((tenths-- > 0)); do sleep 0.1; done
  kill -KILL "$2" 2>/dev/null || true
}
