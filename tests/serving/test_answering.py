# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/answering.py: the answers of compute_predictions whatever is batched together; budget, turns, limits, failures."""

import threading

import pytest

from serving.answering import Answerer, BusyError, ClosedError
from serving.questions import make
from squad.features import convert_examples
from squad.predictions import RawResult, compute_predictions
from squad.questions import SquadDataError
from tests.serving.tiny import SETTINGS, HashModel, parsed, write_vocabulary


@pytest.fixture(name="words", scope="module")
def fixture_words(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


class Gate(HashModel):
    """A model that waits for `opened` in its first batch."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.entered, self.opened = threading.Event(), threading.Event()

    def logits(self, *arrays):
        self.entered.set()
        assert self.opened.wait(30)
        return super().logits(*arrays)


def expected(words, questions, settings=SETTINGS):
    """(answers, null odds) of squad.predictions, one window at a time, padded to the full length."""
    examples = [question.example for question in questions]
    examples = [one._replace(qas_id=str(number)) for number, one in enumerate(examples)]
    features = list(convert_examples(examples, words, 32, 10, 8, False))
    model, results = HashModel(), []
    for feature in features:
        size = len(feature.tokens)
        start, end = model.logits(*_arrays(feature, size))
        results.append(RawResult(feature.unique_id, start[0], end[0]))
    answers, _, odds = compute_predictions(
        examples,
        features,
        results,
        settings.n_best_size,
        settings.max_answer_length,
        settings.version_2_with_negative,
        settings.null_score_diff_threshold,
    )
    return list(answers.values()), list(odds.values())


def _arrays(feature, size):
    import numpy as np

    return [
        np.array([values[:size]])
        for values in (feature.input_ids, feature.input_mask, feature.segment_ids)
    ]


@pytest.mark.parametrize("batch_tokens, skips_padding", [(1, False), (100, False), (100, True)])
@pytest.mark.parametrize("version_2", [False, True])
def test_answers_are_those_of_run_squad(words, batch_tokens, skips_padding, version_2):
    settings = SETTINGS._replace(version_2_with_negative=version_2)
    questions = parsed(40)
    model = HashModel(skips_padding)
    answerer = Answerer(model, words, settings, batch_tokens, 100)
    answers = [future.result(30) for future in answerer.ask(questions)]
    answerer.close()
    texts, odds = expected(words, questions, settings)
    assert [answer.text for answer in answers] == texts
    assert len(set(texts)) > 20 and ("" in texts) == version_2
    if version_2:
        assert [answer.null_odds for answer in answers] == odds
    for question, answer in zip(questions, answers):
        if answer.span:
            start, end = answer.span
            assert question.example.context[start:end] == answer.text
        else:
            assert version_2 and answer.text == ""
    for (rows, length), tokens in model.batches:
        assert rows == 1 or (tokens if skips_padding else rows * length) <= batch_tokens
    assert len(model.batches) < len(texts) or batch_tokens == 1
    assert answerer.unanswered == 0


def test_what_waits_is_one_batch(words):
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 10000, 100)
    questions = [make("which colour ?", "the cat saw red %s" % ("dog " * n)) for n in range(1, 7)]
    first = answerer.ask(questions[:1])
    assert model.entered.wait(30)
    others = answerer.ask(questions[1:])
    model.opened.set()
    for future in first + others:
        future.result(30)
    assert [shape[0] for shape, _ in model.batches] == [1, 5]
    answerer.close()


def test_a_long_text_does_not_hold_up_a_short_one(words):
    """Windows of a hundred batches wait; a question that comes then is in one of the next batches."""
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 64, 100)
    (long,) = answerer.ask([make("which ?", "the cat saw a dog . " * 300)])
    assert model.entered.wait(30)
    order = []
    (short,) = answerer.ask([make("which ?", "one red cat")])
    long.add_done_callback(lambda _: order.append("long"))
    short.add_done_callback(lambda _: order.append("short after %d" % len(model.batches)))
    model.opened.set()
    long.result(60), short.result(60)
    answerer.close()
    assert len(model.batches) > 50
    assert order == ["short after 2", "long"]


def test_many_long_texts_are_open_at_most_32_at_a_time(words):
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 1, 100)
    questions = [make("which ?", "the cat saw a dog . " * 20 + "two " * n) for n in range(50)]
    futures = answerer.ask(questions)
    assert model.entered.wait(30)
    model.opened.set()
    assert [future.result(60).text for future in futures] == expected(words, questions)[0]
    answerer.close()


def test_a_full_queue_refuses_or_waits(words):
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 1000, 3)
    questions = parsed(5)
    held = answerer.ask(questions[:3])
    with pytest.raises(BusyError):
        answerer.ask(questions[3:4])
    later = []
    waiting = threading.Thread(target=lambda: later.extend(answerer.ask(questions[3:5], wait=True)))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    model.opened.set()
    waiting.join(30)
    texts = [future.result(30).text for future in held + later]
    assert texts == expected(words, questions)[0]
    # More than may wait at all are taken when nothing else waits.
    assert len([future.result(30) for future in answerer.ask(questions, wait=True)]) == 5
    answerer.close()


def test_a_cancelled_question_is_not_computed(words):
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 1, 100)
    first, begun = answerer.ask([make("which ?", "red"), make("which ?", "the cat saw " * 200)])
    (waiting,) = answerer.ask([make("which ?", "two cats " * 200)])
    assert model.entered.wait(30)
    assert begun.cancel() and waiting.cancel()
    model.opened.set()
    first.result(30)
    (last,) = answerer.ask([make("which ?", "blue")])
    assert last.result(30).text == "blue"
    answerer.close()
    assert len(model.batches) <= 3 and answerer.unanswered == 0


def test_a_failure_ends_the_questions_of_its_batch_only(words):
    class Failing(HashModel):
        def logits(self, input_ids, input_mask, segment_ids):
            start, end = super().logits(input_ids, input_mask, segment_ids)
            if len(self.batches) == 2:
                raise MemoryError("no room")
            if len(self.batches) == 4:
                start[:] = float("nan")
            return start, end

    answerer = Answerer(Failing(), words, SETTINGS, 1, 100)
    outcomes = []
    for question in [make("which ?", text) for text in ("red", "blue", "green", "one", "two")]:
        error = answerer.ask([question])[0].exception(30)
        outcomes.append(type(error))
    long = answerer.ask([make("which ?", "the cat saw a dog . " * 20)])[0]
    assert long.result(30).text
    assert outcomes == [type(None), MemoryError, type(None), SquadDataError, type(None)]
    answerer.close()
    assert answerer.unanswered == 0


def test_close_answers_what_waits_and_takes_no_more(words):
    model = Gate()
    answerer = Answerer(model, words, SETTINGS, 1000, 100)
    futures = answerer.ask(parsed(20))
    threading.Timer(0.1, model.opened.set).start()
    answerer.close()
    assert all(future.done() and future.result().text for future in futures)
    with pytest.raises(ClosedError):
        answerer.ask(parsed(1))
    with pytest.raises(ClosedError):
        answerer.ask(parsed(1), wait=True)
