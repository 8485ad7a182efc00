# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""finetune_*_benchmark.sh, squad_stability.sh, the presets and the hints about memory, with a stand-in for Python's runs."""

import csv
import glob
import json
import os
import re
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from scripts.tools import add_span_head, benchmark_table, squad_sample, stability_table
from squad.questions import iterate_questions
from tests.scripts.launcher_site import ROOT, commands, plan, questions

BENCHMARKS = ("finetune_train_benchmark.sh", "finetune_inference_benchmark.sh")
CPU = ["--precision=fp32", "--use_xla=false"]
# Steps of 0.1 s, the first of which take a second, and one of 0.5 s.
STEPS = [1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.5, 0.1, 0.1, 0.1]


def metrics_of_a_run():
    lines = [
        {"step": 1 + number, "time": 100.0 + sum(STEPS[: number + 1])}
        for number in range(len(STEPS))
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def latency_of_a_run():
    return "".join(
        json.dumps(
            {
                "batch": number,
                "sequences": 4 if number < 9 else 2,
                "length": 384 if number < 9 else 200,
                "seconds": seconds,
                "startup": number < 2,
            }
        )
        + "\n"
        for number, seconds in enumerate(STEPS)
    )


RUN_JSON = {"options": {"max_seq_length": 384}, "precision": "precision: fp32", "commit": "abc"}


# docs/interface.md §1, written down a second time.
@pytest.mark.parametrize(
    "script, defaults",
    [
        (
            BENCHMARKS[0],
            "task=squad precision=fp16 use_xla=true num_gpus=8 batch_size_per_gpu=10 learning_rate=5e-6",
        ),
        (
            BENCHMARKS[1],
            "task=squad precision=fp16 use_xla=true batch_size=8 init_checkpoint={bert}/bert_model.ckpt",
        ),
        ("squad_stability.sh", "n_seeds=5"),
    ],
)
def test_help_shows_the_defaults_of_the_interface(site, script, defaults):
    result = site.run(script, "--help")
    assert (result.code, result.err) == (0, "")
    shown = re.findall(r"^  (\w+=.*?)(?:  |$)", result.out.split("\nOptions")[0], re.MULTILINE)
    assert shown == [word.replace("{bert}", site.bert) for word in defaults.split(" ")]


def test_dry_run_of_the_training_benchmark(site):
    site.mpirun()
    result = site.run(
        BENCHMARKS[0],
        "squad",
        "fp16",
        "true",
        "2",
        "3",
        "1e-5",
        "--steps=5",
        "--warmup_steps=1",
        "--dry_run",
        PATH=site.environment["PATH"],
    )
    assert result.code == 0, result.err
    sample, run = commands(result.out)
    place = site.results + "/train_benchmark/fp16_batch3"
    assert sample == [
        "env",
        "PYTHONPATH=" + ROOT,
        site.python,
        ROOT + "/scripts/tools/squad_sample.py",
        "--input_file=%s/train-v1.1.json" % site.squad,
        "--output_file=%s/questions.json" % place,
        "--questions=36",
    ]  # (5 + 1) steps x 3 x 2 GPUs
    assert run[0] == "mpirun" and run[-12:] == [
        "--max_seq_length=384",
        "--doc_stride=128",
        "--do_train",
        "--train_file=%s/questions.json" % place,
        "--train_batch_size=3",
        "--learning_rate=1e-5",
        "--num_train_epochs=1",
        "--iterations_per_loop=1",
        "--save_checkpoints_steps=1000000000",
        "--init_checkpoint=%s/bert_model.ckpt" % site.bert,
        "--use_fp16",
        "--use_xla",
    ]
    assert "--output_dir=" + place in run and "--horovod" in run
    assert site.calls() == [] and not os.path.exists(site.results)


@pytest.mark.parametrize("script", BENCHMARKS)
def test_kernel_options_are_passed_on(site, script):
    arguments = CPU + (["--num_gpus=0"] if script == BENCHMARKS[0] else [])
    result = site.run(script, "--dry_run", "--use_fused_ops", "--remove_padding", *arguments)
    assert result.code == 0, result.err
    run = commands(result.out)[-1]
    assert [word for word in run if "fused" in word or "padding" in word] == [
        "--use_fused_ops",
        "--remove_padding",
    ]


def test_dry_run_of_the_inference_benchmark(site):
    result = site.run(BENCHMARKS[1], "--batch_sizes=1,16", "--precisions=fp32,amp", "--dry_run")
    assert result.code == 0, result.err
    head, *rest = commands(result.out)
    assert head == [
        "env",
        "PYTHONPATH=" + ROOT,
        site.python,
        ROOT + "/scripts/tools/add_span_head.py",
        site.bert + "/bert_model.ckpt",
        site.results + "/inference_benchmark/with_head.ckpt",
    ]
    assert [line[-1].split("=")[1] for line in rest[::2]] == ["120", "1920"] * 2
    assert [
        [word for word in line if "batch_size" in word or word in ("--amp", "--use_xla")]
        for line in rest[1::2]
    ] == [
        ["--predict_batch_size=1", "--use_xla"],
        ["--predict_batch_size=16", "--use_xla"],
        ["--predict_batch_size=1", "--amp", "--use_xla"],
        ["--predict_batch_size=16", "--amp", "--use_xla"],
    ]
    assert all(
        "--init_checkpoint=%s/inference_benchmark/with_head.ckpt" % site.results in line
        for line in rest[1::2]
    )


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--batch_sizes=4,x"], "batch_sizes is 'x'"),
        (["--precisions=fp32,fp8"], "precisions is 'fp8'"),
        (["--steps=0"], "steps is '0'"),
        (["mnli"], "task is 'mnli'"),
        (["--stepz=3"], "unknown option '--stepz'"),
    ],
)
@pytest.mark.parametrize("script", BENCHMARKS)
def test_bad_arguments(site, script, arguments, said):
    result = site.run(script, *arguments)
    (line,) = result.err.splitlines()
    assert result.code == 2 and line.startswith("error: ") and said in line
    assert site.calls() == [] and not os.path.exists(site.results)


def read_csv(site, kind):
    (path,) = glob.glob(
        os.path.join(glob.escape(site.results), kind + "_benchmark.*", kind + ".csv")
    )
    with open(path) as stream:
        return os.path.dirname(path), list(csv.DictReader(stream))


def test_training_figures_come_from_the_metrics_and_a_failure_is_a_row(site):
    pytest.importorskip("matplotlib")
    result = site.run(
        BENCHMARKS[0],
        "--num_gpus=0",
        "--batch_sizes=2,4",
        "--steps=6",
        "--warmup_steps=4",
        "--init_checkpoint=none",
        *CPU,
        STAND_IN=plan(files={"metrics.jsonl": metrics_of_a_run(), "run.json": RUN_JSON}),
    )
    assert result.code == 0, result.err
    directory, rows = read_csv(site, "train")
    # After step 4: 0.1 0.1 0.5 0.1 0.1 0.1.
    assert [float(row["sequences_per_second"]) for row in rows] == pytest.approx(
        [2 * 6 / 1.0, 4 * 6 / 1.0]
    )
    assert (
        float(rows[0]["tokens_per_second"]) == pytest.approx(12 * 384)
        and rows[0]["measured"] == "6"
    )
    assert (float(rows[0]["p50_ms"]), float(rows[0]["p90_ms"])) == pytest.approx((100.0, 300.0))
    assert re.search(
        r"^fp32 +2 +0 +12\.00 +4608 +100\.0 +300\.0 +480\.0$", result.out, re.MULTILINE
    )
    with open(os.path.join(directory, "train.png"), "rb") as stream:
        assert stream.read(4) == b"\x89PNG"
    with open(os.path.join(directory, "fp32_batch4", "questions.json")) as stream:
        assert len(list(iterate_questions(json.load(stream)["data"], ""))) == 40  # 10 steps of 4
    assert "--init_checkpoint" not in str(site.calls())

    failed = site.run(
        BENCHMARKS[0], "--num_gpus=0", *CPU, STAND_IN=plan(exit=7), RESULTS_DIR=site.results + "2"
    )
    assert failed.code == 1 and "failed (exit code 7)" in failed.out and "last words" in failed.err


def test_inference_figures_come_from_the_latencies(site):
    prefix = os.path.join(site.base, "tuned.ckpt")
    save(
        {
            "bert/embeddings/LayerNorm/gamma": np.ones(3, np.float32),
            "cls/squad/output_weights": np.ones([2, 3], np.float32),
            "cls/squad/output_bias": np.ones(2, np.float32),
        },
        prefix,
    )
    result = site.run(
        BENCHMARKS[1],
        "--batch_size=4",
        "--init_checkpoint",
        prefix,
        "--warmup_steps=3",
        *CPU,
        STAND_IN=plan(files={"latency.jsonl": latency_of_a_run(), "run.json": RUN_JSON}),
    )
    assert result.code == 0, result.err
    _, (row,) = read_csv(site, "inference")
    assert row["measured"] == "7" and float(row["sequences_per_second"]) == pytest.approx(26 / 1.1)
    assert float(row["tokens_per_second"]) == pytest.approx((24 * 384 + 2 * 200) / 1.1)
    seconds = np.array(STEPS[3:])
    assert [float(row[name]) for name in ("p50_ms", "p90_ms", "p99_ms")] == pytest.approx(
        list(1000 * np.percentile(seconds, [50, 90, 99]))
    )
    assert "--init_checkpoint=" + prefix in site.calls()[0]  # it has a head already


def save(values, prefix):
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(value, name=name) for name, value in values.items()]
        session.run(tf.global_variables_initializer())
        tf.train.Saver(variables).save(session, prefix, write_meta_graph=False, write_state=False)


def test_a_head_for_a_checkpoint_without(tmp_path):
    source, target = str(tmp_path / "a.ckpt"), str(tmp_path / "b.ckpt")
    gamma = np.arange(5, dtype=np.float32)
    save(
        {"bert/embeddings/LayerNorm/gamma": gamma, "bert/embeddings/LayerNorm/gamma/adam_m": gamma},
        source,
    )
    assert add_span_head.add_head(source, target) == target
    reader = tf.train.load_checkpoint(target)
    assert reader.get_variable_to_shape_map() == {
        "bert/embeddings/LayerNorm/gamma": [5],
        "cls/squad/output_weights": [2, 5],
        "cls/squad/output_bias": [2],
    }
    assert list(reader.get_tensor("bert/embeddings/LayerNorm/gamma")) == list(gamma)
    assert add_span_head.add_head(target, str(tmp_path / "c.ckpt")) == target


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_sample_has_exactly_so_many_questions_with_ids_of_their_own(count):
    chosen = [
        question.qas_id
        for question in iterate_questions(squad_sample.sample(questions("1.1")["data"], count), "")
    ]
    assert chosen == ["q1", "q2", "q1-1", "q2-1", "q1-2"][:count]


def test_a_sample_keeps_the_paragraphs_of_its_questions_and_no_other(tmp_path):
    def article(title, *counts):
        paragraphs = [
            {
                "context": "%s%d" % (title, n),
                "qas": [{"id": "%s%d%d" % (title, n, i), "question": "?"} for i in range(count)],
            }
            for n, count in enumerate(counts)
        ]
        return {"title": title, "paragraphs": paragraphs}

    path, target = tmp_path / "all.json", tmp_path / "some.json"
    squad = {"version": "1.1", "data": [article("a", 2, 3), article("b", 1, 2, 1), article("c", 1)]}
    path.write_text(json.dumps(squad), encoding="utf-8")
    squad_sample.write_sample(str(path), str(target), 7)
    some = json.loads(target.read_text(encoding="utf-8"))
    kept = [
        (paragraph["context"], [qa["id"] for qa in paragraph["qas"]])
        for article in some["data"]
        for paragraph in article["paragraphs"]
    ]
    expected = [("a0", ["a00", "a01"]), ("a1", ["a10", "a11", "a12"]), ("b0", ["b00"])]
    assert kept == expected + [("b1", ["b10"])]
    assert [article["title"] for article in some["data"]] == ["a", "b"]


def test_nothing_after_the_warm_up_is_said(tmp_path):
    (tmp_path / "metrics.jsonl").write_text(metrics_of_a_run())
    (row,) = benchmark_table.measure("train", [("fp32", 2, 0, 0, str(tmp_path))], 10)
    assert "no steps after the 10 warm-up steps" in row["note"]


# -------------------------------------------------------------------------------------------------- stability


def stability(site, *arguments, **environment):
    environment.setdefault(
        "STAND_IN", plan(files={"predictions.json": {"q1": "Ada", "q2": "Paris"}})
    )
    return site.run(
        "squad_stability.sh", *(list(arguments) + ["--num_gpus=0"] + CPU), **environment
    )


def test_stability_runs_each_seed_and_goes_on_where_it_stopped(site):
    stopped = stability(site, "2", "7", STAND_IN=plan(exit=9))
    assert (
        stopped.code == 9
        and "seed 1 ended with exit code 9" in stopped.err
        and len(site.calls()) == 1
    )
    done = stability(site, "2", "7")
    assert done.code == 0, done.err
    assert [call[-1] for call in site.calls()] == [
        "--random_seed=1",
        "--random_seed=1",
        "--random_seed=2",
    ]
    assert (
        "--train_batch_size=7" in site.calls()[2]
        and "--output_dir=%s/squad_stability/seed_2" % site.results in site.calls()[2]
    )
    assert re.search(
        r"^1 +50\.00 +50\.00\n2 +50\.00 +50\.00\nmean +50\.00 +50\.00\nstd +0\.000 +0\.000$",
        done.out,
        re.MULTILINE,
    )
    more = stability(site, "3", "7")
    assert more.code == 0 and len(site.calls()) == 4 and "seed 2: already complete" in more.out
    with open(os.path.join(site.results, "squad_stability", "stability.csv")) as stream:
        assert stream.read() == "seed,exact_match,f1\n1,50.0,50.0\n2,50.0,50.0\n3,50.0,50.0\n"
    other = stability(site, "3", "8")
    assert other.code == 2 and "other arguments" in other.err and len(site.calls()) == 4


def test_stability_dry_run_and_refusals(site):
    dry = stability(site, "2", "--first_seed=5", "--dry_run")
    assert (
        dry.code == 0
        and re.findall(r"random_seed=(\d+)", dry.out) == ["5", "6"]
        and site.calls() == []
    )
    for arguments, said in (
        (["x"], "n_seeds is 'x'"),
        (["2", "0"], "batch_size_per_gpu is '0'"),
        (["2", "--nope=1"], "unknown option '--nope'"),
    ):
        refused = stability(site, *arguments)
        assert (
            refused.code == 2 and said in refused.err and len(refused.err.splitlines()) == 1
        ), refused.err
    assert site.calls() == [] and not os.path.exists(site.results)


def test_mean_and_deviation_of_the_recipes_own_table():
    """Its five F1 in fp16 and what it prints for them."""
    mean, deviation = stability_table.mean_and_deviation([91.16, 90.69, 90.99, 90.94, 91.17])
    assert "%.2f %.3f" % (mean, deviation) == "90.99 0.196"
    assert stability_table.mean_and_deviation([3.0]) == (3.0, None)


# ------------------------------------------------------------------------------------------- presets and hints

PRESETS = sorted(
    os.path.basename(path)
    for path in glob.glob(os.path.join(glob.escape(ROOT), "scripts", "presets", "*.sh"))
)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(site, preset):
    site.mpirun()
    path = {"PATH": site.environment["PATH"]}
    text = site.run("presets/" + preset, "--help").out
    assert "Published by NVIDIA" in text and "global batch" in text
    for what, program in (("pretraining", "run_pretraining.py"), ("squad", "run_squad.py")):
        result = site.run(
            "presets/" + preset, what, "--dry_run", "--save_checkpoints_steps=77", **path
        )
        assert result.code == 0, result.err
        words = commands(result.out)[0]
        assert ROOT + "/" + program in words and "--save_checkpoints_steps=77" in words
        (batch,) = [
            int(word.split("=")[1]) for word in words if word.startswith("--train_batch_size=")
        ]
        ranks = int(words[2]) if words[0] == "mpirun" else 1
        # The header's arithmetic is that of the command.
        part = text[text.index("SQuAD:" if what == "squad" else "Pre-training:") :]
        assert re.search(r"global batch size (\d+)", part).group(1) == str(batch * ranks), (
            preset,
            what,
        )
        assert (
            "--train_batch_size=1"
            in commands(site.run("presets/" + preset, what, "--dry_run", "1", **path).out)[0]
        )  # the user wins
    assert site.run("presets/" + preset, "glue").code == 2


def test_there_is_a_preset_for_each_machine_of_the_recipe():
    assert PRESETS == ["cpu.sh", "dgx1_16g.sh", "dgx1_32g.sh", "dgx2.sh", "one_a100_or_h100.sh"]


@pytest.mark.parametrize(
    "card, arguments, hint",
    [
        ("Tesla V100-SXM2-16GB, 16130", [], "known to hold about 3 sequences"),
        ("Tesla V100-SXM2-32GB, 32480", [], None),
        ("Tesla V100-SXM2-32GB, 32480", ["--precision=fp32"], "known to hold about 4 sequences"),
        (
            "NVIDIA A100-SXM4-40GB, 40536",
            ["--batch_size_per_gpu=13"],
            "known to hold about 12 sequences",
        ),
        ("GeForce GTX 1080, 8119", [], None),
        ("Tesla V100-SXM2-16GB, 16130", ["--num_gpus=0"], None),
    ],
)
def test_hints_about_memory(site, card, arguments, hint):
    site.mpirun()
    site.program(
        "nvidia-smi",
        '#!/bin/bash\nif [[ $1 == -L ]]; then for n in 0 1 2 3 4 5 6 7; do echo "GPU $n: x"; done; else echo "%s"; fi\n'
        % card,
    )
    site.write(os.path.join(site.bert, "bert_config.json"), '{"hidden_size": 1024}')
    result = site.run("run_squad.sh", "--dry_run", *arguments, PATH=site.environment["PATH"])
    assert result.code == 0
    if hint:
        assert hint in result.err and result.err.startswith("warning: batch_size_per_gpu is")
    else:
        assert result.err == ""
    site.write(os.path.join(site.bert, "bert_config.json"), '{"hidden_size": 768}')
    assert (
        site.run("run_squad.sh", "--dry_run", *arguments, PATH=site.environment["PATH"]).err == ""
    )


def test_shell_scripts_can_be_executed_directly():
    for script in (
        list(BENCHMARKS)
        + [
            "squad_stability.sh",
            "doctor.sh",
            "convert.sh",
            "test_faults.sh",
            "ask.sh",
            "export_squad.sh",
        ]
        + ["presets/" + preset for preset in PRESETS]
    ):
        assert os.access(os.path.join(ROOT, "scripts", script), os.X_OK), script
    assert (
        subprocess.call(
            ["bash", os.path.join(ROOT, "scripts", "presets", "cpu.sh")], stderr=subprocess.DEVNULL
        )
        == 2
    )
