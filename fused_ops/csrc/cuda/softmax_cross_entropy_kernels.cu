// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Softmax cross entropy on the GPU: a block a row. BERT's vocabulary of 30,522 leaves rows at odd
// addresses, so a row is read as single elements up to the first 16-byte boundary, then in 16-byte
// units, then single elements.
#include "softmax_cross_entropy_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 512;

template <typename T>
struct Units {
  static constexpr int kSize = 16 / sizeof(T);
  int64_t head, body;  // single elements before the first unit; where the units end
};

template <typename T>
__device__ __forceinline__ Units<T> UnitsOf(const T* row, int64_t cols) {
  const int64_t misaligned =
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(row) % 16 / sizeof(T));
  Units<T> units;
  units.head = misaligned == 0 ? 0 : Units<T>::kSize - misaligned;
  if (units.head > cols) units.head = cols;
  units.body = units.head + (cols - units.head) / Units<T>::kSize * Units<T>::kSize;
  return units;
}

template <typename T>
struct __align__(16) Unit {
  T value[16 / sizeof(T)];
};

// Calls f(element as float) for this thread's part of the row.
template <typename T, typename F>
__device__ __forceinline__ void ForElements(const T* row, int64_t cols, F f) {
  const Units<T> units = UnitsOf(row, cols);
  for (int64_t i = threadIdx.x; i < units.head; i += kThreads) f(ToFloat(row[i]));
  for (int64_t i = units.head + threadIdx.x * Units<T>::kSize; i < units.body;
       i += kThreads * Units<T>::kSize) {
    const Unit<T> unit = *reinterpret_cast<const Unit<T>*>(row + i);
#pragma unroll
    for (int j = 0; j < Units<T>::kSize; ++j) f(ToFloat(unit.value[j]));
  }
  for (int64_t i = units.body + threadIdx.x; i < cols; i += kThreads) f(ToFloat(row[i]));
}

// to[i] = f(from[i], i). Both rows must be equally far from a 16-byte boundary.
template <typename T, typename F>
__device__ __forceinline__ void MapElements(const T* from, T* to, int64_t cols, F f) {
  const Units<T> units = UnitsOf(from, cols);
  for (int64_t i = threadIdx.x; i < units.head; i += kThreads)
    to[i] = FromFloat<T>(f(ToFloat(from[i]), i));
  for (int64_t i = units.head + threadIdx.x * Units<T>::kSize; i < units.body;
       i += kThreads * Units<T>::kSize) {
    Unit<T> unit = *reinterpret_cast<const Unit<T>*>(from + i);
#pragma unroll
    for (int j = 0; j < Units<T>::kSize; ++j)
      unit.value[j] = FromFloat<T>(f(ToFloat(unit.value[j]), i + j));
    *reinterpret_cast<Unit<T>*>(to + i) = unit;
  }
  for (int64_t i = units.body + threadIdx.x; i < cols; i += kThreads)
    to[i] = FromFloat<T>(f(ToFloat(from[i]), i));
}

// The largest value over the block, in every thread. `scratch` [kThreads / 32] is shared memory.
__device__ __forceinline__ float BlockMax(float x, float* scratch) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, distance));
  }
  if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = x;
  __syncthreads();
  float largest = scratch[0];
#pragma unroll
  for (int warp = 1; warp < kThreads / kWarp; ++warp) largest = fmaxf(largest, scratch[warp]);
  return largest;
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    CrossEntropyForward(int64_t rows, int64_t cols, const T* logits, const int32_t* labels,
                        const float* weights, float* losses, float* statistics) {
  __shared__ float scratch[kThreads / kWarp];
  const int64_t row = blockIdx.x;
  const float weight = weights[row];
  float top = 0.0f, log_sum = 0.0f, loss = 0.0f;
  if (weight != 0.0f) {  // the same for the whole block
    const T* z = logits + row * cols;
    top = ToFloat(z[0]);
    ForElements(z, cols, [&](float x) { top = fmaxf(top, x); });
    top = BlockMax(top, scratch);
    float sum = 0.0f;  // the row's second reading comes from the caches
    ForElements(z, cols, [&](float x) { sum += __expf(x - top); });
    log_sum = logf(BlockSum<kThreads>(sum, scratch));
    const int label = labels[row];
    const bool known = label >= 0 && label < cols;
    loss = known ? weight * (log_sum - (ToFloat(z[label]) - top)) : nanf("");
  }
  if (threadIdx.x == 0) {
    losses[row] = loss;
    statistics[row] = top;
    statistics[rows + row] = log_sum;
  }
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    CrossEntropyBackward(int64_t rows, int64_t cols, const float* dlosses, const T* logits,
                         const int32_t* labels, const float* weights, const float* statistics,
                         T* dlogits) {
  const int64_t row = blockIdx.x;
  const int label = labels[row];
  const bool known = label >= 0 && label < cols, counts = weights[row] != 0.0f;
  const float factor = !counts ? 0.0f : known ? dlosses[row] * weights[row] : nanf("");
  const float top = statistics[row], log_sum = statistics[rows + row];
  // Each element is read by the thread that writes it: dlogits may be logits.
  MapElements(logits + row * cols, dlogits + row * cols, cols, [=](float x, int64_t i) {
    return counts ? (__expf((x - top) - log_sum) - (i == label ? 1.0f : 0.0f)) * factor : 0.0f;
  });
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_softmax_cross_entropy_forward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const void* logits, const int32_t* labels,
    const float* weights, float* losses, float* statistics) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  FUSED_SWITCH_TYPE(type, {
    FUSED_LAUNCH((CrossEntropyForward<T>), static_cast<unsigned>(rows), kThreads, 0, stream, rows,
                 cols, static_cast<const T*>(logits), labels, weights, losses, statistics);
  });
  return LaunchError();
}

extern "C" const char* fused_softmax_cross_entropy_backward_cuda(
    void* stream, int type, int64_t rows, int64_t cols, const float* dlosses, const void* logits,
    const int32_t* labels, const float* weights, const float* statistics, void* dlogits) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (rows == 0) return nullptr;
  if (reinterpret_cast<uintptr_t>(logits) % 16 != reinterpret_cast<uintptr_t>(dlogits) % 16) {
    return "logits and dlogits must be equally aligned";
  }
  FUSED_SWITCH_TYPE(type, {
    FUSED_LAUNCH((CrossEntropyBackward<T>), static_cast<unsigned>(rows), kThreads, 0, stream, rows,
                 cols, dlosses, static_cast<const T*>(logits), labels, weights, statistics,
                 static_cast<T*>(dlogits));
  });
  return LaunchError();
}
