// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Ids of all kinds: runs of equal ones within a piece of the sum, over some pieces, and over all.
#include "check_embedding.cuh"

namespace fused_ops {
namespace check {
namespace {

// Ids below `kinds`, spread over the tokens.
Lookups Spread(int64_t tokens, int64_t rows, int64_t kinds) {
  Lookups table = {rows, std::vector<int32_t>(tokens), 0};
  for (int64_t t = 0; t < tokens; ++t) table.ids[t] = static_cast<int32_t>(t * 7919 % 1009 % kinds);
  return table;
}

FUSED_CHECK(table_gradient) {
  for (int64_t tokens : {0, 1, 31, 32, 33, 64, 65, 1025}) {
    // Every id alone, two ids, one id, and a few among many.
    CheckEmbedding<float>(
        report, tokens, 5,
        {Spread(tokens, 1000, 1000), Spread(tokens, 2, 2), Spread(tokens, 300, 1)}, 0.1f);
    CheckEmbedding<Half>(report, tokens, 8,
                         {Spread(tokens, 1000, 7), Spread(tokens, 1, 1), Spread(tokens, 33, 33)},
                         0.1f);
  }
}

FUSED_CHECK(table_gradient_of_ids_outside_their_table) {
  const std::vector<int32_t> ids = {2, -1, 0, 3, 2, 2147483647, 1, 0};
  for (int64_t cols : {4, 8, 300}) {
    CheckEmbedding<float>(report, 8, cols, {{3, ids, 0}, {0, ids, 0}, {256, ids, 0}}, 0.1f);
    CheckEmbedding<float>(report, 8, cols, {{3, ids, 0}, {3, {}, 4}, {2, ids, 0}}, 0.1f);
    CheckEmbedding<float>(report, 8, cols, {{2, ids, 0}, {0, {}, 8}, {0, ids, 0}}, 0.1f);
  }
}

FUSED_CHECK(table_gradient_of_ids_repeated_thousands_of_times) {
  Lookups words = Spread(2100, 70000, 1009), positions = words, types = words;
  for (size_t t = 0; t < words.ids.size(); ++t) {
    words.ids[t] = t % 3 == 0 ? 0 : words.ids[t] * 69;  // three digits, and lists of lists
    positions.ids[t] = static_cast<int32_t>(t % 70);
    types.ids[t] = t % 70 > 40 ? 1 : 0;
  }
  positions.rows = 512;
  types.rows = 2;
  const Lookups counted = {512, {}, 70};
  CheckEmbedding<Half>(report, 2100, 8, {words, counted, types}, 0.0f);
  CheckEmbedding<float>(report, 2100, 4, {words, positions, types}, 0.0f, 1);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
