// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "cpu_isa.h"

#include <cpuid.h>

#include <atomic>

namespace fused_ops {
namespace {

int BestIsa() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  // F16C has no name in old compilers' __builtin_cpu_supports; every processor with AVX2 has it.
  return avx512 ? kIsaAvx512 : avx2 ? kIsaAvx2 : kIsaBaseline;
}

std::atomic<int>& Selected() {
  static std::atomic<int> isa(BestIsa());
  return isa;
}

// Old compilers' __builtin_cpu_supports has no name for it: CPUID leaf 7, subleaf 1, EAX bit 5
// (Intel's manual, volume 2A).
bool ProcessorHasBFloat16() {
  unsigned eax, ebx, ecx, edx;
  if (__get_cpuid_max(0, nullptr) < 7) return false;
  __cpuid_count(7, 0, eax, ebx, ecx, edx);
  if (eax < 1) return false;
  __cpuid_count(7, 1, eax, ebx, ecx, edx);
  return eax & (1u << 5);
}

}  // namespace

CpuIsa SelectedCpuIsa() { return static_cast<CpuIsa>(Selected().load(std::memory_order_relaxed)); }

bool HasCpuBFloat16() {
  static const bool has = ProcessorHasBFloat16();
  return has && SelectedCpuIsa() == kIsaAvx512;
}

}  // namespace fused_ops

extern "C" int fused_ops_limit_cpu_isa(int isa) {
  const int best = fused_ops::BestIsa();
  const int wanted = isa < 0 ? 0 : isa;
  fused_ops::Selected().store(wanted < best ? wanted : best);
  return fused_ops::SelectedCpuIsa();
}
