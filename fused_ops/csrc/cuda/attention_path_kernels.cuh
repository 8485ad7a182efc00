// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Attention with the products of attention_tiles.cuh. A block works on one tile of rows of one
// head: forward and dQ own queries and go through the keys, dK and dV own keys and go through the
// queries; nobody adds to what another block adds to, so results are the same bits from run to run.
// The price is that backward makes the scores twice.
#ifndef FUSED_OPS_ATTENTION_PATH_KERNELS_CUH_
#define FUSED_OPS_ATTENTION_PATH_KERNELS_CUH_

#include "attention_place.cuh"
#include "attention_tiles.cuh"

namespace fused_ops {

// keep [queries, groups]: the dropout bits of queries [query, query + queries) and of keys [key,
// key + 8 * groups), key a multiple of 8; a byte holds eight keys.
__device__ __forceinline__ void LoadKeepBits(const AttentionProblem& p, const Place& place,
                                             int query, int queries, int key, int groups,
                                             uint8_t* keep) {
  if (p.dropout.threshold == 0) return;
  const uint64_t row_groups = DropoutGroupsPerRow(p.max_length);
  for (int i = threadIdx.x; i < queries * groups; i += kAttentionThreads) {
    const uint64_t row = static_cast<uint64_t>(place.mask_row) + query + i / groups;
    keep[i] =
        static_cast<uint8_t>(DropoutKeepBits(p.dropout, row * row_groups + key / 8 + i % groups));
  }
}

__device__ __forceinline__ bool Kept(const AttentionProblem& p, const uint8_t* keep, int groups,
                                     int query, int key) {
  return p.dropout.threshold == 0 || (keep[query * groups + key / 8] >> (key % 8) & 1);
}

template <class Path>
struct ForwardTiles {
  typename Path::Element *q, *k, *v, *p;
  float *scores, *sums, *bias;
  uint8_t* keep;
  int* scan;
  int64_t bytes;
  __host__ __device__ ForwardTiles(char* base, int head) {
    typedef typename Path::Element Element;
    Arena arena = {base, 0};
    q = arena.Take<Element>(Path::kOwn * Path::Ld(head));
    k = arena.Take<Element>(kOther * Path::Ld(head));
    v = arena.Take<Element>(kOther * Path::Ld(head));
    p = arena.Take<Element>(Path::kOwn * Path::kFactorLd);
    scores = arena.Take<float>(Path::kOwn * Path::kProductLd);
    sums = arena.Take<float>(Path::kOwn * Path::SumLd(head));
    bias = arena.Take<float>(kOther);
    keep = arena.Take<uint8_t>(Path::kOwn * kOther / 8);
    scan = arena.Take<int>(2 * kAttentionWarps);
    bytes = arena.used;
  }
};

// The online softmax of a warp's rows over a tile of keys: scores -> unnormalised, dropped-out
// probabilities p. Lane r holds row r's largest score and sum; what was summed before is scaled
// down when the largest grows.
template <class Path>
__device__ __forceinline__ void OnlineSoftmax(const AttentionProblem& problem,
                                              const ForwardTiles<Path>& t, int row0, int head,
                                              float factor, float* top, float* sum) {
  const int lane = threadIdx.x % kWarp;
  const float bias = t.bias[lane];
  for (int r = 0; r < Path::kRows; ++r) {
    const int row = row0 + r;
    const float score =
        bias == kNever ? kNever : t.scores[row * Path::kProductLd + lane] * factor + bias;
    float largest = score;
#pragma unroll
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, distance));
    }
    const float old_top = __shfl_sync(kAllLanes, *top, r);
    largest = fmaxf(largest, old_top);
    const float probability = exp2f(score - largest), shrink = exp2f(old_top - largest);
    const float total = WarpSum(probability);
    if (lane == r) {
      *top = largest;
      *sum = *sum * shrink + total;
    }
    const bool kept = Kept(problem, t.keep, kOther / 8, row, lane);
    t.p[row * Path::kFactorLd + lane] =
        FromFloat<typename Path::Element>(kept ? probability : 0.0f);
    if (shrink != 1.0f) {
      for (int col = lane; col < head; col += kWarp)
        t.sums[row * Path::SumLd(head) + col] *= shrink;
    }
  }
}

template <typename T, class Path>
__global__ void __launch_bounds__(kAttentionThreads)
    AttentionForward(AttentionProblem problem, const T* qkv, T* out, float* statistics) {
  FUSED_DYNAMIC_SHARED(char, shared);
  const int head = static_cast<int>(problem.head_size), lane = threadIdx.x % kWarp;
  const ForwardTiles<Path> t(shared, head);
  Place place = PlaceOf(problem, Path::kOwn);
  ClearStrayOutputs<kAttentionThreads>(problem, place, head, out, statistics);
  if (place.first >= place.length) return;  // the whole block
  ReadMask<kAttentionThreads>(problem, t.scan, &place);
  const int64_t width = problem.heads * head, stride = 3 * width;
  const T* q = qkv + place.begin * stride + place.head * head;
  const int row0 = threadIdx.x / kWarp * Path::kRows, queries = place.length - place.first;
  const float factor = kLog2E / sqrtf(static_cast<float>(head));

  Path::Load(q + place.first * stride, stride, queries, Path::kOwn, head, t.q);
  for (int i = threadIdx.x; i < Path::kOwn * Path::SumLd(head); i += kAttentionThreads)
    t.sums[i] = 0.0f;
  float top = kNever, sum = 0.0f;
  for (int key = 0; key < place.keys; key += kOther) {
    __syncthreads();  // the tiles of the keys before have been read
    Path::Load(q + width + key * stride, stride, place.keys - key, kOther, head, t.k);
    Path::Load(q + 2 * width + key * stride, stride, place.keys - key, kOther, head, t.v);
    if (threadIdx.x < kOther) t.bias[threadIdx.x] = KeyBias(place, key + threadIdx.x);
    LoadKeepBits(problem, place, place.first, Path::kOwn, key, kOther / 8, t.keep);
    __syncthreads();
    Path::Product(t.q + row0 * Path::Ld(head), t.k, head, t.scores + row0 * Path::kProductLd);
    __syncwarp();
    OnlineSoftmax<Path>(problem, t, row0, head, factor, &top, &sum);
    __syncwarp();
    Path::AddTo(t.sums + row0 * Path::SumLd(head), t.p + row0 * Path::kFactorLd, t.v, head);
    __syncwarp();
  }
  for (int r = 0; r < Path::kRows; ++r) {
    const float row_sum = __shfl_sync(kAllLanes, sum, r);
    if (row0 + r >= queries) continue;
    StoreRows<1>(t.sums + (row0 + r) * Path::SumLd(head), 0, head, 1,
                 problem.dropout.scale / row_sum,
                 out + (place.begin + place.first + row0 + r) * width + place.head * head, 0);
  }
  if (lane < Path::kRows && row0 + lane < queries) {
    const int64_t row = place.head * problem.tokens + place.begin + place.first + row0 + lane;
    statistics[row] = top;
    statistics[problem.heads * problem.tokens + row] = log2f(sum);
  }
}

// delta = the sum of dout * out over a head of a token (Dao et al., section 3.1 of
// arXiv:2205.14135); a warp each.
template <typename T>
__global__ void __launch_bounds__(kAttentionThreads)
    AttentionDelta(int64_t tokens, int64_t heads, int64_t head_size, const T* dout, const T* out,
                   float* delta) {
  const int64_t index = static_cast<int64_t>(blockIdx.x) * kAttentionWarps + threadIdx.x / kWarp;
  if (index >= tokens * heads) return;  // a whole warp; there is no barrier of the block
  float sum = 0.0f;
  for (int64_t i = threadIdx.x % kWarp; i < head_size; i += kWarp) {
    sum += ToFloat(dout[index * head_size + i]) * ToFloat(out[index * head_size + i]);
  }
  sum = WarpSum(sum);
  if (threadIdx.x % kWarp == 0) delta[index % heads * tokens + index / heads] = sum;
}

template <class Path>
struct BackwardTiles {
  typename Path::Element *own[2], *other[2],
      *factors[2];  // q and dout, k and v; probabilities and score gradients
  float *products[2], *sums[2], *bias, *top, *log_sum, *delta;
  uint8_t* keep;
  int* scan;
  int64_t bytes;
  __host__ __device__ BackwardTiles(char* base, int head) {
    typedef typename Path::Element Element;
    constexpr int kLonger = Path::kOwn > kOther ? Path::kOwn : kOther;
    Arena arena = {base, 0};
    for (int i = 0; i < 2; ++i) {
      own[i] = arena.Take<Element>(Path::kOwn * Path::Ld(head));
      other[i] = arena.Take<Element>(kOther * Path::Ld(head));
      factors[i] = arena.Take<Element>(Path::kOwn * Path::kFactorLd);
      products[i] = arena.Take<float>(Path::kOwn * Path::kProductLd);
      sums[i] = arena.Take<float>(Path::AccumulatorSize(head));
    }
    bias = arena.Take<float>(kLonger);
    top = arena.Take<float>(kLonger);
    log_sum = arena.Take<float>(kLonger);
    delta = arena.Take<float>(kLonger);
    keep = arena.Take<uint8_t>(Path::kOwn * kOther / 8);
    scan = arena.Take<int>(2 * kAttentionWarps);
    bytes = arena.used;
  }
};

// What the gradient needs to know of queries [query, query + queries); harmless numbers beyond the
// last one.
template <class Path>
__device__ __forceinline__ void LoadStatistics(const AttentionProblem& p, const Place& place,
                                               const float* statistics, const float* delta,
                                               int query, int queries,
                                               const BackwardTiles<Path>& t) {
  for (int i = threadIdx.x; i < queries; i += kAttentionThreads) {
    const int64_t row = place.head * p.tokens + place.begin + query + i;
    const bool there = query + i < place.length;
    t.top[i] = there ? statistics[row] : 0.0f;
    t.log_sum[i] = there ? statistics[p.heads * p.tokens + row] : 0.0f;
    t.delta[i] = there ? delta[row] : 0.0f;
  }
}

// A warp's rows: scores and gradients of probabilities -> dropped-out probabilities and gradients
// of scores.
template <class Path, bool kOwnsKeys>
__device__ __forceinline__ void SoftmaxGradient(const AttentionProblem& problem,
                                                const BackwardTiles<Path>& t, int row0,
                                                float factor) {
  typedef typename Path::Element Element;
  const int lane = threadIdx.x % kWarp, groups = (kOwnsKeys ? Path::kOwn : kOther) / 8;
  for (int r = 0; r < Path::kRows; ++r) {
    const int row = row0 + r, query = kOwnsKeys ? lane : row, key = kOwnsKeys ? row : lane;
    const float score = t.products[0][row * Path::kProductLd + lane] * factor + t.bias[key];
    const bool used = t.bias[key] != kNever, kept = Kept(problem, t.keep, groups, query, key);
    const float p = used ? exp2f((score - t.top[query]) - t.log_sum[query]) : 0.0f;
    const float dp =
        kept ? t.products[1][row * Path::kProductLd + lane] * problem.dropout.scale : 0.0f;
    t.factors[0][row * Path::kFactorLd + lane] = FromFloat<Element>(kept ? p : 0.0f);
    t.factors[1][row * Path::kFactorLd + lane] =
        FromFloat<Element>(used ? p * (dp - t.delta[query]) : 0.0f);
  }
}

// Owning keys: dK and dV; owning queries: dQ.
template <typename T, class Path, bool kOwnsKeys>
__global__ void __launch_bounds__(kAttentionThreads)
    AttentionBackward(AttentionProblem problem, const T* dout, const T* qkv,
                      const float* statistics, const float* delta, T* dqkv) {
  FUSED_DYNAMIC_SHARED(char, shared);
  const int head = static_cast<int>(problem.head_size);
  const BackwardTiles<Path> t(shared, head);
  Place place = PlaceOf(problem, Path::kOwn);
  if (!kOwnsKeys) ClearStrayGradients<kAttentionThreads>(problem, place, head, dqkv);
  if (place.first >= place.length) return;  // the whole block
  ReadMask<kAttentionThreads>(problem, t.scan, &place);
  const int64_t width = problem.heads * head, stride = 3 * width;
  const int64_t offset = place.begin * stride + place.head * head;
  const T *q = qkv + offset, *k = q + width, *v = k + width,
          *d = dout + place.begin * width + place.head * head;
  const int first = place.first, row0 = threadIdx.x / kWarp * Path::kRows;
  const float scale = 1.0f / sqrtf(static_cast<float>(head));

  const int own = (kOwnsKeys ? place.keys : place.length) - first,
            others = kOwnsKeys ? place.length : place.keys;
  const int64_t own_stride = kOwnsKeys ? stride : width, other_stride = kOwnsKeys ? width : stride;
  Path::Load((kOwnsKeys ? k : q) + first * stride, stride, own, Path::kOwn, head, t.own[0]);
  Path::Load((kOwnsKeys ? v : d) + first * own_stride, own_stride, own, Path::kOwn, head, t.own[1]);
  if (kOwnsKeys && threadIdx.x < Path::kOwn)
    t.bias[threadIdx.x] = KeyBias(place, first + threadIdx.x);
  if (!kOwnsKeys) LoadStatistics<Path>(problem, place, statistics, delta, first, Path::kOwn, t);
  typename Path::Accumulator sums[2];
  sums[0].Clear(t.sums[0] + row0 * Path::SumLd(head), head);
  sums[1].Clear(t.sums[1] + row0 * Path::SumLd(head), head);
  for (int other = 0; other < others; other += kOther) {
    __syncthreads();  // the other side's tiles of before have been read
    Path::Load((kOwnsKeys ? q : k) + other * stride, stride, others - other, kOther, head,
               t.other[0]);
    Path::Load((kOwnsKeys ? d : v) + other * other_stride, other_stride, others - other, kOther,
               head, t.other[1]);
    if (kOwnsKeys) {
      LoadStatistics<Path>(problem, place, statistics, delta, other, kOther, t);
      LoadKeepBits(problem, place, other, kOther, first, Path::kOwn / 8, t.keep);
    } else {
      if (threadIdx.x < kOther) t.bias[threadIdx.x] = KeyBias(place, other + threadIdx.x);
      LoadKeepBits(problem, place, first, Path::kOwn, other, kOther / 8, t.keep);
    }
    __syncthreads();
    for (int i = 0; i < 2; ++i) {
      Path::Product(t.own[i] + row0 * Path::Ld(head), t.other[i], head,
                    t.products[i] + row0 * Path::kProductLd);
    }
    __syncwarp();
    SoftmaxGradient<Path, kOwnsKeys>(problem, t, row0, scale * kLog2E);
    __syncwarp();
    if (kOwnsKeys) sums[0].Add(t.factors[0] + row0 * Path::kFactorLd, t.other[1], head);
    sums[1].Add(t.factors[1] + row0 * Path::kFactorLd, t.other[0], head);
  }
  T* to = dqkv + offset + (first + row0) * stride;
  const int rows = place.length - first - row0;  // keys that were left out get 0
  float* scratch = t.products[0] + row0 * Path::kProductLd;
  sums[1].Store(head, rows, scale, to + (kOwnsKeys ? width : 0), stride, scratch);
  if (kOwnsKeys) sums[0].Store(head, rows, problem.dropout.scale, to + 2 * width, stride, scratch);
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_PATH_KERNELS_CUH_
