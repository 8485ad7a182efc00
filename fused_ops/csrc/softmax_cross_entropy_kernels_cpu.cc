// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// A thread works on whole rows. A row of BERT's vocabulary (120 KB) is read from memory once: its second reading, for
// the sum, comes from the L2 cache.
#include "softmax_cross_entropy_kernels.h"

#include <math.h>

#include "cpu_isa.h"
#include "simd_math.h"

namespace fused_ops {
namespace {

template <typename T>
FUSED_INLINE float Element(const T* p) {
  return Sum(Load(p, Tail{1}));
}

// What a row costs to write (or read) is more than its arithmetic: cycles an element.
constexpr int64_t kCost = 4;

}  // namespace

template <class Isa, typename T>
void SoftmaxCrossEntropyCpu<Isa, T>::Forward(const Threads& threads, int64_t rows, int64_t cols, const T* logits,
                                             const int32_t* labels, const float* weights, float* losses,
                                             float* statistics) {
  ParallelFor(threads, rows, cols * kCost, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      losses[row] = statistics[row] = statistics[rows + row] = 0.0f;
      if (weights[row] == 0.0f) continue;
      const T* z = logits + row * cols;
      const float top = LargestOf(z, cols);
      const Vec top_lanes = Set(top);
      const float sum = SumOver(cols, [=](int64_t i, auto lanes) {
        return KeepFirst(Exp(Load(z + i, lanes) - top_lanes), lanes);
      });
      statistics[row] = top;
      statistics[rows + row] = logf(sum);
      losses[row] = weights[row] * (statistics[rows + row] - (Element(z + labels[row]) - top));
    }
  });
}

template <class Isa, typename T>
void SoftmaxCrossEntropyCpu<Isa, T>::Backward(const Threads& threads, int64_t rows, int64_t cols,
                                              const float* dlosses, const T* logits, const int32_t* labels,
                                              const float* weights, const float* statistics, T* dlogits) {
  ParallelFor(threads, rows, cols * kCost, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* z = logits + row * cols;
      T* dz = dlogits + row * cols;
      if (weights[row] == 0.0f) {
        memset(dz, 0, cols * sizeof(T));
        continue;
      }
      const Vec top = Set(statistics[row]), log_sum = Set(statistics[rows + row]);
      const Vec factor = Set(dlosses[row] * weights[row]);
      // Before dz, which may be z, is written: the label's gradient is rounded to T once.
      const Vec of_label = (Exp((Load(z + labels[row], Tail{1}) - top) - log_sum) - Set(1.0f)) * factor;
      ForVectors(cols, [=](int64_t i, auto lanes) {
        Store(dz + i, Exp((Load(z + i, lanes) - top) - log_sum) * factor, lanes);
      });
      Store(dz + labels[row], of_label, Tail{1});
    }
  });
}

template struct SoftmaxCrossEntropyCpu<FUSED_ISA, float>;
template struct SoftmaxCrossEntropyCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
