# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Says how a SQuAD file can be scored, for the launchers.

Prints "none" (a test file: no question has an answer), "some" (questions without answers, or answers in another form than
SQuAD's: squad.evaluate can score them) or "all" (the official scripts can).

usage: answers_given.py FILE VERSION        (VERSION: 1.1 or 2.0)
"""

import contextlib
import os
import sys

from program.errors import run_program
from squad import evaluate, questions


def answers_given(path, version_2):
    """Such a word.

    Args:
      path: str, a SQuAD file.
      version_2: bool, which version's rules score it.
    """
    articles = questions.load_articles(path)
    everything = list(questions.iterate_questions(articles, path))
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        try:
            answered = evaluate.answered_questions(articles, version_2, path)
        except evaluate.NoAnswersError:
            return "none"
    of_the_form = all(
        isinstance(qa.get("answers"), list) and all(isinstance(one, dict) for one in qa["answers"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    )
    return "all" if of_the_form and len(answered) == len(everything) else "some"


def main():
    print(answers_given(sys.argv[1], sys.argv[2] == "2.0"))


if __name__ == "__main__":
    run_program(main)
