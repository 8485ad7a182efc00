#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Checks whether this machine is ready, and prints a fix for each item that is not. Changes nothing.
#
# Exit code 0: everything required for training on one machine is present; 1: something required is missing; 2: invalid
# arguments. What only some uses need (GPUs, Horovod, AMP, data) is reported as a note; --need makes it required.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Checks Python, TensorFlow, AMP, Horovod, MPI, the fused ops, disk space and data, and prints a fix for each problem.
Exit code 0: ready; 1: something required is missing; 2: invalid arguments." ''
directory DATA_DIR "$ROOT/data" "data directory"
directory RESULTS_DIR /results "output directory of training runs"
option need "" text "additional requirements, comma-separated: gpu, amp, horovod, fused_ops, squad, weights, wikipedia, books"
option verify false switch "verify checksums of the data (minutes), not only its presence"
parse_options "$@"
refuse_passthrough
check_each need 'gpu|amp|horovod|fused_ops|squad|weights|wikipedia|books'

if [[ -z ${PYTHON-} ]]; then
  PYTHON=$ROOT/.venv/bin/python
  [[ -x $PYTHON ]] || PYTHON=$(type -P python3 || type -P python || true)
fi
if [[ -z $PYTHON ]] || ! type -P "$PYTHON" >/dev/null; then
  say "MISSING  Python: not found"
  say "         fix: bash scripts/setup.sh"
  exit 1
fi
tool_command doctor
command=("${TOOL[@]}" "--data_dir=$DATA_DIR" "--results_dir=$RESULTS_DIR" "--need=${OPT[need]}")
if [[ ${OPT[verify]} == true ]]; then command+=(--verify); fi
if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${command[@]}")"
  exit 0
fi
export TF_CPP_MIN_LOG_LEVEL=3
exec "${command[@]}"
