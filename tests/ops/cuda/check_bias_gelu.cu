// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_gelu_kernels.h"
#include "reduction_kernels.h"
#include "check_gpu.cuh"
#include "cpu/cpu_isa.h"
#include "cuda/gelu.cuh"

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

// GELU and its derivative as the kernels for T compute them, before they are rounded to T.
template <typename T>
__global__ void GeluInFloat(int64_t size, const float* z, float* value, float* derivative) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= size) return;
  value[i] = GeluOf<T>::Value(z[i]);
  derivative[i] = GeluOf<T>::Derivative(z[i]);
}

struct Errors {
  double value = 0.0, derivative = 0.0;  // largest |error| / max(1, |z|)
  double relative = 0.0;                 // of values that are normal numbers of half
};

// Against erfc in double, at `z`.
Errors ErrorsOf(const std::vector<float>& z, const std::vector<float>& value,
                const std::vector<float>& derivative) {
  Errors errors;
  const auto update = [](double error, double* largest) {
    if (!(error <= *largest)) *largest = error;
  };
  for (size_t i = 0; i < z.size(); ++i) {
    const double x = z[i], below = 0.5 * erfc(-x * 0.70710678118654752),
                 density = 0.3989422804014327 * exp(-0.5 * x * x), scale = fmax(1.0, fabs(x));
    update(fabs(value[i] - x * below) / scale, &errors.value);
    update(fabs(derivative[i] - (below + x * density)) / scale, &errors.derivative);
    if (fabs(x * below) >= 6.2e-5) update(fabs(value[i] / (x * below) - 1.0), &errors.relative);
  }
  return errors;
}

template <typename T>
Errors KernelErrors(const std::vector<float>& z) {
  const int64_t size = static_cast<int64_t>(z.size());
  DeviceArray<float> d_z(z), d_value(size), d_derivative(size);
  FUSED_LAUNCH((GeluInFloat<T>), static_cast<unsigned>((size + 127) / 128), 128, 0, nullptr, size,
               d_z.get(), d_value.get(), d_derivative.get());
  Require("GeluInFloat", LaunchError());
  return ErrorsOf(z, d_value.Read(), d_derivative.Read());
}

// Beside the errors of the plain formula in float, 0.5 z (1 + erf(z / sqrt(2))), for z from -14 to
// 14.
FUSED_CHECK(bias_gelu_is_as_exact_as_the_plain_formula) {
  std::vector<float> z(22400), value(z.size()), derivative(z.size());
  for (size_t i = 0; i < z.size(); ++i) {
    z[i] = -14.0f + 28.0f * static_cast<float>(i) / static_cast<float>(z.size());
    const float below = 0.5f * (1.0f + erff(z[i] * 0.70710678f));
    value[i] = z[i] * below;
    derivative[i] = below + z[i] * (0.39894228f * expf(-0.5f * z[i] * z[i]));
  }
  const Errors plain = ErrorsOf(z, value, derivative), in_float = KernelErrors<float>(z),
               in_half = KernelErrors<Half>(z);
  report->True("gelu in float as exact as the plain formula", in_float.value <= plain.value);
  report->True("its derivative as well", in_float.derivative <= plain.derivative);
  report->True("gelu for half within 3e-7", in_half.value <= 3e-7);
  report->True("its derivative as well", in_half.derivative <= 3e-7);
  // Half a rounding step of half is 2^-12 or more of a normal number.
  report->True("a quarter of half's rounding step at most", in_half.relative <= 1.0 / 8192);
  if (report->failures() == 0) return;
  printf("  errors of value, derivative, relative: plain %.2e %.2e %.2e", plain.value,
         plain.derivative, plain.relative);
  printf(", float %.2e %.2e %.2e, half %.2e %.2e %.2e\n", in_float.value, in_float.derivative,
         in_float.relative, in_half.value, in_half.derivative, in_half.relative);
}

}  // namespace
}  // namespace check
}  // namespace fused_ops
