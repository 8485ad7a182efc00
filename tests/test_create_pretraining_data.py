# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""create_pretraining_data.py through its real `main`: what lands in the files, whatever the workers, and what users see.

How pairs and masks are drawn is tested in tests/pretraining/test_instances.py.
"""

import bz2
import collections
import glob
import gzip
import json
import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest

import create_pretraining_data
import tokenization
from data import record_statistics
from program.records import decoding, fields
from program.unknown_words import UnknownWords
from tests.conftest import ROOT
from tests.traced_corpus import P, S, as_text, make_program, read, sha256, traced, traced_corpus


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return make_program(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def made(program):
    """(path of the records, standard output) of a run with small blocks and one worker."""
    path = program.path("made.tfrecord")
    return path, program(output_file=path, small_blocks=True)


# --- what is in the records ------------------------------------------------------------------------------------------


def test_records_keep_the_format_and_the_shares(made, program):
    vocab = tokenization.load_vocab(program.path("vocab.txt"))
    statistics = record_statistics.Statistics(
        record_statistics.SpecialIds(vocab["[CLS]"], vocab["[SEP]"], vocab["[MASK]"])
    )
    statistics.add(read(made[0]))
    summary = statistics.summary()
    assert statistics.problems() == []
    assert (
        summary["records"] > 400
        and summary["max_seq_length"] == S
        and summary["max_predictions_per_seq"] == P
    )
    assert abs(summary["random_next_share"] - 0.5) < 4 * 0.5 / summary["records"] ** 0.5
    assert abs(summary["mask_share"] - 0.8) < 4 * 0.4 / summary["predictions"] ** 0.5
    assert abs(summary["kept_share"] - 0.1) < 4 * 0.3 / summary["predictions"] ** 0.5
    assert 0.13 < summary["masked_share"] < 0.17 and summary["records_without_predictions"] == 0


def test_sides_are_what_the_label_says(made, program):
    instances = traced(made[0], program.path("vocab.txt"))
    for instance in instances:
        ends = []
        for side in (0, 1):
            places = instance.places(side)
            assert places and len({document for document, _, _ in places}) == 1
            # Words in the order of the text, none left out in between.
            for (_, sentence, word), (_, next_sentence, next_word) in zip(places, places[1:]):
                assert (next_sentence, next_word) in ((sentence, word + 1), (sentence + 1, 0))
            ends.append((places[0], places[-1]))
        (_, last_of_a), (first_of_b, _) = ends
        if instance.is_random:
            assert first_of_b[0] != last_of_a[0]
        else:
            assert first_of_b[0] == last_of_a[0] and first_of_b[1] > last_of_a[1]
            if len(instance.tokens) < S:  # nothing was cut off: the very next sentence
                assert first_of_b[1:] == (last_of_a[1] + 1, 0)
    whole = [instance for instance in instances if len(instance.tokens) < S]
    assert len(whole) > 50 and any(not instance.is_random for instance in whole)


def test_every_pass_uses_every_document_with_other_masks(made, program):
    uses = collections.defaultdict(list)
    seen = collections.defaultdict(set)
    for instance in traced(made[0], program.path("vocab.txt")):
        uses[tuple(instance.tokens)].append(tuple(instance.masked))
        seen[instance.places(0)[0][0]].add(instance.places(0)[0][1:])
    assert set(seen) == set(range(70))
    again = [masks for masks in uses.values() if len(masks) > 1]
    assert again and sum(len(set(masks)) for masks in again) > 0.8 * sum(
        len(masks) for masks in again
    )


def test_first_sides_cover_each_document_once_a_pass(made, program):
    starts = collections.Counter(
        instance.places(0)[0][:2] for instance in traced(made[0], program.path("vocab.txt"))
    )
    # Every pass begins at the first sentence, which cutting may take off now and then, and visits a start once.
    assert all(starts[(document, 0)] >= 1 for document in range(70))
    assert max(starts.values()) <= 3 + 1


def test_whole_words(program):
    corpus = traced_corpus(70, seed=1)
    generator = random.Random(2)
    text = as_text(
        [
            [
                [word + generator.choice(["", "x", "xy", "y"]) for word in sentence]
                for sentence in document
            ]
            for document in corpus
        ]
    )
    with open(program.path("pieces.txt"), "w") as stream:
        stream.write(text)
    path = program.path("whole.tfrecord")
    program(
        input_file=program.path("pieces.txt"),
        output_file=path,
        do_whole_word_mask="true",
        max_predictions_per_seq=10,
    )
    longer = 0
    for instance in traced(path, program.path("vocab.txt")):
        for position, token in enumerate(instance.tokens):
            if token.startswith("##") and not instance.tokens[position - 1].startswith("["):
                assert (position in instance.masked) == (position - 1 in instance.masked)
                longer += position in instance.masked
    assert longer > 100


def test_run_pretraining_reads_them(made):
    fields.pretraining_schema(S, P).check_file(made[0])
    with pytest.raises(decoding.RecordError, match="holds sequences of 32, asked for 128"):
        fields.pretraining_schema(128, P).check_file(made[0])


# --- the same bytes --------------------------------------------------------------------------------------------------


def test_bytes_do_not_depend_on_the_workers(made, program):
    for workers in (2, 5):
        path = program.path("workers%d.tfrecord" % workers)
        program(output_file=path, num_workers=workers, small_blocks=True)
        assert sha256(path) == sha256(made[0])


def test_bytes_depend_on_the_seed(made, program):
    path = program.path("seed.tfrecord")
    program(output_file=path, random_seed=54321, small_blocks=True)
    other, first = read(path), read(made[0])
    assert sha256(path) != sha256(made[0])
    assert not np.array_equal(other["input_ids"][:100], first["input_ids"][:100])


def test_bytes_are_the_same_everywhere(made):
    """On every Python, NumPy and machine. Another value here means another _FORMAT there, and a line in the changelog."""
    assert create_pretraining_data._FORMAT == 1
    assert sha256(made[0]) == "287f5c1124d9dbc688bc00f72c14ea23e8fbcc8221be82acc446b68b1531d9e5"


def test_instances_are_dealt_round_robin(made, program):
    paths = [program.path("dealt%d.tfrecord" % number) for number in range(3)]
    program(output_file=",".join(paths), num_workers=2, small_blocks=True)
    dealt = [list(decoding.read_records(path)) for path in paths]
    whole = list(decoding.read_records(made[0]))
    assert sum(map(len, dealt)) == len(whole)
    assert [dealt[number % 3][number // 3] for number in range(len(whole))] == whole


def test_neighbours_in_the_text_are_not_neighbours_in_the_file(made, program):
    firsts = [instance.places(0)[0] for instance in traced(made[0], program.path("vocab.txt"))]
    same = sum(first[0] == following[0] for first, following in zip(firsts, firsts[1:]))
    assert same < 0.3 * len(firsts)  # unshuffled: most


def test_compressed_and_split_input_give_the_same(program):
    with open(program.path("corpus.txt")) as stream:
        documents = stream.read().split("\n\n")
    os.makedirs(program.path("parts"))
    pieces = ["\n\n".join(part) for part in (documents[:20], documents[20:50], documents[50:])]
    for name, opener, piece in (
        ("a.txt", open, pieces[0]),
        ("b.txt.gz", gzip.open, pieces[1]),
        ("c.bz2", bz2.open, pieces[2]),
    ):
        with opener(program.path(os.path.join("parts", name)), "wb") as stream:
            stream.write(piece.replace("\n", "\r\n").encode("utf-8"))
    paths = [
        program.path(name) for name in ("joined.tfrecord", "folder.tfrecord", "pattern.tfrecord")
    ]
    program(output_file=paths[0])
    program(output_file=paths[1], input_file=program.path("parts"))
    program(
        output_file=paths[2],
        input_file=",".join([program.path("parts/[ab]*"), program.path("parts/c.bz2")]),
    )
    assert sha256(paths[0]) == sha256(paths[1]) == sha256(paths[2])


# --- the manifest ----------------------------------------------------------------------------------------------------


def manifest(path):
    with open(path + ".json") as stream:
        return json.load(stream)


def test_manifest_tells_the_truth(made, program):
    found = manifest(made[0])
    assert found["records"] == len(list(decoding.read_records(made[0])))
    assert found["bytes"] == os.path.getsize(made[0]) and found["sha256"] == sha256(made[0])
    origin = found["made_from"]
    assert origin["vocabulary_sha256"] == sha256(program.path("vocab.txt"))
    assert origin["inputs"] == [["corpus.txt", sha256(program.path("corpus.txt"))]]
    assert origin["parameters"] == {
        "do_lower_case": True,
        "do_whole_word_mask": False,
        "max_seq_length": S,
        "max_predictions_per_seq": P,
        "random_seed": 12345,
        "dupe_factor": 3,
        "masked_lm_prob": 0.15,
        "short_seq_prob": 0.1,
    }
    counts, batch = found["counts_of_all_outputs"], read(made[0])
    corpus = traced_corpus(70, seed=1)
    assert counts["documents"] == 70 and counts["sentences"] == sum(map(len, corpus))
    assert counts["tokens"] == sum(len(sentence) for document in corpus for sentence in document)
    assert counts["instances"] == found["records"]
    assert counts["random_next"] == batch["next_sentence_labels"].sum()
    assert counts["predictions"] == batch["masked_lm_weights"].sum()
    assert str(program.folder) not in json.dumps(found)


# --- what a user sees ------------------------------------------------------------------------------------------------


def test_output_shows_instances_and_totals(made):
    out = made[1]
    assert re.search(r"example: \[CLS\] d\d\ds.*\[MASK\].*\[SEP\]", out) and "to predict: d" in out
    last = out.strip().splitlines()[-1]
    assert re.match(
        r"70 documents, \d+ sentences, \d+ tokens -> \d+ instances \(\d+\.\d % random next", last
    )


def test_bad_bytes_and_empty_lines_are_counted(program):
    with open(program.path("corpus.txt"), "rb") as stream:
        content = stream.read()
    with open(program.path("bad.txt"), "wb") as stream:
        stream.write(b"\xff\xfe d00s00w00\n\x01\x02\n\n" + content)
    done = subprocess.run(
        program.command(
            input_file=program.path("bad.txt"), output_file=program.path("bad.tfrecord")
        ),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0
    assert b"warning: 1 lines contained bytes that are not UTF-8" in done.stderr
    assert b"warning: 1 lines contained only control characters" in done.stderr


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(input_file=None), "--input_file"),
        (dict(input_file="nowhere*.txt"), "--input_file: 'nowhere*.txt' matches no file"),
        (dict(vocab_file="nowhere.txt"), "cannot read the vocabulary nowhere.txt"),
        (dict(output_file=None), "--output_file"),
        (dict(output_dir="somewhere"), "--output_file"),
        (dict(max_seq_length=4), "--max_seq_length"),
        (dict(max_predictions_per_seq=0), "--max_predictions_per_seq"),
        (dict(max_predictions_per_seq=30), "a sequence of 32 has at most 29 tokens to predict"),
        (dict(max_seq_length="many"), "max_seq_length"),
        (dict(dupe_factor=0), "--dupe_factor"),
        (dict(masked_lm_prob=1.5), "--masked_lm_prob=1.5: must be a number from 0 to 1"),
        (dict(short_seq_prob=-1), "--short_seq_prob=-1: must be a number from 0 to 1"),
        (dict(num_workers=0), "num_workers"),
        (dict(part="1/2"), "--part"),
        (dict(part="3/2"), "--part"),
        (dict(no_such_flag=1), "no_such_flag"),
        (dict(output_file="{folder}/x.tfrecord,{folder}/x.tfrecord"), "--output_file"),
        (dict(output_file="{folder}/corpus.txt/x.tfrecord"), "corpus.txt"),
    ],
)
def test_what_it_refuses(program, given, message):
    before = set(os.listdir(str(program.folder)))
    given = {
        name: value.format(folder=program.folder) if isinstance(value, str) else value
        for name, value in given.items()
    }
    given.setdefault("output_file", program.path("refused.tfrecord"))
    assert message in program(fails=True, **given)
    assert set(os.listdir(str(program.folder))) == before


def run(program, **given):
    """(exit code, standard output, lines of standard error)."""
    done = subprocess.run(
        program.command(**given), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8").splitlines()


def test_equal_names_without_their_endings_are_refused(program):
    folder = program.path("stems")
    os.makedirs(folder)
    for name in ("a.txt", "a.txt.gz"):
        with open(os.path.join(folder, name), "w") as stream:
            stream.write("x")
    message = program(fails=True, input_file=folder, output_dir=program.path("stems_out"))
    assert "a.txt and " in message and "a.txt.gz would both be written to" in message
    assert "--output_dir" in message and not os.path.exists(program.path("stems_out"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_refused_with_the_fix(program, encoding):
    path = program.path("utf16.txt")
    with open(path, "wb") as stream:
        stream.write("d00s00w00 d00s00w01\n\nd01s00w00\n".encode(encoding))
    for output in (
        dict(output_file=program.path("utf16.tfrecord")),
        dict(output_dir=program.path("u")),
    ):
        message = program(fails=True, input_file=path, **output)
        assert "utf16.txt: is UTF-16" in message and "iconv -f UTF-16" in message
        assert not glob.glob(program.path("utf16.tfrecord*")) and not glob.glob(program.path("u/*"))


def test_carriage_returns_alone_end_lines(program):
    with open(program.path("corpus.txt"), "rb") as stream:
        content = stream.read()
    outputs = []
    for name, end in (("lf", b"\n"), ("cr", b"\r"), ("crlf", b"\r\n")):
        with open(program.path(name + ".txt"), "wb") as stream:
            stream.write(content.replace(b"\n", end))
        outputs.append(program.path(name + ".tfrecord"))
        program(input_file=program.path(name + ".txt"), output_file=outputs[-1])
    assert len(set(map(sha256, outputs))) == 1


def test_the_share_of_unknown_words_is_told(program):
    with open(program.path("corpus.txt")) as stream:
        content = stream.read()
    path, output = program.path("unknown.txt"), program.path("unknown.tfrecord")
    for every, is_much in ((3, True), (400, False)):
        words = iter(range(10**9))
        with open(path, "w") as stream:
            stream.write(
                re.sub(r"d\d\ds", lambda m: "Zz" if not next(words) % every else m.group(), content)
            )
        code, out, err = run(program, input_file=path, output_file=output)
        counts = manifest(output)["counts_of_all_outputs"]
        share = UnknownWords(counts["tokens"], counts["unknown_tokens"]).summary()
        assert code == 0 and share in out.splitlines()[-1]
        assert counts["unknown_share"] == pytest.approx(
            counts["unknown_tokens"] / counts["tokens"], abs=1e-6
        )
        assert all(word.startswith("zz") for word, _ in counts["unknown_words"])
        warned = [line for line in err if line.startswith("warning: ") and "[UNK]" in line]
        assert len(warned) == is_much
        if is_much:
            assert "unknown.txt: 33." in warned[0] and "words such as zz" in warned[0]


def test_a_vocabulary_with_capitals_warns_of_lower_casing(program):
    with open(program.path("cased.txt"), "w") as stream:
        stream.write(
            open(program.path("vocab.txt")).read() + "\n".join("Aa%d" % n for n in range(1000))
        )
    given = dict(vocab_file=program.path("cased.txt"), output_file=program.path("cased.tfrecord"))
    for do_lower_case in ("true", "false"):
        code, _, err = run(program, do_lower_case=do_lower_case, **given)
        said = [line for line in err if "pass --do_lower_case=false" in line]
        assert code == 0 and len(said) == (do_lower_case == "true")


def test_one_article_a_line_is_warned_of(program):
    with open(program.path("corpus.txt")) as stream:
        documents = stream.read().split("\n\n")
    with open(program.path("articles.txt"), "w") as stream:
        stream.write("\n\n".join(" ".join(document.split()) for document in documents) + "\n")
    code, _, err = run(
        program,
        input_file=program.path("articles.txt"),
        output_file=program.path("articles.tfrecord"),
    )
    assert code == 0 and len(err) == 1 and "of the tokens are cut off" in err[0]
    assert "pass --split_sentences" in err[0]


def test_lines_are_split_into_sentences(program):
    """One article a line: the records are those of one sentence a line."""
    articles, lines = program.path("en_articles.txt"), program.path("en_lines.txt")
    documents = [
        ["Dr. D%02dS%02dw00 met d%02ds%02dw01." % ((number, line) * 2) for line in range(9)]
        for number in range(12)
    ]
    with open(lines, "w") as stream:
        stream.write("\n\n".join("\n".join(document) for document in documents))
    with open(articles, "w") as stream:
        stream.write("\n\n".join(" ".join(document) for document in documents))
    outputs = [program.path(name) for name in ("en_lines.tfrecord", "en_split.tfrecord")]
    program(input_file=lines, output_file=outputs[0])
    pytest.importorskip("syntok")
    for workers in (1, 2):
        code, out, err = run(
            program,
            input_file=articles,
            output_file=outputs[1],
            split_sentences="true",
            num_workers=workers,
        )
        assert code == 0 and "12 documents, 108 sentences" in out.splitlines()[-1]
        assert not [line for line in err if "split_sentences" in line]
        assert sha256(outputs[0]) == sha256(outputs[1])
        os.remove(outputs[1])
    program(input_file=articles, output_file=outputs[1], split_sentences="true")
    assert manifest(outputs[1])["made_from"]["parameters"]["split_sentences"] == "en"
    # Another language is other data.
    given = dict(input_file=articles, output_file=outputs[1], split_sentences="true")
    assert "already made" in program(**given)
    assert "already made" not in program(language="zh", **given)


def test_a_language_that_cannot_be_split_is_refused(program):
    given = dict(split_sentences="true", output_file=program.path("refused.tfrecord"))
    assert "'xx'" in program(fails=True, language="xx", **given)
    given["split_sentences"] = "false"
    assert "--language=de requires --split_sentences" in program(fails=True, language="de", **given)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "no text"),
        (b"a\nb\n", "one document only"),
        (b"\x01\n\n\x02\n\nd00s00w00\n", "at least two non-empty documents"),
    ],
)
def test_text_it_refuses(program, content, message):
    path = program.path("refused.txt")
    with open(path, "wb") as stream:
        stream.write(content)
    assert message in program(
        fails=True, input_file=path, output_file=program.path("refused.tfrecord")
    )
    assert not glob.glob(program.path("refused.tfrecord*"))


def test_vocabulary_it_refuses(program):
    with open(program.path("small.txt"), "w") as stream:
        stream.write("[PAD]\n[UNK]\n")
    message = program(
        fails=True,
        vocab_file=program.path("small.txt"),
        output_file=program.path("refused.tfrecord"),
    )
    assert "small.txt lacks [CLS] [SEP] [MASK]" in message


def test_help_lists_the_recipes_flags(program):
    done = subprocess.run(
        [sys.executable, "create_pretraining_data.py", "--help"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    out = done.stdout.decode("utf-8")
    assert done.returncode == 0
    for name, default in [
        ("input_file", None),
        ("output_file", None),
        ("vocab_file", None),
        ("do_lower_case", "true"),
        ("do_whole_word_mask", "false"),
        ("max_seq_length", 128),
        ("max_predictions_per_seq", 20),
        ("random_seed", 12345),
        ("dupe_factor", 10),
        ("masked_lm_prob", 0.15),
        ("short_seq_prob", 0.1),
    ]:
        shown = "no default" if default is None else "default: %s" % default
        assert re.search(r"--(\[no\])?%s  \(%s\)" % (name, re.escape(shown)), out), name


def test_needs_no_tensorflow(repo_root):
    code = 'import sys, create_pretraining_data; print("tensorflow" in sys.modules)'
    assert subprocess.check_output([sys.executable, "-c", code], cwd=repo_root).strip() == b"False"
