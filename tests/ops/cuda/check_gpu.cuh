// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// What the CUDA checks (check_<op>.cu) share. `make -C fused_ops check_gpu` builds them all into
// build/check_gpu, a program without TensorFlow that runs every CUDA kernel against the CPU kernel:
//
//   build/check_gpu [name ...]     exit status 0: all equal, 1: a difference, or no GPU although
//   REQUIRE_GPU=1
//
// Each check runs twice and the two results must be the same bit for bit. compute-sanitizer
// build/check_gpu works. build/check_emulated is the same program on an emulation that needs no
// GPU: each check runs with the threads in ascending, in descending and in SHUFFLED_ORDERS (default
// 1) shuffled orders.
#ifndef FUSED_OPS_CHECK_GPU_CUH_
#define FUSED_OPS_CHECK_GPU_CUH_

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cuda/cuda_common.cuh"
#include "cpu/half_convert.h"

namespace fused_ops {
namespace check {

inline void Require(const char* what, const char* error) {
  if (error == nullptr) return;
  fprintf(stderr, "%s: %s\n", what, error);
  exit(1);
}

inline void Require(const char* what, cudaError_t error) {
  Require(what, error == cudaSuccess ? nullptr : cudaGetErrorString(error));
}

inline float Widen(float x) { return x; }
inline float Widen(Half x) { return FloatOf(x); }
inline float Widen(BFloat16 x) { return FloatOf(x); }
inline void Narrow(float x, float* to) { *to = x; }
inline void Narrow(float x, Half* to) { *to = HalfOf(x); }
inline void Narrow(float x, BFloat16* to) { *to = BFloat16Of(x); }

template <typename T>
const char* TypeName() {
  static const char* const kNames[] = {"float", "half", "bfloat16"};
  return kNames[ElementTypeOf<T>::kValue];
}

// Largest difference between correct results, relative to the largest value: float sums in another
// order, or one rounding to T (half of it, doubled).
template <typename T>
float ToleranceOf() {
  static const float kTolerances[] = {1e-5f, 1e-3f, 4e-3f};
  return kTolerances[ElementTypeOf<T>::kValue];
}

// The element type of the CPU kernel that a CUDA kernel of T is checked against: T, but float for
// bfloat16, which has no CPU kernel.
template <typename T>
struct Reference {
  typedef T Type;
};
template <>
struct Reference<BFloat16> {
  typedef float Type;
};
template <typename T>
std::vector<typename Reference<T>::Type> ForReference(const std::vector<T>& values) {
  std::vector<typename Reference<T>::Type> converted(values.size());
  for (size_t i = 0; i < values.size(); ++i) Narrow(Widen(values[i]), &converted[i]);
  return converted;
}

// Normal numbers, rounded to T; the same for the same seed.
template <typename T>
std::vector<T> Random(int64_t size, unsigned seed, float scale = 1.0f, float shift = 0.0f) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal(shift, scale);
  std::vector<T> values(size);
  for (T& value : values) Narrow(normal(bits), &value);
  return values;
}

// The largest |dy gamma rstd|. The gradient through a LayerNorm is the difference of terms of this
// size, and of two columns (or one) exactly 0: what is left of it is the terms' rounding, which an
// allowance relative to the result itself would not cover.
template <typename T>
float LargestTerm(const std::vector<T>& dy, const std::vector<float>& gamma,
                  const std::vector<float>& rstd) {
  float largest = 0.0f;
  for (size_t row = 0; row < rstd.size(); ++row) {
    for (size_t col = 0; col < gamma.size(); ++col)
      largest = fmaxf(largest, fabsf(Widen(dy[row * gamma.size() + col]) * gamma[col] * rstd[row]));
  }
  return largest;
}

// An array on the device. Without initial values it is filled with NaN, so that an element nobody
// writes shows.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values)
      : DeviceArray(static_cast<int64_t>(values.size())) {
    Require("copy to device",
            cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  explicit DeviceArray(int64_t size) : size_(size) {
    const size_t bytes = (size > 0 ? size : 1) * sizeof(T);
    Require("allocate", cudaMalloc(reinterpret_cast<void**>(&data_), bytes));
    Require("fill", cudaMemset(data_, 0xff, bytes));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* get() { return data_; }
  std::vector<T> Read() const {
    std::vector<T> values(size_);
    Require("run", cudaDeviceSynchronize());
    Require("copy from device",
            cudaMemcpy(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  T* data_;
  int64_t size_;
};

// All on the calling thread.
inline Threads SerialThreads() {
  Threads threads;
  threads.pool = nullptr;
  threads.run = [](const void*, int64_t total, int64_t, RangeBody body, void* arg) {
    body(arg, 0, total);
  };
  return threads;
}

class Report {
 public:
  // Largest |got - want| must be at most `tolerance` times the largest |want| (and of 1 for want =
  // 0), or times `terms` where that is more: the size of what was added up to get `want`. NaN
  // fails.
  template <typename T, typename R>
  void Near(const std::string& what, const std::vector<T>& got, const std::vector<R>& want,
            float tolerance, float terms) {
    float largest = terms, error = 0.0f;
    for (size_t i = 0; i < got.size(); ++i) {
      const float g = Widen(got[i]), w = Widen(want[i]);
      largest = fmaxf(largest, fabsf(w));
      if (!(fabsf(g - w) <= error)) error = fabsf(g - w);  // also takes over a NaN, for good
      if (error != error) break;
    }
    Hash(got);
    const float scale = largest > 0.0f ? largest : 1.0f;
    if (error <= tolerance * scale) return;
    printf("  %s: largest error %g of %g, allowed %g\n", what.c_str(), error, largest,
           tolerance * scale);
    ++failures_;
  }
  template <typename T, typename R>
  void Near(const std::string& what, const std::vector<T>& got, const std::vector<R>& want,
            float tolerance) {
    Near(what, got, want, tolerance, 0.0f);
  }
  template <typename T, typename R>
  void Near(const std::string& what, const std::vector<T>& got, const std::vector<R>& want) {
    Near(what, got, want, ToleranceOf<T>());
  }
  template <typename T>
  void Same(const std::string& what, const std::vector<T>& got, const std::vector<T>& want) {
    Hash(got);
    if (got.size() == want.size() && memcmp(got.data(), want.data(), got.size() * sizeof(T)) == 0)
      return;
    printf("  %s: not the same\n", what.c_str());
    ++failures_;
  }
  void True(const std::string& what, bool holds) {
    if (holds) return;
    printf("  %s: does not hold\n", what.c_str());
    ++failures_;
  }
  int failures() const { return failures_; }
  uint64_t hash() const { return hash_; }

 private:
  template <typename T>
  void Hash(const std::vector<T>& values) {  // FNV-1a
    const unsigned char* bytes = reinterpret_cast<const unsigned char*>(values.data());
    for (size_t i = 0; i < values.size() * sizeof(T); ++i)
      hash_ = (hash_ ^ bytes[i]) * 1099511628211ull;
  }
  int failures_ = 0;
  uint64_t hash_ = 14695981039346656037ull;
};

struct Check {
  const char* name;
  void (*run)(Report*);
};
inline std::vector<Check>& AllChecks() {
  static std::vector<Check> checks;
  return checks;
}
struct Registration {
  Registration(const char* name, void (*run)(Report*)) { AllChecks().push_back(Check{name, run}); }
};
// FUSED_CHECK(name) { ... report->Near(...); }
#define FUSED_CHECK(name)                                                        \
  static void Check_##name(::fused_ops::check::Report* report);                  \
  static ::fused_ops::check::Registration register_##name(#name, &Check_##name); \
  static void Check_##name(::fused_ops::check::Report* report)

inline std::string Text(const char* what, int64_t rows, int64_t cols, const char* type) {
  return std::string(what) + " [" + std::to_string(rows) + ", " + std::to_string(cols) + "] " +
         type;
}

}  // namespace check
}  // namespace fused_ops

#endif  // FUSED_OPS_CHECK_GPU_CUH_
