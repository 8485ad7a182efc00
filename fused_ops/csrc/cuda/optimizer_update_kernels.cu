// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The optimizer step on the GPU: memory-bound, so threads go through the arrays in packs of eight
// where addresses allow.
#include "optimizer_update_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 256;
static constexpr int kBlocksPerMultiprocessor = 4;

__device__ __forceinline__ float ScalarOr(const float* scalar, float otherwise) {
  return scalar == nullptr ? otherwise : *scalar;
}

template <int kColumns>
__device__ __forceinline__ void Direction(const UpdateRule& rule, float m_correction,
                                          float v_correction, const float (&parameter)[kColumns],
                                          const float (&m)[kColumns], const float (&v)[kColumns],
                                          float (&u)[kColumns]) {
#pragma unroll
  for (int j = 0; j < kColumns; ++j) {
    u[j] = m[j] * m_correction / (sqrtf(v[j] * v_correction) + rule.epsilon) +
           rule.weight_decay * parameter[j];
  }
}

// The only kernel of a rule that does not adapt; else the first: it leaves the parameter alone and
// the blocks' sums of squares of parameter and u in partials [2, gridDim.x].
template <typename T, int kColumns, bool kAdapts>
__global__ void __launch_bounds__(kThreads, kBlocksPerMultiprocessor)
    UpdateMoments(int64_t size, UpdateRule rule, UpdateScalars scalars, const T* gradient,
                  float* parameter, float* m, float* v, float* partials) {
  __shared__ float scratch[kThreads / kWarp];
  const float rate = *scalars.learning_rate, scale = *scalars.gradient_scale;
  const float m_correction = ScalarOr(scalars.m_correction, 1.0f),
              v_correction = ScalarOr(scalars.v_correction, 1.0f);
  float parameter_squares = 0.0f, u_squares = 0.0f;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads * kColumns;
  for (int64_t i = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kColumns; i < size;
       i += stride) {
    float g[kColumns], p[kColumns], next_m[kColumns], next_v[kColumns], u[kColumns];
    Columns<T, kColumns> gradient_loaded;
    Columns<float, kColumns> loaded[3];
    gradient_loaded.Load(gradient + i);
    loaded[0].Load(parameter + i);
    loaded[1].Load(m + i);
    loaded[2].Load(v + i);
    gradient_loaded.ToFloats(g);
    loaded[0].ToFloats(p);
    loaded[1].ToFloats(next_m);
    loaded[2].ToFloats(next_v);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      g[j] *= scale;
      next_m[j] = rule.beta_1 * next_m[j] + rule.rest_1 * g[j];
      next_v[j] = rule.beta_2 * next_v[j] + rule.rest_2 * g[j] * g[j];
    }
    Direction<kColumns>(rule, m_correction, v_correction, p, next_m, next_v, u);
    StoreColumns(m + i, next_m);
    StoreColumns(v + i, next_v);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      parameter_squares += p[j] * p[j];
      u_squares += u[j] * u[j];
      p[j] -= rate * u[j];
    }
    if (!kAdapts) StoreColumns(parameter + i, p);
  }
  if (kAdapts) {
    parameter_squares = BlockSum<kThreads>(parameter_squares, scratch);
    u_squares = BlockSum<kThreads>(u_squares, scratch);
    if (threadIdx.x == 0) {
      partials[blockIdx.x] = parameter_squares;
      partials[gridDim.x + blockIdx.x] = u_squares;
    }
  }
}

// partials[0] becomes the trust ratio. One block.
template <int kUnused>
__global__ void __launch_bounds__(kThreads) TrustRatio(int64_t blocks, float* partials) {
  __shared__ float scratch[kThreads / kWarp];
  float squares[2] = {0.0f, 0.0f};
  for (int64_t i = threadIdx.x; i < blocks; i += kThreads) {
    squares[0] += partials[i];
    squares[1] += partials[blocks + i];
  }
  const float parameter_norm = sqrtf(BlockSum<kThreads>(squares[0], scratch));
  const float u_norm =
      sqrtf(BlockSum<kThreads>(squares[1], scratch));  // its barrier: everybody has read partials
  if (threadIdx.x == 0)
    partials[0] = parameter_norm > 0.0f && u_norm > 0.0f ? parameter_norm / u_norm : 1.0f;
}

template <int kColumns>
__global__ void __launch_bounds__(kThreads, kBlocksPerMultiprocessor)
    ApplyByRatio(int64_t size, UpdateRule rule, UpdateScalars scalars, const float* ratio,
                 float* parameter, const float* m, const float* v) {
  const float rate = *scalars.learning_rate * *ratio;
  const float m_correction = ScalarOr(scalars.m_correction, 1.0f),
              v_correction = ScalarOr(scalars.v_correction, 1.0f);
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads * kColumns;
  for (int64_t i = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kColumns; i < size;
       i += stride) {
    float p[kColumns], next_m[kColumns], next_v[kColumns], u[kColumns];
    Columns<float, kColumns> loaded[3];
    loaded[0].Load(parameter + i);
    loaded[1].Load(m + i);
    loaded[2].Load(v + i);
    loaded[0].ToFloats(p);
    loaded[1].ToFloats(next_m);
    loaded[2].ToFloats(next_v);
    Direction<kColumns>(rule, m_correction, v_correction, p, next_m, next_v, u);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) p[j] -= rate * u[j];
    StoreColumns(parameter + i, p);
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" int64_t fused_norm_blocks_cuda(int64_t size) {
  const int64_t kElementsPerBlock = kThreads * kPack;
  const int64_t blocks = (size + kElementsPerBlock - 1) / kElementsPerBlock;
  const int64_t most = Multiprocessors() * kBlocksPerMultiprocessor;
  return blocks < 1 ? 1 : (blocks > most ? most : blocks);
}

extern "C" const char* fused_optimizer_update_cuda(void* stream, int type, int64_t size,
                                                   const UpdateRule& rule,
                                                   const UpdateScalars& scalars,
                                                   const void* gradient, float* parameter, float* m,
                                                   float* v, float* partials) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (size == 0) return nullptr;
  const int64_t blocks = fused_norm_blocks_cuda(size);
  const unsigned grid = static_cast<unsigned>(blocks);
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(PacksFit(size, gradient, parameter, m, v), {
      const T* g = static_cast<const T*>(gradient);
      if (rule.adapts) {
        FUSED_LAUNCH((UpdateMoments<T, kColumns, true>), grid, kThreads, 0, stream, size, rule,
                     scalars, g, parameter, m, v, partials);
        FUSED_LAUNCH((TrustRatio<0>), 1, kThreads, 0, stream, blocks, partials);
        FUSED_LAUNCH((ApplyByRatio<kColumns>), grid, kThreads, 0, stream, size, rule, scalars,
                     partials, parameter, m, v);
      } else {
        FUSED_LAUNCH((UpdateMoments<T, kColumns, false>), grid, kThreads, 0, stream, size, rule,
                     scalars, g, parameter, m, v, partials);
      }
    });
  });
  return LaunchError();
}
