// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Pieces of the LayerNorm kernels. A row is spread over a warp: lane l holds packs l, l + 32, ...
// of eight columns in registers, so that it is read from memory once. kPacks packs a lane cover
// rows of up to kPacks * 256 columns.
#ifndef FUSED_OPS_LAYER_NORM_ROWS_CUH_
#define FUSED_OPS_LAYER_NORM_ROWS_CUH_

#include "cuda_common.cuh"

namespace fused_ops {

static constexpr int kWarpsPerBlock = 4;
static constexpr int kRowThreads = kWarpsPerBlock * kWarp;
static constexpr int kGeneralThreads = 256;  // of the kernels that work on a row with a whole block
static constexpr int kMaxRegisterCols = 4 * kWarp * kPack;

// Calls f(p, col) for the packs of this lane that lie in the row; `col` is a pack's first column.
template <int kPacks, typename F>
__device__ __forceinline__ void ForPacks(int cols, int lane, F f) {
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int col = (p * kWarp + lane) * kPack;
    if (col < cols) f(p, col);
  }
}

// Mean and rstd of the row held in `x` by the warp, in every lane.
template <int kPacks>
__device__ __forceinline__ void WarpStatistics(const float (&x)[kPacks][kPack], int cols, int lane,
                                               float epsilon, float* mean, float* rstd) {
  float sum = 0.0f;
  ForPacks<kPacks>(cols, lane, [&](int p, int) {
#pragma unroll
    for (int j = 0; j < kPack; ++j) sum += x[p][j];
  });
  const float centre = WarpSum(sum) / cols;
  float squares = 0.0f;
  ForPacks<kPacks>(cols, lane, [&](int p, int) {
#pragma unroll
    for (int j = 0; j < kPack; ++j) squares += (x[p][j] - centre) * (x[p][j] - centre);
  });
  *mean = centre;
  *rstd = rsqrtf(WarpSum(squares) / cols + epsilon);
}

// y = (x - mean) * rstd * gamma + beta for the row in registers.
template <int kPacks, typename T>
__device__ __forceinline__ void StoreNormalised(const float (&x)[kPacks][kPack], int cols, int lane,
                                                float mean, float rstd, const float* gamma,
                                                const float* beta, T* y) {
  ForPacks<kPacks>(cols, lane, [&](int p, int col) {
    float g[kPack], b[kPack], out[kPack];
    LoadColumns(gamma + col, g);
    LoadColumns(beta + col, b);
#pragma unroll
    for (int j = 0; j < kPack; ++j) out[j] = (x[p][j] - mean) * rstd * g[j] + b[j];
    StoreColumns(y + col, out);
  });
}

// Turns `normal` (the normalised row) and dy into the gradient of the row, left in `dy`:
// rstd * (g - mean(g) - normal * mean(g * normal)), g = dy * gamma. Adds to dgamma and dbeta.
template <int kPacks>
__device__ __forceinline__ void NormalisedGradient(const float (&normal)[kPacks][kPack],
                                                   float (&dy)[kPacks][kPack], int cols, int lane,
                                                   float rstd, const float* gamma,
                                                   float (&dgamma)[kPacks][kPack],
                                                   float (&dbeta)[kPacks][kPack]) {
  float g_sum = 0.0f, gn_sum = 0.0f;
  ForPacks<kPacks>(cols, lane, [&](int p, int col) {
    float g[kPack];
    LoadColumns(gamma + col, g);
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      dgamma[p][j] += dy[p][j] * normal[p][j];
      dbeta[p][j] += dy[p][j];
      dy[p][j] *= g[j];
      g_sum += dy[p][j];
      gn_sum += dy[p][j] * normal[p][j];
    }
  });
  const float g_mean = WarpSum(g_sum) / cols, gn_mean = WarpSum(gn_sum) / cols;
  ForPacks<kPacks>(cols, lane, [&](int p, int) {
#pragma unroll
    for (int j = 0; j < kPack; ++j) dy[p][j] = rstd * (dy[p][j] - g_mean - normal[p][j] * gn_mean);
  });
}

// Adds the warps' column sums and stores the block's partial sum [cols]. `shared` [kWarpsPerBlock,
// cols] floats. Every thread of the block must call it.
template <int kPacks>
__device__ __forceinline__ void StoreBlockSum(const float (&sum)[kPacks][kPack], int cols,
                                              float* shared, float* partial) {
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  __syncthreads();  // what an earlier call left has been read
  ForPacks<kPacks>(cols, lane,
                   [&](int p, int col) { StoreColumns(shared + warp * cols + col, sum[p]); });
  __syncthreads();
  for (int col = threadIdx.x; col < cols; col += kRowThreads) {
    float total = 0.0f;
#pragma unroll
    for (int w = 0; w < kWarpsPerBlock; ++w) total += shared[w * cols + col];
    partial[col] = total;
  }
}

// Launches Kernel<T, kPacks> with kPacks for this many columns (a multiple of 8, at most
// kMaxRegisterCols).
#define FUSED_SWITCH_PACKS(cols, ...)                                     \
  do {                                                                    \
    const int64_t packs = ((cols) + kWarp * kPack - 1) / (kWarp * kPack); \
    if (packs <= 1) {                                                     \
      constexpr int kPacks = 1;                                           \
      __VA_ARGS__                                                         \
    } else if (packs == 2) {                                              \
      constexpr int kPacks = 2;                                           \
      __VA_ARGS__                                                         \
    } else if (packs == 3) {                                              \
      constexpr int kPacks = 3;                                           \
      __VA_ARGS__                                                         \
    } else {                                                              \
      constexpr int kPacks = 4;                                           \
      __VA_ARGS__                                                         \
    }                                                                     \
  } while (0)

}  // namespace fused_ops

#endif  // FUSED_OPS_LAYER_NORM_ROWS_CUH_
