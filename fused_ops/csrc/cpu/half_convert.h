// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Half <-> float on processors without F16C; Half and BFloat16 <-> float in host test programs.
#ifndef FUSED_OPS_HALF_CONVERT_H_
#define FUSED_OPS_HALF_CONVERT_H_

#include <stdint.h>
#include <string.h>

#include "half.h"

namespace fused_ops {

// Half <-> float by integer arithmetic; rounds to nearest even.
static inline float FloatOf(Half h) {
  const uint32_t sign = static_cast<uint32_t>(h.bits & 0x8000u) << 16;
  const uint32_t rest = static_cast<uint32_t>(h.bits & 0x7fffu) << 13;
  uint32_t bits = rest + (112u << 23);
  float value;
  if (rest >= (31u << 23))
    bits = rest + (224u << 23);  // infinity and NaN keep an all-ones exponent
  memcpy(&value, &bits, sizeof(value));
  if (rest < (1u << 23)) {  // zero and subnormal: renormalise by subtracting the implicit one
    bits = rest + (113u << 23);
    memcpy(&value, &bits, sizeof(value));
    value -= 6.103515625e-05f;
  }
  memcpy(&bits, &value, sizeof(bits));
  bits |= sign;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static inline Half HalfOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  const uint32_t sign = (bits >> 16) & 0x8000u;
  bits &= 0x7fffffffu;
  uint32_t half;
  if (bits > 0x7f800000u) {
    half = 0x7e00u;  // NaN
  } else if (bits >= 0x477ff000u) {
    half = 0x7c00u;  // rounds to 65520 or more: infinity
  } else if (bits < 0x38800000u) {
    float magnitude;  // below the smallest normal half: the sum's rounding is the rounding of the
                      // half
    memcpy(&magnitude, &bits, sizeof(magnitude));
    magnitude += 0.5f;
    memcpy(&half, &magnitude, sizeof(half));
    half -= 0x3f000000u;
  } else {
    half = (bits + 0xfffu + ((bits >> 13) & 1u) - (112u << 23)) >> 13;
  }
  return Half{static_cast<unsigned short>(half | sign)};
}

static inline float FloatOf(BFloat16 b) {
  const uint32_t bits = static_cast<uint32_t>(b.bits) << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

// Rounds to nearest even.
static inline BFloat16 BFloat16Of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffffu) > 0x7f800000u) return BFloat16{0x7fff};  // NaN
  return BFloat16{static_cast<unsigned short>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

}  // namespace fused_ops

#endif  // FUSED_OPS_HALF_CONVERT_H_
