# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rules: flags, Horovod, shared libraries, the environment and file names each have one door."""

import ast
import re

import pytest

from tests.house.project import ENTRY_POINTS, FILES, PRODUCT, imports, is_core, read


def functions_of(tree):
    """node -> name of the outermost function it is in, or None."""
    owner = {}

    def walk(node, name):
        for child in ast.iter_child_nodes(node):
            inner = name
            if name is None and isinstance(child, ast.FunctionDef):
                inner = child.name
            owner[child] = inner
            walk(child, inner)

    walk(tree, None)
    return owner


def flag_violations(path, text):
    """FLAGS read outside `main` of an entry point; flags defined outside program/command_line.py."""
    if path == "program/command_line.py":
        return []
    tree = ast.parse(text)
    owner = functions_of(tree)
    found = []
    for node in ast.walk(tree):
        name = (
            node.id
            if isinstance(node, ast.Name)
            else node.attr if isinstance(node, ast.Attribute) else ""
        )
        if name == "FLAGS" and not (path in ENTRY_POINTS and owner[node] == "main"):
            found.append("%s:%d: FLAGS outside main of an entry point" % (path, node.lineno))
        if re.match(r"DEFINE(_[a-z]|$)", name):
            found.append("%s:%d: flags come from option groups only" % (path, node.lineno))
    return found


@pytest.mark.parametrize("path", PRODUCT)
def test_flags_are_read_in_main_only(path):
    assert flag_violations(path, read(path)) == []


@pytest.mark.parametrize(
    "path, text",
    [
        ("modeling.py", "from absl import flags\ndef main():\n  return flags.FLAGS.x"),
        ("run_squad.py", "FLAGS = flags.FLAGS"),
        ("run_squad.py", "def run():\n  def main():\n    return flags.FLAGS.x"),
        ("run_squad.py", "def define_flags():\n  flags.DEFINE_string('x', None, '')"),
        ("run_squad.py", "flags.DEFINE(parser, 'x', None, '')"),
        ("training/session.py", "def f():\n  tf.flags.DEFINE_bool('x', True, '')"),
    ],
)
def test_flag_rule_can_fail(path, text):
    assert flag_violations(path, text)


def test_flag_rule_allows_main():
    assert flag_violations("run_squad.py", "def main(_):\n  return flags.FLAGS.x") == []


VERSIONS = "fused_ops/tensorflow_versions.py"


def version_violations(path, text):
    """Code that asks which TensorFlow it runs on, outside the one module that knows how they differ."""
    if path == VERSIONS:
        return []
    found = []
    for node in ast.walk(ast.parse(text)):
        function = node.func if isinstance(node, ast.Call) else None
        asks = isinstance(node, ast.Compare) or getattr(function, "attr", "") == "startswith"
        if asks and re.search(r"tf\.(VERSION|__version__|GIT_VERSION|version\.)", _source(node)):
            found.append("%s:%d: compares TensorFlow's version" % (path, node.lineno))
        if getattr(function, "id", "") in ("hasattr", "getattr"):
            if re.match(r"tf\b", _source(node.args[0])):
                found.append("%s:%d: looks for a name of TensorFlow" % (path, node.lineno))
        if isinstance(node, ast.Attribute) and node.attr == "DESCRIPTOR":
            found.append("%s:%d: looks into TensorFlow's messages" % (path, node.lineno))
    return found


def _source(node):
    """The dotted names in a node, one after the other: what ast.unparse would give of them from Python 3.9 on."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return "%s.%s" % (_source(node.value), node.attr)
    return " ".join(_source(child) for child in ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", [path for path in PRODUCT if is_core(path)])
def test_tensorflows_differ_in_one_module(path):
    assert version_violations(path, read(path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "if tf.__version__ >= '2':\n  pass",
        "new = not tf.VERSION.startswith('1.')",
        "x = int(tf.version.VERSION.split('.')[0]) > 1",
        "x = hasattr(tf, 'layers')",
        "f = getattr(tf.train, 'AdamOptimizer', None)",
        "x = 'a' in config_pb2.RewriterConfig.DESCRIPTOR.fields_by_name",
    ],
)
def test_version_rule_can_fail(text):
    assert version_violations("training/session.py", text)
    assert version_violations(VERSIONS, text) == []


def test_version_rule_allows_what_is_said():
    assert version_violations("a.py", "print('TensorFlow %s' % tf.__version__)\nx = 1 < 2") == []


ENVIRONMENT_DOORS = ("training/session.py", "training/precision.py", "program/errors.py")


def door_violations(path, text):
    """Horovod, shared libraries and the environment used outside their modules; tf.contrib used at all."""
    tree = ast.parse(text)
    found = []
    for line, module in imports(path, text):
        if module.split(".")[0] == "horovod" and path != "training/runtime.py":
            found.append("%s:%d: horovod is imported in training/runtime.py only" % (path, line))
        if ".contrib" in module and module.startswith("tensorflow"):
            found.append("%s:%d: tf.contrib" % (path, line))
    for node in ast.walk(tree):
        name = (
            node.attr
            if isinstance(node, ast.Attribute)
            else node.id if isinstance(node, ast.Name) else ""
        )
        if (
            name in ("load_op_library", "load_library") or loads_with_ctypes(node)
        ) and path != "fused_ops/loader.py":
            found.append(
                "%s:%d: shared libraries are loaded in fused_ops/loader.py only"
                % (path, node.lineno)
            )
        if name == "contrib":
            found.append("%s:%d: tf.contrib" % (path, node.lineno))
        if (
            name in ("environ", "getenv", "putenv", "environb")
            and path not in ENVIRONMENT_DOORS
            and is_core(path)
        ):
            found.append(
                "%s:%d: the environment is read in %s only"
                % (path, node.lineno, " and ".join(ENVIRONMENT_DOORS))
            )
    return found


def loads_with_ctypes(node):
    """CDLL("x.so"); CDLL(None) is allowed: the C library is in the process anyway."""
    if not isinstance(node, ast.Call) or "CDLL" not in (
        getattr(node.func, "attr", ""),
        getattr(node.func, "id", ""),
    ):
        return False
    return not node.args or getattr(node.args[0], "value", node.args[0]) is not None


@pytest.mark.parametrize("path", PRODUCT)
def test_one_door_for_each_outside_thing(path):
    assert door_violations(path, read(path)) == []


@pytest.mark.parametrize(
    "path, text",
    [
        ("run_squad.py", "import horovod.tensorflow as hvd"),
        ("training/train_op.py", "def f():\n  from horovod import tensorflow"),
        ("modeling.py", "tf.load_op_library('x.so')"),
        ("modeling.py", "ctypes.CDLL('x.so')"),
        ("modeling.py", "from ctypes import CDLL\nCDLL(name)"),
        ("data/squad/download.py", "tf.load_op_library('x.so')"),
        ("modeling.py", "import os\nos.environ['A'] = 'b'"),
        ("training/hooks.py", "import os\nx = os.getenv('A')"),
        ("training/hooks.py", "from os import environ\nprint(environ)"),
        ("modeling.py", "x = tf.contrib.layers.layer_norm"),
        ("modeling.py", "from tensorflow.contrib import layers"),
    ],
)
def test_door_rule_can_fail(path, text):
    assert door_violations(path, text)


def test_door_rule_allows_the_doors():
    assert door_violations("training/runtime.py", "import horovod.tensorflow as hvd") == []
    assert door_violations("fused_ops/loader.py", "tf.load_op_library('x.so')") == []
    assert door_violations("training/precision.py", "import os\nos.environ.get('A')") == []
    assert door_violations("data/squad/download.py", "import os\nos.environ.get('A')") == []
    assert door_violations("program/workers.py", "ctypes.CDLL(None).prctl(1, 9)") == []


# Files get their names in program/files.py. The others move downloads and directories; fused_ops/ imports no program/.
RENAMES = (
    "serving/whole_directory.py",
    "program/files.py",
    "data/download.py",
    "data/pretrained_models_google/download.py",
    "data/pretrained_models_google/install.py",
    "conversion/from_hugging_face.py",
    "fused_ops/build_info.py",
)


def rename_violations(path, text):
    """A further way to write a file whole or not at all."""
    return [
        "%s:%d: write files with program/files.py" % (path, node.lineno)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr in ("rename", "replace", "renames")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and path not in RENAMES
    ]


@pytest.mark.parametrize(
    "path", PRODUCT + [path for path in FILES if re.match(r"benchmarks/.*\.py$", path)]
)
def test_one_writer_of_whole_files(path):
    assert rename_violations(path, read(path)) == []


def test_writer_rule_can_fail():
    assert rename_violations("squad/predictions.py", "import os\nos.replace('a.tmp', 'a')")
    assert rename_violations("program/files.py", "os.replace('a.tmp', 'a')") == []
    assert rename_violations("squad/predictions.py", "'a'.replace('a', 'b')") == []
