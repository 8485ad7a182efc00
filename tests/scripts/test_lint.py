# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/lint.sh on a small checkout with the project's settings: a fault of each kind fails it, --fix repairs what it can."""

import os
import re
import shutil
import subprocess

import pytest

from tests.scripts.launcher_site import ROOT

LICENCE = "Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0."
CLEAN = {
    "product.py": "# %s\n\nimport os\n\nHERE = os.getcwd()\n" % LICENCE,
    "tests/test_product.py": '# %s\n\nVERSION = 3\nMESSAGE = f"tests may use {VERSION}"\n'
    % LICENCE,
    "fused_ops/a.cc": "// %s\n\nint Twice(int x) { return 2 * x; }\n" % LICENCE,
    "scripts/run.sub": '#!/usr/bin/env bash\n# %s\necho "$1"\n' % LICENCE,
}
# check: (file, its text with a fault that only this check sees, whether --fix repairs it)
FAULTS = {
    "black": ("product.py", "# %s\n\nimport os\n\nHERE = os.getcwd( )\n" % LICENCE, True),
    "ruff": (
        "product.py",
        "# %s\n\nimport sys\nimport os\n\nHERE = os.getcwd(), sys.path\n" % LICENCE,
        True,
    ),
    "ruff ": ("product.py", "# %s\n\nHERE = nowhere\n" % LICENCE, False),
    "clang-format": (
        "fused_ops/a.cc",
        "// %s\n\nint Twice(int x) {return 2*x; }\n" % LICENCE,
        True,
    ),
    "shfmt": (
        "scripts/run.sub",
        '#!/usr/bin/env bash\n# %s\nif true; then\n    echo "$1"\nfi\n' % LICENCE,
        True,
    ),
    "shellcheck": ("scripts/run.sub", "#!/usr/bin/env bash\n# %s\necho $1\n" % LICENCE, False),
    "vermin": ("product.py", '# %s\n\nNAME = "x"\nHERE = f"{NAME}"\n' % LICENCE, False),
}


class Checkout:
    """A git checkout with lint.sh, the project's settings and one clean file of each kind; the real tools."""

    def __init__(self, base):
        self.root = os.path.join(str(base), "a check out")
        for name in (
            ".clang-format",
            ".gitignore",
            "pyproject.toml",
            "requirements/lint.txt",
            "scripts/lint.sh",
        ):
            os.makedirs(os.path.dirname(os.path.join(self.root, name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), os.path.join(self.root, name))
        shutil.copytree(
            os.path.join(ROOT, "scripts", "lib"), os.path.join(self.root, "scripts", "lib")
        )
        for name, text in CLEAN.items():
            self.write(name, text)
        subprocess.check_call(["git", "init", "-q", self.root])

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as stream:
            stream.write(text)

    def lint(self, *arguments, **environment):
        """Runs it with the project's own .venv-lint; returns (exit code, stdout, stderr)."""
        done = subprocess.run(
            ["bash", os.path.join(self.root, "scripts", "lint.sh")] + list(arguments),
            cwd="/",
            stdin=subprocess.DEVNULL,
            env=dict(dict(os.environ, LINT_ENV=os.path.join(ROOT, ".venv-lint")), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """Makes sure that the tools are there and that the clean checkout passes; skips where a tool is missing."""
    code, out, err = Checkout(tmp_path_factory.mktemp("clean")).lint()
    if code == 2 and ("is not installed" in err or "needs Python" in err):
        pytest.skip(err.strip())
    assert code == 0 and out.endswith("lint: all passed\n"), out + err


@pytest.fixture
def checkout(tools, tmp_path):
    return Checkout(tmp_path)


def failed(out):
    return re.findall(r"^lint: (\S+): failed$", out, re.MULTILINE)


@pytest.mark.parametrize("check", sorted(FAULTS))
def test_a_fault_of_each_kind_fails(checkout, check):
    name, text, is_repaired = FAULTS[check]
    checkout.write(name, text)
    code, out, _ = checkout.lint()
    assert (code, failed(out)) == (1, [check.strip()]), out
    assert os.path.basename(name) in out.split("lint: %s: failed" % check.strip())[1]
    code, out, _ = checkout.lint("--fix")
    assert (code, failed(out)) == ((0, []) if is_repaired else (1, [check.strip()])), out


def test_several_faults_are_all_reported_and_files_that_git_ignores_are_left(checkout):
    for check in ("black", "clang-format", "shellcheck"):
        checkout.write(*FAULTS[check][:2])
    checkout.write("results/x.py", "x=1")
    code, out, _ = checkout.lint()
    assert code == 1 and failed(out) == ["black", "clang-format", "shellcheck"]
    assert "results/x.py" not in out and out.endswith(
        "lint: failed: black clang-format shellcheck\n"
    )


def test_what_is_missing_is_named(checkout, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for tool in ("bash", "git", "dirname", "basename", "shellcheck"):
        (few / tool).symlink_to(shutil.which(tool))
    code, out, err = checkout.lint(PATH=str(few))
    assert (code, out, err) == (
        2,
        "",
        "error: shfmt is not installed; run: apt-get install shfmt shellcheck\n",
    )
    shutil.rmtree(os.path.join(checkout.root, ".git"))
    code, out, err = checkout.lint(GIT_CEILING_DIRECTORIES=checkout.root)
    assert code == 2 and err.startswith(
        "error: cannot list the files of %s: fatal: not a git repository" % checkout.root
    )
    assert len(err.splitlines()) == 1


def test_a_clone_keeps_line_feeds_whatever_git_is_told(tmp_path):
    """core.autocrlf=true, which Git for Windows sets, would break every script."""
    if subprocess.call(
        ["git", "-C", ROOT, "rev-parse", "HEAD"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ):
        pytest.skip("this checkout is not a git repository")
    target = str(tmp_path / "clone")
    subprocess.check_call(["git", "clone", "-q", "-c", "core.autocrlf=true", ROOT, target])
    for name in (
        "scripts/run_squad.sh",
        "scripts/lib/options.sh",
        "scripts/run.sub",
        ".ci/run",
        "data/sample/corpus/food.txt",
    ):
        with open(os.path.join(target, name), "rb") as stream:
            assert b"\r" not in stream.read(), name
