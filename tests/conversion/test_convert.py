# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The command line of the converter, both directions, and its launcher."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import tokenization
from conversion.safetensors_files import SafetensorsFile
from tests.reference import numpy_bert

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def run_command(repo_root, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "conversion.convert"] + list(arguments),
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(
            os.environ, TF_CPP_MIN_LOG_LEVEL="3"
        ),  # 2.15.1 has messages about GPUs for any import
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def test_the_real_weights_in_both_directions(repo_root, minilm_dir, tmp_path):
    there, back = str(tmp_path / "tf"), str(tmp_path / "hf")
    code, out, err = run_command(
        repo_root, "--input", minilm_dir, "--output_dir", there, "--sha256", SHA256
    )
    assert code == 0 and "103 variables, 22.7 million parameters" in out, err
    assert "masked language model, next sentence, answer span" in out and "uncased" in out
    config = modeling.BertConfig.from_json_file(os.path.join(there, "bert_config.json"))
    reader = tf.train.load_checkpoint(os.path.join(there, "bert_model.ckpt"))
    assert reader.get_variable_to_shape_map() == numpy_bert.variable_shapes(config.to_dict())
    code, out, err = run_command(repo_root, "--input", there, "--output_dir", back)
    assert code == 0 and "BertModel, 103 tensors" in out and "uncased tokenizer" in out, err
    assert err == ""
    name = "embeddings.word_embeddings.weight"
    published, written = [
        SafetensorsFile(os.path.join(folder, "model.safetensors")).read_float32(name)
        for folder in (minilm_dir, back)
    ]
    np.testing.assert_array_equal(written, published)


def test_the_launcher_takes_both_by_position(repo_root, minilm_dir, tmp_path):
    launcher = os.path.join(repo_root, "scripts", "convert.sh")
    done = subprocess.run(
        ["bash", launcher, minilm_dir, str(tmp_path / "a b")],
        env=dict(os.environ, PYTHON=sys.executable),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode("utf-8")
    assert (tmp_path / "a b" / "bert_model.ckpt.index").exists()


def test_command_refuses_in_one_line(repo_root, tmp_path):
    config = tmp_path / "both"
    config.mkdir()
    (config / "config.json").write_text("{}")
    for arguments in (
        ["--input", str(tmp_path / "none"), "--output_dir", str(tmp_path / "out")],
        ["--input", str(tmp_path / "none" / "at" / "all"), "--output_dir", str(tmp_path / "out")],
        ["--input", str(tmp_path), "--output_dir", str(tmp_path / "out")],
        ["--input", str(config), "--output_dir", str(tmp_path / "out"), "--head", "span"],
        ["--input", str(tmp_path), "--output_dir", str(tmp_path / "out"), "--sha256", SHA256],
        ["--input", str(tmp_path)],
        ["--input", "a", "--output_dir", "b", "--unknown"],
        ["--input", "a", "--output_dir", "b", "--do_lower_case", "maybe"],
    ):
        code, out, err = run_command(repo_root, *arguments)
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code == 2 and out == "" and len(lines) == 1 and "Traceback" not in err, arguments
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words, uncased",
    [(["river", "##s", "caf\u00e9"], True), (["River", "##S", "river"], False), ([], True)],
)
def test_the_casing_of_a_vocabulary(tmp_path, words, uncased):
    path = tmp_path / "vocab.txt"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    path.write_bytes("".join(word + "\n" for word in special + words).encode("utf-8"))
    assert tokenization.vocabulary_is_uncased(str(path)) is uncased
