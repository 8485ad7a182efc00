// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// One thread works on one head of one sequence at a time: it copies K and V (backward: Q and dout
// too, block by block) to float scratch, then goes through blocks of 48 queries x 128 keys, whose
// scores stay in its L1 cache. Scores are kept in units of log 2 (Q is copied with the factor
// log2(e) / sqrt(D)), so probabilities are powers of two.
#include "attention_kernels.h"

#include <math.h>

#include "attention_simd.h"
#include "cpu_isa.h"
#include "simd_dropout.h"
#include "tasks.h"

namespace fused_ops {
namespace {

constexpr float kLog2E = 1.44269504088896341f, kLn2 = 0.693147180559945309f;

// A head of a sequence. q, k and v start at its first token; tokens are `stride` elements apart.
template <typename T>
struct Head {
  const T *q, *k, *v;
  int64_t stride;
  int64_t out;  // offset of its first token in out and dout, where tokens are out_stride apart
  int64_t out_stride;
  int64_t qkv;          // offset of q in qkv
  int64_t row;          // offset of its first token in either half of the statistics
  int64_t rows;         // of all heads: size of that half
  int64_t length;       // queries
  int64_t keys;         // tokens that are looked at: all, or those up to the last unmasked one
  int64_t mask_row;     // dropout row of query 0
  const int32_t* mask;  // of its tokens, or null
  int32_t top_mask;
};

template <typename T>
Head<T> HeadOf(const AttentionProblem& p, const T* qkv, int64_t index) {
  const int64_t sequence = index / p.heads, head = index % p.heads, width = p.heads * p.head_size;
  const int64_t begin = p.offsets ? p.offsets[sequence] : sequence * p.max_length;
  const int64_t end = p.offsets ? p.offsets[sequence + 1] : begin + p.max_length;
  Head<T> h;
  h.stride = 3 * width;
  h.qkv = begin * h.stride + head * p.head_size;
  h.q = qkv + h.qkv;
  h.k = h.q + width;
  h.v = h.k + width;
  h.out_stride = width;
  h.out = begin * width + head * p.head_size;
  h.row = head * p.tokens + begin;
  h.rows = p.heads * p.tokens;
  h.length = h.keys = end - begin;
  h.mask_row = index * p.max_length;
  h.mask = p.key_mask ? p.key_mask + begin : nullptr;
  h.top_mask = 0;
  if (h.mask && h.length > 0) {
    h.top_mask = h.mask[0];
    for (int64_t i = 1; i < h.length; ++i)
      h.top_mask = h.mask[i] > h.top_mask ? h.mask[i] : h.top_mask;
    while (h.mask[h.keys - 1] != h.top_mask) --h.keys;
  }
  return h;
}

// What is added to the scores of each key: 0, the mask's term, or -infinity for the padding of the
// scratch.
template <typename T>
void KeyBias(const Head<T>& h, int64_t padded_keys, float* bias) {
  for (int64_t i = 0; i < padded_keys; ++i) {
    const bool masked = i < h.keys && h.mask && h.mask[i] != h.top_mask;
    bias[i] = i >= h.keys ? -INFINITY : 0.0f;
    if (masked)
      bias[i] =
          kMaskedScore * kLog2E * (static_cast<float>(h.top_mask) - static_cast<float>(h.mask[i]));
  }
}

bool AnyNonZero(const float* values, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    if (values[i] != 0.0f) return true;
  }
  return false;
}

// Keep bits of queries [first, first + rows) of a head, `stride` bytes a row.
template <typename T>
void BlockKeepBits(const AttentionProblem& p, const Head<T>& h, int64_t first, int64_t rows,
                   int64_t stride, uint8_t* bits) {
  const uint64_t groups = DropoutGroupsPerRow(p.max_length);
  for (int64_t r = 0; r < rows; ++r) {
    GroupsKeepBits(p.dropout, (h.mask_row + first + r) * groups, (h.keys + 7) / 8,
                   bits + r * stride);
  }
}

// 2^x for x <= 127 with relative error below 1e-7; 0 below -126.5, NaN for NaN. The polynomial is a
// least-squares fit of 2^f on |f| <= 1/2, reweighted towards the smallest relative error, with
// value 1 at 0.
FUSED_INLINE Vec Exp2(Vec x) {
  const Vec kMagic =
      Set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const Vec clamped = Max(x, Set(-127.0f));
  const Vec shifted = clamped + kMagic;
  const Vec f = clamped - (shifted - kMagic);
  Vec p = Set(1.535336188319500e-4f);
  p = p * f + Set(1.339887440266574e-3f);
  p = p * f + Set(9.618437357674640e-3f);
  p = p * f + Set(5.550332471162809e-2f);
  p = p * f + Set(2.402264791363012e-1f);
  p = p * f + Set(6.931472028550421e-1f);
  p = p * f + Set(1.0f);
  return p * (Vec)(((Int32Vec)shifted - (Int32Vec)kMagic + 127) << 23);
}

template <bool kDropout>
FUSED_INLINE Vec Kept(Vec v, const uint8_t* keep, int64_t column) {
  return kDropout ? KeepWhere(v, keep, column) : v;
}

// The state of the online softmax of one query: largest score so far, and the sum of 2^(score -
// top).
struct RowState {
  float top, sum;
};

// scores [cols] of one query become the unnormalised, dropped-out probabilities 2^(score - top);
// what has been gathered so far, out [head_cols], is scaled down when top grows.
template <bool kBias, bool kDropout>
FUSED_INLINE void SoftmaxRow(int64_t cols, const float* bias, const uint8_t* keep, float* scores,
                             RowState* state, int64_t head_cols, float* out) {
  Vec tops = Set(-INFINITY);
  for (int64_t i = 0; i < cols; i += kWidth) {
    Vec score = Load(scores + i, Full());
    if (kBias) {
      score += Load(bias + i, Full());
      Store(scores + i, score, Full());
    }
    tops = Max(tops, score);
  }
  const float top = fmaxf(state->top, MaxLane(tops));
  const Vec top_lanes = Set(top);
  Vec sums = Set(0.0f);
  for (int64_t i = 0; i < cols; i += kWidth) {
    const Vec p = Exp2(Load(scores + i, Full()) - top_lanes);
    sums += p;
    Store(scores + i, Kept<kDropout>(p, keep, i), Full());
  }
  if (top > state->top && state->sum > 0.0f) {
    const float shrink = exp2f(state->top - top);
    state->sum *= shrink;
    for (int64_t i = 0; i < head_cols; i += kWidth)
      Store(out + i, Load(out + i, Full()) * Set(shrink), Full());
  }
  state->top = top;
  state->sum += Sum(sums);
}

// What the gradient of one query needs; see attention_kernels.h and DeltaOf.
struct RowStatistics {
  float top, log_sum, delta;
};

// scores [cols] -> dropped-out probabilities; dprobs, the gradient of those, -> the gradient of the
// scores.
template <bool kBias, bool kDropout>
FUSED_INLINE void SoftmaxGradientRow(int64_t cols, const float* bias, const uint8_t* keep,
                                     const RowStatistics& row, float* scores, float* dprobs) {
  const Vec top = Set(row.top), log_sum = Set(row.log_sum), delta = Set(row.delta);
  for (int64_t i = 0; i < cols; i += kWidth) {
    Vec score = Load(scores + i, Full());
    if (kBias) score += Load(bias + i, Full());
    const Vec p = Exp2((score - top) - log_sum);
    Store(scores + i, Kept<kDropout>(p, keep, i), Full());
    Store(dprobs + i, p * (Kept<kDropout>(Load(dprobs + i, Full()), keep, i) - delta), Full());
  }
}

// Calls f(bias or not, dropout or not) with compile-time constants, so that rows are loops without
// questions.
struct Yes {
  static constexpr bool kValue = true;
};
struct No {
  static constexpr bool kValue = false;
};
template <typename F>
FUSED_INLINE void WithFlags(bool bias, bool dropout, const F& f) {
  if (bias) {
    dropout ? f(Yes(), Yes()) : f(Yes(), No());
  } else {
    dropout ? f(No(), Yes()) : f(No(), No());
  }
}

template <typename T>
FUSED_INLINE void StoreRow(const float* from, int64_t cols, float factor, T* to) {
  const Vec factors = Set(factor);
  ForVectors(cols,
             [=](int64_t i, auto lanes) { Store(to + i, Load(from + i, lanes) * factors, lanes); });
}

// End of the block of queries that begins at `begin`.
FUSED_INLINE int64_t NextEnd(int64_t begin, int64_t end) {
  return begin + kQueryBlock < end ? begin + kQueryBlock : end;
}

// Queries [first, last) of a head.
template <typename T>
void ForwardHead(const AttentionProblem& p, const Head<T>& h, int64_t first, int64_t last,
                 float* scratch, T* out, float* statistics) {
  const AttentionScratch sizes = AttentionScratchOf(p.head_size, p.max_length);
  const int64_t d = p.head_size, head_cols = RoundUp(d, kWidth), keys = RoundUp(h.keys, kWidth);
  float *v = scratch, *k_panels = v + sizes.keys * sizes.head,
        *bias = k_panels + sizes.keys * sizes.head;
  float *q = bias + sizes.keys, *sum = q + kQueryBlock * sizes.head,
        *scores = sum + kQueryBlock * sizes.head;
  uint8_t* keep = reinterpret_cast<uint8_t*>(scores + kQueryBlock * kKeyBlock);
  RowState state[kQueryBlock];

  CopyRows(h.k, h.stride, h.keys, keys, d, head_cols, 1.0f, v);
  CopyPanels(v, head_cols, keys, d, k_panels);
  CopyRows(h.v, h.stride, h.keys, keys, d, head_cols, 1.0f, v);
  KeyBias(h, keys, bias);
  for (int64_t query = first; query < last; query += kQueryBlock) {
    const int64_t queries = NextEnd(query, last) - query;
    const int64_t rows = RoundUp(queries, kTileRows);
    CopyRows(h.q + query * h.stride, h.stride, queries, rows, d, head_cols, kLog2E / sqrtf(d), q);
    PrefetchRows<0>(h.q, h.stride, query + queries, NextEnd(query + queries, last), d);
    PrefetchRows<1>(out + h.out, h.out_stride, query, query + queries, d);
    if (p.dropout.threshold) BlockKeepBits(p, h, query, rows, sizes.keep_bytes, keep);
    for (int64_t r = 0; r < rows; ++r) state[r] = RowState{-INFINITY, 0.0f};
    for (int64_t key = 0; key < keys; key += kKeyBlock) {
      const int64_t cols = keys - key < kKeyBlock ? keys - key : kKeyBlock;
      MultiplyPanels(rows, cols, d, q, head_cols, k_panels + key * d, scores, kKeyBlock);
      WithFlags(AnyNonZero(bias + key, cols), p.dropout.threshold != 0,
                [&](auto has_bias, auto has_dropout) {
                  for (int64_t r = 0; r < rows; ++r) {
                    SoftmaxRow<has_bias.kValue, has_dropout.kValue>(
                        cols, bias + key, keep + r * sizes.keep_bytes + key / 8,
                        scores + r * kKeyBlock, &state[r], head_cols, sum + r * head_cols);
                  }
                });
      MultiplyRows(rows, head_cols, cols, scores, kKeyBlock, v + key * head_cols, sum, key > 0);
    }
    for (int64_t r = 0; r < queries; ++r) {
      StoreRow(sum + r * head_cols, d, p.dropout.scale / state[r].sum,
               out + h.out + (query + r) * h.out_stride);
      statistics[h.row + query + r] = state[r].top;
      statistics[h.rows + h.row + query + r] = log2f(state[r].sum);
    }
  }
}

// delta = sum of dout * out, which is the sum of probability times its gradient (Dao et al.,
// section 3.1 of arXiv:2205.14135), of one query.
template <typename T>
FUSED_INLINE float DeltaOf(const float* dout, const T* out, int64_t cols) {
  Vec sum = Set(0.0f);
  Vec* total = &sum;
  ForVectors(
      cols, [=](int64_t i, auto lanes) { *total += Load(dout + i, lanes) * Load(out + i, lanes); });
  return Sum(sum);
}

// Asks for what the queries [next, next_end) will read and what the queries [query, next) write.
template <typename T>
FUSED_INLINE void PrefetchBackward(const Head<T>& h, int64_t query, int64_t next, int64_t next_end,
                                   int64_t d, const T* dout, const T* out, T* dqkv) {
  PrefetchRows<0>(h.q, h.stride, next, next_end, d);
  PrefetchRows<0>(dout + h.out, h.out_stride, next, next_end, d);
  PrefetchRows<0>(out + h.out, h.out_stride, next, next_end, d);
  for (int part = 0; part < 3; ++part)
    PrefetchRows<1>(dqkv + h.qkv + part * h.out_stride, h.stride, query, next, d);
}

// Writes the gradients of K and V from their sums; 0 for keys that were left out.
template <typename T>
void StoreKeyGradients(const AttentionProblem& p, const Head<T>& h, const float* dk,
                       const float* dv, T* dqkv) {
  const int64_t d = p.head_size, head_cols = RoundUp(d, kWidth);
  T *dk_out = dqkv + h.qkv + h.out_stride, *dv_out = dk_out + h.out_stride;
  for (int64_t r = 0; r < h.keys; ++r) {
    StoreRow(dk + r * head_cols, d, kLn2,
             dk_out + r * h.stride);  // q was copied with the factor log2(e)
    StoreRow(dv + r * head_cols, d, p.dropout.scale, dv_out + r * h.stride);
  }
  for (int64_t r = h.keys; r < h.length; ++r) {
    memset(dk_out + r * h.stride, 0, d * sizeof(T));
    memset(dv_out + r * h.stride, 0, d * sizeof(T));
  }
}

template <typename T>
void BackwardHead(const AttentionProblem& p, const Head<T>& h, float* scratch, const T* dout,
                  const T* out, const float* statistics, T* dqkv) {
  const AttentionScratch sizes = AttentionScratchOf(p.head_size, p.max_length);
  const int64_t d = p.head_size, head_cols = RoundUp(d, kWidth), keys = RoundUp(h.keys, kWidth);
  const int64_t copy = sizes.keys * sizes.head, block = kQueryBlock * sizes.head;
  float *k = scratch, *k_panels = k + copy, *v_panels = k_panels + copy, *dk = v_panels + copy,
        *dv = dk + copy;
  float *bias = dv + copy, *q = bias + sizes.keys, *dout_rows = q + block, *dq = dout_rows + block;
  float *scores = dq + block, *dprobs = scores + kQueryBlock * kKeyBlock;
  uint8_t* keep = reinterpret_cast<uint8_t*>(dprobs + kQueryBlock * kKeyBlock);
  RowStatistics row[kQueryBlock];
  const float scale = 1.0f / sqrtf(d);

  CopyRows(h.v, h.stride, h.keys, keys, d, head_cols, p.dropout.scale, k);
  CopyPanels(k, head_cols, keys, d, v_panels);
  CopyRows(h.k, h.stride, h.keys, keys, d, head_cols, 1.0f, k);
  CopyPanels(k, head_cols, keys, d, k_panels);
  KeyBias(h, keys, bias);
  for (int64_t query = 0; query < h.length; query += kQueryBlock) {
    const int64_t next = NextEnd(query, h.length), queries = next - query;
    const int64_t rows =
        RoundUp(queries, kTileRows);  // rows of padding have dout 0 and so add nothing
    CopyRows(h.q + query * h.stride, h.stride, queries, rows, d, head_cols, scale * kLog2E, q);
    CopyRows(dout + h.out + query * h.out_stride, h.out_stride, queries, rows, d, head_cols, 1.0f,
             dout_rows);
    PrefetchBackward(h, query, next, NextEnd(next, h.length), d, dout, out, dqkv);
    if (p.dropout.threshold) BlockKeepBits(p, h, query, rows, sizes.keep_bytes, keep);
    for (int64_t r = 0; r < rows; ++r) {
      row[r] = RowStatistics{0.0f, 0.0f, 0.0f};
      if (r >= queries) continue;
      const int64_t i = query + r;
      row[r].top = statistics[h.row + i];
      row[r].log_sum = statistics[h.rows + h.row + i];
      row[r].delta = DeltaOf(dout_rows + r * head_cols, out + h.out + i * h.out_stride, d);
    }
    for (int64_t key = 0; key < keys; key += kKeyBlock) {
      const int64_t cols = keys - key < kKeyBlock ? keys - key : kKeyBlock;
      MultiplyPanels(rows, cols, d, q, head_cols, k_panels + key * d, scores, kKeyBlock);
      MultiplyPanels(rows, cols, d, dout_rows, head_cols, v_panels + key * d, dprobs, kKeyBlock);
      WithFlags(AnyNonZero(bias + key, cols), p.dropout.threshold != 0,
                [&](auto has_bias, auto has_dropout) {
                  for (int64_t r = 0; r < rows; ++r) {
                    SoftmaxGradientRow<has_bias.kValue, has_dropout.kValue>(
                        cols, bias + key, keep + r * sizes.keep_bytes + key / 8, row[r],
                        scores + r * kKeyBlock, dprobs + r * kKeyBlock);
                  }
                });
      MultiplyTransposed(cols, head_cols, rows, scores, kKeyBlock, dout_rows, dv + key * head_cols,
                         query > 0);
      MultiplyTransposed(cols, head_cols, rows, dprobs, kKeyBlock, q, dk + key * head_cols,
                         query > 0);
      MultiplyRows(rows, head_cols, cols, dprobs, kKeyBlock, k + key * head_cols, dq, key > 0);
    }
    for (int64_t r = 0; r < queries; ++r) {
      StoreRow(dq + r * head_cols, d, scale, dqkv + h.qkv + (query + r) * h.stride);
    }
  }
  StoreKeyGradients(p, h, dk, dv, dqkv);
}

}  // namespace

template <class Isa, typename T>
void AttentionCpu<Isa, T>::Forward(const Threads& threads, const AttentionProblem& problem,
                                   const T* qkv, T* out, float* statistics, int64_t slots,
                                   float* scratch) {
  const int64_t heads = problem.sequences * problem.heads;
  const int64_t scratch_size = AttentionScratchOf(problem.head_size, problem.max_length).forward;
  // A head is split between threads where there are few heads, at the price of copying its keys
  // again.
  const int64_t blocks = (problem.max_length + kQueryBlock - 1) / kQueryBlock;
  int64_t parts = heads < 4 * slots ? (4 * slots + heads - 1) / heads : 1;
  if (parts > (blocks + 1) / 2) parts = (blocks + 1) / 2;
  const int64_t part_rows = (blocks + parts - 1) / parts * kQueryBlock;
  const int64_t cost = part_rows * problem.max_length * problem.head_size / 8;
  const AttentionProblem* p = &problem;
  ForTasks(threads, slots, heads * parts, cost, [=](int64_t task, int64_t slot) {
    const Head<T> head = HeadOf(*p, qkv, task / parts);
    const int64_t first = task % parts * part_rows;
    const int64_t last = first + part_rows < head.length ? first + part_rows : head.length;
    if (first < last)
      ForwardHead(*p, head, first, last, scratch + slot * scratch_size, out, statistics);
  });
}

template <class Isa, typename T>
void AttentionCpu<Isa, T>::Backward(const Threads& threads, const AttentionProblem& problem,
                                    const T* dout, const T* qkv, const T* out,
                                    const float* statistics, T* dqkv, int64_t slots,
                                    float* scratch) {
  const int64_t scratch_size = AttentionScratchOf(problem.head_size, problem.max_length).backward;
  const int64_t cost = problem.max_length * problem.max_length * problem.head_size / 4;
  const AttentionProblem* p = &problem;
  ForTasks(threads, slots, problem.sequences * problem.heads, cost,
           [=](int64_t task, int64_t slot) {
             const Head<T> head = HeadOf(*p, qkv, task);
             BackwardHead(*p, head, scratch + slot * scratch_size, dout, out, statistics, dqkv);
           });
}

template struct AttentionCpu<FUSED_ISA, float>;
template struct AttentionCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
