#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs the tests. Arguments are passed to pytest: scripts/test.sh -k tokenization, scripts/test.sh tests/test_modeling.py -x

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

if [[ ${1-} == --help || ${1-} == -h ]]; then
  sed -n '4s/^# //p' "${BASH_SOURCE[0]}"
  say "The exit code is pytest's; 2 if no usable Python is found."
  exit 0
fi

bash "$ROOT/scripts/setup.sh" --with-test || exit $?
find_run_python
# Tests of several ranks need Horovod, which can be built for TensorFlow 1.13.1 with Open MPI; elsewhere they are skipped.
if "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 7))' && type -P mpirun mpicxx cmake >/dev/null; then
  bash "$ROOT/scripts/setup.sh" --with-test --with-horovod || exit $?
fi
cd "$ROOT"

# Without a path among the arguments, run all tests.
arguments=("$@")
paths=0
for word in "$@"; do
  if [[ $word != -* && -e ${word%%::*} ]]; then paths=1; fi
done
if ((paths == 0)); then
  arguments+=(tests)
  # Most tests start programs that load TensorFlow on one core: one process per core, and one file per process, as the tests of
  # a file share fixtures.
  if [[ " $* " != *" -n"* && " $* " != *" --pdb "* ]]; then arguments=(-n "$(nproc)" --dist loadfile "${arguments[@]}"); fi
fi

say "test: pytest ${arguments[*]}"
code=0
"$PYTHON" -m pytest -q -rs --durations=10 "${arguments[@]}" || code=$?
exit "$code"
