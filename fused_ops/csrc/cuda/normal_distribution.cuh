// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The standard normal distribution in about twelve instructions (CUDA's normcdff takes sixty, which
// bounds a GELU in 16-bit types by arithmetic instead of memory).
#ifndef FUSED_OPS_NORMAL_DISTRIBUTION_CUH_
#define FUSED_OPS_NORMAL_DISTRIBUTION_CUH_

#include "cuda_common.cuh"

namespace fused_ops {

// For a standard normal Z: upper tail P(Z > |z|) and exp(-z^2 / 2).
struct NormalTail {
  float tail, kernel;
};

// The tail is exp(-z^2 / 2) times a polynomial of degree 7 in t = 1 / (1 + 0.24 |z|), the least
// maximum of its error weighted with max(exp(-z^2 / 2), 2e-4). The polynomial's own error: at most
// 7e-10 absolute and 1.1e-4 of the tail for |z| <= 14, a quarter of half's rounding step there. In
// float, rounding and the two instructions above bring gelu and its derivative to at most 3e-7
// max(1, |z|) of absolute error (check_bias_gelu.cu holds this and the plain formula's error beside
// it). Infinity gives 0, NaN stays.
__device__ __forceinline__ NormalTail NormalTailOf(float z) {
  const float t = FastReciprocal(fmaf(0.24f, fabsf(z), 1.0f));
  float p = -0.1290105174f;
  p = fmaf(p, t, 0.5776619759f);
  p = fmaf(p, t, -0.7040087236f);
  p = fmaf(p, t, 0.7059782753f);
  p = fmaf(p, t, -0.2206422789f);
  p = fmaf(p, t, 0.1884459050f);
  p = fmaf(p, t, 0.0805267220f);
  p = fmaf(p, t, 0.0010486421f);
  NormalTail n;
  n.kernel = FastExp2(z * z * -0.7213475204f);  // log2(e) / 2
  n.tail = n.kernel * p;
  return n;
}

// z P(Z <= z): for negative z without the cancellation of 1 + erf. The bound is for infinity.
__device__ __forceinline__ float Gelu(float z) {
  return fmaf(-fminf(fabsf(z), 3e38f), NormalTailOf(z).tail, fmaxf(z, 0.0f));
}

// P(Z <= z) + z times the density at z.
__device__ __forceinline__ float GeluDerivative(float z) {
  const NormalTail n = NormalTailOf(z);
  return fmaf(z, 0.3989422804f * n.kernel, z < 0.0f ? n.tail : 1.0f - n.tail);
}

}  // namespace fused_ops

#endif  // FUSED_OPS_NORMAL_DISTRIBUTION_CUH_
