# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The runtime of a process: on its own, or one rank of several. The only file that may import Horovod.

Programs call the runtime object and never test for Horovod themselves. What all ranks must agree on (where a run
resumes, what was answered) goes through `from_chief` and `gather`, so ranks need not share a file system, apart from
the data that each rank reads.
"""


import atexit
import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import time
from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

from program import interrupts, workers
from program.options import OptionError
from training.heartbeat import LOST_PEER, Heartbeat, HeartbeatError

_PATIENCE = 3.0  # seconds for mpirun to end the other ranks after one has failed
_PATIENCE_AFTER_SIGNAL = 30.0  # for the first rank, which has saved, to record that it ends


class PeerError(OptionError):
    """Another rank has ended, and with it the job; that rank reported the reason."""

    exit_code = LOST_PEER


class SingleProcess:
    """One process without communication: every collective operation is the identity."""

    rank = 0
    size = 1
    local_rank = 0
    is_chief = True  # writes checkpoints, summaries and results
    pins_gpu = False  # whether this process may use only one GPU of its machine
    threads = 0  # of an op's work in a session; 0: one per core
    may_fork = True  # whether worker processes may be forked from it

    def hooks(self):
        """SessionRunHooks that give all ranks the same initial state, also after restoring a checkpoint."""
        return []

    def all_reduce(self, gradients):
        """The mean over ranks of each gradient: a list of tensors in, a list of dense tensors of the same shapes out."""
        return list(gradients)

    def mean_tensors(self, tensors):
        """The mean over ranks, in the graph, of each float scalar of a list."""
        return list(tensors)

    def scale_learning_rate(self, learning_rate):
        """The learning rate of the whole job, from that of one process (a float)."""
        return learning_rate

    def from_chief(self, value):
        """The first rank's value (any JSON value) on every rank."""
        return value

    def gather(self, value):
        """The values (any JSON value; dicts keep their order) of all ranks, by rank, on every rank: a list."""
        return [value]

    def gather_bytes(self, content):
        """The bytes of all ranks, by rank, on every rank: a list."""
        return [content]

    @contextlib.contextmanager
    def job(self):
        """The block in which a program does its work: an error that several ranks meet is reported by one."""
        yield


class HorovodRuntime:
    """One rank of a job that mpirun or srun started; the methods of SingleProcess, over Horovod.

    All ranks must call the collective methods in the same order.

    Args:
      hvd: the module horovod.tensorflow, initialised.
      compress_gradients: whether gradients are exchanged as float16: half the traffic, sums rounded to 11 bits.
    """

    pins_gpu = True
    may_fork = False  # what MPI has open, its memory and network, does not survive a fork

    def __init__(self, hvd, compress_gradients=False):
        self._hvd = hvd
        self.rank, self.size, self.local_rank = hvd.rank(), hvd.size(), hvd.local_rank()
        self.is_chief = self.rank == 0
        self.threads = threads_of_rank(hvd.local_size())
        self._compression = hvd.Compression.fp16 if compress_gradients else hvd.Compression.none

    def hooks(self):
        return [self._hvd.BroadcastGlobalVariablesHook(0)]

    def all_reduce(self, gradients):
        # An IndexedSlices (embeddings) would be gathered, which costs more from a few thousand tokens per step on and
        # grows with the number of ranks; dense, it is one more tensor to sum.
        return [
            self._mean(tf.convert_to_tensor(gradient), self._compression) for gradient in gradients
        ]

    def mean_tensors(self, tensors):
        if not tensors:
            return []
        return tf.unstack(self._mean(tf.stack(list(tensors)), self._hvd.Compression.none))

    def scale_learning_rate(self, learning_rate):
        return learning_rate * self.size

    def from_chief(self, value):
        return self.gather(value if self.is_chief else None)[0]

    def gather(self, value):
        pieces = self.gather_bytes(json.dumps(value).encode("utf-8"))
        return [
            json.loads(piece.decode("utf-8"), object_pairs_hook=OrderedDict) for piece in pieces
        ]

    def gather_bytes(self, content):
        own = np.frombuffer(content, np.uint8)
        # One session for both: the lengths say where each rank's bytes end.
        lengths, everything = self._run(
            lambda: (
                self._hvd.allgather(tf.constant([own.size], tf.int64)),
                self._hvd.allgather(tf.constant(own)),
            )
        )
        ends = np.cumsum(lengths)
        return [everything[end - length : end].tobytes() for end, length in zip(ends, lengths)]

    @contextlib.contextmanager
    def job(self):
        try:
            yield
        except tf.errors.OpError as error:
            if "Horovod has been shut down" not in str(error):
                self._let_chief_speak()
                raise
            _wait_for_the_end(_PATIENCE + 7.0)  # the exit code is that of the rank which failed
            raise PeerError("rank %d: another rank has ended" % self.rank)
        except interrupts.Interrupted:
            self._let_chief_speak(_PATIENCE_AFTER_SIGNAL)
            raise
        except Exception:
            self._let_chief_speak()
            raise

    def _let_chief_speak(self, seconds=_PATIENCE):
        """All ranks find an invalid file or flag, or hear a signal: mpirun ends the others once the first has reported it."""
        if not self.is_chief:
            _wait_for_the_end(seconds)

    def _mean(self, tensor, compression):
        if hasattr(self._hvd, "Average"):
            return self._hvd.allreduce(tensor, op=self._hvd.Average, compression=compression)
        return self._hvd.allreduce(tensor, average=True, compression=compression)  # before 0.19

    def _run(self, build):
        """The values of a small graph, computed on the CPU: no GPU may be used before its session is configured."""
        # The first session of a process decides how many threads all of them have.
        config = tf.ConfigProto(device_count={"GPU": 0}, intra_op_parallelism_threads=self.threads)
        with tf.Graph().as_default(), tf.Session(config=config) as session:
            return session.run(build())


def threads_of_rank(local_size):
    """The cores of this machine, shared by its ranks, or those that a batch system has bound this process to, if these are fewer.

    Args:
      local_size: int, ranks on this machine.
    """
    return min(workers.available_cores(), max(1, (os.cpu_count() or 1) // local_size))


def _wait_for_the_end(seconds):
    """Gives mpirun time to end this process, which then exits silently."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    time.sleep(seconds)


def create_runtime(options):
    """The runtime that the options ask for.

    Args:
      options: RuntimeOptions.

    Raises:
      OptionError: Horovod is not installed, was built for another TensorFlow, or the ranks cannot reach each other.
    """
    if not options.horovod:
        return SingleProcess()
    hvd = _horovod()
    hvd.init()
    runtime = HorovodRuntime(hvd, options.compress_gradients)
    if runtime.size > 1:
        _start_heartbeat(runtime)
    return runtime


def _horovod():
    fix = "build it with scripts/setup.sh --with-horovod, or run a single process without --horovod (launchers: num_gpus=0)"
    try:
        hvd = importlib.import_module("horovod.tensorflow")
    except ImportError as error:
        if (getattr(error, "name", None) or "").split(".")[0] == "horovod":
            raise OptionError(
                "--horovod: Horovod is not installed in this Python (%s): %s"
                % (sys.executable, fix)
            )
        raise OptionError("--horovod: Horovod cannot be loaded (%s): %s" % (error, fix))
    except tf.errors.NotFoundError as error:  # its library has symbols that this TensorFlow lacks
        raise OptionError(
            "--horovod: Horovod was built for another TensorFlow (%s): %s" % (error.message, fix)
        )
    return hvd


def _start_heartbeat(runtime):
    """From here on the loss of a rank ends the others, even if mpirun cannot."""
    heartbeat = Heartbeat(runtime.rank, runtime.size, runtime.gather(socket.gethostname()))
    where = runtime.from_chief(heartbeat.listen() if runtime.is_chief else None)
    try:
        if runtime.is_chief:
            heartbeat.accept()
        else:
            heartbeat.connect(where)
    except HeartbeatError as error:
        raise OptionError("--horovod: %s" % error)
    atexit.register(
        heartbeat.close
    )  # runs before Horovod's own: the last to be registered is the first to be called
