// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "layer_norm_kernels.h"
#include "reduction_kernels.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckLayerNorm(Report* report, int64_t rows, int64_t cols) {
  typedef typename Reference<T>::Type R;
  const auto x = Random<T>(rows * cols, 1, 2.0f, 0.5f), dy = Random<T>(rows * cols, 2);
  const auto gamma = Random<float>(cols, 3), beta = Random<float>(cols, 4);
  std::vector<R> y(rows * cols), dx(rows * cols);
  std::vector<float> mean(rows), rstd(rows), dgamma(cols), dbeta(cols),
      partials(2 * ReductionChunks(rows) * cols);
  LayerNormCpu<Baseline, R>::Forward(SerialThreads(), rows, cols, 1e-12f, ForReference(x).data(),
                                     gamma.data(), beta.data(), y.data(), mean.data(), rstd.data());
  LayerNormCpu<Baseline, R>::Backward(
      SerialThreads(), rows, cols, ForReference(dy).data(), ForReference(x).data(), gamma.data(),
      mean.data(), rstd.data(), dx.data(), dgamma.data(), dbeta.data(), partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_x(x), d_dy(dy), d_y(rows * cols), d_dx(rows * cols);
  DeviceArray<float> d_gamma(gamma), d_beta(beta), d_mean(rows), d_rstd(rows), d_dgamma(cols),
      d_dbeta(cols);
  DeviceArray<float> d_partials(2 * fused_reduction_blocks_cuda(rows) * cols);
  Require("forward",
          fused_layer_norm_forward_cuda(nullptr, type, rows, cols, 1e-12f, d_x.get(), d_gamma.get(),
                                        d_beta.get(), d_y.get(), d_mean.get(), d_rstd.get()));
  Require("backward",
          fused_layer_norm_backward_cuda(nullptr, type, rows, cols, d_dy.get(), d_x.get(),
                                         d_gamma.get(), d_mean.get(), d_rstd.get(), d_dx.get(),
                                         d_dgamma.get(), d_dbeta.get(), d_partials.get()));
  report->Near(Text("y", rows, cols, TypeName<T>()), d_y.Read(), y);
  report->Near(Text("mean", rows, cols, TypeName<T>()), d_mean.Read(), mean);
  report->Near(Text("rstd", rows, cols, TypeName<T>()), d_rstd.Read(), rstd);
  report->Near(Text("dx", rows, cols, TypeName<T>()), d_dx.Read(), dx, ToleranceOf<T>(),
               LargestTerm(dy, gamma, rstd));
  report->Near(Text("dgamma", rows, cols, TypeName<T>()), d_dgamma.Read(), dgamma);
  report->Near(Text("dbeta", rows, cols, TypeName<T>()), d_dbeta.Read(), dbeta);
}

FUSED_CHECK(layer_norm) {
  for (int64_t cols :
       {1, 2, 7, 8, 31, 32, 33, 256, 264, 768, 1000, 1023, 1024, 1025, 1032, 2048, 2056, 4096}) {
    CheckLayerNorm<float>(report, 5, cols);
    CheckLayerNorm<Half>(report, 5, cols);
    CheckLayerNorm<BFloat16>(report, 5, cols);
  }
  for (int64_t rows : {0, 1, 17, 31, 33, 100}) {
    CheckLayerNorm<float>(report, rows, 24);
    CheckLayerNorm<Half>(report, rows, 7);
    CheckLayerNorm<BFloat16>(report, rows, 7);
  }
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
