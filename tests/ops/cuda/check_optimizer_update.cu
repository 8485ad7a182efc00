// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "optimizer_update_kernels.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckUpdate(Report* report, int64_t size, bool adapts, bool corrected) {
  typedef typename Reference<T>::Type R;
  const UpdateRule rule = {0.9f, 0.1f, 0.999f, 0.001f, 1e-6f, 0.01f, adapts};
  const float values[4] = {0.01f, 0.5f, 10.0f,
                           1000.0f};  // learning rate, gradient scale, corrections
  UpdateScalars scalars = {values, values + 1, corrected ? values + 2 : nullptr,
                           corrected ? values + 3 : nullptr};
  const auto gradient = Random<T>(size, 1);
  auto parameter = Random<float>(size, 2), m = Random<float>(size, 3, 0.1f),
       v = Random<float>(size, 4, 0.1f);
  for (float& element : v) element *= element;
  DeviceArray<T> d_gradient(gradient);
  DeviceArray<float> d_parameter(parameter), d_m(m), d_v(v),
      d_partials(2 * fused_norm_blocks_cuda(size));
  DeviceArray<float> d_values(std::vector<float>(values, values + 4));
  std::vector<float> partials(2 * NormChunks(size));
  OptimizerUpdateCpu<Baseline, R>::Update(SerialThreads(), size, rule, scalars,
                                          ForReference(gradient).data(), parameter.data(), m.data(),
                                          v.data(), partials.data());
  scalars.learning_rate = d_values.get();
  scalars.gradient_scale = d_values.get() + 1;
  if (corrected) scalars.m_correction = d_values.get() + 2;
  if (corrected) scalars.v_correction = d_values.get() + 3;
  Require("update", fused_optimizer_update_cuda(nullptr, ElementTypeOf<T>::kValue, size, rule,
                                                scalars, d_gradient.get(), d_parameter.get(),
                                                d_m.get(), d_v.get(), d_partials.get()));
  const char* what = adapts ? "lamb" : "adamw";
  report->Near(Text(what, 1, size, "parameter"), d_parameter.Read(), parameter);
  report->Near(Text(what, 1, size, "m"), d_m.Read(), m);
  report->Near(Text(what, 1, size, "v"), d_v.Read(), v);
}

FUSED_CHECK(optimizer_update) {
  for (int64_t size : {0, 1, 31, 2048, 20000}) {
    for (bool adapts : {false, true}) {
      CheckUpdate<float>(report, size, adapts, adapts);
      CheckUpdate<Half>(report, size, adapts, !adapts);
      CheckUpdate<BFloat16>(report, size, adapts, !adapts);
    }
  }
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
