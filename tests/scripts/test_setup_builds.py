# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What setup.sh compiles: the fused ops and Horovod, with stand-ins for Python and the build tools."""

import os
import shutil
import time

import pytest


def fused_ops(checkout, recipe):
    csrc = os.path.join(checkout.root, "fused_ops", "csrc")
    os.makedirs(csrc)
    for path in (
        os.path.join(csrc, "a_op.cc"),
        os.path.join(checkout.root, "fused_ops", "build_info.py"),
    ):
        open(path, "w").close()
    with open(os.path.join(checkout.root, "fused_ops", "Makefile"), "w") as stream:
        stream.write("all:\n\t%s\n" % recipe)
    for tool in ("make", "g++"):
        path = shutil.which(tool)
        if path is None:
            pytest.skip("%s is not installed" % tool)
        os.symlink(path, os.path.join(checkout.bin, tool))


# The stand-in's version of TensorFlow is "stand-in".
BUILD = (
    "mkdir -p build/tf-stand-in && echo {} > build/tf-stand-in/build_info.json && "
    "echo 'built $(PYTHON) [$(CUDA_HOME)]$(CPU_ISAS)' >> built"
)


def built(checkout):
    path = os.path.join(checkout.root, "fused_ops", "built")
    if not os.path.exists(path):
        return []
    with open(path) as stream:
        return stream.read().splitlines()


def test_fused_ops_are_compiled_once(checkout):
    fused_ops(checkout, BUILD)
    checkout.python("3.7")
    code, out, err = checkout.setup()
    assert code == 0 and "compiling the fused ops" in out, err
    assert built(checkout) == ["built %s/bin/python []native" % checkout.venv]
    checkout.setup()
    assert len(built(checkout)) == 1
    with open(os.path.join(checkout.root, "fused_ops", "csrc", "a_op.cc"), "w") as stream:
        stream.write("changed")
    checkout.setup()
    assert len(built(checkout)) == 2
    shutil.rmtree(os.path.join(checkout.root, "fused_ops", "build"))
    checkout.setup()
    assert len(built(checkout)) == 3


@pytest.mark.parametrize("option", ["--with-test", "--portable_fused_ops"])
def test_a_build_for_every_processor_also_serves_for_this_one(checkout, option):
    fused_ops(checkout, BUILD)
    checkout.python("3.7")
    checkout.setup()
    checkout.setup(option)
    assert [line.split("]")[1] for line in built(checkout)] == ["native", ""]
    checkout.setup()
    assert len(built(checkout)) == 2


def test_fused_ops_are_compiled_again_for_another_tensorflow_or_compiler(checkout):
    fused_ops(checkout, BUILD)
    checkout.python("3.7")
    checkout.setup(TENSORFLOW_BUILD="b'v1.13.1'")
    checkout.setup(TENSORFLOW_BUILD="b'ngc-19.03'")
    assert len(built(checkout)) == 2
    os.remove(os.path.join(checkout.bin, "g++"))
    checkout.program(os.path.join(checkout.bin, "g++"), "#!/bin/bash\necho 'g++ (another) 99.1'\n")
    checkout.setup(TENSORFLOW_BUILD="b'ngc-19.03'")
    assert len(built(checkout)) == 3
    checkout.setup(TENSORFLOW_BUILD="b'ngc-19.03'")
    assert len(built(checkout)) == 3


def test_kernels_are_compiled_while_pip_installs_and_the_rest_after_tensorflow(checkout):
    """The kernels start before pip and need no Python; the ops follow when TensorFlow is there, beside the extras."""
    fused_ops(checkout, BUILD + '\ncpu:\n\techo "make cpu [$(PYTHON)]" >> $$CALLS')
    with open(os.path.join(checkout.root, "fused_ops", "Makefile"), "a") as stream:
        stream.write("\n")
    checkout.python("3.7")
    waiting = os.path.join(checkout.base, "waiting")
    code, _, err = checkout.setup("--with-quickstart", PIP_WAITS=waiting, PIP_SECONDS="1")
    assert code == 0, err
    with open(checkout.calls_file) as stream:
        calls = stream.read().splitlines()
    kernels = calls.index("make cpu []")
    pip = [number for number, call in enumerate(calls) if "-m pip install" in call]
    assert kernels <= pip[0] + 1 < pip[1]  # while the first pip still downloads
    assert built(checkout) == ["built %s/bin/python []native" % checkout.venv]


def test_a_setup_that_ends_early_ends_the_compilers(checkout):
    fused_ops(checkout, BUILD + "\ncpu:\n\techo $$$$ > pid; exec sleep 60")
    checkout.python("3.7")
    code, _, _ = checkout.setup(PIP_FAILS="1")
    assert code == 1
    with open(os.path.join(checkout.root, "fused_ops", "pid")) as stream:
        pid = int(stream.read())
    for _ in range(100):
        if not os.path.exists("/proc/%d" % pid):
            return
        time.sleep(0.1)
    os.kill(pid, 9)
    pytest.fail("the compiler was left running")


@pytest.mark.parametrize("reason", ["", "fused ops are built for another TensorFlow"])
def test_a_library_that_make_or_an_image_made_is_used_if_it_suits(checkout, reason):
    fused_ops(checkout, BUILD)
    folder = os.path.join(checkout.root, "fused_ops", "build", "tf-stand-in")
    os.makedirs(folder)
    open(os.path.join(folder, "build_info.json"), "w").close()
    checkout.python("3.7")
    code, _, err = checkout.setup(LOADER_SAYS=reason)
    assert code == 0, err
    assert len(built(checkout)) == (1 if reason else 0)


def test_fused_ops_can_be_left_out(checkout):
    fused_ops(checkout, BUILD)
    checkout.python("3.7")
    assert checkout.setup("--without_fused_ops")[0] == 0
    assert built(checkout) == []


def test_cuda_kernels_are_compiled_where_there_is_a_gpu(checkout):
    fused_ops(checkout, BUILD)
    checkout.python("3.7")
    checkout.program(
        os.path.join(checkout.bin, "nvidia-smi"), "#!/bin/bash\necho 'GPU 0: stand-in'\n"
    )
    assert checkout.setup(CUDA_HOME="/cuda")[0] == 0
    assert built(checkout) == ["built %s/bin/python [/cuda]native" % checkout.venv]


def test_fused_ops_that_do_not_compile_are_survived_aloud(checkout):
    fused_ops(checkout, "@echo 'no such header'; false")
    checkout.python("3.7")
    code, _, err = checkout.setup()
    assert code == 0
    assert "no such header" in err and "warning: the fused ops could not be compiled" in err
    assert "no such header" in checkout.setup()[2]


def test_no_compiler_is_said(checkout):
    fused_ops(checkout, BUILD)
    os.remove(os.path.join(checkout.bin, "g++"))
    checkout.python("3.7")
    code, out, _ = checkout.setup()
    assert (
        code == 0
        and "g++ is not installed: skipping the fused ops (to build them: apt-get install g++ make"
        in out
    )
    assert built(checkout) == []


# ------------------------------------------------------------------------------------------------ Horovod


def build_tools(checkout, *absent):
    for tool in ("mpirun", "mpicxx", "cmake", "g++", "make"):
        linked = os.path.join(checkout.tools, tool)
        if os.path.lexists(linked):
            os.remove(linked)
        if tool not in absent:
            checkout.program(os.path.join(checkout.bin, tool), "#!/bin/bash\n")


def horovod_builds(checkout):
    return [line for line in checkout.calls("-m pip install") if "horovod==0.19.5" in line]


def test_horovod_is_built_once_from_source(checkout):
    build_tools(checkout)
    checkout.python("3.7")
    code, out, err = checkout.setup("--with-horovod")
    assert code == 0 and "building Horovod with Open MPI" in out, err
    (line,) = horovod_builds(checkout)
    assert "--no-binary horovod --no-build-isolation" in line
    code, out, _ = checkout.setup("--with-horovod")
    assert code == 0 and horovod_builds(checkout) == [] and ".venv is up to date" in out
    with open(os.path.join(checkout.root, "requirements/horovod.txt"), "a") as stream:
        stream.write("# changed\n")
    checkout.setup("--with-horovod")
    assert len(horovod_builds(checkout)) == 1


def test_packages_that_horovod_needs_are_named(checkout):
    build_tools(checkout, "mpirun", "cmake")
    checkout.python("3.7")
    code, _, err = checkout.setup("--with-horovod")
    assert code == 2 and err.strip().splitlines()[-1].endswith(
        "run: apt-get install openmpi-bin cmake"
    )
    assert checkout.marked_whole() and horovod_builds(checkout) == []  # what was made before stays


def test_horovod_is_for_tensorflow_1(checkout):
    build_tools(checkout)
    checkout.python("3.11")
    code, _, err = checkout.setup("--with-horovod")
    assert code == 2 and "needs TensorFlow 1 on Python 3.7; this environment has Python 3.11" in err


def test_horovod_for_tensorflow_1_15(checkout):
    build_tools(checkout)
    checkout.python("3.7")
    code, out, err = checkout.setup("--tf", "1.15.5", "--with-horovod")
    assert code == 0 and "building Horovod with Open MPI" in out, err
    (line,) = horovod_builds(checkout)
    assert line.startswith("venv ") and "horovod==0.19.5" in line
    assert checkout.setup("--tf", "2.15.1", "--with-horovod")[0] == 2
