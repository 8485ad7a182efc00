// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// One optimizer step of one variable in place: AdamW (Loshchilov and Hutter, arXiv:1711.05101,
// without bias correction) and LAMB (You et al., arXiv:1904.00962, algorithm 2, phi the identity).
//
//   g = gradient_scale * gradient;  m = beta_1 m + rest_1 g;  v = beta_2 v + rest_2 g^2
//   u = m m_correction / (sqrt(v v_correction) + epsilon) + weight_decay * parameter
//   parameter -= learning_rate * ratio * u
//
// ratio is 1, or with `adapts` |parameter| / |u| where both Euclidean norms are positive.
// gradient_scale takes out the loss scale and clips, in one. rest_1 and rest_2 are 1 - beta, handed
// over because the difference of floats would be off: 1 - 0.999 by 5e-5 of itself. gradient [size]
// is of T (float or Half); all else is float. size >= 0.
#ifndef FUSED_OPS_OPTIMIZER_UPDATE_KERNELS_H_
#define FUSED_OPS_OPTIMIZER_UPDATE_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

struct UpdateRule {
  float beta_1, rest_1, beta_2, rest_2, epsilon, weight_decay;
  bool adapts;
};

// One float each, where the variable is (device memory for CUDA); null corrections are 1.
struct UpdateScalars {
  const float *learning_rate, *gradient_scale, *m_correction, *v_correction;
};

// Norms are sums of squares over chunks of this many elements, added in order: the same for any
// number of threads.
static constexpr int64_t kNormChunk = 16384;
static inline int64_t NormChunks(int64_t size) { return (size + kNormChunk - 1) / kNormChunk; }

template <class Isa, typename T>
struct OptimizerUpdateCpu {
  // parameter, m, v [size]; partials [2, NormChunks(size)] is scratch where the rule adapts, else
  // not looked at.
  static void Update(const Threads& threads, int64_t size, const UpdateRule& rule,
                     const UpdateScalars& scalars, const T* gradient, float* parameter, float* m,
                     float* v, float* partials);
};

}  // namespace fused_ops

// CUDA: the same on device pointers (the rule and the scalars' addresses are read on the host),
// queued on `stream`; `type` names T. partials [2, fused_norm_blocks_cuda(size)] floats. Returns
// null, or the text of the launch error.
extern "C" {

// How many blocks add squares, on the current device: at most what it runs at once.
FUSED_OPS_EXPORT int64_t fused_norm_blocks_cuda(int64_t size);

FUSED_OPS_EXPORT const char* fused_optimizer_update_cuda(void* stream, int type, int64_t size,
                                                         const fused_ops::UpdateRule& rule,
                                                         const fused_ops::UpdateScalars& scalars,
                                                         const void* gradient, float* parameter,
                                                         float* m, float* v, float* partials);
}

#endif  // FUSED_OPS_OPTIMIZER_UPDATE_KERNELS_H_
