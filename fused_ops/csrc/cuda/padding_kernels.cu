// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Gather of rows on the GPU: a block copies rows in turn, its threads side by side along the row.
#include "padding_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 128;

// Unit: what a thread copies at once, 16 bytes where rows allow it. `units` of them make a row.
template <typename Unit>
__global__ void __launch_bounds__(kThreads)
    GatherTokens(int64_t x_rows, int64_t y_rows, int64_t units, const Unit* x, const int32_t* index,
                 Unit* y) {
  for (int64_t row = blockIdx.x; row < y_rows; row += gridDim.x) {
    const int64_t from = index[row];
    const bool inside = from >= 0 && from < x_rows;
    for (int64_t i = threadIdx.x; i < units; i += kThreads) {
      Unit unit = {};
      if (inside) unit = x[from * units + i];
      y[row * units + i] = unit;
    }
  }
}

struct __align__(16) SixteenBytes {
  uint32_t word[4];
};

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_gather_tokens_cuda(void* stream, int type, int64_t x_rows,
                                                int64_t y_rows, int64_t cols, const void* x,
                                                const int32_t* index, void* y) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (y_rows == 0 || cols == 0) return nullptr;
  const int64_t bytes = cols * (type == kFloat32 ? 4 : 2);
  const unsigned blocks = static_cast<unsigned>(y_rows < 8192 ? y_rows : 8192);
  const unsigned long long addresses =
      reinterpret_cast<unsigned long long>(x) | reinterpret_cast<unsigned long long>(y);
  if (bytes % 16 == 0 && addresses % 16 == 0) {
    FUSED_LAUNCH((GatherTokens<SixteenBytes>), blocks, kThreads, 0, stream, x_rows, y_rows,
                 bytes / 16, static_cast<const SixteenBytes*>(x), index,
                 static_cast<SixteenBytes*>(y));
  } else {
    FUSED_LAUNCH((GatherTokens<uint16_t>), blocks, kThreads, 0, stream, x_rows, y_rows, bytes / 2,
                 static_cast<const uint16_t*>(x), index, static_cast<uint16_t*>(y));
  }
  return LaunchError();
}
