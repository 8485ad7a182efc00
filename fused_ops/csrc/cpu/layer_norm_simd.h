// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Steps that LayerNorm kernels share: statistics of a row, its normalisation and its gradient, on
// floats in cache.
#ifndef FUSED_OPS_LAYER_NORM_SIMD_H_
#define FUSED_OPS_LAYER_NORM_SIMD_H_

#include <math.h>

#include "row_sums.h"

namespace fused_ops {

struct RowStatistics {
  float mean, rstd;
};

// Of a row [cols] that is in cache.
template <typename T>
FUSED_INLINE RowStatistics StatisticsOf(const T* row, int64_t cols, float epsilon) {
  const float mean =
      SumOver(cols, [=](int64_t i, auto lanes) { return Load(row + i, lanes); }) / cols;
  const Vec centre = Set(mean);
  const float square_sum = SumOver(cols, [=](int64_t i, auto lanes) {
    const Vec distance = KeepFirst(Load(row + i, lanes) - centre, lanes);
    return distance * distance;
  });
  return RowStatistics{mean, 1.0f / sqrtf(square_sum / cols + epsilon)};
}

template <typename S, typename T>
FUSED_INLINE void NormaliseRow(const S* row, int64_t cols, RowStatistics statistics,
                               const float* gamma, const float* beta, T* y) {
  const Vec mean = Set(statistics.mean), rstd = Set(statistics.rstd);
  ForVectors(cols, [=](int64_t i, auto lanes) {
    const Vec normal = (Load(row + i, lanes) - mean) * rstd;
    Store(y + i, normal * Load(gamma + i, lanes) + Load(beta + i, lanes), lanes);
  });
}

// Adds the row's part of dgamma and dbeta and hands every vector of the gradient of the row to
// out(i, gradient, lanes):
// gradient = rstd * (g - mean(g) - normal * mean(g * normal)), g = dy * gamma.
template <typename S, typename T, typename Out>
FUSED_INLINE void NormalisedRowGradient(const S* row, const T* dy, int64_t cols,
                                        RowStatistics statistics, const float* gamma, float* dgamma,
                                        float* dbeta, const Out& out) {
  const Vec mean = Set(statistics.mean), rstd = Set(statistics.rstd);
  Vec g_sum = Set(0.0f), gn_sum = g_sum;
  ForVectors(cols, [&](int64_t i, auto lanes) {
    const Vec gradient = Load(dy + i, lanes);  // 0 beyond the tail, so are the products
    const Vec normal = (Load(row + i, lanes) - mean) * rstd;
    const Vec g = gradient * Load(gamma + i, lanes);
    g_sum += g;
    gn_sum += g * normal;
    Store(dgamma + i, Load(dgamma + i, lanes) + gradient * normal, lanes);
    Store(dbeta + i, Load(dbeta + i, lanes) + gradient, lanes);
  });
  const Vec g_mean = Set(Sum(g_sum) / cols), gn_mean = Set(Sum(gn_sum) / cols);
  ForVectors(cols, [=](int64_t i, auto lanes) {
    const Vec normal = (Load(row + i, lanes) - mean) * rstd;
    const Vec g = Load(dy + i, lanes) * Load(gamma + i, lanes);
    out(i, (g - g_mean - normal * gn_mean) * rstd, lanes);
  });
}

}  // namespace fused_ops

#endif  // FUSED_OPS_LAYER_NORM_SIMD_H_
