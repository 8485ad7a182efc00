# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Prints the head of a launcher's log: commit, options as JSON, versions. Called by lib_run.sh with name=value words.

TensorFlow is not imported for its version: that would cost every launch a second.
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from collections import OrderedDict
import json
import os
import platform
import subprocess
import sys

PACKAGES = ("tensorflow", "tensorflow-gpu", "nvidia-tensorflow", "numpy", "horovod", "nvidia-horovod")


def options(words):
  """An OrderedDict from ["name=value", ...]; numbers and true/false become JSON's."""
  pairs = (word.split("=", 1) for word in words)
  return OrderedDict((name, _typed(value)) for name, value in pairs)


def _typed(value):
  try:
    typed = json.loads(value)
  except ValueError:
    return value
  return typed if isinstance(typed, (bool, int, float)) else value


def package_version(name):
  """The installed version of a package, or None."""
  try:
    from importlib import metadata  # novm
  except ImportError:  # before Python 3.8
    try:
      import pkg_resources
    except ImportError:
      return None
    try:
      return pkg_resources.get_distribution(name).version
    except pkg_resources.ResolutionError:
      return None
  try:
    return metadata.version(name)
  except metadata.PackageNotFoundError:
    return None


def versions():
  """An OrderedDict of what a result may depend on."""
  found = OrderedDict([("python", platform.python_version()), ("platform", platform.platform())])
  for name in PACKAGES:
    version = package_version(name)
    if version:
      found[name] = version
  return found


def commit(root):
  """The commit of the checkout, "-dirty" behind it when files differ; "unknown" outside a checkout."""
  command = ["git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
  try:
    with open(os.devnull, "w") as nowhere:
      return subprocess.check_output(command, stderr=nowhere).decode("ascii").strip()
  except (OSError, subprocess.CalledProcessError):
    return "unknown"


def main(words):
  root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
  print("# commit: %s" % commit(root))
  print("# options: %s" % json.dumps(options(words)))
  print("# versions: %s" % json.dumps(versions()))


if __name__ == "__main__":
  main(sys.argv[1:])
