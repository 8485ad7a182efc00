#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Looks whether this machine is ready, item by item, and says per item what to do. Changes nothing.
#
# Exit code: 0 everything that training on one machine needs is there; 1 something it needs is not; 2 wrong arguments.
# What only some uses need (GPUs, Horovod, AMP, data) is a note and does not change it; --need makes it count.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Checks Python, TensorFlow, AMP, Horovod, MPI, the fused ops, disk and data, and says what to do about each.
Exit code 0: ready; 1: something needed is missing; 2: wrong arguments." ''
directory DATA_DIR "$ROOT/data" "where the data is"
directory RESULTS_DIR /results "where runs write"
option need "" text "what must be there, too, comma separated: gpu, amp, horovod, fused_ops, squad, weights, wikipedia, books"
option verify false switch "read the data and compare checksums (minutes), instead of looking whether it is there"
parse_options "$@"
((${#PASSTHROUGH[@]} == 0)) || usage_error "unexpected arguments after --; see --help"
IFS=, read -ra needed <<<"${OPT[need]}"
for name in ${needed[@]+"${needed[@]}"}; do
  [[ $name =~ ^(gpu|amp|horovod|fused_ops|squad|weights|wikipedia|books)$ ]] ||
    usage_error "need: '$name' is not one of gpu, amp, horovod, fused_ops, squad, weights, wikipedia, books"
done

if [[ -z ${PYTHON-} ]]; then
  PYTHON=$ROOT/.venv/bin/python
  [[ -x $PYTHON ]] || PYTHON=$(type -P python3 || type -P python || true)
fi
if [[ -z $PYTHON ]] || ! type -P "$PYTHON" >/dev/null; then
  say "MISSING  Python: none found"
  say "         to do: bash scripts/setup.sh"
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
