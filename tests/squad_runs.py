# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Small questions and a small model, and run_squad.py run on them.

The command line runs in children of one process that has imported TensorFlow already: each is the
real `__main__` with its own argv, output and exit code, without the seconds an import takes.
"""

import collections
import contextlib
import io
import json
import os
import random
import subprocess
import sys

from tests.conftest import ROOT

COLOURS = ["red", "blue", "green"]
FILLERS = "the cat dog house river saw one two three of in and".split()
VOCABULARY = (
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "which", "colour", "?", "."] + COLOURS + FILLERS
)
CONFIG = {
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
    "vocab_size": len(VOCABULARY),
}
LENGTHS = ["--max_seq_length=32", "--max_query_length=8", "--doc_stride=10"]


def document(num_questions, seed, impossible_part=0.0):
    """Questions for the only colour in a text; every tenth text needs several windows."""
    rng = random.Random(seed)
    paragraphs = []
    for number in range(num_questions):
        words = [rng.choice(FILLERS) for _ in range(55 if number % 10 == 0 else rng.randint(4, 18))]
        qa = {"id": "q%d" % number, "question": "Which colour?", "answers": []}
        if impossible_part:
            qa["is_impossible"] = rng.random() < impossible_part
        if not qa.get("is_impossible"):
            place = rng.randrange(len(words))
            colour = rng.choice(COLOURS)
            words[place] = colour
            qa["answers"] = [
                {"text": colour, "answer_start": len(" ".join(words[:place])) + (place > 0)}
            ]
        paragraphs.append({"context": " ".join(words) + ".", "qas": [qa]})
    return {
        "version": "v2.0" if impossible_part else "1.1",
        "data": [{"title": "colours", "paragraphs": paragraphs}],
    }


def write(path, content):
    with io.open(str(path), "w", encoding="utf-8") as stream:
        stream.write(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def write_files(folder):
    """Paths of the inputs in `folder`, a pathlib.Path, by short names."""
    return {
        "config": write(folder / "bert_config.json", CONFIG),
        "small_config": write(folder / "small_config.json", dict(CONFIG, num_hidden_layers=1)),
        "vocab": write(folder / "vocab.txt", "\n".join(VOCABULARY) + "\n"),
        "v1": write(folder / "v1.json", document(64, 1)),
        "v2": write(folder / "v2.json", document(64, 2, 0.4)),
        "folder": folder,
    }


DRIVER = r"""
import json, os, runpy, sys
import tensorflow.compat.v1 as tf
for line in sys.stdin:
  request = json.loads(line)
  child = os.fork()
  if child == 0:
    os.dup2(os.open(request["in"] or os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
      os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [request["program"]] + request["arguments"]
    code = 1
    try:
      if request["program"].endswith(".py"):
        runpy.run_path(request["program"], run_name="__main__")
      else:
        runpy.run_module(request["program"], run_name="__main__")
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

Outcome = collections.namedtuple("Outcome", ["code", "out", "err"])


@contextlib.contextmanager
def started_command(folder, program="run_squad.py"):
    """A function that runs a program with arguments and returns its exit code, stdout and stderr; it writes to `folder`.

    The program is a file or a module that imports TensorFlow. The function's `given` is the path of its standard input.
    """
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        bufsize=1,
    )

    def run(*arguments, **streams):
        request = {
            "program": streams.get("program", program),
            "arguments": arguments,
            "in": streams.get("given"),
            "out": str(folder / "out"),
            "err": str(folder / "err"),
        }
        driver.stdin.write(json.dumps(request) + "\n")
        driver.stdin.flush()
        code = json.loads(driver.stdout.readline())
        with io.open(request["out"], encoding="utf-8") as out, io.open(request["err"]) as err:
            return Outcome(code, out.read(), err.read())

    try:
        yield run
    finally:
        driver.stdin.close()
        driver.wait()


def required(files, output_dir):
    return [
        "--bert_config_file=" + files["config"],
        "--vocab_file=" + files["vocab"],
        "--output_dir=" + str(output_dir),
    ] + LENGTHS


def write_bad_checkpoints(folder):
    """Checkpoints without a span head, and of another width: prefixes by name."""
    import tensorflow.compat.v1 as tf  # the rest of this module is also for tests without it

    prefixes = {}
    for name, variables in (
        ("headless", {"bert/pooler/dense/bias": 32}),
        ("other", {"cls/squad/output_weights": 3, "bert/embeddings/LayerNorm/beta": 3}),
    ):
        prefixes[name] = str(folder / name / "model.ckpt")
        os.makedirs(os.path.dirname(prefixes[name]))
        with tf.Graph().as_default(), tf.Session() as sess:
            values = {key: tf.Variable(tf.zeros([size])) for key, size in variables.items()}
            sess.run(tf.global_variables_initializer())
            tf.train.Saver(values).save(sess, prefixes[name], write_meta_graph=False)
    return prefixes
