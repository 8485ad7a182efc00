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

// Of the current device; 1 where there is none, so that sizes stay positive until the launch says
// so.
static inline int64_t Multiprocessors() {
#if defined(__CUDACC_RTC__)
  return 1;
#else
  int device = 0, count = 0;
  const bool known =
      cudaGetDevice(&device) == cudaSuccess &&
      cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
  return known && count > 0 ? count : 1;
#endif
}

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

// Sixteen bytes of global memory in one access. The compiler splits a structure's store into pieces
// as small as its members, and moves loads behind the arithmetic of earlier ones; it keeps the
// width and the order of these. What a kernel loads it may store to later, so no read-only cache is
// used.
struct __align__(16) Raw {
  uint32_t word[4];
};
__device__ __forceinline__ Raw LoadRaw(const void* from) {
  Raw raw;
#if defined(__CUDA_ARCH__)
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(raw.word[0]), "=r"(raw.word[1]), "=r"(raw.word[2]), "=r"(raw.word[3])
               : "l"(from));
#else
  raw = *static_cast<const Raw*>(from);
#endif
  return raw;
}
__device__ __forceinline__ void StoreRaw(void* to, const Raw& raw) {
#if defined(__CUDA_ARCH__)
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};"
               :
               : "l"(to), "r"(raw.word[0]), "r"(raw.word[1]), "r"(raw.word[2]), "r"(raw.word[3])
               : "memory");
#else
  *static_cast<Raw*>(to) = raw;
#endif
}

// Elements in sixteen bytes, and their conversion.
template <typename T>
struct RawOf {
  static constexpr int kSize = 16 / static_cast<int>(sizeof(T));
};
__device__ __forceinline__ void Unpack(const Raw& raw, const float*, float* to) {
#pragma unroll
  for (int i = 0; i < 4; ++i) to[i] = __uint_as_float(raw.word[i]);
}
__device__ __forceinline__ void Unpack(const Raw& raw, const BFloat16*, float* to) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    to[2 * i] = __uint_as_float(raw.word[i] << 16);
    to[2 * i + 1] = __uint_as_float(raw.word[i] & 0xffff0000u);
  }
}
__device__ __forceinline__ void Unpack(const Raw& raw, const __half*, float* to) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#if defined(__CUDA_ARCH__)
    asm("{ .reg .b16 low, high; mov.b32 {low, high}, %2;"
        " cvt.f32.f16 %0, low; cvt.f32.f16 %1, high; }"
        : "=f"(to[2 * i]), "=f"(to[2 * i + 1])
        : "r"(raw.word[i]));
#else
    to[2 * i] = __half2float(__ushort_as_half(static_cast<unsigned short>(raw.word[i])));
    to[2 * i + 1] = __half2float(__ushort_as_half(static_cast<unsigned short>(raw.word[i] >> 16)));
#endif
  }
}

// Two floats, rounded to T, in one word; the first in its lower half.
template <typename T>
__device__ __forceinline__ uint32_t PackTwo(float low, float high);
template <>
__device__ __forceinline__ uint32_t PackTwo<__half>(float low, float high) {
  uint32_t word;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
#else
  word = __half_as_ushort(__float2half_rn(low)) |
         static_cast<uint32_t>(__half_as_ushort(__float2half_rn(high))) << 16;
#endif
  return word;
}
template <>
__device__ __forceinline__ uint32_t PackTwo<BFloat16>(float low, float high) {
  uint32_t word;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
#else
  word = FromFloat<BFloat16>(low).bits | static_cast<uint32_t>(FromFloat<BFloat16>(high).bits)
                                             << 16;
#endif
  return word;
}
template <typename T>
struct RawFrom {
  __device__ static __forceinline__ Raw Floats(const float* from) {
    Raw raw;
#pragma unroll
    for (int i = 0; i < 4; ++i) raw.word[i] = PackTwo<T>(from[2 * i], from[2 * i + 1]);
    return raw;
  }
};
template <>
struct RawFrom<float> {
  __device__ static __forceinline__ Raw Floats(const float* from) {
    Raw raw;
#pragma unroll
    for (int i = 0; i < 4; ++i) raw.word[i] = __float_as_uint(from[i]);
    return raw;
  }
};

// kColumns consecutive elements as they come from memory: a pack, or one where packs do not fit. A
// kernel loads all it needs of these before it makes floats of the first.
template <typename T, int kColumns>
struct Columns {
  Raw raw[kColumns / RawOf<T>::kSize];
  __device__ __forceinline__ void Load(const T* from) {
#pragma unroll
    for (int i = 0; i < kColumns / RawOf<T>::kSize; ++i) {
      raw[i] = LoadRaw(from + i * RawOf<T>::kSize);
    }
  }
  __device__ __forceinline__ void ToFloats(float (&to)[kColumns]) const {
#pragma unroll
    for (int i = 0; i < kColumns / RawOf<T>::kSize; ++i) {
      Unpack(raw[i], static_cast<const T*>(nullptr), to + i * RawOf<T>::kSize);
    }
  }
};
template <typename T>
struct Columns<T, 1> {
  T value;
  __device__ __forceinline__ void Load(const T* from) { value = *from; }
  __device__ __forceinline__ void ToFloats(float (&to)[1]) const { to[0] = ToFloat(value); }
};

// From and to global memory.
template <typename T, int kColumns>
__device__ __forceinline__ void LoadColumns(const T* from, float (&to)[kColumns]) {
  Columns<T, kColumns> columns;
  columns.Load(from);
  columns.ToFloats(to);
}
template <typename T, int kColumns>
__device__ __forceinline__ void StoreColumns(T* to, const float (&from)[kColumns]) {
#pragma unroll
  for (int i = 0; i < kColumns / RawOf<T>::kSize; ++i) {
    StoreRaw(to + i * RawOf<T>::kSize, RawFrom<T>::Floats(from + i * RawOf<T>::kSize));
  }
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

// 2^x and 1 / x by one instruction of the special function units each: relative errors of 2^-22.
__device__ __forceinline__ float FastExp2(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return exp2f(x);
#endif
}
__device__ __forceinline__ float FastReciprocal(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return 1.0f / x;
#endif
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

}  // namespace fused_ops

#endif  // FUSED_OPS_CUDA_COMMON_CUH_
