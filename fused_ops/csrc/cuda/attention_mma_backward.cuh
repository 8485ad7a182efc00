// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Attention backward with the products of attention_mma_tiles.cuh, in two kernels: one owns queries
// and makes delta and dQ, the other owns keys and makes dK and dV. Nobody adds to what another
// block adds to, so results are the same bits from run to run; the price is that the scores and the
// probabilities' gradients are made twice. Rows are always the own side, so that the factors of the
// sums are left where `mma` wants them, in either kernel.
#ifndef FUSED_OPS_ATTENTION_MMA_BACKWARD_CUH_
#define FUSED_OPS_ATTENTION_MMA_BACKWARD_CUH_

#include "attention_mma_forward.cuh"

namespace fused_ops {

// Shared memory: two own tiles, two stages of two tiles of the other side, and numbers of queries:
// own deltas, or two stages of largest scores, logarithms and deltas of the other side.
template <typename T, int kHead, class Sizes, bool kOwnsKeys>
constexpr int MmaBackwardBytes() {
  return static_cast<int>(sizeof(T)) * kHead * (2 * Sizes::kOwn + 4 * Sizes::kOther) +
         4 * (kOwnsKeys ? 6 * Sizes::kOther : Sizes::kOwn);
}

#if defined(FUSED_HAS_MMA)

// delta, the sum of dout * out over a head of a token (Dao et al., section 3.1 of
// arXiv:2205.14135), times factor, of a warp's rows: to shared memory, and of the first `rows` to
// `to`.
template <typename T, int kHead, int kRows>
__device__ __forceinline__ void RowDeltas(const char* dout, const T* out, int64_t stride, int rows,
                                          float factor, float* shared, float* to) {
  typedef MmaTile<T, kHead> Tile;
  struct alignas(16) Chunk {
    T x[Tile::kPerChunk];
  };
  constexpr int kPasses = kRows * Tile::kChunks / kWarp;
  const int lane = threadIdx.x % kWarp, row0 = lane / Tile::kChunks, chunk = lane % Tile::kChunks;
#pragma unroll
  for (int pass = 0; pass < kPasses; ++pass) {
    const int row = row0 + pass * (kWarp / Tile::kChunks);
    const bool there = row < rows;
    Chunk a = {};
    if (there) a = *reinterpret_cast<const Chunk*>(out + row * stride + chunk * Tile::kPerChunk);
    const Chunk b = *reinterpret_cast<const Chunk*>(dout + Tile::Offset(row, chunk));
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Tile::kPerChunk; ++i) sum += ToFloat(a.x[i]) * ToFloat(b.x[i]);
#pragma unroll
    for (int distance = Tile::kChunks / 2; distance > 0; distance /= 2) {
      sum += __shfl_xor_sync(kAllLanes, sum, distance);
    }
    if (chunk == 0) {
      shared[row] = sum * factor;
      if (there) to[row] = sum * factor;
    }
  }
  __syncwarp();
}

// What the gradients need to know of a query: its largest score, logarithm and delta.
struct QueryNumbers {
  float top, log_sum, delta;
};

// Products of a tile: scores / factor and gradients of dropped-out probabilities -> dropped-out
// probabilities and gradients of scores. All but the scores lack dropout's scale, delta too: it
// comes in with the results. numbers.Of(m, n, i): of the query of sums[m][n][i]; Draw(m, n, kept):
// the dropout bits of tiles n and n + 1, Bit(tile, i): an element's place in kept[tile].
template <int kRowTiles, int kCols, class Numbers>
__device__ __forceinline__ void SoftmaxGradient(bool drops, float factor, const Numbers& numbers,
                                                float (&p)[kRowTiles][kCols / 8][4],
                                                float (&dp)[kRowTiles][kCols / 8][4]) {
#pragma unroll
  for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < kCols / 8; n += 2) {
      float subtracted[8];
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        const QueryNumbers query = numbers.Of(m, n + i / 4, i % 4);
        float* probability = &p[m][n + i / 4][i % 4];
        *probability = Exp2(fmaf(*probability, factor, -query.top) - query.log_sum);
        subtracted[i] = *probability * query.delta;
      }
      if (drops) {
        uint32_t kept[2];
        numbers.Draw(m, n, kept);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          if (!(kept[i / 4] >> Numbers::Bit(i / 4, i % 4) & 1)) p[m][n + i / 4][i % 4] = 0.0f;
        }
      }
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        float* gradient = &dp[m][n + i / 4][i % 4];
        *gradient = fmaf(p[m][n + i / 4][i % 4], *gradient, -subtracted[i]);
      }
    }
  }
}

// Rows are queries, columns keys.
template <int kRowTiles>
struct QueriesOwned {
  float top[kRowTiles][2], log_sum[kRowTiles][2], delta[kRowTiles][2];
  KeyDropout drop;
  __device__ QueryNumbers Of(int m, int, int i) const {
    const QueryNumbers numbers = {top[m][i / 2], log_sum[m][i / 2], delta[m][i / 2]};
    return numbers;
  }
  __device__ void Draw(int m, int n, uint32_t (&kept)[2]) const {
    kept[0] = kept[1] = drop.Draw(m, n / 2);
  }
  __device__ static int Bit(int tile, int i) { return 16 * (i % 2) + 8 * (i / 2) + 4 * tile + 3; }
};

// Rows are keys, columns queries, whose numbers lie in shared memory, kOther of each kind.
template <int kOther>
struct KeysOwned {
  const float* columns;  // of this lane's first query
  const MmaDropout* dropout;
  uint32_t group;  // this lane's, of the tile's first columns
  __device__ QueryNumbers Of(int, int n, int i) const {
    const float* query = columns + 8 * n + i % 2;
    const QueryNumbers numbers = {query[0], query[kOther], query[2 * kOther]};
    return numbers;
  }
  __device__ void Draw(int m, int n, uint32_t (&kept)[2]) const {
    KeepBitsOfKeys(*dropout, group + 8 * n * dropout->row_groups + 2 * m, kept);
  }
  __device__ static int Bit(int, int i) { return 4 * i; }
};

// Starts copying the numbers of queries [begin, begin + kOther) of `queries`.
template <int kOther, int kThreads>
__device__ __forceinline__ void CopyNumbers(const float* top, const float* log_sum,
                                            const float* delta, int begin, int queries,
                                            SharedAddress to) {
  static_assert(kOther <= kThreads, "a thread for each query");
  const int thread = ThreadHere(), query = begin + thread;
  if (thread >= kOther) return;
  const bool there = query < queries;
  to += 4 * thread;
  CopyAsync<4>(to, top + query, there);
  CopyAsync<4>(to + 4 * kOther, log_sum + query, there);
  CopyAsync<4>(to + 8 * kOther, delta + query, there);
}

// The biases of own keys, added to a tile of products, which are scores / factor.
template <int kRowTiles, int kCols>
__device__ __forceinline__ void AddRowBias(const Place& place, int key, float factor,
                                           float (&sums)[kRowTiles][kCols / 8][4]) {
#pragma unroll
  for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float bias = KeyBias(place, key + 16 * m + 8 * h + threadIdx.x % kWarp / 4);
#pragma unroll
      for (int n = 0; n < kCols / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          float* sum = &sums[m][n][2 * h + c];
          *sum = bias == kNever ? kNever : *sum + bias * (1.0f / factor);
        }
      }
    }
  }
}
#endif

// delta and dQ; the first of the two kernels.
template <typename T, int kHead, class Sizes>
__global__ void __launch_bounds__(Sizes::kThreads, Sizes::kBlocks)
    AttentionMmaQueryGradient(AttentionProblem problem, MmaDropout dropout, const T* dout,
                              const T* qkv, const T* out, const float* statistics, float* delta,
                              T* dqkv) {
#if defined(FUSED_HAS_MMA)
  FUSED_DYNAMIC_SHARED(char, shared);
  __shared__ int scratch[2 * Sizes::kWarps];
  constexpr int kRowTiles = Sizes::kRowTiles, kOther = Sizes::kOther, kThreads = Sizes::kThreads;
  constexpr int kRowBytes = MmaTile<T, kHead>::kRowBytes, kTileBytes = kOther * kRowBytes,
                kOwnBytes = Sizes::kOwn * kRowBytes, kChunk = Sizes::kChunk;
  Place place = PlaceOf(problem, Sizes::kOwn);
  ClearStrayGradients<kThreads>(problem, place, kHead, dqkv);
  if (place.first >= place.length) return;  // the whole block
  const int64_t width = problem.heads * kHead, stride = 3 * width;
  const int64_t offset = place.begin * stride + place.head * kHead;
  const int64_t token = (place.begin + place.first) * width + place.head * kHead;
  const T* q = qkv + offset;
  const int row0 = threadIdx.x / kWarp * Sizes::kWarpRows, queries = place.length - place.first;
  const SharedAddress own = SharedAddressOf(shared), tiles = own + 2 * kOwnBytes;
  const MmaLanes<T, kHead> lanes;

  TileCopy<T, kHead, Sizes::kOwn, kThreads>(q + place.first * stride, stride)
      .Start(0, queries, own);
  TileCopy<T, kHead, Sizes::kOwn, kThreads>(dout + token, width).Start(0, queries, own + kOwnBytes);
  CommitCopies();
  ReadMask<kThreads>(problem, scratch, &place);
  const TileCopy<T, kHead, kOther, kThreads> k(q + width, stride), v(q + 2 * width, stride);
  k.Start(0, place.keys, tiles);
  v.Start(0, place.keys, tiles + kTileBytes);
  CommitCopies();
  WaitForCopies<1>();
  __syncthreads();

  const int g = threadIdx.x % kWarp / 4;
  const float scale = MmaFactor<kHead>() / kLog2E, factor = MmaFactor<kHead>();
  const int64_t row = place.head * problem.tokens + place.begin + place.first + row0;
  float* deltas = reinterpret_cast<float*>(shared + 2 * kOwnBytes + 4 * kTileBytes) + row0;
  RowDeltas<T, kHead, Sizes::kWarpRows>(shared + kOwnBytes + row0 * kRowBytes,
                                        out + token + row0 * width, width, queries - row0,
                                        1.0f / problem.dropout.scale, deltas, delta + row);
  QueriesOwned<kRowTiles> state;
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) {
    const int query = 16 * (i / 2) + 8 * (i % 2) + g;
    const bool there = row0 + query < queries;
    state.top[i / 2][i % 2] = there ? statistics[row + query] : 0.0f;
    state.log_sum[i / 2][i % 2] =
        there ? statistics[problem.heads * problem.tokens + row + query] : 0.0f;
    state.delta[i / 2][i % 2] = deltas[query];
  }
  state.drop = FirstKeyDropout(dropout, place.mask_row + place.first + row0);
  const uint32_t group = state.drop.group;

  OwnRows<T, kHead, Sizes> q_rows, dout_rows;
  q_rows.Start(own + row0 * kRowBytes, lanes);
  dout_rows.Start(own + kOwnBytes + row0 * kRowBytes, lanes);
  float dq[kRowTiles][kHead / 8][4];
  ClearSums<kRowTiles, kHead>(dq);
  int stage = 0;
  for (int key = 0; key < place.keys; key += kOther, stage ^= 1) {
    WaitForCopies<0>();
    __syncthreads();  // this tile is there, the one before has been read
    const int next = key + kOther;
    if (next < place.keys) {
      const SharedAddress to = tiles + (stage ^ 1) * 2 * kTileBytes;
      k.Start(next, place.keys, to);
      v.Start(next, place.keys, to + kTileBytes);
      CommitCopies();
    }
#pragma unroll 1
    for (int part = 0; part < kOther && key + part < place.keys; part += kChunk) {
      const SharedAddress tile = tiles + stage * 2 * kTileBytes + part * kRowBytes;
      float p[kRowTiles][kChunk / 8][4], dp[kRowTiles][kChunk / 8][4];
      RowProduct<T, kHead, Sizes, kChunk>(q_rows, tile, lanes, p);
      RowProduct<T, kHead, Sizes, kChunk>(dout_rows, tile + kTileBytes, lanes, dp);
      if (key + part + kChunk > place.plain) {
        AddKeyBias<kRowTiles, kChunk>(place, key + part, factor, p);
      }
      state.drop.group = group + (key + part) / 8;
      SoftmaxGradient<kRowTiles, kChunk>(state.drop.Drops(), factor, state, p, dp);
      AddProduct<T, kHead, kRowTiles, kChunk>(dp, tile, lanes, NoDropout(), dq);
    }
  }
  float factors[kRowTiles][2];
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) factors[i / 2][i % 2] = scale * problem.dropout.scale;
  StoreSums<T, kHead, kRowTiles>(dq, factors, shared + row0 * kRowBytes, queries - row0,
                                 dqkv + offset + (place.first + row0) * stride, stride);
#endif
}

// dK and dV; keys that were left out get 0.
template <typename T, int kHead, class Sizes>
__global__ void __launch_bounds__(Sizes::kThreads, Sizes::kBlocks)
    AttentionMmaKeyGradient(AttentionProblem problem, MmaDropout dropout, const T* dout,
                            const T* qkv, const float* statistics, const float* delta, T* dqkv) {
#if defined(FUSED_HAS_MMA)
  FUSED_DYNAMIC_SHARED(char, shared);
  __shared__ int scratch[2 * Sizes::kWarps];
  constexpr int kRowTiles = Sizes::kRowTiles, kOther = Sizes::kOther, kThreads = Sizes::kThreads;
  constexpr int kRowBytes = MmaTile<T, kHead>::kRowBytes, kTileBytes = kOther * kRowBytes,
                kOwnBytes = Sizes::kOwn * kRowBytes, kChunk = Sizes::kChunk;
  constexpr int kStageBytes = 2 * kTileBytes + 12 * kOther;  // q, dout, numbers of queries
  Place place = PlaceOf(problem, Sizes::kOwn);
  if (place.first >= place.length) return;  // the whole block
  ReadMask<kThreads>(problem, scratch, &place);
  const int64_t width = problem.heads * kHead, stride = 3 * width;
  const int64_t offset = place.begin * stride + place.head * kHead;
  const T* k = qkv + offset + width + place.first * stride;
  const int row0 = threadIdx.x / kWarp * Sizes::kWarpRows;
  const int keys = place.keys - place.first, queries = keys > 0 ? place.length : 0;
  const SharedAddress own = SharedAddressOf(shared), tiles = own + 2 * kOwnBytes;
  const MmaLanes<T, kHead> lanes;
  const float* top = statistics + place.head * problem.tokens + place.begin;
  const float* log_sum = top + problem.heads * problem.tokens;
  const float* deltas = delta + place.head * problem.tokens + place.begin;

  TileCopy<T, kHead, Sizes::kOwn, kThreads>(k, stride).Start(0, keys, own);
  TileCopy<T, kHead, Sizes::kOwn, kThreads>(k + width, stride).Start(0, keys, own + kOwnBytes);
  CommitCopies();
  const TileCopy<T, kHead, kOther, kThreads> q(qkv + offset, stride),
      upstream(dout + place.begin * width + place.head * kHead, width);
  q.Start(0, queries, tiles);
  upstream.Start(0, queries, tiles + kTileBytes);
  CopyNumbers<kOther, kThreads>(top, log_sum, deltas, 0, queries, tiles + 2 * kTileBytes);
  CommitCopies();

  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const float scale = MmaFactor<kHead>() / kLog2E, factor = MmaFactor<kHead>();
  KeysOwned<kOther> state;
  state.dropout = &dropout;
  const uint32_t group =
      static_cast<uint32_t>(place.mask_row + 8 * (g / 4) + 2 * t + g % 2) * dropout.row_groups +
      (place.first + row0) / 8 + g / 2 % 2;
  OwnRows<T, kHead, Sizes> k_rows, v_rows;
  float dk[kRowTiles][kHead / 8][4], dv[kRowTiles][kHead / 8][4];
  ClearSums<kRowTiles, kHead>(dk);
  ClearSums<kRowTiles, kHead>(dv);
  WaitForCopies<1>();
  __syncthreads();
  k_rows.Start(own + row0 * kRowBytes, lanes);
  v_rows.Start(own + kOwnBytes + row0 * kRowBytes, lanes);
  int stage = 0;
  for (int query = 0; query < queries; query += kOther, stage ^= 1) {
    WaitForCopies<0>();
    __syncthreads();  // this tile is there, the one before has been read
    const int next = query + kOther;
    if (next < queries) {
      const SharedAddress to = tiles + (stage ^ 1) * kStageBytes;
      q.Start(next, queries, to);
      upstream.Start(next, queries, to + kTileBytes);
      CopyNumbers<kOther, kThreads>(top, log_sum, deltas, next, queries, to + 2 * kTileBytes);
      CommitCopies();
    }
#pragma unroll 1
    for (int part = 0; part < kOther && query + part < queries; part += kChunk) {
      const SharedAddress tile = tiles + stage * kStageBytes + part * kRowBytes;
      float p[kRowTiles][kChunk / 8][4], dp[kRowTiles][kChunk / 8][4];
      RowProduct<T, kHead, Sizes, kChunk>(k_rows, tile, lanes, p);
      RowProduct<T, kHead, Sizes, kChunk>(v_rows, tile + kTileBytes, lanes, dp);
      if (place.first + Sizes::kOwn > place.plain) {
        AddRowBias<kRowTiles, kChunk>(place, place.first + row0, factor, p);
      }
      state.columns = reinterpret_cast<const float*>(shared + 2 * kOwnBytes + stage * kStageBytes +
                                                     2 * kTileBytes) +
                      part + 2 * t;
      state.group = group + (query + part) * dropout.row_groups;
      SoftmaxGradient<kRowTiles, kChunk>(problem.dropout.threshold != 0, factor, state, p, dp);
      AddProduct<T, kHead, kRowTiles, kChunk>(p, tile + kTileBytes, lanes, NoDropout(), dv);
      AddProduct<T, kHead, kRowTiles, kChunk>(dp, tile, lanes, NoDropout(), dk);
    }
  }
  float factors[kRowTiles][2];
  const int rows = place.length - place.first - row0;
  T* to = dqkv + offset + width + (place.first + row0) * stride;
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) factors[i / 2][i % 2] = scale * problem.dropout.scale;
  StoreSums<T, kHead, kRowTiles>(dk, factors, shared + row0 * kRowBytes, rows, to, stride);
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) factors[i / 2][i % 2] = problem.dropout.scale;
  StoreSums<T, kHead, kRowTiles>(dv, factors, shared + kOwnBytes + row0 * kRowBytes, rows,
                                 to + width, stride);
#endif
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_MMA_BACKWARD_CUH_
