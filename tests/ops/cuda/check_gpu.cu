// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The check program's main; see check_gpu.cuh.
#include "check_gpu.cuh"

namespace {

using fused_ops::check::AllChecks;
using fused_ops::check::Check;
using fused_ops::check::Report;

bool Wanted(const Check& check, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], check.name) == 0) return true;
  }
  return argc == 1;
}

// Runs of each check, which must all give the same bits. In the emulation every one in another
// order of the threads, from the third on shuffled; a GPU orders its threads as it likes.
#if defined(FUSED_OPS_CUDA_EMULATION)
int Runs() {
  const char* shuffled = getenv("SHUFFLED_ORDERS");
  return 2 + (shuffled == nullptr ? 1 : atoi(shuffled));
}
void BeginRun(int run) {
  using namespace cuda_emulation;
  SetThreadOrder(run == 0   ? kAscending
                 : run == 1 ? kDescending
                            : kShuffled,
                 static_cast<unsigned>(run));
}
#else
int Runs() { return 2; }
void BeginRun(int) {}
#endif

FUSED_CHECK(launchers_refuse_a_type) {
  using fused_ops::BeforeLaunch;
  report->True("a type that does not exist is refused", BeforeLaunch(3) != nullptr);
#if defined(FUSED_OPS_CUDA_EMULATION)  // a GPU is what it is
  cuda_emulation::compute_capability_major = 7;
  const char* bfloat16 = BeforeLaunch(fused_ops::kBFloat16);
  report->True("bfloat16 is refused below 8.0",
               bfloat16 != nullptr && strstr(bfloat16, "8.0") != nullptr);
  report->True("half is not", BeforeLaunch(fused_ops::kFloat16) == nullptr);
  cuda_emulation::compute_capability_major = 9;
#endif
  report->True("bfloat16 is accepted", BeforeLaunch(fused_ops::kBFloat16) == nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    const char* require = getenv("REQUIRE_GPU");
    const bool required = require != nullptr && strcmp(require, "1") == 0;
    printf("no GPU: CUDA kernels %s\n",
           required ? "cannot be checked, but REQUIRE_GPU=1" : "not checked (skipped)");
    return required ? 1 : 0;
  }
  int failures = 0, ran = 0;
  for (const Check& check : AllChecks()) {
    if (!Wanted(check, argc, argv)) continue;
    int failed = 0;
    uint64_t hash = 0;
    for (int run = 0; run < Runs(); ++run) {
      Report report;
      BeginRun(run);
      check.run(&report);
      const bool reproducible = run == 0 || report.hash() == hash;
      if (!reproducible) printf("  run %d differs from the first\n", run + 1);
      hash = run == 0 ? report.hash() : hash;
      failed += report.failures() + !reproducible;
    }
    printf("%s %s\n", failed == 0 ? "ok  " : "FAIL", check.name);
    failures += failed;
    ++ran;
  }
  printf("%d checks, %d failures\n", ran, failures);
  return failures == 0 && ran > 0 ? 0 : 1;
}
