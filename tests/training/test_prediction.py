# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/prediction.py: sorted windows have the logits and the answers that windows of one length in the order of the file have."""

import functools
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_squad
import tokenization
from program.records.decoding import RecordError
from program.records.fields import squad_schema
from serving.span_model import CheckpointModel
from squad import batches
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.options import SquadOptions
from squad.predictions import RawResult, compute_predictions
from squad.windows import write_windows
from tests import squad_runs
from tests.jobs import FP32, make_job
from training import kernels, metrics, prediction
from training.precision import Precision
from training.start import Start

LENGTH = 40
LENGTHS = {"max_seq_length": LENGTH, "max_query_length": 8, "doc_stride": 10}
FP16 = FP32._replace(compute_type=tf.float16)
CONFIG = dict(squad_runs.CONFIG, initializer_range=0.3)  # logits far apart


class Site:
    """Questions, a vocabulary and a checkpoint of random weights."""

    def __init__(self, folder):
        self.folder = folder
        self.vocab = squad_runs.write(folder / "vocab.txt", "\n".join(squad_runs.VOCABULARY) + "\n")
        self.config = modeling.BertConfig.from_dict(CONFIG)
        path = squad_runs.write(folder / "questions.json", squad_runs.document(101, 1))
        self.examples = read_squad_examples(path, False)
        self.tokenizer = tokenization.FullTokenizer(self.vocab)
        self.whole = list(convert_examples(self.examples, self.tokenizer, LENGTH, 10, 8, False))
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(4)
            run_squad.build_model(self.config)
            session.run(tf.global_variables_initializer())
            self.checkpoint = tf.train.Saver().save(session, str(folder / "model.ckpt"))

    def job(self, precision=FP32, of=kernels.PLAIN, **options):
        options = dict(LENGTHS, vocab_file=self.vocab, predict_file="x", do_predict=True, **options)
        job = make_job(self.folder / "run", precision=precision, config=self.config)
        return job._replace(task=SquadOptions(**options), kernels=of)

    def predicted(self, job, done=None):
        """(Prediction, its results) of a job."""
        path = str(self.folder / "eval.tf_record")
        features = write_windows(path, self.examples, self.tokenizer, job.task, False)
        predicted = prediction.Prediction(job, path, features)
        start = Start(0, self.checkpoint, False)
        schema = squad_schema(LENGTH, is_training=False)
        results = predicted.results(
            run_squad.make_model_fn(job, start),
            schema,
            self.checkpoint,
            (done if done is not None else []).append,
        )
        return predicted, results

    @functools.lru_cache()
    def reference(self, precision, of):
        """RawResult of each window by its id: all windows in one batch of full length, padding computed."""
        model = CheckpointModel(self.config, self.checkpoint, precision, of)
        names = ("input_ids", "input_mask", "segment_ids")
        starts, ends = model.logits(*[[getattr(one, n) for one in self.whole] for n in names])
        return {
            one.unique_id: RawResult(one.unique_id, *logits)
            for one, *logits in zip(self.whole, starts, ends)
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("prediction"))


@pytest.fixture(scope="module")
def fused(fused_library):
    del fused_library
    return kernels.Kernels(kernels.selection.FUSED, False, "")


CASES = {
    "plain": (FP32, None, {}, 2e-5),
    "one window a batch": (FP32, None, {"predict_batch_size": 1}, 2e-5),
    "fused": (FP32, False, {}, 2e-5),
    "without padding": (FP32, True, {"predict_batch_size": 7}, 2e-5),
    "by tokens": (FP32, None, {"predict_batch_tokens": 200}, 2e-5),
    "by tokens, without padding": (FP32, True, {"predict_batch_tokens": LENGTH}, 2e-5),
    "fp16": (FP16, None, {}, 2e-2),
    "fp16, without padding": (FP16, True, {}, 5e-2),
    "a batch of everything": (FP32, None, {"predict_batch_size": 1000}, 2e-5),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_logits_and_answers_are_those_of_one_length_in_the_order_of_the_file(
    site, fused, case, monkeypatch
):
    precision, remove_padding, options, tolerance = CASES[case]
    of = kernels.PLAIN if remove_padding is None else fused._replace(remove_padding=remove_padding)
    monkeypatch.setattr(batches, "WINDOWS_OF_STRETCH", 60)
    done = []
    predicted, results = site.predicted(site.job(precision, of, **options), done)
    results = list(results)
    # In float16, other kernels round differently.
    of_reference = kernels.PLAIN if precision is FP32 else of._replace(remove_padding=False)
    expected = site.reference(precision, of_reference)
    assert len(results) == len(site.whole) == len(expected) > 120
    # Sorted: the file's order is another, and no batch is longer than its longest window.
    ids = [one.unique_id for one in results]
    assert sorted(ids) == [one.unique_id for one in site.whole] and ids != sorted(ids)
    lengths = {one.unique_id: len(one.tokens) for one in site.whole}
    seen = {len(one.start_logits) for one in results}
    assert seen == {LENGTH} if "everything" in case else seen >= {16, 24, LENGTH}
    for one in results:
        assert lengths[one.unique_id] <= len(one.start_logits) <= LENGTH
        whole, real = expected[one.unique_id], slice(lengths[one.unique_id])
        scale = np.abs(whole.start_logits[real]).max()
        for ours, theirs in zip(one[1:], whole[1:]):
            np.testing.assert_allclose(ours[real], theirs[real], rtol=0, atol=tolerance * scale)
    assert done[-1] == len(results) and done == sorted(done)
    if precision is FP32:
        ours = compute_predictions(site.examples, site.whole, results)
        theirs = compute_predictions(site.examples, site.whole, expected.values())
        assert ours[0] == theirs[0] and list(ours[0]) == list(theirs[0])
        assert len(set(ours[0].values())) > 50


def test_the_logits_of_one_stretch_at_most_are_held(site, monkeypatch):
    """By the end of a stretch all of its questions have their last result."""
    monkeypatch.setattr(batches, "WINDOWS_OF_STRETCH", 30)
    left = {}
    for one in site.whole:
        left[one.example_index] = left.get(one.example_index, 0) + 1
    owner = {one.unique_id: one.example_index for one in site.whole}
    of_question, held, most = dict(left), 0, 0
    for result in site.predicted(site.job())[1]:
        question = owner[result.unique_id]
        left[question] -= 1
        held += 1
        most = max(most, held)
        if not left[question]:
            held -= of_question[question]
    assert held == 0 and 4 < most <= 30


def test_times_are_those_of_the_batches(site):
    job = site.job(predict_batch_size=10)
    os.makedirs(job.run.output_dir, exist_ok=True)
    predicted, results = site.predicted(job)
    count = len(list(results))

    class Record:
        def result(self, name, figures):
            self.name, self.figures = name, figures

    record = Record()
    predicted.record_times(record)
    rows = metrics.read_json_lines(os.path.join(job.run.output_dir, metrics.LATENCY_FILE))
    assert sum(row["sequences"] for row in rows) == count == record.figures["sentences"]
    assert [row["sequences"] for row in rows].count(10) == count // 10
    assert rows[0]["length"] == LENGTH and {row["length"] for row in rows} >= {16, 24}
    by_tokens = site.job(predict_batch_size=10, predict_batch_tokens=200)
    predicted, results = site.predicted(by_tokens)
    assert len(list(results)) == count
    predicted.record_times(record)
    rows = metrics.read_json_lines(os.path.join(job.run.output_dir, metrics.LATENCY_FILE))
    assert max(row["sequences"] * row["length"] for row in rows) <= 200
    assert max(row["sequences"] for row in rows) > 10  # which is no limit then
    total, rate = predicted.summary_lines()
    assert total.startswith("0 Total Inference Time = ") and total.endswith("= %d" % count)
    assert rate.startswith("0 Inference Performance = ")


@pytest.mark.parametrize(
    "flags, precision, remove_padding, trimmed",
    [
        ("--tf_xla_cpu_global_jit", True, False, False),
        ("--tf_xla_cpu_global_jit", True, True, True),
        ("--tf_xla_cpu_global_jit", False, False, True),
        ("", True, False, True),  # XLA is requested, but does not compile on a CPU
    ],
)
def test_where_xla_compiles_there_is_one_shape(
    site, fused, monkeypatch, flags, precision, remove_padding, trimmed
):
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    job = site.job(
        Precision(tf.float32, None, precision, ""), fused._replace(remove_padding=remove_padding)
    )
    limits = prediction.limits(job)
    assert (limits.is_trimmed, limits.skips_padding) == (trimmed, remove_padding)
    assert ("sorted by length" in prediction.described(job)) == trimmed
    assert ("each padded to 40 tokens" in prediction.described(job)) != trimmed
    if flags and not trimmed:
        results = list(site.predicted(job)[1])
        assert [one.unique_id for one in results] == [one.unique_id for one in site.whole]
        assert {len(one.start_logits) for one in results} == {LENGTH}


def test_a_damaged_record_is_named(site):
    _, results = site.predicted(site.job())
    path = site.folder / "eval.tf_record"
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(RecordError, match="eval.tf_record: record %d" % (len(site.whole) - 1)):
        list(results)


def test_ranks_and_batches_in_words(site):
    job = site.job()
    assert prediction.described(job) == "8 windows per batch, sorted by length"

    by_tokens = site.job(predict_batch_tokens=200)
    assert prediction.described(by_tokens) == "at most 200 tokens per batch, sorted by length"

    class Four:
        size = 4

    job = job._replace(runtime=Four())
    assert prediction.described(job) == "8 windows per batch on each of 4 ranks, sorted by length"
