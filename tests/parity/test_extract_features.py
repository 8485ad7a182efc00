# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""extract_features.py on published weights beside transformers: 200 lines in English, German and Russian, singles and pairs."""

import glob
import os

import numpy as np
import pytest

import extract_features
import modeling
import tokenization
from tests.jobs import FP32
from tests.parity.test_transformers import real_model, report, run_pytorch  # noqa: F401
from training import kernels
from training.options import KernelOptions

LINES, BATCH = 200, 10
GERMAN = (
    "Im 12. Jahrhundert wurde hier eine Burg gebaut.",
    "Der Zug fährt um halb neun ab, wenn er nicht wieder Verspätung hat.",
    "Größere Städte liegen an Flüssen.",
    "„Morgen regnet es“, sagte sie und schloss das Fenster.",
    "Die Straßenbahn hält vor dem Rathaus.",
    "Übermorgen öffnet das Museum erst um elf Uhr.",
    "Wer rastet, der rostet.",
    "Zwei Drittel der Fläche sind mit Wald bedeckt.",
)
RUSSIAN = (
    "Река берёт начало в горах и впадает в море.",
    "Поезд отправляется в девять часов утра.",
    "«Завтра будет дождь», — сказала она.",
    "Большие города стоят на реках.",
    "Музей открыт каждый день, кроме понедельника.",
    "Две трети площади покрыты лесом.",
    "Трамвай останавливается перед ратушей.",
    "Кто ищет, тот всегда найдёт.",
)


def lines_of(sentences):
    """64 different lines of eight sentences: some alone, some two in one text, some as a pair."""
    joints = (" ||| ", " ")
    pairs = [
        first + joints[(row + column) % 2] + second if row != column else first
        for row, first in enumerate(sentences)
        for column, second in enumerate(sentences)
    ]
    assert len(set(pairs)) == 64
    return pairs


def text_lines(repo_root):
    english = []
    for path in sorted(glob.glob(os.path.join(glob.escape(repo_root), "data/sample/corpus/*.txt"))):
        with open(path, encoding="utf-8") as reader:
            english.extend(line.strip() for line in reader if line.strip())
    chosen = english[:: len(english) // 72][: LINES - 128]
    lines = chosen + lines_of(GERMAN) + lines_of(RUSSIAN)
    assert len(lines) == LINES
    return lines


@pytest.mark.parametrize("fused", [False, True])
def test_vectors_are_those_of_transformers(
    repo_root, parity_python, real_model, tmp_path, report, fused_library, fused  # noqa: F811
):
    model_dir, checkpoint_dir, head = real_model
    config = modeling.BertConfig.from_json_file(os.path.join(checkpoint_dir, "bert_config.json"))
    source = tmp_path / "lines.txt"
    source.write_text("\n".join(text_lines(repo_root)) + "\n", encoding="utf-8")
    vocab_file = os.path.join(model_dir, "vocab.txt")
    options = extract_features.FeatureOptions(
        input_file=str(source),
        output_npz=str(tmp_path / "ours.npz"),
        layers=",".join(str(layer) for layer in range(config.num_hidden_layers)),
        vocab_file=vocab_file,
        init_checkpoint=os.path.join(checkpoint_dir, "bert_model.ckpt"),
        max_seq_length=48,
        batch_size=16,
    )
    chosen = KernelOptions(use_fused_ops=fused, remove_padding=fused)
    extract_features.run(config, options, FP32, kernels.resolve_kernels(chosen))

    # PyTorch gets the same lines in other batches, in the order of the input.
    tokenizer = tokenization.FullTokenizer(vocab_file)
    lines = list(extract_features.read_lines(str(source), tokenizer, 48))
    np.save(str(tmp_path / "head.npy"), head)
    for number in range(LINES // BATCH):
        ids, mask, segments = extract_features.make_batch(
            lines[number * BATCH : (number + 1) * BATCH], tokenizer
        )
        np.savez(
            str(tmp_path / ("batch_%02d.npz" % number)),
            input_ids=ids,
            input_mask=mask,
            segment_ids=segments,
        )
    run_pytorch(parity_python, repo_root, "forward", model_dir, str(tmp_path))

    ours = np.load(str(tmp_path / "ours.npz"))
    assert ours["tokens"].tolist() == [token for line in lines for token in line.tokens]
    layers = [ours["layer_%d" % layer] for layer in range(config.num_hidden_layers)]
    worst = 0.0
    for index, line in enumerate(lines):
        theirs = np.load(str(tmp_path / ("states_%02d.npz" % (index // BATCH))))["states"]
        rows = slice(ours["offsets"][index], ours["offsets"][index + 1])
        assert rows.stop - rows.start == len(line.tokens)
        for layer, states in zip(layers, theirs[1:]):
            difference = np.abs(states[index % BATCH, : len(line.tokens)] - layer[rows]).max()
            worst = max(worst, float(difference))
    report(
        "extract_features, fused %s: %d tokens, largest difference %.2g", fused, rows.stop, worst
    )
    assert worst < 2e-5
