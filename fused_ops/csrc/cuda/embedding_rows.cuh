// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The rows of a token in its tables, as the embedding's kernels read them, and the gradient of
// their sum.
#ifndef FUSED_OPS_EMBEDDING_ROWS_CUH_
#define FUSED_OPS_EMBEDDING_ROWS_CUH_

#include "cuda_common.cuh"
#include "embedding_kernels.h"

namespace fused_ops {

// A token's ids; -1 for one outside its table.
struct TokenRows {
  int32_t id[kEmbeddingTables];
};
__device__ __forceinline__ TokenRows RowsOf(const EmbeddingInput& input, int64_t token) {
  TokenRows rows;
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int32_t id = TokenId(input, k, token);
    rows.id[k] = id >= 0 && id < input.table_rows[k] ? id : -1;
  }
  return rows;
}

// Columns of those rows, as loaded. For an id outside its table row 0 is loaded and left out of the
// sum; of a table without rows nothing is.
template <int kColumns>
struct TableColumns {
  Columns<float, kColumns> row[kEmbeddingTables];
  __device__ __forceinline__ void Load(const EmbeddingInput& input, const TokenRows& rows, int k,
                                       int64_t col) {
    if (input.table_rows[k] == 0) return;
    const int64_t id = rows.id[k] < 0 ? 0 : rows.id[k];
    row[k].Load(input.tables[k] + id * input.cols + col);
  }
  __device__ __forceinline__ void Sum(const TokenRows& rows, float (&z)[kColumns]) const {
#pragma unroll
    for (int j = 0; j < kColumns; ++j) z[j] = 0.0f;
#pragma unroll
    for (int k = 0; k < kEmbeddingTables; ++k) {
      if (rows.id[k] < 0) continue;
      float value[kColumns];
      row[k].ToFloats(value);
#pragma unroll
      for (int j = 0; j < kColumns; ++j) z[j] += value[j];
    }
  }
};

// Multiplies columns from `col` on, eight (a dropout group) or one, by the mask and its scale.
template <int kColumns>
__device__ __forceinline__ void DropColumns(const Dropout& dropout, int64_t row, int64_t cols,
                                            int64_t col, float (&x)[kColumns]) {
  static_assert(kColumns == kPack || kColumns == 1, "a dropout group or an element");
  if (dropout.threshold == 0) return;
  const uint32_t keep = DropoutKeepBits(dropout, row * DropoutGroupsPerRow(cols) + col / kPack) >>
                        (kColumns == 1 ? col % kPack : 0);
#pragma unroll
  for (int j = 0; j < kColumns; ++j) x[j] = keep >> j & 1u ? x[j] * dropout.scale : 0.0f;
}

// What the gradient of a token's sum of rows, dz [tokens, cols], is made of. It is not kept in
// memory: whoever adds it up makes it again, which moves fewer bytes.
struct TokenGradients {
  EmbeddingInput input;
  Dropout dropout;
  const void* dy;  // T [tokens, cols]
  const float *gamma, *mean, *rstd;
  const float* means;  // [tokens, 2]: see GradientMeans in layer_norm_rows.cuh
};

// Queues the gradients of the tables whose dtable is not null, for elements of `type`; scratch as
// TableGradientScratch says.
void LaunchTableGradients(void* stream, int type, const TokenGradients& gradients,
                          float* const (&dtables)[kEmbeddingTables], int32_t* int_scratch,
                          float* float_scratch);

}  // namespace fused_ops

#endif  // FUSED_OPS_EMBEDDING_ROWS_CUH_
