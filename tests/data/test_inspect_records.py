# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""data/inspect_records.py and data/record_statistics.py: figures counted by hand, every rule of the format broken once."""
import collections
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from data import inspect_records, record_statistics
from program.errors import DataError
from program.records import decoding, fields

CLS, SEP, MASK = 2, 3, 4
SPECIAL = record_statistics.SpecialIds(CLS, SEP, MASK)
S, P = 12, 3


def record(first=(10, 11, 12), second=(20, 21), masks=((1, MASK, 10),), random_next=0):
    """One record as a dict of arrays. masks: (position, id that the model sees, label), ..."""
    ids = [CLS] + list(first) + [SEP] + list(second) + [SEP]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    for position, seen, _ in masks:
        ids[position] = seen

    def pad(values, length):
        return np.array(list(values) + [0] * (length - len(values)))

    return {
        "input_ids": pad(ids, S),
        "input_mask": pad([1] * len(ids), S),
        "segment_ids": pad(segments, S),
        "masked_lm_positions": pad([mask[0] for mask in masks], P),
        "masked_lm_ids": pad([mask[2] for mask in masks], P),
        "masked_lm_weights": pad([1.0] * len(masks), P).astype(np.float32),
        "next_sentence_labels": np.array([random_next]),
    }


def batch_of(*all_records):
    return {name: np.stack([one[name] for one in all_records]) for name in all_records[0]}


FOUR = [
    record(),  # 8 tokens
    record(
        first=[10] * 5,
        second=[20] * 4,
        masks=((1, 10, 10), (2, 33, 10), (8, MASK, 20)),
        random_next=1,
    ),  # 12 tokens
    record(masks=()),
    record(
        first=[10], second=[20], masks=((1, MASK, 10), (3, MASK, 20)), random_next=1
    ),  # 5 tokens
]


def write_records(path, all_records, length=S, predictions=P):
    schema = fields.pretraining_schema(length, predictions)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for one in all_records:
            writer.write(schema.serialize(one))
    return str(path)


def test_figures_counted_by_hand():
    statistics = record_statistics.Statistics(SPECIAL)
    # In two batches, so that adding up is seen too.
    statistics.add(batch_of(*FOUR[:3]))
    statistics.add(batch_of(*FOUR[3:]))
    summary = statistics.summary()
    assert statistics.problems() == []
    assert summary == {
        "records": 4,
        "max_seq_length": 12,
        "max_predictions_per_seq": 3,
        "tokens": 33,
        "mean_length": 8.25,
        "padding_share": 1 - 33 / 48,
        "full_length_share": 0.25,
        "second_segment_share": (3 + 5 + 3 + 2) / 33,
        "random_next_share": 0.5,
        "predictions": 6,
        "records_without_predictions": 1,
        "masked_share": 6 / 33,
        "mask_share": 4 / 6,
        "kept_share": 1 / 6,
        "replaced_share": 1 / 6,
        "records_with_problems": 0,
    }
    assert statistics.lengths().tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1]
    histogram = statistics.histogram()
    assert histogram[0][0] == 1 and histogram[-1][1] == 12
    assert [low for low, _, _ in histogram[1:]] == [high + 1 for _, high, _ in histogram[:-1]]
    assert sum(count for _, _, count in histogram) == 4 and (8, 8, 2) in histogram


def broken(name, **changes):
    """The record `record()` with single numbers replaced: feature={place: value}."""
    one = record(masks=((1, MASK, 10), (6, MASK, 21)))
    for feature, places in changes.items():
        for place, value in places.items():
            one[feature][place] = value
    return pytest.param(one, name, id=name)


@pytest.mark.parametrize(
    "one, problem",
    [
        broken("input_mask is not 1s followed by 0s", input_mask={3: 0, 9: 1}, segment_ids={}),
        broken(
            "segment_ids are not 0s followed by 1s up to the end of the text",
            segment_ids={1: 1, 7: 0},
        ),
        broken("padding ids are not 0", input_ids={10: 5}),
        broken("does not start with [CLS]", input_ids={0: 9}),
        broken("a segment does not end with [SEP]", input_ids={4: 9}),
        broken("next_sentence_labels is neither 0 nor 1", next_sentence_labels={0: 2}),
        broken("masked_lm_weights are not 1s followed by 0s", masked_lm_weights={0: 0.5}),
        broken("an unused prediction slot is not 0", masked_lm_ids={2: 7}),
        broken("masked_lm_positions are not increasing", masked_lm_positions={0: 6, 1: 1}),
        broken("input_ids are not 0 to 39", input_ids={2: 40}),
        broken("input_ids are not 0 to 39", input_ids={2: (1 << 32) + 5}),
        broken("input_ids are not 0 to 39", input_ids={2: -1}),
        broken("masked_lm_ids are not 0 to 39", masked_lm_ids={0: 40}),
        broken("masked_lm_ids are not 0 to 39", masked_lm_ids={0: -7}),
        broken("masked_lm_positions are not 0 to 11", masked_lm_positions={1: 12}),
        broken("masked_lm_positions are not increasing", masked_lm_positions={0: -1, 1: -1}),
        broken("next_sentence_labels is neither 0 nor 1", next_sentence_labels={0: -1}),
        broken("masked_lm_weights are not 1s followed by 0s", masked_lm_weights={1: np.nan}),
        broken("masked_lm_weights are not 1s followed by 0s", masked_lm_weights={1: np.inf}),
        broken("masked_lm_weights are not 1s followed by 0s", masked_lm_weights={1: -1.0}),
        broken("input_mask is not 1s followed by 0s", input_mask={2: 1 << 40}),
        broken("[CLS], [SEP] or padding is a prediction target", masked_lm_positions={0: 0}),
        broken("[CLS], [SEP] or padding is a prediction target", masked_lm_positions={0: 4}),
        broken("[CLS], [SEP] or padding is a prediction target", masked_lm_positions={1: 7}),
        broken("[CLS], [SEP] or padding is a prediction target", masked_lm_positions={1: 9}),
        pytest.param(record(second=()), "a segment is empty", id="empty second segment"),
        pytest.param(record(first=(), masks=()), "a segment is empty", id="empty first segment"),
    ],
)
def test_every_rule_of_the_format(one, problem):
    statistics = record_statistics.Statistics(SPECIAL, vocab_size=40)
    statistics.add(batch_of(*FOUR))
    statistics.add(batch_of(FOUR[0], one, FOUR[2]))
    assert (problem, 1, 5) in statistics.problems()
    assert all(count == 1 and first == 5 for _, count, first in statistics.problems())


def with_labels(labels, seen):
    """A record whose predictions have the labels and show the ids."""
    return record(
        first=[10] * len(labels),
        masks=[(place + 1, shown, label) for place, (label, shown) in enumerate(zip(labels, seen))],
    )


def test_a_label_far_above_all_inputs_is_found_without_a_vocabulary():
    random = np.random.RandomState(0)
    draws = [with_labels([10], [int(random.randint(5, 1000))]) for _ in range(30)]
    largest = max(int(one["input_ids"].max()) for one in draws)
    for label, is_found in ((2000, True), (largest + 5, False)):
        statistics = record_statistics.Statistics(SPECIAL)
        statistics.add(batch_of(*draws))
        statistics.add(batch_of(FOUR[0], with_labels([label], [MASK]), *draws))
        problems = [problem for problem in statistics.problems() if "far above" in problem[0]]
        assert [problem[1:] for problem in problems] == ([(1, 31)] if is_found else []), label
    # The vocabulary is known, or an input as large follows: nothing to guess.
    statistics = record_statistics.Statistics(SPECIAL, vocab_size=3000)
    statistics.add(batch_of(with_labels([2000], [MASK]), *draws))
    assert statistics.problems() == []
    statistics = record_statistics.Statistics(SPECIAL)
    statistics.add(batch_of(with_labels([2000], [MASK]), *draws))
    statistics.add(batch_of(record(first=[2500], masks=())))
    assert statistics.problems() == []
    # Without random replacements there is nothing to judge by.
    statistics = record_statistics.Statistics(SPECIAL)
    statistics.add(batch_of(FOUR[0], with_labels([2000], [MASK])))
    assert statistics.problems() == []


@pytest.mark.parametrize("label, is_found", [(40000, True), (29800, False), (130000, True)])
def test_the_special_ids_of_google_leave_few_sizes_of_a_vocabulary(label, is_found):
    special = record_statistics.SpecialIds(101, 102, 103)
    random = np.random.RandomState(2)
    draws = [with_labels([10], [int(random.randint(200, 29500))]) for _ in range(9)]
    statistics = record_statistics.Statistics(special)
    statistics.add(batch_of(with_labels([label], [103]), *draws))
    assert any("far above" in problem[0] for problem in statistics.problems()) == is_found
    if label > 119547:  # a larger vocabulary that begins like Google's: its other ids show it
        statistics.add(batch_of(record(first=[label - 100], masks=())))
        assert not any("far above" in problem[0] for problem in statistics.problems())


def test_numbers_of_any_size_are_shown():
    one = record()
    one["input_mask"][2], one["segment_ids"][3] = 1 << 40, -5
    lines = inspect_records.show(batch_of(one), 0, str)
    assert lines[0].startswith("12 tokens") and len(lines) == 3


def test_any_numbers_are_counted_and_shown():
    """Five hundred records with some numbers replaced by extreme ones: a problem is found, and nothing else happens."""
    random = np.random.RandomState(11)
    extremes = [-(1 << 63), (1 << 63) - 1, -1, 1 << 40, 1 << 31, 40]
    for number in range(500):
        one = record(masks=((1, MASK, 10), (6, MASK, 21)))
        for _ in range(random.randint(1, 4)):
            name = sorted(one)[random.randint(len(one))]
            values = [np.nan, np.inf, -np.inf, -1.0, 0.5, 1e30] if "weights" in name else extremes
            one[name][random.randint(len(one[name]))] = values[random.randint(len(values))]
        batch = batch_of(FOUR[0], one)
        guessed = record_statistics.guess_special_ids(batch)
        for special, vocab_size in ((SPECIAL, 40), (guessed, None)):
            statistics = record_statistics.Statistics(special, vocab_size)
            statistics.add(batch)
            text = io.StringIO()
            inspect_records.print_summary(statistics, text, collections.OrderedDict(a=1, b=1))
            if vocab_size:
                assert "PROBLEM" in text.getvalue(), (number, one)
        inspect_records.show(batch, 1, str)


def test_special_ids_are_seen_from_the_records():
    assert record_statistics.guess_special_ids(batch_of(*FOUR)) == SPECIAL
    assert record_statistics.guess_special_ids(batch_of(record(masks=()))).mask is None


def test_a_record_in_words():
    names = {
        CLS: "[CLS]",
        SEP: "[SEP]",
        MASK: "[MASK]",
        10: "the",
        11: "cat",
        12: "##s",
        20: "sat",
        21: "down",
    }
    one = record(masks=((1, MASK, 10), (6, 11, 21)), random_next=1)
    assert inspect_records.show(batch_of(FOUR[0], one), 1, names.__getitem__) == [
        "8 tokens, 2 to predict {in braces}, B is random",
        "  A: [CLS] [MASK]{the} cat ##s [SEP]",
        "  B: sat cat{down} [SEP]",
    ]


def test_reads_all_records_of_several_files(tmp_path):
    many = [
        record(first=[10 + i % 40], second=[20], masks=((1, MASK, 10 + i % 40),))
        for i in range(1500)
    ]
    paths = [write_records(tmp_path / "a", many), write_records(tmp_path / "b", FOUR)]
    batches = list(inspect_records.read_batches(paths))
    assert [len(batch["input_ids"]) for batch in batches] == [1024, 480]
    for name in many[0]:
        np.testing.assert_array_equal(
            np.concatenate([batch[name] for batch in batches]), batch_of(*(many + FOUR))[name]
        )
    counts = collections.OrderedDict()
    limited = list(inspect_records.read_batches(paths, 1502, counts))
    assert sum(len(batch["input_ids"]) for batch in limited) == 1502
    assert list(counts.items()) == [(paths[0], 1500), (paths[1], 2)]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "holds no record"),
        (b"no record at all, but long enough", "not a TFRecord file, or damaged"),
    ],
)
def test_files_that_are_no_records(tmp_path, content, message):
    path = tmp_path / "x.tfrecord"
    path.write_bytes(content)
    with pytest.raises(decoding.RecordError, match=message):
        list(inspect_records.read_batches([str(path)]))


def test_a_file_cut_between_two_records(tmp_path):
    path = write_records(tmp_path / "a", FOUR[:2])
    (tmp_path / "a.json").write_text('{"bytes": 100000, "records": 4}')
    with pytest.raises(decoding.RecordError, match="a: holds .* bytes, but .*a.json says 100000"):
        list(inspect_records.read_batches([path]))


def test_records_of_another_kind_or_length(tmp_path):
    squad = fields.squad_schema(4, False)
    with tf.io.TFRecordWriter(str(tmp_path / "squad")) as writer:
        writer.write(
            squad.serialize(
                {
                    "unique_ids": 1,
                    "input_ids": [1] * 4,
                    "input_mask": [1] * 4,
                    "segment_ids": [0] * 4,
                }
            )
        )
    with pytest.raises(decoding.RecordError, match="squad: has no feature 'masked_lm_positions'"):
        list(inspect_records.read_batches([str(tmp_path / "squad")]))
    short = {name: values[:8] if len(values) == S else values for name, values in FOUR[0].items()}
    paths = [write_records(tmp_path / "a", FOUR), write_records(tmp_path / "b", [short], length=8)]
    message = "b: holds 8 tokens and 3 predictions a sequence, but .*a 12 tokens and 3 predictions"
    with pytest.raises(decoding.RecordError, match=message):
        list(inspect_records.read_batches(paths))


def run_program(repo_root, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "data.inspect_records"] + list(arguments),
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    errors = done.stderr.decode("utf-8").splitlines()
    assert not any(line.startswith("Traceback") for line in errors), errors
    # Beside ours there are lines of TensorFlow's own about the processor and about NumPy.
    return (
        done.returncode,
        done.stdout.decode("utf-8"),
        [line for line in errors if line.startswith("error: ")],
    )


def test_program(tmp_path, repo_root):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + ["w\u00f6rd%d" % i for i in range(40)]
    (tmp_path / "vocab.txt").write_bytes("\n".join(tokens).encode("utf-8"))
    path = write_records(tmp_path / "a.tfrecord", FOUR)
    code, out, err = run_program(
        repo_root,
        str(tmp_path / "*.tfrecord"),
        "--vocab_file",
        str(tmp_path / "vocab.txt"),
        "--show",
        "2",
        "--json",
        str(tmp_path / "figures.json"),
    )
    assert code == 0, err
    assert "  A: [CLS] [MASK]{w\u00f6rd5} w\u00f6rd6 w\u00f6rd7 [SEP]" in out
    assert out.count("\nrecord ") == 2 and "PROBLEM" not in out
    assert json.loads((tmp_path / "figures.json").read_text())["mask_share"] == pytest.approx(4 / 6)
    # A broken record: still shown and counted, and the exit code says so.
    bad = record()
    bad["input_ids"][0] = 9
    write_records(tmp_path / "bad.tfrecord", FOUR + [bad])
    code, out, err = run_program(repo_root, str(tmp_path / "bad.tfrecord"), "--show", "0")
    assert code == 1 and err == []
    assert (
        "PROBLEM: does not start with [CLS]: 1 records, the first is record 4 of %s\n"
        % (tmp_path / "bad.tfrecord")
    ) in out
    # The user's errors: one line, exit code 2.
    for arguments, message in [
        ([path + ".nowhere"], "matches no file"),
        ([path, "--vocab_file", str(tmp_path / "none.txt")], "cannot read the vocabulary"),
    ]:
        code, out, err = run_program(repo_root, *arguments)
        assert code == 2 and len(err) == 1 and message in err[0]


def test_png(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra of the data stages")
    statistics = inspect_records.inspect(
        [write_records(tmp_path / "a", FOUR)], str, 0, None, io.StringIO()
    )
    inspect_records.save_png(statistics, str(tmp_path / "picture.png"))
    content = (tmp_path / "picture.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) > 5000


def test_png_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    statistics = record_statistics.Statistics(SPECIAL)
    statistics.add(batch_of(*FOUR))
    with pytest.raises(DataError, match="pip install -r requirements/data.txt"):
        inspect_records.save_png(statistics, str(tmp_path / "picture.png"))
