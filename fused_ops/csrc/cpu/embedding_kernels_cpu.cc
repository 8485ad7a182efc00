// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "embedding_kernels.h"

#include "cpu_isa.h"
#include "layer_norm_simd.h"
#include "scratch.h"
#include "simd_dropout.h"

namespace fused_ops {

namespace {

// z [cols]: the sum of a token's rows.
FUSED_INLINE void LookUp(const EmbeddingInput& input, int64_t token, float* z) {
  const float* rows[kEmbeddingTables];
  int found = 0;
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const int64_t id = TokenId(input, k, token);
    if (id >= 0 && id < input.table_rows[k]) rows[found++] = input.tables[k] + id * input.cols;
  }
  ForVectors(input.cols, [=](int64_t i, auto lanes) {
    Vec sum = Set(0.0f);
    for (int k = 0; k < found; ++k) sum += Load(rows[k] + i, lanes);
    Store(z + i, sum, lanes);
  });
}

// Tokens ordered by id, equal ids in their own order: those of row r are order[first[r]] ..
// order[first[r + 1] - 1].
FUSED_INLINE void SortTokens(const EmbeddingInput& input, int table, int32_t* first,
                             int32_t* order) {
  const int64_t tokens = input.tokens, table_rows = input.table_rows[table];
  memset(first, 0, (table_rows + 1) * sizeof(int32_t));
  for (int64_t t = 0; t < tokens; ++t) {
    const int32_t id = TokenId(input, table, t);
    if (id >= 0 && id < table_rows) ++first[id];
  }
  int32_t sum = 0;
  for (int64_t r = 0; r <= table_rows; ++r) {  // counts become the ends of the rows' ranges
    sum += first[r];
    first[r] = sum;
  }
  for (int64_t t = tokens - 1; t >= 0;
       --t) {  // from behind, so each end moves down to its beginning
    const int32_t id = TokenId(input, table, t);
    if (id >= 0 && id < table_rows) order[--first[id]] = static_cast<int32_t>(t);
  }
}

}  // namespace

template <class Isa, typename T>
void EmbeddingCpu<Isa, T>::Forward(const Threads& threads, const EmbeddingInput& input,
                                   const Dropout& dropout, float epsilon, const float* gamma,
                                   const float* beta, T* y, float* mean, float* rstd) {
  const int64_t cols = input.cols;
  ParallelFor(threads, input.tokens, cols * 2, [=](int64_t begin, int64_t end) {
    Scratch<float> storage(cols);
    Scratch<uint8_t> keep_storage(KeepBytes(cols));
    float* z = storage.data();
    const uint8_t* keep = keep_storage.data();
    const Vec scale = Set(dropout.scale);
    for (int64_t token = begin; token < end; ++token) {
      LookUp(input, token, z);
      const RowStatistics statistics = StatisticsOf(z, cols, epsilon);
      NormaliseRow(z, cols, statistics, gamma, beta, z);
      RowKeepBits(dropout, token, cols, keep_storage.data());
      T* y_row = y + token * cols;
      ForVectors(cols, [=](int64_t i, auto lanes) {
        Store(y_row + i, KeepWhere(Load(z + i, lanes) * scale, keep, i), lanes);
      });
      mean[token] = statistics.mean;
      rstd[token] = statistics.rstd;
    }
  });
}

template <class Isa, typename T>
void EmbeddingCpu<Isa, T>::Backward(const Threads& threads, const EmbeddingInput& input,
                                    const Dropout& dropout, const T* dy, const float* gamma,
                                    const float* mean, const float* rstd, float* dz, float* dgamma,
                                    float* dbeta, float* partials) {
  const int64_t tokens = input.tokens, cols = input.cols,
                dbeta_offset = ReductionChunks(tokens) * cols;
  ForRowChunks(
      threads, tokens, cols, 2, cols * 4, partials, [=](int64_t first, int64_t last, float* sums) {
        Scratch<float> storage(2 * cols);
        Scratch<uint8_t> keep_storage(KeepBytes(cols));
        float *z = storage.data(), *gradient = z + cols;
        const uint8_t* keep = keep_storage.data();
        const Vec scale = Set(dropout.scale);
        for (int64_t token = first; token < last; ++token) {
          LookUp(input, token, z);
          RowKeepBits(dropout, token, cols, keep_storage.data());
          const T* dy_row = dy + token * cols;
          ForVectors(cols, [=](int64_t i, auto lanes) {
            Store(gradient + i, KeepWhere(Load(dy_row + i, lanes) * scale, keep, i), lanes);
          });
          float* dz_row = dz + token * cols;
          NormalisedRowGradient(z, gradient, cols, RowStatistics{mean[token], rstd[token]}, gamma,
                                sums, sums + dbeta_offset,
                                [=](int64_t i, Vec sum_gradient, auto lanes) {
                                  Store(dz_row + i, sum_gradient, lanes);
                                });
        }
      });
  SumPartials(threads, tokens, cols, partials, dgamma);
  SumPartials(threads, tokens, cols, partials + dbeta_offset, dbeta);
}

template <class Isa, typename T>
void TableGradientCpu<Isa, T>::Sum(const Threads& threads, const EmbeddingInput& input, int table,
                                   const T* dz, T* dtable, int32_t* scratch) {
  const int64_t tokens = input.tokens, cols = input.cols, table_rows = input.table_rows[table];
  int32_t *first = scratch, *order = scratch + table_rows + 1;
  SortTokens(input, table, first, order);
  // A table of few rows (the two segment types) is cut by columns too, or two threads would have
  // all the work.
  const int64_t columns = table_rows < 64 ? 64 : cols;
  const int64_t blocks = (cols + columns - 1) / columns, units = table_rows * blocks;
  ParallelFor(threads, units, (tokens + table_rows) * cols / (units * 4) + 1,
              [=](int64_t begin, int64_t end) {
                for (int64_t unit = begin; unit < end; ++unit) {
                  const int64_t row = unit / blocks, left = unit % blocks * columns;
                  const int64_t width = cols - left < columns ? cols - left : columns;
                  T* out = dtable + row * cols + left;
                  memset(out, 0, width * sizeof(T));
                  for (int32_t k = first[row]; k < first[row + 1]; ++k) {
                    const T* gradient = dz + order[k] * cols + left;
                    ForVectors(width, [=](int64_t i, auto lanes) {
                      Store(out + i, Load(out + i, lanes) + Load(gradient + i, lanes), lanes);
                    });
                  }
                }
              });
}

template struct EmbeddingCpu<FUSED_ISA, float>;
template struct EmbeddingCpu<FUSED_ISA, Half>;
template struct TableGradientCpu<FUSED_ISA, float>;

}  // namespace fused_ops
