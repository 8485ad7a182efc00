# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The files that are damaged, the programs that read them, and which other results no program could tell from a good file."""

import bz2
import collections
import glob
import json
import os
import pathlib
import shutil

import numpy as np
import tensorflow.compat.v1 as tf

from program import manifests
from tests import pretraining_runs, squad_runs
from tests.faults import damage, readers

# files: names that are damaged, one at a time. ways: of damage. module, arguments: the program, given a folder. results:
# names of the files that it writes, patterns. same_kind: function (content before, after) -> whether the damage gave another
# file of the same kind, whose meaning nothing contradicts; such as other words in a text. share: of all mutations.
Subject = collections.namedtuple(
    "Subject", "name files ways module arguments results same_kind share"
)

_ARTICLE = (
    "<page><title>%s</title><ns>0</ns><revision><text>The %s is an animal of the %s. It lives"
    " in the forest and eats what it finds there. Its young stay with it for %d years.</text></revision></page>\n"
)


def prepare(folder):
    """Writes all files to `folder`, a str."""
    place = pathlib.Path(folder)
    _records(place)
    _run(place)
    squad_runs.write(place / "bert_config.json", squad_runs.CONFIG)
    squad_runs.write(place / "small.txt", "\n".join(squad_runs.VOCABULARY) + "\n")
    words = squad_runs.VOCABULARY + ["word%d" % number for number in range(readers.VOCAB_SIZE)]
    squad_runs.write(place / "vocab.txt", "\n".join(words[: readers.VOCAB_SIZE]) + "\n")
    for name, share in (("v1.json", 0.0), ("v2.json", 0.4)):
        document = squad_runs.document(12, 1, share)
        squad_runs.write(place / name, json.dumps(document, indent=1))
    _dumps(place)
    _checkpoints(place / "checkpoints")


def _records(place):
    random = np.random.RandomState(1)
    for name in ("plain.tfrecord", "listed.tfrecord"):
        rows = [_record(random) for _ in range(20)]
        path = pretraining_runs.write_records(place / name, rows)
    made_from = {"parameters": {"do_lower_case": True}}
    content = {"made_from": made_from, "bytes": os.path.getsize(path), "records": 20}
    manifests.write(path + ".json", content)


def _record(random):
    """A pre-training record with [CLS], two [SEP] and a [MASK] of squad_runs.VOCABULARY."""
    row = pretraining_runs.make_record(random, len(squad_runs.VOCABULARY))
    used = int(row["input_mask"].sum())
    first = used - int(row["segment_ids"].sum())
    row["input_ids"][[0, first - 1, used - 1]] = 2, 3, 3
    row["input_ids"][1] = 4
    row["masked_lm_positions"][:] = row["masked_lm_weights"][:] = row["masked_lm_ids"][:] = 0
    row["masked_lm_positions"][0], row["masked_lm_weights"][0] = 1, 1
    row["masked_lm_ids"][0] = random.randint(10, 20)
    return row


def _run(place):
    """The directory of a run that predicted."""
    run = place / "run"
    run.mkdir()
    squad_runs.write(place / "dev.json", squad_runs.document(6, 5))
    record = {
        "program": "run_squad",
        "status": "done",
        "started": "2026-01-02T03:04:05Z",
        "ranks": 1,
        "commit": "0123456",
        "precision": "precision: fp32",
        "options": {"predict_file": str(place / "dev.json"), "learning_rate": 3e-5},
        "results": {"inference": {"batch_latency_seconds": {"p50": 0.01, "p99": 0.02}}},
        "earlier": [],
    }
    squad_runs.write(run / "run.json", json.dumps(record, indent=1))
    rows = [{"step": step, "loss": 4.0 / step, "learning_rate": 1e-5} for step in (1, 2, 3, 4)]
    squad_runs.write(run / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    answers = {"q%d" % number: squad_runs.COLOURS[number % 3] for number in range(6)}
    squad_runs.write(run / "predictions.json", json.dumps(answers, indent=1))
    best = {
        name: [{"text": text, "probability": 0.9}, {"text": "cat", "probability": 0.1}]
        for name, text in answers.items()
    }
    squad_runs.write(run / "nbest_predictions.json", json.dumps(best, indent=1))


def _dumps(place):
    texts = ["<mediawiki>\n<siteinfo><sitename>Wikipedia</sitename></siteinfo>\n"]
    for stream in range(4):
        names = ["Animal%d" % (3 * stream + number) for number in range(3)]
        texts.append("".join(_ARTICLE % (name, name, name, stream) for name in names))
    parts = [bz2.compress(text.encode("utf-8")) for text in texts + ["</mediawiki>\n"]]
    name = "enwiki-20240101-pages-articles%s.xml.bz2"
    (place / (name % "")).write_bytes(
        bz2.compress("".join(texts + ["</mediawiki>\n"]).encode("utf-8"))
    )
    (place / (name % "-multistream")).write_bytes(b"".join(parts))
    listed = place / "listed"
    listed.mkdir()
    (listed / (name % "-multistream")).write_bytes(b"".join(parts))
    lines, offset = [], len(parts[0])
    for stream, part in enumerate(parts[1:-1]):
        lines += [
            "%d:%d:Animal%d\n" % (offset, number, number)
            for number in range(3 * stream, 3 * stream + 3)
        ]
        offset += len(part)
    index = name.replace(".xml", "-index.txt") % "-multistream"
    (listed / index).write_bytes(bz2.compress("".join(lines).encode("utf-8")))


def _checkpoints(place):
    place.mkdir()
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.train.get_or_create_global_step()
        words = tf.get_variable("bert/embeddings/word_embeddings", [50, 8])
        for number in range(4):
            tf.get_variable("bert/layer_%d/kernel" % number, [8, 8])
        saver = tf.train.Saver(max_to_keep=3)
        session.run(tf.global_variables_initializer())
        for number in (10, 20, 30):
            session.run([step.assign(number), words.assign_add(tf.ones_like(words))])
            saver.save(session, str(place / "model.ckpt"), number, write_meta_graph=False)


# ------------------------------------------------------------------------------------------------------------------
# Which files cannot be told from good ones


def _parts(value, path=()):
    """What a JSON value is made of: a set of (path, type, or an object's keys); all items of a list have the same path."""
    if isinstance(value, dict):
        found = {(path, frozenset(value))}
        for key, one in value.items():
            found |= _parts(one, path + (key,))
        return found
    if isinstance(value, list):
        found = {(path, "list")}
        for one in value:
            found |= _parts(one, path + ("[]",))
        return found
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {(path, "text" if path[-1:] == ("id",) else "number")}  # ids may be either
    return {(path, "text" if isinstance(value, str) else type(value).__name__)}


def _documents(content):
    return json.loads(content.decode("utf-8-sig"))


def same_json(before, after):
    """Whether both have the same keys and types: only numbers, words and the length of lists differ."""
    return _parts(_documents(after)) <= _parts(_documents(before))


def an_object(unused_before, after):
    """A run.json of which fields may be absent: the page has a dash there."""
    return isinstance(_documents(after), dict)


def same_answers(before, after):
    """An object from id to what an answer is made of: ids may differ."""
    parts = [
        set().union(*[_parts(one) for one in _documents(content).values()])
        for content in (before, after)
    ]
    return parts[1] <= parts[0]


def same_rows(unused_before, after):
    """Objects of numbers, one a line, each with its step: other figures may be missing in any line."""
    rows = [json.loads(line) for line in after.decode("utf-8").split("\n")[:-1] if line.strip()]
    return all(isinstance(row.get("step"), int) for row in rows)


def manifest_of_size(unused_before, after):
    """A manifest that says how long the file is; what it was made from it need not say."""
    return isinstance(json.loads(after.decode("utf-8")).get("bytes"), int)


def same_lines(before, after):
    """Whether a list of words has about as many: words differ, or their order."""
    return abs(before.count(b"\n") - after.count(b"\n")) < 128


def same_records(before, after):
    """Whether the records are those of before, in another order, or some of them (without a manifest nothing says how many)."""
    try:
        return all(record in damage.frames(before) for record in damage.frames(after))
    except (IndexError, ValueError):
        return False


def sealed_records(unused_before, after):
    """Records under a checksum of their own: other numbers are other records."""
    return True


def same_streams(before, after):
    """Whether the dump's streams are those of before, some left out, in another order or repeated."""
    parts = damage.streams(after)
    return b"".join(parts) == after and set(parts) <= set(damage.streams(before))


def sealed_streams(before, after):
    """The streams of before, or others that bzip2's checksum vouches for, of well-formed XML."""
    return True


def never(unused_before, unused_after):
    return False


def names_another(unused_before, after):
    """A note that names another of the directory's checkpoints."""
    return b"model.ckpt-10" in after or b"model.ckpt-20" in after


# ------------------------------------------------------------------------------------------------------------------


def _reader(what, name):
    return "tests.faults.readers", lambda folder: [what, os.path.join(folder, name)]


def _inspect(name):
    return "data.inspect_records", lambda folder: [
        os.path.join(folder, name),
        "--vocab_file=" + os.path.join(folder, "small.txt"),
    ]


def _extract(name):
    return "data.wikipedia_corpus.extract", lambda folder: [
        "--dump=" + os.path.join(folder, name),
        "--output_dir=" + os.path.join(folder, "text"),
        "--num_workers=1",
    ]


def _report(folder):
    return [os.path.join(folder, "run")]


_PAGES = ["run/*.html"]
_TEXT = ["text/*.txt"]
_DUMP = "enwiki-20240101-pages-articles%s.xml.bz2"
_STEPS = ["checkpoints/model.ckpt-%d.%s" % (30, end) for end in ("index", "data-00000-of-00001")]


def _subjects():
    any_of, on_json = damage.ANY, damage.ANY + 3 * damage.JSON
    report = ("training.report", _report)
    return [
        Subject(*row)
        for row in [
            ("records", ["plain.tfrecord"], any_of)
            + _inspect("plain.tfrecord")
            + ([], same_records, 110),
            ("records with a manifest", ["listed.tfrecord"], any_of + damage.SEALED[4:])
            + _inspect("listed.tfrecord")
            + ([], same_records, 60),
            ("records, checksum made to fit", ["plain.tfrecord"], damage.SEALED)
            + _inspect("plain.tfrecord")
            + ([], sealed_records, 110),
            ("manifests", ["listed.tfrecord.json"], on_json)
            + _reader("manifest", "listed.tfrecord")
            + ([], manifest_of_size, 70),
            ("checkpoints", _STEPS, any_of)
            + _reader("checkpoint", "checkpoints")
            + ([], never, 150),
            ("the note checkpoint", ["checkpoints/checkpoint"], any_of)
            + _reader("checkpoint", "checkpoints")
            + ([], names_another, 80),
            ("bert_config.json", ["bert_config.json"], on_json)
            + _reader("config", "bert_config.json")
            + ([], same_json, 80),
            ("SQuAD v1.1", ["v1.json"], on_json)
            + _reader("questions", "v1.json")
            + ([], same_json, 60),
            ("SQuAD v2.0", ["v2.json"], on_json)
            + _reader("questions", "v2.json")
            + ([], same_json, 50),
            ("run.json", ["run/run.json"], on_json) + report + (_PAGES, an_object, 50),
            ("metrics.jsonl", ["run/metrics.jsonl"], on_json) + report + (_PAGES, same_rows, 50),
            (
                "predictions",
                ["run/predictions.json", "run/nbest_predictions.json"],
                on_json,
            )
            + report
            + (_PAGES, same_answers, 40),
            ("vocabulary", ["vocab.txt"], any_of)
            + _reader("vocabulary", "vocab.txt")
            + ([], same_lines, 70),
            ("dump of one stream", [_DUMP % ""], any_of)
            + _extract(_DUMP % "")
            + (_TEXT, same_streams, 30),
            ("dump of many streams", [_DUMP % "-multistream"], any_of + damage.DUMP)
            + _extract(_DUMP % "-multistream")
            + (_TEXT, sealed_streams, 50),
            (
                "dump with its index",
                ["listed/" + _DUMP % "-multistream"],
                any_of + damage.DUMP[:1] + damage.DUMP[3:],
            )
            + _extract("listed/" + _DUMP % "-multistream")
            + (_TEXT, never, 40),
        ]
    ]


def _pretraining(folder, steps=6, out="out"):
    options = "--do_train --nouse_fused_ops --train_batch_size=4 --max_seq_length=16 --max_predictions_per_seq=4"
    return options.split() + [
        "--bert_config_file=" + os.path.join(folder, "bert_config.json"),
        "--input_file=" + os.path.join(folder, "plain.tfrecord"),
        "--output_dir=" + os.path.join(folder, out),
        "--num_train_steps=%d" % steps,
        "--num_warmup_steps=1",
        "--save_checkpoints_steps=2",
    ]


def _squad(folder):
    options = "--do_train --nouse_fused_ops --train_batch_size=4 --num_train_epochs=1"
    return (
        options.split()
        + squad_runs.required(
            {name: os.path.join(folder, name + end) for name, end in _SQUAD_FILES},
            os.path.join(folder, "out"),
        )
        + ["--train_file=" + os.path.join(folder, "v1.json")]
    )


_SQUAD_FILES = (("config", "bert_config.json"), ("vocab", "small.txt"))
_STEPS_TRAINED = [name.replace("checkpoints/", "trained/").replace("-30", "-4") for name in _STEPS]
_WEIGHTS = ["out/model.ckpt-6.data-*"]


def _in_training():
    """The same files, read by a whole training run from its command line."""
    any_of, on_json = damage.ANY, damage.ANY + 3 * damage.JSON
    weights = (_WEIGHTS,)
    pretraining = ("run_pretraining", _pretraining)
    return [
        Subject(*row)
        for row in [
            ("training: records", ["plain.tfrecord"], any_of + damage.SEALED)
            + pretraining
            + weights
            + (sealed_records, 20),
            ("training: checkpoints", _STEPS_TRAINED, any_of) + pretraining + weights + (never, 15),
            ("training: the note checkpoint", ["trained/checkpoint"], any_of)
            + pretraining
            + weights
            + (never, 10),
            ("training: run.json", ["trained/run.json"], on_json)
            + pretraining
            + weights
            + (same_json, 15),
            ("training: bert_config.json", ["bert_config.json"], on_json)
            + pretraining
            + weights
            + (same_json, 10),
            ("training: SQuAD v1.1", ["v1.json"], on_json)
            + ("run_squad", _squad)
            + (["out/model.ckpt-*.data-*"], same_json, 15),
        ]
    ]


READERS, TRAININGS = _subjects(), _in_training()


def train(programs, folder):
    """A training of four steps, which those of `_in_training` go on with."""
    outcome = programs.run("run_pretraining", _pretraining(folder, 4, "trained"))
    assert outcome.code == 0, outcome


def result(folder, subject, outcome):
    """What a program printed and wrote."""
    found = [outcome.out if not subject.results else ""]
    for pattern in subject.results:
        for path in sorted(glob.glob(os.path.join(folder, pattern))):
            with open(path, "rb") as stream:
                found.append((os.path.basename(path), stream.read()))
    return found


def clean(folder, subject):
    """Removes what programs wrote; a training goes on in a copy of the trained directory."""
    for name in ("text", "out"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    if subject.module == "run_pretraining":
        shutil.copytree(os.path.join(folder, "trained"), os.path.join(folder, "out"))
    for path in glob.glob(os.path.join(folder, "run", "*.html")):
        os.remove(path)
