# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads that survive bad connections: resume, retry, verify, rename. The transfer itself is done by `requests`.

A file is downloaded to `<name>.part` and renamed only once its checksum is verified. If the checksum is wrong, the file is
kept as `<name>.bad` and the download fails. Verified files are not downloaded again. Proxies come from the environment
(http_proxy, https_proxy, no_proxy).
"""

import collections
import os
import re
import shutil
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import requests
import tqdm

from program.errors import DataError
from program.files import digest, human

_CHUNK = 1 << 14  # also the most that a broken connection loses
_TIMEOUT_S = (15, 60)  # to connect, and between two bytes
_MAX_ATTEMPTS = 8  # in a row without progress
_LONGEST_WAIT_S = 60
# Worth retrying; any other status of 400 or above is final.
_PASSING_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504))

# A file to download: its URL, its path, and its checksum ('md5' | 'sha1' | 'sha256', hexadecimal) or None.
Item = collections.namedtuple("Item", "url path algorithm checksum")


# Values in the query of an address that are as good as a password, as signed addresses have them.
_SECRET = re.compile(
    r"([?&][^=&]*(?:token|sig|signature|secret|password|passwd|pwd|key|auth|credential)[^=&]*=)[^&#]*",
    re.IGNORECASE,
)


def shown(url):
    """`url` without user name, password, token or signature, for messages."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is none
        return url
    credentials, _, host = parts.netloc.rpartition("@")
    if credentials:
        url = urlunsplit(parts._replace(netloc="***@" + host))
    return _SECRET.sub(r"\1***", url)


def _said(error, url):
    """What an error of a transfer says, in a line, without the secrets of its URL."""
    text = str(error).replace(url, shown(url))
    return _short(_SECRET.sub(r"\1***", text))


def mirrored(url, mirror):
    """`url`, or the file of that name directly below `mirror` where one is given."""
    return url if not mirror else mirror.rstrip("/") + "/" + url.rstrip("/").rsplit("/", 1)[-1]


def fetch_all(items, log=sys.stderr, first_wait_s=1.0, room=1.0):
    """Downloads the missing ones of `items`, after printing their size and checking the free disk space.

    Args:
        items: list of Item.
        first_wait_s: float, seconds before the second attempt; doubled at each further one.
        room: float, bytes of disk needed for each byte that comes (2.2 where an archive is unpacked beside itself).

    Raises:
        DataError: not enough disk, a checksum is wrong, or a server cannot be reached or refuses.
    """
    missing = [item for item in items if not is_done(item, log)]
    with requests.Session() as session:
        check_space(missing, session, log, room)
        for item in missing:
            fetch(item, session, log, first_wait_s)


def is_done(item, log=sys.stderr):
    """True where the file is there and, if a checksum is known, has it. A wrong one is moved aside as `.bad`."""
    if not os.path.exists(item.path):
        return False
    if item.checksum is None:
        log.write(
            "%s: already downloaded (%d bytes, no published checksum)\n"
            % (item.path, os.path.getsize(item.path))
        )
        return True
    if digest(item.path, item.algorithm) == item.checksum:
        log.write("%s: already downloaded, checksum verified\n" % item.path)
        return True
    os.replace(item.path, item.path + ".bad")
    log.write(
        "%s: wrong %s; kept as %s.bad, downloading it again\n"
        % (item.path, item.algorithm, item.path)
    )
    return False


def check_space(items, session, log=sys.stderr, room=1.0):
    """Prints the download size; refuses if there is not enough disk space.

    Raises:
        DataError: the disk is too small.
    """
    needed, folders = collections.Counter(), {}
    for item in items:
        folder = os.path.dirname(os.path.abspath(item.path))
        os.makedirs(folder, exist_ok=True)
        disk = os.stat(folder).st_dev
        folders.setdefault(disk, folder)
        needed[disk] += max(0, _announced_size(item.url, session) - _size(item.path + ".part"))
    for disk, folder in folders.items():
        free = shutil.disk_usage(folder).free
        total = needed[disk] * room
        log.write(
            "%s: downloading %s, needs %s of disk space, %s free\n"
            % (folder, human(needed[disk]), human(total), human(free))
        )
        if total > free:
            raise DataError(
                "%s: needs %s of disk space, only %s free" % (folder, human(total), human(free))
            )


def _announced_size(url, session):
    """Content-Length by a HEAD request; 0 where the server does not say or cannot be asked."""
    try:
        answer = session.head(
            url, allow_redirects=True, timeout=_TIMEOUT_S, headers={"Accept-Encoding": "identity"}
        )
        return int(answer.headers.get("Content-Length", 0)) if answer.ok else 0
    except (requests.RequestException, ValueError):
        return 0


def fetch(item, session, log=sys.stderr, first_wait_s=1.0):
    """Downloads one file, resuming `<path>.part`; retries after every broken connection.

    Raises:
        DataError: as fetch_all.
    """
    os.makedirs(os.path.dirname(os.path.abspath(item.path)), exist_ok=True)
    part = item.path + ".part"
    _persist(
        item.url, lambda: _transfer(item.url, part, session), lambda: _size(part), log, first_wait_s
    )
    _accept(item, part, log)


def fetch_text(url, log=sys.stderr, first_wait_s=1.0):
    """The text at a URL, such as a list of checksums; retries as `fetch` does.

    Raises:
        DataError: as fetch_all.
    """

    def attempt():
        with requests.get(url, timeout=_TIMEOUT_S) as answer:
            _judge(url, answer)
            return answer.text

    return _persist(url, attempt, lambda: 0, log, first_wait_s)


def _persist(url, attempt, size, log, first_wait_s):
    """Calls `attempt()` until it succeeds, waiting longer and longer; what `size()` shows as progress starts the count anew."""
    attempts, wait = 0, first_wait_s
    while True:
        before = size()
        try:
            return attempt()
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            _Passing,
        ) as error:
            attempts, wait = (1, first_wait_s) if size() > before else (attempts + 1, wait * 2)
            if attempts >= _MAX_ATTEMPTS:
                raise DataError(
                    "%s: failed after %d attempts (%s); run again to resume at byte %d"
                    % (shown(url), attempts, _said(error, url), size())
                )
            log.write(
                "%s: %s; retrying from byte %d in %.0f s\n"
                % (shown(url), _said(error, url), size(), min(wait, _LONGEST_WAIT_S))
            )
            time.sleep(min(wait, _LONGEST_WAIT_S))
        except requests.RequestException as error:
            raise DataError("%s: %s" % (shown(url), _said(error, url)))


class _Passing(Exception):
    """A transient server error, worth retrying."""


def _transfer(url, part, session):
    """One attempt: appends to `part` what it lacks."""
    have = _size(part)
    headers = {
        "Accept-Encoding": "identity"
    }  # bytes as stored, so that offsets and checksums mean the file's
    if have:
        headers["Range"] = "bytes=%d-" % have
    with session.get(url, stream=True, headers=headers, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == 416 and have and _is_whole(answer, have):
            return
        if answer.status_code == 416:
            os.remove(part)
            raise _Passing("the server has no byte %d" % have)
        _judge(url, answer)
        if answer.status_code != 206:
            have = 0  # the server sends the whole file, from its beginning
        length = int(answer.headers.get("Content-Length", 0))
        total = have + length if length else None
        with open(part, "ab" if have else "wb") as output, tqdm.tqdm(
            total=total,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=os.path.basename(part)[: -len(".part")],
            mininterval=1.0,
        ) as progress:
            for chunk in answer.iter_content(_CHUNK):
                output.write(chunk)
                progress.update(len(chunk))
    if total is not None and _size(part) < total:
        raise _Passing("the connection ended at byte %d of %d" % (_size(part), total))


def _judge(url, answer):
    """Raises _Passing for a status that may pass, DataError for one that will not."""
    if answer.status_code in _PASSING_STATUSES:
        raise _Passing("HTTP %d" % answer.status_code)
    if not answer.ok:
        raise DataError(
            "%s: the server returned HTTP %d %s" % (shown(url), answer.status_code, answer.reason)
        )


def _is_whole(answer, have):
    return answer.headers.get("Content-Range", "").rsplit("/", 1)[-1] == str(have)


def _accept(item, part, log):
    """Verifies `part` and gives it its name."""
    if item.checksum is None:
        log.write(
            "%s: %s, sha256 %s, not verified: no published checksum\n"
            % (item.path, human(_size(part)), digest(part, "sha256"))
        )
    else:
        found = digest(part, item.algorithm)
        if found != item.checksum:
            os.replace(part, item.path + ".bad")
            raise DataError(
                "%s: %s is %s, expected %s; kept as %s.bad; run again to download it again"
                % (shown(item.url), item.algorithm, found, item.checksum, item.path)
            )
        log.write("%s: verified (%s)\n" % (item.path, item.algorithm))
    os.replace(part, item.path)


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def _short(error):
    return " ".join(str(error).split())[:200] or type(error).__name__
