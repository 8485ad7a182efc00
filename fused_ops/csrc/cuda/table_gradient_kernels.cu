// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Gradients of the embedding tables on the GPU, see embedding_kernels.cu, reproducible: no
// additions in an order that differs from run to run. The tokens of each table are sorted by id (a
// stable radix sort), then runs of equal ids are added in pieces of kTokensPerSum; the sums of a
// run that spreads over several pieces are rows of a shorter list, which is added in the same way,
// until one piece is left. The three tables are worked on side by side.
#include "embedding_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {
namespace {

static constexpr int kThreads = 256;
static constexpr int kWarps = kThreads / kWarp;
static constexpr int kDigits = kSortDigits;  // of eight bits, one for each thread of a block
static_assert(kDigits == kThreads, "a thread counts one digit");
static constexpr int kRounds = kSortTile / kThreads;

// One table in one pass of the sort: the keys by the digits so far and their tokens, and where both
// go; in the first pass the ids [tokens] as they come. An id outside the table counts as
// `table_rows`, so that its tokens come behind all others.
struct SortedTable {
  const int32_t* ids;
  int64_t table_rows;
  const int32_t *keys, *tokens;
  int32_t *next_keys, *next_tokens;
  int32_t* counts;  // [tiles, kDigits]
};
struct SortedTables {
  SortedTable table[kEmbeddingTables];
};

// By value, field by field: an index that varies would copy the kernel's parameters to memory.
template <typename Tables>
__device__ __forceinline__ auto TableAt(const Tables& tables, unsigned k) {
  return k == 0 ? tables.table[0] : k == 1 ? tables.table[1] : tables.table[2];
}

__device__ __forceinline__ int32_t KeyAt(const SortedTable& table, int64_t place, int pass) {
  if (pass > 0) return table.keys[place];
  const int32_t id = table.ids[place];
  return id >= 0 && id < table.table_rows ? id : static_cast<int32_t>(table.table_rows);
}

__device__ __forceinline__ int DigitOf(int32_t key, int pass) {
  return key >> (8 * pass) & (kDigits - 1);
}

// counts[tile, digit]: how many of the tile's keys have this digit.
template <int kUnused>
__global__ void __launch_bounds__(kThreads)
    CountDigits(int64_t tokens, int pass, SortedTables tables) {
  __shared__ int32_t counts[kDigits];
  const SortedTable table = TableAt(tables, blockIdx.y);
  counts[threadIdx.x] = 0;
  __syncthreads();
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const int64_t place =
        static_cast<int64_t>(blockIdx.x) * kSortTile + round * kThreads + threadIdx.x;
    if (place < tokens) atomicAdd(&counts[DigitOf(KeyAt(table, place, pass), pass)], 1);
  }
  __syncthreads();
  table.counts[static_cast<int64_t>(blockIdx.x) * kDigits + threadIdx.x] = counts[threadIdx.x];
}

// The place of the tile's first key with the digit threadIdx.x: keys with smaller digits, and those
// of earlier tiles with this one, come before. `shared` [kDigits].
__device__ __forceinline__ int32_t FirstPlace(const SortedTable& table, int32_t* shared) {
  int32_t before = 0, total = 0;
#pragma unroll 8
  for (unsigned tile = 0; tile < gridDim.x; ++tile) {
    const int32_t count = table.counts[static_cast<int64_t>(tile) * kDigits + threadIdx.x];
    before += tile < blockIdx.x ? count : 0;
    total += count;
  }
  shared[threadIdx.x] = total;
  for (int distance = 1; distance < kDigits; distance *= 2) {
    __syncthreads();
    const int32_t other =
        static_cast<int>(threadIdx.x) >= distance ? shared[threadIdx.x - distance] : 0;
    __syncthreads();
    shared[threadIdx.x] += other;
  }
  return shared[threadIdx.x] - total + before;
}

// Moves a tile's keys to their places by one digit. A warp has kRounds times 32 keys that follow
// each other; a key's rank among the warp's with the same digit comes from ballots.
template <int kUnused>
__global__ void __launch_bounds__(kThreads)
    MoveKeys(int64_t tokens, int pass, SortedTables tables) {
  __shared__ int32_t shared[kDigits], places[kWarps][kDigits];
  const SortedTable table = TableAt(tables, blockIdx.y);
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kSortTile + warp * kRounds * kWarp;
  int32_t place = FirstPlace(table, shared);
#pragma unroll
  for (int w = 0; w < kWarps; ++w) places[w][threadIdx.x] = 0;
  __syncthreads();
  int32_t keys[kRounds], ranks[kRounds];
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const int64_t from = first + round * kWarp + lane;
    const bool inside = from < tokens;
    keys[round] = inside ? KeyAt(table, from, pass) : 0;
    const int digit = DigitOf(keys[round], pass);
    unsigned peers = __ballot_sync(kAllLanes, inside);
#pragma unroll
    for (int bit = 0; bit < 8; ++bit) {
      const bool set = (digit >> bit & 1) != 0;
      const unsigned same = __ballot_sync(kAllLanes, set);
      peers &= set ? same : ~same;
    }
    ranks[round] = places[warp][digit] + __popc(peers & ((1u << lane) - 1u));
    __syncwarp();
    if (inside && __ffs(peers) == lane + 1) places[warp][digit] += __popc(peers);
    __syncwarp();
  }
  __syncthreads();
#pragma unroll
  for (int w = 0; w < kWarps; ++w) {
    const int32_t count = places[w][threadIdx.x];
    places[w][threadIdx.x] = place;
    place += count;
  }
  __syncthreads();
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const int64_t from = first + round * kWarp + lane;
    if (from >= tokens) continue;
    const int32_t to = places[warp][DigitOf(keys[round], pass)] + ranks[round];
    table.next_keys[to] = keys[round];
    table.next_tokens[to] = pass == 0 ? static_cast<int32_t>(from) : table.tokens[from];
  }
}

// A list of rows to add, sorted by id: row rows[i] of `from` belongs to ids[i]; -1 is no row. With
// what comes of it: complete sums go to dtable, others are the rows of `next`, two places a piece.
struct RunList {
  const int32_t *ids, *rows;
  const float* from;
  int32_t *next_ids, *next_rows;
  float* next;
  float* dtable;
  int64_t table_rows;
};
struct RunLists {
  RunList table[kEmbeddingTables];
};

static constexpr int kLoadsAtOnce = 8;

// Adds the runs of one piece. A run that lies in it goes to the table; the part of one that began
// before goes to `next` as the piece's first place, of one that began here and goes on as its
// second. The places' ids are those of the piece's ends also where there is no row: the list stays
// sorted.
template <int kColumns>
__global__ void __launch_bounds__(kThreads) AddRuns(int64_t count, int64_t cols, RunLists lists) {
  __shared__ int32_t ids[kTokensPerSum + 2], rows[kTokensPerSum];
  const RunList list = TableAt(lists, blockIdx.y);
  const int64_t piece = blockIdx.x, first = piece * kTokensPerSum;
  const int size = static_cast<int>(count - first < kTokensPerSum ? count - first : kTokensPerSum);
  const int thread = threadIdx.x;
  if (thread < size + 2) {
    const int64_t place = first - 1 + thread;
    ids[thread] = place >= 0 && place < count ? list.ids[place] : -1;
  }
  if (thread < kTokensPerSum) rows[thread] = thread < size ? list.rows[first + thread] : -1;
  __syncthreads();
  const bool from_before = ids[0] == ids[1], goes_on = ids[size] == ids[size + 1];
  bool has_head = false, has_tail = false;
  for (int64_t col = static_cast<int64_t>(thread) * kColumns; col < cols;
       col += static_cast<int64_t>(blockDim.x) * kColumns) {
    float sum[kColumns] = {};
    bool began_here = !from_before, any = false;
    for (int start = 0; start < size; start += kLoadsAtOnce) {
      Columns<float, kColumns> loaded[kLoadsAtOnce];
#pragma unroll
      for (int u = 0; u < kLoadsAtOnce; ++u) {
        const int row = rows[start + u];  // the same for the whole block
        if (row >= 0) loaded[u].Load(list.from + row * cols + col);
      }
#pragma unroll
      for (int u = 0; u < kLoadsAtOnce; ++u) {
        const int i = start + u;
        if (i >= size) break;
        if (rows[i] >= 0) {
          float value[kColumns];
          loaded[u].ToFloats(value);
#pragma unroll
          for (int j = 0; j < kColumns; ++j) sum[j] += value[j];
          any = true;
        }
        const int32_t id = ids[i + 1];
        const bool at_end = i + 1 == size;
        if (!at_end && ids[i + 2] == id) continue;
        float* to = nullptr;
        if (!began_here) {
          to = list.next + 2 * piece * cols;
          has_head = any;
        } else if (at_end && goes_on) {
          to = list.next + (2 * piece + 1) * cols;
          has_tail = any;
        } else if (id < list.table_rows) {
          to = list.dtable + id * cols;
        }
        if (any && to != nullptr) StoreColumns(to + col, sum);
#pragma unroll
        for (int j = 0; j < kColumns; ++j) sum[j] = 0.0f;
        began_here = true;
        any = false;
      }
    }
  }
  if (thread == 0 && list.next != nullptr) {
    list.next_ids[2 * piece] = ids[1];
    list.next_rows[2 * piece] = has_head ? static_cast<int32_t>(2 * piece) : -1;
    list.next_ids[2 * piece + 1] = ids[size];
    list.next_rows[2 * piece + 1] = has_tail ? static_cast<int32_t>(2 * piece + 1) : -1;
  }
}

// How many of the sorted ids are less than `id`.
__device__ __forceinline__ int64_t LowerBound(const int32_t* ids, int64_t count, int64_t id) {
  int64_t low = 0, high = count;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Zeros for the rows of dtable without a token; a block looks at kRowsToClear rows.
static constexpr int kRowsToClear = 32;
template <int kColumns>
__global__ void __launch_bounds__(kThreads)
    ClearAbsentRows(int64_t tokens, int64_t cols, RunLists lists) {
  __shared__ int32_t present[kRowsToClear];
  const RunList list = TableAt(lists, blockIdx.y);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kRowsToClear;
  if (first >= list.table_rows) return;
  if (threadIdx.x < kRowsToClear) {
    const int64_t row = first + threadIdx.x, place = LowerBound(list.ids, tokens, row);
    present[threadIdx.x] = place < tokens && list.ids[place] == row ? 1 : 0;
  }
  __syncthreads();
  const float zero[kColumns] = {};
  for (int r = 0; r < kRowsToClear && first + r < list.table_rows; ++r) {
    if (present[r] != 0) continue;
    for (int64_t col = static_cast<int64_t>(threadIdx.x) * kColumns; col < cols;
         col += static_cast<int64_t>(blockDim.x) * kColumns) {
      StoreColumns(list.dtable + (first + r) * cols + col, zero);
    }
  }
}

// Sorts the tokens of all tables by id, from two buffers of keys and tokens in `ints`, which it
// advances, and leaves the sorted ones in `lists`.
void SortTokens(void* stream, const EmbeddingInput& input, int64_t most_rows, int32_t** ints,
                RunLists* lists) {
  const int64_t tokens = input.tokens;
  SortedTables tables;
  for (int k = 0; k < kEmbeddingTables; ++k) {
    int32_t* own = *ints;
    tables.table[k] = {input.ids[k],     input.table_rows[k], own, own + tokens, own + 2 * tokens,
                       own + 3 * tokens, own + 4 * tokens};
    *ints = own + 4 * tokens + SortTiles(tokens) * kDigits;
  }
  const dim3 grid(static_cast<unsigned>(SortTiles(tokens)), kEmbeddingTables);
  for (int pass = 0; pass == 0 || most_rows >> (8 * pass) != 0; ++pass) {
    FUSED_LAUNCH((CountDigits<0>), grid, kThreads, 0, stream, tokens, pass, tables);
    FUSED_LAUNCH((MoveKeys<0>), grid, kThreads, 0, stream, tokens, pass, tables);
    for (int k = 0; k < kEmbeddingTables; ++k) {
      SortedTable& table = tables.table[k];
      lists->table[k].ids = table.next_keys;
      lists->table[k].rows = table.next_tokens;
      table.next_keys = const_cast<int32_t*>(table.keys);
      table.next_tokens = const_cast<int32_t*>(table.tokens);
      table.keys = lists->table[k].ids;
      table.tokens = lists->table[k].rows;
    }
  }
}

// Adds the runs of all tables; `lists` begins with the sorted tokens. ints and floats: scratch
// behind what the sort uses.
template <int kColumns>
void AddAllRuns(void* stream, int64_t tokens, int64_t cols, RunLists lists, int32_t* ints,
                float* floats) {
  const int64_t units = (cols / kColumns + kWarp - 1) / kWarp * kWarp;
  const unsigned threads = static_cast<unsigned>(units < kThreads ? units : kThreads);
  for (int64_t count = tokens; count > 0;) {
    const int64_t pieces = CudaSumPieces(count), next_count = pieces > 1 ? 2 * pieces : 0;
    for (RunList& list : lists.table) {
      list.next_ids = list.next_rows = nullptr;
      list.next = nullptr;
      if (next_count == 0) continue;
      list.next_ids = ints;
      list.next_rows = ints + next_count;
      list.next = floats;
      ints += 2 * next_count;
      floats += next_count * cols;
    }
    FUSED_LAUNCH((AddRuns<kColumns>), dim3(static_cast<unsigned>(pieces), kEmbeddingTables),
                 threads < kTokensPerSum + 2 ? 2 * kWarp : threads, 0, stream, count, cols, lists);
    for (RunList& list : lists.table) {
      list.ids = list.next_ids;
      list.rows = list.next_rows;
      list.from = list.next;
    }
    count = next_count;
  }
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_table_gradients_cuda(void* stream, int type,
                                                  const EmbeddingInput& input, const float* dz,
                                                  const TableGradients& gradients,
                                                  int32_t* int_scratch, float* float_scratch) {
  if (const char* error = BeforeLaunch(type)) return error;
  const int64_t tokens = input.tokens, cols = input.cols;
  RunLists lists = {};
  int64_t most_rows = 0;
  bool packs_fit = cols % 4 == 0 && PacksFit(0, dz, float_scratch);
  for (int k = 0; k < kEmbeddingTables; ++k) {
    lists.table[k].from = dz;
    lists.table[k].dtable = gradients.dtables[k];
    lists.table[k].table_rows = input.table_rows[k];
    if (input.table_rows[k] > most_rows) most_rows = input.table_rows[k];
    packs_fit = packs_fit && PacksFit(0, gradients.dtables[k]);
  }
  if (most_rows == 0) return nullptr;
  if (tokens > 0) SortTokens(stream, input, most_rows, &int_scratch, &lists);
  const dim3 clear(static_cast<unsigned>((most_rows + kRowsToClear - 1) / kRowsToClear),
                   kEmbeddingTables);
  if (packs_fit) {
    FUSED_LAUNCH((ClearAbsentRows<4>), clear, kThreads, 0, stream, tokens, cols, lists);
    AddAllRuns<4>(stream, tokens, cols, lists, int_scratch, float_scratch);
  } else {
    FUSED_LAUNCH((ClearAbsentRows<1>), clear, kThreads, 0, stream, tokens, cols, lists);
    AddAllRuns<1>(stream, tokens, cols, lists, int_scratch, float_scratch);
  }
  return LaunchError();
}
