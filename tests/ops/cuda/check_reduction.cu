// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "reduction_kernels.h"

namespace fused_ops {
namespace check {
namespace {

void CheckSums(Report* report, int sums, int64_t blocks, int64_t cols) {
  const auto partials = Random<float>(sums * blocks * cols, 1);
  DeviceArray<float> d_partials(partials), first(cols), second(cols), third(cols), fourth(cols);
  DeviceArray<float>* const outs[kMaxSums] = {&first, &second, &third, &fourth};
  LaunchSumPartials(nullptr, sums, blocks, cols, d_partials.get(),
                    {first.get(), second.get(), third.get(), fourth.get()});
  Require("sum", LaunchError());
  for (int sum = 0; sum < sums; ++sum) {
    std::vector<float> want(cols);
    for (int64_t col = 0; col < cols; ++col) {
      double total = 0.0;
      for (int64_t block = 0; block < blocks; ++block)
        total += partials[(sum * blocks + block) * cols + col];
      want[col] = static_cast<float>(total);
    }
    report->Near(Text("sum", blocks, cols, std::to_string(sum).c_str()), outs[sum]->Read(), want);
  }
}

FUSED_CHECK(reduction) {
  CheckSums(report, 1, 1, 1);
  CheckSums(report, 2, 31, 33);
  CheckSums(report, 3, 33, 7);
  CheckSums(report, 4, 528, 64);
}

FUSED_CHECK(reduction_blocks) {
  const int64_t most = fused_reduction_blocks_cuda(int64_t{1} << 40);
  report->True("at least one block", fused_reduction_blocks_cuda(0) == 1);
  report->True("a block has four rows", fused_reduction_blocks_cuda(8) == 2);
  report->True("more rows give as many blocks as the device has room for",
               most >= 4 && fused_reduction_blocks_cuda(1 << 30) == most);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
