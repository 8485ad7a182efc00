# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A place to run launchers in: small data and checkpoints, and a Python that only writes down how it was called.

The directory has a blank, a quote and an accent in its name: every launcher must cope with such paths.
"""

import glob
import json
import os
import shlex
import signal
import stat
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Stands in for the environment's Python. run_*.py is recorded and played; everything else is run for real.
STAND_IN_PYTHON = """import json, os, signal, sys, time

argv = sys.argv[1:]
if not os.path.basename(argv[0]).startswith("run_"):
  os.execv({python!r}, [{python!r}] + argv)
pids = os.fsdecode({pids!r}.encode("utf-8"))  # a name that this locale can write
with open({calls!r}.encode("utf-8"), "a") as calls:
  calls.write(json.dumps(argv) + "\\n")
plan = json.loads(os.environ.get("STAND_IN", "{{}}"))
output = [word.split("=", 1)[1] for word in argv if word.startswith("--output_dir=")][-1]

def on_signal(number, unused_frame):
  with open(os.path.join(pids, "%d.signal" % os.getpid()), "a") as stream:
    stream.write("%d\\n" % number)
  if not plan.get("deaf"):
    sys.stdout.write("rank %s heard signal %d\\n" % (os.environ.get("RANK", "-"), number))
    sys.exit(plan.get("exit", 40))

if plan.get("wait"):
  for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, on_signal)
  sys.stdout.write("waiting\\n")
  with open(os.path.join(pids, "%d.ready" % os.getpid()), "w"):
    pass
  end = time.time() + 60
  while time.time() < end:
    time.sleep(0.05)
if plan.get("bar") and os.environ["PROGRESS_TTY"]:
  with open(os.environ["PROGRESS_TTY"], "w") as terminal:
    terminal.write(plan["bar"])
print("to stdout")
sys.stderr.write("last words\\n")
for name, value in plan.get("files", {{}}).items():
  with open(os.path.join(output, name), "w") as stream:
    stream.write(value if isinstance(value, str) else json.dumps(value))
sys.exit(plan.get("exit", 0))
"""

# As mpirun: starts -np ranks of what follows its own options; ends with the first failure, or when told to.
STAND_IN_MPIRUN = """#!/bin/bash
printf '%s\\n' "$@" >"{calls}.mpirun"
ranks=$2
while [[ $1 != *python* ]]; do shift; done
for (( rank = 0; rank < ranks; rank++ )); do RANK=$rank "$@" & pids+=($!); done
trap ':' TERM INT
code=0
for pid in "${{pids[@]}}"; do
  while :; do
    wait "$pid"; now=$?
    kill -0 "$pid" 2>/dev/null || break
  done
  wait "$pid" 2>/dev/null; now=$?
  if (( now != 0 && now != 127 )); then code=$now; fi
done
exit $code
"""

# As srun: the same for --ntasks.
STAND_IN_SRUN = STAND_IN_MPIRUN.replace(".mpirun", ".srun").replace(
    "ranks=$2", "ranks=${{1#--ntasks=}}"
)


class Result:
    """How a finished launcher ended: code, out, err (str)."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.last_line = out.rstrip("\n").split("\n")[-1]


class Site:
    """Directories and stand-ins for launchers under test.

    Args:
      base: an empty directory.
    """

    def __init__(self, base):
        self.base = os.path.join(str(base), "it's a pl\u00e4ce")
        self.bert, self.squad, self.results = (
            os.path.join(self.base, name) for name in ("bert", "squad", "results")
        )
        self.wikipedia, self.books = (
            os.path.join(self.base, name) for name in ("wikipedia", "books")
        )
        self.bin, self.pids = os.path.join(self.base, "bin"), os.path.join(self.base, "pids")
        self.calls_file = os.path.join(self.base, "calls.jsonl")
        for directory in (self.bert, self.squad, self.wikipedia, self.books, self.bin, self.pids):
            os.makedirs(directory)
        played = self.write(
            os.path.join(self.bin, "play.py"),
            STAND_IN_PYTHON.format(python=sys.executable, calls=self.calls_file, pids=self.pids),
        )
        # Through a shell: a #! line cannot name an interpreter whose path has a blank, as that of a checkout may.
        self.python = self.program(
            "python",
            '#!/bin/bash\nexec %s %s "$@"\n' % (shlex.quote(sys.executable), shlex.quote(played)),
        )
        self._write_inputs()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.base,
            "LANG": "C.UTF-8",
            "PYTHON": self.python,
            "BERT_DIR": self.bert,
            "SQUAD_DIR": self.squad,
            "RESULTS_DIR": self.results,
            "CHECKPOINTS_DIR": self.results,
            "WIKIPEDIA_DIR": self.wikipedia,
            "BOOKS_DIR": self.books,
        }

    def _write_inputs(self):
        self.checkpoint(os.path.join(self.bert, "bert_model.ckpt"))
        self.write(os.path.join(self.bert, "bert_config.json"), "{}")
        self.write(os.path.join(self.bert, "vocab.txt"), "[PAD]\n")
        self.write(os.path.join(self.wikipedia, "a.tfrecord"), "")
        self.write(os.path.join(self.books, "a.tfrecord"), "")
        for version in ("1.1", "2.0"):
            for part in ("train", "dev"):
                self.write(
                    os.path.join(self.squad, "%s-v%s.json" % (part, version)),
                    json.dumps(questions(version)),
                )

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def program(self, name, text):
        """Writes an executable into `bin`; returns its path."""
        path = self.write(os.path.join(self.bin, name), text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def checkpoint(self, prefix, index=True, data=True):
        """Writes empty files named as a checkpoint's; returns the prefix."""
        if index:
            self.write(prefix + ".index", "")
        if data:
            self.write(prefix + ".data-00000-of-00001", "")
        return prefix

    def mpirun(self):
        self.program("mpirun", STAND_IN_MPIRUN.format(calls=self.calls_file))
        self.environment["PATH"] = self.bin + os.pathsep + os.environ["PATH"]

    def path_without(self, *absent):
        """A PATH with every program but some, whatever is installed on this machine."""
        directory = os.path.join(self.base, "few")
        os.makedirs(directory)
        for source in ("/bin", "/usr/bin"):
            for name in os.listdir(source):
                target = os.path.join(directory, name)
                if name not in absent and not os.path.lexists(target):
                    os.symlink(os.path.join(source, name), target)
        return directory

    def start(self, script, *arguments, **changes):
        """Starts a launcher in the background: a Popen in a process group of its own."""
        environment = dict(
            self.environment,
            **{name: value for name, value in changes.items() if value is not None},
        )
        for name in (name for name, value in changes.items() if value is None):
            environment.pop(name, None)
        cwd = environment.pop("CWD", "/")
        return subprocess.Popen(
            ["bash", os.path.join(ROOT, "scripts", script)] + list(arguments),
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_as_from_a_terminal,
        )

    def run(self, script, *arguments, **changes):
        """Runs a launcher with changed environment variables (None: unset; CWD: where); returns a Result."""
        process = self.start(script, *arguments, **changes)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out.decode("utf-8"), err.decode("utf-8"))

    def calls(self):
        """The argument lists with which the stand-in Python was started so far."""
        if not os.path.exists(self.calls_file):
            return []
        with open(self.calls_file) as stream:
            return [json.loads(line) for line in stream]

    def logs(self):
        return sorted(glob.glob(os.path.join(glob.escape(self.results), "*.log")))

    def log(self):
        """The text of the one log there is."""
        (path,) = self.logs()
        with open(path, encoding="utf-8") as stream:
            return stream.read()


def questions(version):
    """A SQuAD file of two questions; in v2.0 the second has no answer."""
    asked = [
        {"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]},
        {"id": "q2", "question": "Where?", "answers": [{"text": "London", "answer_start": 14}]},
    ]
    if version == "2.0":
        asked[0]["is_impossible"] = False
        asked[1].update(answers=[], is_impossible=True)
    return {
        "version": version,
        "data": [
            {"title": "Ada", "paragraphs": [{"context": "Ada lived near London.", "qas": asked}]}
        ],
    }


def commands(text):
    """The words of each line of a dry run."""
    return [shlex.split(line) for line in text.splitlines()]


def plan(**what):
    """What the stand-in Python is to do, as the value of STAND_IN."""
    return json.dumps(what)


def _as_from_a_terminal():
    """A process group of its own, and signals heard: tests that run in the background of a script ignore SIGINT."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
