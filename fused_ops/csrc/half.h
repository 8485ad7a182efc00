// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The 16-bit types as the kernels see them: storage only, arithmetic is always float.
#ifndef FUSED_OPS_HALF_H_
#define FUSED_OPS_HALF_H_

#include "macros.h"

namespace fused_ops {

// Same size and bits as Eigen::half and CUDA's __half. Never does arithmetic.
struct Half {
  unsigned short bits;
};

// bfloat16, the upper half of a float: same size and bits as TensorFlow's and CUDA's. CUDA kernels
// only, on devices of compute capability 8.0 and later.
struct BFloat16 {
  unsigned short bits;
};

// Numbering of element types in the C launchers of the CUDA kernels.
enum ElementType { kFloat32 = 0, kFloat16 = 1, kBFloat16 = 2 };

template <typename T>
struct ElementTypeOf;
template <>
struct ElementTypeOf<float> {
  static constexpr int kValue = kFloat32;
};
template <>
struct ElementTypeOf<Half> {
  static constexpr int kValue = kFloat16;
};
template <>
struct ElementTypeOf<BFloat16> {
  static constexpr int kValue = kBFloat16;
};

}  // namespace fused_ops

#endif  // FUSED_OPS_HALF_H_
