# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/service.py, without a server: answers, and each way to refuse; the log has no text of users."""

import io
import json
import threading
from collections import OrderedDict

import pytest

from serving import service
from serving.answering import Answerer
from tests.serving.test_answering import Gate
from tests.serving.tiny import SETTINGS, HashModel, asked, write_vocabulary

LIMITS = service.Limits(
    request_bytes=5000, questions=4, waiting=6, read_seconds=5, answer_seconds=30
)
GOOD = {"id": 7, "question": "which ?", "context": "one red cat saw two dogs"}


@pytest.fixture(name="words", scope="module")
def fixture_words(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


class Client:
    """Calls a Service as a WSGI server does."""

    def __init__(self, words, model=None, limits=LIMITS):
        self.answerer = Answerer(model or HashModel(), words, SETTINGS, 500, limits.waiting)
        self.service = service.Service(self.answerer, limits, OrderedDict(name="a/b"))

    def call(self, method="POST", path="/ask", body=b"", content_type="application/json"):
        """(status, headers, body)."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "secret=1",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(body),
        }
        seen = []
        content = b"".join(
            self.service(environ, lambda status, headers: seen.append((status, headers)))
        )
        ((status, headers),) = seen
        headers = dict(headers)
        if method != "HEAD":
            assert int(headers["Content-Length"]) == len(content)
        return int(status.split()[0]), headers, content

    def error(self, **request):
        """(status, message) of a refusal, which is one line of JSON."""
        status, headers, content = self.call(**request)
        assert status >= 400 and content.count(b"\n") == 1 and content.endswith(b"\n")
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        (message,) = json.loads(content.decode("utf-8")).values()
        return status, message


@pytest.fixture(name="client")
def fixture_client(words):
    client = Client(words)
    yield client
    client.answerer.close()


def test_one_question_and_a_list(client):
    status, headers, content = client.call(body=GOOD)
    answer = json.loads(content.decode("utf-8"))
    assert status == 200 and headers["Cache-Control"] == "no-store"
    assert list(answer) == ["id", "text", "score", "probability", "start", "end"]
    assert answer["id"] == 7
    assert GOOD["context"][answer["start"] : answer["end"]] == answer["text"] != ""
    questions = asked(4)
    status, _, content = client.call(body=questions)
    answers = json.loads(content.decode("utf-8"))
    assert status == 200 and [one["id"] for one in answers] == [one["id"] for one in questions]
    assert json.loads(client.call(body=[GOOD])[2].decode("utf-8")) == [answer]


def test_health_and_page(client):
    status, _, content = client.call("GET", "/health")
    health = json.loads(content.decode("utf-8"))
    assert status == 200
    assert health == {"status": "ready", "waiting": 0, "model": {"name": "a/b"}}
    status, headers, content = client.call("GET", "/")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    page = content.decode("utf-8")
    assert "http" + "://" not in page and "https" + "://" not in page and "src=" not in page
    assert client.call("HEAD", "/")[2] == b"" == client.call("HEAD", "/health")[2]
    client.service.is_stopping = True
    status, _, content = client.call("GET", "/health")
    assert status == 503 and json.loads(content.decode("utf-8"))["status"] == "stopping"


@pytest.mark.parametrize(
    "request_, status, message",
    [
        ({"path": "/"}, 405, "/ takes GET, HEAD"),
        ({"path": "/health", "method": "DELETE"}, 405, "/health takes GET, HEAD"),
        ({"method": "GET"}, 405, "/ask takes POST"),
        ({"method": "OPTIONS"}, 405, "/ask takes POST"),
        ({"path": "/answer"}, 404, "no such path"),
        ({"path": "/ask/"}, 404, "no such path"),
        ({"path": "/page/index.html", "method": "GET"}, 404, "no such path"),
        ({"path": "/../serving/ask.py", "method": "GET"}, 404, "no such path"),
        ({"body": GOOD, "content_type": "text/plain"}, 415, "application/json"),
        (
            {"body": GOOD, "content_type": "application/x-www-form-urlencoded"},
            415,
            "application/json",
        ),
        ({"body": GOOD, "content_type": ""}, 415, "application/json"),
        ({"body": b""}, 400, "not JSON"),
        ({"body": b"{"}, 400, "not JSON"),
        ({"body": b"\xff"}, 400, "not UTF-8"),
        ({"body": b"[" * 4000}, 400, "nested too deeply"),
        ({"body": {}}, 400, 'has no "question"'),
        ({"body": "text"}, 400, "must be a JSON object"),
        ({"body": []}, 400, "the list of questions is empty"),
        ({"body": [GOOD, dict(GOOD, context=1)]}, 400, '[1]: "context" must be text'),
        ({"body": [GOOD] * 5}, 413, "exceeds 4 questions"),
        ({"body": dict(GOOD, context="x" * 5000)}, 413, "exceeds 5000 bytes"),
    ],
)
def test_refusals(client, request_, status, message):
    got, said = client.error(**request_)
    assert got == status and message in said


def test_allowed_methods_and_content_types(client):
    assert client.call("PUT")[1]["Allow"] == "POST"
    assert client.call(body=GOOD, content_type="Application/JSON; charset=utf-8")[0] == 200


def test_too_many_waiting_is_503_with_retry_after(words):
    model = Gate()
    client = Client(words, model)
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(client.call(body=[GOOD] * 3)[0]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    assert model.entered.wait(30)
    while client.answerer.unanswered < 6:
        threads[0].join(0.01)
    status, headers, content = client.call(body=GOOD)
    assert status == 503 and headers["Retry-After"] == "1" and b"too many" in content
    assert json.loads(client.call("GET", "/health")[2].decode("utf-8"))["waiting"] == 6
    model.opened.set()
    for thread in threads:
        thread.join(30)
    assert outcomes == [200, 200] and client.call(body=GOOD)[0] == 200
    client.answerer.close()


def test_a_late_answer_is_503_and_is_given_up(words):
    model = Gate()
    client = Client(words, model, LIMITS._replace(answer_seconds=0.2))
    assert client.error(body=GOOD) == (503, "not answered within 0.2 seconds")
    model.opened.set()
    client.answerer.close()
    assert client.answerer.unanswered == 0


def test_a_model_that_fails_is_500(words):
    class Failing(HashModel):
        def logits(self, *arrays):
            start, end = super().logits(*arrays)
            if len(self.batches) == 1:
                raise RuntimeError("secret of the machine")
            return start * float("nan"), end

    client = Client(words, Failing())
    status, message = client.error(body=GOOD)
    assert status == 500 and "secret" not in message
    status, message = client.error(body=GOOD)
    assert status == 500 and "not finite" in message
    client.answerer.close()


def test_a_stopping_service_takes_no_questions(client):
    client.service.refuses = True
    assert client.error(body=GOOD) == (503, "the service is stopping")
    client.service.refuses = False
    client.answerer.close()
    assert client.error(body=GOOD) == (503, "the service is stopping")


def test_the_log_has_a_line_a_request_and_no_text(client, capsys):
    client.call(body=GOOD)
    client.call("SECRET", "/secret")
    client.call(body=[GOOD] * 2, content_type="secret")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert " 127.0.0.1 POST /ask 200 1 question " in lines[0]
    assert " 127.0.0.1 other other 404 " in lines[1] and " POST /ask 415 " in lines[2]
    assert not [word for word in ("secret", "SECRET", "cat", "which") if word in "".join(lines)]
