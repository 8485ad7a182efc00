// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// The instructions of csrc/cuda/attention_mma.cuh: cp.async, ldmatrix, mma, ex2, and conversions.
// Unlike wmma's fragments, which lane holds which element is fixed here (PTX ISA, "Matrix multiply-
// accumulate operation using mma instruction").
#ifndef FUSED_OPS_TESTS_CUDA_EMULATION_MMA_H_
#define FUSED_OPS_TESTS_CUDA_EMULATION_MMA_H_

namespace cuda_emulation {

typedef uintptr_t SharedAddress;
static inline SharedAddress SharedAddressOf(const void* p) {
  return reinterpret_cast<SharedAddress>(p);
}

// Copies are made no sooner than the program waits for them; until then the target holds NaN. A
// write to what others still read and a read of what nobody waited for change the result.
void QueueCopy(SharedAddress to, const void* from, size_t bytes, bool valid);
void CommitCopies();
void WaitForCopyGroups(int pending);

template <int kBytes>
void CopyAsync(SharedAddress to, const void* from, bool valid) {
  QueueCopy(to, from, kBytes, valid);
}
template <int kPending>
void WaitForCopies() {
  WaitForCopyGroups(kPending);
}

static inline int ThreadHere() { return static_cast<int>(thread_index.x); }

static inline uint32_t LoadWord(SharedAddress from) {
  return *reinterpret_cast<const uint32_t*>(from);
}

// What a lane shows its warp: storage that stays as it is until the exchange after the next.
struct Operands {
  uint32_t a[4], b[2];
  SharedAddress row;
};
Operands* NextOperands();
const Operands& OperandsOf(unsigned lane);

static inline const unsigned short* MatrixRow(unsigned matrix, unsigned row) {
  const SharedAddress address = OperandsOf(8 * matrix + row).row;
  if (address % 16 != 0) {
    fprintf(stderr, "ldmatrix: a row's address must be a multiple of 16 bytes\n");
    abort();
  }
  return reinterpret_cast<const unsigned short*>(address);
}

static inline void LoadMatrices(SharedAddress row, uint32_t (&to)[4], bool transposed) {
  NextOperands()->row = row;
  WarpBarrier();
  const unsigned g = Lane() / 4, t = Lane() % 4;
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t low = transposed ? MatrixRow(i, 2 * t)[g] : MatrixRow(i, g)[2 * t];
    const uint32_t high = transposed ? MatrixRow(i, 2 * t + 1)[g] : MatrixRow(i, g)[2 * t + 1];
    to[i] = low | high << 16;
  }
  WarpBarrier();  // all have read before anybody writes there
}
static inline void LoadMatrices(SharedAddress row, uint32_t (&to)[4]) {
  LoadMatrices(row, to, false);
}
static inline void LoadMatricesTransposed(SharedAddress row, uint32_t (&to)[4]) {
  LoadMatrices(row, to, true);
}

static inline float Halfword(uint32_t x, bool bfloat16) {
  const unsigned short bits = static_cast<unsigned short>(x);
  return bfloat16 ? fused_ops::FloatOf(fused_ops::BFloat16{bits})
                  : fused_ops::FloatOf(fused_ops::Half{bits});
}
static inline float Tf32(uint32_t x) { return __uint_as_float(x & 0xffffe000u); }

// Element k of a row of a, or of a column of b, whose registers are x[0 .. size / 8) of four lanes.
enum MultiplyType { kHalf, kBFloat16Pair, kTf32 };
template <MultiplyType kType>
float Element(const uint32_t* const (&lanes)[4], int stride, int k) {
  if (kType == kTf32) return Tf32(lanes[k % 4][k / 4 * stride]);
  const uint32_t pair = lanes[k % 8 / 2][k / 8 * stride];
  return Halfword(k % 2 ? pair >> 16 : pair, kType == kBFloat16Pair);
}

template <MultiplyType kType>
void MultiplyAs(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Operands* mine = NextOperands();
  memcpy(mine->a, a, sizeof(a));
  memcpy(mine->b, b, sizeof(b));
  WarpBarrier();
  const unsigned g = Lane() / 4, t = Lane() % 4;
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t *row[4], *col[4];
    for (unsigned lane = 0; lane < 4; ++lane) {
      row[lane] = OperandsOf(4 * g + lane).a + i / 2;
      col[lane] = OperandsOf(4 * (2 * t + i % 2) + lane).b;
    }
    float sum = 0.0f;
    for (int k = 0; k < (kType == kTf32 ? 8 : 16); ++k) {
      sum += Element<kType>(row, 2, k) * Element<kType>(col, 1, k);
    }
    c[i] += sum;
  }
}
static inline void MultiplyHalf(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  MultiplyAs<kHalf>(c, a, b);
}
static inline void MultiplyBFloat16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  MultiplyAs<kBFloat16Pair>(c, a, b);
}
static inline void MultiplyTf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  MultiplyAs<kTf32>(c, a, b);
}

template <bool kUpper>
uint32_t SpreadSigns(uint32_t x) {
  const unsigned shift = kUpper ? 15 : 7;
  return (x >> shift & 1 ? 0xffffu : 0) | (x >> (shift + 16) & 1 ? 0xffff0000u : 0);
}
static inline float Exp2(float x) { return exp2f(x); }
static inline uint32_t Pair(__half, float low, float high) {
  return fused_ops::HalfOf(low).bits | static_cast<uint32_t>(fused_ops::HalfOf(high).bits) << 16;
}
static inline uint32_t Pair(fused_ops::BFloat16, float low, float high) {
  return fused_ops::BFloat16Of(low).bits | static_cast<uint32_t>(fused_ops::BFloat16Of(high).bits)
                                               << 16;
}

}  // namespace cuda_emulation

#endif  // FUSED_OPS_TESTS_CUDA_EMULATION_MMA_H_
