// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The embedding's CUDA kernels, forward and backward, against the CPU kernels, for any ids.
#ifndef FUSED_OPS_CHECK_EMBEDDING_CUH_
#define FUSED_OPS_CHECK_EMBEDDING_CUH_

#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "embedding_kernels.h"

namespace fused_ops {
namespace check {

// A table of so many rows and what is looked up in it. Without ids: the positions of sequences of
// `sequence` tokens.
struct Lookups {
  int64_t rows;
  std::vector<int32_t> ids;
  int64_t sequence;
};

// The same on the host and on the device. `misaligned`: elements that the device's tables begin
// behind an address of 16 bytes.
struct EmbeddingInputs {
  EmbeddingInputs(int64_t tokens, int64_t cols, const std::vector<Lookups>& lookups,
                  unsigned misaligned) {
    host.tokens = tokens;
    host.cols = cols;
    host.sequence = lookups[1].sequence;
    device = host;
    for (int k = 0; k < kEmbeddingTables; ++k) {
      const auto table = Random<float>(misaligned + lookups[k].rows * cols, 10 + k);
      tables.emplace_back(table.begin() + misaligned, table.end());
      d_tables.emplace_back(new DeviceArray<float>(table));
      d_ids.emplace_back(new DeviceArray<int32_t>(lookups[k].ids));
      host.table_rows[k] = device.table_rows[k] = lookups[k].rows;
      device.tables[k] = d_tables[k]->get() + misaligned;
      const bool counts = k == 1 && host.sequence > 0;
      host.ids[k] = counts ? nullptr : lookups[k].ids.data();
      device.ids[k] = counts ? nullptr : d_ids[k]->get();
    }
    for (int k = 0; k < kEmbeddingTables; ++k) host.tables[k] = tables[k].data();
  }
  EmbeddingInput host = {}, device = {};
  std::vector<std::vector<float>> tables;
  std::vector<std::unique_ptr<DeviceArray<float>>> d_tables;
  std::vector<std::unique_ptr<DeviceArray<int32_t>>> d_ids;
};

template <typename T>
void CheckEmbedding(Report* report, int64_t tokens, int64_t cols,
                    const std::vector<Lookups>& lookups, float rate, unsigned misaligned = 0) {
  typedef typename Reference<T>::Type R;
  const Dropout dropout = MakeDropout(rate, -5, 0x7fffffffffffll);
  const EmbeddingInputs inputs(tokens, cols, lookups, misaligned);
  const auto gamma = Random<float>(cols, 1), beta = Random<float>(cols, 2);
  const auto dy = Random<T>(tokens * cols, 3);
  std::vector<R> y(tokens * cols);
  std::vector<float> mean(tokens), rstd(tokens), dz(tokens * cols), dgamma(cols), dbeta(cols);
  std::vector<float> partials(2 * ReductionChunks(tokens) * cols);
  EmbeddingCpu<Baseline, R>::Forward(SerialThreads(), inputs.host, dropout, 1e-12f, gamma.data(),
                                     beta.data(), y.data(), mean.data(), rstd.data());
  EmbeddingCpu<Baseline, R>::Backward(
      SerialThreads(), inputs.host, dropout, ForReference(dy).data(), gamma.data(), mean.data(),
      rstd.data(), dz.data(), dgamma.data(), dbeta.data(), partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_y(tokens * cols), d_dy(dy);
  DeviceArray<float> d_gamma(gamma), d_beta(beta), d_mean(tokens), d_rstd(tokens), d_dgamma(cols),
      d_dbeta(cols), d_means(2 * tokens);
  Require("forward",
          fused_embedding_forward_cuda(nullptr, type, inputs.device, dropout, 1e-12f, d_gamma.get(),
                                       d_beta.get(), d_y.get(), d_mean.get(), d_rstd.get()));
  EmbeddingScratchSizes sizes;
  fused_embedding_scratch_cuda(tokens, inputs.host.sequence, &sizes);
  DeviceArray<int32_t> d_ints(sizes.ints);
  DeviceArray<float> d_rows(sizes.rows * cols);
  std::vector<std::unique_ptr<DeviceArray<float>>> d_dtables;
  EmbeddingGradients gradients = {{}, d_dgamma.get(), d_dbeta.get()};
  for (int k = 0; k < kEmbeddingTables; ++k) {
    d_dtables.emplace_back(new DeviceArray<float>(lookups[k].rows * cols));
    gradients.dtables[k] = d_dtables[k]->get();
  }
  Require("backward",
          fused_embedding_backward_cuda(nullptr, type, inputs.device, dropout, d_dy.get(),
                                        d_gamma.get(), d_mean.get(), d_rstd.get(), gradients,
                                        {d_means.get(), d_ints.get(), d_rows.get()}));
  const std::string what = std::to_string(lookups[0].rows) + " " + TypeName<T>();
  const auto text = [&](const char* of) { return Text(of, tokens, cols, what.c_str()); };
  report->Near(text("y"), d_y.Read(), y);
  report->Near(text("mean"), d_mean.Read(), mean);
  report->Near(text("rstd"), d_rstd.Read(), rstd);
  for (int k = 0; k < kEmbeddingTables; ++k) {
    std::vector<float> dtable(lookups[k].rows * cols);
    std::vector<int32_t> int_scratch(tokens + lookups[k].rows + 1);
    TableGradientCpu<Baseline, float>::Sum(SerialThreads(), inputs.host, k, dz.data(),
                                           dtable.data(), int_scratch.data());
    report->Near(text(k == 0   ? "dwords"
                      : k == 1 ? "dpositions"
                               : "dtypes"),
                 d_dtables[k]->Read(), dtable, ToleranceOf<float>(), LargestTerm(dy, gamma, rstd));
  }
  report->Near(text("dgamma"), d_dgamma.Read(), dgamma);
  report->Near(text("dbeta"), d_dbeta.Read(), dbeta);
}

}  // namespace check
}  // namespace fused_ops

#endif  // FUSED_OPS_CHECK_EMBEDDING_CUH_
