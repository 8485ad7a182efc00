# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""From an archive to a model's directory, which appears only when everything in it has been checked.

Where no checksums of the files are published, a note in the directory (download.json) keeps those of the day, so that a
later run can tell whether they still are what came.
"""

import os
import shutil
import sys

import tokenization
from data import archives
from data.pretrained_models_google import layout
from program import manifests
from program.errors import DataError, run_program
from program.files import digest

NOTE = "download.json"


def name_of(path_or_url, member=None):
    """The name of a model's directory where none is given: that of the member or of the archive, without its ending.

    Raises:
        DataError: the address does not end in the name of an archive.
    """
    if member:
        return archives.without_ending(member.strip("/").rsplit("/", 1)[-1])
    file_name = archives.file_name(path_or_url)
    if not archives.is_archive(file_name):
        raise DataError(
            "the name %r does not end as archives do (%s): name the model's directory with --name (data_download.sh: --model_name)"
            % (file_name, " ".join(archives.ENDINGS))
        )
    return archives.without_ending(file_name)


def wrong_files(folder, checksums):
    """Names of the files that are missing from `folder` or have another SHA-256."""
    return [
        name
        for name in checksums
        if not os.path.exists(os.path.join(folder, name))
        or digest(os.path.join(folder, name), "sha256") != checksums[name]
    ]


def is_there(target, checksums=None, source=None, sha256=None):
    """Whether a model's directory is there and as it came; prints so.

    Args:
        checksums: {file: SHA-256} if they are published; None: those of the note.
        source: str, the address that the note must have, where no checksums are published.
        sha256: str, the SHA-256 that its archive must have had, or None.

    Raises:
        DataError: it is there but is another one, or has changed.
    """
    if not os.path.isdir(target):
        return False
    away = "move the directory away and run again"
    note = {}
    if checksums is None:
        note = manifests.read(os.path.join(target, NOTE))
        checksums = note.get("files")
        if not isinstance(checksums, dict) or not checksums:
            raise DataError(
                "%s: exists, but was not downloaded by this program; %s" % (target, away)
            )
        if sha256 not in (None, note.get("archive_sha256")) or (
            sha256 is None and source not in (None, note.get("source"))
        ):
            raise DataError(
                "%s: came from %s (SHA-256 of the archive %s); choose another --name (data_download.sh: --model_name) or %s"
                % (target, note.get("source"), note.get("archive_sha256"), away)
            )
    wrong = wrong_files(target, checksums)
    if wrong:
        raise DataError("%s: missing or modified files: %s; %s" % (target, ", ".join(wrong), away))
    what = "unchanged since the download" if note else "checksums verified"
    print("%s: already downloaded, %s" % (target, what))
    return True


def install_verified(archive, target, checksums, shown_url):
    """Unpacks an archive whose files' checksums are published. A wrong one: directory and archive are kept as .bad.

    Raises:
        DataError: a wrong checksum.
        archives.Damaged.
    """
    beside = target + ".tmp"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        archives.unpack(archive, beside)
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
                % (shown_url, ", ".join(wrong), target)
            )
        os.replace(found, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    print("%s: checksums of %d files verified" % (target, len(checksums)))


def install_found(archive, target, source, member=None, accept=None):
    """Unpacks an archive of any layout and keeps the one model in it.

    Args:
        source: str, where the archive came from, for the note; without credentials.
        member: see layout.locate.
        accept: function of (configuration, folder) that raises layout.NoModel for a model that is not the one asked for.

    Raises:
        layout.NoModel, archives.Damaged: the archive has no model that can be used.
    """
    beside = target + ".tmp"
    shutil.rmtree(beside, ignore_errors=True)
    unpacked, chosen = os.path.join(beside, "archive"), os.path.join(beside, "model")
    try:
        archives.unpack(archive, unpacked)
        model = layout.gather(layout.locate(unpacked, member), chosen)
        config = layout.check(model)
        if accept is not None:
            accept(config, chosen)
        names = sorted(os.listdir(chosen))
        manifests.write(
            os.path.join(chosen, NOTE),
            {
                "source": source,
                "archive_sha256": digest(archive),
                "files": {name: digest(os.path.join(chosen, name)) for name in names},
            },
        )
        os.replace(chosen, target)
    except layout.NoModel as error:
        raise layout.NoModel(str(error).replace(unpacked + os.sep, "").replace(chosen + os.sep, ""))
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    prefix = os.path.join(target, os.path.basename(model.prefix))
    print("%s: %s" % (target, _described(config, os.path.join(target, layout.VOCABULARY))))
    print("use: --init_checkpoint %s, or BERT_DIR=%s for the launchers" % (prefix, target))


def _described(config, vocab_file):
    """A model in a line: its size and its casing."""
    vocab = tokenization.load_vocab(vocab_file)
    uncased = tokenization.casing_problem(vocab, True, vocab_file) is None
    return "%d layers, hidden size %d, %d tokens, %s" % (
        config["num_hidden_layers"],
        config["hidden_size"],
        len(vocab),
        "uncased" if uncased else "cased: pass --do_lower_case=false",
    )


if __name__ == "__main__":  # for scripts/data_download.sh: the directory's name of URL [MEMBER]
    run_program(lambda: print(name_of(*sys.argv[1:])))
