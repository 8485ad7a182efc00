// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "cuda_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <memory>
#include <vector>

namespace cuda_emulation {

dim3 thread_index, block_index, block_size, grid_size;
alignas(1024) char dynamic_shared[256 * 1024];
int compute_capability_major = 9;

namespace {

const size_t kStackBytes = 128 * 1024;
const unsigned kWarpSize = 32;

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "CUDA emulation: %s (block %u of %u, thread %u of %u)\n", what, block_index.x,
          grid_size.x, thread_index.x, block_size.x);
  exit(3);
}

// Counts arrivals of a fixed group of threads; `generation` changes when all have come.
struct Barrier {
  unsigned size = 0, arrived = 0, generation = 0;
  bool Arrive() {
    if (++arrived < size) return false;
    arrived = 0;
    ++generation;
    return true;
  }
};

// A fiber starts from its context and goes on from `state`: setcontext would ask the kernel for the
// signal mask at every switch.
struct Fiber {
  ucontext_t context;
  jmp_buf state;
  bool started = false;
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  bool done = false;
};

std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<Barrier> warp_barriers;
std::vector<void*> slots;

struct Copy {
  SharedAddress to;
  const void* from;
  size_t bytes;
  bool valid;
};
// A thread's copies that have not been made yet; the last group is open. Two sets of operands,
// taken in turn: a lane may be one exchange ahead of its warp.
struct Traffic {
  std::vector<std::vector<Copy>> groups;
  Operands operands[2];
  unsigned turn;
};
std::vector<Traffic> traffic;
Barrier block_barrier;
jmp_buf scheduler;
const std::function<void()>* body;
unsigned current;
bool progressed;
ThreadOrder thread_order = kAscending;

void Yield() {
  if (_setjmp(fibers[current]->state) == 0) _longjmp(scheduler, 1);
}

// Runs the current fiber until it yields.
void Resume() {
  if (_setjmp(scheduler) != 0) return;
  Fiber& fiber = *fibers[current];
  if (fiber.started) _longjmp(fiber.state, 1);
  fiber.started = true;
  setcontext(&fiber.context);
}

void WaitAt(Barrier* barrier) {
  const unsigned generation = barrier->generation;
  progressed = true;
  if (barrier->Arrive()) return;
  while (barrier->generation == generation) Yield();
  progressed = true;
}

void Entry() {
  (*body)();
  fibers[current]->done = true;
  // A missing thread is an error only where others wait for it: RunBlock finds that they never go
  // on.
  progressed = true;
  Yield();
}

void SetThreadIndex(unsigned number) {
  thread_index = dim3(number % block_size.x, number / block_size.x % block_size.y,
                      number / (block_size.x * block_size.y));
}

void RunBlock(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) {
    Fiber& fiber = *fibers[i];
    fiber.done = fiber.started = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, Entry, 0);
  }
  block_barrier = Barrier();
  block_barrier.size = threads;
  warp_barriers.assign((threads + kWarpSize - 1) / kWarpSize, Barrier());
  for (unsigned warp = 0; warp < warp_barriers.size(); ++warp) {
    const unsigned rest = threads - warp * kWarpSize;
    warp_barriers[warp].size = rest < kWarpSize ? rest : kWarpSize;
  }
  slots.assign(threads, nullptr);
  traffic.assign(threads, Traffic());
  for (Traffic& thread : traffic) thread.groups.resize(1);
  for (unsigned left = threads; left > 0;) {
    progressed = false;
    left = 0;
    for (unsigned i = 0; i < threads; ++i) {
      current = thread_order == kAscending ? i : threads - 1 - i;
      if (fibers[current]->done) continue;
      SetThreadIndex(current);
      Resume();
      left += !fibers[current]->done;
    }
    if (left > 0 && !progressed) Fail("threads wait at a barrier that others never reach");
  }
}

}  // namespace

void SetThreadOrder(ThreadOrder order) { thread_order = order; }

void Launch(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  const unsigned threads = block.x * block.y * block.z;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0)
    Fail("an empty grid or block (a launch error on a GPU)");
  if (grid.y > 65535 || grid.z > 65535 || threads > 1024)
    Fail("a grid or block beyond CUDA's limits");
  if (shared_bytes > sizeof(dynamic_shared)) Fail("more dynamic shared memory than any GPU has");
  body = &thread;
  grid_size = grid;
  block_size = block;
  while (fibers.size() < threads) fibers.emplace_back(new Fiber);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        block_index = dim3(x, y, z);
        memset(dynamic_shared, 0xff, shared_bytes);  // NaN: what is read before it is written shows
        RunBlock(threads);
      }
    }
  }
}

void BlockBarrier() { WaitAt(&block_barrier); }
void WarpBarrier() { WaitAt(&warp_barriers[current / kWarpSize]); }

void** ExchangeSlot() { return &slots[current]; }
void** ExchangeSlotOf(unsigned lane) { return &slots[current / kWarpSize * kWarpSize + lane]; }
unsigned Lane() { return current % kWarpSize; }

void QueueCopy(SharedAddress to, const void* from, size_t bytes, bool valid) {
  if (to % bytes != 0 || reinterpret_cast<uintptr_t>(from) % bytes != 0)
    Fail("cp.async with addresses that are no multiples of its size");
  memset(reinterpret_cast<void*>(to), 0xff, bytes);
  traffic[current].groups.back().push_back(Copy{to, from, bytes, valid});
}

void CommitCopies() { traffic[current].groups.emplace_back(); }

void WaitForCopyGroups(int pending) {
  auto& groups = traffic[current].groups;
  const size_t keep = static_cast<size_t>(pending) + 1;  // and the open one
  while (groups.size() > keep) {
    for (const Copy& copy : groups.front()) {
      if (copy.valid) {
        memcpy(reinterpret_cast<void*>(copy.to), copy.from, copy.bytes);
      } else {
        memset(reinterpret_cast<void*>(copy.to), 0, copy.bytes);
      }
    }
    groups.erase(groups.begin());
  }
}

Operands* NextOperands() { return &traffic[current].operands[++traffic[current].turn % 2]; }
const Operands& OperandsOf(unsigned lane) {
  const Traffic& other = traffic[current / kWarpSize * kWarpSize + lane];
  return other.operands[traffic[current].turn % 2];
}

void CheckMask(unsigned mask) {
  if (mask != 0xffffffffu || block_size.x * block_size.y * block_size.z % kWarpSize != 0) {
    Fail("a shuffle with less than a whole warp");
  }
}

}  // namespace cuda_emulation
