// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// LayerNorm on the GPU: rows of up to 1024 columns (a multiple of 8) stay in registers, one warp a
// row; other rows take the general kernels, one block a row, which read the row again from the
// caches.
#include "layer_norm_kernels.h"

#include "cuda_common.cuh"
#include "layer_norm_rows.cuh"

namespace fused_ops {
namespace {

template <typename T, int kPacks>
__global__ void __launch_bounds__(kRowThreads)
    LayerNormForward(int64_t rows, int cols, float epsilon, const T* x, const float* gamma,
                     const float* beta, T* y, float* mean_out, float* rstd_out) {
  const int lane = threadIdx.x % kWarp;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarpsPerBlock + threadIdx.x / kWarp;
  if (row >= rows) return;  // the whole warp; there is no block-wide barrier in this kernel
  float values[kPacks][kPack];
  ForPacks<kPacks>(cols, lane,
                   [&](int p, int col) { LoadColumns(x + row * cols + col, values[p]); });
  float mean, rstd;
  WarpStatistics<kPacks>(values, cols, lane, epsilon, &mean, &rstd);
  StoreNormalised<kPacks>(values, cols, lane, mean, rstd, gamma, beta, y + row * cols);
  if (lane == 0) {
    mean_out[row] = mean;
    rstd_out[row] = rstd;
  }
}

template <typename T, int kPacks>
__global__ void __launch_bounds__(kRowThreads)
    LayerNormBackward(int64_t rows, int cols, const T* dy, const T* x, const float* gamma,
                      const float* mean, const float* rstd, T* dx, float* partials) {
  FUSED_DYNAMIC_SHARED(float, shared);  // [kWarpsPerBlock, cols]
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  float dgamma[kPacks][kPack] = {}, dbeta[kPacks][kPack] = {};
  const int64_t last = ChunkBegin(blockIdx.x + 1, gridDim.x, rows);
  for (int64_t row = ChunkBegin(blockIdx.x, gridDim.x, rows) + warp; row < last;
       row += kWarpsPerBlock) {
    float normal[kPacks][kPack], gradient[kPacks][kPack];
    ForPacks<kPacks>(cols, lane, [&](int p, int col) {
      LoadColumns(x + row * cols + col, normal[p]);
      LoadColumns(dy + row * cols + col, gradient[p]);
#pragma unroll
      for (int j = 0; j < kPack; ++j) normal[p][j] = (normal[p][j] - mean[row]) * rstd[row];
    });
    NormalisedGradient<kPacks>(normal, gradient, cols, lane, rstd[row], gamma, dgamma, dbeta);
    ForPacks<kPacks>(cols, lane,
                     [&](int p, int col) { StoreColumns(dx + row * cols + col, gradient[p]); });
  }
  StoreBlockSum<kPacks>(dgamma, cols, shared, partials + static_cast<int64_t>(blockIdx.x) * cols);
  StoreBlockSum<kPacks>(dbeta, cols, shared,
                        partials + static_cast<int64_t>(gridDim.x + blockIdx.x) * cols);
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    LayerNormForwardGeneral(int64_t cols, float epsilon, const T* x, const float* gamma,
                            const float* beta, T* y, float* mean_out, float* rstd_out) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t row = blockIdx.x;
  x += row * cols;
  y += row * cols;
  float sum = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) sum += ToFloat(x[i]);
  const float mean = BlockSum<kGeneralThreads>(sum, scratch) / cols;
  float squares = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float distance = ToFloat(x[i]) - mean;
    squares += distance * distance;
  }
  const float rstd = rsqrtf(BlockSum<kGeneralThreads>(squares, scratch) / cols + epsilon);
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    y[i] = FromFloat<T>((ToFloat(x[i]) - mean) * rstd * gamma[i] + beta[i]);
  }
  if (threadIdx.x == 0) {
    mean_out[row] = mean;
    rstd_out[row] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    LayerNormBackwardGeneral(int64_t rows, int64_t cols, const T* dy, const T* x,
                             const float* gamma, const float* mean, const float* rstd, T* dx,
                             float* partials) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  float* dgamma = partials + static_cast<int64_t>(blockIdx.x) * cols;
  float* dbeta = partials + static_cast<int64_t>(gridDim.x + blockIdx.x) * cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) dgamma[i] = dbeta[i] = 0.0f;
  const int64_t last = ChunkBegin(blockIdx.x + 1, gridDim.x, rows);
  for (int64_t row = ChunkBegin(blockIdx.x, gridDim.x, rows); row < last; ++row) {
    const T *x_row = x + row * cols, *dy_row = dy + row * cols;
    float g_sum = 0.0f, gn_sum = 0.0f;
    for (int64_t i = threadIdx.x; i < cols;
         i += kGeneralThreads) {  // a column belongs to one thread throughout
      const float gradient = ToFloat(dy_row[i]),
                  normal = (ToFloat(x_row[i]) - mean[row]) * rstd[row];
      dgamma[i] += gradient * normal;
      dbeta[i] += gradient;
      g_sum += gradient * gamma[i];
      gn_sum += gradient * gamma[i] * normal;
    }
    const float g_mean = BlockSum<kGeneralThreads>(g_sum, scratch) / cols;
    const float gn_mean = BlockSum<kGeneralThreads>(gn_sum, scratch) / cols;
    for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
      const float normal = (ToFloat(x_row[i]) - mean[row]) * rstd[row];
      dx[row * cols + i] =
          FromFloat<T>(rstd[row] * (ToFloat(dy_row[i]) * gamma[i] - g_mean - normal * gn_mean));
    }
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_layer_norm_forward_cuda(void* stream, int type, int64_t rows,
                                                     int64_t cols, float epsilon, const void* x,
                                                     const float* gamma, const float* beta, void* y,
                                                     float* mean, float* rstd) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  const bool in_registers = cols <= kMaxRegisterCols && PacksFit(cols, x, y, gamma, beta);
  FUSED_SWITCH_TYPE(type, {
    if (in_registers) {
      const unsigned grid = static_cast<unsigned>((rows + kWarpsPerBlock - 1) / kWarpsPerBlock);
      FUSED_SWITCH_PACKS(cols, {
        FUSED_LAUNCH((LayerNormForward<T, kPacks>), grid, kRowThreads, 0, stream, rows,
                     static_cast<int>(cols), epsilon, static_cast<const T*>(x), gamma, beta,
                     static_cast<T*>(y), mean, rstd);
      });
    } else {
      FUSED_LAUNCH((LayerNormForwardGeneral<T>), static_cast<unsigned>(rows), kGeneralThreads, 0,
                   stream, cols, epsilon, static_cast<const T*>(x), gamma, beta, static_cast<T*>(y),
                   mean, rstd);
    }
  });
  return LaunchError();
}

extern "C" const char* fused_layer_norm_backward_cuda(void* stream, int type, int64_t rows,
                                                      int64_t cols, const void* dy, const void* x,
                                                      const float* gamma, const float* mean,
                                                      const float* rstd, void* dx, float* dgamma,
                                                      float* dbeta, float* partials) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t blocks = CudaReductionBlocks(rows);
  const unsigned grid = static_cast<unsigned>(blocks);
  const bool in_registers = cols <= kMaxRegisterCols && PacksFit(cols, x, dy, dx, gamma);
  FUSED_SWITCH_TYPE(type, {
    if (in_registers) {
      const unsigned shared_bytes = static_cast<unsigned>(kWarpsPerBlock * cols * sizeof(float));
      FUSED_SWITCH_PACKS(cols, {
        FUSED_LAUNCH((LayerNormBackward<T, kPacks>), grid, kRowThreads, shared_bytes, stream, rows,
                     static_cast<int>(cols), static_cast<const T*>(dy), static_cast<const T*>(x),
                     gamma, mean, rstd, static_cast<T*>(dx), partials);
      });
    } else {
      FUSED_LAUNCH((LayerNormBackwardGeneral<T>), grid, kGeneralThreads, 0, stream, rows, cols,
                   static_cast<const T*>(dy), static_cast<const T*>(x), gamma, mean, rstd,
                   static_cast<T*>(dx), partials);
    }
  });
  LaunchSumPartials(stream, blocks, cols, partials, dgamma);
  LaunchSumPartials(stream, blocks, cols, partials + blocks * cols, dbeta);
  return LaunchError();
}
