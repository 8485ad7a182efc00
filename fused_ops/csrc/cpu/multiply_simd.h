// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Matrix products in registers, and the copies they read; all operands are in cache.
// Included only by *_kernels_cpu.cc.
#ifndef FUSED_OPS_MULTIPLY_SIMD_H_
#define FUSED_OPS_MULTIPLY_SIMD_H_

#include "simd.h"

namespace fused_ops {

// Columns of a register tile: with 6 rows it fills 24 of AVX-512's 32 registers, 12 of 16
// otherwise.
#if defined(__AVX512F__)
static constexpr int kTileVectors = 4;
#else
static constexpr int kTileVectors = 2;
#endif
static constexpr int kTileColumns = kTileVectors * kWidth;
static constexpr int kTileRows = 6;

// Two bfloat16 of neighbouring steps of the depth, the first in the lower half.
struct Pair {
  uint32_t bits;
};

FUSED_INLINE Vec MultiplyAdd(Vec sum, const float* factor, const float* row) {
  return sum + Set(*factor) * Load(row, Full());
}

// sum + first factor * first of row + second factor * second of row.
FUSED_INLINE Vec MultiplyAdd(Vec sum, const Pair* factor, const Pair* row) {
#if defined(__AVX512BF16__)
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(factor->bits),
                          (__m512bh)_mm512_loadu_si512(row));
#else
  UInt32Vec pairs;
  memcpy(&pairs, row, sizeof(pairs));
  const uint32_t first = factor->bits << 16, second = factor->bits & 0xffff0000u;
  float first_factor, second_factor;
  memcpy(&first_factor, &first, sizeof(first));
  memcpy(&second_factor, &second, sizeof(second));
  sum += Set(first_factor) * (Vec)(pairs << 16);
  return sum + Set(second_factor) * (Vec)(pairs & 0xffff0000u);
#endif
}

// c [kRows, kVectors * kWidth] = (accumulate ? c : 0) + A b, b [depth, ..] with rows ldb apart. A
// [kRows, depth] is a with rows lda apart, or (kTransposed) a's transpose, rows of a again lda
// apart. Elements are float or Pair, depth counts them. c is added last: sums of sums are more
// exact than one long sum.
template <int kRows, int kVectors, bool kTransposed, typename Element>
FUSED_INLINE void MultiplyTile(int depth, const Element* a, int64_t lda, const Element* b,
                               int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  Vec sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = Set(0.0f);
  }
  for (int k = 0; k < depth; ++k) {
    for (int r = 0; r < kRows; ++r) {
      const Element* factor = a + (kTransposed ? r : r * lda);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = MultiplyAdd(sum[r][v], factor, b + v * kWidth);
    }
    a += kTransposed ? lda : 1;
    b += ldb;
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      float* to = c + r * ldc + v * kWidth;
      Store(to, accumulate ? Load(to, Full()) + sum[r][v] : sum[r][v], Full());
    }
  }
}

// The transpose of from [rows, cols], rows `stride` apart, in panels of kTileColumns columns:
// panels [rows / kTileColumns, cols, kTileColumns]. Behind the last row are copies of it, up to a
// multiple of 4; the rest of the last panel is left as it was.
FUSED_INLINE void CopyPanels(const float* from, int64_t stride, int64_t rows, int64_t cols,
                             float* panels) {
  for (int64_t row = 0; row < rows; row += 4) {
    float* panel = panels + row / kTileColumns * kTileColumns * cols + row % kTileColumns;
    const float* source[4];
    for (int i = 0; i < 4; ++i) source[i] = from + (row + i < rows ? row + i : rows - 1) * stride;
    int64_t col = 0;
    for (; col + 4 <= cols; col += 4) {
      __m128 quad[4];
      for (int i = 0; i < 4; ++i) quad[i] = _mm_loadu_ps(source[i] + col);
      _MM_TRANSPOSE4_PS(quad[0], quad[1], quad[2], quad[3]);
      for (int i = 0; i < 4; ++i) _mm_storeu_ps(panel + (col + i) * kTileColumns, quad[i]);
    }
    for (; col < cols; ++col) {
      for (int i = 0; i < 4; ++i) panel[col * kTileColumns + i] = source[i][col];
    }
  }
}

}  // namespace fused_ops

#endif  // FUSED_OPS_MULTIPLY_SIMD_H_
