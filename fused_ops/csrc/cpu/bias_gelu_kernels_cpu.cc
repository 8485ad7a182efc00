// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_gelu_kernels.h"

#include "cpu_isa.h"
#include "row_sums.h"
#include "simd_math.h"

namespace fused_ops {

template <class Isa, typename T>
void BiasGeluCpu<Isa, T>::Forward(const Threads& threads, int64_t rows, int64_t cols, const T* x,
                                  const float* bias, T* y) {
  ParallelFor(threads, rows, cols * 2, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* x_row = x + row * cols;
      T* y_row = y + row * cols;
      ForVectors(cols, [=](int64_t i, auto lanes) {
        const Vec z = Load(x_row + i, lanes) + Load(bias + i, lanes);
        Store(y_row + i, z * NormalOf(z).cdf, lanes);
      });
    }
  });
}

template <class Isa, typename T>
void BiasGeluCpu<Isa, T>::Backward(const Threads& threads, int64_t rows, int64_t cols, const T* dy,
                                   const T* x, const float* bias, T* dx, float* dbias,
                                   float* partials) {
  ForRowChunks(threads, rows, cols, 1, cols * 2, partials,
               [=](int64_t first, int64_t last, float* chunk_dbias) {
                 for (int64_t row = first; row < last; ++row) {
                   const T *x_row = x + row * cols, *dy_row = dy + row * cols;
                   T* dx_row = dx + row * cols;
                   ForVectors(cols, [=](int64_t i, auto lanes) {
                     const Vec z = Load(x_row + i, lanes) + Load(bias + i, lanes);
                     const Normal normal = NormalOf(z);
                     const Vec gradient =
                         Load(dy_row + i, lanes) * (normal.cdf + z * normal.density);
                     Store(dx_row + i, gradient, lanes);
                     Store(chunk_dbias + i, Load(chunk_dbias + i, lanes) + gradient, lanes);
                   });
                 }
               });
  SumPartials(threads, rows, cols, partials, dbias);
}

template struct BiasGeluCpu<FUSED_ISA, float>;
template struct BiasGeluCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
