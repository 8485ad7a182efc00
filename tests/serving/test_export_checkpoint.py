# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/export_squad.sh and its program: settings of the training, one line for what cannot be exported."""

import json
import os
import subprocess

import pytest

from program.errors import UserError
from serving import export_checkpoint, export_settings
from tests.conftest import ROOT
from tests.serving.exports import small_model
from tests.squad_runs import write_bad_checkpoints

LAUNCHER = os.path.join(ROOT, "scripts", "export_squad.sh")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A trained checkpoint whose configuration and settings only its run.json says."""
    files = small_model(tmp_path_factory.mktemp("mödel"))
    record = {
        "program": "run_squad",
        "model": files["bert"].to_dict(),
        "options": {
            "do_train": True,
            "vocab_file": files["vocab"],
            "do_lower_case": False,
            "max_seq_length": 30,
            "doc_stride": 9,
            "max_query_length": 7,
            "version_2_with_negative": True,
            "n_best_size": 11,
            "max_answer_length": 5,
            "null_score_diff_threshold": -2.5,
        },
    }
    (files["folder"] / "trained" / "run.json").write_text(json.dumps(record))
    return files


def run(*arguments):
    return subprocess.run(
        ["bash", LAUNCHER] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        cwd=os.path.dirname(ROOT),
    )


def test_a_checkpoint_is_exported_with_the_settings_of_its_training(files, tmp_path):
    out = tmp_path / "out put"
    done = run(
        os.path.dirname(files["checkpoint"]),
        str(out),
        "fp16",
        "--freeze",
        "--max_answer_length=6",
        "--triton=" + str(tmp_path / "models"),
        "--triton_name=squad",
        "--max_batch_size=3",
    )
    assert done.returncode == 0, done.stderr
    settings = export_settings.read_settings(str(out / "1"))
    assert settings == export_settings.ExportSettings(
        do_lower_case=False,
        max_seq_length=30,
        doc_stride=9,
        max_query_length=7,
        version_2_with_negative=True,
        n_best_size=11,
        max_answer_length=6,
        null_score_diff_threshold=-2.5,
        precision="fp16",
        checkpoint=files["checkpoint"],
    )
    assert "variables as constants" in done.stdout
    assert sorted(os.listdir(str(out))) == ["1"]
    assert os.listdir(str(out / "1" / "variables")) == []
    model = tmp_path / "models" / "squad"
    assert (model / "1" / "model.savedmodel" / "saved_model.pb").exists()
    assert "max_batch_size: 3" in (model / "config.pbtxt").read_text()


def parsed(*arguments):
    return export_checkpoint.make_parser().parse_args(list(arguments))


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--checkpoint={folder}/nowhere"], "nowhere: no such checkpoint"),
        (["--checkpoint={headless}"], "has no variable cls/squad/output_weights"),
        (["--checkpoint={checkpoint}", "--max_seq_length=41"], "exceeds the model's 40 positions"),
        (["--checkpoint={checkpoint}", "--max_query_length=29"], "--max_query_length=29"),
        (["--checkpoint={checkpoint}", "--vocab_file={folder}/none"], "none"),
        (["--checkpoint={checkpoint}", "--vocab_file={v1}"], "lacks [PAD]"),
    ],
)
def test_what_cannot_be_exported_is_one_line(files, tmp_path, arguments, said):
    names = dict(files, **write_bad_checkpoints(tmp_path))
    flags = ["--bert_config_file=" + files["config"], "--vocab_file=" + files["vocab"]]
    given = flags + [argument.format(**names) for argument in arguments]
    with pytest.raises((UserError, ValueError)) as caught:
        export_checkpoint.find(parsed("--output_dir=x", *given))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_an_export_is_no_checkpoint(tmp_path):
    from tests.serving.test_export_settings import make_export

    export = make_export(tmp_path / "1")
    config = export_settings.asset_path(export, export_settings.CONFIG_FILE)
    with open(config, "w") as stream:
        json.dump({"vocab_size": 9, "hidden_size": 8, "num_attention_heads": 2}, stream)
    with pytest.raises(UserError, match="1: is an export already; pass a checkpoint"):
        export_checkpoint.find(parsed("--output_dir=x", "--checkpoint=" + export))


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "--checkpoint is required"),
        (["c"], "--output_dir is required"),
        (["c", "o", "fp8"], "precision is 'fp8', but must be one of fp32, fp16"),
        (["c", "o", "--max_batch_size=0"], "max_batch_size is '0'"),
        (["c", "o", "--half"], "unknown option '--half'"),
        (["c", "o", "--", "--x"], "unexpected arguments after --"),
        (["c", "gs://b/o"], "output_dir is 'gs://b/o', but must be a path of this machine"),
    ],
)
def test_launcher_refuses_in_one_line(arguments, said):
    done = run(*arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and said in done.stderr


def test_dry_run_prints_the_commands(tmp_path):
    done = run(
        "c", str(tmp_path / "o"), "--onnx", "--triton", "m", "--squad_version=2.0", "--dry_run"
    )
    assert done.returncode == 0 and list(tmp_path.iterdir()) == []
    export, convert, add = done.stdout.splitlines()
    assert "-m serving.export_checkpoint" in export and "--version_2_with_negative=true" in export
    assert ".venv-onnx/bin/python -m serving.onnx_export --export=%s" % (tmp_path / "o") in convert
    assert "-m serving.triton" in add and add.endswith("--platform=onnx")
    assert "--model_repository=%s" % os.path.join(os.path.dirname(ROOT), "m") in add
