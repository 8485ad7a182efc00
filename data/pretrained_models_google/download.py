# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads published BERT checkpoints, Google's by name and any other by URL, and checks them.

    python -m data.pretrained_models_google.download --models uncased_L-12_H-768_A-12,uncased_L-24_H-1024_A-16
    python -m data.pretrained_models_google.download --url https://…/scibert_scivocab_uncased.tar.gz [--sha256 HEX]

A model's directory appears only once it has been checked: Google's models of 2018 by the SHA-256 of every file; the others,
for which none is published, by the archive's own checksums and by comparing checkpoint, configuration and vocabulary.
A model that is complete is not downloaded again. What is refused is kept as `<name>.bad`.
"""

import os
import re
from urllib.parse import urlsplit, urlunsplit

from data import archives, download, pieces
from data.pretrained_models_google import install, layout, published
from data.pretrained_models_google.published import read_checksums
from program.arguments import Parser
from program.errors import DataError, run_program
from program.files import digest

MIRROR_VARIABLE = "BERT_MIRROR_WEIGHTS"
DEFAULT_MODELS = "uncased_L-24_H-1024_A-16"
_CHECKSUM = re.compile(r"^[0-9a-fA-F]{64}$")
_ROOM = 2.2  # bytes of disk for each byte of an archive, which is unpacked beside itself


def get_model(model, output_dir, checksums=None, mirror=None, keep_zip=False):
    """Downloads, unpacks and checks one of Google's models below `output_dir`.

    Args:
        checksums: {file: SHA-256}, or None where none are published.

    Raises:
        DataError: a file has the wrong checksum, or the download fails.
    """
    target = os.path.join(output_dir, model)
    url = published.url(model)
    if install.is_there(target, checksums, url):
        return
    address = download.mirrored(url, mirror)
    archive = os.path.join(output_dir, model + ".zip")
    download.fetch_all([download.Item(address, archive, None, None)], room=_ROOM)
    if checksums is not None:
        _or_put_aside(archive, install.install_verified, target, checksums, download.shown(address))
    else:
        _or_put_aside(archive, install.install_found, target, url, None, _is_that(model))
    if not keep_zip:
        os.remove(archive)


def _is_that(model):
    """A function for install_found that refuses the model of 2018 under the same name, and warns of another size."""
    size = tuple(int(number) for number in re.search(r"_L-(\d+)_H-(\d+)_", model).groups())

    def accept(config, folder):
        if model == published.SAME_NAME and not install.wrong_files(
            folder, read_checksums()[published.file_name(model)]
        ):
            raise layout.NoModel("holds the model of 2018, not that of 2020")
        found = (config["num_hidden_layers"], config["hidden_size"])
        if found != size:
            print("warning: %s has %d layers and hidden size %d" % ((model,) + found))

    return accept


def get_by_url(url, output_dir, name, sha256=None, member=None, keep_zip=False):
    """Downloads an archive, verifies it, and keeps the model in it as `output_dir`/`name`.

    Args:
        sha256: str, expected SHA-256 of the archive, or None.
        member: the folder, checkpoint or archive to take where the archive holds several.

    Raises:
        DataError: the download fails, the checksum is wrong, or there is no model that can be used.
    """
    target, source = os.path.join(output_dir, name), _without_secrets(url)
    if install.is_there(target, None, source, sha256):
        return
    file_name = archives.file_name(url)
    if not archives.is_archive(file_name):
        file_name = name + ".archive"
    archive = os.path.join(output_dir, file_name)
    checksum = (None, None) if sha256 is None else ("sha256", sha256)
    download.fetch_all([download.Item(url, archive, *checksum)], room=_ROOM)
    _or_put_aside(archive, install.install_found, target, source, member)
    if not keep_zip:
        os.remove(archive)


def unpack_own(archive, output_dir, name, sha256=None, member=None):
    """As get_by_url, of an archive on this machine, which stays where it is.

    Raises:
        DataError: as there.
    """
    if not os.path.isfile(archive):
        raise DataError("--archive=%s: No such file" % archive)
    target, source = os.path.join(output_dir, name), os.path.basename(archive)
    if install.is_there(target, None, source, sha256):
        return
    found = digest(archive)
    if sha256 not in (None, found):
        raise DataError("%s: sha256 is %s, expected %s" % (archive, found, sha256))
    os.makedirs(output_dir, exist_ok=True)
    try:
        install.install_found(archive, target, source, member)
    except layout.NoModel as error:
        raise DataError("%s: %s" % (archive, error))


def _or_put_aside(archive, unpack, *arguments):
    """Calls unpack(archive, *arguments); an archive that is refused is kept as .bad."""
    try:
        unpack(archive, *arguments)
    except (archives.Damaged, layout.NoModel) as error:
        message = str(error)
        if isinstance(error, layout.NoModel):
            message = "%s: %s" % (archive, message)
            if "--member" in message:  # the archive is good
                raise DataError(message)
        os.replace(archive, archive + ".bad")
        again = "" if isinstance(error, layout.NoModel) else "; run again to download it again"
        raise DataError("%s; kept as %s.bad%s" % (message, archive, again))


def _without_secrets(url):
    """A URL without credentials and query, which may hold a key."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _models(text):
    """The models that --models names, in its order."""
    models = []
    for name in [name for name in text.split(",") if name]:
        group = list(published.DATES) if name == "all" else dict(published.GROUPS.get(name, ()))
        if not group and name not in published.DATES:
            raise DataError(
                "--models: unknown model %s; available: %s; groups: all, %s"
                % (name, ", ".join(published.DATES), ", ".join(published.GROUPS))
            )
        models += [model for model in group or [name] if model not in models]
    if not models:
        raise DataError("--models: is empty; available: %s" % ", ".join(published.DATES))
    return models


def _get_other(options):
    """The model of --url or --archive."""
    flag = "url" if options.url else "archive"
    if options.url and not re.match(r"https?://[^/]", options.url):
        raise DataError(
            "--url=%s: must begin with http:// or https://; for a file on this machine pass --archive"
            % download.shown(options.url)
        )
    if options.sha256 and not _CHECKSUM.match(options.sha256):
        raise DataError("--sha256: must have 64 hexadecimal digits")
    name = options.name or install.name_of(options.url or options.archive, options.member)
    if not re.match(r"^[^\W_][^/\\\0]*$|^_[^/\\\0]+$", name):
        raise DataError("--name: %r cannot name a directory" % name)
    sha256 = options.sha256.lower() if options.sha256 else None
    get = get_by_url if flag == "url" else unpack_own
    settings = {"keep_zip": options.keep_zip} if flag == "url" else {}
    get(getattr(options, flag), options.output_dir, name, sha256, options.member, **settings)


def _parser():
    parser = Parser("data.pretrained_models_google.download", __doc__)
    parser.add_argument(
        "--models",
        help="Google's models, comma-separated (default: %s); groups: 2018 (the first seven), wwm (whole-word masking), "
        "small (the 24 of 2020), all; available: %s" % (DEFAULT_MODELS, ", ".join(published.DATES)),
    )
    parser.add_argument(
        "--url",
        help="instead: address of a .zip or .tar.gz with a TensorFlow 1 checkpoint, its configuration and its vocabulary",
    )
    parser.add_argument("--archive", metavar="FILE", help="the same on this machine")
    parser.add_argument("--sha256", metavar="HEX", help="expected SHA-256 of that archive")
    parser.add_argument(
        "--name", help="name of its directory below --output_dir (default: the archive's name)"
    )
    parser.add_argument(
        "--member",
        metavar="NAME",
        help="the folder, checkpoint or archive to take if that archive holds several",
    )
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "pretrained_models_google"),
        metavar="DIR",
        help="output directory (default: %(default)s)",
    )
    pieces.add_mirror(parser, MIRROR_VARIABLE, "the original site")
    parser.add_argument("--keep_zip", action="store_true", help="keep the archives after unpacking")
    return parser


def main():
    options = _parser().parse_args()
    given = [name for name in ("models", "url", "archive") if getattr(options, name) is not None]
    if len(given) > 1:
        raise DataError("--%s and --%s exclude each other" % tuple(given[:2]))
    if given in (["url"], ["archive"]):
        return _get_other(options)
    for name in ("sha256", "name", "member"):
        if getattr(options, name) is not None:
            raise DataError("--%s is for --url and --archive" % name)
    checksums = read_checksums()
    for model in _models(DEFAULT_MODELS if options.models is None else options.models):
        get_model(model, options.output_dir, checksums.get(model), options.mirror, options.keep_zip)


if __name__ == "__main__":
    run_program(main)
