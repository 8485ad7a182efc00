# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Writes a SQuAD file with a given number of questions, for a benchmark of a given number of steps.

The questions are the first ones of the input; if it has too few, they are repeated under new ids.

usage: squad_sample.py --input_file FILE --output_file FILE --questions N
"""

import argparse
import io
import json
import sys
from collections import OrderedDict

from program.files import write_whole
from squad import questions


def sample(articles, count):
    """The articles truncated or repeated to `count` questions: a list like `articles`.

    Args:
      articles: list, the value of "data" of a SQuAD file with at least one question.
      count: int.
    """
    chosen, taken, turn = [], 0, 0
    while taken < count:
        for article in articles:
            paragraphs = []
            for paragraph in article["paragraphs"]:
                qas = paragraph["qas"][: count - taken]
                if qas:
                    paragraphs.append(
                        OrderedDict(
                            [
                                ("context", paragraph["context"]),
                                ("qas", [_renamed(qa, turn) for qa in qas]),
                            ]
                        )
                    )
                    taken += len(qas)
            if paragraphs:
                chosen.append(
                    OrderedDict([("title", article.get("title", "")), ("paragraphs", paragraphs)])
                )
        turn += 1
    return chosen


def _renamed(qa, turn):
    """The question with an id that is unique to the repetition `turn`."""
    return qa if turn == 0 else dict(qa, id="%s-%d" % (qa["id"], turn))


def write_sample(input_file, output_file, count):
    """Writes the first `count` questions of a SQuAD file as a SQuAD file; repeated if it has too few.

    Raises:
      SquadDataError: the input is not a SQuAD file with questions.
    """
    articles = questions.load_articles(input_file)
    if not any(True for _ in questions.iterate_questions(articles, input_file)):
        raise questions.SquadDataError("%s contains no questions" % input_file)
    with io.open(input_file, encoding="utf-8-sig") as stream:
        version = json.load(stream).get("version", "1.1")
    write_whole(output_file, json.dumps({"version": version, "data": sample(articles, count)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("input_file", "output_file"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--questions", type=int, required=True)
    options = parser.parse_args()
    try:
        write_sample(options.input_file, options.output_file, options.questions)
    except questions.SquadDataError as error:
        sys.stderr.write("error: %s\n" % error)
        sys.exit(2)


if __name__ == "__main__":
    main()
