# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Repairs the TensorFlow 1.15 runtime of gpu.md: python3 runtime_fix.py _pywrap_tensorflow_internal.so

The CUDA runtime in it, 10.0, loads all 410 registered modules before the first kernel. One of them, NCCL's, was made by nvlink
and has no code for the card: the driver then links it anew from its parts, and those are blanked here. That error, unlike "no
code for this card", ends the loading, so that every CUDA call fails: "device kernel image is invalid". Two changes:
* NCCL's module is registered as an ordinary one, so that nothing is linked.
* Whatever error a module's loading gives is kept with that module, as "no code for this card" is, and told to whoever
  launches one of its kernels. On one card nobody launches NCCL's.
A third leaves out TensorFlow's own check of each pointer it copies from or to, which asks the CUDA runtime, too.
"""

import re
import struct
import sys

MAGIC, LINKED, ORDINARY = 0x466243B1, 2, 1
# cmp $209, %ebx; je keep; jg further; test %ebx, %ebx; nop; jne give_up
GIVES_UP = rb"\x81\xfb\xd1\x00\x00\x00(?:\x74.|\x0f\x84....)(\x0f\x8f....)\x85\xdb(?:\x0f\x1f.{1,6}?)?(\x0f\x85....)"
FUNCTION, RETURN = 2, b"\xc3"


def section(library, wanted):
    """(file offset, size) of a section of a 64-bit ELF file."""
    library.seek(0)
    header = library.read(64)
    (table,) = struct.unpack_from("<Q", header, 40)
    size, count, names = struct.unpack_from("<HHH", header, 58)
    library.seek(table)
    rows = [struct.unpack("<IIQQQQIIQQ", library.read(size)) for _ in range(count)]
    library.seek(rows[names][4])
    text = library.read(rows[names][5])
    for row in rows:
        if text[row[0] : text.index(b"\0", row[0])] == wanted:
            return row[4], row[5]
    raise SystemExit(
        "%s: no section %s: not a library with CUDA code" % (library.name, wanted.decode())
    )


def symbols(library, part):
    """Addresses of the functions whose name has `part` in it."""
    offset, size = section(library, b".strtab")
    library.seek(offset)
    names = library.read(size)
    offset, size = section(library, b".symtab")
    library.seek(offset)
    table, found, at = library.read(size), [], names.find(part)
    wanted = set()
    while at >= 0:
        wanted.add(names.rfind(b"\0", 0, at) + 1)
        at = names.find(part, at + 1)
    for name, info, _, _, address, _ in struct.iter_unpack("<IBBHQQ", table):
        if name in wanted and info & 15 == FUNCTION:
            found.append(address)
    return found


def tolerate_errors(library):
    """Takes both jumps to "give up" out of cudart::contextState::loadCubin; returns how many."""
    (start,) = symbols(library, b"_ZN6cudart12contextState9loadCubin")
    library.seek(start)
    code = library.read(512)
    found = re.search(GIVES_UP, code, re.DOTALL)
    if not found:
        raise SystemExit("%s: loadCubin is not the one known" % library.name)
    for group in (1, 2):
        library.seek(start + found.start(group))
        library.write(b"\x90" * len(found.group(group)))
    return 2


def main():
    with open(sys.argv[1], "r+b") as library:
        tolerated = tolerate_errors(library)
        # In this library's segment of code, addresses are offsets in the file.
        checks = symbols(library, b"CheckPointerIsValid")
        for address in checks:
            library.seek(address)
            library.write(RETURN)
        offset, size = section(library, b".nvFatBinSegment")
        library.seek(offset)
        wrappers, changed = library.read(size), 0
        for at in range(0, size, 24):
            magic, version = struct.unpack_from("<II", wrappers, at)
            assert magic == MAGIC, hex(magic)
            if version == LINKED:
                library.seek(offset + at + 4)
                library.write(struct.pack("<I", ORDINARY))
                changed += 1
    numbers = (changed, size // 24, tolerated, len(checks))
    print("%s: changed %d of %d modules, %d jumps, %d checks" % ((sys.argv[1],) + numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
