# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/setup.sh with stand-in interpreters: which Python it takes, what it keeps, what it makes anew.

Nothing is downloaded here: the stand-ins write down how they were called. (test.sh itself is the test with real ones.)
"""

import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.scripts.launcher_site import ROOT


def wait_for(condition, seconds=20):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "waited in vain"
        time.sleep(0.02)


# ------------------------------------------------------------------------------------------- which Python


def test_no_python_says_what_to_install(checkout):
    code, out, err = checkout.setup()
    assert code == 2 and out == ""
    assert err.startswith("error: no usable Python found; install 3.7 (TensorFlow 1.13.1)")
    assert "pyenv install 3.7" in err and "apt-get install python3.11 python3.11-venv" in err
    assert not os.path.exists(checkout.venv)


def test_takes_3_7_rather_than_3_11(checkout):
    checkout.python("3.11")
    checkout.python("3.7")
    code, out, err = checkout.setup()
    assert code == 0, err
    assert checkout.calls("-m venv")[0].startswith("python3.7 ")
    assert checkout.installed() == ["requirements.txt"]
    assert (
        "installing tensorflow==1.13.1\n" in out
        and "  downloading tensorflow-1.13.1 (92.6 MB)\n" in out
    )
    assert "six" not in out
    assert "installing 2 packages" in out and "TensorFlow stand-in" in out


@pytest.mark.parametrize("where", ["PYENV_ROOT", "pyenv root", "HOME"])
def test_finds_3_7_among_pyenvs_versions(checkout, where):
    checkout.python("3.11")
    checkout.python("3.11", os.path.join(checkout.bin, "python3"))
    # pyenv has a shim for every version it ever installed, which fails unless that version is switched on.
    checkout.program(
        os.path.join(checkout.bin, "python3.7"),
        "#!/bin/bash\necho 'pyenv: python3.7: command not found' >&2\nexit 127\n",
    )
    environment = {}
    root = os.path.join(checkout.home, ".pyenv")
    if where != "HOME":
        root = os.path.join(checkout.base, "pyenv root")
        if where == "PYENV_ROOT":
            environment["PYENV_ROOT"] = root
        else:
            checkout.program(
                os.path.join(checkout.bin, "pyenv"),
                "#!/bin/bash\n[[ $1 == root ]] && echo '%s'\n" % root,
            )
    for patch in ("3.7.9", "3.7.16"):
        checkout.python("3.7", os.path.join(root, "versions", patch, "bin", "python"))
    code, out, err = checkout.setup(**environment)
    assert code == 0, err
    assert "creating .venv with %s/versions/3.7.16/bin/python (Python 3.7)" % root in out
    assert checkout.installed() == ["requirements.txt"]


@pytest.mark.parametrize(
    "there,taken,said",
    [
        (
            ["3.8", "3.11"],
            "3.11",
            "no Python 3.7 found: installing TensorFlow 2.15.1, used in v1 mode",
        ),
        (
            ["3.9", "3.8", "3.6", "3.12"],
            "3.9",
            "no Python 3.7 found: installing TensorFlow 2.15.1, used in v1 mode",
        ),
        (
            ["3.8"],
            "3.8",
            "TensorFlow 2.15.1 needs 3.9: installing TensorFlow 2.13.1, used in v1 mode",
        ),
    ],
)
def test_without_3_7_takes_the_newest_that_tensorflow_2_has(checkout, there, taken, said):
    for version in there:
        checkout.python(version)
    code, out, err = checkout.setup()
    assert code == 0, err
    assert checkout.calls("-m venv")[0].startswith("python%s " % taken)
    assert checkout.installed() == ["requirements/tf2.txt"]
    assert said in out


def test_python3_is_looked_at_too(checkout):
    checkout.python("3.10", os.path.join(checkout.bin, "python3"))
    assert checkout.setup()[0] == 0
    assert checkout.installed() == ["requirements/tf2.txt"]


def test_versions_without_a_tensorflow_are_refused(checkout):
    checkout.python("3.6")
    checkout.python("3.12")
    checkout.python("3.12", os.path.join(checkout.bin, "python3"))
    assert checkout.setup()[0] == 2


def test_a_python_that_cannot_make_environments_is_named(checkout):
    checkout.python(
        "3.7",
        probe="echo 'has no ensurepip (Debian and Ubuntu: apt-get install python3.7-venv)' >&2; exit 1",
    )
    code, _, err = checkout.setup()
    assert code == 2
    assert "rejected: %s/python3.7 has no ensurepip" % checkout.bin in err
    checkout.python("3.9")
    assert checkout.setup()[0] == 0 and checkout.installed() == ["requirements/tf2.txt"]


def test_tensorflow_1_is_only_for_x86(checkout):
    checkout.program(os.path.join(checkout.bin, "uname"), "#!/bin/bash\necho aarch64\n")
    checkout.python("3.7")
    checkout.python("3.10")
    assert checkout.setup()[0] == 0
    assert checkout.installed() == ["requirements/tf2.txt"]


def test_the_python_asked_for(checkout):
    checkout.python("3.7")
    own = checkout.python("3.9", os.path.join(checkout.base, "my python"))
    assert checkout.setup("--python", own)[0] == 0
    assert checkout.installed() == ["requirements/tf2.txt"]
    code, _, err = checkout.setup("--python=/no/python")
    assert (code, err) == (2, "error: --python /no/python: no such program\n")
    old = checkout.python("3.6", os.path.join(checkout.base, "old"))
    code, _, err = checkout.setup("--python", old)
    assert (
        code == 2
        and "is Python 3.6; use 3.7 (TensorFlow 1.13.1) or 3.8 to 3.11 (TensorFlow 2)" in err
    )


def test_the_python_asked_for_need_not_be_asked_for_again(checkout):
    """test.sh and quickstart.sh call setup.sh without --python."""
    checkout.python("3.7")
    own = checkout.python("3.7", os.path.join(checkout.base, "my python"))
    assert checkout.setup("--python", own)[0] == 0
    code, out, _ = checkout.setup("--with-test")
    assert code == 0 and ".venv is up to date" in out and checkout.calls("-m venv") == []
    os.remove(os.path.join(checkout.venv, "bin", "python"))
    code, out, _ = checkout.setup()
    assert code == 0 and "creating .venv with %s/python3.7 (Python 3.7)" % checkout.bin in out


# ------------------------------------------------------------------------ another TensorFlow beside .venv


@pytest.mark.parametrize(
    "tf, python, requirements",
    [
        ("1.13.1", "3.7", "requirements.txt"),
        ("1.15.5", "3.7", "requirements/tf1.15.txt"),
        ("2.15.1", "3.11", "requirements/tf2.txt"),
    ],
)
def test_another_tensorflow_gets_an_environment_of_its_own(checkout, tf, python, requirements):
    for version in ("3.7", "3.8", "3.11"):
        checkout.python(version)
    assert checkout.setup()[0] == 0
    code, out, err = checkout.setup("--tf", tf, "--with-test")
    assert code == 0, err
    (call,) = checkout.calls("-m venv")
    assert call == "python%s -m venv %s-tf-%s" % (python, checkout.venv, tf)
    assert checkout.installed() == [requirements, "requirements/test.txt"]
    assert "setup: installing tensorflow==%s\n" % tf in out
    assert ".venv-tf-%s is ready" % tf in out
    code, out, _ = checkout.setup("--tf=" + tf, "--with-test")
    assert code == 0 and ".venv-tf-%s is up to date" % tf in out and checkout.installed() == []
    code, out, _ = checkout.setup()
    assert code == 0 and ".venv is up to date" in out and checkout.calls("-m venv") == []


def test_another_tensorflow_is_made_anew_if_its_requirements_change(checkout):
    checkout.python("3.7")
    checkout.setup("--tf", "1.15.5")
    with open(os.path.join(checkout.root, "requirements/tf1.15.txt"), "a") as stream:
        stream.write("more==1\n")
    code, out, _ = checkout.setup("--tf", "1.15.5")
    assert code == 0 and ".venv-tf-1.15.5 was created with another Python or other" in out
    assert checkout.installed() == ["requirements/tf1.15.txt"]


def test_tensorflow_2_takes_the_newest_python_that_it_has(checkout):
    for version in ("3.7", "3.8", "3.9", "3.10", "3.12"):
        checkout.python(version)
    assert checkout.setup("--tf", "2.15.1")[0] == 0
    assert checkout.calls("-m venv")[0].startswith("python3.10 ")


@pytest.mark.parametrize(
    "there, arguments, said, hints",
    [
        (["3.11"], ["1.15.5"], "--tf 1.15.5 needs Python 3.7,", ["pyenv", "conda"]),
        (["3.11"], ["1.13.1"], "--tf 1.13.1 needs Python 3.7,", ["pyenv", "conda"]),
        (["3.7", "3.8"], ["2.15.1"], "--tf 2.15.1 needs Python 3.11, 3.10, 3.9,", ["apt-get"]),
    ],
)
def test_a_tensorflow_without_its_python_says_what_to_install(
    checkout, there, arguments, said, hints
):
    for version in there:
        checkout.python(version)
    code, out, err = checkout.setup("--tf", *arguments)
    assert code == 2 and out == "" and err.startswith("error: " + said)
    assert [word for word in ("pyenv", "apt-get", "conda") if "    %s " % word in err] == hints
    assert err.count("--tf %s --python" % arguments[0]) == ("conda" in hints)
    assert not os.path.exists(checkout.venv + "-tf-" + arguments[0])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--tf", "1.14"], "tf is '1.14', but must be one of 1.13.1, 1.15.5, 2.15.1"),
        (["--tf", "1.15.5", "--gpu"], "--gpu and --tf exclude each other"),
        (
            ["--tf", "2.15.1", "--python", "python3.7"],
            "--python python3.7 is Python 3.7, but --tf 2.15.1 needs 3.11, 3.10, 3.9",
        ),
    ],
)
def test_what_does_not_go_with_another_tensorflow(checkout, arguments, said):
    checkout.python("3.7")
    code, _, err = checkout.setup(*arguments)
    assert code == 2 and err.startswith("error: " + said) and len(err.splitlines()) == 1
    assert checkout.calls("-m venv") == []


def test_another_tensorflow_1_is_only_for_x86(checkout):
    checkout.program(os.path.join(checkout.bin, "uname"), "#!/bin/bash\necho aarch64\n")
    checkout.python("3.7")
    code, _, err = checkout.setup("--tf", "1.15.5")
    assert (code, err) == (
        2,
        "error: --tf 1.15.5 was released for x86-64 only; this machine is aarch64\n",
    )


def test_another_tensorflow_in_a_container_is_not_the_containers(checkout):
    checkout.python("3.5", os.path.join(checkout.bin, "python3"))
    checkout.python("3.7")
    environment = {"CONTAINER_TENSORFLOW": "1", "TENSORFLOW_VERSION": "1.13.1"}
    assert checkout.setup("--tf", "1.15.5", **environment)[0] == 0
    assert checkout.installed() == ["requirements/tf1.15.txt"]


def test_a_real_python_is_probed():
    """The probe itself, with the interpreter that runs this test: version, and a path outside any environment."""
    import sys

    done = subprocess.run(
        [
            "bash",
            "-c",
            '. "$1/options.sh"; . "$1/find_python.sh"; probe_python "$2"',
            "bash",
            os.path.join(ROOT, "scripts", "lib"),
            sys.executable,
        ],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    version, path = done.stdout.rstrip("\n").split(" ", 1)
    assert version == "%d.%d" % sys.version_info[:2]
    assert os.access(path, os.X_OK) and not path.startswith(os.path.join(ROOT, ".venv"))


def test_dry_run_makes_nothing(checkout):
    checkout.python("3.7")
    code, out, _ = checkout.setup("--dry_run", "--with-test")
    assert code == 0
    assert (
        "would create %s with %s/python3.7 (Python 3.7) and install requirements.txt"
        % (checkout.venv, checkout.bin)
        in out
    )
    assert "would also install requirements/test.txt" in out
    assert not os.path.exists(checkout.venv)


def test_gpu(checkout):
    checkout.python("3.11")
    code, _, err = checkout.setup("--gpu")
    assert code == 2 and "needs Python 3.7" in err
    checkout.python("3.7")
    assert checkout.setup("--gpu")[0] == 0
    assert checkout.installed() == ["requirements-gpu.txt"]


@pytest.mark.parametrize("arguments", [["--nonsense"], ["3.7"], ["--python"], ["--gpu=1"]])
def test_bad_arguments(checkout, arguments):
    checkout.python("3.7")
    code, out, err = checkout.setup(*arguments)
    assert code == 2 and err.startswith("error: ") and len(err.splitlines()) == 1
    assert checkout.installed() == []


# -------------------------------------------------------------------------------------------- kept, repaired


def test_a_second_run_does_nothing(checkout):
    checkout.python("3.7")
    assert checkout.setup("--with_test")[0] == 0
    assert checkout.installed() == ["requirements.txt", "requirements/test.txt"]
    code, out, _ = checkout.setup("--with_test")
    assert code == 0 and checkout.installed() == [] and checkout.calls("-m venv") == []
    assert ".venv is up to date: Python 3.7.0, TensorFlow stand-in" in out
    assert checkout.setup()[0] == 0 and checkout.installed() == []


def test_extras_are_added_to_what_is_there(checkout):
    checkout.python("3.7")
    checkout.setup()
    assert checkout.setup("--with-quickstart")[0] == 0
    assert checkout.installed() == ["requirements/quickstart.txt"]
    assert checkout.setup("--with-test", "--with-quickstart")[0] == 0
    assert checkout.installed() == ["requirements/test.txt"] and checkout.calls("-m venv") == []
    assert checkout.setup("--with-test", "--with-quickstart")[0] == 0 and checkout.installed() == []
    assert checkout.setup("--with-serve")[0] == 0
    assert checkout.installed() == ["requirements/serve.txt"] and checkout.calls("-m venv") == []
    assert checkout.setup("--with-serve")[0] == 0 and checkout.installed() == []


@pytest.mark.parametrize("stage", ["base", "extra"])
def test_killed_in_the_middle_it_starts_anew(checkout, stage):
    checkout.python("3.7")
    if stage == "extra":
        checkout.setup()
    waiting = os.path.join(checkout.base, "waiting")
    process = checkout.start("--with_test", PIP_WAITS=waiting)
    wait_for(lambda: os.path.exists(waiting))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert os.path.exists(checkout.venv) and not checkout.marked_whole()
    code, out, err = checkout.setup("--with_test")
    assert code == 0, err
    assert ".venv is incomplete; creating it again" in out
    assert (
        checkout.installed() == ["requirements.txt", "requirements/test.txt"]
        and checkout.marked_whole()
    )
    assert checkout.setup("--with_test")[0] == 0 and checkout.installed() == []


def test_a_lost_file_is_noticed(checkout):
    checkout.python("3.7")
    checkout.setup()
    open(os.path.join(checkout.venv, "bin", "damaged"), "w").close()
    code, out, _ = checkout.setup()
    assert code == 0 and "damaged (numpy/version.py is missing); creating it again" in out
    assert checkout.installed() == ["requirements.txt"]


def test_a_tensorflow_that_cannot_be_imported_is_repaired_with_its_extras(checkout):
    """Another protobuf has replaced the one that TensorFlow needs: every file is there, and nothing works."""
    checkout.python("3.7")
    checkout.setup("--with-test")
    open(os.path.join(checkout.venv, "bin", "broken"), "w").close()
    code, out, _ = checkout.setup()
    assert code == 0
    assert (
        "setup: TensorFlow in .venv cannot be imported (TypeError: Descriptors cannot be created directly.); "
        "creating .venv again\n" in out
    )
    assert ".venv is ready: Python 3.7.0, TensorFlow stand-in" in out and "up to date" not in out
    assert checkout.installed() == ["requirements.txt", "requirements/test.txt"]
    code, out, _ = checkout.setup()
    assert code == 0 and "up to date" in out and checkout.installed() == []


def test_a_tensorflow_that_cannot_be_repaired_is_not_ready(checkout):
    checkout.python("3.7")
    for _ in range(2):
        code, out, err = checkout.setup(ALWAYS_BROKEN="1")
        assert code == 1 and "ready" not in out and "up to date" not in out
        assert "cannot be imported (TypeError: Descriptors cannot be created directly.); see" in err
        assert not checkout.marked_whole()
    assert checkout.setup()[0] == 0 and checkout.marked_whole()


@pytest.mark.parametrize("lost", ["bin/python", "bin", ""])
def test_a_lost_interpreter_is_noticed(checkout, lost):
    checkout.python("3.7")
    checkout.setup()
    path = os.path.join(checkout.venv, lost)
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.remove(path)
    assert checkout.setup()[0] == 0
    assert checkout.installed() == ["requirements.txt"]
    assert os.path.exists(os.path.join(checkout.venv, "bin", "python"))


def test_other_requirements_or_another_python_make_it_anew(checkout):
    checkout.python("3.11")
    checkout.setup()
    with open(os.path.join(checkout.root, "requirements/tf2.txt"), "a") as stream:
        stream.write("more==1\n")
    code, out, _ = checkout.setup()
    assert code == 0 and "other requirements; creating it again" in out
    checkout.python("3.7")
    code, out, _ = checkout.setup()
    assert code == 0 and checkout.installed() == ["requirements.txt"]


def test_an_environment_of_the_users_own_is_moved_aside(checkout):
    checkout.python("3.7")
    os.makedirs(checkout.venv)
    open(os.path.join(checkout.venv, "precious"), "w").close()
    code, out, _ = checkout.setup()
    assert code == 0 and "not created by this script; moving it to" in out
    (aside,) = [
        name for name in os.listdir(checkout.root) if name.startswith(".venv.before-setup-")
    ]
    assert os.listdir(os.path.join(checkout.root, aside)) == ["precious"]


def test_a_failing_pip_is_reported_and_leaves_nothing_that_looks_whole(checkout):
    checkout.python("3.7")
    code, _, err = checkout.setup(PIP_FAILS="1")
    assert code == 1
    assert (
        "ERROR: No matching distribution found for six" in err
        and "error: pip could not install" in err
    )
    assert not checkout.marked_whole()
    assert checkout.setup()[0] == 0 and checkout.installed() == ["requirements.txt"]


def test_two_at_once_wait_for_each_other(checkout):
    checkout.python("3.7")
    waiting = os.path.join(checkout.base, "waiting")
    first = checkout.start(PIP_WAITS=waiting, PIP_SECONDS="2")
    wait_for(lambda: os.path.exists(waiting))
    second = checkout.start()
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert "setup: waiting for another setup that holds" in out and ".venv is up to date" in out
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert checkout.installed() == ["requirements.txt"]


def test_an_old_pip_is_renewed_first(checkout):
    checkout.python("3.7")
    assert checkout.setup(OLD_PIP="1")[0] == 0
    assert ["pip==21.3.1" in line for line in checkout.calls("-m pip install")] == [True, False]


def test_only_wheels_are_installed(checkout):
    """A source build of a missing wheel takes an hour; gast 0.2.2 alone has no wheel."""
    checkout.python("3.7")
    checkout.setup()
    assert "--only-binary :all: --no-binary gast" in checkout.calls("-m pip install")[0]
