#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Runs the tests. Arguments go to pytest: scripts/test.sh -k tokenization, scripts/test.sh tests/test_modeling.py -x

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

if [[ ${1-} == --help || ${1-} == -h ]]; then
  sed -n '4s/^# //p' "${BASH_SOURCE[0]}"
  say "Ends with pytest's exit code; 2 when there is no Python to run it with."
  exit 0
fi

bash "$ROOT/scripts/setup.sh" --with-test || exit $?
find_run_python
# The tests of several ranks run where Horovod can be built: on TensorFlow 1.13.1 with Open MPI; elsewhere they say that they do not.
if "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 7))' && type -P mpirun mpicxx cmake >/dev/null; then
  bash "$ROOT/scripts/setup.sh" --with-test --with-horovod || exit $?
fi
cd "$ROOT"

# Without a path among the arguments: all of them.
arguments=("$@")
paths=0
for word in "$@"; do
  if [[ $word != -* && -e ${word%%::*} ]]; then paths=1; fi
done
if ((paths == 0)); then
  arguments+=(tests)
  # Most tests start programs that load TensorFlow on one core: a process a core, whole files each, for they share what they make.
  if [[ " $* " != *" -n"* && " $* " != *" --pdb "* ]]; then arguments=(-n "$(nproc)" --dist loadfile "${arguments[@]}"); fi
fi

say "test: pytest ${arguments[*]}"
code=0
"$PYTHON" -m pytest -q -rs --durations=10 "${arguments[@]}" || code=$?
exit "$code"
