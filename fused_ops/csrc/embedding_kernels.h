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

struct EmbeddingInput {
  int64_t tokens, cols;
  const int32_t* ids[kEmbeddingTables];   // [tokens]
  const float* tables[kEmbeddingTables];  // [table_rows, cols]
  int64_t table_rows[kEmbeddingTables];
};

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
  // ids [tokens], dz [tokens, cols], dtable [table_rows, cols];
  // scratch [tokens + table_rows + 1].
  static void Sum(const Threads& threads, int64_t tokens, int64_t cols, int64_t table_rows,
                  const int32_t* ids, const T* dz, T* dtable, int32_t* scratch);
};

// The gradients of the three tables, [table_rows, cols] each.
struct TableGradients {
  float* dtables[kEmbeddingTables];
};

// The CUDA kernels' pieces, here because the scratch depends on them: rows that a block adds, and
// keys that a block sorts at a time by 256 digits.
static constexpr int kTokensPerSum = 32, kSortTile = 1024, kSortDigits = 256;
static inline int64_t CudaSumPieces(int64_t rows) {
  return (rows + kTokensPerSum - 1) / kTokensPerSum;
}
static inline int64_t SortTiles(int64_t tokens) { return (tokens + kSortTile - 1) / kSortTile; }

// Scratch of fused_table_gradients_cuda: ints, and rows of cols floats.
struct TableGradientScratch {
  int64_t ints, rows;
};
static inline TableGradientScratch CudaTableGradientScratch(int64_t tokens) {
  int64_t places = 0;  // of the lists after the first
  for (int64_t pieces = CudaSumPieces(tokens); pieces > 1; pieces = CudaSumPieces(2 * pieces))
    places += 2 * pieces;
  TableGradientScratch scratch;
  scratch.ints = kEmbeddingTables * (4 * tokens + SortTiles(tokens) * kSortDigits + 2 * places);
  scratch.rows = kEmbeddingTables * places;
  return scratch;
}

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

// partials [2, fused_reduction_blocks_cuda(tokens), cols] floats is scratch.
FUSED_OPS_EXPORT const char* fused_embedding_backward_cuda(
    void* stream, int type, const fused_ops::EmbeddingInput& input,
    const fused_ops::Dropout& dropout, const void* dy, const float* gamma, const float* mean,
    const float* rstd, float* dz, float* dgamma, float* dbeta, float* partials);

// The gradients of all tables from that of the looked-up rows, dz [tokens, cols]; a row of no token
// gets 0. `type` must be kFloat32. int_scratch and float_scratch: as CudaTableGradientScratch says.
FUSED_OPS_EXPORT const char* fused_table_gradients_cuda(void* stream, int type,
                                                        const fused_ops::EmbeddingInput& input,
                                                        const float* dz,
                                                        const fused_ops::TableGradients& gradients,
                                                        int32_t* int_scratch, float* float_scratch);
}

#endif  // FUSED_OPS_EMBEDDING_KERNELS_H_
