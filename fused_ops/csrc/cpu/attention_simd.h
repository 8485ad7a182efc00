// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Small matrix products of attention in registers, and the copies they read: all operands are
// float, in cache, and padded to whole tiles. Included only by attention_kernels_cpu.cc.
#ifndef FUSED_OPS_ATTENTION_SIMD_H_
#define FUSED_OPS_ATTENTION_SIMD_H_

#include "attention_kernels.h"
#include "multiply_simd.h"

namespace fused_ops {

// Rows of a tile of A^T B, where rows are keys, whose number is a multiple of kWidth but not of 6.
static constexpr int kTransposedTileRows = 4;

static_assert(kTileColumns <= kMaxTileColumns && kMaxTileColumns % kTileColumns == 0,
              "scratch holds whole tiles");
static_assert(kQueryBlock % kTileRows == 0 && kKeyBlock % kTileColumns == 0,
              "blocks are whole tiles");
static_assert(kWidth % kTransposedTileRows == 0, "keys are padded to kWidth");

// MultiplyTile for c [rows, cols]: rows a multiple of kRows, cols of kWidth. Columns j.. of b, j a
// multiple of kTileColumns, start at b + j * b_panel.
template <int kRows, bool kTransposed>
static __attribute__((noinline)) void Multiply(int64_t rows, int64_t cols, int64_t depth,
                                               const float* a, int64_t lda, const float* b,
                                               int64_t ldb, int64_t b_panel, float* c, int64_t ldc,
                                               bool accumulate) {
  for (int64_t col = 0; col < cols; col += kTileColumns) {
    const float* panel = b + col * b_panel;
    const int64_t vectors = (cols - col) / kWidth;
    for (int64_t row = 0; row < rows; row += kRows) {
      const float* a_rows = kTransposed ? a + row : a + row * lda;
      float* tile = c + row * ldc + col;
      if (kTileVectors > 3 && vectors > 3) {
        MultiplyTile<kRows, kTileVectors, kTransposed>(depth, a_rows, lda, panel, ldb, tile, ldc,
                                                       accumulate);
      } else if (kTileVectors > 2 && vectors == 3) {
        MultiplyTile<kRows, kTileVectors - 1, kTransposed>(depth, a_rows, lda, panel, ldb, tile,
                                                           ldc, accumulate);
      } else if (vectors > 1) {
        MultiplyTile<kRows, 2, kTransposed>(depth, a_rows, lda, panel, ldb, tile, ldc, accumulate);
      } else {
        MultiplyTile<kRows, 1, kTransposed>(depth, a_rows, lda, panel, ldb, tile, ldc, accumulate);
      }
    }
  }
}

// c [rows, cols] = a b with b in panels (CopyPanels), rows `depth` deep.
FUSED_INLINE void MultiplyPanels(int64_t rows, int64_t cols, int64_t depth, const float* a,
                                 int64_t lda, const float* panels, float* c, int64_t ldc) {
  Multiply<kTileRows, false>(rows, cols, depth, a, lda, panels, kTileColumns, depth, c, ldc, false);
}

// c [rows, cols] (+)= a b, b row-major with rows of cols.
FUSED_INLINE void MultiplyRows(int64_t rows, int64_t cols, int64_t depth, const float* a,
                               int64_t lda, const float* b, float* c, bool accumulate) {
  Multiply<kTileRows, false>(rows, cols, depth, a, lda, b, cols, 1, c, cols, accumulate);
}

// c [rows, cols] (+)= a^T b, a [depth, ..] with rows lda apart, b row-major with rows of cols.
FUSED_INLINE void MultiplyTransposed(int64_t rows, int64_t cols, int64_t depth, const float* a,
                                     int64_t lda, const float* b, float* c, bool accumulate) {
  Multiply<kTransposedTileRows, true>(rows, cols, depth, a, lda, b, cols, 1, c, cols, accumulate);
}

// Rows of one head are a few cache lines each and thousands of bytes apart, beyond what hardware
// prefetches: asking for rows well before they are used (or written) hides most of the way to
// memory.
template <int kForWriting, typename T>
FUSED_INLINE void PrefetchRow(const T* row, int64_t cols) {
  const int64_t line = 64 / sizeof(T);
  for (int64_t i = 0; i < cols; i += line) __builtin_prefetch(row + i, kForWriting, 2);
}

template <int kForWriting, typename T>
FUSED_INLINE void PrefetchRows(const T* rows, int64_t stride, int64_t first, int64_t last,
                               int64_t cols) {
  for (int64_t row = first; row < last; ++row) PrefetchRow<kForWriting>(rows + row * stride, cols);
}

static constexpr int64_t kPrefetchDistance = 12;  // rows

// to [padded_rows, padded_cols] = factor * from [rows, cols], whose rows are `stride` apart; 0 in
// the padding.
template <typename T>
FUSED_INLINE void CopyRows(const T* from, int64_t stride, int64_t rows, int64_t padded_rows,
                           int64_t cols, int64_t padded_cols, float factor, float* to) {
  const Vec factors = Set(factor);
  for (int64_t row = 0; row < rows; ++row) {
    const T* source = from + row * stride;
    if (row + kPrefetchDistance < rows) PrefetchRow<0>(source + kPrefetchDistance * stride, cols);
    float* target = to + row * padded_cols;
    ForVectors(cols, [=](int64_t i, auto lanes) {
      Store(target + i, Load(source + i, lanes) * factors, Full());
    });
    for (int64_t i = RoundUp(cols, kWidth); i < padded_cols; i += kWidth)
      Store(target + i, Set(0.0f), Full());
  }
  memset(to + rows * padded_cols, 0, (padded_rows - rows) * padded_cols * sizeof(float));
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_SIMD_H_
