// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// y = dropout(LayerNorm(z)), z = word_table[word_id] + position_table[position_id] +
// type_table[type_id], for each token.
//
// Tables, parameters, statistics and arithmetic are float, T (of y and dy) is float or Half. The
// mask is that of dropout.h for a [tokens, cols] tensor. An id outside its table adds nothing to z
// and gets no gradient (the CPU op refuses it before it comes here).
#ifndef FUSED_OPS_EMBEDDING_KERNELS_H_
#define FUSED_OPS_EMBEDDING_KERNELS_H_

#include "dropout.h"
#include "half.h"
#include "parallel.h"

namespace fused_ops {

// The tables in the order word, position, type.
static constexpr int kEmbeddingTables = 3;

// `sequence`: without position ids (null), the positions are 0 .. sequence - 1 over and over, and
// tokens is a multiple of it; else unused.
struct EmbeddingInput {
  int64_t tokens, cols;
  const int32_t* ids[kEmbeddingTables];   // [tokens]
  const float* tables[kEmbeddingTables];  // [table_rows, cols]
  int64_t table_rows[kEmbeddingTables];
  int64_t sequence;
};

// A token's row of a table.
FUSED_HOST_DEVICE int32_t TokenId(const int32_t* ids, int64_t sequence, int64_t token) {
  if (ids != nullptr) return ids[token];
  return static_cast<int32_t>(static_cast<uint32_t>(token) % static_cast<uint32_t>(sequence));
}
FUSED_HOST_DEVICE int32_t TokenId(const EmbeddingInput& input, int k, int64_t token) {
  return k == 1 ? TokenId(input.ids[k], input.sequence, token) : input.ids[k][token];
}

template <class Isa, typename T>
struct EmbeddingCpu {
  // gamma, beta [cols]; y [tokens, cols]; mean, rstd [tokens] of z.
  static void Forward(const Threads& threads, const EmbeddingInput& input, const Dropout& dropout,
                      float epsilon, const float* gamma, const float* beta, T* y, float* mean,
                      float* rstd);

  // dy [tokens, cols]; dz [tokens, cols] is the gradient of every looked-up row; gamma, dgamma,
  // dbeta [cols]; partials [2, ReductionChunks(tokens), cols] is scratch.
  static void Backward(const Threads& threads, const EmbeddingInput& input, const Dropout& dropout,
                       const T* dy, const float* gamma, const float* mean, const float* rstd,
                       float* dz, float* dgamma, float* dbeta, float* partials);
};

// The gradient of a table from those of its looked-up rows: a dense sum in the order of the tokens.
template <class Isa, typename T>
struct TableGradientCpu {
  // The table is number `table` of `input`; dz [tokens, cols], dtable [table_rows, cols];
  // scratch [tokens + table_rows + 1].
  static void Sum(const Threads& threads, const EmbeddingInput& input, int table, const T* dz,
                  T* dtable, int32_t* scratch);
};

// What the backward kernel writes: dtables [table_rows, cols] each; dgamma, dbeta [cols].
struct EmbeddingGradients {
  float* dtables[kEmbeddingTables];
  float *dgamma, *dbeta;
};

// The CUDA kernels' pieces, here because the scratch depends on them: rows that a block adds, and
// keys that a block sorts at a time by 256 digits.
static constexpr int kTokensPerSum = 32, kSortTile = 1024, kSortDigits = 256;
FUSED_HOST_DEVICE int64_t CudaSumPieces(int64_t rows) {
  return (rows + kTokensPerSum - 1) / kTokensPerSum;
}
static inline int64_t SortTiles(int64_t tokens) { return (tokens + kSortTile - 1) / kSortTile; }

// Scratch of the tables' sums: ints, and rows of cols floats.
static inline void TableGradientScratch(int64_t tokens, int64_t* ints, int64_t* rows) {
  int64_t places = 0;  // of the lists after the first
  for (int64_t pieces = CudaSumPieces(tokens); pieces > 1; pieces = CudaSumPieces(2 * pieces))
    places += 2 * pieces;
  *ints = kEmbeddingTables * (4 * tokens + SortTiles(tokens) * kSortDigits + 2 * places);
  *rows = kEmbeddingTables * places;
}

// How much scratch fused_embedding_backward_cuda needs, and the scratch: means [tokens, 2],
// ints [ints], rows [rows, cols].
struct EmbeddingScratchSizes {
  int64_t ints, rows;
};
struct EmbeddingScratch {
  float* means;
  int32_t* ints;
  float* rows;
};

}  // namespace fused_ops

// CUDA: the same functions on device pointers, queued on `stream` (a cudaStream_t). `type` is an
// ElementType and names T of the void pointers. Return null, or the text of the launch error.
extern "C" {

FUSED_OPS_EXPORT const char* fused_embedding_forward_cuda(void* stream, int type,
                                                          const fused_ops::EmbeddingInput& input,
                                                          const fused_ops::Dropout& dropout,
                                                          float epsilon, const float* gamma,
                                                          const float* beta, void* y, float* mean,
                                                          float* rstd);

// The scratch for so many tokens on the current device; `sequence` as in EmbeddingInput, 0 with
// position ids.
FUSED_OPS_EXPORT void fused_embedding_scratch_cuda(int64_t tokens, int64_t sequence,
                                                   fused_ops::EmbeddingScratchSizes* sizes);

// The gradients of all tables (a row of no token gets 0) and of gamma and beta.
FUSED_OPS_EXPORT const char* fused_embedding_backward_cuda(
    void* stream, int type, const fused_ops::EmbeddingInput& input,
    const fused_ops::Dropout& dropout, const void* dy, const float* gamma, const float* mean,
    const float* rstd, const fused_ops::EmbeddingGradients& gradients,
    const fused_ops::EmbeddingScratch& scratch);
}

#endif  // FUSED_OPS_EMBEDDING_KERNELS_H_
