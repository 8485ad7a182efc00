# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The CUDA kernels' machine code without a GPU or nvcc: compiled by NVRTC, taken apart by nvdisasm, both from PyPI."""

import contextlib
import ctypes
import glob
import os
import re
import stat
import struct
import subprocess
import sys
import zipfile
from collections import Counter, namedtuple

from tests.conftest import ROOT

CSRC = os.path.join(ROOT, "fused_ops", "csrc")
KERNELS = sorted(glob.glob(os.path.join(CSRC, "cuda", "*_kernels.cu")))
# Folder in .cache, packages, library, folders of headers.
# 12.4 still knows Volta. crt/mma.h, the Tensor Cores' functions, is in its third package.
VOLTA = (
    "nvrtc",
    (
        "nvidia-cuda-nvrtc-cu12==12.4.127",
        "nvidia-cuda-runtime-cu12==12.4.127",
        "nvidia-cuda-nvcc-cu12==12.4.131",
    ),
    "cuda_nvrtc/lib/libnvrtc.so.12",
    ("cuda_runtime/include", "cuda_nvcc/include"),
)
# The nvcc of the machines that the kernels are timed on.
NEWEST = (
    "nvrtc-13",
    (
        "nvidia-cuda-nvrtc==13.0.88",
        "nvidia-cuda-runtime==13.0.96",
        "nvidia-cuda-crt==13.0.88",
        "nvidia-cuda-cccl==13.0.85",
    ),
    "cu13/lib/libnvrtc.so.13",
    ("cu13/include", "cu13/include/cccl"),
)
DISASSEMBLER = ("nvidia-cuda-nvdisasm==13.5.37",)
_CACHE = os.path.join(ROOT, ".cache")
# What the kernels use of the C library's headers, which NVRTC does not have.
STDINT = """
typedef signed char int8_t; typedef unsigned char uint8_t; typedef short int16_t; typedef unsigned short uint16_t;
typedef int int32_t; typedef unsigned int uint32_t; typedef long long int64_t; typedef unsigned long long uint64_t;
typedef unsigned long long uintptr_t;
"""


class Unavailable(Exception):
    """A package cannot be had; the message says why."""


def _fetch(packages, target):
    """Downloads and unpacks wheels into `target`, each once; raises Unavailable."""
    downloads = os.path.join(_CACHE, "downloads")
    os.makedirs(downloads, exist_ok=True)
    for package in packages:
        name = package.replace("-", "_").replace("==", "-")
        done = os.path.join(target, name + ".unpacked")
        if os.path.exists(done):
            continue
        pattern = os.path.join(downloads, name + "-*x86_64.whl")
        if not glob.glob(pattern):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--dest", downloads, package]
            run = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
            )
            if not glob.glob(pattern):
                said = run.stdout.decode("utf-8", "replace").strip()[-300:]
                raise Unavailable("pip download %s: %s" % (package, said))
        with zipfile.ZipFile(glob.glob(pattern)[0]) as wheel:
            wheel.extractall(target)
        open(done, "w").close()


class Compiler(object):
    """NVRTC with the CUDA headers, VOLTA or NEWEST; raises Unavailable."""

    def __init__(self, version):
        folder, packages, library, includes = version
        target = os.path.join(_CACHE, folder)
        _fetch(packages, target)
        parts = os.path.join(target, "nvidia")
        library = os.path.join(parts, library)
        # Found by name once it is loaded; NVRTC looks for it in the system's folders only.
        for builtins in glob.glob(os.path.join(os.path.dirname(library), "libnvrtc-builtins.so.*")):
            ctypes.CDLL(builtins)
        self._library = ctypes.CDLL(library)
        self._includes = [os.path.join(parts, include) for include in includes]

    def compile(self, path, architecture):
        """Compiles one file to machine code; returns (succeeded, log, bytes of machine code)."""
        library = self._library
        with open(path, "rb") as source:
            text = source.read()
        program, size = ctypes.c_void_p(), ctypes.c_size_t()
        names, bodies = [b"stdint.h", b"math.h", b"string.h"], [STDINT.encode(), b"", b""]
        assert (
            library.nvrtcCreateProgram(
                ctypes.byref(program),
                text,
                os.path.basename(path).encode(),
                len(names),
                (ctypes.c_char_p * len(bodies))(*bodies),
                (ctypes.c_char_p * len(names))(*names),
            )
            == 0
        )
        options = [
            "--gpu-architecture=" + architecture,
            "--std=c++14",
            "--device-as-default-execution-space",
        ]
        options += ["-I" + folder for folder in [CSRC, os.path.join(CSRC, "cuda")] + self._includes]
        with _same_locale():
            status = library.nvrtcCompileProgram(
                program,
                len(options),
                (ctypes.c_char_p * len(options))(*[option.encode() for option in options]),
            )
        library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value)
        library.nvrtcGetProgramLog(program, log)
        code = b""
        if status == 0:
            library.nvrtcGetCUBINSize(program, ctypes.byref(size))
            cubin = ctypes.create_string_buffer(size.value)
            library.nvrtcGetCUBIN(program, cubin)
            code = cubin.raw
        library.nvrtcDestroyProgram(ctypes.byref(program))
        return status == 0, log.value.decode("utf-8", "replace"), code


@contextlib.contextmanager
def _same_locale():
    """NVRTC leaves the thread in the C locale, in which Python reads and writes files as ASCII."""
    uselocale = ctypes.CDLL(None).uselocale
    uselocale.argtypes, uselocale.restype = [ctypes.c_void_p], ctypes.c_void_p
    before = uselocale(None)
    try:
        yield
    finally:
        uselocale(before)


# name: as C++ has it, with template arguments. instructions: Counter of opcode with its modifiers, such as "STG.E.128".
# registers: of a thread. frame: bytes of its stack, where spilled registers and indexed arrays live. threads: of the largest
# block (__launch_bounds__).
Kernel = namedtuple("Kernel", ["name", "instructions", "registers", "frame", "threads"])


def nvdisasm():
    """The path of nvdisasm; raises Unavailable."""
    target = os.path.join(_CACHE, "nvdisasm")
    _fetch(DISASSEMBLER, target)
    (program,) = glob.glob(os.path.join(target, "nvidia", "*", "bin", "nvdisasm"))
    os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
    return program


def _sections(code):
    """[(name, bytes)] of the sections of a cubin, which is a 64-bit ELF file."""
    (table,) = struct.unpack_from("<Q", code, 40)
    size, count, names = struct.unpack_from("<HHH", code, 58)
    rows = [struct.unpack_from("<IIQQQQIIQQ", code, table + i * size) for i in range(count)]
    start, no_bits = rows[names][4], 8
    found = []
    for row in rows:
        name = code[start + row[0] : code.index(b"\0", start + row[0])].decode()
        found.append((name, row[5] if row[1] == no_bits else code[row[4] : row[4] + row[5]]))
    return found


# Attributes of .nv.info, each (symbol, number), and of a kernel's own .nv.info.<kernel>: x, y, z.
_REGISTERS, _FRAME, _THREADS = 0x2F, 0x11, 0x05


def _attributes(info):
    """(attribute, bytes) of those entries of .nv.info that have a payload."""
    at = 0
    while at < len(info):
        form, attribute, size = struct.unpack_from("<BBH", info, at)
        at += 4
        if form == 4:
            yield attribute, info[at : at + size]
            at += size  # of the others the value is in the header


def _resources(by_name):
    """{symbol name: {attribute: number}} of .nv.info."""
    symbols = [row[0] for row in struct.iter_unpack("<IBBHQQ", by_name[".symtab"])]
    names, found = by_name[".strtab"], {}
    for attribute, payload in _attributes(by_name[".nv.info"]):
        if attribute in (_REGISTERS, _FRAME):
            symbol, number = struct.unpack("<II", payload)
            start = symbols[symbol]
            name = names[start : names.index(b"\0", start)].decode()
            found.setdefault(name, {})[attribute] = number
    return found


def _demangled(names):
    """C++ names without return types, parameters, namespaces."""
    text = subprocess.check_output(["c++filt"] + names, universal_newlines=True)
    short = []
    for line in text.splitlines():
        line = re.sub(r"\(anonymous namespace\)::|fused_ops::|_GLOBAL__N_\w+::|^void ", "", line)
        short.append(line[: line.rindex(">(") + 1] if ">(" in line else line.split("(")[0])
    return short


def disassemble(code, scratch):
    """list of Kernel, one for each instantiation in a cubin.

    Args:
      code: bytes.
      scratch: path of a file to write.
    """
    with open(scratch, "wb") as stream:
        stream.write(code)
    text = subprocess.check_output(
        [nvdisasm(), "-c", scratch], universal_newlines=True, stderr=subprocess.DEVNULL
    )
    sections = dict(_sections(code))
    resources = _resources(sections)
    mangled = [name[6:] for name in sections if name.startswith(".text.")]
    kernels = []
    for name, short in zip(mangled, _demangled(mangled)):
        # From the section's head to the next section's.
        body = text[text.index("\t.section\t.text.%s," % name) + 1 :]
        body = body[: body.index("\t.section\t")] if "\t.section\t" in body else body
        found = re.findall(
            r"^\s*/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)", body, re.MULTILINE
        )
        assert found, "no instruction of %s" % name
        threads = dict(_attributes(sections[".nv.info." + name])).get(_THREADS)
        threads = struct.unpack("<III", threads)[0] if threads else 1024
        numbers = resources[name]
        kernels.append(Kernel(short, Counter(found), numbers[_REGISTERS], numbers[_FRAME], threads))
    return kernels


def count(kernel, *opcodes):
    """How many instructions begin with one of `opcodes`, up to a dot: "STG.E.U16" counts STG.E.U16 and STG.E.U16.X."""
    return sum(
        number
        for name, number in kernel.instructions.items()
        if any(name == opcode or name.startswith(opcode + ".") for opcode in opcodes)
    )


def warps_by_registers(kernel):
    """How many warps of a kernel fit into a multiprocessor's 65,536 registers, in whole blocks (at most 64 warps)."""
    of_a_warp = -(-kernel.registers * 32 // 256) * 256  # handed out in units of 256
    warps = -(-kernel.threads // 32)
    return min(65536 // (of_a_warp * warps) * warps, 64 // warps * warps)
