# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/lines.py: one answer a line, in order and at once; bad lines, long lines, closed pipes, bounded memory."""

import io
import json
import os
import threading

import pytest

from serving import lines
from serving.answering import Answerer
from tests.serving.tiny import SETTINGS, HashModel, asked, write_vocabulary


@pytest.fixture(name="words", scope="module")
def fixture_words(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


def through_pipe(content, chunk=None):
    """A file descriptor from which `content` can be read, written by a thread in pieces of `chunk` bytes."""
    reader, writer = os.pipe()

    def write():
        try:
            step = chunk or max(len(content), 1)
            for start in range(0, len(content), step):
                os.write(writer, content[start : start + step])
        except BrokenPipeError:
            pass
        finally:
            os.close(writer)

    threading.Thread(target=write).start()
    return reader


def run(words, content, chunk=None, most_waiting=100):
    """(LineAnswerer, list of output objects)."""
    answerer = Answerer(HashModel(), words, SETTINGS, 500, most_waiting)
    output = io.BytesIO()
    work = lines.LineAnswerer(answerer, through_pipe(content, chunk), output)
    work.run()
    answerer.close()
    assert output.getvalue().endswith(b"\n") or not output.getvalue()
    return work, [json.loads(line) for line in output.getvalue().decode("utf-8").splitlines()]


@pytest.mark.parametrize("chunk", [None, 1, 7])
@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n"])
def test_lines(chunk, end):
    content = b"\n".join([b"a", b"", b"bc", "\u00e9".encode("utf-8"), b" "]) + end
    found = list(lines.lines_of(through_pipe(content, chunk)))
    assert found == [b"a", b"", b"bc", b"\xc3\xa9", b" \r" if end == b"\r\n" else b" "]


def test_a_long_line_is_skipped_and_not_kept():
    content = b"a\n" + b"x" * 300001 + b"\nb\n" + b"y" * 400000
    found = list(lines.lines_of(through_pipe(content, 65536), longest=1000))
    assert found == [b"a", lines.LineTooLong, b"b", lines.LineTooLong]
    assert list(lines.lines_of(through_pipe(b"x" * 1000 + b"\n"), 1000)) == [b"x" * 1000]


def test_answers_are_in_order_with_the_ids_of_the_lines(words):
    questions = asked(60)
    content = "".join(json.dumps(one) + "\n" for one in questions).encode("utf-8")
    work, found = run(words, content, chunk=100, most_waiting=4)
    assert [one["id"] for one in found] == [one["id"] for one in questions]
    assert all(
        one["context"][answer["start"] : answer["end"]] == answer["text"]
        for one, answer in zip(questions, found)
    )
    assert (work.num_answered, work.num_failed) == (60, 0)


def test_bad_lines_are_answered_with_what_is_wrong(words, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 2000)
    monkeypatch.setattr(lines.lines_of, "__defaults__", (2000,))
    good = json.dumps({"id": 9, "question": "which ?", "context": "one red cat"}).encode("utf-8")
    bad = [
        b"{",
        b'{"id": "here", "question": "which ?"}',
        b'{"question": "which ?", "context": "a \xff"}',
        b"[1]",
        b"x" * 3000,
        '"\u00e9"'.encode("utf-16"),
    ]
    content = b"\xef\xbb\xbf" + b"\n\n".join([good] + bad + [good])
    work, found = run(words, content)
    assert [one.get("line") for one in found] == [None, 3, 5, 7, 9, 11, 13, None]
    assert found[0] == found[-1] and found[0]["id"] == 9 and found[0]["text"]
    errors = [one["error"] for one in found[1:-1]]
    assert [error.split(":")[0] for error in errors] == [
        "not JSON",
        'has no "context"',
        "not UTF-8 text (near byte 38)",
        'must be a JSON object with "question" and "context"',
        "longer than 2000 bytes",
        "not UTF-8 text (near byte 0)",
    ]
    assert found[2]["id"] == "here" and found[1]["id"] is None
    assert (work.num_answered, work.num_failed) == (2, 6)


def test_text_that_utf8_does_not_have(words):
    """A lone surrogate comes as an escape and goes as one; other text goes as it is."""
    context = "red \u00e9\u2028\U0001f600 \\ud83d cat"
    line = json.dumps({"id": "\ud800", "question": "which ?", "context": "\u00e9\ud83d red"})
    other = json.dumps({"question": "which ?", "context": context}, ensure_ascii=False)
    _, found = run(words, (line + "\n" + other).encode("utf-8"))
    assert found[0]["id"] == "\ud800"
    assert context[found[1]["start"] : found[1]["end"]] == found[1]["text"]


def test_no_input_is_no_output(words):
    assert run(words, b"")[1] == [] and run(words, b"\n \n")[1] == []


def test_an_answer_does_not_wait_for_the_next_line(words):
    reader, writer = os.pipe()
    out_reader, out_writer = os.pipe()
    answerer = Answerer(HashModel(), words, SETTINGS, 500, 10)
    work = lines.LineAnswerer(answerer, reader, os.fdopen(out_writer, "wb"))
    thread = threading.Thread(target=work.run)
    thread.start()
    with os.fdopen(out_reader, "rb") as answers:
        for one in asked(3):
            os.write(writer, json.dumps(one).encode("utf-8") + b"\n")
            assert json.loads(answers.readline().decode("utf-8"))["id"] == one["id"]
        os.close(writer)
        thread.join(30)
    answerer.close()
    assert not thread.is_alive()


def test_a_closed_output_ends_the_work(words):
    class Closed(io.BytesIO):
        def write(self, data):
            raise BrokenPipeError()

    content = "".join(json.dumps(one) + "\n" for one in asked(20)).encode("utf-8")
    answerer = Answerer(HashModel(), words, SETTINGS, 500, 10)
    with pytest.raises(BrokenPipeError):
        lines.LineAnswerer(answerer, through_pipe(content), Closed()).run()
    answerer.close()


def test_a_stream_is_not_read_far_ahead(words):
    """With an output that takes nothing, reading stops: memory does not grow with the stream."""
    read = []

    class Stuck(io.BytesIO):
        entered, opened = threading.Event(), threading.Event()

        def write(self, data):
            self.entered.set()
            assert self.opened.wait(30)

    class Counting(lines.LineAnswerer):
        def _asked(self, number, line):
            read.append(number)
            return super()._asked(number, line)

    content = "".join(json.dumps(one) + "\n" for one in asked(1000)).encode("utf-8")
    answerer = Answerer(HashModel(), words, SETTINGS, 500, 10)
    work = Counting(answerer, through_pipe(content), Stuck())
    thread = threading.Thread(target=work.run)
    thread.start()
    assert Stuck.entered.wait(30)
    thread.join(1)
    assert 1 <= len(read) <= 300
    Stuck.opened.set()
    thread.join(60)
    answerer.close()
    assert len(read) == 1000 == work.num_answered
