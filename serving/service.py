# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The question service as a WSGI application: POST /ask, GET /health and the page; every error is one line of JSON."""

import os
import sys
import threading
import time
from collections import OrderedDict, namedtuple
from concurrent.futures import TimeoutError as FutureTimeoutError

from program.errors import UserError
from serving import questions
from serving.answering import BusyError, ClosedError
from serving.questions import QuestionError
from squad.predictions import json_text

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page", "index.html")
_METHODS = {"/": ("GET", "HEAD"), "/health": ("GET", "HEAD"), "/ask": ("POST",)}
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_RETRY_SECONDS = 1
# The page loads nothing, from here or elsewhere, but what /ask and /health answer.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# request_bytes: of a body. questions: in a request. waiting: questions that may be unanswered at a time, and requests.
# read_seconds: for a request to arrive. answer_seconds: for it to be answered.
Limits = namedtuple("Limits", "request_bytes questions waiting read_seconds answer_seconds")


class HttpError(Exception):
    """A request that is not answered; the message is one line for the client."""

    def __init__(self, status, message, headers=()):
        super().__init__(message)
        self.status, self.headers = status, list(headers)


def error_body(message):
    """The body of a response that is an error, bytes."""
    return (json_text({"error": " ".join(message.split())}) + "\n").encode("utf-8")


def log_request(address, method, path, status, detail, began):
    """One line on stderr for a request, without any text of its sender: unknown methods and paths are not shown."""
    sys.stderr.write(
        "%s %s %s %s %d%s %.3f s\n"
        % (
            time.strftime("%H:%M:%S"),
            address,
            method if method in ("GET", "HEAD", "POST") else "other",
            path if path in _METHODS else "other",
            status,
            detail and " " + detail,
            time.monotonic() - began,
        )
    )
    sys.stderr.flush()


class Service:
    """The application.

    Args:
      answerer: answering.Answerer.
      limits: Limits.
      model: OrderedDict, what /health says of the model.
    """

    def __init__(self, answerer, limits, model):
        self._answerer, self._limits, self._model = answerer, limits, model
        self._slots = threading.Semaphore(limits.waiting)
        self.is_stopping = False  # /health says so
        self.refuses = False  # no more questions are taken
        with open(PAGE, "rb") as stream:
            self._page = stream.read()

    def __call__(self, environ, start_response):
        began = time.monotonic()
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        detail = []
        try:
            headers, body = self._respond(method, path, environ, detail)
            status = 503 if path == "/health" and self.is_stopping else 200
        except HttpError as error:
            status, body = error.status, error_body(str(error))
            headers = [("Content-Type", "application/json; charset=utf-8")] + error.headers
        headers += [
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("%d %s" % (status, _REASONS[status]), headers)
        log_request(environ.get("REMOTE_ADDR", "-"), method, path, status, "".join(detail), began)
        return [b"" if method == "HEAD" else body]

    def _respond(self, method, path, environ, detail):
        """(headers, body) of a success."""
        if path not in _METHODS:
            raise HttpError(404, "no such path: POST /ask, GET /health and GET / are there")
        if method not in _METHODS[path]:
            allowed = ", ".join(_METHODS[path])
            raise HttpError(405, "%s takes %s" % (path, allowed), [("Allow", allowed)])
        if path == "/":
            return [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", _PAGE_POLICY),
            ], self._page
        if path == "/health":
            value = OrderedDict([("status", "stopping" if self.is_stopping else "ready")])
            value.update(waiting=self._answerer.unanswered, model=self._model)
        else:
            value = self._ask(environ, detail)
        body = (json_text(value) + "\n").encode("utf-8")
        return [("Content-Type", "application/json; charset=utf-8")], body

    def _ask(self, environ, detail):
        """The answer or the list of answers to the body of a request."""
        kind = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise HttpError(415, "the content type must be application/json")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if len(body) > self._limits.request_bytes:
            raise HttpError(413, "the request exceeds %d bytes" % self._limits.request_bytes)
        asked, is_list = self._questions(body)
        detail.append("%d question%s %d bytes" % (len(asked), "s"[len(asked) == 1 :], len(body)))
        if self.refuses:
            raise _unavailable("the service is stopping")
        if not self._slots.acquire(blocking=False):
            raise _unavailable("too many requests are waiting")
        try:
            answers = self._answers(asked)
        finally:
            self._slots.release()
        found = [questions.answer_object(*pair) for pair in zip(asked, answers)]
        return found if is_list else found[0]

    def _questions(self, body):
        """(list of questions.Question, whether the request is a list)."""
        try:
            value = questions.decode(body)
        except QuestionError as error:
            raise HttpError(400, str(error))
        if not isinstance(value, list):
            value, is_list = [value], False
        else:
            is_list = True
        if not value:
            raise HttpError(400, "the list of questions is empty")
        if len(value) > self._limits.questions:
            raise HttpError(413, "the request exceeds %d questions" % self._limits.questions)
        asked = []
        for number, one in enumerate(value):
            try:
                asked.append(questions.parse(one))
            except QuestionError as error:
                raise HttpError(400, ("[%d]: %s" % (number, error)) if is_list else str(error))
        return asked, is_list

    def _answers(self, asked):
        """The answers in time: list of squad.predictions.QuestionAnswer."""
        deadline = time.monotonic() + self._limits.answer_seconds
        try:
            futures = self._answerer.ask(asked)
        except BusyError:
            raise _unavailable("too many questions are waiting")
        except ClosedError:
            raise _unavailable("the service is stopping")
        try:
            return [future.result(max(deadline - time.monotonic(), 0)) for future in futures]
        except FutureTimeoutError:
            raise _unavailable("not answered within %g seconds" % self._limits.answer_seconds)
        except UserError as error:
            raise HttpError(500, str(error))
        except Exception:  # pylint: disable=broad-except
            # Whatever it was, the log has it.
            raise HttpError(500, "the model could not answer; the log of the service says why")
        finally:
            for future in futures:
                future.cancel()


def _unavailable(message):
    return HttpError(503, message, [("Retry-After", str(_RETRY_SECONDS))])
