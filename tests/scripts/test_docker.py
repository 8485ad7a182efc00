# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The container's scripts, with stand-ins for docker, podman and nvidia-smi first on PATH: golden command lines."""

import os
import re
import stat
import subprocess

import pytest

from tests.scripts.launcher_site import ROOT, Site, commands

# Writes down its words, one a line, and ends with the code it is told.
ENGINE = """#!/bin/bash
if [[ $1 == --version ]]; then echo "{version}"; exit; fi
printf '%s\\n' "$@" >"{calls}"
exit "${{ENGINE_CODE-0}}"
"""
VERSIONS = {
    "new docker": ("docker", "Docker version 19.03.0, build aeac9490dc"),
    "newest docker": ("docker", "Docker version 28.2.2, build e6534b4"),
    "old docker": ("docker", "Docker version 18.09.7, build 2d0083d"),
    "podman": ("podman", "podman version 4.3.1"),
    "podman as docker": ("docker", "podman version 4.3.1"),
}

# What every engine gets, docs/interface.md §1; {gpus} and {init} differ.
GOLDEN = (
    "run --rm {init} {gpus} --shm-size=1g --ulimit memlock=-1 --ulimit stack=67108864 -p 127.0.0.1:8888:8888 --user {user} {userns} "
    "-e HOME=/tmp -v ROOT:/workspace/bert -v RESULTS:/results -w /workspace/bert bert bash scripts/docker/inside.sh"
)
GPUS = {
    "new docker": {"all": "--gpus all", "0,1": '--gpus "device=0,1"'},
    "newest docker": {"all": "--gpus all", "0,1": '--gpus "device=0,1"'},
    "old docker": {
        "all": "--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=all",
        "0,1": "--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=0,1",
    },
    "podman": {
        "all": "--device nvidia.com/gpu=all --security-opt=label=disable",
        "0,1": "--device nvidia.com/gpu=0 --device nvidia.com/gpu=1 --security-opt=label=disable",
    },
}
GPUS["podman as docker"] = GPUS["podman"]


class Host(Site):
    """A machine with one container engine, or none, and GPUs or none."""

    def __init__(self, base, engine=None, gpus=2):
        super(Host, self).__init__(base)
        self.engine_calls = os.path.join(self.base, "engine")
        path = self.path_without("docker", "podman", "nvidia-smi")
        if engine:
            name, version = VERSIONS[engine]
            self.program(name, ENGINE.format(version=version, calls=self.engine_calls))
        if gpus:
            self.program(
                "nvidia-smi",
                "#!/bin/bash\n" + "".join("echo 'GPU %d: V100'\n" % n for n in range(gpus)),
            )
        self.environment["PATH"] = self.bin + os.pathsep + path
        del self.environment["CHECKPOINTS_DIR"]

    def engine_words(self):
        with open(self.engine_calls) as stream:
            return stream.read().splitlines()


def golden(engine, gpus, host):
    podman = "podman" in engine
    words = GOLDEN.format(
        init="" if podman else "--init",
        gpus=GPUS[engine][gpus] if gpus else "",
        user="%d:%d" % (os.getuid(), os.getgid()),
        userns="--userns=keep-id" if podman and os.getuid() else "",
    ).split()
    return [word.replace("ROOT", ROOT, 1).replace("RESULTS", host.results, 1) for word in words]


@pytest.mark.parametrize("engine", sorted(VERSIONS))
@pytest.mark.parametrize("gpus", ["all", "0,1"])
def test_golden_command_lines(tmp_path, engine, gpus):
    host = Host(tmp_path, engine)
    result = host.run(
        "docker/launch.sh", *(["--gpus", gpus] if gpus != "all" else []) + ["ls", "-la", "a b"]
    )
    assert (result.code, result.err) == (0, "")
    assert host.engine_words() == golden(engine, gpus, host) + ["ls", "-la", "a b"]
    assert (
        os.stat(host.results).st_uid == os.getuid()
    )  # made here: the engine would have made it as root
    dry = host.run("docker/launch.sh", "--gpus=" + gpus, "--dry_run", "ls", "-la", "a b")
    assert commands(dry.out) == [[VERSIONS[engine][0]] + host.engine_words()]


@pytest.mark.parametrize("engine", ["new docker", "old docker", "podman"])
def test_without_a_gpu_it_says_so_and_takes_the_cpu(tmp_path, engine):
    host = Host(tmp_path, engine, gpus=0)
    result = host.run("docker/launch.sh", "true")
    assert result.code == 0 and host.engine_words() == golden(engine, None, host) + ["true"]
    (line,) = result.err.splitlines()
    assert line.startswith("warning: no GPU found") and "CPU" in line
    assert host.run("docker/launch.sh", "--gpus=none", "true").err == ""
    os.remove(host.engine_calls)
    refused = host.run("docker/launch.sh", "--gpus=all", "true")
    assert (
        refused.code == 2
        and "use --gpus=none to run on the CPU" in refused.err
        and not os.path.exists(host.engine_calls)
    )


def test_an_interactive_shell_on_a_terminal(tmp_path):
    host = Host(tmp_path, "new docker")
    master, slave = os.openpty()
    subprocess.check_call(
        ["bash", os.path.join(ROOT, "scripts", "docker", "launch.sh")],
        env=host.environment,
        cwd="/",
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    words = golden("new docker", "all", host)
    assert (
        host.engine_words() == words[:2] + ["-it"] + words[2:]
    )  # inside.sh without a command: a shell
    os.close(master)
    os.close(slave)
    refused = host.run("docker/launch.sh")
    assert refused.code == 2 and "needs a terminal" in refused.err


def test_everything_can_be_changed(tmp_path):
    host = Host(tmp_path, "new docker")
    data, checkpoints = os.path.join(host.base, "data"), os.path.join(host.base, "checkpoints")
    result = host.run(
        "docker/launch.sh",
        "--image=mine:1",
        "--port",
        "0",
        "--user=7:8",
        "--mount=/a/b:/c:ro",
        "--engine",
        "docker",
        "bash",
        "--dry_run",
        DATA_DIR=data,
        CHECKPOINTS_DIR="checkpoints",
        CWD=host.base,
        BERT_MIRROR_SQUAD="http://mirror",
    )
    assert result.code == 0, result.err
    words = host.engine_words()
    text = " ".join(words)
    assert (
        "-p" not in words
        and "--user 7:8" in text
        and "-v /a/b:/c:ro" in text
        and "-e BERT_MIRROR_SQUAD=http://mirror" in text
    )
    assert (
        "-v %s:/data -e DATA_DIR=/data" % data in text
        and "-v %s:/checkpoints" % checkpoints in text
    )
    assert words[-5:] == [
        "mine:1",
        "bash",
        "scripts/docker/inside.sh",
        "bash",
        "--dry_run",
    ]  # the command's, not ours
    assert os.path.isdir(data) and os.path.isdir(checkpoints)


@pytest.mark.parametrize(
    "arguments, published",
    [
        ([], "127.0.0.1:8888:8888"),
        (["--port=9999"], "127.0.0.1:9999:8888"),
        (["--bind=0.0.0.0"], "0.0.0.0:8888:8888"),
        (["--bind=10.1.2.3", "--port=80"], "10.1.2.3:80:8888"),
        (["--bind=[::1]"], "[::1]:8888:8888"),
    ],
)
@pytest.mark.parametrize("engine", ["newest docker", "old docker", "podman"])
def test_the_port_is_open_to_this_machine_unless_told_otherwise(
    tmp_path, engine, arguments, published
):
    host = Host(tmp_path, engine)
    assert host.run("docker/launch.sh", *(arguments + ["true"])).code == 0
    words = host.engine_words()
    assert words[words.index("-p") + 1] == published


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--bind=localhost", "true"], "bind is 'localhost', but must be an IP address"),
        (["--bind=0.0.0.0:80", "true"], "bind is '0.0.0.0:80'"),
        (["--gpus=two", "true"], "gpus is 'two'"),
        (["--port=70000", "true"], "port is 70000"),
        (["--mount=a:b", "true"], "mount is 'a:b'"),
        (["--engine=lxc", "true"], "engine is 'lxc'"),
        (["--images=x", "true"], "unknown option '--images'"),
    ],
)
def test_bad_arguments(tmp_path, arguments, said):
    host = Host(tmp_path, "new docker")
    result = host.run("docker/launch.sh", *arguments)
    (line,) = result.err.splitlines()
    assert (
        result.code == 2
        and line.startswith("error: ")
        and said in line
        and not os.path.exists(host.engine_calls)
    )


@pytest.mark.parametrize("script", ["docker/launch.sh", "docker/build.sh"])
def test_without_an_engine(tmp_path, script):
    host = Host(tmp_path)
    result = host.run(script, *(["true"] if "launch" in script else []))
    assert (
        result.code == 2
        and "neither docker nor podman is installed" in result.err
        and "scripts/setup.sh" in result.err
    )
    assert host.run(script, "--help").code == 0
    assert host.run(
        script, "--dry_run", "--engine=podman", *(["true"] if "launch" in script else [])
    ).out.startswith("podman ")


@pytest.mark.parametrize("script", ["docker/launch.sh", "docker/build.sh"])
def test_the_exit_code_of_the_engine_comes_out(tmp_path, script):
    host = Host(tmp_path, "podman")
    assert host.run(script, *(["true"] if "launch" in script else []), ENGINE_CODE="37").code == 37


def test_build(tmp_path):
    host = Host(tmp_path, "new docker")
    assert host.run("docker/build.sh").code == 0
    base = "FROM_IMAGE_NAME=nvcr.io/nvidia/tensorflow:19.03-py3"
    assert host.engine_words() == ["build", "--rm", "-t", "bert", "--build-arg", base, ROOT]
    assert (
        host.run(
            "docker/build.sh",
            "--tag=b:2",
            "--cuda_archs=80 90",
            "--",
            "--no-cache",
            FROM_IMAGE_NAME="other",
        ).code
        == 0
    )
    assert host.engine_words() == [
        "build",
        "--rm",
        "-t",
        "b:2",
        "--build-arg",
        "FROM_IMAGE_NAME=other",
        "--build-arg",
        "CUDA_ARCHS=80 90",
        "--no-cache",
        ROOT,
    ]
    refused = host.run("docker/build.sh", "--cuda_archs=sm_70")
    assert refused.code == 2 and "cuda_archs is 'sm_70'" in refused.err


def test_data_download_starts_the_container(tmp_path):
    host = Host(tmp_path, "new docker")
    result = host.run(
        "data_download.sh", "--only=squad", "--language=de", NVIDIA_TENSORFLOW_VERSION=None
    )
    assert result.code == 0, result.err
    words = host.engine_words()
    assert words[words.index("scripts/docker/inside.sh") + 1 :][:4] == [
        "bash",
        "scripts/data_download.sh",
        "--no_docker",
        "--only=squad",
    ]
    assert "--language=de" in words


def inside(tmp_path, *command):
    """Runs inside.sh of a copy of a checkout, with a build in the image."""
    for name in ("scripts/docker", "fused_ops", "image/tf-1.13.1"):
        os.makedirs(str(tmp_path / name), exist_ok=True)
    (tmp_path / "image" / "tf-1.13.1" / "lib.so").write_text("image's")
    with open(os.path.join(ROOT, "scripts", "docker", "inside.sh")) as stream:
        (tmp_path / "scripts" / "docker" / "inside.sh").write_text(stream.read())
    done = subprocess.run(
        ["bash", str(tmp_path / "scripts" / "docker" / "inside.sh")] + list(command),
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, BUILT_FUSED_OPS=str(tmp_path / "image")),
        stdout=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode("ascii")


def test_the_checkout_gets_the_fused_ops_of_the_image_once(tmp_path):
    assert inside(tmp_path, "echo", "a  b") == (0, "a  b\n")
    library = tmp_path / "fused_ops" / "build" / "tf-1.13.1" / "lib.so"
    assert library.read_text() == "image's"
    library.write_text("own")
    assert inside(tmp_path, "bash", "-c", "exit 5")[0] == 5
    assert library.read_text() == "own" and os.listdir(str(tmp_path / "fused_ops" / "build")) == [
        "tf-1.13.1"
    ]
    assert inside(tmp_path)[0] == 0  # a shell that finds the end of its input


def test_dockerfile_and_what_it_leaves_out():
    with open(os.path.join(ROOT, "Dockerfile")) as stream:
        text = stream.read()
    assert (
        "ARG FROM_IMAGE_NAME=nvcr.io/nvidia/tensorflow:19.03-py3\nFROM ${FROM_IMAGE_NAME}" in text
    )
    assert "WORKDIR /workspace/bert" in text
    assert not re.search(r"git clone|curl|wget|TOKEN|PASSWORD", text)
    for name in re.findall(r"requirements/\w+\.txt", text):
        assert os.path.exists(os.path.join(ROOT, name)), name
    with open(os.path.join(ROOT, ".dockerignore")) as stream:
        rules = [line.strip() for line in stream if line.strip() and not line.startswith("#")]
    assert rules[0] == "**" and "!.git" not in rules and "fused_ops/build" in rules
    packages = {
        "!" + name
        for name in os.listdir(ROOT)
        if os.path.exists(os.path.join(ROOT, name, "__init__.py"))
    }
    assert packages <= set(rules), "the image would lack these"
    for rule in rules:
        if re.match(r"!\w+$", rule):
            assert os.path.exists(os.path.join(ROOT, rule[1:])), rule


def test_scripts_can_be_executed_directly():
    for script in ("build.sh", "launch.sh", "inside.sh"):
        assert os.stat(os.path.join(ROOT, "scripts", "docker", script)).st_mode & stat.S_IXUSR
