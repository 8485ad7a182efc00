// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Removing and restoring padding: both are one gather of rows, y[m] = x[index[m]], or 0 where
// index[m] is -1.
//
// Packing takes the indices of the real tokens; unpacking, and the gradient of packing, the inverse
// map.
#ifndef FUSED_OPS_PADDING_KERNELS_H_
#define FUSED_OPS_PADDING_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

template <class Isa, typename T>
struct GatherTokensCpu {
  // x [x_rows, cols], index [y_rows] in [-1, x_rows), y [y_rows, cols].
  static void Gather(const Threads& threads, int64_t x_rows, int64_t y_rows, int64_t cols,
                     const T* x, const int32_t* index, T* y);
};

}  // namespace fused_ops

extern "C" {

// CUDA: the same on device pointers, queued on `stream` (a cudaStream_t). `type` is an ElementType
// and names T of the void pointers. An index outside [-1, x_rows) gives zeros. Returns null, or the
// text of the launch error.
FUSED_OPS_EXPORT const char* fused_gather_tokens_cuda(void* stream, int type, int64_t x_rows,
                                                      int64_t y_rows, int64_t cols, const void* x,
                                                      const int32_t* index, void* y);
}

#endif  // FUSED_OPS_PADDING_KERNELS_H_
