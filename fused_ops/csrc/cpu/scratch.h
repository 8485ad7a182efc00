// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Working memory of a CPU kernel's thread. Not std::vector: its functions would be compiled for one
// instruction set and merged with those of another.
#ifndef FUSED_OPS_SCRATCH_H_
#define FUSED_OPS_SCRATCH_H_

#include <stdint.h>
#include <stdlib.h>

namespace fused_ops {

namespace {  // for the same reason: every file has its own copy

// `size` elements, uninitialised, 64-byte aligned.
template <typename T>
class Scratch {
 public:
  explicit Scratch(int64_t size) {
    void* memory;
    if (posix_memalign(&memory, 64, size * sizeof(T)) != 0)
      abort();  // out of memory for one row: nothing can go on
    data_ = static_cast<T*>(memory);
  }
  ~Scratch() { free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() { return data_; }

 private:
  T* data_;
};

}  // namespace

}  // namespace fused_ops

#endif  // FUSED_OPS_SCRATCH_H_
