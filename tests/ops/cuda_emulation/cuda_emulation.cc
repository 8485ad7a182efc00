// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#undef _FORTIFY_SOURCE  // its longjmp takes a change of stacks for an error
#include "cuda_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <random>
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

// A thread. It lives on from block to block: swapcontext and makecontext ask the kernel for signal
// masks each time, _setjmp and _longjmp do not.
struct Fiber {
  ucontext_t context;
  jmp_buf place;  // where it parked
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  bool started = false, done = false;
  const Barrier* awaited = nullptr;
  unsigned generation = 0;  // of the awaited barrier, until all have come

  bool Runs() const { return !done && (awaited == nullptr || awaited->generation != generation); }
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
ThreadOrder thread_order = kAscending;
std::mt19937 random_bits;

void Park() {
  if (_setjmp(fibers[current]->place) == 0) _longjmp(scheduler, 1);
}

void WaitAt(Barrier* barrier) {
  Fiber& fiber = *fibers[current];
  fiber.generation = barrier->generation;
  fiber.awaited = barrier;
  if (!barrier->Arrive()) Park();
  fiber.awaited = nullptr;
}

void Entry() {
  for (;;) {
    (*body)();
    // A missing thread is an error only where others wait for it: RunBlock finds that none goes on.
    fibers[current]->done = true;
    Park();
  }
}

void Resume(Fiber* fiber) {
  if (_setjmp(scheduler) != 0) return;
  if (fiber->started) _longjmp(fiber->place, 1);
  fiber->started = true;
  setcontext(&fiber->context);
}

void SetThreadIndex(unsigned number) {
  thread_index = dim3(number % block_size.x, number / block_size.x % block_size.y,
                      number / (block_size.x * block_size.y));
}

// The numbers from 0 to size - 1 as they take turns.
void TakeTurns(unsigned size, std::vector<unsigned>* turns) {
  turns->resize(size);
  for (unsigned i = 0; i < size; ++i) {
    (*turns)[i] = thread_order == kDescending ? size - 1 - i : i;
  }
  if (thread_order == kShuffled) std::shuffle(turns->begin(), turns->end(), random_bits);
}

// Runs a warp until its threads have ended or wait for others, or, shuffled, for a while; says
// whether any of them ran.
bool RunWarp(unsigned warp) {
  static std::vector<unsigned> lanes;
  bool ran = false, runs = true;
  for (unsigned left = thread_order == kShuffled ? 1u << random_bits() % 8 : ~0u; runs && left > 0;
       --left) {
    runs = false;
    TakeTurns(warp_barriers[warp].size, &lanes);
    for (unsigned lane : lanes) {
      current = warp * kWarpSize + lane;
      if (!fibers[current]->Runs()) continue;
      SetThreadIndex(current);
      Resume(fibers[current].get());
      ran = runs = true;
    }
  }
  return ran;
}

void RunBlock(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) {
    fibers[i]->done = false;
    fibers[i]->awaited = nullptr;
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
  static std::vector<unsigned> warps;
  for (bool ran = true; ran;) {
    ran = false;
    TakeTurns(static_cast<unsigned>(warp_barriers.size()), &warps);
    for (unsigned warp : warps) ran = RunWarp(warp) || ran;
  }
  for (unsigned i = 0; i < threads; ++i) {
    if (!fibers[i]->done) Fail("threads wait at a barrier that others never reach");
  }
}

}  // namespace

void SetThreadOrder(ThreadOrder order, unsigned seed) {
  thread_order = order;
  random_bits.seed(seed);
}

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
  while (fibers.size() < threads) {
    fibers.emplace_back(new Fiber);
    Fiber& fiber = *fibers.back();
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, Entry, 0);
  }
  std::vector<unsigned> blocks;
  TakeTurns(grid.x * grid.y * grid.z, &blocks);
  for (unsigned block : blocks) {
    block_index = dim3(block % grid.x, block / grid.x % grid.y, block / (grid.x * grid.y));
    memset(dynamic_shared, 0xff, shared_bytes);  // NaN: what is read before it is written shows
    RunBlock(threads);
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
