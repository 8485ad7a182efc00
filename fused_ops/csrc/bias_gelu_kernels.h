// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// y = gelu(x + bias), gelu(z) = z * P(Z <= z) for a standard normal Z: the exact (erf) form.
//
// T is float or Half; arithmetic and bias are float. rows >= 0, cols >= 1. y may be x, dx may be
// dy.
#ifndef FUSED_OPS_BIAS_GELU_KERNELS_H_
#define FUSED_OPS_BIAS_GELU_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

template <class Isa, typename T>
struct BiasGeluCpu {
  // x, y [rows, cols]; bias [cols].
  static void Forward(const Threads& threads, int64_t rows, int64_t cols, const T* x,
                      const float* bias, T* y);

  // dy, x, dx [rows, cols]; bias, dbias [cols]; partials [ReductionChunks(rows), cols] is scratch.
  static void Backward(const Threads& threads, int64_t rows, int64_t cols, const T* dy, const T* x,
                       const float* bias, T* dx, float* dbias, float* partials);
};

}  // namespace fused_ops

// CUDA: the same functions on device pointers, queued on `stream` (a cudaStream_t). `type` is an
// ElementType and names T of the void pointers. Return null, or the text of the launch error.
extern "C" {

FUSED_OPS_EXPORT const char* fused_bias_gelu_forward_cuda(void* stream, int type, int64_t rows,
                                                          int64_t cols, const void* x,
                                                          const float* bias, void* y);

// partials [fused_reduction_blocks_cuda(rows), cols] floats is scratch.
FUSED_OPS_EXPORT const char* fused_bias_gelu_backward_cuda(void* stream, int type, int64_t rows,
                                                           int64_t cols, const void* dy,
                                                           const void* x, const float* bias,
                                                           void* dx, float* dbias, float* partials);
}

#endif  // FUSED_OPS_BIAS_GELU_KERNELS_H_
