// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// AdamW reads and writes each array once. LAMB needs both norms before the parameter may move: its
// first pass leaves m and v updated, its second makes u again from them instead of storing it.
#include "optimizer_update_kernels.h"

#include <math.h>

#include "cpu_isa.h"
#include "simd.h"

namespace fused_ops {
namespace {

constexpr int64_t kCost = 16;  // cycles an element, most of them waiting for memory

struct Factors {
  Vec beta_1, rest_1, beta_2, rest_2, epsilon, decay, scale, m_correction, v_correction;
};

FUSED_INLINE Factors FactorsOf(const UpdateRule& rule, const UpdateScalars& s) {
  return Factors{Set(rule.beta_1),
                 Set(rule.rest_1),
                 Set(rule.beta_2),
                 Set(rule.rest_2),
                 Set(rule.epsilon),
                 Set(rule.weight_decay),
                 Set(*s.gradient_scale),
                 Set(s.m_correction ? *s.m_correction : 1.0f),
                 Set(s.v_correction ? *s.v_correction : 1.0f)};
}

// u, from m and v after the step.
template <class Lanes>
FUSED_INLINE Vec Direction(const Factors& f, Vec parameter, Vec m, Vec v, Lanes) {
  return m * f.m_correction / (Sqrt(v * f.v_correction) + f.epsilon) + f.decay * parameter;
}

// Updates m and v at i and returns u.
template <typename T, class Lanes>
FUSED_INLINE Vec Moments(const Factors& f, const T* gradient, Vec parameter, float* m, float* v,
                         int64_t i, Lanes lanes) {
  const Vec g = Load(gradient + i, lanes) * f.scale;
  const Vec next_m = f.beta_1 * Load(m + i, lanes) + f.rest_1 * g;
  const Vec next_v = f.beta_2 * Load(v + i, lanes) + f.rest_2 * (g * g);
  Store(m + i, next_m, lanes);
  Store(v + i, next_v, lanes);
  return Direction(f, parameter, next_m, next_v, lanes);
}

template <typename T>
void UpdateAtOnce(const Threads& threads, int64_t size, const UpdateRule& rule,
                  const UpdateScalars& scalars, const T* gradient, float* parameter, float* m,
                  float* v) {
  ParallelFor(threads, size, kCost, [=](int64_t begin, int64_t end) {
    const Factors f = FactorsOf(rule, scalars);
    const Vec rate = Set(*scalars.learning_rate);
    ForVectors(end - begin, [=](int64_t offset, auto lanes) {
      const int64_t i = begin + offset;
      const Vec old = Load(parameter + i, lanes);
      const Vec u = Moments(f, gradient, old, m, v, i, lanes);
      Store(parameter + i, old - rate * u, lanes);
    });
  });
}

// The chunk's sums of squares of the parameter and of u.
struct Squares {
  float parameter, u;
};

template <typename T>
FUSED_INLINE Squares MomentsOfChunk(const Factors& f, const T* gradient, const float* parameter,
                                    float* m, float* v, int64_t first, int64_t last) {
  Vec parameter_squares = Set(0.0f), u_squares = parameter_squares;
  ForVectors(last - first, [&](int64_t offset, auto lanes) {
    const Vec old = Load(parameter + first + offset, lanes);
    const Vec u = KeepFirst(Moments(f, gradient, old, m, v, first + offset, lanes), lanes);
    parameter_squares += old * old;
    u_squares += u * u;
  });
  return Squares{Sum(parameter_squares), Sum(u_squares)};
}

float NormOf(const float* partials, int64_t chunks) {
  double sum = 0.0;
  for (int64_t i = 0; i < chunks; ++i) sum += partials[i];
  return static_cast<float>(sqrt(sum));
}

template <typename T>
void UpdateByNorms(const Threads& threads, int64_t size, const UpdateRule& rule,
                   const UpdateScalars& scalars, const T* gradient, float* parameter, float* m,
                   float* v, float* partials) {
  const int64_t chunks = NormChunks(size);
  ParallelFor(threads, chunks, kNormChunk * kCost, [=](int64_t begin, int64_t end) {
    const Factors f = FactorsOf(rule, scalars);
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      const int64_t first = chunk * kNormChunk,
                    last = first + kNormChunk < size ? first + kNormChunk : size;
      const Squares squares = MomentsOfChunk(f, gradient, parameter, m, v, first, last);
      partials[chunk] = squares.parameter;
      partials[chunks + chunk] = squares.u;
    }
  });
  const float parameter_norm = NormOf(partials, chunks), u_norm = NormOf(partials + chunks, chunks);
  const float ratio = parameter_norm > 0.0f && u_norm > 0.0f ? parameter_norm / u_norm : 1.0f;
  ParallelFor(threads, size, kCost / 2, [=](int64_t begin, int64_t end) {
    const Factors f = FactorsOf(rule, scalars);
    const Vec rate = Set(*scalars.learning_rate * ratio);
    ForVectors(end - begin, [=](int64_t offset, auto lanes) {
      const int64_t i = begin + offset;
      const Vec old = Load(parameter + i, lanes);
      const Vec u = Direction(f, old, Load(m + i, lanes), Load(v + i, lanes), lanes);
      Store(parameter + i, old - rate * u, lanes);
    });
  });
}

}  // namespace

template <class Isa, typename T>
void OptimizerUpdateCpu<Isa, T>::Update(const Threads& threads, int64_t size,
                                        const UpdateRule& rule, const UpdateScalars& scalars,
                                        const T* gradient, float* parameter, float* m, float* v,
                                        float* partials) {
  if (rule.adapts) {
    UpdateByNorms(threads, size, rule, scalars, gradient, parameter, m, v, partials);
  } else {
    UpdateAtOnce(threads, size, rule, scalars, gradient, parameter, m, v);
  }
}

template struct OptimizerUpdateCpu<FUSED_ISA, float>;
template struct OptimizerUpdateCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
