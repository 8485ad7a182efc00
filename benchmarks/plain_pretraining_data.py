# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The two plain methods that benchmarks/data_preparation.py compares with: one process, one token at a time, all in memory.

    python -m benchmarks.plain_pretraining_data recipe|plain TEXT... --vocab_file VOCAB --output_file OUT [--dupe_factor 5]

`recipe` follows the published recipe's program step by step: a tokenizer without caches (transformers' slow one, which is a
port of it), Python lists of tokens, one `random.Random`, all documents and instances in memory, `tf.train.Example` and
TensorFlow's record writer. `plain` is the same loop with this project's tokenizer and choice of pairs. Both print instances
and seconds, start-up and imports excluded, as JSON.
"""

import argparse
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import tensorflow.compat.v1 as tf  # noqa: E402

import tokenization  # noqa: E402
from pretraining.instances import Documents, choose_pairs  # noqa: E402
from program.records import fields  # noqa: E402


def recipe_tokenizer(vocab_file):
    """tokenize(text) of transformers' slow BertTokenizer's parts."""
    from transformers.models.bert import tokenization_bert

    basic = tokenization_bert.BasicTokenizer(do_lower_case=True)
    pieces = tokenization_bert.WordpieceTokenizer(tokenization.load_vocab(vocab_file), "[UNK]", 200)
    return lambda text: [piece for word in basic.tokenize(text) for piece in pieces.tokenize(word)]


def read_documents(paths, tokenize, generator):
    """All documents as lists of sentences as lists of tokens, shuffled."""
    documents = [[]]
    for path in paths:
        with open(path, "rb") as source:
            for line in source:
                line = line.decode("utf-8", "ignore").strip()
                if not line:
                    documents.append([])
                else:
                    tokens = tokenize(line)
                    if tokens:
                        documents[-1].append(tokens)
    documents = [document for document in documents if document]
    generator.shuffle(documents)
    return documents


def recipe_pairs(documents, number, max_tokens, short_seq_prob, generator):
    """(tokens of a, tokens of b, is random) of one document, as the recipe chooses them."""
    document, pairs = documents[number], []
    target = generator.randint(2, max_tokens) if generator.random() < short_seq_prob else max_tokens
    chunk, length, place = [], 0, 0
    while place < len(document):
        chunk.append(document[place])
        length += len(document[place])
        if place == len(document) - 1 or length >= target:
            cut = generator.randint(1, len(chunk) - 1) if len(chunk) > 1 else 1
            first = [token for sentence in chunk[:cut] for token in sentence]
            is_random = len(chunk) == 1 or generator.random() < 0.5
            if is_random:
                second = random_tokens(documents, number, target - len(first), generator)
                place -= len(chunk) - cut
            else:
                second = [token for sentence in chunk[cut:] for token in sentence]
            shorten(first, second, max_tokens, generator)
            pairs.append((first, second, is_random))
            chunk, length = [], 0
        place += 1
    return pairs


def random_tokens(documents, number, wanted, generator):
    """Sentences of another document from a drawn one on, until they hold `wanted` tokens."""
    for _ in range(10):
        other = generator.randint(0, len(documents) - 1)
        if other != number:
            break
    found = []
    for sentence in documents[other][generator.randint(0, len(documents[other]) - 1) :]:
        found.extend(sentence)
        if len(found) >= wanted:
            break
    return found


def shorten(first, second, max_tokens, generator):
    """Takes tokens from the front or the back of the longer list until both fit."""
    while len(first) + len(second) > max_tokens:
        longer = first if len(first) > len(second) else second
        if generator.random() < 0.5:
            del longer[0]
        else:
            longer.pop()


def instance(first, second, is_random, words, vocab, options, generator):
    """The record of a pair: dict of lists, tokens looked up one by one."""
    tokens = ["[CLS]"] + first + ["[SEP]"] + second + ["[SEP]"]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    places = [place for place, token in enumerate(tokens) if token not in ("[CLS]", "[SEP]")]
    generator.shuffle(places)
    wanted = min(options.max_predictions_per_seq, max(1, int(round(len(tokens) * 0.15))))
    predictions = []
    for place in sorted(places[:wanted]):
        predictions.append((place, tokens[place]))
        if generator.random() < 0.8:
            tokens[place] = "[MASK]"
        elif generator.random() >= 0.5:
            tokens[place] = words[generator.randint(0, len(words) - 1)]
    padding = [0] * (options.max_seq_length - len(tokens))
    unused = [0] * (options.max_predictions_per_seq - len(predictions))
    return {
        "input_ids": [vocab[token] for token in tokens] + padding,
        "input_mask": [1] * len(tokens) + padding,
        "segment_ids": segments + padding,
        "masked_lm_positions": [place for place, _ in predictions] + unused,
        "masked_lm_ids": [vocab[token] for _, token in predictions] + unused,
        "masked_lm_weights": [1.0] * len(predictions) + [0.0] * len(unused),
        "next_sentence_labels": [int(is_random)],
    }


def all_pairs(documents, options, generator):
    """One pass over all documents."""
    if options.way == "recipe":
        for number in range(len(documents)):
            for pair in recipe_pairs(documents, number, options.max_seq_length - 3, 0.1, generator):
                yield pair
        return
    tokens = [token for document in documents for sentence in document for token in sentence]
    lengths = Documents.of(
        [[[0] * len(sentence) for sentence in document] for document in documents]
    )
    for pair in choose_pairs(lengths, options.max_seq_length - 3, 0.1, generator):
        yield tokens[pair.a_start : pair.a_end], tokens[pair.b_start : pair.b_end], pair.is_random


def write(instances, options):
    schema = fields.pretraining_schema(options.max_seq_length, options.max_predictions_per_seq)
    with tf.io.TFRecordWriter(options.output_file) as writer:
        for one in instances:
            if options.way == "plain":
                writer.write(schema.serialize(one))
                continue
            example = tf.train.Example()
            for name, values in one.items():
                if name == "masked_lm_weights":
                    example.features.feature[name].float_list.value.extend(values)
                else:
                    example.features.feature[name].int64_list.value.extend(values)
            writer.write(example.SerializeToString())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("way", choices=["recipe", "plain"])
    parser.add_argument("text", nargs="+")
    parser.add_argument("--vocab_file", required=True)
    parser.add_argument("--output_file", required=True)
    parser.add_argument("--max_seq_length", type=int, default=128)
    parser.add_argument("--max_predictions_per_seq", type=int, default=20)
    parser.add_argument("--dupe_factor", type=int, default=5)
    options = parser.parse_args()
    vocab = tokenization.load_vocab(options.vocab_file)
    tokenize = (
        recipe_tokenizer(options.vocab_file)
        if options.way == "recipe"
        else tokenization.FullTokenizer(options.vocab_file).tokenize
    )
    generator = random.Random(12345)
    started, cpu = time.time(), time.process_time()
    documents = read_documents(options.text, tokenize, generator)
    words, instances = list(vocab), []
    for _ in range(options.dupe_factor):
        for first, second, is_random in all_pairs(documents, options, generator):
            instances.append(instance(first, second, is_random, words, vocab, options, generator))
    generator.shuffle(instances)
    write(instances, options)
    print(
        json.dumps(
            {
                "instances": len(instances),
                "seconds": time.time() - started,
                "cpu_seconds": time.process_time() - cpu,
            }
        )
    )


if __name__ == "__main__":
    main()
