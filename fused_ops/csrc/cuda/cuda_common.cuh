// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// What the CUDA kernels share. The same .cu files are compiled in three ways:
//   nvcc (10.0 to 13)            the library and tests/ops/cuda/check_*.cu
//   NVRTC                        tests/ops/test_cuda_compile.py: device code for architectures nvcc
//   no longer knows g++ FUSED_OPS_CUDA_EMULATION tests/ops/cuda_emulation: device code run thread
//   by thread where there is no GPU
// Hence launches and dynamic shared memory through the macros below, and nothing of the C++
// library.
#ifndef FUSED_OPS_CUDA_COMMON_CUH_
#define FUSED_OPS_CUDA_COMMON_CUH_

#if defined(FUSED_OPS_CUDA_EMULATION)
#include "cuda_emulation.h"
#else
#include <cuda_fp16.h>
#if !defined(__CUDACC_RTC__)
#include <cuda_runtime.h>
#endif

#define FUSED_UNWRAP(...) __VA_ARGS__
#if defined(__CUDACC_RTC__)
// Host code does not exist for NVRTC: launchers are compiled as device functions, only to
// instantiate the kernels.
#define FUSED_LAUNCH(kernel, grid, block, shared_bytes, stream, ...) \
  do {                                                               \
    auto* instance = &FUSED_UNWRAP kernel;                           \
    (void)instance;                                                  \
  } while (0)
#define FUSED_ALLOW_SHARED(kernel, bytes) ((void)(bytes), static_cast<const char*>(nullptr))
#else
// FUSED_LAUNCH((kernel<T>), grid, block, bytes of dynamic shared memory, stream, arguments...)
#define FUSED_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                           \
  FUSED_UNWRAP kernel<<<(grid), (block), (shared_bytes), static_cast<cudaStream_t>(stream)>>>( \
      __VA_ARGS__)
// Needed before launching with more than 48 KB of dynamic shared memory; null, or the error's text.
#define FUSED_ALLOW_SHARED(kernel, bytes)      \
  ::fused_ops::ErrorText(cudaFuncSetAttribute( \
      FUSED_UNWRAP kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)))
#endif
// Aligned for wmma::load_matrix_sync, which wants 32 bytes.
#define FUSED_DYNAMIC_SHARED(type, name)                \
  extern __shared__ __align__(128) char fused_shared[]; \
  type* name = reinterpret_cast<type*>(fused_shared)
#endif

#include "dropout.h"
#include "half.h"
#include "parallel.h"

namespace fused_ops {

static constexpr int kWarp = 32;
static constexpr unsigned kAllLanes = 0xffffffffu;

// Every launcher calls this first: null, or why the device cannot work on elements of `type`. Also
// drops what an earlier caller's error left behind, which LaunchError would blame on this launch
// (an error that is there to stay comes again).
static inline const char* BeforeLaunch(int type) {
  if (type < kFloat32 || type > kBFloat16) return "unknown element type";
#if !defined(__CUDACC_RTC__)
  cudaGetLastError();
  if (type == kBFloat16) {
    int device = 0, major = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess) {
      return cudaGetErrorString(cudaGetLastError());
    }
    if (major < 8) return "bfloat16 needs a GPU of compute capability 8.0 or later";
  }
#endif
  return nullptr;
}

#if !defined(__CUDACC_RTC__)
static inline const char* ErrorText(cudaError_t error) {
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}
#endif

// Null when all launches since the last call were accepted, else the error's text.
static inline const char* LaunchError() {
#if defined(__CUDACC_RTC__)
  return nullptr;
#else
  return ErrorText(cudaGetLastError());
#endif
}

// Runs the statements with T = float, __half or BFloat16, as the launcher's `type` says.
#define FUSED_SWITCH_TYPE(type, ...)              \
  do {                                            \
    if ((type) == ::fused_ops::kFloat32) {        \
      typedef float T;                            \
      __VA_ARGS__                                 \
    } else if ((type) == ::fused_ops::kFloat16) { \
      typedef __half T;                           \
      __VA_ARGS__                                 \
    } else {                                      \
      typedef ::fused_ops::BFloat16 T;            \
      __VA_ARGS__                                 \
    }                                             \
  } while (0)

__device__ __forceinline__ float ToFloat(float x) { return x; }
__device__ __forceinline__ float ToFloat(__half x) { return __half2float(x); }
__device__ __forceinline__ float ToFloat(BFloat16 x) {
  return __uint_as_float(static_cast<unsigned>(x.bits) << 16);
}
template <typename T>
__device__ __forceinline__ T FromFloat(float x);
template <>
__device__ __forceinline__ float FromFloat<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ __half FromFloat<__half>(float x) {
  return __float2half_rn(x);
}
template <>
__device__ __forceinline__ BFloat16 FromFloat<BFloat16>(float x) {
  BFloat16 y;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else  // never run on such a device, see BeforeLaunch, but compiled for it; and in the emulation
  const unsigned bits = __float_as_uint(x);
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  y.bits =
      static_cast<unsigned short>(nan ? 0x7fffu : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
#endif
  return y;
}

// Eight consecutive elements: what a thread loads and stores at once (16-byte accesses), and one
// dropout group.
static constexpr int kPack = 8;
template <typename T>
struct __align__(16) Pack {
  T value[kPack];
};

template <typename T>
__device__ __forceinline__ void LoadColumns(const T* from, float (&to)[kPack]) {
  const Pack<T> pack = *reinterpret_cast<const Pack<T>*>(from);
#pragma unroll
  for (int j = 0; j < kPack; ++j) to[j] = ToFloat(pack.value[j]);
}
template <typename T>
__device__ __forceinline__ void LoadColumns(const T* from, float (&to)[1]) {
  to[0] = ToFloat(*from);
}

template <typename T>
__device__ __forceinline__ void StoreColumns(T* to, const float (&from)[kPack]) {
  Pack<T> pack;
#pragma unroll
  for (int j = 0; j < kPack; ++j) pack.value[j] = FromFloat<T>(from[j]);
  *reinterpret_cast<Pack<T>*>(to) = pack;
}
template <typename T>
__device__ __forceinline__ void StoreColumns(T* to, const float (&from)[1]) {
  *to = FromFloat<T>(from[0]);
}

// Runs the statements with kColumns = 8 where packs fit, else 1.
#define FUSED_SWITCH_COLUMNS(packs_fit, ...)       \
  do {                                             \
    if (packs_fit) {                               \
      constexpr int kColumns = ::fused_ops::kPack; \
      __VA_ARGS__                                  \
    } else {                                       \
      constexpr int kColumns = 1;                  \
      __VA_ARGS__                                  \
    }                                              \
  } while (0)

// Can rows of this many columns be read in packs? TensorFlow's own buffers are aligned; a view that
// starts elsewhere (a slice) may not be.
static inline bool PacksFit(int64_t cols, const void* a, const void* b = nullptr,
                            const void* c = nullptr, const void* d = nullptr) {
  const unsigned long long addresses =
      reinterpret_cast<unsigned long long>(a) | reinterpret_cast<unsigned long long>(b) |
      reinterpret_cast<unsigned long long>(c) | reinterpret_cast<unsigned long long>(d);
  return cols % kPack == 0 && addresses % 16 == 0;
}

// The sum over a warp, in every lane; the same order of additions in all of them.
__device__ __forceinline__ float WarpSum(float x) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2)
    x += __shfl_xor_sync(kAllLanes, x, distance);
  return x;
}

// The sum over a block of kThreads threads, in every thread. `scratch` [kThreads / 32] is shared
// memory.
template <int kThreads>
__device__ __forceinline__ float BlockSum(float x, float* scratch) {
  x = WarpSum(x);
  __syncthreads();  // the scratch of the call before has been read
  if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = x;
  __syncthreads();
  float sum = 0.0f;
#pragma unroll
  for (int warp = 0; warp < kThreads / kWarp; ++warp) sum += scratch[warp];
  return sum;
}

// Sums partials [blocks, cols] over the blocks into out [cols], always in the same order. 256
// threads work on 32 columns: thread row r adds the blocks r, r + 8, ...; then the eight rows are
// added.
static constexpr int kSumRows = 8;
template <int kUnused>  // a template so that every .cu file may include it
__global__ void SumPartialsKernel(int64_t blocks, int64_t cols, const float* partials, float* out) {
  __shared__ float sums[kSumRows][kWarp];
  const int lane = threadIdx.x % kWarp, row = threadIdx.x / kWarp;
  const int64_t col = static_cast<int64_t>(blockIdx.x) * kWarp + lane;
  float sum = 0.0f;
  if (col < cols) {
    for (int64_t block = row; block < blocks; block += kSumRows)
      sum += partials[block * cols + col];
  }
  sums[row][lane] = sum;
  __syncthreads();
  if (row == 0 && col < cols) {
#pragma unroll
    for (int r = 1; r < kSumRows; ++r) sum += sums[r][lane];
    out[col] = sum;
  }
}

static inline void LaunchSumPartials(void* stream, int64_t blocks, int64_t cols,
                                     const float* partials, float* out) {
  FUSED_LAUNCH((SumPartialsKernel<0>), static_cast<unsigned>((cols + kWarp - 1) / kWarp),
               kSumRows * kWarp, 0, stream, blocks, cols, partials, out);
}

}  // namespace fused_ops

#endif  // FUSED_OPS_CUDA_COMMON_CUH_
