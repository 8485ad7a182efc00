// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Compiler differences: the same headers are read by g++, nvcc and NVRTC.
#ifndef FUSED_OPS_MACROS_H_
#define FUSED_OPS_MACROS_H_

// Visible in the shared library: the C launchers and what tests reach through ctypes.
#define FUSED_OPS_EXPORT __attribute__((visibility("default")))

#if defined(__CUDACC__)
#define FUSED_HOST_DEVICE __host__ __device__ inline
#else
// Static: the copies compiled for different instruction sets must never be merged by the linker.
#define FUSED_HOST_DEVICE static inline
#endif

#if defined(__CUDA_ARCH__)  // not in nvcc's host pass, which is g++
#define FUSED_UNROLL _Pragma("unroll")
#else
#define FUSED_UNROLL
#endif

#endif  // FUSED_OPS_MACROS_H_
