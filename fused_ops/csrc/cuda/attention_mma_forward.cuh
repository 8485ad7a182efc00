// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Attention forward with the products of attention_mma_tiles.cuh. A block owns a tile of queries of
// one head; scores, probabilities and output stay in registers, while the next tile of K and V is
// on its way to shared memory.
#ifndef FUSED_OPS_ATTENTION_MMA_FORWARD_CUH_
#define FUSED_OPS_ATTENTION_MMA_FORWARD_CUH_

#include "attention_mma_tiles.cuh"

namespace fused_ops {

template <typename T, int kHead, class Sizes>
constexpr int MmaForwardBytes() {
  return static_cast<int>(sizeof(T)) * kHead * (Sizes::kOwn + 4 * Sizes::kOther);
}

#if defined(FUSED_HAS_MMA)

// Adds the keys' biases to a tile of products, which are scores / factor.
template <int kRowTiles, int kCols>
__device__ __forceinline__ void AddKeyBias(const Place& place, int key, float factor,
                                           float (&sums)[kRowTiles][kCols / 8][4]) {
#pragma unroll
  for (int n = 0; n < kCols / 8; ++n) {
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      const float bias = KeyBias(place, key + 8 * n + 2 * (threadIdx.x % 4) + c);
#pragma unroll
      for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          float* sum = &sums[m][n][2 * h + c];
          *sum = bias == kNever ? kNever : *sum + bias * (1.0f / factor);
        }
      }
    }
  }
}

// The online softmax of a warp's rows over a tile of keys: products -> unnormalised probabilities.
// top: each row's largest product; total: this lane's part of each row's sum; what was summed
// before is scaled down when the largest grows.
template <int kRowTiles, int kCols, int kHead>
__device__ __forceinline__ void OnlineSoftmax(float factor, float (&sums)[kRowTiles][kCols / 8][4],
                                              float (&top)[kRowTiles][2],
                                              float (&total)[kRowTiles][2],
                                              float (&out)[kRowTiles][kHead / 8][4]) {
#pragma unroll
  for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float largest = top[m][h];
#pragma unroll
      for (int n = 0; n < kCols / 8; ++n) {
        largest = fmaxf(largest, fmaxf(sums[m][n][2 * h], sums[m][n][2 * h + 1]));
      }
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, 1));
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, 2));
      const float shrink = Exp2((top[m][h] - largest) * factor), shift = -largest * factor;
      top[m][h] = largest;
      total[m][h] *= shrink;
#pragma unroll
      for (int n = 0; n < kCols / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          float* sum = &sums[m][n][2 * h + c];
          *sum = Exp2(fmaf(*sum, factor, shift));
          total[m][h] += *sum;
        }
      }
#pragma unroll
      for (int n = 0; n < kHead / 8; ++n) {
        out[m][n][2 * h] *= shrink;
        out[m][n][2 * h + 1] *= shrink;
      }
    }
  }
}
#endif

template <typename T, int kHead, class Sizes>
__global__ void __launch_bounds__(Sizes::kThreads, Sizes::kBlocks)
    AttentionMmaForward(AttentionProblem problem, MmaDropout dropout, const T* qkv, T* out,
                        float* statistics) {
#if defined(FUSED_HAS_MMA)
  FUSED_DYNAMIC_SHARED(char, shared);
  __shared__ int scratch[2 * Sizes::kWarps];
  constexpr int kRowTiles = Sizes::kRowTiles, kOther = Sizes::kOther, kThreads = Sizes::kThreads;
  constexpr int kRowBytes = MmaTile<T, kHead>::kRowBytes, kTileBytes = kOther * kRowBytes;
  Place place = PlaceOf(problem, Sizes::kOwn);
  const int64_t width = problem.heads * kHead, stride = 3 * width;
  ClearStrayOutputs<kThreads>(problem, place, kHead, out, statistics);
  if (place.first >= place.length) return;  // the whole block
  const T* q = qkv + place.begin * stride + place.head * kHead;
  const int row0 = threadIdx.x / kWarp * Sizes::kWarpRows, queries = place.length - place.first;
  const SharedAddress own = SharedAddressOf(shared), tiles = own + Sizes::kOwn * kRowBytes;
  const MmaLanes<T, kHead> lanes;

  TileCopy<T, kHead, Sizes::kOwn, kThreads>(q + place.first * stride, stride)
      .Start(0, queries, own);
  CommitCopies();
  ReadMask<kThreads>(problem, scratch, &place);
  const TileCopy<T, kHead, kOther, kThreads> k(q + width, stride), v(q + 2 * width, stride);
  k.Start(0, place.keys, tiles);
  v.Start(0, place.keys, tiles + kTileBytes);
  CommitCopies();

  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const float factor = MmaFactor<kHead>();
  KeyDropout drop = FirstKeyDropout(dropout, place.mask_row + place.first + row0);
  float top[kRowTiles][2], total[kRowTiles][2], sums[kRowTiles][kHead / 8][4];
  ClearSums<kRowTiles, kHead>(sums);
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) {
    top[i / 2][i % 2] = kNever;
    total[i / 2][i % 2] = 0.0f;
  }
  OwnRows<T, kHead, Sizes> rows;
  WaitForCopies<1>();
  __syncthreads();
  rows.Start(own + row0 * kRowBytes, lanes);
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
    const SharedAddress tile = tiles + stage * 2 * kTileBytes;
    float scores[kRowTiles][kOther / 8][4];
    RowProduct<T, kHead, Sizes, kOther>(rows, tile, lanes, scores);
    if (next > place.plain) AddKeyBias<kRowTiles, kOther>(place, key, factor, scores);
    OnlineSoftmax<kRowTiles, kOther, kHead>(factor, scores, top, total, sums);
    AddProduct<T, kHead, kRowTiles, kOther>(scores, tile + kTileBytes, lanes, drop, sums);
    drop.group += kOther / 8;
  }

  const int64_t row = place.head * problem.tokens + place.begin + place.first;
#pragma unroll
  for (int i = 0; i < 2 * kRowTiles; ++i) {
    const int m = i / 2, h = i % 2, query = row0 + 16 * m + 8 * h + g;
    float sum = total[m][h];
    sum += __shfl_xor_sync(kAllLanes, sum, 1);
    sum += __shfl_xor_sync(kAllLanes, sum, 2);
    total[m][h] = problem.dropout.scale / sum;
    if (t == 0 && query < queries) {
      statistics[row + query] = top[m][h] * factor;
      statistics[problem.heads * problem.tokens + row + query] = log2f(sum);
    }
  }
  StoreSums<T, kHead, kRowTiles>(
      sums, total, shared + row0 * kRowBytes, queries - row0,
      out + (place.begin + place.first + row0) * width + place.head * kHead, width);
#endif
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_MMA_FORWARD_CUH_
