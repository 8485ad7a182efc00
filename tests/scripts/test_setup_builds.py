# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What setup.sh compiles: the fused ops and Horovod, with stand-ins for Python and the build tools."""

import os
import shutil

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
    "echo 'built $(PYTHON) [$(CUDA_HOME)]' >> built"
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
    assert built(checkout) == ["built %s/bin/python []" % checkout.venv]
    checkout.setup()
    assert len(built(checkout)) == 1
    with open(os.path.join(checkout.root, "fused_ops", "csrc", "a_op.cc"), "w") as stream:
        stream.write("changed")
    checkout.setup()
    assert len(built(checkout)) == 2
    shutil.rmtree(os.path.join(checkout.root, "fused_ops", "build"))
    checkout.setup()
    assert len(built(checkout)) == 3


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
    assert built(checkout) == ["built %s/bin/python [/cuda]" % checkout.venv]


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


def test_horovod_is_for_tensorflow_1_13(checkout):
    build_tools(checkout)
    checkout.python("3.11")
    code, _, err = checkout.setup("--with-horovod")
    assert (
        code == 2
        and "needs TensorFlow 1.13.1 on Python 3.7; this environment has Python 3.11" in err
    )
