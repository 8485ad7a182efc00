// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Copies of a product's operands, in the order in which register tiles read them. Included only by
// matmul_kernels_cpu.cc.
#ifndef FUSED_OPS_MATMUL_OPERANDS_H_
#define FUSED_OPS_MATMUL_OPERANDS_H_

#include "matmul_kernels.h"
#include "multiply_simd.h"

namespace fused_ops {
namespace {  // a copy for each instruction set, which the linker must not merge

// A block of c: rows [row, row + rows), columns [col, col + cols).
struct Block {
  int64_t row, rows, col, cols;
};

// Rows of op(a) for MultiplyTile: element (r, k) at first[r * stride + k] or, if transposed,
// first[k * stride + r]. Tiles of kTileRows rows are tile elements apart.
template <typename Element>
struct Rows {
  const Element* first;
  int64_t stride, tile;
};

// to [panels, depth, kTileColumns]: columns [0, cols) of from, whose rows are `stride` apart, as
// copy_row(k, col, n, to) copies n of row k from a column on; 0 in the padding of the last panel.
template <typename Element, typename CopyRow>
FUSED_INLINE void CopyColumns(int64_t depth, int64_t cols, Element* to, const CopyRow& copy_row) {
  for (int64_t k = 0; k < depth; ++k) {
    Element* target = to + k * kTileColumns;
    int64_t col = 0;
    for (; col + kTileColumns <= cols; col += kTileColumns, target += depth * kTileColumns)
      copy_row(k, col, kTileColumns, target);
    if (col < cols) {
      memset(target, 0, kTileColumns * sizeof(Element));
      copy_row(k, col, cols - col, target);
    }
  }
}

// Operands as they are. Rows of a that are not transposed are read where they stand.
struct FloatOperands {
  typedef float Element;
  static constexpr int64_t kPerElement = 1;

  // to [panels, depth, kTileColumns]: the block's columns of rows [k, k + depth) of op(b).
  static void CopyB(const MatMulProblem& p, const Block& block, int64_t k, int64_t depth,
                    const float* b, float* to, float*) {
    if (p.transpose_b) {
      CopyPanels(b + block.col * p.depth + k, p.depth, block.cols, depth, to);
      return;
    }
    const float* from = b + k * p.cols + block.col;
    CopyColumns(depth, block.cols, to, [=](int64_t row, int64_t col, int64_t n, float* target) {
      memcpy(target, from + row * p.cols + col, n * sizeof(float));
    });
  }

  // Columns [k, k + depth) of rows [row, row + rows) of op(a); what lies behind the last row of a
  // transposed a is whatever was there before.
  static Rows<float> RowsOfA(const MatMulProblem& p, int64_t row, int64_t rows, int64_t k,
                             int64_t depth, const float* a, float* copy) {
    if (!p.transpose_a) return {a + row * p.depth + k, p.depth, kTileRows * p.depth};
    const float* from = a + k * p.rows + row;
    for (int64_t i = 0; i < depth; ++i, from += p.rows) {
      for (int64_t r = 0; r < rows; r += kTileRows) {
        memcpy(copy + r * depth + i * kTileRows, from + r,
               (r + kTileRows <= rows ? kTileRows : rows - r) * sizeof(float));
      }
    }
    return {copy, kTileRows, kTileRows * depth};
  }
};

// x rounded to bfloat16, to nearest even, in the upper half of each lane; a NaN stays one.
FUSED_INLINE UInt32Vec RoundedToBFloat16(Vec x) {
  UInt32Vec bits = (UInt32Vec)x;
  bits += 0x7fffu + ((bits >> 16) & 1u);
  bits = x == x ? bits : UInt32Vec{} + 0x7fc00000u;
  return bits & 0xffff0000u;
}

// to [n] = pairs of two rows; second may be null, which stands for zeros.
FUSED_INLINE void PairRows(const float* first, const float* second, int64_t n, Pair* to) {
  ForVectors(n, [=](int64_t i, auto lanes) {
    UInt32Vec pairs = RoundedToBFloat16(Load(first + i, lanes)) >> 16;
    if (second) pairs |= RoundedToBFloat16(Load(second + i, lanes));
    Store(reinterpret_cast<float*>(to + i), (Vec)pairs, lanes);
  });
}

// to [(n + 1) / 2] = pairs of neighbours in a row, the last with 0 if it is alone.
FUSED_INLINE void PairNeighbours(const float* row, int64_t n, Pair* to) {
  uint16_t* halves = reinterpret_cast<uint16_t*>(to);
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits;
    memcpy(&bits, row + i, sizeof(bits));
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    halves[i] = static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
  }
  if (n % 2) halves[n] = 0;
}

// Operands as pairs of bfloat16.
struct PairOperands {
  typedef Pair Element;
  static constexpr int64_t kPerElement = 2;

  static void CopyB(const MatMulProblem& p, const Block& block, int64_t k, int64_t depth,
                    const float* b, Pair* to, Pair* scratch) {
    const int64_t pairs = (depth + 1) / 2;
    if (!p.transpose_b) {
      const float* from = b + k * p.cols + block.col;
      CopyColumns(pairs, block.cols, to, [=](int64_t row, int64_t col, int64_t n, Pair* target) {
        const float* first = from + 2 * row * p.cols + col;
        PairRows(first, 2 * row + 1 < depth ? first + p.cols : nullptr, n, target);
      });
      return;
    }
    constexpr int64_t kColumns =
        8;  // whose pairs fit into the scratch; a tile has a multiple of it
    static_assert(kTileColumns % kColumns == 0 && kColumns <= kMatMulRows, "parts of a panel");
    for (int64_t col = 0; col < block.cols; col += kColumns) {
      const int64_t cols = col + kColumns <= block.cols ? kColumns : block.cols - col;
      for (int64_t i = 0; i < cols; ++i)
        PairNeighbours(b + (block.col + col + i) * p.depth + k, depth, scratch + i * pairs);
      // Moved, not computed with: as floats they keep their bits.
      CopyPanels(reinterpret_cast<const float*>(scratch), pairs, cols, pairs,
                 reinterpret_cast<float*>(to + col / kTileColumns * kTileColumns * pairs) +
                     col % kTileColumns);
    }
  }

  static Rows<Pair> RowsOfA(const MatMulProblem& p, int64_t row, int64_t rows, int64_t k,
                            int64_t depth, const float* a, Pair* copy) {
    const int64_t pairs = (depth + 1) / 2;
    if (p.transpose_a) {
      for (int64_t i = 0; i < pairs; ++i) {
        const float* first = a + (k + 2 * i) * p.rows + row;
        PairRows(first, 2 * i + 1 < depth ? first + p.rows : nullptr, rows, copy + i * kMatMulRows);
      }
      return {copy, kMatMulRows, kTileRows};
    }
    for (int64_t r = 0; r < rows; ++r)
      PairNeighbours(a + (row + r) * p.depth + k, depth, copy + r * pairs);
    return {copy, pairs, kTileRows * pairs};
  }
};

}  // namespace
}  // namespace fused_ops

#endif  // FUSED_OPS_MATMUL_OPERANDS_H_
