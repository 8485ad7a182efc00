// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Sums over rows on the GPU (bias and LayerNorm parameter gradients): every block of threads adds
// its rows in order into one partial sum, then the partial sums are added in order. The same bits
// in every run on the same GPU.
#ifndef FUSED_OPS_REDUCTION_KERNELS_H_
#define FUSED_OPS_REDUCTION_KERNELS_H_

#include <stdint.h>

#include "macros.h"

namespace fused_ops {

static constexpr int kMaxSums = 4;

// Sums partials [sums, blocks, cols] over the blocks into out[sum] [cols], queued on `stream`.
void LaunchSumPartials(void* stream, int sums, int64_t blocks, int64_t cols, const float* partials,
                       float* const (&out)[kMaxSums]);

}  // namespace fused_ops

extern "C" {

// How many partial sums over `rows` rows the kernels make on the current device, at most: enough
// blocks to fill it, at least one.
FUSED_OPS_EXPORT int64_t fused_reduction_blocks_cuda(int64_t rows);
}

#endif  // FUSED_OPS_REDUCTION_KERNELS_H_
