// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_dropout_residual_layer_norm_kernels.h"

#include "cpu_isa.h"
#include "layer_norm_simd.h"
#include "scratch.h"
#include "simd_dropout.h"

namespace fused_ops {

namespace {

// z = residual + dropout(x + bias) of one row, in float.
template <typename T>
FUSED_INLINE void SumRow(const T* x, const float* bias, const T* residual, int64_t cols,
                         const uint8_t* keep, float scale, float* z) {
  const Vec factor = Set(scale);
  ForVectors(cols, [=](int64_t i, auto lanes) {
    const Vec kept = KeepWhere((Load(x + i, lanes) + Load(bias + i, lanes)) * factor, keep, i);
    Store(z + i, Load(residual + i, lanes) + kept, lanes);
  });
}

}  // namespace

template <class Isa, typename T>
void BiasDropoutResidualLayerNormCpu<Isa, T>::Forward(const Threads& threads, int64_t rows,
                                                      int64_t cols, const Dropout& dropout,
                                                      float epsilon, const T* x, const float* bias,
                                                      const T* residual, const float* gamma,
                                                      const float* beta, T* y, float* mean,
                                                      float* rstd) {
  ParallelFor(threads, rows, cols * 2, [=](int64_t begin, int64_t end) {
    Scratch<float> z(cols);
    Scratch<uint8_t> keep(KeepBytes(cols));
    for (int64_t row = begin; row < end; ++row) {
      RowKeepBits(dropout, row, cols, keep.data());
      SumRow(x + row * cols, bias, residual + row * cols, cols, keep.data(), dropout.scale,
             z.data());
      const RowStatistics statistics = StatisticsOf(z.data(), cols, epsilon);
      NormaliseRow(z.data(), cols, statistics, gamma, beta, y + row * cols);
      mean[row] = statistics.mean;
      rstd[row] = statistics.rstd;
    }
  });
}

template <class Isa, typename T>
void BiasDropoutResidualLayerNormCpu<Isa, T>::Backward(const Threads& threads, int64_t rows,
                                                       int64_t cols, const Dropout& dropout,
                                                       const T* dy, const T* x, const float* bias,
                                                       const T* residual, const float* gamma,
                                                       const float* mean, const float* rstd, T* dx,
                                                       float* dbias, T* dresidual, float* dgamma,
                                                       float* dbeta, float* partials) {
  const int64_t vector_size = ReductionChunks(rows) * cols;
  ForRowChunks(
      threads, rows, cols, 3, cols * 4, partials, [=](int64_t first, int64_t last, float* sums) {
        float *dgamma_sum = sums, *dbeta_sum = sums + vector_size,
              *dbias_sum = sums + 2 * vector_size;
        Scratch<float> z(cols);
        Scratch<uint8_t> keep_storage(KeepBytes(cols));
        const uint8_t* keep = keep_storage.data();
        const Vec scale = Set(dropout.scale);
        for (int64_t row = first; row < last; ++row) {
          RowKeepBits(dropout, row, cols, keep_storage.data());
          SumRow(x + row * cols, bias, residual + row * cols, cols, keep, dropout.scale, z.data());
          T *dx_row = dx + row * cols, *dresidual_row = dresidual + row * cols;
          NormalisedRowGradient(z.data(), dy + row * cols, cols,
                                RowStatistics{mean[row], rstd[row]}, gamma, dgamma_sum, dbeta_sum,
                                [=](int64_t i, Vec gradient, auto lanes) {
                                  const Vec kept = KeepWhere(gradient * scale, keep, i);
                                  Store(dresidual_row + i, gradient, lanes);
                                  Store(dx_row + i, kept, lanes);
                                  Store(dbias_sum + i, Load(dbias_sum + i, lanes) + kept, lanes);
                                });
        }
      });
  SumPartials(threads, rows, cols, partials, dgamma);
  SumPartials(threads, rows, cols, partials + vector_size, dbeta);
  SumPartials(threads, rows, cols, partials + 2 * vector_size, dbias);
}

template struct BiasDropoutResidualLayerNormCpu<FUSED_ISA, float>;
template struct BiasDropoutResidualLayerNormCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
