#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Checks the style of every source file with black, ruff, clang-format, shfmt, shellcheck and vermin. The settings are in
# pyproject.toml and .clang-format.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/find_python.sh"
. "$ROOT/scripts/lib/install.sh"

describe "Checks the style of all source files: black, ruff, clang-format, shfmt, shellcheck, and vermin for Python 3.5.
Exit code 0: all passed; 1: a check failed; 2: invalid arguments or a missing tool." ''
directory LINT_ENV "$ROOT/.venv-lint" "environment of black, ruff, clang-format and vermin; created if missing"
option fix "" switch "format the files first: ruff's safe fixes, black, clang-format, shfmt"
parse_options "$@"
refuse_passthrough

VENV=$LINT_ENV STAMP=$LINT_ENV/.setup-complete LOG=$ROOT/.cache/lint.log
# shellcheck disable=SC2034  # for install.sh
REQUIREMENTS=requirements/lint.txt
FAILED=()

main() {
  find_files
  if [[ $DRY_RUN == true ]]; then
    say "lint: ${#PYTHON_FILES[@]} Python, ${#CPP_FILES[@]} C++ and CUDA, ${#SHELL_FILES[@]} shell files"
    exit 0
  fi
  require_tools
  if [[ -n ${OPT[fix]} ]]; then format_files; fi
  check black "$VENV/bin/black" --check "${PYTHON_FILES[@]}"
  check ruff "$VENV/bin/ruff" check --quiet --no-cache "${PYTHON_FILES[@]}"
  check clang-format "$VENV/bin/clang-format" --dry-run --Werror "${CPP_FILES[@]}"
  check shfmt shfmt -i 2 -d "${SHELL_FILES[@]}"
  check shellcheck shellcheck -x "${SHELL_FILES[@]}"
  check vermin "$VENV/bin/vermin" -t=3.5- --no-tips --violations "${PRODUCT_FILES[@]}"
  if ((${#FAILED[@]})); then
    say "lint: failed: ${FAILED[*]}"
    exit 1
  fi
  say "lint: all passed"
}

# Every file that git tracks or would add. Tests and benchmarks may use a newer Python than the product's 3.5.
find_files() {
  local path
  PYTHON_FILES=() PRODUCT_FILES=() CPP_FILES=() SHELL_FILES=()
  cd "$ROOT"
  local said
  said=$(git ls-files 2>&1 >/dev/null) || usage_error "cannot list the files of $ROOT: ${said%%$'\n'*}"
  while IFS= read -r -d '' path; do
    [[ -f $path && ! -L $path ]] || continue
    case $path in
    *.py)
      PYTHON_FILES+=("$path")
      if [[ $path != tests/* && $path != benchmarks/* ]]; then PRODUCT_FILES+=("$path"); fi
      ;;
    *.cc | *.h | *.cu | *.cuh) CPP_FILES+=("$path") ;;
    *.sh | *.bash | *.sub | .ci/run) SHELL_FILES+=("$path") ;;
    esac
  done < <(git ls-files -z --cached --others --exclude-standard)
}

require_tools() {
  local tool
  for tool in shfmt shellcheck; do
    type -P "$tool" >/dev/null || usage_error "$tool is not installed; run: apt-get install shfmt shellcheck"
  done
  mkdir -p "$ROOT/.cache"
  take_lock "$VENV.lock"
  make_lint_environment
  exec 9>&- # release the lock
}

make_lint_environment() {
  local wanted
  wanted=$(sha256sum <"$ROOT/$REQUIREMENTS")
  if [[ -f $STAMP && $(<"$STAMP") == "$wanted" ]]; then return; fi
  [[ ! -e $VENV || -e $VENV/pyvenv.cfg ]] || usage_error "LINT_ENV=$VENV exists and is not a virtual environment; set LINT_ENV to another directory"
  search_python 3.11 3.12 3.13 3.10 ||
    usage_error "lint.sh needs Python 3.10 to 3.13 with venv for black, ruff and clang-format; run: apt-get install python3 python3-venv"
  say "lint: creating $VENV with $PYTHON_PATH (Python $PYTHON_VERSION)"
  : >"$LOG"
  rm -rf "$VENV"
  "$PYTHON_PATH" -m venv "$VENV" || fail "$PYTHON_PATH -m venv failed"
  pip_install -r "$ROOT/$REQUIREMENTS"
  complete "$wanted"
}

format_files() {
  "$VENV/bin/ruff" check --quiet --no-cache --fix --exit-zero "${PYTHON_FILES[@]}" >/dev/null
  "$VENV/bin/black" --quiet "${PYTHON_FILES[@]}" || true # the check below reports a file that cannot be parsed
  "$VENV/bin/clang-format" -i "${CPP_FILES[@]}"
  shfmt -i 2 -w "${SHELL_FILES[@]}" || true
}

check() { # NAME COMMAND...
  local output
  if output=$("${@:2}" 2>&1); then
    say "lint: $1: ok"
  else
    say "lint: $1: failed"
    printf '%s\n' "$output"
    FAILED+=("$1")
  fi
}

main
