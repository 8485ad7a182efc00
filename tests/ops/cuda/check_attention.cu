// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "attention_kernels.h"
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"

namespace fused_ops {
namespace check {
namespace {

// Sequences of these lengths, packed (`padded` false) or all max_length long and masked behind
// their length.
struct Form {
  std::vector<int32_t> lengths;
  int64_t max_length;
  bool padded;
  float rate;
};

std::vector<int32_t> OffsetsOf(const Form& form) {
  std::vector<int32_t> offsets(1, 0);
  for (int32_t length : form.lengths) offsets.push_back(offsets.back() + length);
  return offsets;
}

// 1 up to the length, with a hole; a sequence of length 0 is all masked.
std::vector<int32_t> MaskOf(const Form& form) {
  std::vector<int32_t> mask;
  for (int32_t length : form.lengths) {
    for (int64_t i = 0; i < form.max_length; ++i)
      mask.push_back(i < length && (i != 1 || length < 3) ? 1 : 0);
  }
  return mask;
}

// Tensor Cores take probabilities and their gradients as elements of T, where the CPU kernel has
// floats; float is multiplied with 21 of its 24 bits.
template <typename T>
float AttentionTolerance() {
  static const float kTolerances[] = {1e-5f, 3e-3f, 2e-2f};
  return kTolerances[ElementTypeOf<T>::kValue];
}

// What forward and backward write.
template <typename T>
struct Results {
  std::vector<T> out, dqkv;
  std::vector<float> statistics;
};

// Of a problem whose offsets and mask, if it has any, are these on the host.
template <typename T>
Results<T> ResultsOf(AttentionProblem p, const std::vector<int32_t>& offsets,
                     const std::vector<int32_t>& mask, const std::vector<T>& qkv,
                     const std::vector<T>& dout) {
  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<int32_t> d_offsets(offsets), d_mask(mask);
  if (p.offsets) p.offsets = d_offsets.get();
  if (p.key_mask) p.key_mask = d_mask.get();
  DeviceArray<T> d_qkv(qkv), d_dout(dout), d_out(dout.size()), d_dqkv(qkv.size());
  DeviceArray<float> d_statistics(2 * p.heads * p.tokens), d_delta(p.heads * p.tokens);
  Require("forward", fused_attention_forward_cuda(nullptr, type, p, d_qkv.get(), d_out.get(),
                                                  d_statistics.get()));
  Require("backward",
          fused_attention_backward_cuda(nullptr, type, p, d_dout.get(), d_qkv.get(), d_out.get(),
                                        d_statistics.get(), d_dqkv.get(), d_delta.get()));
  return Results<T>{d_out.Read(), d_dqkv.Read(), d_statistics.Read()};
}

template <typename T>
void CheckAttention(Report* report, int64_t heads, int64_t head_size, const Form& form) {
  typedef typename Reference<T>::Type R;
  const std::vector<int32_t> offsets = OffsetsOf(form), mask = MaskOf(form);
  AttentionProblem p = {};
  p.sequences = static_cast<int64_t>(form.lengths.size());
  p.heads = heads;
  p.head_size = head_size;
  p.max_length = form.max_length;
  p.tokens = form.padded ? p.sequences * p.max_length : offsets.back();
  p.offsets = form.padded ? nullptr : offsets.data();
  p.key_mask = form.padded ? mask.data() : nullptr;
  p.dropout = MakeDropout(form.rate, 0x123456789abcdefll, -5);
  const int64_t size = p.tokens * heads * head_size;
  const auto qkv = Random<T>(3 * size, 1, 1.5f), dout = Random<T>(size, 2);
  std::vector<R> out(size), dqkv(3 * size);
  std::vector<float> statistics(2 * heads * p.tokens);
  const AttentionScratch sizes = AttentionScratchOf(head_size, p.max_length);
  std::vector<float> scratch(sizes.forward > sizes.backward ? sizes.forward : sizes.backward);
  if (p.tokens > 0) {  // as the ops do
    AttentionCpu<Baseline, R>::Forward(SerialThreads(), p, ForReference(qkv).data(), out.data(),
                                       statistics.data(), 1, scratch.data());
    AttentionCpu<Baseline, R>::Backward(SerialThreads(), p, ForReference(dout).data(),
                                        ForReference(qkv).data(), out.data(), statistics.data(),
                                        dqkv.data(), 1, scratch.data());
  }

  const Results<T> got = ResultsOf(p, offsets, mask, qkv, dout);
  const float tolerance = AttentionTolerance<T>();
  const std::string what = form.padded ? "padded " : "packed ";
  report->Near(what + Text("out", p.tokens, head_size, TypeName<T>()), got.out, out, tolerance);
  report->Near(what + Text("statistics", p.tokens, head_size, TypeName<T>()), got.statistics,
               statistics);
  report->Near(what + Text("dqkv", p.tokens, head_size, TypeName<T>()), got.dqkv, dqkv, tolerance);
}

// Results of packed sequences without dropout.
template <typename T>
Results<T> PackedResultsOf(int64_t heads, int64_t head_size, int64_t max_length,
                           const std::vector<int32_t>& offsets, const std::vector<T>& qkv,
                           const std::vector<T>& dout) {
  AttentionProblem p = {};
  p.sequences = static_cast<int64_t>(offsets.size()) - 1;
  p.heads = heads;
  p.head_size = head_size;
  p.max_length = max_length;
  p.tokens = static_cast<int64_t>(dout.size()) / (heads * head_size);
  p.offsets = offsets.data();
  p.dropout = MakeDropout(0.0f, 0, 0);
  return ResultsOf(p, offsets, std::vector<int32_t>(), qkv, dout);
}

// `rows` of `width` elements each: those of [first, first + count), with zeros around them.
template <typename T>
std::vector<T> Placed(const std::vector<T>& rows, int64_t width, int64_t first, int64_t tokens) {
  std::vector<T> all(tokens * width);
  memset(static_cast<void*>(all.data()), 0, all.size() * sizeof(T));
  memcpy(static_cast<void*>(all.data() + first * width), rows.data(), rows.size() * sizeof(T));
  return all;
}

// Offsets that leave tokens out: those are zeros, all others as if they alone were there.
template <typename T>
void CheckStrayTokens(Report* report, int64_t head_size) {
  const int64_t heads = 2, tokens = 90, first = 3, last = 77, max_length = 66;
  const auto qkv = Random<T>(tokens * 3 * heads * head_size, 1, 1.5f),
             dout = Random<T>(tokens * heads * head_size, 2);
  const auto part = [=](const std::vector<T>& all, int64_t width) {
    return std::vector<T>(all.begin() + first * width, all.begin() + last * width);
  };
  const int64_t width = heads * head_size;
  // The second sequence is longer than max_length.
  const auto got = PackedResultsOf<T>(heads, head_size, max_length, {3, 11, 80}, qkv, dout);
  const auto want = PackedResultsOf<T>(heads, head_size, max_length, {0, 8, 74},
                                       part(qkv, 3 * width), part(dout, width));
  report->Same("stray out", got.out, Placed(want.out, width, first, tokens));
  report->Same("stray dqkv", got.dqkv, Placed(want.dqkv, 3 * width, first, tokens));
  std::vector<float> statistics;
  for (int64_t row = 0; row < 2 * heads; ++row) {
    const float* from = want.statistics.data() + row * (last - first);
    const auto placed = Placed(std::vector<float>(from, from + last - first), 1, first, tokens);
    statistics.insert(statistics.end(), placed.begin(), placed.end());
  }
  report->Same("stray statistics", got.statistics, statistics);

  const auto back = PackedResultsOf<T>(heads, head_size, max_length, {5, 20, 10}, qkv, dout);
  for (const auto& values : {back.out, back.dqkv}) {
    for (T value : values) {
      if (Widen(value) == Widen(value)) continue;
      report->True("offsets that decrease: no result is NaN", false);
      return;
    }
  }
}

// Around the tiles' edges, of 16 to 128 rows; a token, none; masks with holes and of zeros only.
// One head mostly: the emulation takes a tenth of a second for a tile.
const Form kEdges = {{1, 15, 16, 17, 0, 63, 64, 65}, 65, false, 0.0f};
const Form kLongEdges = {{127, 128, 129}, 130, false, 0.1f}, kLong = {{200, 66}, 200, true, 0.1f};
const Form kMasked = {{35, 3, 0}, 35, true, 0.1f}, kPacked = {{1, 70, 0}, 71, false, 0.1f};
const Form kShort = {{17}, 20, true, 0.0f}, kMostDropped = {{35, 20}, 35, true, 0.6f};

template <typename T>
void CheckHeads(Report* report) {
  CheckAttention<T>(report, 2, 32, kMasked);
  CheckAttention<T>(report, 1, 32, kMostDropped);
  CheckAttention<T>(report, 1, 64, kPacked);
  CheckAttention<T>(report, 1, 64, kEdges);
  CheckAttention<T>(report, 1, 128, kMasked);
  CheckAttention<T>(report, 1, 128, kShort);
}

FUSED_CHECK(attention_half) { CheckHeads<Half>(report); }
FUSED_CHECK(attention_bfloat16) { CheckHeads<BFloat16>(report); }
FUSED_CHECK(attention_float) { CheckHeads<float>(report); }
FUSED_CHECK(attention_long_half) {
  CheckAttention<Half>(report, 1, 32, kLong);
  CheckAttention<Half>(report, 1, 64, kLongEdges);
  CheckAttention<Half>(report, 1, 64, kLong);
}
FUSED_CHECK(attention_long_half_128) { CheckAttention<Half>(report, 1, 128, kLongEdges); }
FUSED_CHECK(attention_long_float) {
  CheckAttention<float>(report, 1, 32, kLongEdges);
  CheckAttention<float>(report, 1, 64, kLong);
}
FUSED_CHECK(attention_long_float_128) { CheckAttention<float>(report, 1, 128, kLongEdges); }

// More dropout groups than 32 bits count: the last sequence's would be those of the first.
FUSED_CHECK(attention_many_groups) {
  CheckAttention<Half>(report, 1, 32, Form{{2, 0, 40}, 1 << 17, false, 0.1f});
}

// Before Ampere; on a GPU, what it is.
FUSED_CHECK(attention_before_ampere) {
#if defined(FUSED_OPS_CUDA_EMULATION)
  cuda_emulation::compute_capability_major = 7;
#endif
  CheckAttention<Half>(report, 2, 32, kMasked);
  CheckAttention<Half>(report, 1, 32, kPacked);
  CheckAttention<Half>(report, 1, 64, kShort);
  CheckAttention<Half>(report, 1, 128, kShort);
  CheckAttention<float>(report, 1, 32, kShort);
#if defined(FUSED_OPS_CUDA_EMULATION)
  cuda_emulation::compute_capability_major = 9;
#endif
}

FUSED_CHECK(attention_plain) {
  CheckAttention<float>(report, 2, 20, kMasked);
  CheckAttention<float>(report, 1, 4, kPacked);
  CheckAttention<float>(report, 1, 81, kShort);
  CheckAttention<Half>(report, 1, 3, kShort);
  CheckAttention<BFloat16>(report, 1, 5, kShort);
}

FUSED_CHECK(attention_stray_tokens) {
  CheckStrayTokens<Half>(report, 32);
  CheckStrayTokens<float>(report, 64);
  CheckStrayTokens<BFloat16>(report, 5);
}

FUSED_CHECK(attention_of_nothing) {
  CheckAttention<float>(report, 1, 8, Form{{0, 0}, 4, false, 0.0f});
  CheckAttention<Half>(report, 1, 32, Form{{}, 4, true, 0.0f});
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
