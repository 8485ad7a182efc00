// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// bias + GELU on the GPU. A thread owns eight columns (one where rows cannot be read in packs) of a
// chunk of rows: it loads its bias once, and its part of the bias gradient needs no other thread.
// Several rows are under way at once.
#include "bias_gelu_kernels.h"

#include "cuda_common.cuh"
#include "gelu.cuh"
#include "reduction_kernels.h"

namespace fused_ops {
namespace {

static constexpr int kThreads = 128;
static constexpr int64_t kBlocksPerMultiprocessor = 16;
// Of a thread, in 32-bit types; twice as many in 16-bit types.
static constexpr int kRowsAtOnce = 2;
template <typename T>
struct RowsOf {
  static constexpr int kValue = kRowsAtOnce * (sizeof(T) == 2 ? 2 : 1);
};

// First column of this thread.
template <int kColumns>
__device__ __forceinline__ int64_t FirstColumn() {
  return (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kColumns;
}

template <typename T, int kColumns>
__global__ void __launch_bounds__(kThreads)
    BiasGeluForward(int64_t rows, int64_t cols, const T* x, const float* bias, T* y) {
  constexpr int kRows = RowsOf<T>::kValue;
  const int64_t col = FirstColumn<kColumns>();
  if (col >= cols) return;  // there is no barrier in this kernel
  float b[kColumns];
  LoadColumns(bias + col, b);
  const int64_t last = ChunkBegin(blockIdx.y + 1, gridDim.y, rows);
  for (int64_t row = ChunkBegin(blockIdx.y, gridDim.y, rows); row < last; row += kRows) {
    Columns<T, kColumns> loaded[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      loaded[r].Load(x + (row + r < last ? row + r : last - 1) * cols + col);
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (row + r >= last) break;
      float z[kColumns];
      loaded[r].ToFloats(z);
#pragma unroll
      for (int j = 0; j < kColumns; ++j) z[j] = GeluOf<T>::Value(z[j] + b[j]);
      StoreColumns(y + (row + r) * cols + col, z);
    }
  }
}

template <typename T, int kColumns>
__global__ void __launch_bounds__(kThreads)
    BiasGeluBackward(int64_t rows, int64_t cols, const T* dy, const T* x, const float* bias, T* dx,
                     float* partials) {
  constexpr int kRows = RowsOf<T>::kValue;
  const int64_t col = FirstColumn<kColumns>();
  if (col >= cols) return;  // there is no barrier in this kernel
  float b[kColumns], dbias[kColumns] = {};
  LoadColumns(bias + col, b);
  const int64_t last = ChunkBegin(blockIdx.y + 1, gridDim.y, rows);
  for (int64_t row = ChunkBegin(blockIdx.y, gridDim.y, rows); row < last; row += kRows) {
    Columns<T, kColumns> x_loaded[kRows], dy_loaded[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int64_t from = (row + r < last ? row + r : last - 1) * cols + col;
      x_loaded[r].Load(x + from);
      dy_loaded[r].Load(dy + from);
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (row + r >= last) break;
      float z[kColumns], gradient[kColumns];
      x_loaded[r].ToFloats(z);
      dy_loaded[r].ToFloats(gradient);
#pragma unroll
      for (int j = 0; j < kColumns; ++j) {
        gradient[j] *= GeluOf<T>::Derivative(z[j] + b[j]);
        dbias[j] += gradient[j];
      }
      StoreColumns(dx + (row + r) * cols + col, gradient);
    }
  }
  StoreColumns(partials + blockIdx.y * cols + col, dbias);
}

// Chunks of rows for blocks side by side over the columns: as many as fill the device a few times
// over, at most `most`.
dim3 GridFor(int64_t cols, int columns_a_thread, int64_t most) {
  const int64_t columns_a_block = static_cast<int64_t>(kThreads) * columns_a_thread;
  const int64_t side_by_side = (cols + columns_a_block - 1) / columns_a_block;
  const int64_t wanted =
      (Multiprocessors() * kBlocksPerMultiprocessor + side_by_side - 1) / side_by_side;
  return dim3(static_cast<unsigned>(side_by_side),
              static_cast<unsigned>(wanted < most ? wanted : most));
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_bias_gelu_forward_cuda(void* stream, int type, int64_t rows,
                                                    int64_t cols, const void* x, const float* bias,
                                                    void* y) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  const int64_t most = (rows + 3) / 4 < 65535 ? (rows + 3) / 4 : 65535;
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(PacksFit(cols, x, bias, y), {
      FUSED_LAUNCH((BiasGeluForward<T, kColumns>), GridFor(cols, kColumns, most), kThreads, 0,
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
  const int64_t most = fused_reduction_blocks_cuda(rows);
  const bool packs_fit = PacksFit(cols, dy, x, dx, bias) && PacksFit(cols, partials);
  int64_t chunks = 0;
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(packs_fit, {
      const dim3 grid = GridFor(cols, kColumns, most);
      chunks = grid.y;
      FUSED_LAUNCH((BiasGeluBackward<T, kColumns>), grid, kThreads, 0, stream, rows, cols,
                   static_cast<const T*>(dy), static_cast<const T*>(x), bias, static_cast<T*>(dx),
                   partials);
    });
  });
  LaunchSumPartials(stream, 1, chunks, cols, partials, {dbias});
  return LaunchError();
}
