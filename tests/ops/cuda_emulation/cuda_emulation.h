// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Runs CUDA device code on the CPU, to test the kernels where there is no GPU: what is checked is
// the logic (indices, tails, reductions, barriers), not speed and not races between blocks or
// between two accesses without a barrier or shuffle in the same thread.
//
// Every thread of a block is a fiber; blocks run one after another. A barrier or shuffle parks the
// fiber until all threads it concerns have arrived. A warp runs ahead of the others as far as
// barriers of the block allow, then the next one does: blocks, warps and lanes take turns in the
// order of SetThreadOrder, and results that change with it reveal a missing barrier. A thread that
// ends while others wait for it at a barrier, threads waiting for each other, and shuffles with
// less than a whole warp stop the program with a message.
//
// Known: threadIdx, blockIdx, blockDim, gridDim, __shared__, __syncthreads, __syncwarp,
// __shfl_{,xor_,down_}sync, __half and its conversions, nvcuda::wmma 16x16x16 (half -> float),
// the instructions in cuda_emulation_mma.h, and as much of the runtime API as the checks need.
#ifndef FUSED_OPS_TESTS_CUDA_EMULATION_H_
#define FUSED_OPS_TESTS_CUDA_EMULATION_H_

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <functional>

#include "cpu/half_convert.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static
#define __align__(bytes) alignas(bytes)
#define __launch_bounds__(...)
#define __constant__ static const

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

namespace cuda_emulation {

extern dim3 thread_index, block_index, block_size, grid_size;
extern char dynamic_shared[256 * 1024];
extern int compute_capability_major;  // of the device that the runtime API reports; 9 at first

// Shuffled: drawn again by `seed` for every turn; how far a warp runs ahead of others is drawn,
// too.
enum ThreadOrder { kAscending, kDescending, kShuffled };
void SetThreadOrder(ThreadOrder order, unsigned seed = 0);

// Runs `thread` once for every thread of every block of the grid.
void Launch(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread);
void BlockBarrier();
void WarpBarrier();
// Storage of this thread's lane for exchanges within its warp; `lane` of the same warp for the
// second.
void** ExchangeSlot();
void** ExchangeSlotOf(unsigned lane);
unsigned Lane();

// Every lane hands in a value and takes that of lane `source`.
template <typename T>
T Exchange(T value, unsigned source) {
  *ExchangeSlot() = &value;
  WarpBarrier();
  const T taken = *static_cast<T*>(*ExchangeSlotOf(source));
  WarpBarrier();  // everybody has read before `value` goes out of scope
  return taken;
}

void CheckMask(unsigned mask);

}  // namespace cuda_emulation

#define threadIdx (::cuda_emulation::thread_index)
#define blockIdx (::cuda_emulation::block_index)
#define blockDim (::cuda_emulation::block_size)
#define gridDim (::cuda_emulation::grid_size)

static inline void __syncthreads() { cuda_emulation::BlockBarrier(); }
static inline void __syncwarp(unsigned mask = 0xffffffffu) {
  cuda_emulation::CheckMask(mask);
  cuda_emulation::WarpBarrier();
}
template <typename T>
T __shfl_sync(unsigned mask, T value, int source) {
  cuda_emulation::CheckMask(mask);
  return cuda_emulation::Exchange(value, static_cast<unsigned>(source) % 32);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits) {
  cuda_emulation::CheckMask(mask);
  return cuda_emulation::Exchange(value, cuda_emulation::Lane() ^ static_cast<unsigned>(bits));
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance) {
  cuda_emulation::CheckMask(mask);
  const unsigned source = cuda_emulation::Lane() + distance;
  return cuda_emulation::Exchange(value, source < 32 ? source : cuda_emulation::Lane());
}
static inline unsigned __ballot_sync(unsigned mask, int predicate) {
  cuda_emulation::CheckMask(mask);
  *cuda_emulation::ExchangeSlot() = &predicate;
  cuda_emulation::WarpBarrier();
  unsigned ballot = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    ballot |= (*static_cast<int*>(*cuda_emulation::ExchangeSlotOf(lane)) != 0 ? 1u : 0u) << lane;
  }
  cuda_emulation::WarpBarrier();
  return ballot;
}
static inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
static inline int __ffs(unsigned bits) { return __builtin_ffs(static_cast<int>(bits)); }
// Threads take turns only at barriers, so a plain addition is atomic.
static inline int atomicAdd(int* to, int value) {
  const int before = *to;
  *to += value;
  return before;
}
template <typename T>
T __ldg(const T* p) {
  return *p;
}

static inline float __fdividef(float a, float b) { return a / b; }
#define __expf(x) expf(x)  // glibc has a function of this name
#define __logf(x) logf(x)
static inline float normcdff(float x) { return 0.5f * erfcf(x * -0.70710678f); }
static inline unsigned __float_as_uint(float x) {
  unsigned bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}
static inline float __uint_as_float(unsigned bits) {
  float x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32);
}

struct alignas(16) float4 {
  float x, y, z, w;
};

struct __half {
  unsigned short bits;
};
struct __half2 {
  __half x, y;
};
static inline float __half2float(__half h) { return fused_ops::FloatOf(fused_ops::Half{h.bits}); }
static inline __half __float2half_rn(float x) { return __half{fused_ops::HalfOf(x).bits}; }
static inline __half __ushort_as_half(unsigned short bits) { return __half{bits}; }
static inline unsigned short __half_as_ushort(__half h) { return h.bits; }
static inline __half __float2half(float x) { return __float2half_rn(x); }

typedef int cudaError_t;
typedef void* cudaStream_t;
enum { cudaSuccess = 0 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
static inline cudaError_t cudaGetLastError() { return cudaSuccess; }
static inline const char* cudaGetErrorString(cudaError_t) { return "no error"; }
static inline cudaError_t cudaMalloc(void** p, size_t bytes) {
  *p = aligned_alloc(256, (bytes + 255) / 256 * 256);
  return cudaSuccess;
}
static inline cudaError_t cudaFree(void* p) {
  free(p);
  return cudaSuccess;
}
static inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) {
  memcpy(to, from, bytes);
  return cudaSuccess;
}
static inline cudaError_t cudaMemset(void* p, int byte, size_t bytes) {
  memset(p, byte, bytes);
  return cudaSuccess;
}
static inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
enum cudaDeviceAttr { cudaDevAttrComputeCapabilityMajor, cudaDevAttrMultiProcessorCount };
static inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
static inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  const bool capability = attribute == cudaDevAttrComputeCapabilityMajor;
  *value = capability ? cuda_emulation::compute_capability_major : 3;
  return cudaSuccess;
}
static inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

#define FUSED_UNWRAP(...) __VA_ARGS__
#define FUSED_LAUNCH(kernel, grid, block, shared_bytes, stream, ...) \
  ::cuda_emulation::Launch(grid, block, shared_bytes, [&]() { FUSED_UNWRAP kernel(__VA_ARGS__); })
#define FUSED_ALLOW_SHARED(kernel, bytes) ((void)(bytes), static_cast<const char*>(nullptr))
#define FUSED_DYNAMIC_SHARED(type, name) \
  type* name = reinterpret_cast<type*>(::cuda_emulation::dynamic_shared)

#include "cuda_emulation_wmma.h"
#include "cuda_emulation_mma.h"

#endif  // FUSED_OPS_TESTS_CUDA_EMULATION_H_
