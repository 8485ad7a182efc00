// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Self-attention of whole sequences, out = dropout(softmax(Q K^T / sqrt(D) + mask)) V for each
// head, without the [sequences, heads, S, S] matrix: softmax is made online over blocks of keys
// (Milakov and Gimelshein, arXiv:1805.02867) and its backward makes the probabilities again from
// two numbers a row (Dao et al., arXiv:2205.14135, who keep their sum; apart, large scores cost no
// accuracy).
//
// Shapes: qkv, dqkv [tokens, 3, heads, D]; out, dout [tokens, heads, D]; statistics [2, heads,
// tokens], each row's largest score and the logarithm of the sum of exponentials relative to it,
// both to base 2 (probability = 2^(score - largest - logarithm), score = (q k / sqrt(D) + mask)
// log2(e)). T is float or Half, on CUDA also BFloat16; sums are float (on CUDA, products are made
// by Tensor Cores where D is 32, 64 or 128: of 16-bit inputs as they are, of float inputs to 21
// bits).
//
// Sequences: with `offsets` null, sequence b is the tokens [b * max_length, (b + 1) * max_length),
// and `tokens` is sequences * max_length; else [offsets[b], offsets[b + 1]), none longer than
// max_length. The CPU op refuses other offsets; the CUDA kernels, which cannot, keep within the
// tokens and write zeros to those that no sequence has.
//
// Mask: with `key_mask` null every token of a sequence is a key of every other. Else -10000 (1 - m)
// is added to the scores of a key of mask m. Softmax does not see what all keys of a sequence
// share, so what is added here is -10000 (largest m - m), which keeps a sequence of masked tokens
// only as exact as any other. Keys behind the last one of largest m are left out, and get gradient
// 0: a weight exp(-10000 + s) is 0 in float as long as scores differ by less than 9,890.
//
// Dropout: row (b * heads + h) * max_length + i of the mask belongs to query i of head h of
// sequence b, column j to key j, of max_length columns: the packed and the padded form of the same
// sequences drop the same elements.
#ifndef FUSED_OPS_ATTENTION_KERNELS_H_
#define FUSED_OPS_ATTENTION_KERNELS_H_

#include "dropout.h"
#include "half.h"
#include "parallel.h"

namespace fused_ops {

struct AttentionProblem {
  int64_t sequences, heads, head_size, max_length, tokens;
  const int32_t* offsets;   // [sequences + 1], from 0 to tokens, not decreasing; or null
  const int32_t* key_mask;  // [tokens] or null
  Dropout dropout;
};

static constexpr float kMaskedScore = -10000.0f;

template <class Isa, typename T>
struct AttentionCpu {
  // scratch [slots, AttentionForwardScratch(...)]: `slots` >= 1 threads work at the same time; the
  // result does not depend on how many.
  static void Forward(const Threads& threads, const AttentionProblem& problem, const T* qkv, T* out,
                      float* statistics, int64_t slots, float* scratch);

  // scratch [slots, AttentionBackwardScratch(...)].
  static void Backward(const Threads& threads, const AttentionProblem& problem, const T* dout,
                       const T* qkv, const T* out, const float* statistics, T* dqkv, int64_t slots,
                       float* scratch);
};

// The CPU kernels' blocks, here because the scratch depends on them. 48 is a multiple of the 6 rows
// and 128 of the 64 columns of the widest register tile.
static constexpr int kQueryBlock = 48, kKeyBlock = 128;
static constexpr int kMaxTileColumns = 64, kMaxLanes = 16;

static inline int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

struct AttentionScratch {
  int64_t keys, head;         // rows and columns of a copy of K or V, padded to whole tiles
  int64_t keep_bytes;         // of the dropout bits of one row
  int64_t block;              // floats for a block of queries
  int64_t forward, backward;  // floats in all, for one thread
};

static inline AttentionScratch AttentionScratchOf(int64_t head_size, int64_t max_length) {
  AttentionScratch s;
  s.keys = RoundUp(max_length, kMaxTileColumns);
  s.head = RoundUp(head_size, kMaxLanes);
  s.keep_bytes = RoundUp(max_length, 8 * kMaxLanes) / 8 + kMaxLanes;
  s.block = kQueryBlock * (3 * s.head + 2 * kKeyBlock + s.keep_bytes / 4 + 2);
  s.forward = s.block + 2 * s.keys * s.head + s.keys;
  s.backward = s.block + 5 * s.keys * s.head + s.keys;
  return s;
}

}  // namespace fused_ops

// CUDA: the same on device pointers (the problem itself is read on the host), queued on `stream`;
// type names T.
extern "C" {

FUSED_OPS_EXPORT const char* fused_attention_forward_cuda(
    void* stream, int type, const fused_ops::AttentionProblem& problem, const void* qkv, void* out,
    float* statistics);

// delta [heads, tokens] floats is scratch.
FUSED_OPS_EXPORT const char* fused_attention_backward_cuda(
    void* stream, int type, const fused_ops::AttentionProblem& problem, const void* dout,
    const void* qkv, const void* out, const float* statistics, void* dqkv, float* delta);
}

#endif  // FUSED_OPS_ATTENTION_KERNELS_H_
