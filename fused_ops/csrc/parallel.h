// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// How a CPU kernel asks for threads without knowing whose they are: TensorFlow's pool in the ops,
// none in the host test program.
#ifndef FUSED_OPS_PARALLEL_H_
#define FUSED_OPS_PARALLEL_H_

#include <stdint.h>

#include "macros.h"

namespace fused_ops {

// Work on the units [begin, end).
typedef void (*RangeBody)(void* arg, int64_t begin, int64_t end);

struct Threads {
  // Covers [0, total) by disjoint ranges, each given once to `body`, and returns when all are done.
  // `cost_per_unit` is in CPU cycles: small jobs stay on the calling thread.
  void (*run)(const void* pool, int64_t total, int64_t cost_per_unit, RangeBody body, void* arg);
  const void* pool;
};

// Calls body(begin, end) over ranges covering [0, total). `body` must write only what belongs to
// its range: where the cuts fall depends on the pool, so a result that depends on them would not be
// reproducible.
template <typename Body>
static inline void ParallelFor(const Threads& threads, int64_t total, int64_t cost_per_unit,
                               const Body& body) {
  if (total <= 0) return;
  threads.run(
      threads.pool, total, cost_per_unit,
      [](void* arg, int64_t begin, int64_t end) { (*static_cast<const Body*>(arg))(begin, end); },
      const_cast<Body*>(&body));
}

// Sums over rows (bias and LayerNorm parameter gradients) are made in this many fixed chunks, each
// summed by one thread, then added in order: the same bits whatever the number of threads.
static inline int64_t ReductionChunks(int64_t rows) {
  const int64_t kRowsPerChunk = 16, kMaxChunks = 64;
  const int64_t chunks = (rows + kRowsPerChunk - 1) / kRowsPerChunk;
  return chunks < 1 ? 1 : (chunks > kMaxChunks ? kMaxChunks : chunks);
}

// First row of chunk `chunk` of `chunks`; chunk `chunks` is the end.
FUSED_HOST_DEVICE int64_t ChunkBegin(int64_t chunk, int64_t chunks, int64_t rows) {
  return rows * chunk / chunks;
}

}  // namespace fused_ops

#endif  // FUSED_OPS_PARALLEL_H_
