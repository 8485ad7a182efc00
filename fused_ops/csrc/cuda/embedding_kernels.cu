// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Embedding on the GPU. Lookup, LayerNorm and dropout are laid out as in layer_norm_kernels.cu.
//
// Backward reads dy and the tables twice. EmbeddingBackward goes through the tokens position by
// position and adds up what has few destinations: gamma, beta, the row of the position, up to two
// token types. Then table_gradient_kernels.cu goes through them sorted by id and adds up the rest.
// Keeping the gradient of every token in between would move more bytes than that second reading.
#include "embedding_kernels.h"

#include "cuda_common.cuh"
#include "embedding_rows.cuh"
#include "layer_norm_rows.cuh"
#include "layer_norm_warp_rows.cuh"
#include "reduction_kernels.h"

namespace fused_ops {
namespace {

// Element `col` of the sum of a token's rows.
__device__ __forceinline__ float LookUpAt(const EmbeddingInput& input, int64_t token, int64_t col) {
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = TokenId(input, k, token);
    if (id >= 0 && id < input.table_rows[k]) sum += input.tables[k][id * input.cols + col];
  }
  return sum;
}

__device__ __forceinline__ float DropAt(const Dropout& dropout, int64_t row, int64_t cols,
                                        int64_t col, float x) {
  float column[1] = {x};
  DropColumns(dropout, row, cols, col, column);
  return column[0];
}

static constexpr int kTokensAtOnce = 2;

// Token types whose gradients EmbeddingBackward adds up.
static constexpr int kMostTypes = 2;

// The sums of the types, of the position and of beta; columns belong to one thread. In shared
// memory because registers are short.
static constexpr int kPositionSum = kMostTypes, kBetaSum = kMostTypes + 1;
struct __align__(16) SharedSums {
  float of[kMostTypes + 2][kMaxRegisterCols];
};

// Adds to a thread's columns in shared memory, in accesses of sixteen bytes.
__device__ __forceinline__ void AddTo(float* columns, const float (&x)[kPack]) {
  struct __align__(16) Four {
    float value[4];
  };
#pragma unroll
  for (int i = 0; i < kPack; i += 4) {
    Four four = *reinterpret_cast<const Four*>(columns + i);
#pragma unroll
    for (int j = 0; j < 4; ++j) four.value[j] += x[i + j];
    *reinterpret_cast<Four*>(columns + i) = four;
  }
}

__device__ __forceinline__ void StoreSum(float* to, const float* columns) {
  float sum[kPack];
#pragma unroll
  for (int j = 0; j < kPack; ++j) sum[j] = columns[j];
  StoreColumns(to, sum);
}

// The order in which EmbeddingBackward takes the tokens. A task is a part of the sequences at one
// position ("slot"); of tokens whose positions nothing is known about, a part of all.
struct TokenTasks {
  int64_t slots, parts;
};

template <int kPacks>
__device__ __forceinline__ void LookUp(const EmbeddingInput& input, int64_t token, int lane,
                                       float (&z)[kPacks][kPack]) {
#pragma unroll
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = TokenId(input, k, token);
    const bool inside = id >= 0 && id < input.table_rows[k];  // the same in the whole warp
    ForPacks<kPacks>(static_cast<int>(input.cols), lane, [&](int p, int col) {
      float row[kPack] = {};
      if (inside) LoadPack(input.tables[k] + id * input.cols + col, row);
#pragma unroll
      for (int j = 0; j < kPack; ++j) z[p][j] = k == 0 ? row[j] : z[p][j] + row[j];
    });
  }
}

template <typename T, int kPacks>
__global__ void __launch_bounds__(kWarpRowThreads)
    EmbeddingForward(EmbeddingInput input, Dropout dropout, float epsilon, const float* gamma,
                     const float* beta, T* y, float* mean_out, float* rstd_out) {
  const int lane = threadIdx.x % kWarp, cols = static_cast<int>(input.cols);
  const int64_t token = static_cast<int64_t>(blockIdx.x) * kWarpsPerBlock + threadIdx.x / kWarp;
  if (token >= input.tokens)
    return;  // the whole warp; there is no block-wide barrier in this kernel
  float z[kPacks][kPack];
  LookUp<kPacks>(input, token, lane, z);
  float mean, rstd;
  WarpStatistics<kPacks>(z, cols, lane, epsilon, &mean, &rstd);
  ForPacks<kPacks>(cols, lane, [&](int p, int col) {
    float g[kPack], b[kPack];
    LoadPack(gamma + col, g);
    LoadPack(beta + col, b);
#pragma unroll
    for (int j = 0; j < kPack; ++j) z[p][j] = (z[p][j] - mean) * rstd * g[j] + b[j];
    DropColumns(dropout, token, cols, col, z[p]);
    StorePack(y + token * cols + col, z[p]);
  });
  if (lane == 0) {
    mean_out[token] = mean;
    rstd_out[token] = rstd;
  }
}

// partials [2 + types, blocks, cols]: of dgamma, dbeta and the gradients of the types, of which it
// adds up `types`; positions [parts, slots, cols]: of the positions' gradient, or null.
template <typename T>
__global__ void __launch_bounds__(kMaxRowThreads, 2)
    EmbeddingBackward(EmbeddingInput input, Dropout dropout, TokenTasks tasks, int types,
                      const T* dy, const float* gamma, const float* mean, const float* rstd,
                      float* means_out, float* partials, float* positions) {
  constexpr int kRows = kTokensAtOnce;
  __shared__ RowScratch<2 * kRows> scratch;
  __shared__ SharedSums shared;
  const int cols = static_cast<int>(input.cols);
  const RowPlace place = PlaceInRow(cols);
  const int own = static_cast<int>(threadIdx.x) * kPack;
  float g[kPack], dgamma[kPack] = {};
  LoadColumns(gamma + place.col, g);
#pragma unroll
  for (int j = 0; j < (kMostTypes + 2) * kPack; ++j) shared.of[j / kPack][own + j % kPack] = 0.0f;
  const int slots = static_cast<int>(tasks.slots), all = slots * static_cast<int>(tasks.parts);
  const int64_t sequences = input.tokens / slots;
  int turn = 0;
  for (int task = blockIdx.x; task < all; task += gridDim.x) {
    const int slot = task % slots, part = task / slots;
    const int end = static_cast<int>(ChunkBegin(part + 1, tasks.parts, sequences));
    int sequence = static_cast<int>(ChunkBegin(part, tasks.parts, sequences));
#pragma unroll
    for (int j = 0; j < kPack; ++j) shared.of[kPositionSum][own + j] = 0.0f;
    for (; sequence < end; sequence += kRows, turn ^= 1) {
      TokenRows rows[kRows];
      TableColumns<kPack> tables[kRows];
      Columns<T, kPack> dy_loaded[kRows];
      float row_mean[kRows], row_rstd[kRows];
      int token[kRows];  // at the end of a task the last one again
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        token[r] = static_cast<int>(RowOrLast(sequence, r, end)) * slots + slot;
        row_mean[r] = mean[token[r]];
        row_rstd[r] = rstd[token[r]];
        rows[r] = RowsOf(input, token[r]);
        dy_loaded[r].Load(dy + static_cast<int64_t>(token[r]) * cols + place.col);
        tables[r].Load(input, rows[r], 0, place.col);
      }
      float normal[kRows][kPack], gradient[kRows][kPack], dbeta[kPack] = {}, means[2 * kRows];
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        // The rows of a few positions and types: from the first-level cache.
        tables[r].Load(input, rows[r], 1, place.col);
        tables[r].Load(input, rows[r], 2, place.col);
        tables[r].Sum(rows[r], normal[r]);
        dy_loaded[r].ToFloats(gradient[r]);
        DropColumns(dropout, token[r], cols, place.col, gradient[r]);
        if (!place.inside || sequence + r >= end) Clear(gradient[r]);
#pragma unroll
        for (int j = 0; j < kPack; ++j) normal[r][j] = (normal[r][j] - row_mean[r]) * row_rstd[r];
      }
      GradientMeans<kRows>(normal, gradient, cols, g, turn, &scratch, dgamma, dbeta, means);
      AddTo(shared.of[kBetaSum] + own, dbeta);
      SubtractMeans<kRows>(normal, row_rstd, means, gradient);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        if (sequence + r >= end) continue;
        const int type = rows[r].id[2];
        AddTo(shared.of[kPositionSum] + own, gradient[r]);
        if (type >= 0 && type < types) AddTo(shared.of[type] + own, gradient[r]);
        if (threadIdx.x < 2) {
          means_out[2 * static_cast<int64_t>(token[r]) + threadIdx.x] =
              threadIdx.x == 0 ? means[2 * r] : means[2 * r + 1];
        }
      }
    }
    if (positions != nullptr && place.inside) {
      StoreSum(positions + static_cast<int64_t>(task) * cols + place.col,
               shared.of[kPositionSum] + own);
    }
  }
  if (!place.inside) return;
  float* sums = partials + static_cast<int64_t>(blockIdx.x) * cols + place.col;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * cols;
  StoreColumns(sums, dgamma);
  StoreSum(sums + stride, shared.of[kBetaSum] + own);
#pragma unroll 1
  for (int type = 0; type < types; ++type)
    StoreSum(sums + (2 + type) * stride, shared.of[type] + own);
}

// dtable [table_rows, cols] of the positions: the sums of the parts for the first `slots` rows,
// zeros for the others. A thread has four elements of a row.
template <int kUnused>
__global__ void __launch_bounds__(kGeneralThreads)
    SumPositions(TokenTasks tasks, int64_t table_rows, int64_t cols, const float* positions,
                 float* dtable) {
  const int64_t at = 4 * (static_cast<int64_t>(blockIdx.x) * kGeneralThreads + threadIdx.x);
  if (at >= table_rows * cols) return;
  float sum[4] = {};
  if (at < tasks.slots * cols) {
#pragma unroll 4
    for (int64_t part = 0; part < tasks.parts; ++part) {
      float value[4];
      LoadColumns(positions + part * tasks.slots * cols + at, value);
#pragma unroll
      for (int j = 0; j < 4; ++j) sum[j] += value[j];
    }
  }
  StoreColumns(dtable + at, sum);
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    EmbeddingForwardGeneral(EmbeddingInput input, Dropout dropout, float epsilon,
                            const float* gamma, const float* beta, T* y, float* mean_out,
                            float* rstd_out) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t token = blockIdx.x, cols = input.cols;
  float sum = 0.0f, squares = 0.0f;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) sum += LookUpAt(input, token, i);
  const float mean = BlockSum<kGeneralThreads>(sum, scratch) / cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float distance = LookUpAt(input, token, i) - mean;
    squares += distance * distance;
  }
  const float rstd = rsqrtf(BlockSum<kGeneralThreads>(squares, scratch) / cols + epsilon);
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) {
    const float normal = (LookUpAt(input, token, i) - mean) * rstd;
    y[token * cols + i] =
        FromFloat<T>(DropAt(dropout, token, cols, i, normal * gamma[i] + beta[i]));
  }
  if (threadIdx.x == 0) {
    mean_out[token] = mean;
    rstd_out[token] = rstd;
  }
}

template <typename T>
__global__ void __launch_bounds__(kGeneralThreads)
    EmbeddingBackwardGeneral(EmbeddingInput input, Dropout dropout, const T* dy, const float* gamma,
                             const float* mean, const float* rstd, float* means, float* partials) {
  __shared__ float scratch[kGeneralThreads / kWarp];
  const int64_t cols = input.cols;
  float* dgamma = partials + static_cast<int64_t>(blockIdx.x) * cols;
  float* dbeta = partials + static_cast<int64_t>(gridDim.x + blockIdx.x) * cols;
  for (int64_t i = threadIdx.x; i < cols; i += kGeneralThreads) dgamma[i] = dbeta[i] = 0.0f;
  const int64_t last = ChunkBegin(blockIdx.x + 1, gridDim.x, input.tokens);
  for (int64_t token = ChunkBegin(blockIdx.x, gridDim.x, input.tokens); token < last; ++token) {
    float g_sum = 0.0f, gn_sum = 0.0f;
    for (int64_t i = threadIdx.x; i < cols;
         i += kGeneralThreads) {  // a column belongs to one thread throughout
      const float gradient = DropAt(dropout, token, cols, i, ToFloat(dy[token * cols + i]));
      const float normal = (LookUpAt(input, token, i) - mean[token]) * rstd[token];
      dgamma[i] += gradient * normal;
      dbeta[i] += gradient;
      g_sum += gradient * gamma[i];
      gn_sum += gradient * gamma[i] * normal;
    }
    const float g_mean = BlockSum<kGeneralThreads>(g_sum, scratch) / cols;
    const float gn_mean = BlockSum<kGeneralThreads>(gn_sum, scratch) / cols;
    if (threadIdx.x == 0) {
      means[2 * token] = g_mean;
      means[2 * token + 1] = gn_mean;
    }
  }
}

// Slots of the tasks for positions that count from 0 in every sequence, and as many parts that
// the blocks have nearly equal shares.
TokenTasks TasksOf(int64_t tokens, int64_t sequence, int64_t blocks) {
  const int64_t kMostParts = 8;
  const int64_t sequences = tokens / sequence;
  TokenTasks best = {sequence, 1};
  int64_t best_turns = 0;
  for (int64_t parts = 1; parts <= kMostParts && parts <= sequences; ++parts) {
    const int64_t turns = (sequence * parts + blocks - 1) / blocks;
    // Time is turns / parts; fewer parts unless more are faster by an eighth.
    if (best_turns == 0 || turns * best.parts * 8 < best_turns * parts * 7) {
      best.parts = parts;
      best_turns = turns;
    }
  }
  return best;
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

static bool TablesFitPacks(const EmbeddingInput& input, int64_t most_cols) {
  return input.cols <= most_cols &&
         PacksFit(input.cols, input.tables[0], input.tables[1], input.tables[2]);
}

extern "C" const char* fused_embedding_forward_cuda(void* stream, int type,
                                                    const EmbeddingInput& input,
                                                    const Dropout& dropout, float epsilon,
                                                    const float* gamma, const float* beta, void* y,
                                                    float* mean, float* rstd) {
  if (const char* error = BeforeLaunch(type)) return error;
  if (input.tokens == 0) return nullptr;
  FUSED_SWITCH_TYPE(type, {
    if (TablesFitPacks(input, kMaxWarpRowCols) && PacksFit(input.cols, gamma, beta, y)) {
      FUSED_SWITCH_PACKS(input.cols, {
        FUSED_LAUNCH((EmbeddingForward<T, kPacks>), WarpRowBlocks(input.tokens), kWarpRowThreads, 0,
                     stream, input, dropout, epsilon, gamma, beta, static_cast<T*>(y), mean, rstd);
      });
    } else {
      FUSED_LAUNCH((EmbeddingForwardGeneral<T>), static_cast<unsigned>(input.tokens),
                   kGeneralThreads, 0, stream, input, dropout, epsilon, gamma, beta,
                   static_cast<T*>(y), mean, rstd);
    }
  });
  return LaunchError();
}

extern "C" void fused_embedding_scratch_cuda(int64_t tokens, int64_t sequence,
                                             EmbeddingScratchSizes* sizes) {
  TableGradientScratch(tokens, &sizes->ints, &sizes->rows);
  const int64_t blocks = fused_reduction_blocks_cuda(tokens);
  sizes->rows += (2 + kMostTypes) * blocks;
  if (tokens > 0 && sequence > 0) {
    const TokenTasks tasks = TasksOf(tokens, sequence, blocks);
    sizes->rows += tasks.slots * tasks.parts;
  }
}

// Queues EmbeddingBackward and what follows it, and takes the tables that it does out of
// `dtables`.
template <typename T>
static void LaunchBackward(void* stream, const TokenGradients& of, const EmbeddingGradients& to,
                           float* means, float* partials, float* positions,
                           float* (&dtables)[kEmbeddingTables]) {
  const EmbeddingInput& input = of.input;
  const int64_t blocks = fused_reduction_blocks_cuda(input.tokens), cols = input.cols;
  TokenTasks tasks = {1, blocks};
  if (positions != nullptr) tasks = TasksOf(input.tokens, input.sequence, blocks);
  const int types = input.table_rows[2] <= kMostTypes ? static_cast<int>(input.table_rows[2]) : 0;
  FUSED_LAUNCH((EmbeddingBackward<T>), static_cast<unsigned>(blocks), RowThreads(cols), 0, stream,
               input, of.dropout, tasks, types, static_cast<const T*>(of.dy), of.gamma, of.mean,
               of.rstd, means, partials, positions);
  LaunchSumPartials(stream, 2 + types, blocks, cols, partials,
                    {to.dgamma, to.dbeta, dtables[2], dtables[2] + cols});
  if (types == input.table_rows[2]) dtables[2] = nullptr;
  if (positions == nullptr) return;
  const int64_t units = input.table_rows[1] * cols / 4;
  if (units > 0) {
    FUSED_LAUNCH(
        (SumPositions<0>), static_cast<unsigned>((units + kGeneralThreads - 1) / kGeneralThreads),
        kGeneralThreads, 0, stream, tasks, input.table_rows[1], cols, positions, dtables[1]);
  }
  dtables[1] = nullptr;
}

extern "C" const char* fused_embedding_backward_cuda(
    void* stream, int type, const EmbeddingInput& input, const Dropout& dropout, const void* dy,
    const float* gamma, const float* mean, const float* rstd, const EmbeddingGradients& gradients,
    const EmbeddingScratch& scratch) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t blocks = fused_reduction_blocks_cuda(input.tokens), cols = input.cols;
  const TokenGradients of = {input, dropout, dy, gamma, mean, rstd, scratch.means};
  float *dtables[kEmbeddingTables], *partials = scratch.rows;
  bool fits = TablesFitPacks(input, kMaxRegisterCols) && PacksFit(cols, gamma, dy, partials);
  for (int k = 0; k < kEmbeddingTables; ++k) {
    dtables[k] = gradients.dtables[k];
    fits = fits && PacksFit(cols, dtables[k]);
  }
  float* rest = partials + (2 + kMostTypes) * blocks * cols;
  FUSED_SWITCH_TYPE(type, {
    if (fits) {
      float* positions = nullptr;
      if (input.ids[1] == nullptr && input.tokens > 0) {
        positions = rest;
        const TokenTasks tasks = TasksOf(input.tokens, input.sequence, blocks);
        rest += tasks.slots * tasks.parts * cols;
      }
      LaunchBackward<T>(stream, of, gradients, scratch.means, partials, positions, dtables);
    } else {
      FUSED_LAUNCH((EmbeddingBackwardGeneral<T>), static_cast<unsigned>(blocks), kGeneralThreads, 0,
                   stream, input, dropout, static_cast<const T*>(dy), gamma, mean, rstd,
                   scratch.means, partials);
      LaunchSumPartials(stream, 2, blocks, cols, partials, {gradients.dgamma, gradients.dbeta});
    }
  });
  LaunchTableGradients(stream, type, of, dtables, scratch.ints, rest);
  return LaunchError();
}
