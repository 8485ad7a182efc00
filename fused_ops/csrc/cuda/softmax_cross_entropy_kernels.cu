// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Softmax cross entropy on the GPU: a block a row. BERT's vocabulary of 30,522 leaves rows at odd
// addresses, so a row is read as single elements up to the first 16-byte boundary, then in 16-byte
// units, then single elements.
#include "softmax_cross_entropy_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 512;
// Blocks of the backward pass that must fit into a multiprocessor: with three, 40 registers a
// thread, the compiler spills for Ampere.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
static constexpr int kBackwardBlocks = 2;
#else
static constexpr int kBackwardBlocks = 3;
#endif

static constexpr int kUnitsAtOnce = 4;  // of sixteen bytes, that a thread loads before it uses one
static constexpr float kLog2E = 1.44269504f;

template <typename T>
struct Units {
  static constexpr int kSize = RawOf<T>::kSize;
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

// Goes through this thread's part of a row: single(i) for elements outside units; several(first,
// raw) for kUnitsAtOnce units, the first at element `first`, one every kThreads * kSize elements,
// and one(first, raw) for a unit alone.
template <typename T, typename Several, typename One, typename Single>
__device__ __forceinline__ void ForUnits(const T* row, int64_t cols, Several several, One one,
                                         Single single) {
  constexpr int64_t kStep = static_cast<int64_t>(kThreads) * Units<T>::kSize;
  const Units<T> units = UnitsOf(row, cols);
  for (int64_t i = threadIdx.x; i < units.head; i += kThreads) single(i);
  int64_t i = units.head + static_cast<int64_t>(threadIdx.x) * Units<T>::kSize;
  for (; i + (kUnitsAtOnce - 1) * kStep < units.body; i += kUnitsAtOnce * kStep) {
    Raw raw[kUnitsAtOnce];
#pragma unroll
    for (int u = 0; u < kUnitsAtOnce; ++u) raw[u] = LoadRaw(row + i + u * kStep);
    several(i, raw);
  }
  for (; i < units.body; i += kStep) one(i, LoadRaw(row + i));
  for (int64_t j = units.body + threadIdx.x; j < cols; j += kThreads) single(j);
}

// The sum of e^x over some values x, as sum e^top with `top` their largest, or kLeast where there
// is none above it: finite, as the difference of two infinities is not a number.
static constexpr float kLeast = -3.402823466e38f;
struct OnlineSum {
  float top, sum;
};

__device__ __forceinline__ float FastExp(float x) { return FastExp2(x * kLog2E); }

// Adds kSize values, with one rescaling for all of them (Milakov and Gimelshein, arXiv:1805.02867).
template <int kSize>
__device__ __forceinline__ void AddValues(const float (&x)[kSize], OnlineSum* online) {
  float top = online->top;
#pragma unroll
  for (int j = 0; j < kSize; ++j) top = fmaxf(top, x[j]);
  float sum = online->sum * FastExp(online->top - top);
#pragma unroll
  for (int j = 0; j < kSize; ++j) sum += FastExp(x[j] - top);
  online->top = top;
  online->sum = sum;
}

__device__ __forceinline__ OnlineSum Join(const OnlineSum& a, const OnlineSum& b) {
  OnlineSum joined;
  joined.top = fmaxf(a.top, b.top);
  joined.sum = a.sum * FastExp(a.top - joined.top) + b.sum * FastExp(b.top - joined.top);
  return joined;
}

// The threads' sums joined, in every thread.
__device__ __forceinline__ OnlineSum JoinBlock(OnlineSum online, OnlineSum* scratch) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    OnlineSum other;
    other.top = __shfl_xor_sync(kAllLanes, online.top, distance);
    other.sum = __shfl_xor_sync(kAllLanes, online.sum, distance);
    online = Join(online, other);
  }
  if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = online;
  __syncthreads();
  online = scratch[0];
#pragma unroll
  for (int warp = 1; warp < kThreads / kWarp; ++warp) online = Join(online, scratch[warp]);
  return online;
}

template <typename T>
__global__ void __launch_bounds__(kThreads, 3)
    CrossEntropyForward(int64_t rows, int64_t cols, const T* logits, const int32_t* labels,
                        const float* weights, float* losses, float* statistics) {
  __shared__ OnlineSum scratch[kThreads / kWarp];
  constexpr int kSize = Units<T>::kSize;
  const int64_t row = blockIdx.x;
  const float weight = weights[row];
  float top = 0.0f, log_sum = 0.0f, loss = 0.0f;
  if (weight != 0.0f) {  // the same for the whole block
    const T* z = logits + row * cols;
    OnlineSum online = {kLeast, 0.0f};  // of no value yet
    ForUnits(
        z, cols,
        [&](int64_t, const Raw(&raw)[kUnitsAtOnce]) {
          float x[kUnitsAtOnce * kSize];
#pragma unroll
          for (int u = 0; u < kUnitsAtOnce; ++u) Unpack(raw[u], z, x + u * kSize);
          AddValues(x, &online);
        },
        [&](int64_t, const Raw& raw) {
          float x[kSize];
          Unpack(raw, z, x);
          AddValues(x, &online);
        },
        [&](int64_t i) {
          float x[1] = {ToFloat(z[i])};
          AddValues(x, &online);
        });
    online = JoinBlock(online, scratch);
    top = online.top;
    log_sum = logf(online.sum);
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

// (softmax - one at the label) * factor of kSize logits from column `first` on, stored to `to`.
template <typename T, int kSize>
__device__ __forceinline__ void StoreGradient(float (&x)[kSize], int64_t first, int64_t label,
                                              float top, float log_sum, float factor, T* to) {
#pragma unroll
  for (int j = 0; j < kSize; ++j) x[j] = FastExp((x[j] - top) - log_sum) * factor;
  const int64_t place = label - first;
  if (place >= 0 && place < kSize) {  // one thread of the block
#pragma unroll
    for (int j = 0; j < kSize; ++j) x[j] -= j == place ? factor : 0.0f;
  }
  StoreColumns(to, x);
}

template <typename T>
__global__ void __launch_bounds__(kThreads, kBackwardBlocks)
    CrossEntropyBackward(int64_t rows, int64_t cols, const float* dlosses, const T* logits,
                         const int32_t* labels, const float* weights, const float* statistics,
                         T* dlogits) {
  constexpr int kSize = Units<T>::kSize;
  const int64_t row = blockIdx.x, label = labels[row];
  const bool known = label >= 0 && label < cols;
  const float weight = weights[row], top = statistics[row], log_sum = statistics[rows + row];
  const float factor = known ? dlosses[row] * weight : nanf("");
  const T* from = logits + row * cols;
  T* to = dlogits + row * cols;  // each element is read by the thread that writes it: may be `from`
  if (weight == 0.0f) {
    // Nothing is read: the units' places are those of the logits, see ForUnits.
    const Units<T> units = UnitsOf(from, cols);
    const Raw zero = {};
    for (int64_t i = threadIdx.x; i < units.head; i += kThreads) to[i] = FromFloat<T>(0.0f);
    for (int64_t i = units.head + static_cast<int64_t>(threadIdx.x) * kSize; i < units.body;
         i += static_cast<int64_t>(kThreads) * kSize) {
      StoreRaw(to + i, zero);
    }
    for (int64_t i = units.body + threadIdx.x; i < cols; i += kThreads) to[i] = FromFloat<T>(0.0f);
    return;
  }
  ForUnits(
      from, cols,
      [&](int64_t first, const Raw(&raw)[kUnitsAtOnce]) {
#pragma unroll
        for (int u = 0; u < kUnitsAtOnce; ++u) {
          const int64_t at = first + static_cast<int64_t>(u) * kThreads * kSize;
          float x[kSize];
          Unpack(raw[u], from, x);
          StoreGradient(x, at, label, top, log_sum, factor, to + at);
        }
      },
      [&](int64_t at, const Raw& raw) {
        float x[kSize];
        Unpack(raw, from, x);
        StoreGradient(x, at, label, top, log_sum, factor, to + at);
      },
      [&](int64_t at) {
        float x[1] = {ToFloat(from[at])};
        StoreGradient(x, at, label, top, log_sum, factor, to + at);
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
