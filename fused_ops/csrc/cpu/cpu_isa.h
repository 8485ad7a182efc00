// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Choice of the CPU kernels' instruction set at run time.
//
// Every <op>_kernels_cpu.cc is compiled once per instruction set, with FUSED_ISA naming the tag
// below, and defines members of a class template over that tag; the tag in the mangled name keeps
// the copies apart.
#ifndef FUSED_OPS_CPU_ISA_H_
#define FUSED_OPS_CPU_ISA_H_

#include "half.h"

namespace fused_ops {

struct Baseline {};    // x86-64: SSE2
struct Avx2 {};        // AVX2, FMA, F16C
struct Avx512 {};      // AVX-512 F, BW, DQ, VL
struct Avx512Bf16 {};  // and BF16; only matmul has kernels of it

enum CpuIsa { kIsaBaseline = 0, kIsaAvx2 = 1, kIsaAvx512 = 2 };

// The best set this processor has, or the lower one that fused_ops_limit_cpu_isa asked for.
CpuIsa SelectedCpuIsa();

// Whether kIsaAvx512 is selected and this processor has AVX512_BF16, too.
bool HasCpuBFloat16();

// Calls Kernels<isa, T>::method(...) for the selected instruction set.
#define FUSED_OPS_CPU_CALL(Kernels, T, method, ...)             \
  do {                                                          \
    switch (::fused_ops::SelectedCpuIsa()) {                    \
      case ::fused_ops::kIsaAvx512:                             \
        Kernels<::fused_ops::Avx512, T>::method(__VA_ARGS__);   \
        break;                                                  \
      case ::fused_ops::kIsaAvx2:                               \
        Kernels<::fused_ops::Avx2, T>::method(__VA_ARGS__);     \
        break;                                                  \
      default:                                                  \
        Kernels<::fused_ops::Baseline, T>::method(__VA_ARGS__); \
    }                                                           \
  } while (0)

}  // namespace fused_ops

// For tests and benchmarks (through ctypes): use at most `isa` (a CpuIsa), and return the one now
// in use.
extern "C" FUSED_OPS_EXPORT int fused_ops_limit_cpu_isa(int isa);

#endif  // FUSED_OPS_CPU_ISA_H_
