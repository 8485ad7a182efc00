# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_squad.py: its head and pipeline in this process, and end to end through the real command line.

The command line runs in children of one process that has imported TensorFlow already: each is the
real `__main__` with its own argv, output and exit code, without the seconds an import takes.
"""

import collections
import io
import json
import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_squad
import tokenization
from program.records import fields
from squad import evaluate, windows
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.options import SquadOptions
from tests.jobs import make_job
from training import checkpoints, metrics, run_record

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_COLOURS = ["red", "blue", "green"]
_FILLERS = "the cat dog house river saw one two three of in and".split()
_VOCABULARY = (
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "which", "colour", "?", "."]
    + _COLOURS
    + _FILLERS
)
_CONFIG = {
    "attention_probs_dropout_prob": 0.0,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 32,
    "initializer_range": 0.02,
    "intermediate_size": 64,
    "max_position_embeddings": 40,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "type_vocab_size": 2,
    "vocab_size": len(_VOCABULARY),
}
_LENGTHS = ["--max_seq_length=32", "--max_query_length=8", "--doc_stride=10"]
_RECIPE = ["--train_batch_size=16", "--learning_rate=2e-3", "--num_train_epochs=25"]


def _document(num_questions, seed, impossible_part=0.0):
    """Questions for the only colour in a text; every tenth text needs several windows."""
    rng = random.Random(seed)
    paragraphs = []
    for number in range(num_questions):
        words = [
            rng.choice(_FILLERS) for _ in range(55 if number % 10 == 0 else rng.randint(4, 18))
        ]
        qa = {"id": "q%d" % number, "question": "Which colour?", "answers": []}
        if impossible_part:
            qa["is_impossible"] = rng.random() < impossible_part
        if not qa.get("is_impossible"):
            place = rng.randrange(len(words))
            colour = rng.choice(_COLOURS)
            words[place] = colour
            qa["answers"] = [
                {"text": colour, "answer_start": len(" ".join(words[:place])) + (place > 0)}
            ]
        paragraphs.append({"context": " ".join(words) + ".", "qas": [qa]})
    return {
        "version": "v2.0" if impossible_part else "1.1",
        "data": [{"title": "colours", "paragraphs": paragraphs}],
    }


def _write(path, content):
    with io.open(str(path), "w", encoding="utf-8") as stream:
        stream.write(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of the inputs by short names."""
    folder = tmp_path_factory.mktemp("squad")
    return {
        "config": _write(folder / "bert_config.json", _CONFIG),
        "small_config": _write(folder / "small_config.json", dict(_CONFIG, num_hidden_layers=1)),
        "vocab": _write(folder / "vocab.txt", "\n".join(_VOCABULARY) + "\n"),
        "v1": _write(folder / "v1.json", _document(64, 1)),
        "v2": _write(folder / "v2.json", _document(64, 2, 0.4)),
        "folder": folder,
    }


_DRIVER = r"""
import json, os, runpy, sys
import tensorflow.compat.v1 as tf
for line in sys.stdin:
  request = json.loads(line)
  child = os.fork()
  if child == 0:
    for number, name in ((1, "out"), (2, "err")):
      os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["run_squad.py"] + request["arguments"]
    code = 1
    try:
      runpy.run_path("run_squad.py", run_name="__main__")
      code = 0
    except SystemExit as done:
      code = done.code
    except BaseException:
      import traceback
      traceback.print_exc()
    finally:
      sys.stdout.flush()
      sys.stderr.flush()
      os._exit(code)
  status = os.waitpid(child, 0)[1]
  print(json.dumps(os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)))
  sys.stdout.flush()
"""

_Outcome = collections.namedtuple("_Outcome", ["code", "out", "err"])


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """A function that runs `run_squad.py ARGUMENTS...` and returns its exit code, stdout and stderr."""
    folder = tmp_path_factory.mktemp("streams")
    driver = subprocess.Popen(
        [sys.executable, "-c", _DRIVER],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        bufsize=1,
    )

    def run(*arguments):
        streams = {"out": str(folder / "out"), "err": str(folder / "err")}
        driver.stdin.write(json.dumps(dict(streams, arguments=list(arguments))) + "\n")
        driver.stdin.flush()
        code = json.loads(driver.stdout.readline())
        with io.open(streams["out"]) as out, io.open(streams["err"]) as err:
            return _Outcome(code, out.read(), err.read())

    yield run
    driver.stdin.close()
    driver.wait()


def _required(files, output_dir):
    return [
        "--bert_config_file=" + files["config"],
        "--vocab_file=" + files["vocab"],
        "--output_dir=" + str(output_dir),
    ] + _LENGTHS


def _load(path):
    with io.open(str(path), encoding="utf-8") as stream:
        return json.load(stream)


def _metrics(output_dir):
    with io.open(os.path.join(str(output_dir), "metrics.jsonl")) as stream:
        return [json.loads(line) for line in stream]


@pytest.fixture(scope="module")
def trained(files, command):
    """A run that trains on the v1.1 questions and answers them: (output directory, outcome)."""
    output_dir = files["folder"] / "trained"
    outcome = command(
        "--do_train",
        "--do_predict",
        "--train_file=" + files["v1"],
        "--predict_file=" + files["v1"],
        *(_required(files, output_dir) + _RECIPE),
    )
    assert outcome.code == 0, outcome.err
    return output_dir, outcome


def test_trains_answers_and_scores(files, trained):
    output_dir, _ = trained
    scores = evaluate.evaluate_v1(
        _load(files["v1"])["data"], _load(output_dir / "predictions.json")
    )
    assert scores["exact_match"] >= 90.0
    nbest = _load(output_dir / "nbest_predictions.json")
    assert len(nbest) == 64 and all(1 < len(entries) <= 20 for entries in nbest.values())
    assert not (output_dir / "null_odds.json").exists()
    assert not [name for name in os.listdir(str(output_dir)) if ".tmp-" in name]


def test_latency_of_every_batch_and_the_record_of_the_run(trained):
    output_dir, _ = trained
    batches = metrics.read_json_lines(str(output_dir / metrics.LATENCY_FILE))
    record = run_record.read(str(output_dir / run_record.RUN_FILE))
    inference = record["results"]["inference"]
    assert sum(batch["sequences"] for batch in batches) == inference["sentences"] >= 64
    assert [batch["batch"] for batch in batches] == list(range(-(-inference["sentences"] // 8)))
    steady = [batch["seconds"] for batch in batches if not batch["startup"]]
    assert len(steady) == len(batches) - 2 and min(steady) > 0
    assert inference["batch_latency_seconds"] == metrics.percentiles(steady)
    # Time between batches belongs to the loop, not to the latency.
    assert sum(steady) <= inference["steady_seconds"] + 0.001
    assert (record["program"], record["status"], record["num_train_steps"]) == (
        "run_squad",
        "done",
        100,
    )


def test_steps_count_questions_as_the_recipe_does(trained):
    output_dir, outcome = trained
    assert checkpoints.latest(str(output_dir)).endswith("-%d" % int(64 / 16 * 25))
    assert re.search(
        r"training from step 0 to 100: 64 questions, \d+ windows, 16 windows per step", outcome.out
    )
    rows = {row["step"]: row for row in _metrics(output_dir)}
    assert rows[100]["loss"] < 0.3 < rows[1]["loss"]
    # Step t is taken with the rate of t - 1; warm-up is a tenth.
    assert rows[1]["learning_rate"] == 0.0
    assert rows[10]["learning_rate"] == pytest.approx(2e-3 * 9 / 10, rel=1e-5)
    assert rows[100]["learning_rate"] == pytest.approx(2e-3 * (1 - 99 / 100.0) / 0.9, rel=1e-4)


def test_summary_lines_and_table(trained):
    _, outcome = trained
    number = r"\d+\.\d\d"
    assert re.search(
        r"^0 Total Training Time = %s Training Time W/O start up overhead = %s "
        r"Sentences processed = 1600$" % (number, number),
        outcome.out,
        re.M,
    )
    assert re.search(r"^0 Training Performance = \d+\.\d{4} sentences/sec$", outcome.out, re.M)
    windows = int(
        re.search(r"64 questions, (\d+) windows, 8 windows per batch", outcome.out).group(1)
    )
    assert windows > 64 and windows % 8  # the last batch is not full, and none of it is lost
    assert re.search(
        r"^0 Total Inference Time = %s Inference Time W/O start up overhead = %s "
        r"Sentences processed = %d$" % (number, number, windows),
        outcome.out,
        re.M,
    )
    assert re.search(r"^0 Inference Performance = \d+\.\d{4} sentences/sec$", outcome.out, re.M)
    assert re.search(
        r"^rank +step +sequences/sec +loss +learning rate +tokens/sec +ETA$", outcome.out, re.M
    )
    assert len(re.findall(r"^ +0 +\d+0 ", outcome.out, re.M)) == 10  # every ten steps


def test_checkpoint_has_the_recipe_s_names(trained):
    shapes = checkpoints.variable_shapes(str(trained[0]))
    assert shapes["cls/squad/output_weights"] == [2, 32]
    assert shapes["cls/squad/output_bias"] == [2]
    assert "cls/squad/output_weights/adam_m" in shapes and "global_step" in shapes


def test_prediction_alone_gives_the_same_answers(files, command, trained):
    """Another directory, another batch size, a named checkpoint: the same logits to rounding."""
    output_dir = files["folder"] / "predicted"
    outcome = command(
        "--do_predict",
        "--predict_file=" + files["v1"],
        "--predict_batch_size=7",
        "--init_checkpoint=" + str(trained[0]),
        *_required(files, output_dir),
    )
    assert outcome.code == 0, outcome.err
    assert _load(output_dir / "predictions.json") == _load(trained[0] / "predictions.json")
    again, before = (
        _load(folder / "nbest_predictions.json") for folder in (output_dir, trained[0])
    )
    assert list(again) == list(before)
    for qas_id in before:
        assert again[qas_id][0]["start_logit"] == pytest.approx(
            before[qas_id][0]["start_logit"], abs=1e-4
        )


def test_training_resumes_and_extends(files, command, trained):
    output_dir = files["folder"] / "resumed"
    files = dict(files, config=files["small_config"])  # three start-ups: this model's are quicker
    arguments = (
        ["--do_train", "--train_file=" + files["v1"]]
        + _required(files, output_dir)
        + ["--train_batch_size=16", "--learning_rate=1e-3"]
    )
    first = command("--num_train_epochs=5", *arguments)
    assert first.code == 0, first.err
    second = command("--num_train_epochs=10", "--init_checkpoint=" + str(trained[0]), *arguments)
    assert second.code == 0, second.err
    assert "training from step 20 to 40" in second.out
    rows = _metrics(output_dir)
    assert [row["step"] for row in rows] == [1, 10, 20, 21, 30, 40]
    assert rows[3]["learning_rate"] == pytest.approx(1e-3 * (1 - 20 / 40.0) / 0.9, rel=1e-4)
    third = command("--num_train_epochs=10", *arguments)
    assert third.code == 0 and "already trained to step 40 of 40" in third.out


def test_v2(files, command):
    output_dir = files["folder"] / "v2"
    outcome = command(
        "--version_2_with_negative",
        "--do_train",
        "--do_predict",
        "--train_file=" + files["v2"],
        "--predict_file=" + files["v2"],
        *(_required(files, output_dir) + _RECIPE),
    )
    assert outcome.code == 0, outcome.err
    answers, odds = _load(output_dir / "predictions.json"), _load(output_dir / "null_odds.json")
    scores = evaluate.evaluate_v2(_load(files["v2"])["data"], answers, odds, threshold=1e9)
    assert scores["NoAns_total"] > 10 and scores["HasAns_total"] > 10
    assert scores["HasAns_exact"] >= 80.0 and scores["NoAns_exact"] >= 80.0
    assert scores["best_exact"] >= scores["exact"]
    assert all((answers[qas_id] == "") == (odds[qas_id] > 0.0) for qas_id in answers)


def test_help_has_every_flag_with_its_default(command):
    outcome = command("--help")
    assert outcome.code == 0
    expected = {
        "bert_config_file": "no default",
        "vocab_file": "no default",
        "output_dir": "no default",
        "train_file": "no default",
        "predict_file": "no default",
        "init_checkpoint": "no default",
        "[no]do_lower_case": "true",
        "max_seq_length": 384,
        "doc_stride": 128,
        "max_query_length": 64,
        "[no]do_train": "false",
        "[no]do_predict": "false",
        "train_batch_size": 8,
        "predict_batch_size": 8,
        "learning_rate": "5e-6",
        "num_train_epochs": 3.0,
        "warmup_proportion": 0.1,
        "save_checkpoints_steps": 1000,
        "iterations_per_loop": 1000,
        "n_best_size": 20,
        "max_answer_length": 30,
        "[no]verbose_logging": "false",
        "[no]version_2_with_negative": "false",
        "null_score_diff_threshold": 0.0,
        "[no]horovod": "false",
        "[no]use_fp16": "false",
        "[no]amp": "false",
        "[no]use_xla": "false",
    }
    for name, default in expected.items():
        text = default if default == "no default" else "default: %s" % default
        assert "--%s  (%s)" % (name, text) in outcome.out
    assert "tpu" not in outcome.out.lower().replace("output", "")


_BAD_RUNS = [
    (["--do_train"], "--do_train requires --train_file"),
    (["--do_predict"], "--do_predict requires --predict_file"),
    ([], "nothing to do: pass --do_train, --do_predict or both"),
    (["--do_predict", "--predict_file=nowhere.json"], "nowhere.json: cannot be read: No such file"),
    (["--do_train", "--train_file={vocab}"], "vocab.txt: not JSON"),
    (["--do_train", "--train_file={config}"], "bert_config.json: not a SQuAD file"),
    (["--do_train", "--train_file={v2}"], "pass --version_2_with_negative"),
    (
        ["--do_train", "--train_file={v1}", "--max_seq_length=41"],
        "--max_seq_length=41 exceeds the model's 40 positions",
    ),
    (
        ["--do_train", "--train_file={v1}", "--max_query_length=29"],
        "--max_seq_length=32: must be greater than --max_query_length=29",
    ),
    (
        ["--do_train", "--train_file={v1}", "--train_batch_size=1000", "--num_train_epochs=1"],
        "64 questions are less than one batch of 1000",
    ),
    (
        ["--do_train", "--train_file={v1}", "--init_checkpoint=nowhere/model.ckpt"],
        "nowhere/model.ckpt: no such checkpoint",
    ),
    (
        [
            "--do_train",
            "--train_file={v1}",
            "--do_lower_case=false",
            "--init_checkpoint=x/uncased_L-12_H-768_A-12/bert_model.ckpt",
        ],
        "pass --do_lower_case=true",
    ),
    (["--do_train", "--train_file={v1}", "--vocab_file={v1}"], "lacks [PAD]"),
    (["--do_train", "--train_file={v1}", "--bert_config_file=nowhere.json"], "nowhere.json"),
    (["--do_train", "--train_file={v1}", "--num_train_epochs=-1"], "--num_train_epochs"),
    (["--do_train", "--train_file={v1}", "--warmup_proportion=2"], "warmup_proportion"),
    (["--do_train", "--train_file={v1}", "--train_batch_size=many"], "train_batch_size"),
    (["--do_train", "--trainfile={v1}"], "trainfile"),
    (
        ["--do_predict", "--predict_file={v1}"],
        "contains no checkpoint: pass --init_checkpoint or --do_train",
    ),
    (
        ["--do_predict", "--predict_file={v1}", "--init_checkpoint={headless}"],
        "has no variable cls/squad/output_weights",
    ),
    (
        ["--do_predict", "--predict_file={v1}", "--init_checkpoint={other}"],
        "variable bert/embeddings/LayerNorm/beta has shape [3]",
    ),
]


@pytest.fixture(scope="module")
def bad_checkpoints(files):
    """Checkpoints without a span head, and of another width: prefixes by name."""
    prefixes = {}
    for name, variables in (
        ("headless", {"bert/pooler/dense/bias": 32}),
        ("other", {"cls/squad/output_weights": 3, "bert/embeddings/LayerNorm/beta": 3}),
    ):
        prefixes[name] = str(files["folder"] / name / "model.ckpt")
        os.makedirs(os.path.dirname(prefixes[name]))
        with tf.Graph().as_default(), tf.Session() as sess:
            values = {key: tf.Variable(tf.zeros([size])) for key, size in variables.items()}
            sess.run(tf.global_variables_initializer())
            tf.train.Saver(values).save(sess, prefixes[name], write_meta_graph=False)
    return prefixes


@pytest.mark.parametrize(
    "arguments, message", _BAD_RUNS, ids=[message[:40] for _, message in _BAD_RUNS]
)
def test_mistakes_are_one_line_and_exit_2(files, command, bad_checkpoints, arguments, message):
    output_dir = files["folder"] / "bad"
    names = dict(files, **bad_checkpoints)
    outcome = command(*(_required(files, output_dir) + [a.format(**names) for a in arguments]))
    assert outcome.code == 2, outcome.err
    lines = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and message in lines[0]
    assert outcome.err.splitlines()[-1] == lines[0]
    assert "Traceback" not in outcome.err
    if output_dir.exists():
        assert not [
            n for n in os.listdir(str(output_dir)) if n.startswith("predictions") or "tmp-" in n
        ]


# In this process: the parts.


def test_span_head_and_loss_against_numpy():
    rng = np.random.RandomState(0)
    hidden = rng.randn(3, 5, 8).astype(np.float32)
    starts, ends = np.array([0, 4, 2]), np.array([0, 4, 3])
    with tf.Graph().as_default(), tf.Session() as sess:
        config = modeling.BertConfig(
            vocab_size=9, hidden_size=8, num_attention_heads=2, initializer_range=0.5
        )
        start_logits, end_logits = run_squad.span_logits(config, tf.constant(hidden))
        loss = run_squad.span_loss(
            start_logits,
            end_logits,
            {
                "start_positions": tf.constant(starts, tf.int32),
                "end_positions": tf.constant(ends, tf.int32),
            },
        )
        weights, bias = tf.trainable_variables()
        assert [v.op.name for v in (weights, bias)] == [
            "cls/squad/output_weights",
            "cls/squad/output_bias",
        ]
        sess.run(tf.global_variables_initializer())
        sess.run(bias.assign([0.25, -1.0]))
        w, got_start, got_end, got_loss = sess.run([weights, start_logits, end_logits, loss])
    expected_start = hidden.astype(np.float64).dot(w[0]) + 0.25
    expected_end = hidden.astype(np.float64).dot(w[1]) - 1.0
    np.testing.assert_allclose(got_start, expected_start, atol=1e-5)
    np.testing.assert_allclose(got_end, expected_end, atol=1e-5)
    total = 0.0
    for logits, labels in ((expected_start, starts), (expected_end, ends)):
        for row, label in zip(logits, labels):
            total += np.log(np.exp(row).sum()) - row[label]
    assert got_loss == pytest.approx(total / 6, abs=1e-5)


def _squad_options(files, **changes):
    values = dict(
        vocab_file=files["vocab"],
        train_file=files["v1"],
        do_train=True,
        max_seq_length=32,
        max_query_length=8,
        doc_stride=10,
    )
    values.update(changes)
    return SquadOptions(**values)


def test_written_windows_are_the_features(files, tmp_path):
    """The file holds every window in order, and training reads each once before any again."""
    tokenizer = tokenization.FullTokenizer(files["vocab"])
    examples = read_squad_examples(files["v1"], True)
    expected = list(convert_examples(examples, tokenizer, 32, 10, 8, True))
    path = str(tmp_path / "train.tf_record")
    kept, count = windows.write_windows(path, examples, tokenizer, _squad_options(files), True)
    assert (kept, count) == ([], len(expected)) and os.listdir(str(tmp_path)) == ["train.tf_record"]

    schema = fields.squad_schema(32, is_training=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)
        batch = tf.data.make_one_shot_iterator(
            run_squad.training_dataset(path, schema, 5)
        ).get_next()
        assert batch["input_ids"].shape.as_list() == [5, 32]
        seen = []
        while len(seen) < 2 * count:
            values = sess.run(batch)
            seen.extend(
                tuple(
                    values[name][i] for name in ("unique_ids", "start_positions", "end_positions")
                )
                for i in range(5)
            )
    wanted = sorted((f.unique_id, f.start_position, f.end_position) for f in expected)
    assert sorted(seen[:count]) == wanted and seen[:count] != wanted  # shuffled
    assert sorted(seen[count : 2 * count]) == wanted and seen[count : 2 * count] != seen[:count]
    assert sum(f.start_position > 0 for f in expected) >= len(examples)


def test_prediction_alone_needs_a_span_head(trained, bad_checkpoints, tmp_path):
    """Users name the checkpoint they began with when they predict again from a trained directory."""
    own = tf.train.latest_checkpoint(str(trained[0]))

    def choose(output_dir, init_checkpoint):
        return run_squad.find_trained(
            make_job(output_dir, init_checkpoint=init_checkpoint)
        ).checkpoint

    assert choose(trained[0], None) == own
    assert choose(trained[0], bad_checkpoints["headless"]) == own
    assert choose(trained[0], bad_checkpoints["other"]) == bad_checkpoints["other"]
    assert choose(tmp_path, own) == own
