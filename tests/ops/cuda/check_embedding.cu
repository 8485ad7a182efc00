// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "embedding_kernels.h"
#include "reduction_kernels.h"

namespace fused_ops {
namespace check {
namespace {

std::vector<int32_t> Ids(int64_t tokens, int64_t rows, unsigned seed) {
  std::mt19937 bits(seed);
  std::vector<int32_t> ids(tokens);
  for (int32_t& id : ids) id = static_cast<int32_t>(bits() % rows);
  return ids;
}

template <typename T>
void CheckEmbedding(Report* report, int64_t tokens, int64_t cols, float rate) {
  typedef typename Reference<T>::Type R;
  const Dropout dropout = MakeDropout(rate, -5, 0x7fffffffffffll);
  const int64_t rows[kEmbeddingTables] = {50, 12, 2};
  std::vector<std::vector<int32_t>> ids;
  std::vector<std::vector<float>> tables;
  EmbeddingInput input = {tokens, cols, {}, {}, {}}, d_input = input;
  std::vector<std::unique_ptr<DeviceArray<int32_t>>> d_ids;
  std::vector<std::unique_ptr<DeviceArray<float>>> d_tables;
  for (int k = 0; k < kEmbeddingTables; ++k) {
    ids.push_back(Ids(tokens, rows[k], k));
    tables.push_back(Random<float>(rows[k] * cols, 10 + k));
    d_ids.emplace_back(new DeviceArray<int32_t>(ids[k]));
    d_tables.emplace_back(new DeviceArray<float>(tables[k]));
    d_input.ids[k] = d_ids[k]->get();
    d_input.tables[k] = d_tables[k]->get();
    input.table_rows[k] = d_input.table_rows[k] = rows[k];
  }
  for (int k = 0; k < kEmbeddingTables; ++k) {
    input.ids[k] = ids[k].data();
    input.tables[k] = tables[k].data();
  }
  const auto gamma = Random<float>(cols, 1), beta = Random<float>(cols, 2);
  const auto dy = Random<T>(tokens * cols, 3);
  std::vector<R> y(tokens * cols);
  std::vector<float> mean(tokens), rstd(tokens), dz(tokens * cols), dgamma(cols), dbeta(cols);
  std::vector<float> partials(2 * ReductionChunks(tokens) * cols);
  EmbeddingCpu<Baseline, R>::Forward(SerialThreads(), input, dropout, 1e-12f, gamma.data(),
                                     beta.data(), y.data(), mean.data(), rstd.data());
  EmbeddingCpu<Baseline, R>::Backward(SerialThreads(), input, dropout, ForReference(dy).data(),
                                      gamma.data(), mean.data(), rstd.data(), dz.data(),
                                      dgamma.data(), dbeta.data(), partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_y(tokens * cols), d_dy(dy);
  DeviceArray<float> d_gamma(gamma), d_beta(beta), d_mean(tokens), d_rstd(tokens),
      d_dz(tokens * cols);
  DeviceArray<float> d_dgamma(cols), d_dbeta(cols),
      d_partials(2 * fused_reduction_blocks_cuda(tokens) * cols);
  Require("forward",
          fused_embedding_forward_cuda(nullptr, type, d_input, dropout, 1e-12f, d_gamma.get(),
                                       d_beta.get(), d_y.get(), d_mean.get(), d_rstd.get()));
  Require("backward",
          fused_embedding_backward_cuda(nullptr, type, d_input, dropout, d_dy.get(), d_gamma.get(),
                                        d_mean.get(), d_rstd.get(), d_dz.get(), d_dgamma.get(),
                                        d_dbeta.get(), d_partials.get()));
  report->Near(Text("y", tokens, cols, TypeName<T>()), d_y.Read(), y);
  report->Near(Text("mean", tokens, cols, TypeName<T>()), d_mean.Read(), mean);
  report->Near(Text("rstd", tokens, cols, TypeName<T>()), d_rstd.Read(), rstd);
  report->Near(Text("dz", tokens, cols, TypeName<T>()), d_dz.Read(), dz, ToleranceOf<float>(),
               LargestTerm(dy, gamma, rstd));
  report->Near(Text("dgamma", tokens, cols, TypeName<T>()), d_dgamma.Read(), dgamma);
  report->Near(Text("dbeta", tokens, cols, TypeName<T>()), d_dbeta.Read(), dbeta);
}

FUSED_CHECK(embedding) {
  for (int64_t cols : {1, 2, 3, 7, 8, 31, 33, 264, 768, 1000, 1024, 1025, 1032, 4096}) {
    CheckEmbedding<float>(report, 21, cols, 0.1f);
    CheckEmbedding<Half>(report, 21, cols, 0.1f);
    CheckEmbedding<BFloat16>(report, 21, cols, 0.1f);
  }
  for (int64_t tokens : {0, 1, 31, 33, 130}) {
    CheckEmbedding<float>(report, tokens, 16, 0.0f);
    CheckEmbedding<Half>(report, tokens, 5, 0.5f);
    CheckEmbedding<BFloat16>(report, tokens, 5, 0.5f);
  }
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
