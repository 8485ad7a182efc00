// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_embedding.cuh"

namespace fused_ops {
namespace check {
namespace {

Lookups Table(int64_t tokens, int64_t rows, unsigned seed) {
  std::mt19937 bits(seed);
  Lookups lookups = {rows, std::vector<int32_t>(tokens), 0};
  for (int32_t& id : lookups.ids) id = static_cast<int32_t>(bits() % rows);
  return lookups;
}

template <typename T>
void CheckIds(Report* report, int64_t tokens, int64_t cols, float rate) {
  CheckEmbedding<T>(report, tokens, cols,
                    {Table(tokens, 50, 0), Table(tokens, 12, 1), Table(tokens, 2, 2)}, rate);
}

FUSED_CHECK(embedding) {
  for (int64_t cols : {1, 2, 3, 7, 8, 31, 33, 264, 768, 1000, 1024, 1025, 1032, 2048, 4096}) {
    CheckIds<float>(report, 21, cols, 0.1f);
    CheckIds<Half>(report, 21, cols, 0.1f);
    CheckIds<BFloat16>(report, 21, cols, 0.1f);
  }
  for (int64_t tokens : {0, 1, 31, 33, 130}) {
    CheckIds<float>(report, tokens, 16, 0.0f);
    CheckIds<Half>(report, tokens, 5, 0.5f);
    CheckIds<BFloat16>(report, tokens, 5, 0.5f);
  }
}

template <typename T>
void CheckPositions(Report* report, int64_t sequences, int64_t length, int64_t cols, int64_t rows,
                    int64_t types) {
  const int64_t tokens = sequences * length;
  const Lookups positions = {rows, {}, length};
  CheckEmbedding<T>(report, tokens, cols,
                    {Table(tokens, 50, 0), positions, Table(tokens, types, 2)}, 0.1f);
}

// Positions that count from 0 in every sequence: one sequence and many, more positions than the
// device has blocks for and few of them, rows behind the last position; types that are added up on
// the way, and more than those.
FUSED_CHECK(embedding_positions) {
  for (int64_t types : {1, 2, 3}) {
    CheckPositions<float>(report, 1, 7, 16, 7, types);
    CheckPositions<Half>(report, 3, 5, 16, 9, types);
    CheckPositions<BFloat16>(report, 9, 1, 264, 2, types);
    CheckPositions<Half>(report, 3, 5, 7, 9, types);
  }
  CheckPositions<float>(report, 5, 40, 8, 64, 2);
  CheckPositions<Half>(report, 2, 700, 8, 700, 2);
  CheckPositions<float>(report, 40, 3, 1024, 5, 2);
  CheckPositions<float>(report, 70, 1, 4096, 5, 2);
  CheckPositions<float>(report, 0, 4, 16, 5, 2);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
