// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "softmax_cross_entropy_kernels.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckCrossEntropy(Report* report, int64_t rows, int64_t cols) {
  typedef typename Reference<T>::Type R;
  typedef SoftmaxCrossEntropyCpu<Baseline, R> Cpu;
  const auto logits = Random<T>(rows * cols, 1, 5.0f);
  const auto dlosses = Random<float>(rows, 2);
  auto weights = Random<float>(rows, 3);
  std::vector<int32_t> labels(rows);
  for (int64_t i = 0; i < rows; ++i) labels[i] = static_cast<int32_t>(i * 7919 % cols);
  for (int64_t i = 1; i < rows; i += 3) weights[i] = 0.0f;
  std::vector<float> losses(rows), statistics(2 * rows);
  std::vector<R> dlogits(rows * cols);
  Cpu::Forward(SerialThreads(), rows, cols, ForReference(logits).data(), labels.data(),
               weights.data(), losses.data(), statistics.data());
  Cpu::Backward(SerialThreads(), rows, cols, dlosses.data(), ForReference(logits).data(),
                labels.data(), weights.data(), statistics.data(), dlogits.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_logits(logits);
  DeviceArray<int32_t> d_labels(labels);
  DeviceArray<float> d_weights(weights), d_dlosses(dlosses), d_losses(rows), d_statistics(2 * rows);
  Require("forward", fused_softmax_cross_entropy_forward_cuda(
                         nullptr, type, rows, cols, d_logits.get(), d_labels.get(), d_weights.get(),
                         d_losses.get(), d_statistics.get()));
  report->Near(Text("losses", rows, cols, TypeName<T>()), d_losses.Read(), losses);
  report->Near(Text("statistics", rows, cols, TypeName<T>()), d_statistics.Read(), statistics);
  Require("backward",
          fused_softmax_cross_entropy_backward_cuda(
              nullptr, type, rows, cols, d_dlosses.get(), d_logits.get(), d_labels.get(),
              d_weights.get(), d_statistics.get(), d_logits.get()));  // in place
  report->Near(Text("dlogits", rows, cols, TypeName<T>()), d_logits.Read(), dlogits);
}

FUSED_CHECK(softmax_cross_entropy) {
  for (int64_t cols : {1, 3, 7, 8, 31, 32, 33, 1023, 1024, 1025, 4096, 4999, 20003}) {
    CheckCrossEntropy<float>(report, 3, cols);
    CheckCrossEntropy<Half>(report, 4, cols);
    CheckCrossEntropy<BFloat16>(report, 4, cols);
  }
  CheckCrossEntropy<float>(report, 0, 5);
}

// Logits at minus infinity: the first one, whole threads' parts of a row.
template <typename T>
void CheckMaskedLogits(Report* report) {
  typedef typename Reference<T>::Type R;
  const int64_t rows = 3, cols = 9001;
  auto logits = Random<T>(rows * cols, 1, 5.0f);
  for (int64_t i = 0; i < rows * cols; ++i) {
    if (i % cols % 1000 < 999) Narrow(-INFINITY, &logits[i]);
  }
  const std::vector<float> weights(rows, 1.0f);
  const std::vector<int32_t> labels(rows, 999);
  std::vector<float> losses(rows), statistics(2 * rows);
  SoftmaxCrossEntropyCpu<Baseline, R>::Forward(SerialThreads(), rows, cols,
                                               ForReference(logits).data(), labels.data(),
                                               weights.data(), losses.data(), statistics.data());
  DeviceArray<T> d_logits(logits);
  DeviceArray<int32_t> d_labels(labels);
  DeviceArray<float> d_weights(weights), d_losses(rows), d_statistics(2 * rows);
  Require("forward", fused_softmax_cross_entropy_forward_cuda(
                         nullptr, ElementTypeOf<T>::kValue, rows, cols, d_logits.get(),
                         d_labels.get(), d_weights.get(), d_losses.get(), d_statistics.get()));
  report->Near(Text("losses", rows, cols, TypeName<T>()), d_losses.Read(), losses);
  report->Near(Text("statistics", rows, cols, TypeName<T>()), d_statistics.Read(), statistics);
}

FUSED_CHECK(softmax_cross_entropy_of_logits_at_minus_infinity) {
  CheckMaskedLogits<float>(report);
  CheckMaskedLogits<Half>(report);
  CheckMaskedLogits<BFloat16>(report);
}

FUSED_CHECK(softmax_cross_entropy_of_a_wrong_label) {
  DeviceArray<float> logits(Random<float>(10, 1)), weights(std::vector<float>{1.0f, 0.0f}),
      losses(2), statistics(4);
  DeviceArray<int32_t> labels(std::vector<int32_t>{5, -1});
  Require("forward", fused_softmax_cross_entropy_forward_cuda(nullptr, kFloat32, 2, 5, logits.get(),
                                                              labels.get(), weights.get(),
                                                              losses.get(), statistics.get()));
  Require("backward", fused_softmax_cross_entropy_backward_cuda(
                          nullptr, kFloat32, 2, 5, weights.get(), logits.get(), labels.get(),
                          weights.get(), statistics.get(), logits.get()));
  std::vector<float> spoilt = losses.Read();
  const std::vector<float> gradient = logits.Read();
  spoilt.insert(spoilt.end(), gradient.begin(), gradient.end());
  for (float& value : spoilt) value = value != value ? 1.0f : value;
  report->Same("NaN in row 0, 0 in row 1", spoilt, {1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0});
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
