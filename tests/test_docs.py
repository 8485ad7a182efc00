# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""docs/ and the folder READMEs say what is there: the tree, the import table, the defaults, links and paths."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.house.project import ALLOWED, FILES, PRODUCT, ROOT, read

MARKDOWN = [path for path in FILES if path.endswith(".md")]
DESIGN = "docs/design.md"
INTERFACE = "docs/interface.md"


def section(text, number):
    """The text of a Markdown document from "## number. " to the next section."""
    return re.search(r"^## %d\. .*?(?=^## |\Z)" % number, text, re.MULTILINE | re.DOTALL).group()


def rows(text):
    """The rows of all tables, without heads, as lists of cells."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index - 1 for index, row in enumerate(cells) if set(row[0]) == {"-"}}
    return [row for index, row in enumerate(cells) if index not in heads and index - 1 not in heads]


# --- the tree ---------------------------------------------------------------------------------------------


def drawn(text):
    """Paths of a tree drawn with two spaces for each level; folders end with "/"."""
    paths, parents = [], []
    for line in text.splitlines():
        match = re.match(r"( *)(\S+)", line)
        if match:
            parents[len(match.group(1)) // 2 :] = [match.group(2)]
            paths.append("".join(parents))
    return paths


def present(files):
    """Top-level files, and all folders with a "/" at their end."""
    found = {path for path in files if "/" not in path}
    for path in files:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[: end + 1]) + "/" for end in range(len(parts)))
    return found


def tree_of(text):
    return drawn(re.search(r"```\n(.*?)```", section(text, 1), re.DOTALL).group(1))


def test_tree_is_complete_and_true():
    tree = tree_of(read(DESIGN))
    assert len(tree) == len(set(tree))
    assert sorted(present(FILES) - set(tree)) == [], "not in the tree of docs/design.md"
    assert sorted(set(tree) - present(FILES)) == [], "only in the tree of docs/design.md"


def test_tree_rule_can_fail():
    text = "## 1. Layout\n\n```\na.py   one\nb/     two\n  c/   three\n```\n\n## 2. X\n"
    assert tree_of(text) == ["a.py", "b/", "b/c/"]
    assert present(["a.py", "b/x.py", "b/c/d/y.py"]) - set(tree_of(text)) == {"b/c/d/"}
    assert set(tree_of(text)) - present(["a.py", "b/x.py"]) == {"b/c/"}


# --- imports and doors ------------------------------------------------------------------------------------


def import_table(text):
    """layer -> layers it may import, with the names of tests/house/project.py."""
    names = {"training/report": "report", "entry points": "entry"}
    table = {}
    for this, others in rows(section(text, 2)):
        this = this.strip("`")
        allowed = re.findall(r"`([^`]+)`", others)
        table[names.get(this, this)] = {names.get(name, name) for name in allowed}
    return table


def test_import_table_is_the_one_that_is_checked():
    assert import_table(read(DESIGN)) == ALLOWED


def test_import_table_is_read():
    text = "## 2. X\n\n| this | may import |\n|---|---|\n| `a` | – |\n| entry points | `a`, `b` |\n"
    assert import_table(text) == {"a": set(), "entry": {"a", "b"}}


def test_environment_table_names_every_module_that_reads_it():
    readers = {path for path in PRODUCT if re.search(r"\b(os\.environ|getenv)\b", read(path))}
    table = section(read(DESIGN), 3).split("Environment variables that Python code reads:")[1]
    assert set(re.findall(r"^\| `([\w/]+\.py)`", table, re.MULTILINE)) == readers


# --- the interface ----------------------------------------------------------------------------------------


def flag_tables(text):
    """program -> {flag: default, as --help prints it}."""
    programs = {}
    for part in section(text, 2).split("### ")[1:]:
        program = re.match(r"`(\w+\.py)`", part)
        if program:
            programs[program.group(1)] = {
                flag.strip(): "no default" if default in ("*", "–") else "default: " + default
                for flags, default, _ in rows(part)
                for flag in flags.split(",")
            }
    return programs


FLAGS = flag_tables(read(INTERFACE))


@pytest.mark.parametrize("program", sorted(FLAGS))
def test_flags_have_the_defaults_of_the_interface(program):
    shown = subprocess.check_output(
        [sys.executable, "-W", "ignore", program, "--help"],
        cwd=ROOT,
        env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"),
        universal_newlines=True,
    )
    actual = dict(re.findall(r"^  --(?:\[no\])?(\w+)  \((.*)\)$", shown, re.MULTILINE))
    assert {flag: actual.get(flag) for flag in FLAGS[program]} == FLAGS[program]


def test_flag_tables_are_read():
    assert sorted(FLAGS) == [
        "create_pretraining_data.py",
        "extract_features.py",
        "run_pretraining.py",
        "run_squad.py",
    ]
    assert sum(len(flags) for flags in FLAGS.values()) > 55
    assert FLAGS["run_squad.py"]["do_predict"] == "default: false"


LAUNCHERS = [
    (name, arguments)
    for name, arguments in (row[:2] for row in rows(section(read(INTERFACE), 1)))
    if "=" in arguments
]


@pytest.mark.parametrize("name, arguments", LAUNCHERS, ids=[row[0] for row in LAUNCHERS])
def test_launchers_have_the_arguments_of_the_interface(name, arguments):
    shown = subprocess.check_output(
        ["bash", "scripts/" + name.strip("`"), "--help"],
        cwd=ROOT,
        env=dict(os.environ, BERT_DIR="BERT_DIR", RESULTS_DIR="/results"),
        universal_newlines=True,
    )
    shown = shown.split("Positional arguments")[1].split("\n\n")[0]
    actual = re.findall(r"^  (\w+)=(.*?)(?:  .*)?$", shown, re.MULTILINE)
    wanted = re.findall(r"(\w+)=(.*?)(?= \w+=|$)", arguments.replace("`", "").replace("$", ""))
    assert actual == wanted


# --- the first line of a module ----------------------------------------------------------------------------


def first_line_violations(path, text):
    """A module begins with one line that says what is in it, and names only files that exist."""
    docstring = ast.get_docstring(ast.parse(text)) or ""
    first = docstring.split("\n")[0].strip()
    if not text.strip() or (path.endswith("__init__.py") and len(text.splitlines()) == 1):
        return []  # an empty package
    if not first:
        return ["%s: no docstring" % path]
    return broken_paths(path, first)


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".py")])
def test_first_line_says_what_is_in_the_module(path):
    assert first_line_violations(path, read(path)) == []


def test_first_line_rule_can_fail():
    assert first_line_violations("a.py", "# licence\nimport os\n")

    assert first_line_violations("a.py", '"""See training/no_such.py."""\n')
    assert first_line_violations("data/__init__.py", "# licence\n") == []
    assert first_line_violations("a.py", '"""Hooks; see training/hooks.py."""\n') == []


# --- indexes ----------------------------------------------------------------------------------------------


def unlisted(index, names):
    """Names that a document does not hold as words."""
    return [name for name in names if not re.search(r"(?<![\w/])%s(?!\w)" % re.escape(name), index)]


def test_benchmark_index_has_every_result():
    results = [path.split("/")[1] for path in FILES if re.match(r"benchmarks/\w+\.md$", path)]
    assert unlisted(read("benchmarks/README.md"), sorted(set(results) - {"README.md"})) == []


def test_test_index_has_every_folder():
    folders = {path.split("/")[1] + "/" for path in FILES if re.match(r"tests/\w+/", path)}
    assert unlisted(read("tests/README.md"), sorted(folders)) == []


def test_index_rule_can_fail():
    assert unlisted("| `ops/` | a |\n[gpu.md](gpu.md) fused_gpu.md", ["ops/", "gpu.md"]) == []
    assert unlisted("`x_gpu.md` tests/ops/", ["ops/", "gpu.md"]) == ["ops/", "gpu.md"]


# --- links and paths --------------------------------------------------------------------------------------


def anchors(text):
    """What GitHub makes of the headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


def broken_links(path, text):
    """Relative links of a Markdown file to files or headings that are not there."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if target != path and not os.path.exists(os.path.join(ROOT, target)):
            found.append("%s: %s is not there" % (path, link))
        elif anchor and anchor not in anchors(text if target == path else read(target)):
            found.append("%s: %s has no such heading" % (path, link))
    return found


def broken_paths(path, text):
    """Source files and documents named by a path of this project that are not there."""
    tops = {name.split("/")[0] for name in FILES if "/" in name}
    return [
        "%s: %s is not there" % (path, name)
        for name in re.findall(
            r"(?<![\w/.$<>…-])[\w.]+(?:/[\w.-]+)*\.(?:py|md|sh|sub|txt|cc|h|cuh?|tsv)\b", text
        )
        if name.split("/")[0] in tops
        and "/NAME." not in name
        and name not in FILES
        and os.path.join(os.path.dirname(path), name) not in FILES
    ]


@pytest.mark.parametrize("path", MARKDOWN)
def test_links_and_paths_exist(path):
    text = read(path)
    assert broken_links(path, text) + broken_paths(path, text) == []


def test_link_rules_can_fail():
    assert broken_links("docs/a.md", "[x](design.md) [y](https://a.b/c) [z](../README.md)") == []
    assert broken_links("docs/a.md", "[x](no_such.md)")
    assert broken_links("docs/a.md", "[x](design.md#no-such-heading)")
    assert broken_links("docs/a.md", "# One: two\n[x](#one-two)") == []
    assert broken_paths("tests/README.md", "`training/test_hooks.py`, `training/hooks.py`") == []
    assert broken_paths("README.md", "`training/hooks.py`, data/x/y.json, `scripts/x.sh DIR`") == [
        "README.md: scripts/x.sh is not there"
    ]
