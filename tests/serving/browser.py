# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A headless Chromium, driven over a pair of pipes by its DevTools protocol; needs no package."""

import base64
import json
import os
import shutil
import subprocess
import tempfile


def executable():
    """Path of Chromium or Chrome; None if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


class Browser:
    """One page in a browser of its own, in a `with` statement.

    Args:
      width, height: int, of the window in CSS pixels.
    """

    def __init__(self, width=900, height=900):
        self._profile = tempfile.mkdtemp()
        commands, self._commands = os.pipe()
        self._events, events = os.pipe()
        os.set_inheritable(commands, True)
        os.set_inheritable(events, True)

        def numbered():
            # The browser reads from descriptor 3 and writes to 4, which may be in use by now: 10 and above are not.
            first, second = os.dup2(commands, 10), os.dup2(events, 11)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [
                executable(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
                "--window-size=%d,%d" % (width, height),
                "--user-data-dir=" + self._profile,
            ],
            preexec_fn=numbered,
            pass_fds=(3, 4),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(events)
        self._held, self._number, self._session = b"", 0, None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        self.messages = []  # of the console, and uncaught errors
        self.send("Runtime.enable")
        self.send("Log.enable")
        self.send("Page.enable")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._events)
        shutil.rmtree(self._profile, ignore_errors=True)

    def send(self, method, **parameters):
        """Calls a method of the protocol; returns its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode("utf-8") + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.messages.append(answer["params"])

    def _receive(self):
        while b"\0" not in self._held:
            block = os.read(self._events, 1 << 16)
            assert block, "the browser has ended"
            self._held += block
        message, self._held = self._held.split(b"\0", 1)
        return json.loads(message.decode("utf-8"))

    def evaluate(self, expression):
        """The value of a JavaScript expression; waits for promises."""
        result = self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression):
        """Waits until a JavaScript expression is true."""
        self.evaluate(
            "new Promise((done) => { const look = () => (%s) ? done(1) : setTimeout(look, 20); look(); })"
            % expression
        )

    def open(self, url):
        self.send("Page.navigate", url=url)
        self.wait_for(
            "location.href.startsWith(%s) && document.readyState === 'complete'" % json.dumps(url)
        )

    def fill(self, element, text):
        """Types a text into a field in place of what is there."""
        self.evaluate("document.getElementById('%s').focus()" % element)
        self.evaluate("document.getElementById('%s').select()" % element)
        self.send("Input.insertText", text=text)

    def press(self, key, control=False):
        """Presses a key: "Enter" or "Tab"."""
        codes = {"Enter": (13, "\r"), "Tab": (9, "")}
        parameters = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": codes[key][0],
            "modifiers": 2 if control else 0,
        }
        self.send("Input.dispatchKeyEvent", type="keyDown", text=codes[key][1], **parameters)
        self.send("Input.dispatchKeyEvent", type="keyUp", **parameters)

    def text(self, element):
        return self.evaluate("document.getElementById('%s').innerText" % element)

    def screenshot(self, path):
        picture = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(picture["data"]))
