// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// A thread works on whole rows. Forward takes a row in chunks that stay in the L1 cache between
// their two readings, for the largest and for the sum: so memory is read while exponentials are
// computed, not before.
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

constexpr int64_t kChunk = 4096;  // elements

// The largest of a row [cols] so far, and the sum of exp(z - top) over what has been seen.
struct RowState {
  float top, sum;
};

template <typename T>
FUSED_INLINE RowState StateOf(const T* z, int64_t cols) {
  RowState state{-INFINITY, 0.0f};
  for (int64_t begin = 0; begin < cols; begin += kChunk) {
    const int64_t size = cols - begin < kChunk ? cols - begin : kChunk;
    const T* chunk = z + begin;
    const float top = LargestOf(chunk, size);
    if (top > state.top) {
      state.sum *= expf(state.top - top);
      state.top = top;
    }
    // While all is -infinity, the difference from the top is not a number.
    const Vec top_lanes = Set(state.top == -INFINITY ? 0.0f : state.top);
    state.sum += SumOver(size, [=](int64_t i, auto lanes) {
      return KeepFirst(Exp(Load(chunk + i, lanes) - top_lanes), lanes);
    });
  }
  return state;
}

// What a row costs to write (or read) is more than its arithmetic: cycles an element.
constexpr int64_t kCost = 4;

}  // namespace

template <class Isa, typename T>
void SoftmaxCrossEntropyCpu<Isa, T>::Forward(const Threads& threads, int64_t rows, int64_t cols,
                                             const T* logits, const int32_t* labels,
                                             const float* weights, float* losses,
                                             float* statistics) {
  ParallelFor(threads, rows, cols * kCost, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      losses[row] = statistics[row] = statistics[rows + row] = 0.0f;
      if (weights[row] == 0.0f) continue;
      const T* z = logits + row * cols;
      const RowState state = StateOf(z, cols);
      statistics[row] = state.top;
      statistics[rows + row] = logf(state.sum);
      losses[row] =
          weights[row] * (statistics[rows + row] - (Element(z + labels[row]) - state.top));
    }
  });
}

template <class Isa, typename T>
void SoftmaxCrossEntropyCpu<Isa, T>::Backward(const Threads& threads, int64_t rows, int64_t cols,
                                              const float* dlosses, const T* logits,
                                              const int32_t* labels, const float* weights,
                                              const float* statistics, T* dlogits) {
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
      const Vec of_label =
          (Exp((Load(z + labels[row], Tail{1}) - top) - log_sum) - Set(1.0f)) * factor;
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
