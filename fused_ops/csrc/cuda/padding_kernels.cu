// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Gather of rows on the GPU: a block copies several rows at once, its threads side by side along
// them.
#include "padding_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 128;
static constexpr int kRowsAtOnce = 4;

// Unit: what a thread copies at once, 16 bytes where rows allow it. `units` of them make a row.
template <typename Unit>
__device__ __forceinline__ Unit LoadUnit(const Unit* from) {
  return *from;
}
template <>
__device__ __forceinline__ Raw LoadUnit<Raw>(const Raw* from) {
  return LoadRaw(from);
}
__device__ __forceinline__ void StoreUnit(uint16_t* to, uint16_t unit) { *to = unit; }
__device__ __forceinline__ void StoreUnit(Raw* to, const Raw& unit) { StoreRaw(to, unit); }

template <typename Unit>
__global__ void __launch_bounds__(kThreads)
    GatherTokens(int64_t x_rows, int64_t y_rows, int64_t units, const Unit* x, const int32_t* index,
                 Unit* y) {
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kRowsAtOnce; row < y_rows;
       row += static_cast<int64_t>(gridDim.x) * kRowsAtOnce) {
    int64_t from[kRowsAtOnce];
#pragma unroll
    for (int r = 0; r < kRowsAtOnce; ++r) from[r] = row + r < y_rows ? index[row + r] : -1;
    for (int64_t i = threadIdx.x; i < units; i += kThreads) {
      Unit unit[kRowsAtOnce];
#pragma unroll
      for (int r = 0; r < kRowsAtOnce; ++r) {
        unit[r] = Unit{};
        if (from[r] >= 0 && from[r] < x_rows) unit[r] = LoadUnit(x + from[r] * units + i);
      }
#pragma unroll
      for (int r = 0; r < kRowsAtOnce; ++r) {
        if (row + r < y_rows) StoreUnit(y + (row + r) * units + i, unit[r]);
      }
    }
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_gather_tokens_cuda(void* stream, int type, int64_t x_rows,
                                                int64_t y_rows, int64_t cols, const void* x,
                                                const int32_t* index, void* y) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (y_rows == 0 || cols == 0) return nullptr;
  const int64_t bytes = cols * (type == kFloat32 ? 4 : 2);
  const int64_t turns = (y_rows + kRowsAtOnce - 1) / kRowsAtOnce, most = Multiprocessors() * 64;
  const unsigned blocks = static_cast<unsigned>(turns < most ? turns : most);
  const unsigned long long addresses =
      reinterpret_cast<unsigned long long>(x) | reinterpret_cast<unsigned long long>(y);
  if (bytes % 16 == 0 && addresses % 16 == 0) {
    FUSED_LAUNCH((GatherTokens<Raw>), blocks, kThreads, 0, stream, x_rows, y_rows, bytes / 16,
                 static_cast<const Raw*>(x), index, static_cast<Raw*>(y));
  } else {
    FUSED_LAUNCH((GatherTokens<uint16_t>), blocks, kThreads, 0, stream, x_rows, y_rows, bytes / 2,
                 static_cast<const uint16_t*>(x), index, static_cast<uint16_t*>(y));
  }
  return LaunchError();
}
