# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Ways to damage a file: of any bytes, of JSON, of records, of dumps.

Each is a function (content, random.Random) -> content, or None where it does not apply. The same seed gives the same damage.
"""

import bz2
import json
import re

from program.records import encoding


def _place(content, random):
    return random.randrange(len(content) + 1)


def _slice(content, random):
    one, other = sorted((_place(content, random), _place(content, random)))
    return one, min(other, one + 200)


def _noise(random, most=64):
    return bytes(random.randrange(256) for _ in range(random.randint(1, most)))


def flip_a_bit(content, random):
    if not content:
        return None
    place = random.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]
    )


def overwrite_bytes(content, random):
    place, noise = _place(content, random), _noise(random)
    return content[:place] + noise + content[place + len(noise) :]


def zero_a_block(content, random):
    begin, end = _slice(content, random)
    return content[:begin] + bytes(end - begin) + content[end:]


def truncate(content, random):
    return content[: _place(content, random)]


def lose_the_head(content, random):
    return content[_place(content, random) :]


def lose_a_piece(content, random):
    begin, end = _slice(content, random)
    return content[:begin] + content[end:]


def empty(unused_content, unused_random):
    return b""


def insert_garbage(content, random):
    place = _place(content, random)
    return content[:place] + _noise(random) + content[place:]


def append_garbage(content, random):
    return content + _noise(random)


def repeat_a_piece(content, random):
    begin, end = _slice(content, random)
    return content[:end] + content[begin:end] + content[end:]


def repeat_all(content, unused_random):
    return content + content


def swap_pieces(content, random):
    begin, end = _slice(content, random)
    middle = (begin + end) // 2
    return content[:begin] + content[middle:end] + content[begin:middle] + content[end:]


def be_another_file(unused_content, random):
    return random.choice(
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"{}\n",
            b"[]",
            b"null",
            b"<!DOCTYPE html><html><body>404</body></html>\n",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            b"\x1f\x8b\x08\0\0\0\0\0\0\3",
            b"\xff\xfea\0b\0",
            b"\n",
        ]
    )


ANY = [
    flip_a_bit,
    overwrite_bytes,
    zero_a_block,
    truncate,
    lose_the_head,
    lose_a_piece,
    empty,
    insert_garbage,
    append_garbage,
    repeat_a_piece,
    repeat_all,
    swap_pieces,
    be_another_file,
]

# ------------------------------------------------------------------------------------------------------------------
# JSON: one value or key of the document becomes another

_VALUES = [
    "null",
    "true",
    "-1",
    "0",
    "0.5",
    "1e999",
    "-1e999",
    "NaN",
    "1" + "0" * 400,
    '""',
    '"x"',
    '"\\ud800"',
    '"\\u0000"',
    "[]",
    "{}",
    "[[1]]",
    '{"a": 1}',
    "[" * 100000 + "]" * 100000,
]
_MARK = "\x01here\x01"


def _containers(value):
    found = [value] if isinstance(value, (dict, list)) and value else []
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, (dict, list)):
            found.extend(_containers(one))
    return found


def _changed(content, random, change):
    """One document a line, or one in all: `change(container, key or place)` is called for one of them."""
    try:
        document, lines = json.loads(content.decode("utf-8")), None
    except ValueError:
        lines = content.decode("utf-8").splitlines()
        number = random.randrange(len(lines))
        document = json.loads(lines[number])
    container = random.choice(_containers(document))
    key = random.choice(list(container) if isinstance(container, dict) else range(len(container)))
    change(container, key)
    text = json.dumps(document, indent=None if lines else 1)
    if lines:
        lines[number] = text
        text = "\n".join(lines) + "\n"
    return text


def wrong_value(content, random):
    def change(container, key):
        container[key] = _MARK

    text = _changed(content, random, change)
    return text.replace(json.dumps(_MARK), random.choice(_VALUES)).encode("utf-8")


def lose_a_key(content, random):
    def change(container, key):
        del container[key]

    return _changed(content, random, change).encode("utf-8")


def rename_a_key(content, random):
    def change(container, key):
        if isinstance(container, dict):
            container[random.choice([key + "x", key[:-1], key.upper(), ""])] = container.pop(key)

    return _changed(content, random, change).encode("utf-8")


def repeat_an_item(content, random):
    def change(container, key):
        if isinstance(container, list):
            container.insert(key, container[key])

    return _changed(content, random, change).encode("utf-8")


JSON = [wrong_value, wrong_value, wrong_value, lose_a_key, rename_a_key, repeat_an_item]

# ------------------------------------------------------------------------------------------------------------------
# Records: well-framed, with the checksum of what is in them


def frames(content):
    """The records of a file."""
    found, place = [], 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        found.append(content[place + 12 : place + 12 + length])
        place += 16 + length
    return found


def _framed(records):
    return b"".join(encoding.frame(records))


def damaged_body(content, random):
    """Any damage to a record, and a checksum that fits it."""
    records = frames(content)
    number = random.randrange(len(records))
    records[number] = random.choice(ANY)(records[number], random)
    return _framed(records)


def garbage_body(content, random):
    records = frames(content)
    records[random.randrange(len(records))] = _noise(random, 300)
    return _framed(records)


def cut_between_records(content, random):
    records = frames(content)
    return _framed(records[: random.randrange(len(records))])


def other_order(content, random):
    records = frames(content)
    random.shuffle(records)
    return _framed(records)


def repeat_a_record(content, random):
    records = frames(content)
    return _framed(records + [random.choice(records)])


SEALED = [
    damaged_body,
    damaged_body,
    damaged_body,
    garbage_body,
    cut_between_records,
    other_order,
    repeat_a_record,
]

# ------------------------------------------------------------------------------------------------------------------
# Dumps: whole streams


def streams(content):
    """The bz2 streams of a dump."""
    starts = [match.start() for match in re.finditer(b"BZh9(?:1AY&SY|\x17rE8P\x90)", content)]
    return [content[one:end] for one, end in zip(starts, starts[1:] + [len(content)])]


def lose_a_stream(content, random):
    parts = streams(content)
    del parts[random.randrange(len(parts))]
    return b"".join(parts)


def damaged_xml(content, random):
    """Any damage to what a stream holds, well compressed."""
    parts = streams(content)
    number = random.randrange(len(parts))
    text = random.choice(ANY)(bz2.decompress(parts[number]), random)
    parts[number] = bz2.compress(text)
    return b"".join(parts)


def head_of_a_stream(content, random):
    """A flipped bit in the ten bytes that begin a stream."""
    parts = streams(content)
    number, place = random.randrange(len(parts)), random.randrange(10)
    part = bytearray(parts[number])
    part[place] ^= 1 << random.randrange(8)
    parts[number] = bytes(part)
    return b"".join(parts)


DUMP = [lose_a_stream, damaged_xml, damaged_xml, head_of_a_stream]
