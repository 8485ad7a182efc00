// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "embedding_kernels.h"

namespace fused_ops {
namespace check {
namespace {

void CheckTableGradient(Report* report, int64_t cols, int64_t table_rows,
                        const std::vector<int32_t>& ids) {
  const int64_t tokens = ids.size(), chunks = CudaSumChunks(tokens);
  const auto dz = Random<float>(tokens * cols, 1);
  std::vector<float> dtable(table_rows * cols);
  std::vector<int32_t> int_scratch(tokens + table_rows + 1);
  TableGradientCpu<Baseline, float>::Sum(SerialThreads(), tokens, cols, table_rows, ids.data(),
                                         dz.data(), dtable.data(), int_scratch.data(), nullptr);
  DeviceArray<int32_t> d_ids(ids), d_int_scratch(tokens);
  DeviceArray<float> d_dz(dz), d_dtable(table_rows * cols), d_float_scratch(2 * chunks * cols);
  Require("gradient", fused_table_gradient_cuda(nullptr, kFloat32, tokens, cols, table_rows,
                                                d_ids.get(), d_dz.get(), d_dtable.get(),
                                                d_int_scratch.get(), d_float_scratch.get()));
  report->Near(Text("dtable", table_rows, cols, std::to_string(tokens).c_str()), d_dtable.Read(),
               dtable);
}

FUSED_CHECK(table_gradient) {
  for (int64_t tokens : {0, 1, 31, 32, 33, 64, 65, 300}) {
    // Every id alone, two ids, one id, and a few among many: runs within chunks, over some, and
    // over all of them.
    for (int64_t kinds : {1000, 2, 1, 7}) {
      std::vector<int32_t> ids(tokens);
      for (int64_t t = 0; t < tokens; ++t) ids[t] = static_cast<int32_t>(t * 7919 % 1009 % kinds);
      CheckTableGradient(report, 5, 1000, ids);
    }
  }
  // Ids outside the table, which get no gradient.
  CheckTableGradient(report, 300, 3, {2, -1, 0, 3, 2, 2147483647, 1, 0});
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
