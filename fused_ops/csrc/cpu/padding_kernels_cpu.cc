// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "padding_kernels.h"

#include <string.h>

#include "cpu_isa.h"

namespace fused_ops {

template <class Isa, typename T>
void GatherTokensCpu<Isa, T>::Gather(const Threads& threads, int64_t x_rows, int64_t y_rows,
                                     int64_t cols, const T* x, const int32_t* index, T* y) {
  const size_t bytes = cols * sizeof(T);
  ParallelFor(threads, y_rows, static_cast<int64_t>(bytes / 8 + 1),
              [=](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  if (index[row] < 0) {
                    memset(y + row * cols, 0, bytes);
                  } else {
                    memcpy(y + row * cols, x + index[row] * cols, bytes);
                  }
                }
              });
}

template struct GatherTokensCpu<FUSED_ISA, float>;
template struct GatherTokensCpu<FUSED_ISA, Half>;

}  // namespace fused_ops
