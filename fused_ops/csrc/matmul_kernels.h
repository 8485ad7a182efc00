// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Dense products on the CPU, c = op(a) op(b): c [rows, cols], op(a) [rows, depth], op(b) [depth,
// cols]; all row-major and dense, a stored [depth, rows] if transpose_a, b [cols, depth] if
// transpose_b. Sums are float, of a block's depth of products each and then of those, in order: an
// element's bits depend on its row of op(a) and its column of op(b) only, not on the other rows or
// the number of threads. On a GPU the products are TensorFlow's.
#ifndef FUSED_OPS_MATMUL_KERNELS_H_
#define FUSED_OPS_MATMUL_KERNELS_H_

#include "half.h"
#include "parallel.h"

namespace fused_ops {

// bfloat16: a and b, which are float, are rounded to it (to nearest even) when they are copied;
// their products are added as floats.
struct MatMulProblem {
  int64_t rows, cols, depth;
  bool transpose_a, transpose_b, bfloat16;
};

// Blocks after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS
// 2008): of op(b), depth x columns that stay in the second-level cache; of op(a), rows that are
// read from there for every panel of those columns. As bfloat16, two steps of the depth take the
// place of a float.
static constexpr int64_t kMatMulDepth = 256, kMatMulColumns = 384, kMatMulRows = 48;

// Floats of scratch for one thread.
static constexpr int64_t kMatMulScratch = kMatMulDepth * (kMatMulColumns + kMatMulRows);

template <class Isa, typename T>
struct MatMulCpu {
  // scratch [slots, kMatMulScratch]: `slots` >= 1 threads work at the same time. floats: of Half,
  // room for a, b and c as floats; else not used. T = float alone has bfloat16.
  static void Multiply(const Threads& threads, const MatMulProblem& problem, const T* a, const T* b,
                       T* c, int64_t slots, float* scratch, float* floats);
};

}  // namespace fused_ops

#endif  // FUSED_OPS_MATMUL_KERNELS_H_
