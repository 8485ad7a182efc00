# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/windows.py: a file of windows, whole or not at all, the same for any number of processes, in any order."""

import collections
import multiprocessing
import os
import random
import signal

import numpy as np
import pytest

from program.errors import DataError
from program.options import OptionError
from program.records import encoding, fields
from program.unknown_words import UnknownWords
from squad import windows
from squad.examples import SquadExample
from squad.features import convert_examples

Options = collections.namedtuple("Options", "max_seq_length doc_stride max_query_length")
OPTIONS = Options(16, 4, 5)


class Tokenizer:
    """Words at blanks; ids are their lengths."""

    def tokenize(self, text):
        return text.split()

    def tokenize_with_offsets(self, text):
        spans, start = [], 0
        for word in text.split():
            start = text.index(word, start)
            spans.append((start, start + len(word)))
            start += len(word)
        return [word if "z" not in word else "[UNK]" for word in text.split()], spans

    def convert_tokens_to_ids(self, tokens):
        return [sum(map(ord, token)) for token in tokens]


def example(number, words):
    context = " ".join("w%d" % place for place in range(words))
    return SquadExample("q%d" % number, "who is it", context, "w1", 3, False, ("w1",))


def many_examples():
    """Contexts of different length shared by runs of questions, some empty, some with an answer that has no token."""
    found = []
    for number in range(300):
        base = example(number // 7, 5 + (number // 7) % 40)
        if number % 50 == 3:
            base = base._replace(context="", answer_start=0, answer_text="", is_impossible=True)
        if number % 60 == 5:
            base = base._replace(answer_start=2, answer_text=" ")
        question = "who is it now z%d" % number
        found.append(base._replace(qas_id="q%d" % number, question=question))
    return found


EXAMPLES = many_examples()


def expected_features(examples, is_training, unknown=None):
    return list(convert_examples(examples, Tokenizer(), 16, 4, 5, is_training, unknown))


def expected_content(features, is_training):
    """The file of these features, made one record at a time from their lists."""
    records = []
    for feature in features:
        values = {
            "unique_ids": feature.unique_id,
            "input_ids": feature.input_ids,
            "input_mask": feature.input_mask,
            "segment_ids": feature.segment_ids,
        }
        if is_training:
            values["start_positions"] = feature.start_position
            values["end_positions"] = feature.end_position
        records.append(fields.squad_schema(16, is_training).serialize(values))
    return b"".join(encoding.frame(records))


def write(path, examples=EXAMPLES, is_training=True, **changes):
    return windows.write_windows(str(path), examples, Tokenizer(), OPTIONS, is_training, **changes)


@pytest.fixture
def many_processes(monkeypatch):
    monkeypatch.setattr(windows, "_FEWEST_EXAMPLES", 100)
    monkeypatch.setattr(windows, "_EXAMPLES_AT_ONCE", 10)


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("num_workers", [1, 2, 3])
def test_the_file_is_the_features_for_any_number_of_processes(
    tmp_path, many_processes, is_training, num_workers
):
    unknown, seen = UnknownWords(), []
    expected = expected_features(EXAMPLES, is_training, unknown)
    made = write(
        tmp_path / "x",
        is_training=is_training,
        num_workers=num_workers,
        on_example=seen.append,
    )
    assert (tmp_path / "x").read_bytes() == expected_content(expected, is_training)
    assert os.listdir(str(tmp_path)) == ["x"] and multiprocessing.active_children() == []
    assert len(made) == len(expected) > 600
    owners = [feature.example_index for feature in expected]
    assert made.question_numbers().tolist() == owners
    assert made.counts.tolist() == [owners.count(number) for number in range(300)]
    assert seen == sorted(seen) and seen[-1] == 300 and len(seen) > 10
    counted = made.unknown
    assert (counted.num_tokens, counted.num_unknown) == (unknown.num_tokens, unknown.num_unknown)
    assert counted.words == unknown.words and counted.num_unknown >= 200
    assert windows.left_out(EXAMPLES, made) == (
        ["q5", "q65", "q125", "q185", "q245"] if is_training else []
    )


@pytest.mark.parametrize("num_workers", [1, 2])
def test_answers_are_found_as_in_the_features(tmp_path, many_processes, num_workers):
    expected = expected_features(EXAMPLES, False)
    made = write(tmp_path / "x", is_training=False, num_workers=num_workers)
    assert made.lengths() == [len(feature.tokens) for feature in expected]
    for _ in range(2):  # as often as one likes
        for one, other in zip(made, expected):
            for name in (
                "unique_id",
                "example_index",
                "window_index",
                "token_char_spans",
                "token_is_max_context",
            ):
                assert getattr(one, name) == getattr(other, name), name
    assert len(list(made)) == len(expected)


@pytest.mark.parametrize("at_once", [1, 50, 8192])
def test_another_order_is_that_of_the_examples(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(windows, "_WINDOWS_MOVED_AT_ONCE", at_once)
    order = list(range(300))
    random.Random(4).shuffle(order)
    shuffled = [EXAMPLES[number] for number in order]
    made = write(tmp_path / "x")
    windows.write_in_order(str(tmp_path / "y"), str(tmp_path / "x"), made, np.array(order))
    expected = expected_features(shuffled, True)
    assert (tmp_path / "y").read_bytes() == expected_content(expected, True)
    owners = [feature.example_index for feature in expected]
    assert made.question_numbers(np.array(order)).tolist() == owners


def test_ids_are_of_one_length_at_their_limits(tmp_path):
    """The ids of all windows that a file may have take as many bytes, which are put in the place of others."""
    assert windows._ID_BYTES == 5
    for first in (0, 127, (1 << 30) - windows.features.FIRST_UNIQUE_ID - 1, (1 << 31) - 10**9 - 2):
        rows = {"a": np.array([[7], [300]]), "unique_ids": np.full([2, 1], 10**9)}
        frames = encoding.frame(encoding.serialize_rows(rows))
        changed = windows._numbered(b"".join(frames), list(map(len, frames)), first)
        rows["unique_ids"] = 10**9 + first + np.array([[0], [1]])
        assert changed == b"".join(encoding.frame(encoding.serialize_rows(rows)))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 43])
def test_shares_of_ranks_end_with_a_context_and_are_all(count):
    shares = [windows.share_of(EXAMPLES, index, count) for index in range(count)]
    assert [begin for begin, _ in shares] == [0] + [end for _, end in shares[:-1]]
    assert shares[-1][1] == 300
    for _, end in shares[:-1]:
        assert end == 300 or EXAMPLES[end].context != EXAMPLES[end - 1].context
    one_context = [EXAMPLES[0]] * 10
    assert [windows.share_of(one_context, index, 3) for index in range(3)] == [
        (0, 10),
        (10, 10),
        (10, 10),
    ]


@pytest.mark.parametrize("is_training", [True, False])
def test_a_share_may_be_empty(tmp_path, is_training):
    made = write(tmp_path / "x", [], is_training)
    assert (len(made), made.counts.tolist(), made.unknown.num_tokens) == (0, [], 0)
    assert is_training or list(made) == []
    left_out = write(tmp_path / "y", [EXAMPLES[5]] * 2)
    assert (len(left_out), left_out.counts.tolist()) == (0, [0, 0])
    for name in "xy":
        assert (tmp_path / name).read_bytes() == b""


# ------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("num_workers", [1, 2])
def test_failed_writing_leaves_nothing(tmp_path, many_processes, num_workers):
    broken = list(EXAMPLES)
    broken[250] = broken[250]._replace(question=None)
    with pytest.raises(AttributeError):
        write(tmp_path / "x", broken, False, num_workers=num_workers)
    assert os.listdir(str(tmp_path)) == [] and multiprocessing.active_children() == []
    with pytest.raises(DataError, match="none/x: cannot be written"):
        write(tmp_path / "none" / "x", num_workers=num_workers)
    assert windows._job is None


class DeadlyTokenizer(Tokenizer):
    """Ends its process, or its memory, at one question."""

    def __init__(self, deed):
        self.deed, self.parent = deed, os.getpid()

    def tokenize_with_offsets(self, text):
        if text.endswith("z250") and os.getpid() != self.parent:
            self.deed()
        return super().tokenize_with_offsets(text)


def _kill_oneself():
    os.kill(os.getpid(), signal.SIGKILL)


def _use_all_memory():
    raise MemoryError


@pytest.mark.parametrize(
    "deed, error", [(_kill_oneself, OptionError), (_use_all_memory, MemoryError)]
)
def test_the_end_of_a_process_is_an_error(tmp_path, many_processes, deed, error):
    with pytest.raises(error) as raised:
        windows.write_windows(
            str(tmp_path / "x"), EXAMPLES, DeadlyTokenizer(deed), OPTIONS, True, 2
        )
    if error is OptionError:
        assert "run again with a smaller --num_workers" in str(raised.value)
    assert os.listdir(str(tmp_path)) == [] and multiprocessing.active_children() == []


def test_few_examples_start_no_process(tmp_path, monkeypatch):
    asked = []
    pool = windows.workers.worker_pool
    monkeypatch.setattr(
        windows.workers, "worker_pool", lambda number: asked.append(number) or pool(1)
    )
    write(tmp_path / "x", num_workers=16)
    monkeypatch.setattr(windows, "_FEWEST_EXAMPLES", 300)
    write(tmp_path / "x", num_workers=16)
    assert asked == [1, 16]
