# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Shared by every script here: strict mode, the option table, --help, validation, errors. Sourced, not run.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
#   describe   "What the script does."
#   directory  RESULTS_DIR /results      "log directory"          # an environment variable and its default
#   positional num_gpus    8        whole "number of GPUs"        # in order; also --num_gpus 8 and --num_gpus=8
#   option     bert_config ""       text  "model configuration"   # named only
#   parse_options "$@"
#   echo "${OPT[num_gpus]} ${PASSTHROUGH[*]}"
#
# Types: count (1, 2, ...), whole (0, 1, ...), number (> 0), boolean (true|false), switch (no value), text, path (of this
# machine; ~ is the home directory; may be several, comma-separated), and a choice written a|b|c. Works with bash 4.3, so no ${x@Q} and no bare "${empty[@]}" under set -u.

set -Eeuo pipefail

# shellcheck disable=SC2034  # for the scripts that source this
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
SCRIPT=$(basename "$0")

declare -A OPT=() _TYPE=() _TEXT=()
declare -a PASSTHROUGH=() _POSITIONAL=() _NAMED=() _DIRECTORIES=() _PROGRAM_OPTIONS=()
_DESCRIPTION='' _USAGE_TAIL='' _PROGRAM_FLAGS='' _PROGRAM=''
DRY_RUN=false

# usage_error reports a mistake of the user: one line on stderr, exit code 2. fail reports any other failure: exit code 1.
usage_error() {
  printf 'error: %s\n' "$*" >&2
  exit 2
}
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
warn() { printf 'warning: %s\n' "$*" >&2; }
say() { printf '%s\n' "$*"; }

describe() {
  _DESCRIPTION=$1
  _USAGE_TAIL=${2-"[-- arguments for the Python program]"}
  if (($# == 1)); then _PROGRAM_FLAGS='; flags of the Python program go after --'; fi
}

# Names the Python program of a launcher, to which arguments after -- go, and options of it for --help.
program_options() { # PROGRAM OPTION...
  _PROGRAM=$1
  _PROGRAM_OPTIONS=("${@:2}")
  # The program's errors name its own options: they then say where these go.
  export BERT_LAUNCHER=${BERT_LAUNCHER:-scripts/$SCRIPT}
}

directory() { # NAME DEFAULT TEXT
  if [[ -z ${!1-} ]]; then printf -v "$1" '%s' "$2"; fi
  printf -v "$1" '%s' "$(expand_home "${!1}")"
  _DIRECTORIES+=("$1")
  _TEXT[$1]=$3
}

_define() {
  OPT[$1]=$2
  _TYPE[$1]=$3
  _TEXT[$1]=$4
}
positional() {
  _define "$@"
  _POSITIONAL+=("$1")
}
option() {
  _define "$@"
  _NAMED+=("$1")
}

parse_options() {
  local name
  _parse "$@"
  for name in ${_DIRECTORIES[@]+"${_DIRECTORIES[@]}"}; do
    if [[ $name == *_DIR ]]; then _check_type "$name" "${!name}" path; fi # others are addresses
  done
}

# shellcheck disable=SC2034  # PASSTHROUGH is for the scripts that source this
_parse() {
  local name next=0
  while (($#)); do
    case $1 in
    --)
      PASSTHROUGH=("${@:2}")
      return
      ;;
    --help | -h)
      print_help
      exit 0
      ;;
    --dry_run | --dry-run) DRY_RUN=true ;;
    --*=*)
      name=$(_option_name "${1%%=*}") || exit 2
      [[ ${_TYPE[$name]} != switch ]] || usage_error "--$name takes no value; see --help"
      set_option "$name" "${1#*=}"
      ;;
    -*)
      name=$(_option_name "$1") || exit 2
      if [[ ${_TYPE[$name]} == switch ]]; then
        OPT[$name]=true
      else
        if (($# == 1)) || [[ $2 == --?* ]]; then usage_error "--$name needs a value; see --help"; fi
        set_option "$name" "$2"
        shift
      fi
      ;;
    *)
      if [[ -n ${COMMAND_FOLLOWS-} ]]; then
        PASSTHROUGH=("$@")
        return
      fi # docker/launch.sh: the rest is a command
      ((next < ${#_POSITIONAL[@]})) || usage_error "unexpected argument '$1'${_POSITIONAL[*]:+ after ${_POSITIONAL[*]}}; see --help"
      set_option "${_POSITIONAL[next]}" "$1"
      next=$((next + 1))
      ;;
    esac
    shift
  done
}

# Accepts --with-test for --with_test.
_option_name() {
  local name=${1#--}
  name=${name//-/_}
  [[ $1 == --?* && -n ${_TYPE[$name]-} ]] || usage_error "unknown option '$1'; see --help$_PROGRAM_FLAGS"
  printf '%s' "$name"
}

# An empty value keeps the default: calls written for NVIDIA's launchers may contain them, as in script.sh 10 "" fp16.
set_option() { # NAME VALUE
  if [[ -n $2 ]]; then
    _check_type "$1" "$2" "${_TYPE[$1]}"
    case ${_TYPE[$1]} in
    count | whole) OPT[$1]=$((10#$2)) ;; # 08 is eight, not an invalid octal number
    path) OPT[$1]=$(expand_home "$2") ;;
    *) OPT[$1]=$2 ;;
    esac
  fi
}

_check_type() { # NAME VALUE TYPE
  local wanted=
  case $3 in
  count) [[ $2 =~ ^0*[1-9][0-9]{0,11}$ ]] || wanted='a positive integer' ;;
  whole) [[ $2 =~ ^[0-9]{1,12}$ ]] || wanted='a non-negative integer' ;;
  number) [[ $2 =~ ^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$ && ${2%%[eE]*} =~ [1-9] ]] ||
    wanted='a positive number, such as 0.0001 or 1e-4' ;;
  boolean) [[ $2 == true || $2 == false ]] || wanted='true or false' ;;
  path) [[ ! $2 =~ (^|,)[A-Za-z][A-Za-z0-9+.-]*:// ]] || wanted='a path of this machine; copy remote files here first' ;;
  *'|'*) [[ $2 != *'|'* && "|$3|" == *"|$2|"* ]] || wanted="one of ${3//|/, }" ;;
  esac
  [[ -z $wanted ]] || usage_error "$1 is '$2', but must be $wanted"
}

# For scripts that start no Python program of their own.
refuse_passthrough() {
  ((${#PASSTHROUGH[@]} == 0)) || usage_error "unexpected arguments after --; see --help"
}

# Checks every item of a comma-separated option.
check_each() { # NAME TYPE
  local value
  local -a values
  IFS=, read -ra values <<<"${OPT[$1]}"
  for value in ${values[@]+"${values[@]}"}; do _check_type "$1" "$value" "$2"; done
}

# Prints the option table with its current defaults, which the environment may have changed.
print_help() {
  local name
  printf 'usage: scripts/%s' "$SCRIPT"
  if ((${#_POSITIONAL[@]})); then printf ' [%s]' "${_POSITIONAL[@]}"; fi
  printf ' [--name value ...]%s\n\n%s\n' "${_USAGE_TAIL:+ $_USAGE_TAIL}" "$_DESCRIPTION"
  if ((${#_POSITIONAL[@]})); then
    printf '\nPositional arguments, also accepted as --name value (with defaults):\n'
    for name in "${_POSITIONAL[@]}"; do _help_row "$name=${OPT[$name]}" "$name"; done
  fi
  printf '\nOptions (with defaults):\n'
  for name in ${_NAMED[@]+"${_NAMED[@]}"}; do
    if [[ ${_TYPE[$name]} == switch ]]; then _help_row "--$name" "$name"; else _help_row "--$name=${OPT[$name]}" "$name"; fi
  done
  _help_line --dry_run 'print the command and exit'
  _help_line --help 'print this help and exit'
  if [[ -n $_PROGRAM ]]; then
    printf '\nOptions of %s go after -- (all of them: python %s --help), for example:\n' "$_PROGRAM" "$_PROGRAM"
    for name in "${_PROGRAM_OPTIONS[@]}"; do printf '  scripts/%s ... -- --%s\n' "$SCRIPT" "$name"; done
  fi
  if ((${#_DIRECTORIES[@]})); then
    printf '\nEnvironment variables (with current values):\n'
    for name in "${_DIRECTORIES[@]}"; do _help_row "$name=${!name}" "$name"; done
  fi
}

_help_row() { # HEAD NAME
  local text=${_TEXT[$2]}
  if [[ ${_TYPE[$2]-} == *'|'* ]]; then text="$text (${_TYPE[$2]//|/, })"; fi
  _help_line "$1" "$text"
}

_help_line() {
  if ((${#1} > 34)); then printf '  %s\n  %-34s  %s\n' "$1" '' "$2"; else printf '  %-34s  %s\n' "$1" "$2"; fi
}

# In a dry run, missing files and programs are warnings: the command may be meant for another machine.
missing() {
  if [[ $DRY_RUN == true ]]; then warn "$*"; else usage_error "$*"; fi
}

require_file() { # PATH WHAT FIX
  if [[ -d $1 ]]; then
    missing "$2 $1 is a directory; $3"
  elif [[ ! -e $1 ]]; then
    missing "$2 $1 does not exist; $3"
  elif [[ ! -r $1 ]]; then
    missing "$2 $1 cannot be read; $3"
  fi
}

# Prints comma-separated paths with the home directory in place of each leading ~, which Bash does not expand in --option=~/x
# or after a quote. ~user is that user's; an unknown one stays.
expand_home() { # PATHS
  local path rest=$1, result=
  while [[ -n $rest ]]; do
    path=${rest%%,*} rest=${rest#*,}
    if [[ $path =~ ^~[A-Za-z0-9._-]*(/|$) ]]; then
      local tilde=${BASH_REMATCH[0]%/}
      path=$(eval "printf %s $tilde")${path:${#tilde}}
    fi
    result=$result,$path
  done
  printf '%s' "${result#,}"
}

absolute_path() { if [[ $1 == /* ]]; then printf '%s' "$1"; else printf '%s' "$PWD/$1"; fi; }

# Runs a command after printing it, without passwords in URLs; a dry run only prints it.
step() { # COMMAND...
  say "== $(quoted "$@" | without_secrets)"
  [[ $DRY_RUN == true ]] || "$@"
}

# Passes text on without the credentials, keys and signatures of the addresses in it (data/download.py does so, too).
without_secrets() {
  sed -E -e 's#(://)[^/@ ]+@#\1***@#g' \
    -e 's#([?&][^=& ]*(token|sig|secret|password|passwd|pwd|key|auth|credential)[^=& ]*=)[^& ]*#\1***#gI'
}

# Prints words as one line that a shell parses back into the same words.
quoted() {
  local line
  printf -v line '%q ' "$@"
  printf '%s' "${line% }"
}
