# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rules about every file: licence line, names, paths, shell syntax, and a test file for each module."""

import os
import re
import subprocess

import pytest

from tests.house.project import CORE, FILES, ROOT, SOURCES, read

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
