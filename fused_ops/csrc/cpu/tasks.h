// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Tasks for a CPU kernel's threads. Included only by *_kernels_cpu.cc.
#ifndef FUSED_OPS_TASKS_H_
#define FUSED_OPS_TASKS_H_

#include "parallel.h"
#include "simd.h"

namespace fused_ops {

// Calls work(task, slot) for every task; each of `slots` threads takes the next task when it is
// done with its own. cost: cycles of a task.
template <typename Work>
FUSED_INLINE void ForTasks(const Threads& threads, int64_t slots, int64_t tasks, int64_t cost,
                           const Work& work) {
  int64_t next = 0;
  int64_t* shared_next = &next;
  ParallelFor(threads, slots, tasks * cost / slots, [=](int64_t begin, int64_t end) {
    for (int64_t slot = begin; slot < end; ++slot) {
      for (int64_t task; (task = __atomic_fetch_add(shared_next, 1, __ATOMIC_RELAXED)) < tasks;)
        work(task, slot);
    }
  });
}

}  // namespace fused_ops

#endif  // FUSED_OPS_TASKS_H_
