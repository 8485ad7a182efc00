// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Gradients of the embedding tables on the GPU, see embedding_kernels.cu, reproducible: no
// additions in an order that differs from run to run. The tokens of each table are sorted by id (a
// stable radix sort), then the tokens' gradients are made, and runs of equal ids added, in pieces
// of kTokensPerSum; the sums of a run that spreads over several pieces are rows of a shorter list,
// which is added in the same way, until one piece is left. Several tables are worked on side by
// side.
#include "embedding_kernels.h"

#include "cuda_common.cuh"
#include "embedding_rows.cuh"

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
  int64_t sequence, table_rows;  // see TokenId
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
  const int32_t id = TokenId(table.ids, table.sequence, place);
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

// A list of rows to add, sorted by id: row rows[i] belongs to ids[i]; -1 is no row. In the first
// list it is the gradient of token rows[i], later row rows[i] of `from`. With what comes of it:
// complete sums go to dtable, others are the rows of `next`, two places a piece.
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

// How AddPiece gets at the rows of a list: Prepare() is called once, by all threads, with the
// piece's rows (-1 is none); then Load() for several rows, then Value() for each of them.
//
// Rows in memory:
template <int kColumns>
struct RowsInMemory {
  static constexpr int kAtOnce = 8;
  typedef Columns<float, kColumns> Loaded;
  struct Shared {};
  const float* from;
  int64_t cols;
  __device__ __forceinline__ void Prepare(const int32_t*, Shared*) const {}
  __device__ __forceinline__ void Load(const Shared&, int, int32_t row, int64_t col,
                                       Loaded* loaded) const {
    loaded->Load(from + row * cols + col);
  }
  __device__ __forceinline__ void Value(const Shared&, int, int32_t, int64_t, const Loaded& loaded,
                                        float (&value)[kColumns]) const {
    loaded.ToFloats(value);
  }
};

// The gradients of tokens, made from dy and the tables.
template <typename T, int kColumns>
struct RowsOfTokens {
  static constexpr int kAtOnce = 2;
  struct Loaded {
    Columns<T, kColumns> dy;
    TableColumns<kColumns> tables;
  };
  struct Shared {
    TokenRows rows[kTokensPerSum];
    float mean[kTokensPerSum], rstd[kTokensPerSum], g_mean[kTokensPerSum], gn_mean[kTokensPerSum];
  };
  const TokenGradients& of;
  __device__ __forceinline__ void Prepare(const int32_t* tokens, Shared* shared) const {
    const int i = threadIdx.x;
    if (i >= kTokensPerSum || tokens[i] < 0) return;
    const int64_t token = tokens[i];
    shared->rows[i] = RowsOf(of.input, token);
    shared->mean[i] = of.mean[token];
    shared->rstd[i] = of.rstd[token];
    shared->g_mean[i] = of.means[2 * token];
    shared->gn_mean[i] = of.means[2 * token + 1];
  }
  __device__ __forceinline__ void Load(const Shared& shared, int i, int32_t token, int64_t col,
                                       Loaded* loaded) const {
    loaded->dy.Load(static_cast<const T*>(of.dy) + token * of.input.cols + col);
#pragma unroll
    for (int k = 0; k < kEmbeddingTables; ++k) {
      loaded->tables.Load(of.input, shared.rows[i], k, col);
    }
  }
  __device__ __forceinline__ void Value(const Shared& shared, int i, int32_t token, int64_t col,
                                        const Loaded& loaded, float (&value)[kColumns]) const {
    float z[kColumns], gamma[kColumns];
    LoadColumns(of.gamma + col, gamma);
    loaded.tables.Sum(shared.rows[i], z);
    loaded.dy.ToFloats(value);
    DropColumns(of.dropout, token, of.input.cols, col, value);
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      const float normal = (z[j] - shared.mean[i]) * shared.rstd[i];
      value[j] =
          shared.rstd[i] * (value[j] * gamma[j] - shared.g_mean[i] - normal * shared.gn_mean[i]);
    }
  }
};

// Adds the runs of one piece. A run that lies in it goes to the table; the part of one that began
// before goes to `next` as the piece's first place, of one that began here and goes on as its
// second. The places' ids are those of the piece's ends also where there is no row: the list stays
// sorted.
template <int kColumns, typename Rows>
__device__ __forceinline__ void AddPiece(int64_t piece, int64_t count, int64_t cols,
                                         const RunList& list, const Rows& source) {
  __shared__ int32_t ids[kTokensPerSum + 2], rows[kTokensPerSum];
  __shared__ typename Rows::Shared shared;
  const int64_t first = piece * kTokensPerSum;
  const int size = static_cast<int>(count - first < kTokensPerSum ? count - first : kTokensPerSum);
  const int thread = threadIdx.x;
  if (thread < size + 2) {
    const int64_t place = first - 1 + thread;
    ids[thread] = place >= 0 && place < count ? list.ids[place] : -1;
  }
  if (thread < kTokensPerSum) rows[thread] = thread < size ? list.rows[first + thread] : -1;
  source.Prepare(rows, &shared);  // a thread reads the row it wrote
  __syncthreads();
  const bool from_before = ids[0] == ids[1], goes_on = ids[size] == ids[size + 1];
  bool has_head = false, has_tail = false;
  for (int64_t col = static_cast<int64_t>(thread) * kColumns; col < cols;
       col += static_cast<int64_t>(blockDim.x) * kColumns) {
    float sum[kColumns] = {};
    bool began_here = !from_before, any = false;
    for (int start = 0; start < size; start += Rows::kAtOnce) {
      typename Rows::Loaded loaded[Rows::kAtOnce];
#pragma unroll
      for (int u = 0; u < Rows::kAtOnce; ++u) {
        const int row = rows[start + u];  // the same for the whole block
        if (row >= 0) source.Load(shared, start + u, row, col, &loaded[u]);
      }
#pragma unroll
      for (int u = 0; u < Rows::kAtOnce; ++u) {
        const int i = start + u;
        if (i >= size) break;
        if (rows[i] >= 0) {
          float value[kColumns];
          source.Value(shared, i, rows[i], col, loaded[u], value);
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

template <int kColumns>
__global__ void __launch_bounds__(kThreads) AddRuns(int64_t count, int64_t cols, RunLists lists) {
  const RunList list = TableAt(lists, blockIdx.y);
  AddPiece<kColumns>(blockIdx.x, count, cols, list, RowsInMemory<kColumns>{list.from, cols});
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

// Zeros for the rows of dtable without a token, of kRowsToClear rows from `first` on.
static constexpr int kRowsToClear = 32;
template <int kColumns>
__device__ __forceinline__ void ClearAbsentRows(int64_t first, int64_t tokens, int64_t cols,
                                                const RunList& list) {
  __shared__ int32_t present[kRowsToClear];
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

// The first list: the pieces, and behind them the blocks that clear.
template <typename T, int kColumns>
__global__ void __launch_bounds__(kThreads, kColumns == 1 ? 1 : 2)
    AddTokens(TokenGradients of, RunLists lists) {
  const RunList list = TableAt(lists, blockIdx.y);
  const int64_t tokens = of.input.tokens, cols = of.input.cols, pieces = CudaSumPieces(tokens);
  if (blockIdx.x < pieces) {
    AddPiece<kColumns>(blockIdx.x, tokens, cols, list, RowsOfTokens<T, kColumns>{of});
  } else {
    ClearAbsentRows<kColumns>((blockIdx.x - pieces) * kRowsToClear, tokens, cols, list);
  }
}

// The tables to add up: how many, which, and the most rows of one.
struct WantedTables {
  int count, table[kEmbeddingTables];
  int64_t most_rows;
};

// Sorts the tokens of the wanted tables by id, from two buffers of keys and tokens in `ints`, which
// it advances, and leaves the sorted ones in `lists`.
void SortTokens(void* stream, const EmbeddingInput& input, const WantedTables& wanted,
                int32_t** ints, RunLists* lists) {
  const int64_t tokens = input.tokens;
  SortedTables tables = {};
  for (int i = 0; i < wanted.count; ++i) {
    const int k = wanted.table[i];
    int32_t* own = *ints;
    tables.table[i] = {input.ids[k], input.sequence,   input.table_rows[k], own,
                       own + tokens, own + 2 * tokens, own + 3 * tokens,    own + 4 * tokens};
    *ints = own + 4 * tokens + SortTiles(tokens) * kDigits;
  }
  const dim3 grid(static_cast<unsigned>(SortTiles(tokens)), static_cast<unsigned>(wanted.count));
  for (int pass = 0; pass == 0 || wanted.most_rows >> (8 * pass) != 0; ++pass) {
    FUSED_LAUNCH((CountDigits<0>), grid, kThreads, 0, stream, tokens, pass, tables);
    FUSED_LAUNCH((MoveKeys<0>), grid, kThreads, 0, stream, tokens, pass, tables);
    for (int i = 0; i < wanted.count; ++i) {
      SortedTable& table = tables.table[i];
      lists->table[i].ids = table.next_keys;
      lists->table[i].rows = table.next_tokens;
      table.next_keys = const_cast<int32_t*>(table.keys);
      table.next_tokens = const_cast<int32_t*>(table.tokens);
      table.keys = lists->table[i].ids;
      table.tokens = lists->table[i].rows;
    }
  }
}

// Threads for a row of which each takes kColumns, enough to read a piece's ids.
template <int kColumns>
unsigned ThreadsFor(int64_t cols) {
  const int64_t units = (cols / kColumns + kWarp - 1) / kWarp * kWarp;
  const int64_t threads = units < kThreads ? units : kThreads;
  return static_cast<unsigned>(threads < kTokensPerSum + 2 ? 2 * kWarp : threads);
}

// Room for what is left of each list's runs after its `pieces`, from `ints` and `floats`.
void MakeNext(int64_t pieces, int64_t cols, RunLists* lists, int32_t** ints, float** floats) {
  const int64_t count = pieces > 1 ? 2 * pieces : 0;
  for (RunList& list : lists->table) {
    list.next_ids = list.next_rows = nullptr;
    list.next = nullptr;
    if (count == 0) continue;
    list.next_ids = *ints;
    list.next_rows = *ints + count;
    list.next = *floats;
    *ints += 2 * count;
    *floats += count * cols;
  }
}

template <typename T, int kColumns>
void LaunchAddTokens(void* stream, const TokenGradients& of, const WantedTables& wanted,
                     const RunLists& lists) {
  const int64_t clearing = (wanted.most_rows + kRowsToClear - 1) / kRowsToClear;
  const dim3 grid(static_cast<unsigned>(CudaSumPieces(of.input.tokens) + clearing),
                  static_cast<unsigned>(wanted.count));
  FUSED_LAUNCH((AddTokens<T, kColumns>), grid, ThreadsFor<kColumns>(of.input.cols), 0, stream, of,
               lists);
}

// Adds what is left in the lists that `lists` ends with.
template <int kColumns>
void AddTheRest(void* stream, const WantedTables& wanted, int64_t pieces, int64_t cols,
                RunLists lists, int32_t* ints, float* floats) {
  while (pieces > 1) {
    const int64_t count = 2 * pieces;
    pieces = CudaSumPieces(count);
    for (RunList& list : lists.table) {
      list.ids = list.next_ids;
      list.rows = list.next_rows;
      list.from = list.next;
    }
    MakeNext(pieces, cols, &lists, &ints, &floats);
    FUSED_LAUNCH((AddRuns<kColumns>),
                 dim3(static_cast<unsigned>(pieces), static_cast<unsigned>(wanted.count)),
                 ThreadsFor<kColumns>(cols), 0, stream, count, cols, lists);
  }
}

}  // namespace

void LaunchTableGradients(void* stream, int type, const TokenGradients& of,
                          float* const (&dtables)[kEmbeddingTables], int32_t* int_scratch,
                          float* float_scratch) {
  const EmbeddingInput& input = of.input;
  const int64_t tokens = input.tokens, cols = input.cols;
  RunLists lists = {};
  WantedTables wanted = {};
  bool packs_fit = PacksFit(cols, of.dy, of.gamma, float_scratch);
  for (int k = 0; k < kEmbeddingTables; ++k) {
    packs_fit = packs_fit && PacksFit(cols, input.tables[k], dtables[k]);
    if (dtables[k] == nullptr || input.table_rows[k] == 0) continue;
    lists.table[wanted.count].dtable = dtables[k];
    lists.table[wanted.count].table_rows = input.table_rows[k];
    wanted.table[wanted.count++] = k;
    if (input.table_rows[k] > wanted.most_rows) wanted.most_rows = input.table_rows[k];
  }
  if (wanted.count == 0) return;
  if (tokens > 0) SortTokens(stream, input, wanted, &int_scratch, &lists);
  const int64_t pieces = CudaSumPieces(tokens);
  MakeNext(pieces, cols, &lists, &int_scratch, &float_scratch);
  FUSED_SWITCH_TYPE(type, {
    FUSED_SWITCH_COLUMNS(packs_fit, LaunchAddTokens<T, kColumns>(stream, of, wanted, lists););
  });
  if (packs_fit) {
    AddTheRest<4>(stream, wanted, pieces, cols, lists, int_scratch, float_scratch);
  } else {
    AddTheRest<1>(stream, wanted, pieces, cols, lists, int_scratch, float_scratch);
  }
}

}  // namespace fused_ops
