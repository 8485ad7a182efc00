// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Embedding on the GPU. Lookup, LayerNorm and dropout are laid out as in layer_norm_kernels.cu; for
// the tables' gradients see table_gradient_kernels.cu.
#include "embedding_kernels.h"

#include "cuda_common.cuh"
#include "layer_norm_rows.cuh"
#include "layer_norm_warp_rows.cuh"
#include "reduction_kernels.h"

namespace fused_ops {
namespace {

// Element `col` of the sum of a token's rows.
__device__ __forceinline__ float LookUpAt(const EmbeddingInput& input, int64_t token, int64_t col) {
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = input.ids[k][token];
    if (id >= 0 && id < input.table_rows[k]) sum += input.tables[k][id * input.cols + col];
  }
  return sum;
}

// The packs of a token's rows in the tables, as loaded. For an id outside its table row 0 is loaded
// and left out of the sum; of a table without rows nothing is.
struct TablePacks {
  Columns<float, kPack> pack[kEmbeddingTables];
  bool inside[kEmbeddingTables];
};
__device__ __forceinline__ void LoadTables(const EmbeddingInput& input, int64_t token, int col,
                                           TablePacks* packs) {
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = input.ids[k][token];
    packs->inside[k] = id >= 0 && id < input.table_rows[k];
    if (input.table_rows[k] == 0) continue;
    packs->pack[k].Load(input.tables[k] + (packs->inside[k] ? id : 0) * input.cols + col);
  }
}
__device__ __forceinline__ void SumTables(const TablePacks& packs, float (&z)[kPack]) {
  Clear(z);
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    if (!packs.inside[k]) continue;
    float row[kPack];
    packs.pack[k].ToFloats(row);
#pragma unroll
    for (int j = 0; j < kPack; ++j) z[j] += row[j];
  }
}

// Multiplies eight columns, from `col` on, by the dropout mask and its scale.
__device__ __forceinline__ void DropPack(const Dropout& dropout, int64_t row, int64_t cols,
                                         int64_t col, float (&x)[kPack]) {
  if (dropout.threshold == 0) return;
  const uint32_t keep = DropoutKeepBits(dropout, row * DropoutGroupsPerRow(cols) + col / kPack);
#pragma unroll
  for (int j = 0; j < kPack; ++j) x[j] = keep >> j & 1u ? x[j] * dropout.scale : 0.0f;
}

__device__ __forceinline__ float DropAt(const Dropout& dropout, int64_t row, int64_t cols,
                                        int64_t col, float x) {
  if (dropout.threshold == 0) return x;
  const uint32_t keep = DropoutKeepBits(dropout, row * DropoutGroupsPerRow(cols) + col / kPack);
  return keep >> (col % kPack) & 1u ? x * dropout.scale : 0.0f;
}

static constexpr int kTokensAtOnce = 2;

template <int kPacks>
__device__ __forceinline__ void LookUp(const EmbeddingInput& input, int64_t token, int lane,
                                       float (&z)[kPacks][kPack]) {
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = input.ids[k][token];
    const bool inside = id >= 0 && id < input.table_rows[k];  // the same in the whole warp
    ForPacks<kPacks>(static_cast<int>(input.cols), lane, [&](int p, int col) {
      float row[kPack] = {};
      if (inside) LoadPack(input.tables[k] + id * input.cols + col, row);
#pragma unroll
      for (int j = 0; j < kPack; ++j) z[p][j] = k == 0 ? row[j] : z[p][j] + row[j];
    });
  }
}

template <typename T, int kPacks>
__global__ void __launch_bounds__(kWarpRowThreads)
    EmbeddingForward(EmbeddingInput input, Dropout dropout, float epsilon, const float* gamma,
                     const float* beta, T* y, float* mean_out, float* rstd_out) {
  const int lane = threadIdx.x % kWarp, cols = static_cast<int>(input.cols);
  const int64_t token = static_cast<int64_t>(blockIdx.x) * kWarpsPerBlock + threadIdx.x / kWarp;
  if (token >= input.tokens)
    return;  // the whole warp; there is no block-wide barrier in this kernel
  float z[kPacks][kPack];
  LookUp<kPacks>(input, token, lane, z);
  float mean, rstd;
  WarpStatistics<kPacks>(z, cols, lane, epsilon, &mean, &rstd);
  ForPacks<kPacks>(cols, lane, [&](int p, int col) {
    float g[kPack], b[kPack];
    LoadPack(gamma + col, g);
    LoadPack(beta + col, b);
#pragma unroll
    for (int j = 0; j < kPack; ++j) z[p][j] = (z[p][j] - mean) * rstd * g[j] + b[j];
    DropPack(dropout, token, cols, col, z[p]);
    StorePack(y + token * cols + col, z[p]);
  });
  if (lane == 0) {
    mean_out[token] = mean;
    rstd_out[token] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kMaxRowThreads, 2)
    EmbeddingBackward(EmbeddingInput input, Dropout dropout, const T* dy, const float* gamma,
                      const float* mean, const float* rstd, float* dz, float* partials) {
  constexpr int kRows = kTokensAtOnce;
  __shared__ RowScratch<2 * kRows> scratch;
  const int cols = static_cast<int>(input.cols);
  const RowPlace place = PlaceInRow(cols);
  float g[kPack], dgamma[kPack] = {}, dbeta[kPack] = {};
  LoadColumns(gamma + place.col, g);
  int turn = 0;
  for (int64_t token = static_cast<int64_t>(blockIdx.x) * kRows; token < input.tokens;
       token += static_cast<int64_t>(gridDim.x) * kRows, turn ^= 1) {
    TablePacks packs[kRows];
    Columns<T, kPack> dy_loaded[kRows];
    float row_mean[kRows], row_rstd[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int64_t from = RowOrLast(token, r, input.tokens);
      row_mean[r] = mean[from];
      row_rstd[r] = rstd[from];
      dy_loaded[r].Load(dy + from * cols + place.col);
      LoadTables(input, from, place.col, &packs[r]);
    }
    float normal[kRows][kPack], gradient[kRows][kPack];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      SumTables(packs[r], normal[r]);
      dy_loaded[r].ToFloats(gradient[r]);
      DropPack(dropout, token + r, cols, place.col, gradient[r]);
      if (!place.inside || token + r >= input.tokens) Clear(gradient[r]);
#pragma unroll
      for (int j = 0; j < kPack; ++j) normal[r][j] = (normal[r][j] - row_mean[r]) * row_rstd[r];
    }
    NormalisedGradient<kRows>(normal, gradient, cols, row_rstd, g, turn, &scratch, dgamma, dbeta);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (!place.inside || token + r >= input.tokens) continue;
      StoreColumns(dz + (token + r) * cols + place.col, gradient[r]);
    }
  }
  if (!place.inside) return;
  StoreColumns(partials + static_cast<int64_t>(blockIdx.x) * cols + place.col, dgamma);
  StoreColumns(partials + static_cast<int64_t>(gridDim.x + blockIdx.x) * cols + place.col, dbeta);
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    EmbeddingForwardGeneral(EmbeddingInput input, Dropout dropout, float epsilon,
                            const float* gamma, const float* beta, T* y, float* mean_out,
                            float* rstd_out) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t token = blockIdx.x, cols = input.cols;
  float sum = 0.0f, squares = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) sum += LookUpAt(input, token, i);
  const float mean = BlockSum<kGeneralThreads>(sum, scratch) / cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float distance = LookUpAt(input, token, i) - mean;
    squares += distance * distance;
  }
  const float rstd = rsqrtf(BlockSum<kGeneralThreads>(squares, scratch) / cols + epsilon);
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float normal = (LookUpAt(input, token, i) - mean) * rstd;
    y[token * cols + i] =
        FromFloat<T>(DropAt(dropout, token, cols, i, normal * gamma[i] + beta[i]));
  }
  if (threadIdx.x == 0) {
    mean_out[token] = mean;
    rstd_out[token] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    EmbeddingBackwardGeneral(EmbeddingInput input, Dropout dropout, const T* dy, const float* gamma,
                             const float* mean, const float* rstd, float* dz, float* partials) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t cols = input.cols;
  float* dgamma = partials + static_cast<int64_t>(blockIdx.x) * cols;
  float* dbeta = partials + static_cast<int64_t>(gridDim.x + blockIdx.x) * cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) dgamma[i] = dbeta[i] = 0.0f;
  const int64_t last = ChunkBegin(blockIdx.x + 1, gridDim.x, input.tokens);
  for (int64_t token = ChunkBegin(blockIdx.x, gridDim.x, input.tokens); token < last; ++token) {
    float g_sum = 0.0f, gn_sum = 0.0f;
    for (int64_t i = threadIdx.x; i < cols;
         i += kGeneralThreads) {  // a column belongs to one thread throughout
      const float gradient = DropAt(dropout, token, cols, i, ToFloat(dy[token * cols + i]));
      const float normal = (LookUpAt(input, token, i) - mean[token]) * rstd[token];
      dgamma[i] += gradient * normal;
      dbeta[i] += gradient;
      g_sum += gradient * gamma[i];
      gn_sum += gradient * gamma[i] * normal;
    }
    const float g_mean = BlockSum<kGeneralThreads>(g_sum, scratch) / cols;
    const float gn_mean = BlockSum<kGeneralThreads>(gn_sum, scratch) / cols;
    for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
      const float gradient = DropAt(dropout, token, cols, i, ToFloat(dy[token * cols + i]));
      const float normal = (LookUpAt(input, token, i) - mean[token]) * rstd[token];
      dz[token * cols + i] = rstd[token] * (gradient * gamma[i] - g_mean - normal * gn_mean);
    }
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

static bool TablesFitPacks(const EmbeddingInput& input, int64_t most_cols) {
  return input.cols <= most_cols &&
         PacksFit(input.cols, input.tables[0], input.tables[1], input.tables[2]);
}

extern "C" const char* fused_embedding_forward_cuda(void* stream, int type,
                                                    const EmbeddingInput& input,
                                                    const Dropout& dropout, float epsilon,
                                                    const float* gamma, const float* beta, void* y,
                                                    float* mean, float* rstd) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (input.tokens == 0) return nullptr;
  FUSED_SWITCH_TYPE(type, {
    if (TablesFitPacks(input, kMaxWarpRowCols) && PacksFit(input.cols, gamma, beta, y)) {
      FUSED_SWITCH_PACKS(input.cols, {
        FUSED_LAUNCH((EmbeddingForward<T, kPacks>), WarpRowBlocks(input.tokens), kWarpRowThreads, 0,
                     stream, input, dropout, epsilon, gamma, beta, static_cast<T*>(y), mean, rstd);
      });
    } else {
      FUSED_LAUNCH((EmbeddingForwardGeneral<T>), static_cast<unsigned>(input.tokens),
                   kGeneralThreads, 0, stream, input, dropout, epsilon, gamma, beta,
                   static_cast<T*>(y), mean, rstd);
    }
  });
  return LaunchError();
}

extern "C" const char* fused_embedding_backward_cuda(void* stream, int type,
                                                     const EmbeddingInput& input,
                                                     const Dropout& dropout, const void* dy,
                                                     const float* gamma, const float* mean,
                                                     const float* rstd, float* dz, float* dgamma,
                                                     float* dbeta, float* partials) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t blocks = fused_reduction_blocks_cuda(input.tokens), cols = input.cols;
  const unsigned grid = static_cast<unsigned>(blocks);
  FUSED_SWITCH_TYPE(type, {
    if (TablesFitPacks(input, kMaxRegisterCols) && PacksFit(cols, gamma, dy, dz, partials)) {
      FUSED_LAUNCH((EmbeddingBackward<T>), grid, RowThreads(cols), 0, stream, input, dropout,
                   static_cast<const T*>(dy), gamma, mean, rstd, dz, partials);
    } else {
      FUSED_LAUNCH((EmbeddingBackwardGeneral<T>), grid, kGeneralThreads, 0, stream, input, dropout,
                   static_cast<const T*>(dy), gamma, mean, rstd, dz, partials);
    }
  });
  LaunchSumPartials(stream, 2, blocks, cols, partials, {dgamma, dbeta, nullptr});
  return LaunchError();
}
