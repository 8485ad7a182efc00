// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// IEEE binary16 as the kernels see it: storage only, arithmetic is always float.
#ifndef FUSED_OPS_HALF_H_
#define FUSED_OPS_HALF_H_

#include "macros.h"

namespace fused_ops {

// Same size and bits as Eigen::half and CUDA's __half. Never does arithmetic.
struct Half {
  unsigned short bits;
};

// Numbering of element types in the C launchers of the CUDA kernels.
enum ElementType { kFloat32 = 0, kFloat16 = 1 };

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

}  // namespace fused_ops

#endif  // FUSED_OPS_HALF_H_
