# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What launchers are expected to start, written down a second time: defaults, mpirun's words, flags, evaluation."""

import os
from collections import OrderedDict

from tests.scripts.launcher_site import ROOT, commands

# docs/interface.md §1, written down a second time.
POSITIONAL = OrderedDict(
    [
        (
            "run_pretraining.sh",
            [
                ("train_batch_size_per_gpu", "14"),
                ("eval_batch_size", "8"),
                ("learning_rate_per_gpu", "1e-4"),
                ("precision", "fp16_xla"),
                ("num_gpus", "8"),
                ("warmup_steps", "10000"),
                ("train_steps", "1144000"),
                ("save_checkpoints_steps", "5000"),
                ("create_logfile", "true"),
            ],
        ),
        (
            "run_squad.sh",
            [
                ("batch_size_per_gpu", "10"),
                ("learning_rate_per_gpu", "5e-6"),
                ("precision", "fp16"),
                ("use_xla", "true"),
                ("num_gpus", "8"),
                ("init_checkpoint", "{bert}/bert_model.ckpt"),
                ("epochs", "2.0"),
            ],
        ),
        (
            "run_squad_inference.sh",
            [
                ("init_checkpoint", "latest in {results}"),
                ("batch_size", "8"),
                ("precision", "fp16"),
                ("use_xla", "true"),
            ],
        ),
    ]
)
LAUNCHERS = list(POSITIONAL)
MPIRUN = [
    "mpirun",
    "-np",
    "{n}",
    "-H",
    "localhost:{n}",
    "--allow-run-as-root",
    "-bind-to",
    "none",
    "-map-by",
    "slot",
    "-x",
    "NCCL_DEBUG=INFO",
    "-x",
    "LD_LIBRARY_PATH",
    "-x",
    "PATH",
    "-mca",
    "pml",
    "ob1",
    "-mca",
    "btl",
    "^openib",
]
CPU = {
    "run_pretraining.sh": ["--num_gpus=0", "--precision=fp32"],
    "run_squad.sh": ["--num_gpus=0", "--precision=fp32", "--use_xla=false"],
    "run_squad_inference.sh": [
        "--init_checkpoint={bert}/bert_model.ckpt",
        "--precision=fp32",
        "--use_xla=false",
    ],
}
PREDICTIONS = {"q1": "Ada", "q2": "Paris"}


def mpirun(ranks):
    return [word.format(n=ranks) for word in MPIRUN]


def cpu(script, site):
    return [word.format(bert=site.bert) for word in CPU[script]]


def refused(site, result):
    """The line on stderr; asserts that it is one, that the code is 2, and that nothing was started or written."""
    assert result.code == 2, result.err
    lines = result.err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), result.err
    assert site.calls() == []
    assert site.logs() == []
    return lines[0]


def pretraining_flags(site, **changes):
    values = OrderedDict(
        [
            ("input_file", "{0}/*.tfrecord,{1}/*.tfrecord".format(site.wikipedia, site.books)),
            ("output_dir", site.results),
            ("bert_config_file", site.bert + "/bert_config.json"),
            ("max_seq_length", "512"),
            ("max_predictions_per_seq", "80"),
            ("do_train", None),
            ("do_eval", None),
            ("train_batch_size", "14"),
            ("eval_batch_size", "8"),
            ("learning_rate", "1e-4"),
            ("num_train_steps", "1144000"),
            ("num_warmup_steps", "10000"),
            ("save_checkpoints_steps", "5000"),
            ("report_loss", None),
        ]
    )
    values.update(changes)
    return as_flags(values)


def squad_flags(site, version="1.1", **changes):
    values = OrderedDict(
        [
            ("vocab_file", site.bert + "/vocab.txt"),
            ("bert_config_file", site.bert + "/bert_config.json"),
            ("output_dir", site.results),
            ("max_seq_length", "384"),
            ("doc_stride", "128"),
        ]
    )
    if version == "2.0":
        values["version_2_with_negative"] = None
    values.update(
        [
            ("init_checkpoint", site.bert + "/bert_model.ckpt"),
            ("do_train", None),
            ("train_file", "%s/train-v%s.json" % (site.squad, version)),
            ("do_predict", None),
            ("predict_file", "%s/dev-v%s.json" % (site.squad, version)),
            ("train_batch_size", "10"),
            ("learning_rate", "5e-6"),
            ("num_train_epochs", "2.0"),
            ("save_checkpoints_steps", "1000"),
        ]
    )
    values.update(changes)
    return as_flags(values)


def as_flags(values):
    return [
        "--" + name if value is None else "--%s=%s" % (name, value)
        for name, value in values.items()
    ]


def evaluation(site, version="1.1", results=None):
    results = results or site.results
    command = [
        "env",
        "PYTHONPATH=" + ROOT,
        site.python,
        "-m",
        "squad.evaluate",
        "%s/dev-v%s.json" % (site.squad, version),
        results + "/predictions.json",
        "--version",
        version,
    ]
    if version == "2.0":
        command += ["--na-prob-file", results + "/null_odds.json", "--na-prob-thresh", "0.0"]
    return command


def dry_run(site, script, *arguments, **changes):
    site.mpirun()
    result = site.run(
        script, "--dry_run", *arguments, **dict({"PATH": site.environment["PATH"]}, **changes)
    )
    assert result.code == 0, result.err
    assert site.calls() == [] and not os.path.exists(site.results)
    return commands(result.out)
