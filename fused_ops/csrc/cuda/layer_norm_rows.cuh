// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Pieces of the LayerNorm kernels. A block works on a few rows at once, and a thread owns one pack
// of eight columns of all of them: parameters and their gradients stay in its registers, a row is
// read from memory once, and the loads of all the rows are under way before the first is used. One
// barrier a turn joins the warps' sums.
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

// Blocks of a kernel that sums nothing over the rows: enough that none of a few waves is long.
static inline unsigned RowBlocks(int64_t rows, int rows_at_once) {
  const int64_t turns = (rows + rows_at_once - 1) / rows_at_once, most = Multiprocessors() * 32;
  return static_cast<unsigned>(turns < most ? turns : most);
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

// Mean and rstd of kRows rows, of which this thread holds `z` (zeros beyond the last column). Every
// warp takes squares around its own mean, then these are joined (Chan, Golub and LeVeque, 1979): as
// exact as two passes, with one barrier.
template <int kRows>
__device__ __forceinline__ void RowStatistics(const float (&z)[kRows][kPack], int cols, bool inside,
                                              float epsilon, int turn,
                                              RowScratch<2 * kRows>* scratch, float (&mean)[kRows],
                                              float (&rstd)[kRows]) {
  constexpr int kLanes = kWarp / kRows;
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  const int rest = cols - warp * kWarpCols, warp_cols = rest < kWarpCols ? rest : kWarpCols;
  float sums[kRows], squares[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    sums[r] = 0.0f;
#pragma unroll
    for (int j = 0; j < kPack; ++j) sums[r] += z[r][j];
  }
  const float centre = WarpSums<kRows>(sums) * (1.0f / static_cast<float>(warp_cols));
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float c = __shfl_sync(kAllLanes, centre, r * kLanes);
    squares[r] = 0.0f;
#pragma unroll
    for (int j = 0; j < kPack; ++j) squares[r] += (z[r][j] - c) * (z[r][j] - c);
    if (!inside) squares[r] = 0.0f;
  }
  const float square = WarpSums<kRows>(squares);
  if (lane % kLanes == 0) {
    scratch->value[turn][warp][lane / kLanes * 2] = centre;
    scratch->value[turn][warp][lane / kLanes * 2 + 1] = square;
  }
  __syncthreads();
  const float last_cols = static_cast<float>(cols - (warps - 1) * kWarpCols);
  const float inverse = 1.0f / static_cast<float>(cols);
#pragma unroll
  for (int r = 0; r < kRows; ++r) mean[r] = rstd[r] = 0.0f;
  for (int w = 0; w < warps; ++w) {
    const float n = w == warps - 1 ? last_cols : static_cast<float>(kWarpCols);
#pragma unroll
    for (int r = 0; r < kRows; ++r) mean[r] += n * inverse * scratch->value[turn][w][2 * r];
  }
  for (int w = 0; w < warps; ++w) {
    const float n = w == warps - 1 ? last_cols : static_cast<float>(kWarpCols);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const float distance = scratch->value[turn][w][2 * r] - mean[r];
      rstd[r] += scratch->value[turn][w][2 * r + 1] + n * distance * distance;
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) rstd[r] = rsqrtf(rstd[r] * inverse + epsilon);
}

// Thread 0 stores the statistics of the rows that exist.
template <int kRows>
__device__ __forceinline__ void StoreStatistics(const float (&mean)[kRows],
                                                const float (&rstd)[kRows], int64_t row,
                                                int64_t rows, float* mean_out, float* rstd_out) {
  if (threadIdx.x != 0) return;
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (row + r >= rows) continue;
    mean_out[row + r] = mean[r];
    rstd_out[row + r] = rstd[r];
  }
}

// Turns `normal` (normalised rows) and dy (both zeros beyond the last column and row) into the
// rows' gradients, left in `dy`: rstd * (g - mean(g) - normal * mean(g * normal)), g = dy * gamma.
// Adds to dgamma and dbeta.
template <int kRows>
__device__ __forceinline__ void NormalisedGradient(const float (&normal)[kRows][kPack],
                                                   float (&dy)[kRows][kPack], int cols,
                                                   const float (&rstd)[kRows],
                                                   const float (&gamma)[kPack], int turn,
                                                   RowScratch<2 * kRows>* scratch,
                                                   float (&dgamma)[kPack], float (&dbeta)[kPack]) {
  float sums[2 * kRows];
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
  for (int r = 0; r < kRows; ++r) {
    const float g_mean = sums[2 * r] * inverse, gn_mean = sums[2 * r + 1] * inverse;
#pragma unroll
    for (int j = 0; j < kPack; ++j)
      dy[r][j] = rstd[r] * (dy[r][j] - g_mean - normal[r][j] * gn_mean);
  }
}

}  // namespace fused_ops

#endif  // FUSED_OPS_LAYER_NORM_ROWS_CUH_
