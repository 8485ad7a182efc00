// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Layer normalisation over the last dimension: y = (x - mean) * rstd * gamma + beta with
// rstd = 1 / sqrt(variance + epsilon), variance the mean of (x - mean)^2 (two passes, never E[x^2]
// - E[x]^2).
//
// T is float or Half; arithmetic, parameters and statistics are float. rows >= 0, cols >= 1. y may
// be x, dx may be dy.
#ifndef FUSED_OPS_LAYER_NORM_KERNELS_H_
#define FUSED_OPS_LAYER_NORM_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

template <class Isa, typename T>
struct LayerNormCpu {
  // x, y [rows, cols]; gamma, beta [cols]; mean, rstd [rows].
  static void Forward(const Threads& threads, int64_t rows, int64_t cols, float epsilon, const T* x,
                      const float* gamma, const float* beta, T* y, float* mean, float* rstd);

  // dy, x, dx [rows, cols]; dgamma, dbeta [cols]; partials [2, ReductionChunks(rows), cols] is
  // scratch.
  static void Backward(const Threads& threads, int64_t rows, int64_t cols, const T* dy, const T* x,
                       const float* gamma, const float* mean, const float* rstd, T* dx,
                       float* dgamma, float* dbeta, float* partials);
};

}  // namespace fused_ops

// CUDA: the same functions on device pointers, queued on `stream` (a cudaStream_t). `type` is an
// ElementType and names T of the void pointers. Return null, or the text of the launch error.
extern "C" {

FUSED_OPS_EXPORT const char* fused_layer_norm_forward_cuda(void* stream, int type, int64_t rows,
                                                           int64_t cols, float epsilon,
                                                           const void* x, const float* gamma,
                                                           const float* beta, void* y, float* mean,
                                                           float* rstd);

// partials [2, fused_reduction_blocks_cuda(rows), cols] floats is scratch.
FUSED_OPS_EXPORT const char* fused_layer_norm_backward_cuda(void* stream, int type, int64_t rows,
                                                            int64_t cols, const void* dy,
                                                            const void* x, const float* gamma,
                                                            const float* mean, const float* rstd,
                                                            void* dx, float* dgamma, float* dbeta,
                                                            float* partials);
}

#endif  // FUSED_OPS_LAYER_NORM_KERNELS_H_
