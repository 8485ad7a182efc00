// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// y = LayerNorm(z), z = residual + dropout(x + bias): the end of both halves of a post-norm
// transformer layer.
//
// T is float or Half; arithmetic, parameters and statistics are float; z is not rounded to T. The
// mask is that of dropout.h for a [rows, cols] tensor. rows >= 0, cols >= 1. y may be x or
// residual; dx and dresidual may each be dy, x or residual.
#ifndef FUSED_OPS_BIAS_DROPOUT_RESIDUAL_LAYER_NORM_KERNELS_H_
#define FUSED_OPS_BIAS_DROPOUT_RESIDUAL_LAYER_NORM_KERNELS_H_

#include "dropout.h"
#include "half.h"
#include "parallel.h"

namespace fused_ops {

template <class Isa, typename T>
struct BiasDropoutResidualLayerNormCpu {
  // x, residual, y [rows, cols]; bias, gamma, beta [cols]; mean, rstd [rows] of z.
  static void Forward(const Threads& threads, int64_t rows, int64_t cols, const Dropout& dropout,
                      float epsilon, const T* x, const float* bias, const T* residual,
                      const float* gamma, const float* beta, T* y, float* mean, float* rstd);

  // dy, x, residual, dx, dresidual [rows, cols]; bias, gamma, dbias, dgamma, dbeta [cols]; mean,
  // rstd [rows]; partials [3, ReductionChunks(rows), cols] is scratch.
  static void Backward(const Threads& threads, int64_t rows, int64_t cols, const Dropout& dropout,
                       const T* dy, const T* x, const float* bias, const T* residual,
                       const float* gamma, const float* mean, const float* rstd, T* dx,
                       float* dbias, T* dresidual, float* dgamma, float* dbeta, float* partials);
};

}  // namespace fused_ops

// CUDA: the same functions on device pointers, queued on `stream` (a cudaStream_t). `type` is an
// ElementType and names T of the void pointers. Return null, or the text of the launch error.
extern "C" {

FUSED_OPS_EXPORT const char* fused_bias_dropout_residual_layer_norm_forward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const fused_ops::Dropout& dropout,
    float epsilon, const void* x, const float* bias, const void* residual, const float* gamma,
    const float* beta, void* y, float* mean, float* rstd);

// partials [3, fused_reduction_blocks_cuda(rows), cols] floats is scratch.
FUSED_OPS_EXPORT const char* fused_bias_dropout_residual_layer_norm_backward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const fused_ops::Dropout& dropout,
    const void* dy, const void* x, const float* bias, const void* residual, const float* gamma,
    const float* mean, const float* rstd, void* dx, float* dbias, void* dresidual, float* dgamma,
    float* dbeta, float* partials);
}

#endif  // FUSED_OPS_BIAS_DROPOUT_RESIDUAL_LAYER_NORM_KERNELS_H_
