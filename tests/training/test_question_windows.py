# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/question_windows.py: the windows of a run, made or found, on one rank and on several."""

import logging
import os
import random
import re
import threading

import numpy as np
import pytest

import tokenization
from program.records import decoding, encoding, fields
from squad import window_files, windows
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.questions import SquadDataError
from tests.jobs import make_job
from tests.rank_threads import Ranks
from tests.squad.test_window_files import WORDS, document, options_of
from training import exchange, question_windows
from training.runtime import SingleProcess

SEED = 11


@pytest.fixture
def site(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (tmp_path / "questions.json").write_text(document())
    return tmp_path


def job_of(site, name="run", runtime=None, **changes):
    directory = site / name
    directory.mkdir(exist_ok=True)
    questions = str(site / "questions.json")
    options = options_of(site, predict_file=questions, do_predict=True, **changes)
    return make_job(directory, runtime=runtime)._replace(task=options)


def tokenizer_of(job):
    return tokenization.FullTokenizer(job.task.vocab_file, job.task.do_lower_case)


def train(job, seed=SEED):
    examples = read_squad_examples(job.task.train_file, True)
    return question_windows.of_training(job, seed, examples, tokenizer_of(job))


def predict(job):
    examples = read_squad_examples(job.task.predict_file, False)
    return question_windows.of_prediction(job, examples, tokenizer_of(job))


def content_of(path):
    with open(path, "rb") as source:
        return source.read()


def expected_training(job, seed=SEED):
    """(content of the file, ids of each window's question) from the features of the shuffled examples, one at a time."""
    examples = read_squad_examples(job.task.train_file, True)
    random.Random(seed).shuffle(examples)
    task, records, owners = job.task, [], []
    schema = fields.squad_schema(task.max_seq_length, True)
    lengths = task.max_seq_length, task.doc_stride, task.max_query_length
    for feature in convert_examples(examples, tokenizer_of(job), *lengths, is_training=True):
        values = {
            name: getattr(feature, name) for name in ("input_ids", "input_mask", "segment_ids")
        }
        for name in ("unique_id", "start_position", "end_position"):
            values[name + "s"] = getattr(feature, name)
        records.append(schema.serialize(values))
        owners.append(examples[feature.example_index].qas_id)
    return b"".join(encoding.frame(records)), owners


def owners_of(made):
    return [made.examples[number].qas_id for number in made.question_of]


@pytest.fixture
def count_making(monkeypatch):
    """How often windows are made."""
    made, write = [], windows.write_windows

    def counted(*arguments, **names):
        made.append(arguments[0])
        return write(*arguments, **names)

    monkeypatch.setattr(windows, "write_windows", counted)
    return made


def test_training_windows_are_those_of_the_shuffled_examples(site, capsys):
    job = job_of(site)
    made = train(job)
    content, owners = expected_training(job)
    assert made.path == str(site / "run" / "train.tf_record")
    assert content_of(made.path) == content and owners_of(made) == owners
    assert sorted(os.listdir(str(site / "run"))) == ["train.tf_record", "train.tf_record.windows"]
    assert len(owners) > 100 and owners != sorted(owners)
    out = capsys.readouterr().out
    assert "questions.json: " in out and "reusing" not in out


def test_a_second_run_in_the_directory_makes_nothing(site, count_making, capsys):
    job = job_of(site)
    first, asked = train(job), predict(job)
    said = capsys.readouterr().out
    assert len(count_making) == 2
    before = {name: content_of(str(site / "run" / name)) for name in os.listdir(str(site / "run"))}
    again, asked_again = train(job), predict(job)
    assert len(count_making) == 2
    assert owners_of(again) == owners_of(first) and again.examples == first.examples
    assert list(asked_again[1]) == list(asked[1]) and asked_again[0] == asked[0]
    after = {name: content_of(str(site / "run" / name)) for name in os.listdir(str(site / "run"))}
    assert after == before
    lines = capsys.readouterr().out.splitlines()
    for path, made in ((first.path, first.question_of), (asked[0], asked[1])):
        line = "reusing %d windows of %s: same questions, vocabulary and options"
        assert line % (len(made), path) in lines
    assert [line for line in lines if "reusing" not in line] == said.splitlines()


@pytest.mark.parametrize(
    "change", ["seed", "questions", "vocabulary", "option", "train file", "train note", "gone"]
)
def test_what_changed_is_made_again(site, count_making, change):
    job = job_of(site)
    train(job), predict(job)
    seed, expected_makings = SEED, 4
    path = str(site / "run" / "train.tf_record")
    if change == "seed":
        seed, expected_makings = 12, 3  # the order of questions in a prediction has no seed
    elif change == "questions":
        (site / "questions.json").write_text(document(word="dog"))
    elif change == "vocabulary":
        (site / "vocab.txt").write_text("\n".join(WORDS[:-3] + WORDS[:-4:-1]) + "\n")
    elif change == "option":
        job = job_of(site, doc_stride=3)
    else:
        expected_makings = 3
        if change == "gone":
            os.remove(path)
        else:
            note = "" if change == "train file" else window_files.ENDING
            os.truncate(path + note, os.path.getsize(path + note) - 1)
    made = train(job, seed)
    predict(job)
    content, owners = expected_training(job, seed)
    assert content_of(path) == content and owners_of(made) == owners
    assert len(count_making) == expected_makings
    train(job, seed), predict(job)
    assert len(count_making) == expected_makings


def test_another_directory_finds_them_in_the_cache(site, count_making, capsys):
    store = str(site / "store")
    first = train(job_of(site, "first", windows_cache_dir=store))
    asked = predict(job_of(site, "first", windows_cache_dir=store))
    assert len(count_making) == 2 and len(os.listdir(store)) == 4
    capsys.readouterr()
    for number, seed in enumerate((SEED, 77)):  # also in another order
        job = job_of(site, "other%d" % number, windows_cache_dir=store)
        made = train(job, seed)
        content, owners = expected_training(job, seed)
        assert content_of(made.path) == content and owners_of(made) == owners
        path, found = predict(job)
        assert content_of(path) == content_of(asked[0]) and list(found) == list(asked[1])
        names = sorted(os.listdir(job.run.output_dir))
        endings = [".tf_record", ".tf_record.windows"]
        assert names == [kind + ending for kind in ("eval", "train") for ending in endings]
        out = capsys.readouterr().out
        for number in (len(first.question_of), len(found)):
            assert "reusing %d windows of %s" % (number, store) in out
    assert len(count_making) == 2
    train(job_of(site, "none"))
    assert len(count_making) == 3 and len(os.listdir(store)) == 4


def test_prediction_reads_back_what_was_written(site):
    job = job_of(site)
    path, made = predict(job)
    schema = fields.squad_schema(24, False)
    arrays = schema.arrays(
        [schema.check_example(path, n, one) for n, one in enumerate(decoding.read_records(path))]
    )
    assert arrays["unique_ids"][:, 0].tolist() == [window.unique_id for window in made]
    assert arrays["input_mask"].sum(axis=1).tolist() == made.lengths()
    assert max(made.lengths()) == 24 and len(made) > 100


def test_questions_without_a_token_are_named_each_time(site, caplog, monkeypatch):
    (site / "questions.json").write_text(
        document(3)
        .replace('"The cat", "answer', '"\\u200b", "answer', 1)
        .replace("The cat sat", "\\u200b The cat sat", 1)
    )
    monkeypatch.setattr(logging.getLogger("tensorflow"), "propagate", True)
    for _ in range(2):
        caplog.clear()
        made = train(job_of(site))
        lines = [
            record.getMessage() for record in caplog.records if "skipped" in record.getMessage()
        ]
        assert lines == ["question 0-0 skipped: its answer has no tokens"]
        assert "0-0" not in owners_of(made) and "0-1" in owners_of(made)


def test_no_window_at_all_is_refused(site):
    job = job_of(site)
    examples = read_squad_examples(job.task.train_file, True)
    blank = [
        one._replace(context="\u200b x", answer_start=0, answer_text="\u200b") for one in examples
    ]
    with pytest.raises(
        SquadDataError, match="questions.json: no question produces a training window"
    ):
        question_windows.of_training(job, SEED, blank, tokenizer_of(job))
    assert os.listdir(str(site / "run")) == []


def test_the_first_windows_are_shown_on_request(site, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("tensorflow"), "propagate", True)
    job, shown = job_of(site, verbose_logging=True), []
    with caplog.at_level(logging.INFO, logger="tensorflow"):
        for _ in range(2):  # made, and found
            caplog.clear()
            made = train(job)
            lines = [record.getMessage() for record in caplog.records]
            shown.append([line for line in lines if re.match("window|  answer", line)])
    assert shown[0] == shown[1] and len(shown[0]) == 40
    assert shown[0][0].startswith(
        "window 1000000000 (question %s, part 0): [CLS] " % owners_of(made)[0]
    )
    assert all(line.startswith("  answer: tokens ") for line in shown[0][1::2])


def test_processes_are_only_forked_where_that_is_safe(site, monkeypatch):
    asked, write = [], windows.write_windows

    def noted(*arguments):
        asked.append(arguments[5])
        return write(*arguments)

    monkeypatch.setattr(windows, "write_windows", noted)

    class UnderMpi(SingleProcess):
        may_fork = False

    predict(job_of(site, "alone", num_workers=7))
    predict(job_of(site, "ranks", num_workers=7, runtime=UnderMpi()))
    assert asked == [7, 1]


# ------------------------------------------------------------------------------------------- several ranks


@pytest.fixture
def one_at_a_time(monkeypatch):
    """Ranks are processes; as threads they must not share what a process has one of."""
    lock, write = threading.Lock(), windows.write_windows

    def locked(*arguments, **names):
        with lock:
            return write(*arguments, **names)

    monkeypatch.setattr(windows, "write_windows", locked)


@pytest.mark.parametrize("size", [2, 3, 29])
def test_all_ranks_get_the_file_of_one(site, size, count_making, one_at_a_time, capsys):
    content, owners = expected_training(job_of(site))
    store = str(site / "store")

    def work(runtime):
        return train(job_of(site, str(runtime.rank), runtime, windows_cache_dir=store))

    def check():
        for made in Ranks(size).run(work):
            assert content_of(made.path) == content and owners_of(made) == owners
        for rank in range(size):
            wanted = ["train.tf_record"] + ["train.tf_record.windows"] * (rank == 0)
            assert sorted(os.listdir(str(site / str(rank)))) == wanted

    check()
    assert len(count_making) == size and len(os.listdir(store)) == 2
    tokens = [line for line in capsys.readouterr().out.splitlines() if "tokens" in line]
    check()  # found in the first rank's directory
    for name in os.listdir(str(site / "0")):
        os.remove(str(site / "0" / name))
    check()  # found in the store
    assert len(count_making) == size
    lines = capsys.readouterr().out.splitlines()
    assert sum("reusing" in line for line in lines) == 2
    assert len(tokens) == 1 and lines.count(tokens[0]) == 2
    train(
        job_of(site, "alone", windows_cache_dir=store)
    )  # one process finds what several have made
    assert len(count_making) == size


def test_a_rank_without_questions_of_its_own(site, one_at_a_time):
    """All questions are about one context, which one rank takes."""
    (site / "questions.json").write_text(document(1))
    content, _ = expected_training(job_of(site))
    for made in Ranks(2).run(lambda runtime: train(job_of(site, str(runtime.rank), runtime))):
        assert content_of(made.path) == content


def test_ranks_predict_their_own_and_find_nothing(site, count_making, one_at_a_time):
    def work(runtime):
        job = job_of(site, str(runtime.rank), runtime, windows_cache_dir=str(site / "store"))
        examples = read_squad_examples(job.task.predict_file, False)[runtime.rank :: 2]
        path, made = question_windows.of_prediction(job, examples, tokenizer_of(job))
        assert len(made.counts) == len(examples) == 30 and np.all(made.counts > 0)
        return path

    for _ in range(2):
        first, second = Ranks(2).run(work)
        assert content_of(first) != content_of(second)
    assert len(count_making) == 4 and os.listdir(str(site / "store")) == []
    assert not os.path.exists(first + exchange.OWN)
