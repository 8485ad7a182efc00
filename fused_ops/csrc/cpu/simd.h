// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// One vector of floats of the instruction set this file is compiled for: loads, stores (float and
// half), tails, sums. Included only by *_kernels_cpu.cc. Everything is static so that the copies
// compiled for different instruction sets can never be merged by the linker.
#ifndef FUSED_OPS_SIMD_H_
#define FUSED_OPS_SIMD_H_

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "half.h"
#if !defined(__AVX2__)
#include "half_convert.h"  // has no F16C
#endif

namespace fused_ops {

#define FUSED_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
typedef __m512 Vec;
typedef __m512i IntVec;
#elif defined(__AVX2__)
typedef __m256 Vec;
typedef __m256i IntVec;
#else
typedef __m128 Vec;
typedef __m128i IntVec;
#endif
static constexpr int kWidth = sizeof(Vec) / sizeof(float);
typedef int32_t Int32Vec __attribute__((vector_size(sizeof(Vec))));
typedef uint32_t UInt32Vec __attribute__((vector_size(sizeof(Vec))));

// How many lanes of a vector are meant: all of them, or the first n at the end of a row.
struct Full {};
struct Tail {
  int n;
};

// Calls f(i, Full()) for each whole vector of [0, n), then f(i, Tail) for the rest if there is one.
template <typename F>
FUSED_INLINE void ForVectors(int64_t n, const F& f) {
  int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) f(i, Full());
  if (i < n) f(i, Tail{static_cast<int>(n - i)});
}

FUSED_INLINE Vec Set(float x) {
#if defined(__AVX512F__)
  return _mm512_set1_ps(x);
#elif defined(__AVX2__)
  return _mm256_set1_ps(x);
#else
  return _mm_set1_ps(x);
#endif
}

FUSED_INLINE Vec Sqrt(Vec v) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(v);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(v);
#else
  return _mm_sqrt_ps(v);
#endif
}

FUSED_INLINE float Sum(Vec v) {
#if defined(__AVX512F__)
  __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  __m128 x = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
#elif defined(__AVX2__)
  __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#else
  __m128 x = v;
#endif
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_shuffle_ps(x, x, 1)));
}

// Min and Max of a NaN and a bound, in this order, are NaN: the comparison fails and the first is
// kept.
FUSED_INLINE Vec Min(Vec a, Vec b) { return b < a ? b : a; }
FUSED_INLINE Vec Max(Vec a, Vec b) { return a < b ? b : a; }

FUSED_INLINE float MaxLane(Vec v) {
#if defined(__AVX512F__)
  const __m256 half = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  __m128 x = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
#elif defined(__AVX2__)
  __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#else
  __m128 x = v;
#endif
  x = _mm_max_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_max_ss(x, _mm_shuffle_ps(x, x, 1)));
}

// Lanes from n on become 0.
FUSED_INLINE Vec KeepFirst(Vec v, Full) { return v; }
FUSED_INLINE Vec KeepFirst(Vec v, Tail t) {
#if defined(__AVX512F__)
  return _mm512_maskz_mov_ps(static_cast<__mmask16>((1u << t.n) - 1), v);
#else
  float lanes[kWidth] = {};
  memcpy(lanes, &v, t.n * sizeof(float));
  memcpy(&v, lanes, sizeof(v));
  return v;
#endif
}

FUSED_INLINE Vec Load(const float* p, Full) {
  Vec v;
  memcpy(&v, p, sizeof(v));
  return v;
}

// Lanes from n on are 0 and their memory is not touched.
FUSED_INLINE Vec Load(const float* p, Tail t) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << t.n) - 1), p);
#else
  float lanes[kWidth] = {};
  memcpy(lanes, p, t.n * sizeof(float));
  return Load(lanes, Full());
#endif
}

FUSED_INLINE void Store(float* p, Vec v, Full) { memcpy(p, &v, sizeof(v)); }
FUSED_INLINE void Store(float* p, Vec v, Tail t) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << t.n) - 1), v);
#else
  float lanes[kWidth];
  memcpy(lanes, &v, sizeof(v));
  memcpy(p, lanes, t.n * sizeof(float));
#endif
}

FUSED_INLINE Vec Load(const Half* p, Full) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__AVX2__)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
  float lanes[kWidth];
  for (int i = 0; i < kWidth; ++i) lanes[i] = FloatOf(p[i]);
  return Load(lanes, Full());
#endif
}

FUSED_INLINE Vec Load(const Half* p, Tail t) {
  Half lanes[kWidth] = {};
  memcpy(lanes, p, t.n * sizeof(Half));
  return Load(lanes, Full());
}

FUSED_INLINE void Store(Half* p, Vec v, Full) {
#if defined(__AVX512F__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__AVX2__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#else
  float lanes[kWidth];
  Store(lanes, v, Full());
  for (int i = 0; i < kWidth; ++i) p[i] = HalfOf(lanes[i]);
#endif
}

FUSED_INLINE void Store(Half* p, Vec v, Tail t) {
  Half lanes[kWidth];
  Store(lanes, v, Full());
  memcpy(p, lanes, t.n * sizeof(Half));
}

// Sum over [0, n) of f(i, lanes), f giving 0 in the lanes beyond a tail. Four accumulators, so that
// the additions do not wait for each other.
template <typename F>
FUSED_INLINE float SumOver(int64_t n, const F& f) {
  Vec a = Set(0.0f), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * kWidth <= n; i += 4 * kWidth) {
    a += f(i, Full());
    b += f(i + kWidth, Full());
    c += f(i + 2 * kWidth, Full());
    d += f(i + 3 * kWidth, Full());
  }
  for (; i + kWidth <= n; i += kWidth) a += f(i, Full());
  if (i < n) b += f(i, Tail{static_cast<int>(n - i)});
  return Sum((a + b) + (c + d));
}

// Lanes from n on become `rest`.
FUSED_INLINE Vec FillRest(Vec v, Full, float) { return v; }
FUSED_INLINE Vec FillRest(Vec v, Tail t, float rest) {
  return KeepFirst(Set(1.0f), t) > Set(0.0f) ? v : Set(rest);
}

// The largest of row [n]; -infinity for n = 0. NaNs are passed over.
template <typename T>
FUSED_INLINE float LargestOf(const T* row, int64_t n) {
  Vec a = Set(-__builtin_inff()), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * kWidth <= n; i += 4 * kWidth) {
    a = Max(a, Load(row + i, Full()));
    b = Max(b, Load(row + i + kWidth, Full()));
    c = Max(c, Load(row + i + 2 * kWidth, Full()));
    d = Max(d, Load(row + i + 3 * kWidth, Full()));
  }
  for (; i + kWidth <= n; i += kWidth) a = Max(a, Load(row + i, Full()));
  if (i < n) {
    const Tail rest{static_cast<int>(n - i)};
    b = Max(b, FillRest(Load(row + i, rest), rest, -__builtin_inff()));
  }
  return MaxLane(Max(Max(a, b), Max(c, d)));
}

}  // namespace fused_ops

#endif  // FUSED_OPS_SIMD_H_
