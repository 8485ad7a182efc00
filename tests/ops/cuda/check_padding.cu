// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "padding_kernels.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckGather(Report* report, int64_t x_rows, int64_t y_rows, int64_t cols) {
  typedef typename Reference<T>::Type R;
  const auto x = Random<T>(x_rows * cols, 1);
  std::vector<int32_t> index(y_rows);
  for (int64_t i = 0; i < y_rows; ++i)
    index[i] = static_cast<int32_t>((i * 7919 + 3) % (x_rows + 1) - 1);  // -1 too
  std::vector<R> y(y_rows * cols);
  GatherTokensCpu<Baseline, R>::Gather(SerialThreads(), x_rows, y_rows, cols,
                                       ForReference(x).data(), index.data(), y.data());
  DeviceArray<T> d_x(x), d_y(y_rows * cols);
  DeviceArray<int32_t> d_index(index);
  Require("gather", fused_gather_tokens_cuda(nullptr, ElementTypeOf<T>::kValue, x_rows, y_rows,
                                             cols, d_x.get(), d_index.get(), d_y.get()));
  report->Same(Text("gathered", y_rows, cols, TypeName<T>()), ForReference(d_y.Read()), y);
}

FUSED_CHECK(padding) {
  for (int64_t cols : {1, 7, 8, 33, 768, 1025, 1032}) {
    CheckGather<float>(report, 9, 20, cols);
    CheckGather<Half>(report, 20, 9, cols);
    CheckGather<BFloat16>(report, 20, 9, cols);
  }
  CheckGather<float>(report, 5, 0, 16);
  CheckGather<Half>(report, 0, 5, 16);
  CheckGather<BFloat16>(report, 0, 5, 16);
  CheckGather<Half>(report, 100, 8200, 4);
  CheckGather<BFloat16>(report, 100, 8200, 4);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
