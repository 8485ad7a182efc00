// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Vectorised dropout masks, bit for bit those of DropoutKeepBits in dropout.h.
#ifndef FUSED_OPS_SIMD_DROPOUT_H_
#define FUSED_OPS_SIMD_DROPOUT_H_

#include "dropout.h"
#include "simd.h"

namespace fused_ops {

#if defined(__AVX512F__)
#define FUSED_SIMD(name) _mm512_##name
#define FUSED_SIMD_VOID(name) _mm512_##name##_si512
#define FUSED_SIMD_SET1_64 _mm512_set1_epi64
#elif defined(__AVX2__)
#define FUSED_SIMD(name) _mm256_##name
#define FUSED_SIMD_VOID(name) _mm256_##name##_si256
#define FUSED_SIMD_SET1_64 _mm256_set1_epi64x
#else
#define FUSED_SIMD(name) _mm_##name
#define FUSED_SIMD_VOID(name) _mm_##name##_si128
#define FUSED_SIMD_SET1_64 _mm_set1_epi64x
#endif

// Bytes to allocate for the keep bits of a row: one per group of eight columns, and room for whole
// vectors.
FUSED_INLINE int64_t KeepBytes(int64_t cols) { return (cols + 7) / 8 + kWidth; }

// Lane by lane, the high and low words of a * multiplier.
FUSED_INLINE void MultiplyWide(IntVec a, uint32_t multiplier, IntVec* high, IntVec* low) {
  const IntVec m = FUSED_SIMD(set1_epi32)(static_cast<int>(multiplier));
  const IntVec even = FUSED_SIMD(mul_epu32)(a, m);
  const IntVec odd = FUSED_SIMD(mul_epu32)(FUSED_SIMD(srli_epi64)(a, 32), m);
  const IntVec odd_lanes = FUSED_SIMD_SET1_64(static_cast<long long>(0xffffffff00000000ull));
  *low = FUSED_SIMD_VOID(or)(FUSED_SIMD_VOID(andnot)(odd_lanes, even),
                             FUSED_SIMD(slli_epi64)(odd, 32));
  *high =
      FUSED_SIMD_VOID(or)(FUSED_SIMD(srli_epi64)(even, 32), FUSED_SIMD_VOID(and)(odd_lanes, odd));
}

// Stores, at `bits`, which of two vectors' 16-bit parts are >= the threshold: one bit each, in
// memory order.
FUSED_INLINE void StoreKept(uint8_t* bits, IntVec first, IntVec second, IntVec threshold) {
#if defined(__AVX512F__)
  const uint64_t mask = static_cast<uint64_t>(_mm512_cmpge_epu16_mask(first, threshold)) |
                        static_cast<uint64_t>(_mm512_cmpge_epu16_mask(second, threshold)) << 32;
#else
  const IntVec zero = FUSED_SIMD_VOID(setzero)();
  first = FUSED_SIMD(cmpeq_epi16)(FUSED_SIMD(subs_epu16)(threshold, first), zero);
  second = FUSED_SIMD(cmpeq_epi16)(FUSED_SIMD(subs_epu16)(threshold, second), zero);
  IntVec bytes = FUSED_SIMD(packs_epi16)(first, second);
#if defined(__AVX2__)
  bytes = _mm256_permute4x64_epi64(
      bytes, 0xd8);  // pack works within 128-bit lanes: put the quarters in order
  const uint32_t mask = static_cast<uint32_t>(_mm256_movemask_epi8(bytes));
#else
  const uint16_t mask = static_cast<uint16_t>(_mm_movemask_epi8(bytes));
#endif
#endif
  memcpy(bits, &mask, sizeof(mask));
}

// Keep bits of `groups` groups from index first_group on, a byte each. `bits` has room for whole
// vectors of groups.
FUSED_INLINE void GroupsKeepBits(const Dropout& d, uint64_t first_group, int64_t groups,
                                 uint8_t* bits) {
  // Lane p works on group (p % 4) * quads + p / 4 of its block, so that the transposition below,
  // which acts within 128-bit lanes, leaves the groups in order.
  const int quads = kWidth / 4;
  uint32_t lane_group[kWidth];
  for (int p = 0; p < kWidth; ++p) lane_group[p] = (p % 4) * quads + p / 4;
  UInt32Vec lane_groups;
  memcpy(&lane_groups, lane_group, sizeof(lane_groups));
  const IntVec threshold = FUSED_SIMD(set1_epi16)(static_cast<short>(d.threshold));

  for (int64_t g = 0; g < groups; g += kWidth) {
    const uint64_t index = first_group + g;
    const uint32_t index_low = static_cast<uint32_t>(index),
                   index_high = static_cast<uint32_t>(index >> 32);
    const UInt32Vec low = lane_groups + index_low;
    const UInt32Vec carry = (UInt32Vec)(low < lane_groups);  // all ones (-1) where the sum wrapped
    IntVec c0 = (IntVec)low, c1 = (IntVec)((carry ^ carry) + index_high - carry);
    IntVec c2 = FUSED_SIMD(set1_epi32)(static_cast<int>(static_cast<uint32_t>(d.offset)));
    IntVec c3 = FUSED_SIMD(set1_epi32)(static_cast<int>(static_cast<uint32_t>(d.offset >> 32)));
    uint32_t k0 = static_cast<uint32_t>(d.seed), k1 = static_cast<uint32_t>(d.seed >> 32);
    for (int round = 0; round < kPhiloxRounds; ++round) {
      IntVec high0, low0, high1, low1;
      MultiplyWide(c0, kPhiloxMultiplier0, &high0, &low0);
      MultiplyWide(c2, kPhiloxMultiplier1, &high1, &low1);
      c0 = FUSED_SIMD_VOID(xor)(FUSED_SIMD_VOID(xor)(high1, c1),
                                FUSED_SIMD(set1_epi32)(static_cast<int>(k0)));
      c1 = low1;
      c2 = FUSED_SIMD_VOID(xor)(FUSED_SIMD_VOID(xor)(high0, c3),
                                FUSED_SIMD(set1_epi32)(static_cast<int>(k1)));
      c3 = low0;
      k0 += kPhiloxWeyl0;
      k1 += kPhiloxWeyl1;
    }
    const IntVec a = FUSED_SIMD(unpacklo_epi32)(c0, c1), b = FUSED_SIMD(unpackhi_epi32)(c0, c1);
    const IntVec e = FUSED_SIMD(unpacklo_epi32)(c2, c3), f = FUSED_SIMD(unpackhi_epi32)(c2, c3);
    StoreKept(bits + g, FUSED_SIMD(unpacklo_epi64)(a, e), FUSED_SIMD(unpackhi_epi64)(a, e),
              threshold);
    StoreKept(bits + g + kWidth / 2, FUSED_SIMD(unpacklo_epi64)(b, f),
              FUSED_SIMD(unpackhi_epi64)(b, f), threshold);
  }
}

// Keep bits of columns [0, cols) of row `row`: bit (c % 8) of bits[c / 8]. `bits` has
// KeepBytes(cols) bytes.
FUSED_INLINE void RowKeepBits(const Dropout& d, int64_t row, int64_t cols, uint8_t* bits) {
  const uint64_t groups = DropoutGroupsPerRow(cols);
  GroupsKeepBits(d, static_cast<uint64_t>(row) * groups, static_cast<int64_t>(groups), bits);
}

// `v` holds columns i .. i + kWidth - 1 (i a multiple of kWidth): the dropped ones become 0.
FUSED_INLINE Vec KeepWhere(Vec v, const uint8_t* bits, int64_t i) {
#if defined(__AVX512F__)
  uint16_t mask;
  memcpy(&mask, bits + i / 8, sizeof(mask));
  return _mm512_maskz_mov_ps(mask, v);
#else
  const int mask = bits[i / 8] >> (i % 8);
  UInt32Vec lane_bit;
  for (int lane = 0; lane < kWidth; ++lane) lane_bit[lane] = 1u << lane;
  const UInt32Vec kept = (UInt32Vec)((lane_bit & static_cast<uint32_t>(mask)) == lane_bit);
  return (Vec)((UInt32Vec)v & kept);
#endif
}

#undef FUSED_SIMD
#undef FUSED_SIMD_VOID
#undef FUSED_SIMD_SET1_64

}  // namespace fused_ops

#endif  // FUSED_OPS_SIMD_DROPOUT_H_
