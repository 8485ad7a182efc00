// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Gradient of an embedding table on the GPU, see embedding_kernels.cu. Reproducible: no atomic
// additions.
#include "embedding_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 256;

// Ids outside the table sort behind all others and are left out of the sums.
__device__ __forceinline__ int32_t IdOrEnd(const int32_t* ids, int64_t token, int64_t table_rows) {
  const int32_t id = ids[token];
  return id >= 0 && id < table_rows ? id : static_cast<int32_t>(table_rows);
}

// order [tokens]: the tokens by id, equal ids in their own order. A thread counts, for its token,
// how many come before: tokens^2 comparisons, but on chip; 0.3 s of one core become well below a
// millisecond for 32768 tokens.
template <int kUnused>
__global__ void __launch_bounds__(kThreads)
    RankTokens(int64_t tokens, int64_t table_rows, const int32_t* ids, int32_t* order) {
  __shared__ int32_t tile[kThreads];
  const int64_t token = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const int32_t id = token < tokens ? IdOrEnd(ids, token, table_rows) : 0;
  int32_t rank = 0;
  for (int64_t start = 0; start < tokens; start += kThreads) {
    const int64_t other = start + threadIdx.x;
    __syncthreads();  // the tile before has been read
    tile[threadIdx.x] = other < tokens ? IdOrEnd(ids, other, table_rows) : 0x7fffffff;
    __syncthreads();
    for (int i = 0; i < kThreads; ++i) {
      rank += tile[i] < id || (tile[i] == id && start + i < token) ? 1 : 0;
    }
  }
  if (token < tokens) order[rank] = static_cast<int32_t>(token);
}

template <int kUnused>
__global__ void __launch_bounds__(kThreads) FillZero(int64_t size, float* out) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < size; i += step)
    out[i] = 0.0f;
}

// What is known of a block's chunk of sorted tokens.
struct Chunk {
  int64_t first, last;  // [first, last) of the sorted order
  bool goes_on_from_before, goes_on_after;
};

__device__ __forceinline__ int32_t SortedId(const int32_t* ids, const int32_t* order, int64_t place,
                                            int64_t table_rows) {
  return IdOrEnd(ids, order[place], table_rows);
}

__device__ __forceinline__ Chunk ChunkAt(int64_t number, int64_t tokens, int64_t table_rows,
                                         const int32_t* ids, const int32_t* order) {
  Chunk chunk;
  chunk.first = number * kTokensPerSum;
  chunk.last = chunk.first + kTokensPerSum < tokens ? chunk.first + kTokensPerSum : tokens;
  chunk.goes_on_from_before =
      chunk.first > 0 && SortedId(ids, order, chunk.first - 1, table_rows) ==
                             SortedId(ids, order, chunk.first, table_rows);
  chunk.goes_on_after = chunk.last < tokens && SortedId(ids, order, chunk.last, table_rows) ==
                                                   SortedId(ids, order, chunk.last - 1, table_rows);
  return chunk;
}

// Adds a chunk's runs of equal ids. A run that lies in the chunk goes to the table; one that began
// before goes to heads [chunks, cols]; one that began here and goes on goes to tails [chunks,
// cols].
template <int kUnused>
__global__ void __launch_bounds__(kThreads)
    SumChunks(int64_t tokens, int64_t cols, int64_t table_rows, const int32_t* ids,
              const int32_t* order, const float* dz, float* dtable, float* heads, float* tails) {
  const Chunk chunk = ChunkAt(blockIdx.x, tokens, table_rows, ids, order);
  for (int64_t col = threadIdx.x; col < cols; col += kThreads) {
    float sum = 0.0f;
    bool began_here = !chunk.goes_on_from_before;
    for (int64_t place = chunk.first; place < chunk.last; ++place) {
      const int32_t id = SortedId(ids, order, place, table_rows);
      sum += dz[static_cast<int64_t>(order[place]) * cols + col];
      const bool at_end = place + 1 == chunk.last;
      if (!at_end && SortedId(ids, order, place + 1, table_rows) == id) continue;
      if (!began_here) {
        heads[blockIdx.x * cols + col] = sum;
      } else if (at_end && chunk.goes_on_after) {
        tails[blockIdx.x * cols + col] = sum;
      } else if (id < table_rows) {
        dtable[id * cols + col] = sum;
      }
      sum = 0.0f;
      began_here = true;
    }
  }
}

// The chunk in which a run of several chunks began adds the heads of the next ones to its tail, in
// order.
template <int kUnused>
__global__ void __launch_bounds__(kThreads)
    JoinChunks(int64_t tokens, int64_t cols, int64_t table_rows, const int32_t* ids,
               const int32_t* order, float* dtable, const float* heads, const float* tails) {
  const Chunk chunk = ChunkAt(blockIdx.x, tokens, table_rows, ids, order);
  const int32_t id = SortedId(ids, order, chunk.last - 1, table_rows);
  const bool whole_chunk = SortedId(ids, order, chunk.first, table_rows) == id;
  if (!chunk.goes_on_after || (whole_chunk && chunk.goes_on_from_before) || id >= table_rows)
    return;
  for (int64_t col = threadIdx.x; col < cols; col += kThreads) {
    float sum = tails[blockIdx.x * cols + col];
    for (int64_t number = blockIdx.x + 1;; ++number) {
      const Chunk next = ChunkAt(number, tokens, table_rows, ids, order);
      sum += heads[number * cols + col];
      if (!next.goes_on_after || SortedId(ids, order, next.last - 1, table_rows) != id) break;
    }
    dtable[id * cols + col] = sum;
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_table_gradient_cuda(void* stream, int type, int64_t tokens,
                                                 int64_t cols, int64_t table_rows,
                                                 const int32_t* ids, const float* dz, float* dtable,
                                                 int32_t* int_scratch, float* float_scratch) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t size = table_rows * cols, fill_blocks = (size + 4 * kThreads - 1) / (4 * kThreads);
  FUSED_LAUNCH((FillZero<0>), static_cast<unsigned>(fill_blocks < 65535 ? fill_blocks : 65535),
               kThreads, 0, stream, size, dtable);
  if (tokens == 0) return LaunchError();
  const int64_t chunks = CudaSumChunks(tokens);
  float *heads = float_scratch, *tails = float_scratch + chunks * cols;
  FUSED_LAUNCH((RankTokens<0>), static_cast<unsigned>((tokens + kThreads - 1) / kThreads), kThreads,
               0, stream, tokens, table_rows, ids, int_scratch);
  FUSED_LAUNCH((SumChunks<0>), static_cast<unsigned>(chunks), kThreads, 0, stream, tokens, cols,
               table_rows, ids, int_scratch, dz, dtable, heads, tails);
  FUSED_LAUNCH((JoinChunks<0>), static_cast<unsigned>(chunks), kThreads, 0, stream, tokens, cols,
               table_rows, ids, int_scratch, dtable, heads, tails);
  return LaunchError();
}
