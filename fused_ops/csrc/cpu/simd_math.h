// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Vectorised elementary functions. The stated errors are checked by tests/ops/test_simd.py.
#ifndef FUSED_OPS_SIMD_MATH_H_
#define FUSED_OPS_SIMD_MATH_H_

#include "simd.h"

namespace fused_ops {

// exp(x), relative error below 2e-7 for x in [-87.33, 88.37]; 0 below, infinity above, NaN for NaN.
//
// x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts so that n ln 2 is subtracted exactly), and
// exp(r) = 1 + r + r^2 q(r), q of degree 4 fitted by reweighted least squares (its relative error
// is 3e-9).
FUSED_INLINE Vec Exp(Vec x) {
  const Vec kMagic =
      Set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const Vec clamped = Max(Min(x, Set(88.8f)), Set(-87.33f));
  const Vec shifted = clamped * Set(1.44269504f) + kMagic;
  const Vec n = shifted - kMagic;
  const Vec r = (clamped - n * Set(0.693359375f)) - n * Set(-2.12194440e-4f);
  Vec p = Set(1.3814540579915047e-03f);
  p = p * r + Set(8.36874544620514e-03f);
  p = p * r + Set(4.166838899254799e-02f);
  p = p * r + Set(1.666652113199234e-01f);
  p = p * r + Set(4.999999403953552e-01f);
  p = p * r * r + r + Set(1.0f);
  const Int32Vec exponent = ((Int32Vec)shifted - (Int32Vec)kMagic + 127) << 23;  // 255: infinity
  const Vec result = p * (Vec)exponent;
  return x < Set(-87.33f) ? Set(0.0f) : result;
}

// Standard normal density and distribution function, sharing one exponential.
struct Normal {
  Vec cdf;      // P(Z <= x); absolute error below 2.5e-7, relative error below 3e-6 for x > -6
  Vec density;  // exp(-x^2 / 2) / sqrt(2 pi)
};

// For x >= 0, P(Z > x) = exp(-x^2 / 2) * m(t), t = 1 / (1 + 0.3 x): the scaled Mills ratio m is
// smooth in t, and this polynomial of degree 8 (least squares, reweighted towards minimax, on x in
// [0, 13.5]) has relative error 1.3e-7. Taking the small tail first keeps its relative accuracy,
// which 1 + erf(x) loses for negative x.
FUSED_INLINE Normal NormalOf(Vec x) {
  const Vec magnitude = Max(x, -x);
  const Vec e = Exp(x * x * Set(-0.5f));
  const Vec t = Set(1.0f) / (magnitude * Set(0.3f) + Set(1.0f));
  Vec m = Set(3.593173623085022e-02f);
  m = m * t + Set(-1.582760065793991e-01f);
  m = m * t + Set(2.0820660889148712e-01f);
  m = m * t + Set(-5.539385601878166e-02f);
  m = m * t + Set(1.2946920096874237e-01f);
  m = m * t + Set(9.963749349117279e-02f);
  m = m * t + Set(1.2079835683107376e-01f);
  m = m * t + Set(1.1962638795375824e-01f);
  const Vec tail = e * (m * t);
  return Normal{x < Set(0.0f) ? tail : Set(1.0f) - tail, e * Set(3.9894228040e-01f)};
}

}  // namespace fused_ops

#endif  // FUSED_OPS_SIMD_MATH_H_
