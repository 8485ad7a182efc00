# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rules: which file may import which, and which packages."""

import ast
import importlib.util
import os

import pytest

from tests.house.project import ALLOWED, CORE, PRODUCT, imports, is_module, layer, module_name, read

RUNTIME_PACKAGES = {"tensorflow", "numpy", "six", "absl"}


SQUAD_ORDER = [
    "options",
    "questions",
    "examples",
    "features",
    "windows",
    "window_files",
    "predictions",
    "evaluate",
]  # each may import those before it


def import_violations(path, text):
    own = module_name(path)
    mine = layer(own)
    if mine is None:
        return [
            "%s: not in PACKAGES; docs/design.md §1 and §2 must name every top-level file and package"
            % path
        ]
    found = []
    for line, module in imports(path, text):
        theirs = layer(module)
        if theirs is None or module == own:
            continue
        allowed = theirs in ALLOWED[mine]
        if mine == theirs == "squad" and module != "squad":
            parts = [name.split(".")[1] for name in (own, module) if "." in name]
            allowed = (
                len(parts) == 2
                and all(part in SQUAD_ORDER for part in parts)
                and (SQUAD_ORDER.index(parts[1]) < SQUAD_ORDER.index(parts[0]))
            )
        if not allowed:
            found.append(
                "%s:%d: %s (%s) must not import %s (%s)" % (path, line, own, mine, module, theirs)
            )
    return found


@pytest.mark.parametrize("path", PRODUCT)
def test_imports_go_downward(path):
    assert import_violations(path, read(path)) == []


@pytest.mark.parametrize(
    "path, text",
    [
        ("tokenization.py", "import modeling"),
        ("modeling.py", "from program import options"),
        ("modeling.py", "def f():\n  import tokenization"),
        ("program/options.py", "from training import options"),
        ("program/records/files.py", "import tokenization"),
        ("pretraining/blocks.py", "from squad import examples"),
        ("squad/examples.py", "from pretraining import blocks"),
        ("conversion/convert.py", "from data import download"),
        ("serving/export.py", "from conversion import names"),
        ("serving/export.py", "import run_squad"),
        ("training/hooks.py", "from serving import export"),
        ("training/hooks.py", "from data import download"),
        ("training/hooks.py", "import run_squad"),
        ("training/hooks.py", "from training.report import curves"),
        ("training/report/pages.py", "import run_squad"),
        ("run_squad.py", "from training import report"),
        ("run_squad.py", "import run_pretraining"),
        ("run_squad.py", "from create_pretraining_data import x"),
        ("squad/examples.py", "from squad.features import x"),
        ("squad/examples.py", "from . import features"),
        ("squad/features.py", "from squad import predictions"),
        ("squad/features.py", "import modeling"),
        ("fused_ops/loader.py", "import modeling"),
        ("data/squad/download.py", "import run_squad"),
        ("data/shards.py", "from training import records"),
        ("helpers.py", "import os"),
        ("newpackage/a.py", "import os"),
    ],
)
def test_import_rule_can_fail(path, text):
    assert import_violations(path, text)


def test_import_rule_allows_the_design():
    for path, text in [
        ("run_squad.py", "from squad import features\nfrom program.options import OptionGroup"),
        ("squad/predictions.py", "from squad.features import x\nimport tokenization"),
        (
            "training/report/answer_page.py",
            "from squad import evaluate\nfrom training.report import run_files",
        ),
        ("training/train_op.py", "import optimization\nfrom training import options"),
        ("modeling.py", "from fused_ops import layer_norm\nimport math"),
    ]:
        assert import_violations(path, text) == []


def import_cycle(texts):
    """A cycle among modules, as a list, or None. texts: path -> text."""
    edges = {
        module_name(path): {module for _, module in imports(path, text)}
        for path, text in texts.items()
    }
    done, active = set(), []

    def visit(module):
        if module in active:
            return active[active.index(module) :] + [module]
        if module in done or module not in edges:
            return None
        active.append(module)
        for following in sorted(edges[module] - {module}):
            cycle = visit(following)
            if cycle:
                return cycle
        done.add(active.pop())
        return None

    for module in sorted(edges):
        cycle = visit(module)
        if cycle:
            return cycle
    return None


def test_no_import_cycles():
    assert import_cycle({path: read(path) for path in PRODUCT}) is None


def test_cycle_rule_can_fail():
    assert import_cycle(
        {
            "training/a.py": "from training.b import x",
            "training/b.py": "import training.c",
            "training/c.py": "from training.a import y",
        }
    )
    assert (
        import_cycle({"training/a.py": "from training.b import x", "training/b.py": "import os"})
        is None
    )


def is_standard(module):
    spec = importlib.util.find_spec(module)
    return spec is not None and (spec.origin is None or "-packages" not in spec.origin)


def package_violations(path, text):
    """Imports of packages that training hosts do not have."""
    found = []
    for line, module in imports(path, text):
        top = module.split(".")[0]
        own = layer(module) or is_module(
            os.path.dirname(path).replace("/", ".") + "." + top if "/" in path else top
        )
        if (top, path) in (
            ("horovod", "training/runtime.py"),
            ("matplotlib", "training/report/curves.py"),
        ):
            continue
        if not own and top not in RUNTIME_PACKAGES and top != "__future__" and not is_standard(top):
            found.append("%s:%d: %s is not among %s" % (path, line, top, sorted(RUNTIME_PACKAGES)))
    return found


@pytest.mark.parametrize("path", CORE)
def test_run_time_needs_nothing_else(path):
    assert package_violations(path, read(path)) == []


def test_package_rule_can_fail():
    assert package_violations("squad/features.py", "import pytest")
    assert package_violations("modeling.py", "import horovod.tensorflow")
    assert package_violations("modeling.py", "import no_such_package")
    assert package_violations("training/progress.py", "def f():\n  import matplotlib")
    assert package_violations("modeling.py", "import json, six\nfrom absl import flags") == []


def alias_violations(path, text):
    """Modules of this project imported under another name: their own name must do."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        base = (node.module or "") + "." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if alias.asname and layer(base + alias.name):
                found.append(
                    "%s:%d: import %s under its own name" % (path, node.lineno, alias.name)
                )
    return found


@pytest.mark.parametrize("path", PRODUCT)
def test_no_alias_imports(path):
    assert alias_violations(path, read(path)) == []


def test_alias_rule_can_fail():
    assert alias_violations("run_squad.py", "from training import precision as precisions")
    assert alias_violations("run_squad.py", "import modeling as m")
    assert alias_violations("run_squad.py", "from training.start import find_start as find")
    assert alias_violations("run_squad.py", "import tensorflow.compat.v1 as tf") == []
    assert alias_violations("run_squad.py", "import training.start") == []
