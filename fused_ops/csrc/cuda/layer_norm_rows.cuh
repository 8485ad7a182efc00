// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Pieces of the backward kernels around a LayerNorm. A block works on a few rows at once, and a
// thread owns one pack of eight columns of all of them: parameters and their gradients stay in its
// registers, a row is read from memory once, and the loads of all the rows are under way before the
// first is used. One barrier a turn joins the warps' sums.
#ifndef FUSED_OPS_LAYER_NORM_ROWS_CUH_
#define FUSED_OPS_LAYER_NORM_ROWS_CUH_

#include "cuda_common.cuh"

namespace fused_ops {

static constexpr int kMaxRowThreads = 256;
static constexpr int kMaxRowWarps = kMaxRowThreads / kWarp;
static constexpr int kMaxRegisterCols = kMaxRowThreads * kPack;
static constexpr int kWarpCols = kWarp * kPack;
static constexpr int kGeneralThreads = 256;  // of the kernels that take rows of any length

// Rows at once, by which a thread has `kLoads` loads of packs under way in 32-bit types.
template <typename T, int kLoads>
struct RowsAtOnce {
  static constexpr int kValue = kLoads * (sizeof(T) == 2 ? 2 : 1);
};

// Threads for rows of this many columns, a multiple of eight.
static inline unsigned RowThreads(int64_t cols) {
  return static_cast<unsigned>((cols + kWarpCols - 1) / kWarpCols * kWarp);
}

// Where a thread works. Threads beyond the last column read the first pack and store nothing.
struct RowPlace {
  int col;
  bool inside;
};
__device__ __forceinline__ RowPlace PlaceInRow(int cols) {
  const int col = static_cast<int>(threadIdx.x) * kPack;
  RowPlace place = {col < cols ? col : 0, col < cols};
  return place;
}

// Row `row` + r, or the last one: turns at the end load it again instead of branching.
__device__ __forceinline__ int64_t RowOrLast(int64_t row, int r, int64_t rows) {
  return row + r < rows ? row + r : rows - 1;
}

__device__ __forceinline__ void Clear(float (&x)[kPack]) {
#pragma unroll
  for (int j = 0; j < kPack; ++j) x[j] = 0.0f;
}

// Adds kValues values (a power of 2) over the warp: the total of value i to the lanes
// [i, i + 1) * 32 / kValues. Each exchange halves the number of values a lane still adds.
template <int kValues>
__device__ __forceinline__ float WarpSums(const float (&values)[kValues]) {
  float sums[kValues];
#pragma unroll
  for (int i = 0; i < kValues; ++i) sums[i] = values[i];
#pragma unroll
  for (int width = kValues / 2; width > 0; width /= 2) {
    const int distance = kWarp / kValues * width;
    const bool upper = (threadIdx.x & distance) != 0;
#pragma unroll
    for (int i = 0; i < width; ++i) {
      const float kept = upper ? sums[i + width] : sums[i];
      const float sent = upper ? sums[i] : sums[i + width];
      sums[i] = kept + __shfl_xor_sync(kAllLanes, sent, distance);
    }
  }
#pragma unroll
  for (int distance = kWarp / kValues / 2; distance > 0; distance /= 2)
    sums[0] += __shfl_xor_sync(kAllLanes, sums[0], distance);
  return sums[0];
}

// Shared memory for sums over the block, twice: what a turn wrote is still read when the next one
// writes.
template <int kValues>
struct __align__(16) RowScratch {
  float value[2][kMaxRowWarps][kValues];
};

// Replaces each value by its total over the block. `turn` is 0 and 1 in alternation.
template <int kValues>
__device__ __forceinline__ void BlockSums(float (&values)[kValues], int turn,
                                          RowScratch<kValues>* scratch) {
  constexpr int kLanes = kWarp / kValues;
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  const float sum = WarpSums<kValues>(values);
  if (lane % kLanes == 0) scratch->value[turn][warp][lane / kLanes] = sum;
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kValues; ++i) values[i] = 0.0f;
  for (int w = 0; w < warps; ++w) {
#pragma unroll
    for (int i = 0; i < kValues; ++i) values[i] += scratch->value[turn][w][i];
  }
}

// From `normal` (normalised rows) and dy (both zeros beyond the last column and row): means, which
// are mean(g) and mean(g * normal) of each row, g = dy * gamma, left in `dy`. Adds to dgamma and
// dbeta.
template <int kRows>
__device__ __forceinline__ void GradientMeans(const float (&normal)[kRows][kPack],
                                              float (&dy)[kRows][kPack], int cols,
                                              const float (&gamma)[kPack], int turn,
                                              RowScratch<2 * kRows>* scratch,
                                              float (&dgamma)[kPack], float (&dbeta)[kPack],
                                              float (&means)[2 * kRows]) {
  float(&sums)[2 * kRows] = means;
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    sums[2 * r] = sums[2 * r + 1] = 0.0f;
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      dgamma[j] += dy[r][j] * normal[r][j];
      dbeta[j] += dy[r][j];
      dy[r][j] *= gamma[j];
      sums[2 * r] += dy[r][j];
      sums[2 * r + 1] += dy[r][j] * normal[r][j];
    }
  }
  BlockSums<2 * kRows>(sums, turn, scratch);
  const float inverse = 1.0f / static_cast<float>(cols);
#pragma unroll
  for (int i = 0; i < 2 * kRows; ++i) means[i] *= inverse;
}

// The rows' gradients in place of g in `dy`: rstd * (g - mean(g) - normal * mean(g * normal)).
template <int kRows>
__device__ __forceinline__ void SubtractMeans(const float (&normal)[kRows][kPack],
                                              const float (&rstd)[kRows],
                                              const float (&means)[2 * kRows],
                                              float (&dy)[kRows][kPack]) {
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      dy[r][j] = rstd[r] * (dy[r][j] - means[2 * r] - normal[r][j] * means[2 * r + 1]);
  }
}

// Both of these.
template <int kRows>
__device__ __forceinline__ void NormalisedGradient(const float (&normal)[kRows][kPack],
                                                   float (&dy)[kRows][kPack], int cols,
                                                   const float (&rstd)[kRows],
                                                   const float (&gamma)[kPack], int turn,
                                                   RowScratch<2 * kRows>* scratch,
                                                   float (&dgamma)[kPack], float (&dbeta)[kPack]) {
  float means[2 * kRows];
  GradientMeans<kRows>(normal, dy, cols, gamma, turn, scratch, dgamma, dbeta, means);
  SubtractMeans<kRows>(normal, rstd, means, dy);
}

}  // namespace fused_ops

#endif  // FUSED_OPS_LAYER_NORM_ROWS_CUH_
