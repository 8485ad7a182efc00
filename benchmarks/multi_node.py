# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Pre-training on two hosts simulated with network namespaces: a complete run, a killed rank, a network failure. Needs root.

    python -m benchmarks.multi_node            # prints the figures of multi_node.md; exits with 1 if a check fails

The hosts bert-a and bert-b each have a network stack, a host name and an sshd, and are joined by a veth pair; one rank runs on
each, started by scripts/run_pretraining.sh --hosts. They share the machine's processes and files. Needs iproute2,
openssh-server, util-linux, Open MPI and an environment with Horovod (scripts/setup.sh --with-test --with-horovod).
"""

import argparse
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOSTS = {"bert-a": "10.77.0.1", "bert-b": "10.77.0.2"}
INTERFACE = "bert0"
LIMIT = 60.0  # seconds in which a job must end after a rank or the network is gone


def run(*words, **options):
    return subprocess.run(
        words, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options
    ).stdout


def pids_on(host):
    """dict, pid -> command line, of a host's processes without its sshd."""
    found = {}
    for pid in subprocess.run(
        ["ip", "netns", "pids", host], stdout=subprocess.PIPE, universal_newlines=True
    ).stdout.split():
        try:
            with open("/proc/%s/cmdline" % pid) as stream:
                command = stream.read().replace("\0", " ").strip()
        except OSError:
            continue
        if command and not command.startswith(("/usr/sbin/sshd", "sshd:")):
            found[int(pid)] = command
    return found


def ranks_on(host):
    return [
        pid
        for pid, command in pids_on(host).items()
        if "run_pretraining.py" in command and command.split()[0].endswith("python")
    ]


def on_host(host, *words):
    """The command line that runs a program on a host, under its name."""
    return [
        "ip",
        "netns",
        "exec",
        host,
        "unshare",
        "--uts",
        "sh",
        "-c",
        'hostname "$0" && exec "$@"',
        host,
    ] + list(words)


@contextlib.contextmanager
def two_hosts(directory):
    """Makes the hosts, for the time of a `with` block; yields the PATH whose ssh knows the way."""
    for host in HOSTS:
        subprocess.run(["ip", "netns", "del", host], stderr=subprocess.DEVNULL)
    servers = []
    try:
        for host in HOSTS:
            run("ip", "netns", "add", host)
        run(
            "ip",
            "link",
            "add",
            INTERFACE,
            "netns",
            "bert-a",
            "type",
            "veth",
            "peer",
            "name",
            INTERFACE,
            "netns",
            "bert-b",
        )
        for host, address in HOSTS.items():
            run("ip", "-n", host, "addr", "add", address + "/24", "dev", INTERFACE)
            for device in ("lo", INTERFACE):
                run("ip", "-n", host, "link", "set", device, "up")
        for name in ("host_key", "user_key"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(directory, name))
        os.makedirs("/run/sshd", exist_ok=True)
        for host, address in HOSTS.items():
            server = os.path.join(directory, host + ".sshd")
            with open(server, "w") as stream:
                stream.write(
                    "ListenAddress %s\nHostKey %s/host_key\nAuthorizedKeysFile %s/user_key.pub\nPidFile none\n"
                    "StrictModes no\nUsePAM no\nPermitRootLogin yes\n"
                    % (address, directory, directory)
                )
            servers.append(subprocess.Popen(on_host(host, "/usr/sbin/sshd", "-D", "-f", server)))
        programs = os.path.join(directory, "bin")
        os.makedirs(programs)
        with open(os.path.join(programs, "ssh"), "w") as stream:
            stream.write(
                "#!/bin/sh\nexec %s -i %s/user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                '-o LogLevel=ERROR "$@"\n' % (shutil.which("ssh"), directory)
            )
        os.chmod(os.path.join(programs, "ssh"), 0o755)
        time.sleep(1.0)
        yield programs + os.pathsep + os.environ["PATH"]
    finally:
        for host in HOSTS:
            for pid in list(pids_on(host)):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        for server in servers:
            server.kill()
            server.wait()
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host])


class Job:
    """A pre-training job on both hosts, started by the launcher on the first.

    Args:
      directory: str; holds data/ and gets a directory for the job.
      name: str.
      path: str, the PATH.
      steps: int.
    """

    def __init__(self, directory, name, path, steps):
        self.out = os.path.join(directory, name)
        os.makedirs(self.out)
        self.log = os.path.join(self.out, "console")
        data = os.path.join(directory, "data")
        environment = dict(
            os.environ,
            PATH=path,
            PYTHON=sys.executable,
            RESULTS_DIR=self.out,
            CHECKPOINTS_DIR=self.out,
        )
        command = on_host(
            "bert-a",
            "bash",
            os.path.join(ROOT, "scripts", "run_pretraining.sh"),
            "--hosts=" + ",".join("%s:1" % address for address in HOSTS.values()),
            "--interface=" + INTERFACE,
            "--precision=fp32",
            "--train_batch_size_per_gpu=4",
            "--train_steps=%d" % steps,
            "--warmup_steps=5",
            "--save_checkpoints_steps=1000000",
            "--max_seq_length=16",
            "--max_predictions_per_seq=4",
            "--bert_config=%s/bert_config.json" % data,
            "--input_file=%s/train-*.tfrecord" % data,
            "--",
            "--nouse_fused_ops",
            "--iterations_per_loop=1",
        )
        with open(self.log, "w") as stream:
            self.process = subprocess.Popen(
                command, env=environment, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
            )

    def text(self):
        with open(self.log) as stream:
            return stream.read()

    def steps(self):
        try:
            with open(os.path.join(self.out, "metrics.jsonl")) as stream:
                return len(stream.readlines())
        except OSError:
            return 0

    def wait_for_steps(self, steps):
        end = time.time() + 400
        while self.steps() < steps:
            if time.time() > end or self.process.poll() is not None:
                sys.exit("the job did not begin:\n" + self.text())
            time.sleep(0.1)

    def end(self, limit):
        """(exit code, seconds to it, seconds until no process was left on either host)."""
        began = time.time()
        code = self.process.wait(timeout=limit)
        seconds = time.time() - began
        while any(pids_on(host) for host in HOSTS) and time.time() - began < limit:
            time.sleep(0.1)
        return code, seconds, time.time() - began

    def lines(self, *words):
        """The lines of the console that have one of some words, each once."""
        return [
            line.strip()
            for line in dict.fromkeys(self.text().splitlines())
            if any(word in line for word in words)
        ]


def check(what, good, job):
    print("* %s: %s" % (what, "yes" if good else "NO"))
    if not good:
        sys.exit("not as it must be: %s\n%s" % (what, job.text()))


def whole_run(directory, path):
    print("\n## A whole run of 20 steps\n")
    job = Job(directory, "whole", path, 20)
    code, seconds, _ = job.end(600)
    check("exit code 0", code == 0, job)
    check("a checkpoint of step 20", bool(glob.glob(job.out + "/model.ckpt-20.index")), job)
    check("8 sequences a step, of two ranks", bool(job.lines("8 sequences a step")), job)
    check(
        "a rank's table from each host",
        all(job.lines("%d Training Performance" % rank) for rank in range(2)),
        job,
    )
    print("* seconds from launcher to exit: %.1f" % seconds)


def ends_after(job, blow, what):
    job.wait_for_steps(10)
    blow()
    code, seconds, gone = job.end(120)
    print(
        "* exit code: %d; launcher ended after %.1f s, the last process on either host after %.1f s"
        % (code, seconds, gone)
    )
    for line in job.lines(
        "error:",
        "mpirun noticed",
        "lost communication",
        "exited on signal",
        "Exit code:",
        "Process name:",
    ):
        print("* said: `%s`" % line)
    check("exit code is not 0", code != 0, job)
    check("%s within %d s" % (what, LIMIT), gone <= LIMIT, job)
    check("no process is left", not any(pids_on(host) for host in HOSTS), job)


def killed_rank(directory, path):
    print("\n## Rank 1 (on bert-b) killed with -9 in the middle\n")
    job = Job(directory, "killed", path, 1000000)
    ends_after(
        job,
        lambda: [os.kill(pid, signal.SIGKILL) for pid in ranks_on("bert-b")],
        "the job has ended on both hosts",
    )
    check("the rank is named", bool(job.lines("rank 1")), job)


def cut_network(directory, path):
    print("\n## The network between the hosts cut in the middle\n")
    job = Job(directory, "cut", path, 1000000)
    ends_after(
        job,
        lambda: run("ip", "-n", "bert-b", "link", "set", INTERFACE, "down"),
        "the job has ended on both hosts",
    )
    check(
        "it is said that a host cannot be reached",
        bool(job.lines("has received nothing from", "lost communication")),
        job,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["whole", "killed", "cut"], help="one of the three parts")
    only = parser.parse_args().only
    directory = tempfile.mkdtemp(prefix="bert-hosts-")
    try:
        data = os.path.join(directory, "data")
        os.makedirs(data)
        run(
            sys.executable,
            "-W",
            "ignore",
            "-c",
            "import pathlib, sys\nfrom tests import pretraining_runs\n"
            "pretraining_runs.Place(pathlib.Path(sys.argv[1]))",
            data,
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        with two_hosts(directory) as path:
            for name, part in (("whole", whole_run), ("killed", killed_rank), ("cut", cut_network)):
                if only in (None, name):
                    part(directory, path)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
