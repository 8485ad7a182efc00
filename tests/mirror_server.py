# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A loopback HTTP server over a folder, for download tests: byte ranges, and connections that break on request."""

import http.server
import os
import threading
import urllib.parse


class MirrorServer:
    """Serves `folder` on 127.0.0.1 until the `with` block ends.

    Attributes:
        cuts: list of ints; each GET takes the first one off and sends only so many bytes of what was asked for, then
            closes the connection. Empty: whole answers.
        statuses: list of ints; each GET takes the first one off and answers with that status.
        ranges: bool, whether the Range header is honoured.
        requests: list of (path, Range header or None) of the GETs so far.
    """

    def __init__(self, folder):
        self.folder, self.cuts, self.statuses, self.ranges, self.requests = (
            str(folder),
            [],
            [],
            True,
            [],
        )

    def __enter__(self):
        self._server = http.server.HTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.daemon = True
        self._thread.start()
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]
        return self

    def __exit__(self, *unused):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(mirror):
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *unused):
            pass

        def do_HEAD(self):
            content = self._content()
            if content is not None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()

        def do_GET(self):
            asked = self.headers.get("Range")
            mirror.requests.append((self.path, asked))
            if mirror.statuses:
                self.send_error(mirror.statuses.pop(0))
                return
            content = self._content()
            if content is None:
                return
            start = int(asked[len("bytes=") :].rstrip("-")) if asked and mirror.ranges else 0
            if start and start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", "bytes */%d" % len(content))
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header(
                    "Content-Range", "bytes %d-%d/%d" % (start, len(content) - 1, len(content))
                )
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = start + mirror.cuts.pop(0) if mirror.cuts else len(content)
            self.wfile.write(content[start:end])

        def _content(self):
            path = os.path.join(
                mirror.folder,
                urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/"),
            )
            if not os.path.isfile(path):
                self.send_error(404)
                return None
            with open(path, "rb") as source:
                return source.read()

    return Handler
