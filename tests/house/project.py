# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The project's files, its layers, and what each file imports: what the house rules ask about."""

import ast
import os
import re
import subprocess

from tests.conftest import ROOT

SKIPPED_DIRECTORIES = {
    ".git",
    ".venv",
    ".cache",
    "__pycache__",
    ".pytest_cache",
    "results",
    "checkpoints",
    "build",
}
ENTRY_POINTS = (
    "run_pretraining.py",
    "run_squad.py",
    "create_pretraining_data.py",
    "extract_features.py",
)


def project_files():
    """Paths relative to the root of all files that git has or would add; without git, of all files."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
    )
    if done.returncode == 0:
        found = done.stdout.splitlines()
    else:
        found = []
        for directory, below, names in os.walk(ROOT):
            below[:] = [name for name in below if name not in SKIPPED_DIRECTORIES]
            found.extend(os.path.relpath(os.path.join(directory, name), ROOT) for name in names)
    return sorted(path for path in set(found) if os.path.isfile(os.path.join(ROOT, path)))


FILES = project_files()


def read(path):
    with open(os.path.join(ROOT, path), "rb") as stream:
        return stream.read().decode("utf-8", "replace")


def is_product(path):
    """Python that users run or import: neither tests nor benchmarks."""
    return path.endswith(".py") and path.split("/")[0] not in ("tests", "benchmarks")


def is_core(path):
    """What runs on a training host; data/, scripts/, conversion/ and serving/ are tools around it."""
    return is_product(path) and path.split("/")[0] not in (
        "data",
        "scripts",
        "conversion",
        "serving",
    )


PRODUCT = [path for path in FILES if is_product(path)]
CORE = [path for path in PRODUCT if is_core(path)]
SOURCES = [
    path
    for path in FILES
    if os.path.splitext(path)[1] in (".py", ".sh", ".cc", ".h", ".cu", ".cuh", ".sub")
]


def layer(module):
    """The layer of a project module; None for modules of other packages."""
    top = module.split(".")[0]
    if top in ("tokenization", "bert_layers", "modeling", "optimization"):
        return top
    if top + ".py" in ENTRY_POINTS:
        return "entry"
    if re.match(r"training\.report(\.|$)", module):
        return "report"
    return top if top in PACKAGES else None


PACKAGES = (
    "fused_ops",
    "program",
    "squad",
    "pretraining",
    "training",
    "data",
    "conversion",
    "serving",
    "scripts",
    "tests",
    "benchmarks",
)

LEVEL_0 = {"tokenization", "fused_ops", "program"}
LEVEL_1 = {"modeling", "optimization", "squad", "pretraining"}
ALLOWED = {
    "tokenization": set(),
    "fused_ops": {"fused_ops"},
    "program": {"program"},
    "bert_layers": {"fused_ops"},
    "modeling": {"fused_ops", "bert_layers"},
    "optimization": {"fused_ops"},
    "squad": {"tokenization", "program", "squad"},
    "pretraining": {"tokenization", "program", "pretraining"},
    "training": LEVEL_0 | LEVEL_1 | {"training"},
    # Reads finished runs. Nothing that trains may import it, so a run does not need matplotlib.
    "report": {"program", "squad", "training", "report"},
    "data": {"program", "pretraining", "tokenization", "data"},
    "conversion": {"modeling", "tokenization", "program", "squad", "training", "conversion"},
    "serving": {"modeling", "tokenization", "program", "squad", "training", "serving"},
    "entry": LEVEL_0 | LEVEL_1 | {"training", "data", "conversion", "serving"},
    # Tools around the toolkit, which may not import them.
    "scripts": LEVEL_0
    | LEVEL_1
    | {"training", "report", "data", "conversion", "serving", "scripts"},
}


def module_name(path):
    name = path[: -len(".py")].replace("/", ".")
    return name[: -len(".__init__")] if name.endswith(".__init__") else name


def imports(path, text):
    """(line, module) of every import, inside functions too; for `from a import b`, a.b if that is a module."""
    found = []
    package = module_name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.extend((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(package[: len(package) - node.level + 1] + ([base] if base else []))
            for alias in node.names:
                full = "%s.%s" % (base, alias.name)
                found.append((node.lineno, full if is_module(full) else base))
    return found


def is_module(name):
    path = os.path.join(ROOT, *name.split("."))
    return os.path.isfile(path + ".py") or os.path.isdir(path)
