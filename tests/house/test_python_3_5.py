# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""House rule: the source is valid Python 3.5, the oldest version supported."""

import io
import subprocess
import sys
import tokenize

import pytest

from tests.house.project import PRODUCT, ROOT, read


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
