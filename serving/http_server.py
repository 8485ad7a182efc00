# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The HTTP server of the question service: waitress, with errors as JSON, a time limit for requests, and an orderly end.

Only this module imports waitress (requirements/serve.txt).
"""

import ipaddress
import logging
import socket
import time

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import Error

from program.options import OptionError
from serving import service

_MOST_CONNECTIONS = 512
_HEADER_BYTES = 1 << 14
_IDLE_SECONDS = 60  # how long a connection is kept for another request
_SPARE_THREADS = 8  # for /health, the page and refusals while all others wait for answers
_LOOP_SECONDS = 0.5
_GRACE_SECONDS = 1.0  # after the signal, for requests that are on their way


class RequestTimeout(Error):
    """A request that did not arrive in time."""

    code = 408
    reason = "Request Timeout"


class _Request(HTTPRequestParser):
    """A request that knows when it began."""

    def __init__(self, adj):
        super().__init__(adj)
        self.began = time.monotonic()


class _Refusal(ErrorTask):
    """The response to a request that is not HTTP, too large or too slow."""

    def execute(self):
        error = self.request.error
        adj = self.channel.adj
        message = {
            413: "the request exceeds %d bytes" % (adj.max_request_body_size - 1),
            431: "the header exceeds %d bytes" % adj.max_request_header_size,
        }.get(error.code, error.body)
        body = service.error_body(message)
        self.status = "%d %s" % (error.code, error.reason)
        self.response_headers += [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ]
        self.close_on_finish = True
        self.content_length = len(body)
        self.channel.is_refused = True
        self.write(body)
        service.log_request(
            self.channel.addr[0], "other", "other", error.code, "", self.request.began
        )


class _Channel(HTTPChannel):
    """A connection.

    One that is refused is closed only when its client has stopped sending, or after a time: closed at once, with bytes
    unread, the kernel would reset it, and the client might never see the response.
    """

    parser_class = _Request
    error_task_class = _Refusal
    is_refused = False
    _draining_since = None

    def readable(self):
        return self._draining_since is not None or super().readable()

    def received(self, data):
        return True if self._draining_since is not None else super().received(data)

    def handle_close(self):
        if self.is_refused and self.connected and self._draining_since is None:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            else:
                self._draining_since = time.monotonic()
                self.will_close = False
                return
        super().handle_close()

    @property
    def is_idle(self):
        """Whether nothing is being received, answered or sent."""
        return (
            not self.requests
            and not self.total_outbufs_len
            and self.request is None
            and self._draining_since is None
        )

    def check_time(self, seconds):
        """Refuses a request that takes longer to arrive; ends a refused connection that goes on as long."""
        now = time.monotonic()
        if self._draining_since is not None:
            self.will_close = self.will_close or now - self._draining_since > seconds
        elif self.request is not None and not self.requests and now - self.request.began > seconds:
            request, self.request = self.request, None
            request.error = RequestTimeout(
                "the request was not complete after %g seconds" % seconds
            )
            request.completed = True
            self.requests.append(request)
            self.server.add_task(self)


class _Server(TcpWSGIServer):
    """The listening socket and its connections.

    `read_seconds`: float, for a request to arrive.
    """

    channel_class = _Channel
    read_seconds = None

    def maintenance(self, now):
        super().maintenance(now)
        self.check_times()

    def check_times(self):
        """Looks for connections that are too slow."""
        for channel in list(self.active_channels.values()):
            channel.check_time(self.read_seconds)

    def loop_once(self):
        """Waits for something to happen, or for half a second."""
        wasyncore.loop(timeout=_LOOP_SECONDS, use_poll=True, map=self._map, count=1)

    def stop_listening(self):
        """Accepts the connections that the kernel has accepted already, and no more."""
        before = -1
        while before < len(self.active_channels):
            before = len(self.active_channels)
            self.handle_accept()
        wasyncore.dispatcher.close(self)


def open_socket(host, port):
    """A bound socket, so that a port in use is known before a model is loaded.

    Raises:
      OptionError: it cannot be bound.
    """
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)[0]
        bound = socket.socket(*found[:3])
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(found[4])
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        raise OptionError(
            "--host=%s --port=%d: cannot listen there (%s): choose another port or an address of this machine"
            % (host, port, getattr(error, "strerror", None) or error)
        )
    return bound


def address_of(bound):
    """The address of a bound socket for a browser."""
    host, port = bound.getsockname()[:2]
    return "http://%s:%d/" % ("[%s]" % host if ":" in host else host, port)


def is_loopback(bound):
    """Whether a bound socket can be reached from this machine only."""
    return ipaddress.ip_address(bound.getsockname()[0].split("%")[0]).is_loopback


def make_server(application, bound, limits):
    """A server of an application on a bound socket.

    Args:
      application: service.Service.
      bound: as open_socket returns it.
      limits: service.Limits.
    """
    for name in ("waitress", "waitress.queue"):
        logging.getLogger(name).setLevel(logging.ERROR)
    settings = Adjustments(
        sockets=[bound],
        threads=limits.waiting + _SPARE_THREADS,
        max_request_body_size=limits.request_bytes + 1,  # the first size that is refused
        max_request_header_size=_HEADER_BYTES,
        connection_limit=_MOST_CONNECTIONS,
        channel_timeout=_IDLE_SECONDS,
        cleanup_interval=1,
        backlog=1024,
        asyncore_use_poll=True,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(settings.threads)
    server = _Server(
        application,
        {},
        _sock=bound,
        dispatcher=dispatcher,
        adj=settings,
        sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
        bind_socket=False,
    )
    server.read_seconds = limits.read_seconds
    return server


def serve(server, application, limits, stop_asked):
    """Serves until it is told to stop, then finishes what was accepted.

    Args:
      server: of make_server.
      application: its service.Service.
      limits: service.Limits.
      stop_asked: function without arguments; true when the service shall end.
    """
    while not stop_asked():
        server.loop_once()
    application.is_stopping = True
    server.stop_listening()
    began = time.monotonic()
    deadline = began + limits.read_seconds + limits.answer_seconds
    while server.active_channels and time.monotonic() < deadline:
        server.loop_once()
        server.check_times()
        if time.monotonic() - began > _GRACE_SECONDS:
            application.refuses = True
            for channel in list(server.active_channels.values()):
                channel.will_close = channel.will_close or channel.is_idle
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(server._map)
