// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "layer_norm_kernels.h"

#include "cpu_isa.h"
#include "layer_norm_simd.h"

namespace fused_ops {

template <class Isa, typename T>
void LayerNormCpu<Isa, T>::Forward(const Threads& threads, int64_t rows, int64_t cols,
                                   float epsilon, const T* x, const float* gamma, const float* beta,
                                   T* y, float* mean, float* rstd) {
  ParallelFor(threads, rows, cols, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const RowStatistics statistics = StatisticsOf(x + row * cols, cols, epsilon);
      NormaliseRow(x + row * cols, cols, statistics, gamma, beta, y + row * cols);
      mean[row] = statistics.mean;
      rstd[row] = statistics.rstd;
    }
  });
}

template <class Isa, typename T>
void LayerNormCpu<Isa, T>::Backward(const Threads& threads, int64_t rows, int64_t cols, const T* dy,
                                    const T* x, const float* gamma, const float* mean,
                                    const float* rstd, T* dx, float* dgamma, float* dbeta,
                                    float* partials) {
  const int64_t dbeta_offset = ReductionChunks(rows) * cols;
  ForRowChunks(
      threads, rows, cols, 2, cols * 2, partials, [=](int64_t first, int64_t last, float* sums) {
        for (int64_t row = first; row < last; ++row) {
          T* dx_row = dx + row * cols;
          NormalisedRowGradient(
              x + row * cols, dy + row * cols, cols, RowStatistics{mean[row], rstd[row]}, gamma,
              sums, sums + dbeta_offset,
              [=](int64_t i, Vec gradient, auto lanes) { Store(dx_row + i, gradient, lanes); });
        }
      });
  SumPartials(threads, rows, cols, partials, dgamma);
  SumPartials(threads, rows, cols, partials + dbeta_offset, dbeta);
}

template struct LayerNormCpu<FUSED_ISA, float>;
template struct LayerNormCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
