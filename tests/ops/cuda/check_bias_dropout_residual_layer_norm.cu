// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_dropout_residual_layer_norm_kernels.h"
#include "reduction_kernels.h"
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckResidualLayerNorm(Report* report, int64_t rows, int64_t cols, float rate) {
  typedef typename Reference<T>::Type R;
  typedef BiasDropoutResidualLayerNormCpu<Baseline, R> Cpu;
  const Dropout dropout = MakeDropout(rate, 0x123456789abcdefll, -77);
  const auto x = Random<T>(rows * cols, 1, 2.0f), residual = Random<T>(rows * cols, 2),
             dy = Random<T>(rows * cols, 3);
  const auto bias = Random<float>(cols, 4), gamma = Random<float>(cols, 5),
             beta = Random<float>(cols, 6);
  std::vector<R> y(rows * cols), dx(rows * cols), dresidual(rows * cols);
  std::vector<float> mean(rows), rstd(rows), dbias(cols), dgamma(cols), dbeta(cols);
  std::vector<float> partials(3 * ReductionChunks(rows) * cols);
  Cpu::Forward(SerialThreads(), rows, cols, dropout, 1e-12f, ForReference(x).data(), bias.data(),
               ForReference(residual).data(), gamma.data(), beta.data(), y.data(), mean.data(),
               rstd.data());
  Cpu::Backward(SerialThreads(), rows, cols, dropout, ForReference(dy).data(),
                ForReference(x).data(), bias.data(), ForReference(residual).data(), gamma.data(),
                mean.data(), rstd.data(), dx.data(), dbias.data(), dresidual.data(), dgamma.data(),
                dbeta.data(), partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_x(x), d_residual(residual), d_dy(dy), d_y(rows * cols), d_dx(rows * cols),
      d_dresidual(rows * cols);
  DeviceArray<float> d_bias(bias), d_gamma(gamma), d_beta(beta), d_mean(rows), d_rstd(rows);
  DeviceArray<float> d_dbias(cols), d_dgamma(cols), d_dbeta(cols),
      d_partials(3 * fused_reduction_blocks_cuda(rows) * cols);
  Require("forward",
          fused_bias_dropout_residual_layer_norm_forward_cuda(
              nullptr, type, rows, cols, dropout, 1e-12f, d_x.get(), d_bias.get(), d_residual.get(),
              d_gamma.get(), d_beta.get(), d_y.get(), d_mean.get(), d_rstd.get()));
  Require("backward",
          fused_bias_dropout_residual_layer_norm_backward_cuda(
              nullptr, type, rows, cols, dropout, d_dy.get(), d_x.get(), d_bias.get(),
              d_residual.get(), d_gamma.get(), d_mean.get(), d_rstd.get(), d_dx.get(),
              d_dbias.get(), d_dresidual.get(), d_dgamma.get(), d_dbeta.get(), d_partials.get()));
  const float terms = LargestTerm(dy, gamma, rstd);
  report->Near(Text("y", rows, cols, TypeName<T>()), d_y.Read(), y);
  report->Near(Text("mean", rows, cols, TypeName<T>()), d_mean.Read(), mean);
  report->Near(Text("rstd", rows, cols, TypeName<T>()), d_rstd.Read(), rstd);
  report->Near(Text("dx", rows, cols, TypeName<T>()), d_dx.Read(), dx, ToleranceOf<T>(), terms);
  report->Near(Text("dresidual", rows, cols, TypeName<T>()), d_dresidual.Read(), dresidual,
               ToleranceOf<T>(), terms);
  report->Near(Text("dbias", rows, cols, TypeName<T>()), d_dbias.Read(), dbias,
               ToleranceOf<float>(), terms);
  report->Near(Text("dgamma", rows, cols, TypeName<T>()), d_dgamma.Read(), dgamma);
  report->Near(Text("dbeta", rows, cols, TypeName<T>()), d_dbeta.Read(), dbeta);
}

FUSED_CHECK(bias_dropout_residual_layer_norm) {
  for (int64_t cols :
       {1, 2, 7, 8, 31, 32, 33, 256, 264, 768, 1000, 1023, 1024, 1025, 1032, 2048, 2056, 4096}) {
    CheckResidualLayerNorm<float>(report, 5, cols, 0.1f);
    CheckResidualLayerNorm<Half>(report, 5, cols, 0.1f);
    CheckResidualLayerNorm<BFloat16>(report, 5, cols, 0.1f);
  }
  for (int64_t rows : {0, 1, 17, 31, 33, 100}) {
    CheckResidualLayerNorm<float>(report, rows, 24, 0.5f);
    CheckResidualLayerNorm<Half>(report, rows, 7, 0.0f);
    CheckResidualLayerNorm<BFloat16>(report, rows, 7, 0.0f);
  }
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
