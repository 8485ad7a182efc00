# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Questions as JSON lines in, answers as JSON lines out, in order: each as soon as it is known."""

import os
import queue
import threading
from collections import OrderedDict
from concurrent.futures import CancelledError

from program.errors import UserError
from serving import questions
from serving.answering import ClosedError
from serving.questions import QuestionError
from squad.predictions import json_text

LONGEST_LINE = 4 << 20  # bytes
_BLOCK = 1 << 16
_MOST_LINES = 256  # read, but not yet answered


class LineTooLong:
    """Stands for a line of more than LONGEST_LINE bytes, which was skipped."""


def lines_of(descriptor, longest=LONGEST_LINE):
    """Yields the lines of a file descriptor without their ends, as soon as they are there; LineTooLong for longer ones.

    Not sys.stdin: at exit Python waits for a thread that reads it.
    """
    held, skipping = b"", False
    while True:
        block = os.read(descriptor, _BLOCK)
        parts = block.split(b"\n") if block else [b"", b""]
        for index, part in enumerate(parts):
            held += part
            if len(held) > longest:
                held, skipping = b"", True
            if index < len(parts) - 1:
                if skipping:
                    yield LineTooLong
                elif block or held:
                    yield held
                held, skipping = b"", False
        if not block:
            return


class LineAnswerer:
    """Answers JSON lines.

    Args:
      answerer: answering.Answerer.
      descriptor: int, of the file to read.
      output: binary file to write to.
    """

    def __init__(self, answerer, descriptor, output):
        self._answerer, self._descriptor, self._output = answerer, descriptor, output
        self._read = queue.Queue(_MOST_LINES)  # (number of the line, Question or error, Future)
        self._stopped = False
        self.num_answered = self.num_failed = 0

    def run(self):
        """Reads to the end and answers everything.

        Raises:
          OSError: the output was closed, or the input cannot be read.
        """
        reader = threading.Thread(target=self._read_all, name="reader")
        reader.daemon = True
        reader.start()
        try:
            while True:
                item = self._read.get()
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                self._write(*item)
        finally:
            self._stopped = True

    def _read_all(self):
        try:
            for number, line in enumerate(lines_of(self._descriptor), 1):
                if self._stopped:
                    return
                if line is not LineTooLong and not line.strip():
                    continue
                self._read.put(self._asked(number, line))
            self._read.put(None)
        except ClosedError:
            return
        except BaseException as error:  # pylint: disable=broad-except
            self._read.put(error)

    def _asked(self, number, line):
        try:
            if line is LineTooLong:
                raise QuestionError("longer than %d bytes" % LONGEST_LINE)
            question = questions.parse(questions.decode(line))
        except QuestionError as error:
            return number, error, None
        return number, question, self._answerer.ask([question], wait=True)[0]

    def _write(self, number, asked, future):
        found = self._found(number, asked, future)
        self._output.write((json_text(found) + "\n").encode("utf-8"))
        self._output.flush()

    def _found(self, number, asked, future):
        """The object to write for a line."""
        if isinstance(asked, QuestionError):
            error, question_id = asked, asked.question_id
        else:
            try:
                answer = questions.answer_object(asked, future.result())
                self.num_answered += 1
                return answer
            except (UserError, CancelledError) as failed:
                error, question_id = failed, asked.question_id
        self.num_failed += 1
        return OrderedDict([("id", question_id), ("line", number), ("error", str(error))])
