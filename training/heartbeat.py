# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Detects the loss of a rank, so that no rank waits forever for another. No TensorFlow.

A rank that waits in a collective operation cannot tell a slow peer from a dead one, and a broken network gives no
signal at all. So each rank keeps one TCP connection to the first, over which both sides send a byte every few seconds
from a thread of their own, which a long step, an evaluation or a compilation does not block. A connection that breaks
or stays silent for too long ends the process with one line that names the rank and its host; so does the end of the
process that started the rank (mpirun, or its daemon on another host). mpirun usually ends the job first; this covers
the cases in which it cannot.
"""


import os
import select
import signal
import socket
import struct
import sys
import threading
import time

LOST_PEER = 4  # the exit code

_ALIVE, _GOODBYE = b".", b"!"
_HELLO = struct.Struct("!16sI")  # the job's secret, the rank
_CONNECT_SECONDS = 60.0
_GRACE_SECONDS = 5.0  # for mpirun to end the job and report the reason before this does


class HeartbeatError(RuntimeError):
    """The ranks cannot reach each other at start-up; the message is one line."""


class Heartbeat:
    """The connections of one rank: to all others for the first, to the first for all others.

    Args:
      rank, size: of this process.
      hosts: list of str, the host name of each rank, for messages.
      every: seconds between bytes.
      silence: seconds without a byte after which a peer is considered lost.
      on_loss: function of the message, called once, in the heartbeat's thread; default: `end_process`.
      clock: function returning seconds; for tests.
    """

    def __init__(
        self, rank, size, hosts, every=5.0, silence=40.0, on_loss=None, clock=time.monotonic
    ):
        self._rank, self._size, self._hosts = rank, size, hosts
        self._every, self._silence, self._clock = every, silence, clock
        self._on_loss = on_loss or end_process
        self._listener = None
        self._peers = {}  # socket -> (rank, time of the last byte)
        self._parent = os.getppid()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat")
        self._thread.daemon = True

    def listen(self):
        """Opens the first rank's port.

        Returns:
          dict with "addresses" (list of str at which other hosts may reach it), "port" and "secret" (hex): what
          the others need for `connect`.
        """
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.bind(("", 0))
        self._listener.listen(self._size)
        self._secret = os.urandom(16)
        return {
            "addresses": own_addresses(),
            "port": self._listener.getsockname()[1],
            "secret": "".join("%02x" % byte for byte in bytearray(self._secret)),
        }

    def accept(self):
        """Waits on the first rank for all others, then watches them.

        Raises:
          HeartbeatError: one did not connect.
        """
        end = self._clock() + _CONNECT_SECONDS
        came = {}
        while len(came) < self._size - 1:
            left = end - self._clock()
            if left <= 0 or not select.select([self._listener], [], [], left)[0]:
                absent = sorted(set(range(1, self._size)) - set(came))
                raise HeartbeatError(
                    "rank %d (host %s) cannot reach rank 0 (host %s) on port %d: check for a firewall"
                    % (
                        absent[0],
                        self._hosts[absent[0]],
                        self._hosts[0],
                        self._listener.getsockname()[1],
                    )
                )
            connection, _ = self._listener.accept()
            rank = self._hello(connection)
            if rank is None:
                connection.close()
            else:
                came[rank] = connection
        self._listener.close()
        self._start(came)

    def _hello(self, connection):
        """The rank that a new connection identifies itself as; None for any other client."""
        connection.settimeout(5.0)
        try:
            message = _receive_exactly(connection, _HELLO.size)
        except (OSError, EOFError):
            return None
        secret, rank = _HELLO.unpack(message)
        return rank if secret == self._secret and 0 < rank < self._size else None

    def connect(self, where):
        """Connects another rank to the first, then watches it.

        Args:
          where: what `listen` returned on the first rank.

        Raises:
          HeartbeatError: it cannot be reached.
        """
        secret = bytes(bytearray.fromhex(where["secret"]))
        problem = None
        for address in where["addresses"]:
            try:
                connection = socket.create_connection((address, where["port"]), timeout=10.0)
                connection.sendall(_HELLO.pack(secret, self._rank))
                self._start({0: connection})
                return
            except OSError as error:
                problem = error
        raise HeartbeatError(
            "rank %d (host %s) cannot reach rank 0 (host %s) at %s, port %d: %s"
            % (
                self._rank,
                self._hosts[self._rank],
                self._hosts[0],
                ", ".join(where["addresses"]),
                where["port"],
                problem,
            )
        )

    def _start(self, connections):
        now = self._clock()
        for rank, connection in connections.items():
            connection.setblocking(False)
            self._peers[connection] = [rank, now]
        self._thread.start()

    def close(self):
        """Tells the peers that this rank has finished its work."""
        self._closing.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(5.0)

    def _watch(self):
        loss = None
        said = 0.0
        while loss is None and not self._closing.is_set():
            now = self._clock()
            if now - said >= self._every:
                said = now
                self._say(_ALIVE)
            loss = self._listen_for(min(0.2, self._every)) or self._silent_peer()
            if loss is None and os.getppid() != self._parent:
                loss = "the process that started rank %d (host %s) has ended" % (
                    self._rank,
                    self._hosts[self._rank],
                )
        self._say(_GOODBYE if loss is None else b"")
        for connection in list(self._peers):
            connection.close()
        if loss is not None:
            self._on_loss(loss)

    def _say(self, byte):
        for connection in self._peers:
            try:
                connection.send(byte)
            except OSError:
                pass  # reading finds the error, and otherwise the silence does

    def _listen_for(self, seconds):
        """Reads what arrives within some time; returns the message of a loss, or None."""
        if not self._peers:  # all have finished
            self._closing.wait(seconds)
            return None
        for connection in select.select(list(self._peers), [], [], seconds)[0]:
            rank = self._peers[connection][0]
            try:
                data = connection.recv(4096)
            except OSError:
                data = b""
            if _GOODBYE in data:
                del self._peers[connection]
                connection.close()
            elif not data:
                return "rank %d (host %s) has died" % (rank, self._hosts[rank])
            else:
                self._peers[connection][1] = self._clock()
        return None

    def _silent_peer(self):
        for rank, heard in self._peers.values():
            if self._clock() - heard > self._silence:
                return (
                    "rank %d (host %s) has received nothing from rank %d (host %s) for %d seconds: that host or the "
                    "network is down"
                    % (self._rank, self._hosts[self._rank], rank, self._hosts[rank], self._silence)
                )
        return None


def end_process(message):
    """Reports the reason, gives mpirun a moment to end the job itself, and ends this process and a stale mpirun daemon."""
    sys.stderr.write("error: %s: the job cannot continue\n" % message)
    sys.stderr.flush()
    time.sleep(_GRACE_SECONDS)
    # mpirun's daemon on an unreachable host would wait a quarter of an hour for TCP to time out.
    parent = os.getppid()
    if program_of(parent) == "orted":
        _signal(parent, signal.SIGKILL)
    elif program_of(parent) in ("mpirun", "orterun", "mpiexec"):
        # After a second signal it no longer waits for daemons that it cannot reach.
        _signal(parent, signal.SIGTERM)
        time.sleep(1.0)
        _signal(parent, signal.SIGTERM)
    os._exit(
        LOST_PEER
    )  # not sys.exit: the main thread may be blocked in a collective operation that never ends


def program_of(pid):
    """The name of a process's program; empty if the process is gone."""
    try:
        with open("/proc/%d/comm" % pid) as stream:
            return stream.read().strip()
    except OSError:
        return ""


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def own_addresses():
    """IPv4 addresses of this host, loopback last: only ranks on this host can use it."""
    found = []
    try:
        import fcntl  # pylint: disable=import-outside-toplevel

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                try:
                    answer = fcntl.ioctl(
                        probe.fileno(), 0x8915, struct.pack("256s", name.encode()[:15])
                    )  # SIOCGIFADDR
                except OSError:  # no IPv4 address
                    continue
                found.append(socket.inet_ntoa(answer[20:24]))
    except (ImportError, OSError):
        pass
    found = [address for address in found if not address.startswith("127.")]
    return found + ["127.0.0.1"]


def _receive_exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
