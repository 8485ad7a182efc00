# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads Google's published BERT checkpoints and verifies the checksum of every unpacked file.

    python -m data.pretrained_models_google.download --models uncased_L-12_H-768_A-12,uncased_L-24_H-1024_A-16

A model's directory appears only once all its files have the right SHA-256; a model that is complete is not downloaded
again. If a checksum is wrong, the directory is kept as `<name>.bad`.
"""

import collections
import os
import shutil

from data import download, pieces
from program.arguments import Parser
from program.errors import DataError, run_program
from program.files import digest

_SITE = "https://storage.googleapis.com/bert_models"
MIRROR_VARIABLE = "BERT_MIRROR_WEIGHTS"
DATES = collections.OrderedDict(
    (
        ("uncased_L-12_H-768_A-12", "2018_10_18"),
        ("uncased_L-24_H-1024_A-16", "2018_10_18"),
        ("cased_L-12_H-768_A-12", "2018_10_18"),
        ("cased_L-24_H-1024_A-16", "2018_10_18"),
        ("multi_cased_L-12_H-768_A-12", "2018_11_23"),
        ("multilingual_L-12_H-768_A-12", "2018_11_03"),
        ("chinese_L-12_H-768_A-12", "2018_11_03"),
    )
)
DEFAULT_MODELS = "uncased_L-24_H-1024_A-16"


def read_checksums(
    path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoint_sha256.tsv")
):
    """{model: {file: SHA-256}} from the tab-separated table beside this program (model, file, SHA-256)."""
    table = collections.OrderedDict()
    with open(path, encoding="ascii") as rows:
        for row in rows:
            model, name, checksum = row.rstrip("\n").split("\t")
            table.setdefault(model, collections.OrderedDict())[name] = checksum
    return table


def wrong_files(folder, checksums):
    """Names of the files that are missing from `folder` or have another SHA-256."""
    return [
        name
        for name in checksums
        if not os.path.exists(os.path.join(folder, name))
        or digest(os.path.join(folder, name), "sha256") != checksums[name]
    ]


def get_model(model, output_dir, checksums, mirror=None, keep_zip=False):
    """Downloads, unpacks and verifies one model below `output_dir`.

    Raises:
        DataError: a file has the wrong checksum, or the download fails.
    """
    target = os.path.join(output_dir, model)
    if os.path.isdir(target):
        wrong = wrong_files(target, checksums)
        if not wrong:
            print("%s: already downloaded, checksums verified" % target)
            return
        raise DataError(
            "%s: missing or modified files: %s; move the directory away and run again"
            % (target, ", ".join(wrong))
        )
    url = download.mirrored("%s/%s/%s.zip" % (_SITE, DATES[model], model), mirror)
    archive = os.path.join(output_dir, model + ".zip")
    download.fetch_all([download.Item(url, archive, None, None)], room=2.2)
    beside = target + ".tmp"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        download.unzip(archive, beside)
    except DataError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    # Google's archives hold one folder of the model's name (one of them under another name).
    inside = [
        os.path.join(beside, name)
        for name in os.listdir(beside)
        if os.path.isdir(os.path.join(beside, name))
    ]
    found = inside[0] if len(inside) == 1 else beside
    wrong = wrong_files(found, checksums)
    if wrong:
        shutil.rmtree(target + ".bad", ignore_errors=True)
        os.replace(found, target + ".bad")
        os.replace(archive, archive + ".bad")
        raise DataError(
            "%s: wrong SHA-256 of %s; kept as %s.bad; run again to download it again"
            % (download.shown(url), ", ".join(wrong), target)
        )
    os.replace(found, target)
    shutil.rmtree(beside, ignore_errors=True)
    if not keep_zip:
        os.remove(archive)
    print("%s: checksums of %d files verified" % (target, len(checksums)))


def main():
    parser = Parser("data.pretrained_models_google.download", __doc__)
    parser.add_argument(
        "--models",
        default=DEFAULT_MODELS,
        help="models to download, comma-separated, or all (default: %%(default)s); available: %s"
        % ", ".join(DATES),
    )
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "pretrained_models_google"),
        metavar="DIR",
        help="output directory (default: %(default)s)",
    )
    pieces.add_mirror(parser, MIRROR_VARIABLE, "the original site")
    parser.add_argument("--keep_zip", action="store_true", help="keep the archives after unpacking")
    options = parser.parse_args()
    models = (
        list(DATES)
        if options.models == "all"
        else [name for name in options.models.split(",") if name]
    )
    unknown = [name for name in models if name not in DATES]
    if unknown or not models:
        raise DataError(
            "--models: unknown model %s; available: %s"
            % (", ".join(unknown) or "''", ", ".join(DATES))
        )
    checksums = read_checksums()
    for model in models:
        get_model(model, options.output_dir, checksums[model], options.mirror, options.keep_zip)


if __name__ == "__main__":
    run_program(main)
