// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_gelu_kernels.h"
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckBiasGelu(Report* report, int64_t rows, int64_t cols) {
  typedef typename Reference<T>::Type R;
  const auto x = Random<T>(rows * cols, 1, 2.0f), dy = Random<T>(rows * cols, 2);
  const auto bias = Random<float>(cols, 3);
  std::vector<R> y(rows * cols), dx(rows * cols);
  std::vector<float> dbias(cols), partials(ReductionChunks(rows) * cols);
  BiasGeluCpu<Baseline, R>::Forward(SerialThreads(), rows, cols, ForReference(x).data(),
                                    bias.data(), y.data());
  BiasGeluCpu<Baseline, R>::Backward(SerialThreads(), rows, cols, ForReference(dy).data(),
                                     ForReference(x).data(), bias.data(), dx.data(), dbias.data(),
                                     partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_x(x), d_dy(dy), d_y(rows * cols), d_dx(rows * cols);
  DeviceArray<float> d_bias(bias), d_dbias(cols), d_partials(CudaReductionBlocks(rows) * cols);
  Require("forward", fused_bias_gelu_forward_cuda(nullptr, type, rows, cols, d_x.get(),
                                                  d_bias.get(), d_y.get()));
  Require("backward",
          fused_bias_gelu_backward_cuda(nullptr, type, rows, cols, d_dy.get(), d_x.get(),
                                        d_bias.get(), d_dx.get(), d_dbias.get(), d_partials.get()));
  report->Near(Text("y", rows, cols, TypeName<T>()), d_y.Read(), y);
  report->Near(Text("dx", rows, cols, TypeName<T>()), d_dx.Read(), dx);
  report->Near(Text("dbias", rows, cols, TypeName<T>()), d_dbias.Read(), dbias);
}

FUSED_CHECK(bias_gelu) {
  for (int64_t cols : {1, 8, 31, 128, 1023, 1024, 1032, 3072}) {
    CheckBiasGelu<float>(report, 5, cols);
    CheckBiasGelu<Half>(report, 5, cols);
    CheckBiasGelu<BFloat16>(report, 5, cols);
  }
  for (int64_t rows : {0, 1, 17, 4100}) {
    CheckBiasGelu<float>(report, rows, 16);
    CheckBiasGelu<Half>(report, rows, 3);
    CheckBiasGelu<BFloat16>(report, rows, 3);
  }
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
