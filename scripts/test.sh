#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs the tests. Arguments are passed to pytest: scripts/test.sh -k tokenization, scripts/test.sh tests/test_modeling.py -x
# --tf VERSION runs them on TensorFlow 1.13.1, 1.15.5 or 2.15.1, in an environment of its own: scripts/test.sh --tf 1.15.5

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

if [[ ${1-} == --help || ${1-} == -h ]]; then
  sed -n '4,5s/^# //p' "${BASH_SOURCE[0]}"
  say "The exit code is pytest's; 2 if no usable Python is found."
  exit 0
fi

arguments=()
tf=
while (($#)); do
  case $1 in
  --tf)
    (($# > 1)) || usage_error "--tf needs a value: 1.13.1, 1.15.5 or 2.15.1"
    tf=$2
    shift
    ;;
  --tf=*) tf=${1#--tf=} ;;
  *) arguments+=("$1") ;;
  esac
  shift
done
setup=("$ROOT/scripts/setup.sh" --with-test)
if [[ -n $tf ]]; then
  [[ -z ${PYTHON-} ]] || usage_error "--tf $tf runs the tests with .venv-tf-$tf, but PYTHON is set to $PYTHON: unset it, or omit --tf"
  setup+=(--tf "$tf")
fi

bash "${setup[@]}" || exit $?
if [[ -n $tf ]]; then
  export PYTHON=$ROOT/.venv-tf-$tf/bin/python # tests start launchers, which would use .venv
fi
find_run_python
# Tests of several ranks need Horovod, which can be built for TensorFlow 1 on Python 3.7 with Open MPI; elsewhere they are skipped.
if "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 7))' && type -P mpirun mpicxx cmake >/dev/null; then
  bash "${setup[@]}" --with-horovod || exit $?
fi
cd "$ROOT"

# Without a path among the arguments, run all tests.
paths=0
for word in ${arguments[@]+"${arguments[@]}"}; do
  if [[ $word != -* && -e ${word%%::*} ]]; then paths=1; fi
done
if ((paths == 0)); then
  words=" ${arguments[*]-} "
  arguments+=(tests)
  # Most tests start programs that load TensorFlow on one core: one process per core, and one file per process, as the tests of
  # a file share fixtures.
  if [[ $words != *" -n"* && $words != *" --pdb "* ]]; then arguments=(-n "$(nproc)" --dist loadfile "${arguments[@]}"); fi
fi

say "test: pytest ${arguments[*]}"
code=0
"$PYTHON" -m pytest -q -rs --durations=10 "${arguments[@]}" || code=$?
exit "$code"
