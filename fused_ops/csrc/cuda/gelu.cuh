// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// GELU. For 16-bit types the normal distribution in about twelve instructions: CUDA's normcdff
// takes sixty, which bounds them by arithmetic instead of memory.
#ifndef FUSED_OPS_GELU_CUH_
#define FUSED_OPS_GELU_CUH_

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
// max(1, |z|) of absolute error (check_bias_gelu.cu). Infinity gives 0, NaN stays.
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

// GELU, z P(Z <= z), and its derivative, P(Z <= z) + z times the density at z, of a float z whose
// result is rounded to T. For 16-bit types by the tail above, for negative z without the
// cancellation of 1 + erf; the bound on |z| is for infinity.
template <typename T>
struct GeluOf {
  __device__ static __forceinline__ float Value(float z) {
    return fmaf(-fminf(fabsf(z), 3e38f), NormalTailOf(z).tail, fmaxf(z, 0.0f));
  }
  __device__ static __forceinline__ float Derivative(float z) {
    const NormalTail n = NormalTailOf(z);
    return fmaf(z, 0.3989422804f * n.kernel, z < 0.0f ? n.tail : 1.0f - n.tail);
  }
};
// In float memory is the bound all the same: 85 to 90 % of a copy on an H100 with these.
template <>
struct GeluOf<float> {
  __device__ static __forceinline__ float Value(float z) { return z * normcdff(z); }
  __device__ static __forceinline__ float Derivative(float z) {
    return normcdff(z) + z * (0.3989422804f * __expf(-0.5f * z * z));
  }
};

}  // namespace fused_ops

#endif  // FUSED_OPS_GELU_CUH_
