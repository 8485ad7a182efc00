// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "reduction_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

// A block adds 32 columns: thread row r the partial sums r, r + 32, ...; then the rows are added.
static constexpr int kSumRows = 32;

struct SumOutputs {
  float* to[kMaxSums];
};

template <int kUnused>
__global__ void __launch_bounds__(kSumRows* kWarp)
    SumPartials(int64_t blocks, int64_t cols, const float* partials, SumOutputs out) {
  __shared__ float sums[kSumRows][kWarp];
  const int lane = threadIdx.x % kWarp, row = threadIdx.x / kWarp;
  const int64_t col = static_cast<int64_t>(blockIdx.x) * kWarp + lane;
  float sum = 0.0f;
  if (col < cols) {
    const float* from = partials + static_cast<int64_t>(blockIdx.y) * blocks * cols + col;
#pragma unroll 8
    for (int64_t block = row; block < blocks; block += kSumRows) sum += from[block * cols];
  }
  sums[row][lane] = sum;
  __syncthreads();
  if (row == 0 && col < cols) {
#pragma unroll
    for (int r = 1; r < kSumRows; ++r) sum += sums[r][lane];
    float* to = out.to[0];  // no indexing by a variable: that would copy the structure
    if (blockIdx.y == 1) to = out.to[1];
    if (blockIdx.y == 2) to = out.to[2];
    if (blockIdx.y == 3) to = out.to[3];
    to[col] = sum;
  }
}

}  // namespace

void LaunchSumPartials(void* stream, int sums, int64_t blocks, int64_t cols, const float* partials,
                       float* const (&out)[kMaxSums]) {
  const SumOutputs outputs = {{out[0], out[1], out[2], out[3]}};
  const dim3 grid(static_cast<unsigned>((cols + kWarp - 1) / kWarp), static_cast<unsigned>(sums));
  FUSED_LAUNCH((SumPartials<0>), grid, kSumRows * kWarp, 0, stream, blocks, cols, partials,
               outputs);
}

}  // namespace fused_ops

using namespace fused_ops;

extern "C" int64_t fused_reduction_blocks_cuda(int64_t rows) {
  const int64_t kRowsPerBlock = 4, kBlocksPerMultiprocessor = 4;
  const int64_t most = Multiprocessors() * kBlocksPerMultiprocessor;
  const int64_t blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
  return blocks < 1 ? 1 : (blocks > most ? most : blocks);
}
