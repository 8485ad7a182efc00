# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/http_server.py with real sockets: 200 clients at once, clients that hang, stop or send rubbish, the end of the service."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections import OrderedDict

import pytest

pytest.importorskip("waitress", reason="waitress is not installed (requirements/serve.txt)")

from program.options import OptionError  # noqa: E402
from serving import http_server, service  # noqa: E402
from serving.answering import Answerer  # noqa: E402
from tests.serving.test_answering import Gate  # noqa: E402
from tests.serving.tiny import SETTINGS, HashModel, asked, write_vocabulary  # noqa: E402

LIMITS = service.Limits(
    request_bytes=20000, questions=4, waiting=256, read_seconds=2, answer_seconds=60
)
JSON = {"Content-Type": "application/json"}
GOOD = {"question": "which ?", "context": "one red cat saw two dogs"}


@pytest.fixture(name="words", scope="module")
def fixture_words(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


class Running:
    """A service in a thread."""

    def __init__(self, words, model, limits, settings=SETTINGS):
        self.answerer = Answerer(model, words, settings, 500, limits.waiting)
        self.application = service.Service(self.answerer, limits, OrderedDict(name="a/b"))
        bound = http_server.open_socket("127.0.0.1", 0)
        self.port = bound.getsockname()[1]
        self.url = http_server.address_of(bound)
        self.server = http_server.make_server(self.application, bound, limits)
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=http_server.serve,
            args=(self.server, self.application, limits, self.stop.is_set),
        )
        self.thread.start()

    def end(self):
        self.stop.set()
        self.thread.join(60)
        self.answerer.close()
        assert not self.thread.is_alive()

    def post(self, value, path="/ask"):
        """(status, value) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = value if isinstance(value, bytes) else json.dumps(value).encode("utf-8")
            connection.request("POST", path, body, JSON)
            return read(connection)
        finally:
            connection.close()

    def connect(self, data=b""):
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connected.sendall(data)
        return connected


def read(connection):
    response = connection.getresponse()
    return response.status, json.loads(response.read().decode("utf-8"))


@contextlib.contextmanager
def running(words, model=None, limits=LIMITS):
    started = Running(words, model or HashModel(), limits)
    try:
        yield started
    finally:
        started.end()


@pytest.fixture(name="server", scope="module")
def fixture_server(words):
    with running(words) as started:
        yield started


def request_bytes(body, length=None, extra=b""):
    return (
        b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
        % (extra, len(body) if length is None else length, body)
    )


def all_of(connected):
    """Everything until the other side closes."""
    content = b""
    while True:
        block = connected.recv(65536)
        if not block:
            return content
        content += block


def in_threads(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)


def alone(words, questions):
    """The answers, one question at a time."""
    answerer = Answerer(HashModel(), words, SETTINGS, 1, 1)
    texts = []
    for one in questions:
        (future,) = answerer.ask([service.questions.parse(one)])
        texts.append(future.result(30).text)
    answerer.close()
    return texts


def test_two_hundred_at_once_with_trouble_among_them(words):
    """Each gets the answer to its own question, while others hang, vanish, send too much or no JSON."""
    questions = asked(200)
    found, refused = {}, []

    def ask(number, server):
        found[number] = server.post(questions[number])

    with running(words) as server:
        hanging = [
            server.connect(part)
            for part in (b"", b"POST /ask HT", request_bytes(b'{"question"', 500)) * 5
        ]
        trouble = [b"{" * 50, b"x" * 30000, b"[]", b"\x00\xff"] * 5
        functions = [lambda n=number: ask(n, server) for number in range(len(questions))]
        functions[::10] = [
            lambda n=n, f=f: (refused.append(server.post(trouble[n])[0]), f())
            for n, f in enumerate(functions[::10])
        ]
        gone = [server.connect(request_bytes(json.dumps(GOOD).encode("utf-8"))) for _ in range(10)]
        for connected in gone:
            connected.close()
        in_threads(functions)
        for connected in hanging:
            connected.close()
    assert [found[number][0] for number in range(200)] == [200] * 200
    assert [found[number][1]["text"] for number in range(200)] == alone(words, questions)
    assert [found[number][1]["id"] for number in range(200)] == [one["id"] for one in questions]
    assert sorted(refused) == [400] * 15 + [413] * 5


def test_a_connection_is_kept_for_more_requests(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(3):
        connection.request("POST", "/ask", json.dumps(GOOD), JSON)
        assert read(connection)[0] == 200
        connection.request("GET", "/nothing")
        assert read(connection)[0] == 404
    connection.close()
    twice = server.connect(request_bytes(json.dumps(GOOD).encode("utf-8")) * 2)
    content = b""
    while content.count(b"HTTP/1.1 200 OK") < 2 or content.count(b'"text"') < 2:
        content += twice.recv(65536)
    twice.close()


@pytest.mark.parametrize("size", [20001, 3000000])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_request_is_answered_with_413(server, size, chunked):
    """The client reads the response although it has not sent everything yet."""
    body = b"x" * size
    if chunked:
        data = (
            b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
        )
    else:
        data = request_bytes(body)
    connected = server.connect(data)
    content = all_of(connected)
    assert content.startswith(b"HTTP/1.1 413 ") and b"Connection: close" in content
    assert content.endswith(b'\r\n\r\n{"error": "the request exceeds 20000 bytes"}\n')
    connected.close()
    assert server.post(dict(GOOD, context="one " * 4000))[0] == 200  # below the limit


@pytest.mark.parametrize(
    "data, status",
    [
        (b"rubbish\r\n\r\n", None),
        (b"POST /ask HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /ask HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
        (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 40000 + b"\r\n\r\n", 431),
        (b"POST /ask HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", None),
    ],
)
def test_what_is_not_http_is_refused_as_json(server, data, status):
    connected = server.connect(data)
    content = all_of(connected)
    connected.close()
    head, body = content.split(b"\r\n\r\n", 1)
    assert int(head.split()[1]) in (
        [status] if status else [400, 404]
    )  # as waitress's version has it
    assert list(json.loads(body.decode("utf-8"))) == ["error"]
    assert server.post(GOOD)[0] == 200


@pytest.mark.parametrize("pause", [None, 0.3])
@pytest.mark.parametrize("part", [b"PO", request_bytes(b'{"que', 500)])
def test_a_request_that_does_not_arrive_is_408(server, part, pause):
    """Whether it stops or drips; others are answered meanwhile."""
    connected = server.connect(part)
    ended = threading.Event()

    def drip():
        while pause and not ended.wait(pause):
            try:
                connected.sendall(b"x")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    assert server.post(GOOD)[0] == 200
    content = b""
    while b"}\n" not in content:
        block = connected.recv(65536)
        assert block, content
        content += block
    ended.set()
    dripping.join(30)
    connected.close()
    assert content.split(b"\r\n")[0].endswith(b" 408 Request Timeout")
    assert b"the request was not complete after 2 seconds" in content
    assert server.post(GOOD)[0] == 200


def test_health_answers_while_all_others_wait(words):
    model = Gate()
    with running(words, model, LIMITS._replace(waiting=5)) as server:
        outcomes = []
        threads = [
            threading.Thread(target=lambda: outcomes.append(server.post(GOOD)[0])) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        while server.answerer.unanswered < 5:
            threads[0].join(0.01)
        assert server.post(GOOD) == (503, {"error": "too many requests are waiting"})
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", "/health")
        status, health = read(connection)
        connection.close()
        assert status == 200 and health["waiting"] == 5
        model.opened.set()
        for thread in threads:
            thread.join(60)
        assert outcomes == [200] * 5


def test_the_end_answers_what_was_accepted(words):
    """Requests in flight, one that is still arriving, and an idle connection when the service is told to stop."""
    model = Gate()
    with running(words, model) as server:
        outcomes = []
        threads = [
            threading.Thread(target=lambda: outcomes.append(server.post(GOOD)[0]))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        while server.answerer.unanswered < 20:
            threads[0].join(0.01)
        idle = server.connect()
        body = json.dumps(GOOD).encode("utf-8")
        arriving = server.connect(request_bytes(body[:10], len(body)))
        time.sleep(0.2)
        server.stop.set()
        while not server.application.is_stopping:
            threads[0].join(0.01)
        arriving.sendall(body[10:])
        model.opened.set()
        for thread in threads:
            thread.join(60)
        assert outcomes == [200] * 20
        assert b" 200 OK" in arriving.recv(65536)
        assert idle.recv(10) == b""
        server.thread.join(60)
        with pytest.raises(OSError):
            server.connect()


def test_a_stop_does_not_wait_for_a_client_that_hangs(words):
    with running(words) as server:
        hanging = server.connect(b"POST /ask HT")
        server.stop.set()
        server.thread.join(30)
        assert not server.thread.is_alive()
        hanging.close()


def test_addresses():
    bound = http_server.open_socket("127.0.0.1", 0)
    port = bound.getsockname()[1]
    bound.listen(1)
    assert http_server.address_of(bound) == "http://127.0.0.1:%d/" % port
    assert http_server.is_loopback(bound)
    for host, number in (("127.0.0.1", port), ("no.such.host.invalid", 0), ("203.0.113.1", 0)):
        with pytest.raises(OptionError) as caught:
            http_server.open_socket(host, number)
        assert "--host=%s --port=%d: cannot listen there" % (host, number) in str(caught.value)
    bound.close()
    everywhere = http_server.open_socket("0.0.0.0", 0)
    assert not http_server.is_loopback(everywhere)
    everywhere.close()
