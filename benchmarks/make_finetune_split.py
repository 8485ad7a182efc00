# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Makes the training and development files of the fine-tuning comparison in finetune.md.

    python -m benchmarks.make_finetune_split --data_dir ../shared/data/squad --output_dir OUT

train.json: policyqa-dev.json and all but the last six articles of xquad-en-36.json; dev.json: those six
articles. The split is by article, so no paragraph is in both files, and deterministic.
"""


import argparse
import collections
import io
import json
import os

from program.files import write_whole

DEV_ARTICLES = 6


def split(policy_articles, wikipedia_articles):
    """Returns (train, dev), each a list of SQuAD articles."""
    return (
        policy_articles + wikipedia_articles[:-DEV_ARTICLES],
        wikipedia_articles[-DEV_ARTICLES:],
    )


def count_questions(articles):
    return sum(len(paragraph["qas"]) for article in articles for paragraph in article["paragraphs"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data_dir", required=True, help="directory with policyqa-dev.json and xquad-en-36.json"
    )
    parser.add_argument(
        "--output_dir", required=True, help="where train.json and dev.json are written"
    )
    arguments = parser.parse_args()
    articles = []
    for name in ("policyqa-dev.json", "xquad-en-36.json"):
        with io.open(os.path.join(arguments.data_dir, name), encoding="utf-8") as reader:
            articles.append(json.load(reader, object_pairs_hook=collections.OrderedDict)["data"])
    if not os.path.isdir(arguments.output_dir):
        os.makedirs(arguments.output_dir)
    for name, part in zip(("train.json", "dev.json"), split(*articles)):
        path = os.path.join(arguments.output_dir, name)
        write_whole(path, json.dumps(collections.OrderedDict([("version", "1.1"), ("data", part)])))
        print("%s: %d articles, %d questions" % (path, len(part), count_questions(part)))


if __name__ == "__main__":
    main()
