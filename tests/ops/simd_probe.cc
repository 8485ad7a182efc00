// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The vector functions of fused_ops/csrc/simd*.h behind C functions on arrays, for test_simd.py.
#include "cpu/simd_dropout.h"
#include "cpu/simd_math.h"

using namespace fused_ops;

extern "C" {

int probe_width() { return kWidth; }

void probe_exp(const float* x, float* y, int64_t n) {
  ForVectors(n, [=](int64_t i, auto lanes) { Store(y + i, Exp(Load(x + i, lanes)), lanes); });
}

void probe_normal(const float* x, float* cdf, float* density, int64_t n) {
  ForVectors(n, [=](int64_t i, auto lanes) {
    const Normal normal = NormalOf(Load(x + i, lanes));
    Store(cdf + i, normal.cdf, lanes);
    Store(density + i, normal.density, lanes);
  });
}

void probe_to_half(const float* x, Half* y, int64_t n) {
  ForVectors(n, [=](int64_t i, auto lanes) { Store(y + i, Load(x + i, lanes), lanes); });
}

void probe_from_half(const Half* x, float* y, int64_t n) {
  ForVectors(n, [=](int64_t i, auto lanes) { Store(y + i, Load(x + i, lanes), lanes); });
}

// y [cols]: 1 where kept, 0 where dropped. `bits` is working memory of probe_keep_bytes(cols).
int64_t probe_keep_bytes(int64_t cols) { return KeepBytes(cols); }
void probe_keep(int64_t seed, int64_t offset, float rate, int64_t row, int64_t cols, uint8_t* bits,
                float* y) {
  RowKeepBits(MakeDropout(rate, seed, offset), row, cols, bits);
  ForVectors(cols,
             [=](int64_t i, auto lanes) { Store(y + i, KeepWhere(Set(1.0f), bits, i), lanes); });
}

float probe_sum_max(const float* x, int which) {
  return which ? MaxLane(Load(x, Full())) : Sum(Load(x, Full()));
}
}
