// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// bias + GELU on the GPU. A thread owns eight columns (one where rows cannot be read in packs) of a
// chunk of rows: it loads its bias once, and its part of the bias gradient needs no other thread.
#include "bias_gelu_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 128;

// First column of this thread.
template <int kColumns>
__device__ __forceinline__ int64_t FirstColumn() {
  return (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kColumns;
}

template <typename T, int kColumns>
__global__ void __launch_bounds__(kThreads)
    BiasGeluForward(int64_t rows, int64_t cols, const T* x, const float* bias, T* y) {
  const int64_t col = FirstColumn<kColumns>();
  if (col >= cols) return;  // there is no barrier in this kernel
  float b[kColumns];
  LoadColumns(bias + col, b);
  const int64_t last = ChunkBegin(blockIdx.y + 1, gridDim.y, rows);
  for (int64_t row = ChunkBegin(blockIdx.y, gridDim.y, rows); row < last; ++row) {
    float z[kColumns];
    LoadColumns(x + row * cols + col, z);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      z[j] += b[j];
      z[j] *= normcdff(z[j]);
    }
    StoreColumns(y + row * cols + col, z);
  }
}

template <typename T, int kColumns>
__global__ void __launch_bounds__(kThreads)
    BiasGeluBackward(int64_t rows, int64_t cols, const T* dy, const T* x, const float* bias, T* dx,
                     float* partials) {
  const int64_t col = FirstColumn<kColumns>();
  if (col >= cols) return;  // there is no barrier in this kernel
  float b[kColumns], dbias[kColumns] = {};
  LoadColumns(bias + col, b);
  const int64_t last = ChunkBegin(blockIdx.y + 1, gridDim.y, rows);
  for (int64_t row = ChunkBegin(blockIdx.y, gridDim.y, rows); row < last; ++row) {
    float z[kColumns], gradient[kColumns];
    LoadColumns(x + row * cols + col, z);
    LoadColumns(dy + row * cols + col, gradient);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      z[j] += b[j];
      const float density = 0.398942280f * __expf(-0.5f * z[j] * z[j]);
      gradient[j] *= normcdff(z[j]) + z[j] * density;
      dbias[j] += gradient[j];
    }
    StoreColumns(dx + row * cols + col, gradient);
  }
  StoreColumns(partials + blockIdx.y * cols + col, dbias);
}

dim3 GridFor(int64_t cols, int columns_a_thread, int64_t row_chunks) {
  const int64_t columns_a_block = static_cast<int64_t>(kThreads) * columns_a_thread;
  return dim3(static_cast<unsigned>((cols + columns_a_block - 1) / columns_a_block),
              static_cast<unsigned>(row_chunks));
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_bias_gelu_forward_cuda(void* stream, int type, int64_t rows,
                                                    int64_t cols, const void* x, const float* bias,
                                                    void* y) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  // No sum is made here: as many chunks as fill the GPU, four rows or more each.
  const int64_t chunks = rows < 4 * 2048 ? (rows + 3) / 4 : 2048;
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(PacksFit(cols, x, bias, y), {
      FUSED_LAUNCH((BiasGeluForward<T, kColumns>), GridFor(cols, kColumns, chunks), kThreads, 0,
                   stream, rows, cols, static_cast<const T*>(x), bias, static_cast<T*>(y));
    });
  });
  return LaunchError();
}

extern "C" const char* fused_bias_gelu_backward_cuda(void* stream, int type, int64_t rows,
                                                     int64_t cols, const void* dy, const void* x,
                                                     const float* bias, void* dx, float* dbias,
                                                     float* partials) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t blocks = CudaReductionBlocks(rows);
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(PacksFit(cols, dy, x, dx, bias), {
      FUSED_LAUNCH((BiasGeluBackward<T, kColumns>), GridFor(cols, kColumns, blocks), kThreads, 0,
                   stream, rows, cols, static_cast<const T*>(dy), static_cast<const T*>(x), bias,
                   static_cast<T*>(dx), partials);
    });
  });
  LaunchSumPartials(stream, blocks, cols, partials, dbias);
  return LaunchError();
}
