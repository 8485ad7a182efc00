// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// A thread takes a block of c at a time. It copies the columns of op(b) in panels as wide as a
// register tile, kMatMulDepth rows at once, and multiplies them by all rows of its block.
#include "matmul_kernels.h"

#include "cpu_isa.h"
#include "matmul_operands.h"
#include "tasks.h"

namespace fused_ops {
namespace {

static_assert(kMatMulColumns / 2 % kTileColumns == 0 && kMatMulRows % kTileRows == 0,
              "blocks are whole tiles");

FUSED_INLINE int64_t Least(int64_t a, int64_t b) { return a < b ? a : b; }

// c [rows, cols] (+)= a tile of op(a) and a panel of op(b); rows and cols at most a tile's.
template <bool kTransposed, typename Element>
FUSED_INLINE void MultiplyEdge(int64_t rows, int64_t cols, int64_t depth, const Element* a,
                               int64_t lda, const Element* panel, float* c, int64_t ldc,
                               bool accumulate) {
  float tile[kTileRows * kTileColumns];
  if (accumulate) {
    for (int64_t r = 0; r < rows; ++r)
      memcpy(tile + r * kTileColumns, c + r * ldc, cols * sizeof(float));
  }
  if (rows == kTileRows) {
    MultiplyTile<kTileRows, kTileVectors, kTransposed>(depth, a, lda, panel, kTileColumns, tile,
                                                       kTileColumns, accumulate);
  } else {
    for (int64_t row = 0; row < rows; ++row) {
      MultiplyTile<1, kTileVectors, kTransposed>(depth, a + (kTransposed ? row : row * lda), lda,
                                                 panel, kTileColumns, tile + row * kTileColumns,
                                                 kTileColumns, accumulate);
    }
  }
  for (int64_t r = 0; r < rows; ++r)
    memcpy(c + r * ldc, tile + r * kTileColumns, cols * sizeof(float));
}

// Asks for a tile of c while its sums are made.
FUSED_INLINE void PrefetchTile(const float* tile, int64_t ldc, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < kTileRows && r < rows; ++r) {
    for (int64_t col = 0; col < kTileColumns && col < cols; col += 16)
      __builtin_prefetch(tile + r * ldc + col, 1, 3);
  }
}

// c [rows, cols] (+)= rows of op(a) times panels of op(b).
template <bool kTransposed, typename Element>
static __attribute__((noinline)) void MultiplyPanels(int64_t rows, int64_t cols, int64_t depth,
                                                     const Rows<Element>& a, const Element* panels,
                                                     float* c, int64_t ldc, bool accumulate) {
  for (int64_t col = 0; col < cols; col += kTileColumns) {
    const Element* panel = panels + col * depth;
    const Element* a_rows = a.first;
    for (int64_t row = 0; row < rows; row += kTileRows, a_rows += a.tile) {
      float* tile = c + row * ldc + col;
      PrefetchTile(tile, ldc, rows - row, cols - col);
      if (row + kTileRows <= rows && col + kTileColumns <= cols) {
        MultiplyTile<kTileRows, kTileVectors, kTransposed>(depth, a_rows, a.stride, panel,
                                                           kTileColumns, tile, ldc, accumulate);
      } else {
        MultiplyEdge<kTransposed>(Least(kTileRows, rows - row), Least(kTileColumns, cols - col),
                                  depth, a_rows, a.stride, panel, tile, ldc, accumulate);
      }
    }
  }
}

// One block of c. scratch [kMatMulScratch].
template <typename Operands>
void MultiplyBlock(const MatMulProblem& p, const Block& block, const float* a, const float* b,
                   float* c, float* scratch) {
  typedef typename Operands::Element Element;
  constexpr int64_t kPerElement = Operands::kPerElement;
  Element* a_copy = reinterpret_cast<Element*>(scratch);
  Element* b_copy = a_copy + kMatMulDepth * kMatMulRows;
  for (int64_t k = 0; k < p.depth; k += kMatMulDepth * kPerElement) {
    const int64_t depth = Least(kMatMulDepth * kPerElement, p.depth - k);
    const int64_t elements = (depth + kPerElement - 1) / kPerElement;
    Operands::CopyB(p, block, k, depth, b, b_copy, a_copy);
    for (int64_t first = 0; first < block.rows; first += kMatMulRows) {
      const int64_t row = block.row + first, rows = Least(kMatMulRows, block.rows - first);
      const Rows<Element> of_a = Operands::RowsOfA(p, row, rows, k, depth, a, a_copy);
      float* to = c + row * p.cols + block.col;
      if (p.transpose_a) {
        MultiplyPanels<true>(rows, block.cols, elements, of_a, b_copy, to, p.cols, k > 0);
      } else {
        MultiplyPanels<false>(rows, block.cols, elements, of_a, b_copy, to, p.cols, k > 0);
      }
    }
  }
}

void MultiplyFloats(const Threads& threads, const MatMulProblem& p, const float* a, const float* b,
                    float* c, int64_t slots, float* scratch) {
  if (p.depth == 0) {
    memset(c, 0, p.rows * p.cols * sizeof(float));
    return;
  }
  // Threads share the columns, in narrower blocks if there are few, and the rows only where that is
  // not enough: each block of rows copies its columns of b again.
  const int64_t wanted = 4 * slots;
  const int64_t width = kMatMulColumns / (p.cols < wanted * kMatMulColumns ? 2 : 1);
  const int64_t across = (p.cols + width - 1) / width;
  const int64_t bands = (p.rows + kMatMulRows - 1) / kMatMulRows;
  const int64_t down = Least((wanted + across - 1) / across, (bands + 1) / 2);
  const int64_t block_rows = (bands + down - 1) / down * kMatMulRows;
  const int64_t cost = block_rows * width * p.depth / kTileColumns;
  const MatMulProblem problem = p;
  ForTasks(threads, slots, across * down, cost, [=](int64_t task, int64_t slot) {
    const int64_t row = task % down * block_rows, col = task / down * width;
    if (row >= problem.rows) return;
    const Block block = {row, Least(block_rows, problem.rows - row), col,
                         Least(width, problem.cols - col)};
    if (problem.bfloat16) {
      MultiplyBlock<PairOperands>(problem, block, a, b, c, scratch + slot * kMatMulScratch);
    } else {
      MultiplyBlock<FloatOperands>(problem, block, a, b, c, scratch + slot * kMatMulScratch);
    }
  });
}

// to [n] = from [n] in another type.
template <typename From, typename To>
void Convert(const Threads& threads, int64_t n, const From* from, To* to) {
  const int64_t unit = 64 * kWidth;
  ParallelFor(threads, (n + unit - 1) / unit, unit / 2, [=](int64_t begin, int64_t end) {
    const int64_t first = begin * unit, count = Least(end * unit, n) - first;
    ForVectors(count, [=](int64_t i, auto lanes) {
      Store(to + first + i, Load(from + first + i, lanes), lanes);
    });
  });
}

void MultiplyAs(const Threads& threads, const MatMulProblem& p, const float* a, const float* b,
                float* c, int64_t slots, float* scratch, float*) {
  MultiplyFloats(threads, p, a, b, c, slots, scratch);
}

void MultiplyAs(const Threads& threads, const MatMulProblem& p, const Half* a, const Half* b,
                Half* c, int64_t slots, float* scratch, float* floats) {
  const int64_t a_size = p.rows * p.depth, b_size = p.depth * p.cols, c_size = p.rows * p.cols;
  float *a_floats = floats, *b_floats = a_floats + a_size, *c_floats = b_floats + b_size;
  Convert(threads, a_size, a, a_floats);
  Convert(threads, b_size, b, b_floats);
  MultiplyFloats(threads, p, a_floats, b_floats, c_floats, slots, scratch);
  Convert(threads, c_size, c_floats, c);
}

}  // namespace

template <class Isa, typename T>
void MatMulCpu<Isa, T>::Multiply(const Threads& threads, const MatMulProblem& problem, const T* a,
                                 const T* b, T* c, int64_t slots, float* scratch, float* floats) {
  MultiplyAs(threads, problem, a, b, c, slots, scratch, floats);
}

template struct MatMulCpu<FUSED_ISA, float>;
template struct MatMulCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
