// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Dropout masks: a pure function of (seed, offset, row, column), so backward makes the mask again
// instead of reading it, and CPU and CUDA kernels, whatever their vector width or launch shape,
// make the same one.
#ifndef FUSED_OPS_DROPOUT_H_
#define FUSED_OPS_DROPOUT_H_

#include <stdint.h>

#include "macros.h"

namespace fused_ops {

// The mask of a [rows, cols] tensor is drawn in groups of eight consecutive columns. Group `g` of
// row `r` is the Philox4x32 block with counter (r * ceil(cols / 8) + g, offset) and key seed; its
// eight 16-bit parts, low part of word 0 first, belong to the eight columns. An element is kept
// when its part is >= threshold.
struct Dropout {
  uint64_t seed;
  uint64_t offset;
  uint32_t threshold;  // of 65536; 0 means no dropout
  float
      scale;  // of kept elements: 1 / (1 - threshold / 65536), exactly the kept fraction's inverse
};

// `rate` in [0, 1) is rounded to a multiple of 1 / 65536 (0.1 becomes 0.100006).
static inline Dropout MakeDropout(float rate, int64_t seed, int64_t offset) {
  uint32_t threshold = static_cast<uint32_t>(rate * 65536.0f + 0.5f);
  if (threshold > 65535u) threshold = 65535u;
  Dropout d = {static_cast<uint64_t>(seed), static_cast<uint64_t>(offset), threshold,
               static_cast<float>(65536.0 / (65536.0 - threshold))};
  return d;
}

FUSED_HOST_DEVICE uint64_t DropoutGroupsPerRow(int64_t cols) {
  return static_cast<uint64_t>(cols + 7) / 8;
}

// Philox4x32 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011) with 7 rounds,
// the fewest that pass the paper's BigCrush runs.
static constexpr int kPhiloxRounds = 7;
static constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53u, kPhiloxMultiplier1 = 0xCD9E8D57u;
static constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9u, kPhiloxWeyl1 = 0xBB67AE85u;

struct PhiloxBlock {
  uint32_t word[4];
};

// The round keys of a seed: the same for all blocks.
struct PhiloxKeys {
  uint32_t word[kPhiloxRounds][2];
};

FUSED_HOST_DEVICE PhiloxKeys PhiloxKeysOf(uint64_t seed) {
  PhiloxKeys keys;
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  FUSED_UNROLL
  for (int round = 0; round < kPhiloxRounds; ++round) {
    keys.word[round][0] = k0;
    keys.word[round][1] = k1;
    k0 += kPhiloxWeyl0;
    k1 += kPhiloxWeyl1;
  }
  return keys;
}

FUSED_HOST_DEVICE void MultiplyWide(uint32_t a, uint32_t b, uint32_t* high, uint32_t* low) {
#if defined(__CUDA_ARCH__)  // nvcc adds 0 to the high part of a 64-bit product
  asm("{\n .reg .u64 product;\n mul.wide.u32 product, %2, %3;\n mov.b64 {%1, %0}, product;\n}"
      : "=r"(*high), "=r"(*low)
      : "r"(a), "r"(b));
#else
  const uint64_t product = static_cast<uint64_t>(a) * b;
  *high = static_cast<uint32_t>(product >> 32);
  *low = static_cast<uint32_t>(product);
#endif
}

FUSED_HOST_DEVICE PhiloxBlock Philox(const PhiloxKeys& keys, uint64_t offset, uint64_t index) {
  uint32_t c0 = static_cast<uint32_t>(index), c1 = static_cast<uint32_t>(index >> 32);
  uint32_t c2 = static_cast<uint32_t>(offset), c3 = static_cast<uint32_t>(offset >> 32);
  FUSED_UNROLL
  for (int round = 0; round < kPhiloxRounds; ++round) {
    uint32_t a_high, a_low, b_high, b_low;
    MultiplyWide(kPhiloxMultiplier0, c0, &a_high, &a_low);
    MultiplyWide(kPhiloxMultiplier1, c2, &b_high, &b_low);
    c0 = b_high ^ c1 ^ keys.word[round][0];
    c1 = b_low;
    c2 = a_high ^ c3 ^ keys.word[round][1];
    c3 = a_low;
  }
  PhiloxBlock block = {{c0, c1, c2, c3}};
  return block;
}

FUSED_HOST_DEVICE PhiloxBlock Philox(uint64_t seed, uint64_t offset, uint64_t index) {
  return Philox(PhiloxKeysOf(seed), offset, index);
}

// Bit j: is column 8 * g + j kept, for the group with this index (row * groups_per_row + g).
FUSED_HOST_DEVICE uint32_t DropoutKeepBits(const Dropout& d, uint64_t group_index) {
  const PhiloxBlock block = Philox(d.seed, d.offset, group_index);
  uint32_t bits = 0;
  FUSED_UNROLL
  for (int w = 0; w < 4; ++w) {
    bits |= ((block.word[w] & 0xffffu) >= d.threshold ? 1u : 0u) << (2 * w);
    bits |= ((block.word[w] >> 16) >= d.threshold ? 1u : 0u) << (2 * w + 1);
  }
  return bits;
}

}  // namespace fused_ops

#endif  // FUSED_OPS_DROPOUT_H_
