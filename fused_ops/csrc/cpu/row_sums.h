// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Sums over rows on the CPU, reproducible for any number of threads (see ReductionChunks).
#ifndef FUSED_OPS_ROW_SUMS_H_
#define FUSED_OPS_ROW_SUMS_H_

#include "parallel.h"
#include "simd.h"

namespace fused_ops {

// Calls body(first, last, sums) for every chunk of rows; `sums` [vectors, cols] are the chunk's
// sums, set to 0, to be added to. Vector v starts at sums + v * ReductionChunks(rows) * cols:
// together they are partials [vectors, ReductionChunks(rows), cols].
template <typename Body>
FUSED_INLINE void ForRowChunks(const Threads& threads, int64_t rows, int64_t cols, int vectors,
                               int64_t cost_per_row, float* partials, const Body& body) {
  const int64_t chunks = ReductionChunks(rows);
  ParallelFor(threads, chunks, (rows / chunks + 1) * cost_per_row, [=](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      float* sums = partials + chunk * cols;
      for (int v = 0; v < vectors; ++v) memset(sums + v * chunks * cols, 0, cols * sizeof(float));
      body(ChunkBegin(chunk, chunks, rows), ChunkBegin(chunk + 1, chunks, rows), sums);
    }
  });
}

// out [cols] = the sum of one vector's partials [ReductionChunks(rows), cols] over the chunks, in
// order.
FUSED_INLINE void SumPartials(const Threads& threads, int64_t rows, int64_t cols,
                              const float* partials, float* out) {
  const int64_t chunks = ReductionChunks(rows);
  ParallelFor(threads, cols, chunks, [=](int64_t begin, int64_t end) {
    ForVectors(end - begin, [=](int64_t i, auto lanes) {
      Vec sum = Set(0.0f);
      for (int64_t chunk = 0; chunk < chunks; ++chunk)
        sum += Load(partials + chunk * cols + begin + i, lanes);
      Store(out + begin + i, sum, lanes);
    });
  });
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ROW_SUMS_H_
