// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Pieces of the forward kernels around a LayerNorm. A row is spread over a warp: lane l holds packs
// l, l + 32, ... of eight columns in registers, so that it is read from memory once. kPacks packs a
// lane cover rows of up to kPacks * 256 columns.
#ifndef FUSED_OPS_LAYER_NORM_WARP_ROWS_CUH_
#define FUSED_OPS_LAYER_NORM_WARP_ROWS_CUH_

#include "cuda_common.cuh"

namespace fused_ops {

static constexpr int kWarpsPerBlock = 4;
static constexpr int kWarpRowThreads = kWarpsPerBlock * kWarp;
static constexpr int kMaxWarpRowCols = 4 * kWarp * kPack;

// Packs from and to global memory, in the order that the compiler finds best: a warp a row needs
// few registers, so other warps hide the latency of a load.
template <typename T>
__device__ __forceinline__ void LoadPack(const T* from, float (&to)[kPack]) {
  const Pack<T> pack = *reinterpret_cast<const Pack<T>*>(from);
#pragma unroll
  for (int j = 0; j < kPack; ++j) to[j] = ToFloat(pack.value[j]);
}
template <typename T>
__device__ __forceinline__ void StorePack(T* to, const float (&from)[kPack]) {
  Pack<T> pack;
#pragma unroll
  for (int j = 0; j < kPack; ++j) pack.value[j] = FromFloat<T>(from[j]);
  *reinterpret_cast<Pack<T>*>(to) = pack;
}

// Blocks for these many rows.
static inline unsigned WarpRowBlocks(int64_t rows) {
  return static_cast<unsigned>((rows + kWarpsPerBlock - 1) / kWarpsPerBlock);
}

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
    LoadPack(gamma + col, g);
    LoadPack(beta + col, b);
#pragma unroll
    for (int j = 0; j < kPack; ++j) out[j] = (x[p][j] - mean) * rstd * g[j] + b[j];
    StorePack(y + col, out);
  });
}

// Launches Kernel<T, kPacks> with kPacks for this many columns (a multiple of 8, at most
// kMaxWarpRowCols).
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

#endif  // FUSED_OPS_LAYER_NORM_WARP_ROWS_CUH_
