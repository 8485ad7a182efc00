# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The other half of the export tests, under the Python with PyTorch: opens folders as any user of transformers does.

    transformers_side.py FOLDER_OF_FOLDERS

For each folder in it: report.json, with the class, the tensors that were missing, unexpected or of another shape, and
every warning; inputs.npz (input_ids, input_mask, segment_ids [B, S]) -> outputs.npz, all outputs of the model; and the
tokens of the lines of texts.json.
"""

import json
import logging
import os
import sys
import warnings

import numpy as np
import torch
import transformers


class Records(logging.Handler):
    """Keeps the warnings of a logger."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def open_folder(folder):
    """(the model in the class that its configuration names, what loading said)."""
    records = Records()
    logger = logging.getLogger("transformers")
    logger.addHandler(records)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with open(os.path.join(folder, "config.json")) as source:
            name = json.load(source)["architectures"][0]
        model, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    logger.removeHandler(records)
    said = records.lines + [
        str(w.message) for w in caught if not issubclass(w.category, DeprecationWarning)
    ]
    report = {key: sorted(map(str, info[key])) for key in info}
    return model.eval(), tokenizer, dict(report, name=name, said=said)


@torch.no_grad()
def main():
    top = sys.argv[1]
    for folder in sorted(os.path.join(top, name) for name in os.listdir(top)):
        model, tokenizer, report = open_folder(folder)
        with open(os.path.join(folder, "texts.json")) as source:
            report["tokens"] = [tokenizer.tokenize(text) for text in json.load(source)]
        report["pad"] = model.config.pad_token_id
        arrays = np.load(os.path.join(folder, "inputs.npz"))
        outputs = model(
            input_ids=torch.tensor(arrays["input_ids"]),
            attention_mask=torch.tensor(arrays["input_mask"]),
            token_type_ids=torch.tensor(arrays["segment_ids"]),
        )
        np.savez(
            os.path.join(folder, "outputs.npz"),
            **{key: value.numpy() for key, value in outputs.items()},
        )
        with open(os.path.join(folder, "report.json"), "w") as output:
            json.dump(report, output)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
