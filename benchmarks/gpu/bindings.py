# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The kernels' library (make -C fused_ops kernels) called on PyTorch's memory: structures, dropout, launchers.

The launchers are declared in fused_ops/csrc/*_kernels.h.
"""

import ctypes as C

import torch

I32, I64, U32, U64, FLT, PTR = C.c_int, C.c_int64, C.c_uint32, C.c_uint64, C.c_float, C.c_void_p


# DataType of csrc/macros.h.
TYPES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}


class Dropout(C.Structure):
    _fields_ = [("seed", U64), ("offset", U64), ("threshold", U32), ("scale", FLT)]


class AttentionProblem(C.Structure):
    _fields_ = [(n, I64) for n in ("sequences", "heads", "head_size", "max_length", "tokens")] + [
        ("offsets", PTR),
        ("key_mask", PTR),
        ("dropout", Dropout),
    ]


class EmbeddingInput(C.Structure):
    _fields_ = [
        ("tokens", I64),
        ("cols", I64),
        ("ids", PTR * 3),
        ("tables", PTR * 3),
        ("table_rows", I64 * 3),
        ("sequence", I64),
    ]


class EmbeddingGradients(C.Structure):
    _fields_ = [("dtables", PTR * 3), ("dgamma", PTR), ("dbeta", PTR)]


class EmbeddingScratch(C.Structure):
    _fields_ = [("means", PTR), ("ints", PTR), ("rows", PTR)]


class UpdateRule(C.Structure):
    _fields_ = [
        (n, FLT) for n in ("beta_1", "rest_1", "beta_2", "rest_2", "epsilon", "weight_decay")
    ] + [("adapts", C.c_bool)]


class UpdateScalars(C.Structure):
    _fields_ = [
        (n, PTR) for n in ("learning_rate", "gradient_scale", "m_correction", "v_correction")
    ]


def make_dropout(rate, seed=0x123456789ABCDEF, offset=77):
    """The Dropout of csrc/dropout.h for a rate."""
    threshold = min(int(rate * 65536 + 0.5), 65535)
    return Dropout(seed, offset, threshold, 65536.0 / (65536.0 - threshold))


def keep_mask(rows, cols, d, device):
    """bool [rows, cols]: what the kernels keep. Philox of csrc/dropout.h in int64, which wraps as uint64 does."""
    groups, m32 = (cols + 7) // 8, 0xFFFFFFFF
    index = torch.arange(rows * groups, dtype=torch.int64, device=device)
    c0, c1 = index & m32, index >> 32
    c2 = torch.full_like(c0, d.offset & m32)
    c3 = torch.full_like(c0, d.offset >> 32)
    k0, k1 = d.seed & m32, d.seed >> 32
    for _ in range(7):
        a, b = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = ((b >> 32) & m32) ^ c1 ^ k0, b & m32, ((a >> 32) & m32) ^ c3 ^ k1, a & m32
        k0, k1 = (k0 + 0x9E3779B9) & m32, (k1 + 0xBB67AE85) & m32
    parts = torch.stack([p for c in (c0, c1, c2, c3) for p in (c & 0xFFFF, c >> 16)], 1)
    return (parts >= d.threshold).reshape(rows, groups * 8)[:, :cols]


class Kernels:
    """The launchers of one library.

    Args:
      path: str, the library.
      device: "cuda", or "cpu" for the library that `make kernels_emulated` builds.
    """

    def __init__(self, path, device):
        self._lib, self.device = C.CDLL(path), device

    def __call__(self, name, dtype, *arguments):
        """Calls <name>_cuda(stream, type, *arguments): tensors go as their addresses, structures by reference.

        Raises:
          RuntimeError: the launcher returned an error.
        """
        function = getattr(self._lib, name + "_cuda")
        function.restype = C.c_char_p
        stream = torch.cuda.current_stream().cuda_stream if self.device == "cuda" else 0
        out = [PTR(stream), I32(TYPES[dtype])]
        for a in arguments:
            if isinstance(a, torch.Tensor):
                out.append(PTR(a.data_ptr()))
            elif isinstance(a, C.Structure):
                out.append(C.byref(a))
            elif isinstance(a, float):
                out.append(FLT(a))
            elif a is None:
                out.append(PTR(0))
            else:
                out.append(I64(a))
        error = function(*out)
        if error:
            raise RuntimeError("%s: %s" % (name, error.decode()))

    def blocks(self, name, count):
        """How many partial sums the kernels make: fused_reduction_blocks_cuda, fused_norm_blocks_cuda."""
        function = getattr(self._lib, "fused_%s_blocks_cuda" % name)
        function.restype, function.argtypes = I64, [I64]
        return function(count)

    def embedding_scratch(self, tokens, sequence):
        """(ints, rows of floats) that the embedding's backward pass needs: fused_embedding_scratch_cuda."""
        sizes = (I64 * 2)()
        function = self._lib.fused_embedding_scratch_cuda
        function.restype, function.argtypes = None, [I64, I64, PTR]
        function(tokens, sequence, C.addressof(sizes))
        return tuple(sizes)
