# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rules (docs/design.md), enforced on every file.

Each rule is a function from a file's path and text to a list of violations. It runs over every file of the project,
uncommitted ones included, and a second test shows it failing.
"""

import ast
import importlib.util
import io
import os
import re
import subprocess
import sys
import tokenize

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
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

LICENCE = "Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0."
ENTRY_POINTS = ("run_pretraining.py", "run_squad.py", "create_pretraining_data.py")
RUNTIME_PACKAGES = {"tensorflow", "numpy", "six", "absl"}


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
    """What runs on a training host; data/, scripts/ and conversion/ are tools around it."""
    return is_product(path) and path.split("/")[0] not in ("data", "scripts", "conversion")


PRODUCT = [path for path in FILES if is_product(path)]
CORE = [path for path in PRODUCT if is_core(path)]
SOURCES = [
    path
    for path in FILES
    if os.path.splitext(path)[1] in (".py", ".sh", ".cc", ".h", ".cu", ".cuh", ".sub")
]


# --- which file may import which --------------------------------------------------------------------------

SQUAD_ORDER = [
    "options",
    "examples",
    "features",
    "windows",
    "predictions",
    "evaluate",
]  # each may import those before it


def layer(module):
    """The layer of a project module; None for modules of other packages."""
    top = module.split(".")[0]
    if top in ("tokenization", "modeling", "optimization"):
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
    "modeling": {"fused_ops"},
    "optimization": {"fused_ops"},
    "squad": {"tokenization", "program", "squad"},
    "pretraining": {"tokenization", "program", "pretraining"},
    "training": LEVEL_0 | LEVEL_1 | {"training"},
    # Reads finished runs. Nothing that trains may import it, so a run does not need matplotlib.
    "report": {"program", "squad", "training", "report"},
    "data": {"program", "pretraining", "tokenization", "data"},
    "conversion": {"modeling", "tokenization", "program", "squad", "training", "conversion"},
    "entry": LEVEL_0 | LEVEL_1 | {"training", "data", "conversion"},
    # Tools around the toolkit, which may not import them.
    "scripts": LEVEL_0 | LEVEL_1 | {"training", "report", "data", "conversion", "scripts"},
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
        ("conversion/from_safetensors.py", "from data import download"),
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


# --- one door for each outside thing ----------------------------------------------------------------------


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


ENVIRONMENT_DOORS = ("training/session.py", "training/precision.py")


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
    "program/files.py",
    "data/download.py",
    "data/pretrained_models_google/download.py",
    "conversion/from_safetensors.py",
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


# --- Python 3.5 -------------------------------------------------------------------------------------------


def vermin(paths, cwd):
    """(exit code, output) of vermin for Python 3.5, the oldest version supported."""
    pytest.importorskip(
        "vermin", reason="vermin is not installed: the Python 3.5 rule is not checked"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from vermin import main; main()",
            "-t=3.5-",
            "--no-tips",
            "--violations",
        ]
        + list(paths),
        cwd=str(cwd),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
    )
    return done.returncode, done.stdout


def test_product_is_python_3_5():
    code, output = vermin(PRODUCT, ROOT)
    assert code == 0, output


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\ny = f'{x}'\n",
        "x: int = 1\n",
        "import dataclasses\n",
        "async def f():\n  return [i async for i in g()]\n",
    ],
)
def test_python_rule_can_fail(tmp_path, text):
    (tmp_path / "new.py").write_text(text)
    code, output = vermin(["new.py"], tmp_path)
    assert code == 1 and "not met" in output


def syntax_violations(path, text):
    """Syntax that Python 3.5 rejects and vermin does not detect: `def f(*args,)`, and underscores in numbers."""
    found = []
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in (tokenize.NL, tokenize.COMMENT)
    ]
    for index, token in enumerate(tokens):
        if token.type == tokenize.NUMBER and "_" in token.string:
            found.append("%s:%d: underscore in a number" % (path, token.start[0]))
        if (
            token.string == "def"
            and token.type == tokenize.NAME
            and ends_in_star_and_comma(tokens[index + 2 :])
        ):
            found.append("%s:%d: trailing comma after * or ** in def" % (path, token.start[0]))
    return found


def ends_in_star_and_comma(tokens):
    """Whether a parameter list, from its opening parenthesis on, has a star and a comma before its end."""
    depth, starred, before = 0, False, ""
    for token in tokens:
        now = token.string
        starred = starred or (depth == 1 and now in ("*", "**") and before in ("(", ","))
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(now, 0)
        if depth == 0:
            return starred and before == ","
        before = now
    return False


@pytest.mark.parametrize("path", PRODUCT)
def test_syntax_that_vermin_does_not_see(path):
    assert syntax_violations(path, read(path)) == []


def test_syntax_rule_can_fail():
    assert syntax_violations("a.py", "def f(a,\n      *args,\n      ):\n  pass\n")
    assert syntax_violations("a.py", "def f(a, **kw,):\n  pass\n")
    assert syntax_violations("a.py", "def f(a, *, b=(1,),):\n  pass\n")
    assert syntax_violations("a.py", "x = 1_000\n")
    assert syntax_violations("a.py", "def f(a=2 * 3, b=(1,),):\n  g(*a,)\n") == []


# --- every file -------------------------------------------------------------------------------------------


def licence_violations(path, text):
    """The licence line must be the first line, except for a shebang, and must not be repeated."""
    comment = "//" if os.path.splitext(path)[1] in (".cc", ".h", ".cu", ".cuh") else "#"
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    if not lines or lines[0] != "%s %s" % (comment, LICENCE):
        return ["%s: does not begin with the licence line" % path]
    return (
        ["%s: licence line twice" % path]
        if sum(line.startswith("%s %s" % (comment, LICENCE)) for line in lines) > 1
        else []
    )


@pytest.mark.parametrize("path", SOURCES)
def test_licence_line(path):
    assert licence_violations(path, read(path)) == []


def test_licence_rule_can_fail():
    assert licence_violations("a.py", "import os\n")
    assert licence_violations("a.py", "")
    assert licence_violations("a.cc", "# %s\n" % LICENCE)
    assert licence_violations("a.py", "# %s\n# %s\n" % (LICENCE, LICENCE))
    assert licence_violations("a.sh", "#!/bin/bash\n# %s\n" % LICENCE) == []
    assert licence_violations("a.cc", "// %s\n" % LICENCE) == []


# Written in pieces, so that this file passes its own rule.
MACHINE_PATHS = [
    re.compile(pattern)
    for pattern in (
        "(?<![A-Za-z0-9_.-])/" + "work/",
        "(?<![A-Za-z0-9_.-])/" + "root/",
        "/tmp" + "/w(/|$)",
        "/opt" + "/(pypi|wheels)",
        "pypi" + r"\.org",
        "python" + r"hosted\.org",
        r"(?<![\w.])/" + r"home/\w+/",
    )
]


def machine_violations(path, text):
    """Paths of one machine and hosts of package registries."""
    return [
        "%s:%d: %s" % (path, number, line.strip()[:120])
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in MACHINE_PATHS
        if pattern.search(line)
    ]


@pytest.mark.parametrize("path", FILES)
def test_no_machine_paths(path):
    assert machine_violations(path, read(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('/" + "work/shared/x')",
        "cd /" + "root/x",
        "/tmp" + "/w/x",
        "https://" + "pypi" + ".org/simple",
        "--find-links=/opt" + "/wheels",
        "/" + "home/someone/x",
    ],
)
def test_machine_rule_can_fail(line):
    assert machine_violations("a.sh", line)


def test_machine_rule_allows_the_container():
    assert (
        machine_violations("a.sh", "cd /workspace/bert && ls /tmp/where ./work/x results/root/x")
        == []
    )


def test_no_file_is_called_utils():
    assert [
        path
        for path in FILES
        if re.match(r"(utils?|helpers?|misc|common)\.py$", os.path.basename(path))
    ] == []


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


def shell_violation(path):
    """Bash's syntax errors for a script; empty if there are none."""
    return subprocess.run(
        ["bash", "-n", path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    ).stdout


def is_shell(path):
    return path.endswith((".sh", ".sub")) or (
        not os.path.splitext(path)[1] and re.match(r"#!.*\b(ba)?sh\b", read(path)[:80]) is not None
    )


@pytest.mark.parametrize("path", [path for path in FILES if is_shell(path)])
def test_shell_syntax(path):
    assert shell_violation(path) == ""


def test_shell_rule_can_fail(tmp_path):
    (tmp_path / "a.sh").write_text("if true; then\n")
    assert "syntax error" in shell_violation(str(tmp_path / "a.sh"))


def test_every_module_has_a_test_file():
    """tests/ mirrors the tree: tests/training/test_hooks.py tests training/hooks.py; see test_file_of."""
    core = [path for path in CORE if os.path.basename(path) not in ("__init__.py", "__main__.py")]
    assert [path for path in core if test_file_of(path) not in FILES] == []


def test_file_of(path):
    """The test file of a module; those of fused_ops are in tests/ops."""
    if path in ("fused_ops/build_info.py", "fused_ops/loader.py"):
        return "tests/ops/test_build.py"  # the build and what loads it are one thing to test
    folder, name = os.path.split(path)
    return "/".join(
        part for part in ("tests", folder.replace("fused_ops", "ops"), "test_" + name) if part
    )


test_file_of.__test__ = False


def test_test_file_rule_can_fail():
    assert test_file_of("training/new.py") == "tests/training/test_new.py" not in FILES
