// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Attention on the GPU: which kernels work on a problem, and their launches. Heads of 32, 64 or 128
// go to Tensor Cores: from Ampere on by attention_mma_*.cuh, in every type; before, halves by WMMA
// (attention_tiles.cuh). All others are plain multiply-adds.
#include "attention_kernels.h"

#include "attention_mma_backward.cuh"
#include "attention_mma_forward.cuh"
#include "attention_path_kernels.cuh"

namespace fused_ops {
namespace {

static constexpr int64_t kMaxSharedBytes = 96 * 1024;  // Volta's; later GPUs have more

// Tiles that fill the registers without spilling and leave shared memory for two blocks or more.
template <typename T, int kHead>
struct MmaChoice;
#define FUSED_MMA_CHOICE(T, head, forward, query_gradient, key_gradient) \
  template <>                                                            \
  struct MmaChoice<T, head> {                                            \
    typedef MmaSizes<FUSED_UNWRAP forward> Forward;                      \
    typedef MmaSizes<FUSED_UNWRAP query_gradient> QueryGradient;         \
    typedef MmaSizes<FUSED_UNWRAP key_gradient> KeyGradient;             \
  }
// Row tiles of a warp, warps, rows of the other side, of them at a time, own operand in registers,
// blocks a multiprocessor.
FUSED_MMA_CHOICE(__half, 32, (2, 4, 64, 64, true, 2), (2, 4, 64, 32, true, 2),
                 (2, 4, 64, 32, true, 2));
FUSED_MMA_CHOICE(__half, 64, (2, 4, 64, 64, true, 2), (1, 4, 64, 32, true, 3),
                 (1, 4, 64, 32, false, 3));
FUSED_MMA_CHOICE(__half, 128, (2, 4, 32, 32, false, 1), (1, 4, 64, 32, false, 2),
                 (1, 4, 64, 32, false, 2));
FUSED_MMA_CHOICE(BFloat16, 32, (2, 4, 64, 64, true, 2), (2, 4, 64, 32, true, 2),
                 (2, 4, 64, 32, true, 2));
FUSED_MMA_CHOICE(BFloat16, 64, (2, 4, 64, 64, true, 2), (1, 4, 64, 32, true, 3),
                 (1, 4, 64, 32, false, 3));
FUSED_MMA_CHOICE(BFloat16, 128, (2, 4, 32, 32, false, 1), (1, 4, 64, 32, false, 2),
                 (1, 4, 64, 32, false, 2));
FUSED_MMA_CHOICE(float, 32, (2, 4, 32, 32, false, 2), (2, 4, 32, 16, false, 2),
                 (2, 4, 32, 16, false, 2));
FUSED_MMA_CHOICE(float, 64, (2, 4, 64, 64, false, 1), (1, 4, 32, 32, false, 2),
                 (2, 4, 32, 16, false, 1));
FUSED_MMA_CHOICE(float, 128, (1, 4, 32, 32, false, 2), (1, 4, 16, 16, false, 2),
                 (1, 4, 16, 16, false, 2));

// A block for each tile of `own` rows of each head.
bool BlocksFor(const AttentionProblem& p, int own, unsigned* blocks) {
  const int64_t count = p.sequences * p.heads * ((p.max_length + own - 1) / own);
  *blocks = static_cast<unsigned>(count);
  return count <= 0x7fffffff;
}

const char* TooManyBlocks() { return "attention: more tiles than one launch can work on"; }

// Was the kernel compiled for Ampere or later, as far as this device is concerned? A library built
// for older ones only runs on newer ones too.
template <class Kernel>
bool HasMma(Kernel* kernel) {
#if defined(FUSED_OPS_CUDA_EMULATION)
  return cuda_emulation::compute_capability_major >= 8;
#elif defined(__CUDACC_RTC__)
  return kernel != nullptr;
#else
  cudaFuncAttributes attributes;
  const cudaError_t error =
      cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel));
  return error == cudaSuccess && attributes.ptxVersion >= 80;
#endif
}

const char* TooLarge() {
  return "attention: heads this large need more shared memory than the kernels may use (96 KB)";
}

// A call of the forward launcher with elements of T.
template <typename Type>
struct ForwardCall {
  typedef Type T;
  void* stream;
  const AttentionProblem& p;
  const T* qkv;
  T* out;
  float* statistics;

  template <int kHead>
  const char* Mma() const {
    typedef typename MmaChoice<T, kHead>::Forward Sizes;
    constexpr int kBytes = MmaForwardBytes<T, kHead, Sizes>();
    unsigned blocks;
    if (!BlocksFor(p, Sizes::kOwn, &blocks)) return TooManyBlocks();
    const char* error = FUSED_ALLOW_SHARED((AttentionMmaForward<T, kHead, Sizes>), kBytes);
    if (error != nullptr) return error;
    FUSED_LAUNCH((AttentionMmaForward<T, kHead, Sizes>), blocks, Sizes::kThreads, kBytes, stream, p,
                 MmaDropoutOf(p.dropout, p.max_length), qkv, out, statistics);
    return LaunchError();
  }

  template <class Path>
  const char* On() const {
    const int64_t bytes = ForwardTiles<Path>(nullptr, static_cast<int>(p.head_size)).bytes;
    unsigned blocks;
    if (bytes > kMaxSharedBytes) return TooLarge();
    if (!BlocksFor(p, Path::kOwn, &blocks)) return TooManyBlocks();
    const char* error = FUSED_ALLOW_SHARED((AttentionForward<T, Path>), bytes);
    if (error != nullptr) return error;
    FUSED_LAUNCH((AttentionForward<T, Path>), blocks, kAttentionThreads,
                 static_cast<unsigned>(bytes), stream, p, qkv, out, statistics);
    return LaunchError();
  }
};

// The same of the backward launcher.
template <typename Type>
struct BackwardCall {
  typedef Type T;
  void* stream;
  const AttentionProblem& p;
  const T *dout, *qkv, *out;
  const float* statistics;
  T* dqkv;
  float* delta;

  template <int kHead>
  const char* Mma() const {
    typedef typename MmaChoice<T, kHead>::QueryGradient Queries;
    typedef typename MmaChoice<T, kHead>::KeyGradient Keys;
    constexpr int kQueryBytes = MmaBackwardBytes<T, kHead, Queries, false>();
    constexpr int kKeyBytes = MmaBackwardBytes<T, kHead, Keys, true>();
    unsigned query_blocks, key_blocks;
    if (!BlocksFor(p, Queries::kOwn, &query_blocks) || !BlocksFor(p, Keys::kOwn, &key_blocks)) {
      return TooManyBlocks();
    }
    const char* error =
        FUSED_ALLOW_SHARED((AttentionMmaQueryGradient<T, kHead, Queries>), kQueryBytes);
    if (error != nullptr) return error;
    error = FUSED_ALLOW_SHARED((AttentionMmaKeyGradient<T, kHead, Keys>), kKeyBytes);
    if (error != nullptr) return error;
    FUSED_LAUNCH((AttentionMmaQueryGradient<T, kHead, Queries>), query_blocks, Queries::kThreads,
                 kQueryBytes, stream, p, MmaDropoutOf(p.dropout, p.max_length), dout, qkv, out,
                 statistics, delta, dqkv);
    FUSED_LAUNCH((AttentionMmaKeyGradient<T, kHead, Keys>), key_blocks, Keys::kThreads, kKeyBytes,
                 stream, p, MmaDropoutOf(p.dropout, p.max_length), dout, qkv, statistics, delta,
                 dqkv);
    return LaunchError();
  }

  template <class Path>
  const char* On() const {
    const int64_t bytes = BackwardTiles<Path>(nullptr, static_cast<int>(p.head_size)).bytes;
    unsigned blocks;
    if (bytes > kMaxSharedBytes) return TooLarge();
    if (!BlocksFor(p, Path::kOwn, &blocks)) return TooManyBlocks();
    const char* error = FUSED_ALLOW_SHARED((AttentionBackward<T, Path, true>), bytes);
    if (error != nullptr) return error;
    error = FUSED_ALLOW_SHARED((AttentionBackward<T, Path, false>), bytes);
    if (error != nullptr) return error;
    const unsigned delta_blocks =
        static_cast<unsigned>((p.tokens * p.heads + kAttentionWarps - 1) / kAttentionWarps);
    FUSED_LAUNCH((AttentionDelta<T>), delta_blocks, kAttentionThreads, 0, stream, p.tokens, p.heads,
                 p.head_size, dout, out, delta);
    FUSED_LAUNCH((AttentionBackward<T, Path, true>), blocks, kAttentionThreads,
                 static_cast<unsigned>(bytes), stream, p, dout, qkv, statistics, delta, dqkv);
    FUSED_LAUNCH((AttentionBackward<T, Path, false>), blocks, kAttentionThreads,
                 static_cast<unsigned>(bytes), stream, p, dout, qkv, statistics, delta, dqkv);
    return LaunchError();
  }
};

// Before Ampere, for heads of 32, 64 or 128.
template <typename T, int kHead>
struct OlderPath {
  typedef PlainPath<kHead <= 64 ? 8 : 4> Type;
};
template <int kHead>
struct OlderPath<__half, kHead> {
  typedef TensorCorePath<kHead> Type;
};

// The kernels for Ampere count dropout groups in 32 bits.
bool GroupsFit(const AttentionProblem& p) {
  const uint64_t rows = static_cast<uint64_t>(p.sequences * p.heads) * p.max_length;
  return p.dropout.threshold == 0 || rows * DropoutGroupsPerRow(p.max_length) <= 0xffffffffu;
}

template <class Call, int kHead>
const char* RunHead(const Call& call) {
  typedef typename Call::T T;
  if (GroupsFit(call.p) &&
      HasMma(&AttentionMmaForward<T, kHead, typename MmaChoice<T, kHead>::Forward>)) {
    return call.template Mma<kHead>();
  }
  return call.template On<typename OlderPath<T, kHead>::Type>();
}

// packs_fit: all tensors can be accessed in pieces of 16 bytes.
template <class Call>
const char* Run(const Call& call, bool packs_fit) {
  const int64_t head = call.p.head_size;
  if (packs_fit && head == 32) return RunHead<Call, 32>(call);
  if (packs_fit && head == 64) return RunHead<Call, 64>(call);
  if (packs_fit && head == 128) return RunHead<Call, 128>(call);
  return head <= 64 ? call.template On<PlainPath<8>>() : call.template On<PlainPath<4>>();
}

bool IsEmpty(const AttentionProblem& p) {
  return p.tokens == 0 || p.sequences == 0 || p.max_length == 0;
}

}  // namespace
}  // namespace fused_ops

using namespace fused_ops;

extern "C" const char* fused_attention_forward_cuda(void* stream, int type,
                                                    const AttentionProblem& problem,
                                                    const void* qkv, void* out, float* statistics) {
  const char* error = BeforeLaunch(type);
  if (error != nullptr || IsEmpty(problem)) return error;
  FUSED_SWITCH_TYPE(type, {
    const ForwardCall<T> call = {stream, problem, static_cast<const T*>(qkv), static_cast<T*>(out),
                                 statistics};
    error = Run(call, PacksFit(problem.head_size, qkv, out));
  });
  return error;
}

extern "C" const char* fused_attention_backward_cuda(void* stream, int type,
                                                     const AttentionProblem& problem,
                                                     const void* dout, const void* qkv,
                                                     const void* out, const float* statistics,
                                                     void* dqkv, float* delta) {
  const char* error = BeforeLaunch(type);
  if (error != nullptr || IsEmpty(problem)) return error;
  FUSED_SWITCH_TYPE(type, {
    const BackwardCall<T> call = {stream,
                                  problem,
                                  static_cast<const T*>(dout),
                                  static_cast<const T*>(qkv),
                                  static_cast<const T*>(out),
                                  statistics,
                                  static_cast<T*>(dqkv),
                                  delta};
    error = Run(call, PacksFit(problem.head_size, qkv, dout, out, dqkv));
  });
  return error;
}
