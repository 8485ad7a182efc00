// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// loss of row r = weights[r] * -log(softmax(logits[r])[labels[r]]), without the probabilities:
// forward keeps two numbers a row, from which backward makes them again.
//
// logits, dlogits [rows, cols] of T (float or Half); labels, weights, losses, dlosses [rows];
// statistics [2, rows]: each row's largest logit, and the logarithm of the sum of exponentials
// relative to it (apart, large logits cost no accuracy). Arithmetic is float. rows >= 0, cols >= 1.
// dlogits may be logits.
//
// Rows of weight 0 are not read: loss, statistics and gradient are 0, whatever their logits are.
#ifndef FUSED_OPS_SOFTMAX_CROSS_ENTROPY_KERNELS_H_
#define FUSED_OPS_SOFTMAX_CROSS_ENTROPY_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

// Labels must be in [0, cols).
template <class Isa, typename T>
struct SoftmaxCrossEntropyCpu {
  static void Forward(const Threads& threads, int64_t rows, int64_t cols, const T* logits,
                      const int32_t* labels, const float* weights, float* losses,
                      float* statistics);

  static void Backward(const Threads& threads, int64_t rows, int64_t cols, const float* dlosses,
                       const T* logits, const int32_t* labels, const float* weights,
                       const float* statistics, T* dlogits);
};

}  // namespace fused_ops

// CUDA: the same functions on device pointers, queued on `stream`; `type` names T. A row whose
// label is outside [0, cols) gets NaN as its loss and its gradient. Return null, or the text of the
// launch error.
extern "C" {

FUSED_OPS_EXPORT const char* fused_softmax_cross_entropy_forward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const void* logits, const int32_t* labels,
    const float* weights, float* losses, float* statistics);

FUSED_OPS_EXPORT const char* fused_softmax_cross_entropy_backward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const float* dlosses, const void* logits,
    const int32_t* labels, const float* weights, const float* statistics, void* dlogits);
}

#endif  // FUSED_OPS_SOFTMAX_CROSS_ENTROPY_KERNELS_H_
