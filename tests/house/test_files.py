# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rules about every file: licence line, names, paths, shell syntax, and a test file for each module."""

import ast
import inspect
import os
import re
import subprocess

import pytest

from tests.house.project import CORE, FILES, PRODUCT, ROOT, SOURCES, read

LICENCE = "Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0."


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


MAX_FUNCTION_LINES, MAX_FILE_LINES = 70, 500
# The model is one file, as are the tokenizers: users compare them with the published code side by side, and copy them.
LONGER_FILES = {
    "modeling.py": 650,
    "tokenization.py": 600,
}


def length_violations(path, text):
    """Files and functions that are too long to read at once. Lines as black formats them, docstrings included."""
    found = []
    limit = LONGER_FILES.get(path, MAX_FILE_LINES)
    lines = text.splitlines(True)
    if len(lines) > limit:
        found.append("%s: %d lines; split it by subject (at most %d)" % (path, len(lines), limit))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = function_lines(node, lines)
            if length > MAX_FUNCTION_LINES:
                found.append(
                    "%s:%d: %s has %d lines (at most %d)"
                    % (path, node.lineno, node.name, length, MAX_FUNCTION_LINES)
                )
    return found


def function_lines(node, lines):
    """Lines of a function from its def on. Python 3.7 has no end_lineno, and its lineno is the first decorator's."""
    start = node.lineno - 1
    while not re.match(r"\s*(async\s+)?def\b", lines[start]):
        start += 1
    return len(inspect.getblock(lines[start:]))


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".py")])
def test_length(path):
    assert length_violations(path, read(path)) == []


def test_length_rule_can_fail():
    body = "    x = [\n        1,\n    ]\n"  # three lines
    long_one = "@decorator(\n    1,\n)\ndef f():\n" + 23 * body + "\n\ny = 1\n"
    assert length_violations("a.py", long_one) == []
    assert length_violations("a.py", long_one.replace("def f():\n", "def f():\n    pass\n")) != []
    method = "class A:\n" + "".join("    " + line for line in long_one.splitlines(True)[3:-3])
    assert length_violations("a.py", method) == []
    assert length_violations("a.py", method + "        pass\n")
    assert length_violations("a.py", "x = 1\n" * 500) == []
    assert length_violations("a.py", "x = 1\n" * 501)
    assert length_violations("modeling.py", "x = 1\n" * 650) == []
    assert length_violations("modeling.py", "x = 1\n" * 651)


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
    modules = CORE + [path for path in PRODUCT if path.startswith("serving/")]
    modules = [
        path for path in modules if os.path.basename(path) not in ("__init__.py", "__main__.py")
    ]
    assert [path for path in modules if test_file_of(path) not in FILES] == []


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
