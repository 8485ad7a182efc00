// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// LayerNorm(residual + dropout(x + bias)) on the GPU, laid out as layer_norm_kernels.cu. The mask
// is drawn again in backward.
#include "bias_dropout_residual_layer_norm_kernels.h"

#include "cuda_common.cuh"
#include "layer_norm_rows.cuh"
#include "layer_norm_warp_rows.cuh"
#include "reduction_kernels.h"

namespace fused_ops {
namespace {

// z = residual + dropout(x + bias) of a pack. Bit j of the result: is element j kept.
template <typename T>
__device__ __forceinline__ uint32_t SumPack(const Dropout& dropout, int64_t row, int cols, int col,
                                            const Columns<T, kPack>& x,
                                            const Columns<T, kPack>& residual,
                                            const float (&bias)[kPack], float (&z)[kPack]) {
  uint32_t keep = 0xffu;
  if (dropout.threshold != 0) {
    keep = DropoutKeepBits(dropout, row * DropoutGroupsPerRow(cols) + col / kPack);
  }
  float added[kPack];
  x.ToFloats(added);
  residual.ToFloats(z);
#pragma unroll
  for (int j = 0; j < kPack; ++j)
    z[j] += keep >> j & 1u ? (added[j] + bias[j]) * dropout.scale : 0.0f;
  return keep;
}

// z = residual + dropout(x + bias) of the row at x and residual, into registers.
template <typename T, int kPacks>
__device__ __forceinline__ void LoadSum(const Dropout& dropout, int64_t row, int cols, int lane,
                                        const T* x, const float* bias, const T* residual,
                                        float (&z)[kPacks][kPack]) {
  uint32_t keep = 0xffffffffu;
  if (dropout.threshold != 0) {
    keep = 0;
    ForPacks<kPacks>(cols, lane, [&](int p, int col) {
      keep |= DropoutKeepBits(dropout, row * DropoutGroupsPerRow(cols) + col / kPack)
              << (kPack * p);
    });
  }
  ForPacks<kPacks>(cols, lane, [&](int p, int col) {
    float added[kPack], b[kPack];
    LoadPack(x + row * cols + col, added);
    LoadPack(bias + col, b);
    LoadPack(residual + row * cols + col, z[p]);
#pragma unroll
    for (int j = 0; j < kPack; ++j) {
      if (keep >> (kPack * p + j) & 1u) z[p][j] += (added[j] + b[j]) * dropout.scale;
    }
  });
}

template <typename T, int kPacks>
__global__ void __launch_bounds__(kWarpRowThreads)
    ResidualForward(int64_t rows, int cols, Dropout dropout, float epsilon, const T* x,
                    const float* bias, const T* residual, const float* gamma, const float* beta,
                    T* y, float* mean_out, float* rstd_out) {
  const int lane = threadIdx.x % kWarp;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarpsPerBlock + threadIdx.x / kWarp;
  if (row >= rows) return;  // the whole warp; there is no block-wide barrier in this kernel
  float z[kPacks][kPack];
  LoadSum<T, kPacks>(dropout, row, cols, lane, x, bias, residual, z);
  float mean, rstd;
  WarpStatistics<kPacks>(z, cols, lane, epsilon, &mean, &rstd);
  StoreNormalised<kPacks>(z, cols, lane, mean, rstd, gamma, beta, y + row * cols);
  if (lane == 0) {
    mean_out[row] = mean;
    rstd_out[row] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kMaxRowThreads, 2)
    ResidualBackward(int64_t rows, int cols, Dropout dropout, const T* dy, const T* x,
                     const float* bias, const T* residual, const float* gamma, const float* mean,
                     const float* rstd, T* dx, T* dresidual, float* partials) {
  constexpr int kRows = RowsAtOnce<T, 1>::kValue;
  __shared__ RowScratch<2 * kRows> scratch;
  const RowPlace place = PlaceInRow(cols);
  float added[kPack], g[kPack], dgamma[kPack] = {}, dbeta[kPack] = {}, dbias[kPack] = {};
  LoadColumns(bias + place.col, added);
  LoadColumns(gamma + place.col, g);
  int turn = 0;
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kRows; row < rows;
       row += static_cast<int64_t>(gridDim.x) * kRows, turn ^= 1) {
    Columns<T, kPack> x_loaded[kRows], residual_loaded[kRows], dy_loaded[kRows];
    float row_mean[kRows], row_rstd[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int64_t from = RowOrLast(row, r, rows);
      row_mean[r] = mean[from];
      row_rstd[r] = rstd[from];
      x_loaded[r].Load(x + from * cols + place.col);
      residual_loaded[r].Load(residual + from * cols + place.col);
      dy_loaded[r].Load(dy + from * cols + place.col);
    }
    float normal[kRows][kPack], gradient[kRows][kPack];
    uint32_t keep[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      keep[r] = SumPack(dropout, row + r, cols, place.col, x_loaded[r], residual_loaded[r], added,
                        normal[r]);
      dy_loaded[r].ToFloats(gradient[r]);
      if (!place.inside || row + r >= rows) Clear(gradient[r]);
#pragma unroll
      for (int j = 0; j < kPack; ++j) normal[r][j] = (normal[r][j] - row_mean[r]) * row_rstd[r];
    }
    NormalisedGradient<kRows>(normal, gradient, cols, row_rstd, g, turn, &scratch, dgamma, dbeta);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (!place.inside || row + r >= rows) continue;
      const int64_t at = (row + r) * cols + place.col;
      StoreColumns(dresidual + at, gradient[r]);
#pragma unroll
      for (int j = 0; j < kPack; ++j) {
        gradient[r][j] = keep[r] >> j & 1u ? gradient[r][j] * dropout.scale : 0.0f;
        dbias[j] += gradient[r][j];
      }
      StoreColumns(dx + at, gradient[r]);
    }
  }
  if (!place.inside) return;
  const int64_t block = blockIdx.x, blocks = gridDim.x;
  StoreColumns(partials + block * cols + place.col, dgamma);
  StoreColumns(partials + (blocks + block) * cols + place.col, dbeta);
  StoreColumns(partials + (2 * blocks + block) * cols + place.col, dbias);
}

// One element of z, for the general kernels; `keep` is 0 or the scale of kept elements.
template <typename T>
__device__ __forceinline__ float SumAt(const Dropout& dropout, int64_t row, int64_t cols,
                                       int64_t col, const T* x, const float* bias,
                                       const T* residual, float* keep) {
  const uint64_t group = row * DropoutGroupsPerRow(cols) + col / kPack;
  const bool kept =
      dropout.threshold == 0 || (DropoutKeepBits(dropout, group) >> (col % kPack) & 1u);
  *keep = kept ? dropout.scale : 0.0f;
  return ToFloat(residual[row * cols + col]) + (ToFloat(x[row * cols + col]) + bias[col]) * *keep;
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    ResidualForwardGeneral(int64_t cols, Dropout dropout, float epsilon, const T* x,
                           const float* bias, const T* residual, const float* gamma,
                           const float* beta, T* y, float* mean_out, float* rstd_out) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t row = blockIdx.x;
  float keep, sum = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    sum += SumAt(dropout, row, cols, i, x, bias, residual, &keep);
  }
  const float mean = BlockSum<kGeneralThreads>(sum, scratch) / cols;
  float squares = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float distance = SumAt(dropout, row, cols, i, x, bias, residual, &keep) - mean;
    squares += distance * distance;
  }
  const float rstd = rsqrtf(BlockSum<kGeneralThreads>(squares, scratch) / cols + epsilon);
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float z = SumAt(dropout, row, cols, i, x, bias, residual, &keep);
    y[row * cols + i] = FromFloat<T>((z - mean) * rstd * gamma[i] + beta[i]);
  }
  if (threadIdx.x == 0) {
    mean_out[row] = mean;
    rstd_out[row] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    ResidualBackwardGeneral(int64_t rows, int64_t cols, Dropout dropout, const T* dy, const T* x,
                            const float* bias, const T* residual, const float* gamma,
                            const float* mean, const float* rstd, T* dx, T* dresidual,
                            float* partials) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  float* dgamma = partials + static_cast<int64_t>(blockIdx.x) * cols;
  float* dbeta = dgamma + static_cast<int64_t>(gridDim.x) * cols;
  float* dbias = dbeta + static_cast<int64_t>(gridDim.x) * cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads)
    dgamma[i] = dbeta[i] = dbias[i] = 0.0f;
  const int64_t last = ChunkBegin(blockIdx.x + 1, gridDim.x, rows);
  for (int64_t row = ChunkBegin(blockIdx.x, gridDim.x, rows); row < last; ++row) {
    float keep, g_sum = 0.0f, gn_sum = 0.0f;
    for (int64_t i = threadIdx.x; i < cols;
         i += kGeneralThreads) {  // a column belongs to one thread throughout
      const float z = SumAt(dropout, row, cols, i, x, bias, residual, &keep);
      const float gradient = ToFloat(dy[row * cols + i]), normal = (z - mean[row]) * rstd[row];
      dgamma[i] += gradient * normal;
      dbeta[i] += gradient;
      g_sum += gradient * gamma[i];
      gn_sum += gradient * gamma[i] * normal;
    }
    const float g_mean = BlockSum<kGeneralThreads>(g_sum, scratch) / cols;
    const float gn_mean = BlockSum<kGeneralThreads>(gn_sum, scratch) / cols;
    for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
      const float z = SumAt(dropout, row, cols, i, x, bias, residual, &keep);
      const float normal = (z - mean[row]) * rstd[row];
      const float gradient =
          rstd[row] * (ToFloat(dy[row * cols + i]) * gamma[i] - g_mean - normal * gn_mean);
      dresidual[row * cols + i] = FromFloat<T>(gradient);
      dx[row * cols + i] = FromFloat<T>(gradient * keep);
      dbias[i] += gradient * keep;
    }
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_bias_dropout_residual_layer_norm_forward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const Dropout& dropout, float epsilon,
    const void* x, const float* bias, const void* residual, const float* gamma, const float* beta,
    void* y, float* mean, float* rstd) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  const bool in_registers = cols <= kMaxWarpRowCols && PacksFit(cols, x, residual, y, bias) &&
                            PacksFit(cols, gamma, beta);
  FUSED_SWITCH_TYPE(type, {
    const T *x_t = static_cast<const T*>(x), *residual_t = static_cast<const T*>(residual);
    if (in_registers) {
      FUSED_SWITCH_PACKS(cols, {
        FUSED_LAUNCH((ResidualForward<T, kPacks>), WarpRowBlocks(rows), kWarpRowThreads, 0, stream,
                     rows, static_cast<int>(cols), dropout, epsilon, x_t, bias, residual_t, gamma,
                     beta, static_cast<T*>(y), mean, rstd);
      });
    } else {
      FUSED_LAUNCH((ResidualForwardGeneral<T>), static_cast<unsigned>(rows), kGeneralThreads, 0,
                   stream, cols, dropout, epsilon, x_t, bias, residual_t, gamma, beta,
                   static_cast<T*>(y), mean, rstd);
    }
  });
  return LaunchError();
}

extern "C" const char* fused_bias_dropout_residual_layer_norm_backward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const Dropout& dropout, const void* dy,
    const void* x, const float* bias, const void* residual, const float* gamma, const float* mean,
    const float* rstd, void* dx, float* dbias, void* dresidual, float* dgamma, float* dbeta,
    float* partials) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t blocks = fused_reduction_blocks_cuda(rows);
  const unsigned grid = static_cast<unsigned>(blocks);
  const bool in_registers = cols <= kMaxRegisterCols && PacksFit(cols, x, residual, dy, bias) &&
                            PacksFit(cols, gamma, dx, dresidual, partials);
  FUSED_SWITCH_TYPE(type, {
    const T *dy_t = static_cast<const T*>(dy), *x_t = static_cast<const T*>(x);
    const T* residual_t = static_cast<const T*>(residual);
    if (in_registers) {
      FUSED_LAUNCH((ResidualBackward<T>), grid, RowThreads(cols), 0, stream, rows,
                   static_cast<int>(cols), dropout, dy_t, x_t, bias, residual_t, gamma, mean, rstd,
                   static_cast<T*>(dx), static_cast<T*>(dresidual), partials);
    } else {
      FUSED_LAUNCH((ResidualBackwardGeneral<T>), grid, kGeneralThreads, 0, stream, rows, cols,
                   dropout, dy_t, x_t, bias, residual_t, gamma, mean, rstd, static_cast<T*>(dx),
                   static_cast<T*>(dresidual), partials);
    }
  });
  LaunchSumPartials(stream, 3, blocks, cols, partials, {dgamma, dbeta, dbias});
  return LaunchError();
}
