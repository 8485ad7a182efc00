# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Answers questions in batches of whatever is waiting: one thread owns the model, any number of threads ask."""

import collections
import logging
import threading
from concurrent.futures import Future

import numpy as np

from squad.features import convert_examples
from squad.predictions import RawResult, answer_one

_LOG = logging.getLogger("tensorflow")

# Questions whose windows are in memory at once. Of a longer queue only the texts are.
_MOST_OPEN = 32


class BusyError(Exception):
    """As many questions are waiting as may wait."""


class ClosedError(Exception):
    """No more questions are taken."""


class _Open:
    """A question that is being answered: its windows, made as they are needed, and the logits so far.

    Args:
      question: questions.Question.
      future: Future of the squad.predictions.QuestionAnswer.
    """

    def __init__(self, question, future):
        self.question, self.future = question, future
        self.features, self.results = [], []
        self._windows = None
        self._next = None

    def begin(self, tokenizer, options):
        """Tokenizes the question."""
        self._windows = convert_examples(
            [self.question.example],
            tokenizer,
            options.max_seq_length,
            options.doc_stride,
            options.max_query_length,
            is_training=False,
        )
        self._next = next(self._windows)

    def take(self):
        """The next window, or None if all have been taken; `length` tells its tokens beforehand."""
        window, self._next = self._next, next(self._windows, None)
        self.features.append(window._replace(input_ids=None, input_mask=None, segment_ids=None))
        return window

    @property
    def length(self):
        """Tokens of the next window; 0 if there is none."""
        return len(self._next.tokens) if self._next is not None else 0


class Answerer:
    """Answers questions with a model, from a thread of its own.

    Windows of all open questions share batches: a long text delays a short one by no more than a batch.

    Args:
      model: span_model.SpanModel.
      tokenizer: tokenization.FullTokenizer.
      options: an object with the fields of export_settings.OPTIONS.
      batch_tokens: int, tokens of a batch, padding included unless the model skips it; a batch has at least one window.
      most_waiting: int, questions that may be unanswered at a time.
    """

    def __init__(self, model, tokenizer, options, batch_tokens, most_waiting):
        self._model, self._tokenizer, self._options = model, tokenizer, options
        self._batch_tokens, self._most_waiting = batch_tokens, most_waiting
        self._changed = threading.Condition()
        self._waiting = collections.deque()  # _Open, not begun
        self._turns = collections.deque()  # _Open, with windows left; of the thread only
        self._unanswered = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="answerer")
        self._thread.daemon = True
        self._thread.start()

    @property
    def unanswered(self):
        """How many questions are waiting or being answered."""
        return self._unanswered

    def ask(self, questions, wait=False):
        """Hands in questions, all or none.

        Args:
          questions: list of questions.Question.
          wait: bool, whether to wait for room instead of raising BusyError.

        Returns:
          list of Future of squad.predictions.QuestionAnswer. One that is cancelled is not computed further.

        Raises:
          BusyError: too many are waiting.
          ClosedError: `close` was called.
        """
        asked = [_Open(question, Future()) for question in questions]
        with self._changed:
            # More than may wait at all are taken when nothing else is waiting.
            room = max(self._most_waiting - len(asked), 0)
            while not self._closed and self._unanswered > room:
                if not wait:
                    raise BusyError()
                self._changed.wait()
            if self._closed:
                raise ClosedError()
            self._unanswered += len(asked)
            self._waiting.extend(asked)
            self._changed.notify_all()
        return [one.future for one in asked]

    def close(self):
        """Answers what is waiting, then ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self):
        while True:
            with self._changed:
                while not self._waiting and not self._turns and not self._closed:
                    self._changed.wait()
                if not self._waiting and not self._turns:
                    return
            batch = self._next_batch()
            if batch:
                self._compute(batch)

    def _next_batch(self):
        """Windows within the budget, one of each open question in turns: list of (_Open, SquadFeatures)."""
        batch, longest, total = [], 0, 0
        while True:
            one = self._next_in_turn()
            if one is None:
                return batch
            longest, total = max(longest, one.length), total + one.length
            cost = total if self._model.skips_padding else longest * (len(batch) + 1)
            if batch and cost > self._batch_tokens:
                self._turns.appendleft(one)
                return batch
            batch.append((one, one.take()))
            if one.length:
                self._turns.append(one)

    def _next_in_turn(self):
        """The open question whose turn it is, or None. The next one that is waiting is opened, and gets the last turn."""
        while True:
            self._open_one()
            if not self._turns:
                return None
            one = self._turns.popleft()
            if not one.future.cancelled():
                return one
            self._done()

    def _open_one(self):
        while len(self._turns) < _MOST_OPEN:
            with self._changed:
                if not self._waiting:
                    return
                one = self._waiting.popleft()
            if one.future.cancelled():
                self._done()
                continue
            try:
                one.begin(self._tokenizer, self._options)
            except Exception as error:  # pylint: disable=broad-except
                self._finish(one, error=error)
                continue
            self._turns.append(one)
            return

    def _compute(self, batch):
        """Runs a batch, and answers the questions whose last window it had."""
        owners = []
        for one, _ in batch:
            if one not in owners:
                owners.append(one)
        try:
            logits = self._model.logits(*_arrays([window for _, window in batch]))
        except Exception as error:  # pylint: disable=broad-except
            _LOG.exception("a batch of %d windows failed", len(batch))
            for one in owners:
                if one.length:
                    self._turns.remove(one)
                self._finish(one, error=error)
            return
        for row, (one, window) in enumerate(batch):
            one.results.append(RawResult(window.unique_id, logits[0][row], logits[1][row]))
        for one in owners:
            if not one.length:
                self._answer(one)

    def _answer(self, one):
        try:
            answer = answer_one(one.question.example, one.features, one.results, self._options)
        except Exception as error:  # pylint: disable=broad-except
            self._finish(one, error=error)
        else:
            self._finish(one, answer)

    def _finish(self, one, answer=None, error=None):
        self._done()
        if not one.future.set_running_or_notify_cancel():
            return
        if error is not None:
            one.future.set_exception(error)
        else:
            one.future.set_result(answer)

    def _done(self):
        with self._changed:
            self._unanswered -= 1
            self._changed.notify_all()


def _arrays(windows):
    """int32 arrays input_ids, input_mask and segment_ids [B, S] of SquadFeatures; S is the length of the longest."""
    length = max(len(window.tokens) for window in windows)
    return [
        np.array([getattr(window, name)[:length] for window in windows], np.int32)
        for name in ("input_ids", "input_mask", "segment_ids")
    ]
