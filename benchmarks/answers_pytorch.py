# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PyTorch's program in answers.py: a question file to predictions with transformers, windows padded to max_seq_length as its example pads them.

    python -m benchmarks.answers_pytorch MODEL_DIR QUESTIONS OUTPUT_FILE MAX_SEQ_LENGTH DOC_STRIDE BATCH_SIZE [trimmed]

The answer is the span with the largest sum of logits, at most 30 tokens long, over all windows of a question. "trimmed": windows are
sorted by length and padded to the longest of their batch.
"""

import json
import sys

import numpy as np
import torch
import transformers

LONGEST_ANSWER = 30  # tokens


def read(path):
    """list of (id, question, context)."""
    with open(path, encoding="utf-8") as stream:
        articles = json.load(stream)["data"]
    return [
        (qa["id"], qa["question"].lstrip(), paragraph["context"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]


def windows_of(questions, tokenizer, max_seq_length, doc_stride):
    """The windows of some questions as transformers' question-answering example makes them: BatchEncoding."""
    return tokenizer(
        [question for _, question, _ in questions],
        [context for _, _, context in questions],
        truncation="only_second",
        max_length=max_seq_length,
        stride=doc_stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding="max_length",
    )


def logits_of(model, windows, batch_size, trimmed):
    """Start and end logits, float32 [windows, S] each."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    arrays = {name: torch.tensor(windows[name]) for name in names}
    lengths = arrays["attention_mask"].sum(1)
    order = lengths.argsort(descending=True) if trimmed else torch.arange(len(lengths))
    logits = np.full((2,) + tuple(arrays["input_ids"].shape), -np.inf, np.float32)
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        width = int(lengths[rows].max()) if trimmed else arrays["input_ids"].shape[1]
        with torch.no_grad():
            found = model(**{name: array[rows, :width] for name, array in arrays.items()})
        for side, values in enumerate((found.start_logits, found.end_logits)):
            logits[side, rows.numpy(), :width] = values.numpy()
    return logits


def best_span(start, end, offsets, is_context):
    """(score, (first character, end)) of the best span of a window, or None."""
    context = np.flatnonzero(is_context)
    if not context.size:
        return None
    scores = start[context][:, None] + end[context][None, :]
    far = np.arange(len(context))[None, :] - np.arange(len(context))[:, None]
    scores[(far < 0) | (far >= LONGEST_ANSWER)] = -np.inf
    first, last = np.unravel_index(scores.argmax(), scores.shape)
    place = (offsets[context[first]][0], offsets[context[last]][1])
    return scores[first, last], place


def main():
    model_dir, path, output, max_seq_length, doc_stride, batch_size = sys.argv[1:7]
    questions = read(path)
    tokenizer = transformers.BertTokenizerFast.from_pretrained(model_dir)
    windows = windows_of(questions, tokenizer, int(max_seq_length), int(doc_stride))
    model = transformers.BertForQuestionAnswering.from_pretrained(model_dir).eval()
    starts, ends = logits_of(model, windows, int(batch_size), "trimmed" in sys.argv)
    best = {}
    for number, question in enumerate(windows["overflow_to_sample_mapping"]):
        is_context = [part == 1 for part in windows.sequence_ids(number)]
        found = best_span(
            starts[number], ends[number], windows["offset_mapping"][number], is_context
        )
        if found and (question not in best or found[0] > best[question][0]):
            best[question] = found
    answers = {}
    for number, (key, _, context) in enumerate(questions):
        begin, end = best[number][1] if number in best else (0, 0)
        answers[key] = context[begin:end]
    with open(output, "w", encoding="utf-8") as stream:
        json.dump(answers, stream, ensure_ascii=False)
    print("PyTorch %s, transformers %s" % (torch.__version__, transformers.__version__))


if __name__ == "__main__":
    main()
