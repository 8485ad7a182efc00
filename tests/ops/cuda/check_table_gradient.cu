// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "embedding_kernels.h"

namespace fused_ops {
namespace check {
namespace {

struct Table {
  int64_t rows;
  std::vector<int32_t> ids;
};

// The gradients of three tables, of as many tokens each.
void CheckTableGradients(Report* report, int64_t cols, const std::vector<Table>& tables,
                         unsigned misaligned = 0) {
  const int64_t tokens = tables[0].ids.size();
  const auto dz = Random<float>(tokens * cols + misaligned, 1);
  std::vector<std::unique_ptr<DeviceArray<int32_t>>> d_ids;
  std::vector<std::unique_ptr<DeviceArray<float>>> d_dtables;
  EmbeddingInput input = {tokens, cols, {}, {}, {}};
  TableGradients gradients;
  for (int k = 0; k < kEmbeddingTables; ++k) {
    d_ids.emplace_back(new DeviceArray<int32_t>(tables[k].ids));
    d_dtables.emplace_back(new DeviceArray<float>(tables[k].rows * cols));
    input.ids[k] = d_ids[k]->get();
    input.table_rows[k] = tables[k].rows;
    gradients.dtables[k] = d_dtables[k]->get();
  }
  const TableGradientScratch sizes = CudaTableGradientScratch(tokens);
  DeviceArray<int32_t> d_ints(sizes.ints);
  DeviceArray<float> d_dz(dz), d_floats(sizes.rows * cols);
  Require("gradients", fused_table_gradients_cuda(nullptr, kFloat32, input, d_dz.get() + misaligned,
                                                  gradients, d_ints.get(), d_floats.get()));
  for (int k = 0; k < kEmbeddingTables; ++k) {
    std::vector<float> dtable(tables[k].rows * cols);
    std::vector<int32_t> int_scratch(tokens + tables[k].rows + 1);
    TableGradientCpu<Baseline, float>::Sum(SerialThreads(), tokens, cols, tables[k].rows,
                                           tables[k].ids.data(), dz.data() + misaligned,
                                           dtable.data(), int_scratch.data());
    report->Near(Text("dtable", tables[k].rows, cols, std::to_string(tokens).c_str()),
                 d_dtables[k]->Read(), dtable);
  }
}

// Ids below `kinds`, spread over the tokens.
Table Spread(int64_t tokens, int64_t rows, int64_t kinds) {
  Table table = {rows, std::vector<int32_t>(tokens)};
  for (int64_t t = 0; t < tokens; ++t) table.ids[t] = static_cast<int32_t>(t * 7919 % 1009 % kinds);
  return table;
}

FUSED_CHECK(table_gradient) {
  for (int64_t tokens : {0, 1, 31, 32, 33, 64, 65, 300, 1024, 1025}) {
    // Every id alone, two ids, one id, and a few among many: runs within pieces, over some, and
    // over all of them.
    CheckTableGradients(report, 5,
                        {Spread(tokens, 1000, 1000), Spread(tokens, 2, 2), Spread(tokens, 300, 1)});
    CheckTableGradients(report, 8,
                        {Spread(tokens, 1000, 7), Spread(tokens, 1, 1), Spread(tokens, 33, 33)});
  }
}

FUSED_CHECK(table_gradient_of_ids_outside_their_table) {
  const std::vector<int32_t> ids = {2, -1, 0, 3, 2, 2147483647, 1, 0};
  CheckTableGradients(report, 300, {{3, ids}, {0, ids}, {256, ids}});
  CheckTableGradients(report, 4, {{0, ids}, {0, ids}, {0, ids}});
}

FUSED_CHECK(table_gradient_of_ids_repeated_thousands_of_times) {
  Table words = Spread(5000, 70000, 1009), positions = words, types = words;
  for (size_t t = 0; t < words.ids.size(); ++t) {
    words.ids[t] = t % 3 == 0 ? 0 : words.ids[t] * 69;  // three digits, and lists of lists
    positions.ids[t] = static_cast<int32_t>(t % 70);
    types.ids[t] = t % 70 > 40 ? 1 : 0;
  }
  positions.rows = 512;
  types.rows = 2;
  CheckTableGradients(report, 4, {words, positions, types});
  CheckTableGradients(report, 4, {words, positions, types}, 1);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
