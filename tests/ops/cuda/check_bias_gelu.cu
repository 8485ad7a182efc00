// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_gelu_kernels.h"
#include "reduction_kernels.h"
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"

namespace fused_ops {
namespace check {
namespace {

template <typename T>
void CheckBiasGelu(Report* report, int64_t rows, int64_t cols) {
  typedef typename Reference<T>::Type R;
  const auto x = Random<T>(rows * cols, 1, 2.0f), dy = Random<T>(rows * cols, 2);
  const auto bias = Random<float>(cols, 3);
  std::vector<R> y(rows * cols), dx(rows * cols);
  std::vector<float> dbias(cols), partials(ReductionChunks(rows) * cols);
  BiasGeluCpu<Baseline, R>::Forward(SerialThreads(), rows, cols, ForReference(x).data(),
                                    bias.data(), y.data());
  BiasGeluCpu<Baseline, R>::Backward(SerialThreads(), rows, cols, ForReference(dy).data(),
                                     ForReference(x).data(), bias.data(), dx.data(), dbias.data(),
                                     partials.data());

  const int type = ElementTypeOf<T>::kValue;
  DeviceArray<T> d_x(x), d_dy(dy), d_y(rows * cols), d_dx(rows * cols);
  DeviceArray<float> d_bias(bias), d_dbias(cols),
      d_partials(fused_reduction_blocks_cuda(rows) * cols);
  Require("forward", fused_bias_gelu_forward_cuda(nullptr, type, rows, cols, d_x.get(),
                                                  d_bias.get(), d_y.get()));
  Require("backward",
          fused_bias_gelu_backward_cuda(nullptr, type, rows, cols, d_dy.get(), d_x.get(),
                                        d_bias.get(), d_dx.get(), d_dbias.get(), d_partials.get()));
  report->Near(Text("y", rows, cols, TypeName<T>()), d_y.Read(), y);
  report->Near(Text("dx", rows, cols, TypeName<T>()), d_dx.Read(), dx);
  report->Near(Text("dbias", rows, cols, TypeName<T>()), d_dbias.Read(), dbias);
}

FUSED_CHECK(bias_gelu) {
  for (int64_t cols : {1, 7, 8, 31, 32, 33, 128, 1023, 1024, 1025, 1032, 3072, 4096}) {
    CheckBiasGelu<float>(report, 5, cols);
    CheckBiasGelu<Half>(report, 5, cols);
    CheckBiasGelu<BFloat16>(report, 5, cols);
  }
  for (int64_t rows : {0, 1, 17, 31, 33, 4100}) {
    CheckBiasGelu<float>(report, rows, 16);
    CheckBiasGelu<Half>(report, rows, 3);
    CheckBiasGelu<BFloat16>(report, rows, 3);
  }
}

struct Errors {
  double value, derivative;  // largest |error| / max(1, |z|)
};
void Update(double got, double want, double z, double* largest) {
  const double error = fabs(got - want) / fmax(1.0, fabs(z));
  if (!(error <= *largest)) *largest = error;
}

// The kernel's error beside that of the plain formula in float, 0.5 z (1 + erf(z / sqrt(2))), both
// against erfc in double, for z from -14 to 14.
FUSED_CHECK(bias_gelu_is_as_exact_as_the_plain_formula) {
  const int64_t rows = 2800, cols = 8;
  std::vector<float> x(rows * cols), ones(rows * cols, 1.0f), y, dx;
  for (int64_t i = 0; i < rows * cols; ++i)
    x[i] = -14.0f + 28.0f * static_cast<float>(i) / static_cast<float>(rows * cols);
  DeviceArray<float> d_x(x), d_y(rows * cols), d_dy(ones), d_dx(rows * cols), d_dbias(cols),
      d_bias(std::vector<float>(8, 0.0f)), d_partials(fused_reduction_blocks_cuda(rows) * cols);
  Require("forward", fused_bias_gelu_forward_cuda(nullptr, kFloat32, rows, cols, d_x.get(),
                                                  d_bias.get(), d_y.get()));
  Require("backward",
          fused_bias_gelu_backward_cuda(nullptr, kFloat32, rows, cols, d_dy.get(), d_x.get(),
                                        d_bias.get(), d_dx.get(), d_dbias.get(), d_partials.get()));
  y = d_y.Read();
  dx = d_dx.Read();
  Errors kernel = {}, plain = {};
  double tail = 0.0;
  for (int64_t i = 0; i < rows * cols; ++i) {
    const double z = x[i], below = 0.5 * erfc(-z * 0.70710678118654752),
                 density = 0.3989422804014327 * exp(-0.5 * z * z);
    const float phi = 0.5f * (1.0f + erff(x[i] * 0.70710678f));
    const float plain_density = 0.39894228f * expf(-0.5f * x[i] * x[i]);
    Update(y[i], z * below, z, &kernel.value);
    Update(dx[i], below + z * density, z, &kernel.derivative);
    Update(x[i] * phi, z * below, z, &plain.value);
    Update(phi + x[i] * plain_density, below + z * density, z, &plain.derivative);
    // Half's normal numbers: relative to the value itself, half a rounding step being 2^-12 or
    // more.
    if (fabs(z * below) >= 6.2e-5) tail = fmax(tail, fabs(y[i] / (z * below) - 1.0));
  }
  printf("  gelu: error %.2e (plain %.2e), derivative %.2e (%.2e), relative %.2e\n", kernel.value,
         plain.value, kernel.derivative, plain.derivative, tail);
  report->True("gelu within 3e-7", kernel.value <= 3e-7);
  report->True("derivative within 3e-7", kernel.derivative <= 3e-7);
  report->True("gelu as exact as the plain formula", kernel.value <= plain.value * 1.5);
  report->True("below half a rounding step of half", tail <= 1.0 / 4096);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
