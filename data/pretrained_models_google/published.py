# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The models that Google published: names, addresses, published checksums. Sizes and casings of more: docs/models.md."""

import collections
import itertools
import os

_SITE = "https://storage.googleapis.com/bert_models"

# In 2020 Google published another model under the name of that of 2018, so its name here has the date.
SAME_NAME = "2020_02_20_uncased_L-12_H-768_A-12"

_MODELS_OF_2018 = (
    ("uncased_L-12_H-768_A-12", "2018_10_18"),
    ("uncased_L-24_H-1024_A-16", "2018_10_18"),
    ("cased_L-12_H-768_A-12", "2018_10_18"),
    ("cased_L-24_H-1024_A-16", "2018_10_18"),
    ("multi_cased_L-12_H-768_A-12", "2018_11_23"),
    ("multilingual_L-12_H-768_A-12", "2018_11_03"),
    ("chinese_L-12_H-768_A-12", "2018_11_03"),
)
_WHOLE_WORD = (
    ("wwm_uncased_L-24_H-1024_A-16", "2019_05_30"),
    ("wwm_cased_L-24_H-1024_A-16", "2019_05_30"),
)
# One head for 64 of the width.
_SMALL = tuple(
    ("uncased_L-%d_H-%d_A-%d" % (layers, width, width // 64), "2020_02_20")
    for layers, width in itertools.product((2, 4, 6, 8, 10, 12), (128, 256, 512, 768))
)

# Group -> (name here, date in the address) of each model.
GROUPS = collections.OrderedDict(
    (
        ("2018", _MODELS_OF_2018),
        ("wwm", _WHOLE_WORD),
        (
            "small",
            tuple(
                (SAME_NAME if name in dict(_MODELS_OF_2018) else name, date)
                for name, date in _SMALL
            ),
        ),
    )
)
DATES = collections.OrderedDict(itertools.chain(*GROUPS.values()))


def url(model):
    """The address of a model's archive."""
    date = DATES[model]
    return "%s/%s/%s.zip" % (_SITE, date, file_name(model))


def file_name(model):
    """The name of a model's archive on the server, without its ending."""
    return model[len("2020_02_20_") :] if model == SAME_NAME else model


def read_checksums(
    path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoint_sha256.tsv")
):
    """{model: {file: SHA-256}} from the tab-separated table beside this module (model, file, SHA-256).

    It has the models of 2018; for the others no checksums are published.
    """
    table = collections.OrderedDict()
    with open(path, encoding="ascii") as rows:
        for row in rows:
            model, name, checksum = row.rstrip("\n").split("\t")
            table.setdefault(model, collections.OrderedDict())[name] = checksum
    return table
