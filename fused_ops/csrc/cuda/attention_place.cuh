// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Where a block of an attention kernel works, and which keys it sees; for all paths.
#ifndef FUSED_OPS_ATTENTION_PLACE_CUH_
#define FUSED_OPS_ATTENTION_PLACE_CUH_

#include "attention_kernels.h"

#include "cuda_common.cuh"

namespace fused_ops {

static constexpr float kLog2E = 1.44269504088896341f;
// The score of what is no key: its weight is 0 beside any finite score, and two of them differ by
// 0, not by NaN.
static constexpr float kNever = -3.0e38f;

// Scores to base 2 are products times this, log2(e) / sqrt(kHead).
template <int kHead>
__device__ constexpr float MmaFactor() {
  static_assert(kHead == 32 || kHead == 64 || kHead == 128, "the kernels' heads");
  return kLog2E * (kHead == 64 ? 0.125f : (kHead == 32 ? 0.176776695f : 0.0883883476f));
}

// A block's place: a tile of a head of a sequence, and the tokens that can be keys (see
// attention_kernels.h).
struct Place {
  int64_t begin, head, mask_row;  // first token of the sequence; head; dropout row of its query 0
  int first, length;              // first row of the tile; tokens of the sequence
  int keys, plain;                // keys that are looked at; how many of the first have no bias
  const int32_t* mask;            // of the sequence's tokens, or null
  int top_mask;
  bool is_first;     // of all sequences
  int64_t rest_end;  // where the next sequence begins; of the last one, the end of all tokens
};

__device__ __forceinline__ int64_t Clamp(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : (x > high ? high : x);
}

// All but the mask: every token is a key.
__device__ __forceinline__ Place PlaceOf(const AttentionProblem& p, int own) {
  const unsigned tiles = static_cast<unsigned>((p.max_length + own - 1) / own);
  const unsigned index = blockIdx.x / tiles, heads = static_cast<unsigned>(p.heads);
  const unsigned sequence = index / heads;
  Place place;
  place.head = index % heads;
  place.mask_row = static_cast<int64_t>(index) * p.max_length;
  place.first = static_cast<int>(blockIdx.x % tiles) * own;
  place.begin = p.offsets ? Clamp(p.offsets[sequence], 0, p.tokens) : sequence * p.max_length;
  const int64_t end = p.offsets ? Clamp(p.offsets[sequence + 1], place.begin, p.tokens)
                                : place.begin + p.max_length;
  place.length = static_cast<int>(Clamp(end - place.begin, 0, p.max_length));
  place.is_first = sequence == 0;
  place.rest_end = sequence + 1 == p.sequences ? p.tokens : end;
  place.keys = place.plain = place.length;
  place.mask = nullptr;
  place.top_mask = 0;
  return place;
}

// Zeros to `count` elements of every token of [first, last) at to, `stride` elements apart, by a
// block.
template <int kThreads, typename T>
__device__ __forceinline__ void ClearTokens(int64_t first, int64_t last, int64_t stride, int count,
                                            T* to) {
  for (int64_t token = first; token < last; ++token) {
    for (int i = threadIdx.x; i < count; i += kThreads) to[token * stride + i] = FromFloat<T>(0.0f);
  }
}

// The same for the tokens of a head that no sequence has. There are none unless `offsets` are
// wrong, which only a host checks: then results are zeros there, not what the memory held. The
// block of a sequence's first tile has what lies between it and the next one.
template <int kThreads, typename T>
__device__ __forceinline__ void ClearStrayTokens(const AttentionProblem& p, const Place& place,
                                                 int64_t stride, int count, T* to) {
  if (p.offsets == nullptr || place.first != 0) return;
  if (place.is_first) ClearTokens<kThreads>(0, place.begin, stride, count, to);
  ClearTokens<kThreads>(place.begin + place.length, place.rest_end, stride, count, to);
}

template <int kThreads, typename T>
__device__ __forceinline__ void ClearStrayOutputs(const AttentionProblem& p, const Place& place,
                                                  int head, T* out, float* statistics) {
  ClearStrayTokens<kThreads>(p, place, p.heads * head, head, out + place.head * head);
  for (int half = 0; half < 2; ++half) {
    ClearStrayTokens<kThreads>(p, place, 1, 1,
                               statistics + (half * p.heads + place.head) * p.tokens);
  }
}

template <int kThreads, typename T>
__device__ __forceinline__ void ClearStrayGradients(const AttentionProblem& p, const Place& place,
                                                    int head, T* dqkv) {
  const int64_t width = p.heads * head;
  for (int part = 0; part < 3; ++part) {
    ClearStrayTokens<kThreads>(p, place, 3 * width, head, dqkv + part * width + place.head * head);
  }
}

// The largest x and y of the block, in every thread. scratch [2 * kThreads / 32] is shared memory.
template <int kThreads>
__device__ __forceinline__ void BlockLargest(int* x, int* y, int* scratch) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    const int other_x = __shfl_xor_sync(kAllLanes, *x, distance);
    const int other_y = __shfl_xor_sync(kAllLanes, *y, distance);
    *x = *x > other_x ? *x : other_x;
    *y = *y > other_y ? *y : other_y;
  }
  constexpr int kWarps = kThreads / kWarp;
  __syncthreads();  // what was there has been read
  if (threadIdx.x % kWarp == 0) {
    scratch[threadIdx.x / kWarp] = *x;
    scratch[kWarps + threadIdx.x / kWarp] = *y;
  }
  __syncthreads();
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    *x = *x > scratch[warp] ? *x : scratch[warp];
    *y = *y > scratch[kWarps + warp] ? *y : scratch[kWarps + warp];
  }
}

// Reads the mask of the sequence: keys end behind the last one of the largest mask, and have a
// bias from the first one of another mask on. Called by all threads of a block whose tile is not
// empty.
template <int kThreads>
__device__ __forceinline__ void ReadMask(const AttentionProblem& p, int* scratch, Place* place) {
  if (p.key_mask == nullptr) return;
  const int32_t* mask = place->mask = p.key_mask + place->begin;
  int top = mask[0], last = 0, unused = 0;
  for (int i = threadIdx.x; i < place->length; i += kThreads) top = top > mask[i] ? top : mask[i];
  BlockLargest<kThreads>(&top, &unused, scratch);
  int first = -place->length;  // the first one with a bias, negated
  for (int i = threadIdx.x; i < place->length; i += kThreads) {
    if (mask[i] == top) {
      last = i + 1;
    } else {
      first = first > -i ? first : -i;
    }
  }
  BlockLargest<kThreads>(&last, &first, scratch);
  place->top_mask = top;
  place->keys = last;
  place->plain = -first < last ? -first : last;
}

// Is added to a key's scores, to base 2.
__device__ __forceinline__ float KeyBias(const Place& place, int key) {
  if (key >= place.keys) return kNever;
  if (place.mask == nullptr || place.mask[key] == place.top_mask) return 0.0f;
  return kMaskedScore * kLog2E *
         (static_cast<float>(place.top_mask) - static_cast<float>(place.mask[key]));
}

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_PLACE_CUH_
