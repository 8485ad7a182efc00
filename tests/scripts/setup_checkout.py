# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A checkout for the tests of setup.sh: the real scripts, with stand-ins for Python and pip."""

import os
import re
import shutil
import stat
import subprocess

from tests.scripts.launcher_site import ROOT

# A Python of some version. Its `-m venv DIR` copies it to DIR/bin/python; its `-m pip` writes what pip would print.
STAND_IN = r"""#!/bin/bash
printf '%s\n' "{name} $*" >>"$CALLS"
here=$(dirname "$0")
base=$0 # of an environment: the Python that made it
case "$*" in
  *'struct.calcsize'*)
    {probe}
    printf '{version} %s\n' "$base" ;;
  '-m venv '*)
    directory="${{@: -1}}"
    mkdir -p "$directory/bin"
    sed -e 's/^printf .*>>"$CALLS"$/printf "%s\\n" "venv $*" >>"$CALLS"/' -e "s|^base=.*|base='$0'|" "$0" \
      >"$directory/bin/python"
    chmod +x "$directory/bin/python" ;;
  *'-m pip install'*)
    if [[ -n ${{PIP_WAITS-}} ]]; then : >"$PIP_WAITS"; sleep "${{PIP_SECONDS-30}}"; fi
    echo 'Collecting tensorflow==1.13.1'
    echo '  Downloading https://index.example/tensorflow-1.13.1-cp37-cp37m-manylinux1_x86_64.whl (92.6 MB)'
    echo '  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)'
    echo 'Installing collected packages: six, tensorflow'
    if [[ -n ${{PIP_FAILS-}} ]]; then echo 'ERROR: No matching distribution found for six' >&2; exit 1; fi ;;
  *'import pip'*) [[ -z ${{OLD_PIP-}} ]] ;;
  *check_environment.py*) [[ ! -e $here/damaged ]] || {{ echo 'numpy/version.py is missing'; exit 1; }} ;;
  *'platform.python_version'*)
    # TensorFlow with another protobuf; its error has several lines.
    if [[ -e $here/broken || -n ${{ALWAYS_BROKEN-}} ]]; then
      printf 'Traceback (most recent call last):\n  File "x"\nTypeError: Descriptors cannot be created directly.\nSee https://x\n' >&2
      exit 1
    fi
    echo "${{TENSORFLOW_BUILD-b'v1'}}"
    echo 'Python {version}.0, TensorFlow stand-in' ;;
  *'import tensorflow'*) [[ -n ${{CONTAINER_TENSORFLOW-}} ]] ;;
  *'-m pytest'*) printf 'pytest with PYTHON=%s\n' "${{PYTHON-}}" >>"$CALLS"; exit "${{PYTEST_CODE-0}}" ;;
  *'sys.version_info[:2] !='*) [[ {version} == 3.7 ]] ;;
  *'import loader'*) [[ -z ${{LOADER_SAYS-}} ]] ;;
  *'sys.version_info'*) echo '{version}' ;;
esac
"""
HIDDEN = re.compile(r"^(python|pypy|pyenv|conda|nvidia-smi|make$|g\+\+)")


class Checkout:
    """A copy of the scripts and requirements with a PATH on which nothing is Python but what a test puts there."""

    def __init__(self, base):
        self.base = str(base)
        self.root = os.path.join(self.base, "a check out")
        self.venv = os.path.join(self.root, ".venv")
        self.calls_file = os.path.join(self.base, "calls")
        self.tools = os.path.join(self.base, "tools")
        self.bin = os.path.join(self.base, "bin")
        self.home = os.path.join(self.base, "home")
        for directory in (self.root, self.tools, self.bin, self.home):
            os.makedirs(directory)
        shutil.copytree(os.path.join(ROOT, "scripts"), os.path.join(self.root, "scripts"))
        shutil.copytree(os.path.join(ROOT, "requirements"), os.path.join(self.root, "requirements"))
        for name in ("requirements.txt", "requirements-gpu.txt"):
            shutil.copy(os.path.join(ROOT, name), self.root)
        for source in ("/bin", "/usr/bin"):
            for name in os.listdir(source):
                if not HIDDEN.match(name) and not os.path.lexists(os.path.join(self.tools, name)):
                    os.symlink(os.path.join(source, name), os.path.join(self.tools, name))
        open(self.calls_file, "w").close()

    def program(self, path, text):
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "w") as stream:
            stream.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def python(self, version, path=None, probe=""):
        """A stand-in at `path`, by default pythonX.Y on PATH; `probe` is what it does before it tells its version."""
        path = path or os.path.join(self.bin, "python" + version)
        return self.program(
            path, STAND_IN.format(version=version, name="python" + version, probe=probe)
        )

    def command(self, arguments, environment, script="setup.sh"):
        everything = {
            "PATH": self.bin + ":" + self.tools,
            "HOME": self.home,
            "LANG": "C.UTF-8",
            "CALLS": self.calls_file,
        }
        everything.update(environment)
        return dict(
            args=["bash", os.path.join(self.root, "scripts", script)] + list(arguments),
            env=everything,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            preexec_fn=os.setsid,
        )

    def start(self, *arguments, **environment):
        return subprocess.Popen(**self.command(arguments, environment))

    def setup(self, *arguments, **environment):
        """Runs setup.sh to its end; returns (exit code, stdout, stderr) and forgets earlier calls."""
        return self.run("setup.sh", *arguments, **environment)

    def run(self, script, *arguments, **environment):
        """The same of any script."""
        open(self.calls_file, "w").close()
        process = subprocess.Popen(**self.command(arguments, environment, script))
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self, word):
        with open(self.calls_file) as stream:
            return [line.rstrip("\n") for line in stream if word in line]

    def installed(self):
        """The requirement files that pip was given, relative to the checkout."""
        return [
            os.path.relpath(line.split(" -r ")[1], self.root)
            for line in self.calls("-m pip install")
            if " -r " in line
        ]

    def marked_whole(self):
        return os.path.exists(os.path.join(self.venv, ".setup-complete"))
