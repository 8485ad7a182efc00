// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Matrix products of attention on Tensor Cores from Ampere on (compute capability 8.0): operands
// come from shared memory straight into the registers where `mma` wants them, and its sums are used
// in the registers where it leaves them.
//
// A warp makes rows of 16 (`row tiles`). Of a 16 x 8 tile of sums, lane 4 g + t holds c[0], c[1]:
// row g, columns 2 t, 2 t + 1; c[2], c[3]: row g + 8, the same columns. The four lanes of a row are
// called its quad.
//
// float is multiplied as three products of TF32 (a = big + small, each of 11 bits; small * small is
// left out), which keeps about 21 of float's 24 bits.
#ifndef FUSED_OPS_ATTENTION_MMA_CUH_
#define FUSED_OPS_ATTENTION_MMA_CUH_

#include "cuda_common.cuh"

#if defined(FUSED_OPS_CUDA_EMULATION) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800)
#define FUSED_HAS_MMA 1
#endif

namespace fused_ops {

#if defined(FUSED_OPS_CUDA_EMULATION)
using cuda_emulation::CommitCopies;
using cuda_emulation::CopyAsync;
using cuda_emulation::Exp2;
using cuda_emulation::LoadMatrices;
using cuda_emulation::LoadMatricesTransposed;
using cuda_emulation::LoadWord;
using cuda_emulation::MultiplyBFloat16;
using cuda_emulation::MultiplyHalf;
using cuda_emulation::MultiplyTf32;
using cuda_emulation::Pair;
using cuda_emulation::SharedAddress;
using cuda_emulation::SharedAddressOf;
using cuda_emulation::SpreadSigns;
using cuda_emulation::ThreadHere;
using cuda_emulation::WaitForCopies;
#elif defined(FUSED_HAS_MMA)

typedef uint32_t SharedAddress;
__device__ __forceinline__ SharedAddress SharedAddressOf(const void* p) {
  return static_cast<SharedAddress>(__cvta_generic_to_shared(p));
}

// threadIdx.x for what shall be computed where it is needed instead of being kept in registers, of
// which the loops need all.
__device__ __forceinline__ int ThreadHere() {
  int thread = threadIdx.x;
  asm volatile("" : "+r"(thread));
  return thread;
}

// Starts copying kBytes from global memory; zeros where not `valid`.
template <int kBytes>
__device__ __forceinline__ void CopyAsync(SharedAddress to, const void* from, bool valid) {
  static_assert(kBytes == 16 || kBytes == 4, "what the kernels need");
  const int bytes = valid ? kBytes : 0;
  if (kBytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(from), "r"(bytes)
                 : "memory");
  }
}
// Closes a group of copies.
__device__ __forceinline__ void CommitCopies() { asm volatile("cp.async.commit_group;"); }
// Waits for all of this thread's groups but the last kPending.
template <int kPending>
__device__ __forceinline__ void WaitForCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

// Four 8 x 8 matrices of 16-bit elements: lane 8 i + r gives the address of row r of matrix i, and
// lane 4 g + t gets elements 2 t, 2 t + 1 of row g of each; transposed: of column g.
__device__ __forceinline__ void LoadMatrices(SharedAddress row, uint32_t (&to)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(row));
}
__device__ __forceinline__ void LoadMatricesTransposed(SharedAddress row, uint32_t (&to)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(row));
}

// c [16, 8] += a b; a [16, 16], b [16, 8], for TF32 a [16, 8], b [8, 8].
#define FUSED_MULTIPLY(name, shape)                                                   \
  __device__ __forceinline__ void name(float(&c)[4], const uint32_t(&a)[4],           \
                                       const uint32_t(&b)[2]) {                       \
    asm volatile("mma.sync.aligned." shape                                            \
                 " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"   \
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                     \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1])); \
  }
FUSED_MULTIPLY(MultiplyHalf, "m16n8k16.row.col.f32.f16.f16.f32")
FUSED_MULTIPLY(MultiplyBFloat16, "m16n8k16.row.col.f32.bf16.bf16.f32")
FUSED_MULTIPLY(MultiplyTf32, "m16n8k8.row.col.f32.tf32.tf32.f32")
#undef FUSED_MULTIPLY

// A word of shared memory that this block's barriers guard.
__device__ __forceinline__ uint32_t LoadWord(SharedAddress from) {
  uint32_t x;
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(x) : "r"(from));
  return x;
}

// Two floats rounded to the type of the first argument; `low` in the low half.
__device__ __forceinline__ uint32_t Pair(__half, float low, float high) {
  uint32_t bits;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}
__device__ __forceinline__ uint32_t Pair(BFloat16, float low, float high) {
  uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}

// Fills each half of a word with one bit of x: of bits 7 and 23, or, for kUpper, of 15 and 31.
template <bool kUpper>
__device__ __forceinline__ uint32_t SpreadSigns(uint32_t x) {
  uint32_t y;
  asm("prmt.b32 %0, %1, 0, %2;" : "=r"(y) : "r"(x), "n"(kUpper ? 0xbb99 : 0xaa88));
  return y;
}

// 2^x to 22 bits; 0 instead of a denormal number.
__device__ __forceinline__ float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
#endif

#if defined(FUSED_HAS_MMA)

__device__ __forceinline__ void Multiply16(__half, float (&c)[4], const uint32_t (&a)[4],
                                           const uint32_t (&b)[2]) {
  MultiplyHalf(c, a, b);
}
__device__ __forceinline__ void Multiply16(BFloat16, float (&c)[4], const uint32_t (&a)[4],
                                           const uint32_t (&b)[2]) {
  MultiplyBFloat16(c, a, b);
}

// The operands of a product: a [16, kStep] and b [kStep, 8]. An operand's rows in shared memory are
// addressed in chunks of 16 bytes; kStep is two of them for every type.
//   LoadLeft          a from its rows
//   LoadRights        two b, side by side, from rows that are columns of b (b = x^T)
//   LoadColumns       two b, side by side, from rows that are rows of b (b = x)
//   LeftOf            a from kStep / 8 tiles of sums, side by side
//   Drop              zeroes what dropout drops of such an a, see KeepBitsOfQueries; `odd`: of a
//                     pair of tiles, does the first one of a belong to the second
// Addresses are the lane's, see MmaTile.
template <typename T>
struct Fragments {
  static constexpr int kStep = 16, kSumTiles = 2;
  struct Left {
    uint32_t x[4];
  };
  struct Right {
    uint32_t x[2];
  };
  __device__ static void Multiply(float (&c)[4], const Left& a, const Right& b) {
    Multiply16(T(), c, a.x, b.x);
  }
  __device__ static void LoadLeft(SharedAddress row, Left* a) { LoadMatrices(row, a->x); }
  __device__ static void LoadRights(SharedAddress row, Right (&b)[2]) {
    uint32_t x[4];
    LoadMatrices(row, x);
    Set(x, b);
  }
  __device__ static void LoadColumns(SharedAddress row, SharedAddress, Right (&b)[2]) {
    uint32_t x[4];
    LoadMatricesTransposed(row, x);
    Set(x, b);
  }
  __device__ static Left LeftOf(const float (*c)[4]) {
    Left a = {{Pair(T(), c[0][0], c[0][1]), Pair(T(), c[0][2], c[0][3]),
               Pair(T(), c[1][0], c[1][1]), Pair(T(), c[1][2], c[1][3])}};
    return a;
  }
  __device__ static void Drop(uint32_t keep, bool, Left* a) {
    a->x[2] &= SpreadSigns<false>(keep);
    a->x[3] &= SpreadSigns<true>(keep);
    a->x[0] &= SpreadSigns<false>(keep << 4);
    a->x[1] &= SpreadSigns<true>(keep << 4);
  }

 private:
  __device__ static void Set(const uint32_t (&x)[4], Right (&b)[2]) {
    b[0].x[0] = x[0];
    b[0].x[1] = x[1];
    b[1].x[0] = x[2];
    b[1].x[1] = x[3];
  }
};

template <>
struct Fragments<float> {
  static constexpr int kStep = 8, kSumTiles = 1;
  struct Left {
    uint32_t big[4], small[4];
  };
  struct Right {
    uint32_t big[2], small[2];
  };
  // The Tensor Cores ignore the 13 low bits: the first is `x` without them, the second the rest.
  __device__ static void Split(uint32_t x, uint32_t* big, uint32_t* small) {
    *big = x & 0xffffe000u;
    *small = __float_as_uint(__uint_as_float(x) - __uint_as_float(*big));
  }
  __device__ static void Multiply(float (&c)[4], const Left& a, const Right& b) {
    MultiplyTf32(c, a.small, b.big);
    MultiplyTf32(c, a.big, b.small);
    MultiplyTf32(c, a.big, b.big);
  }
  __device__ static void LoadLeft(SharedAddress row, Left* a) {
    uint32_t x[4];
    LoadMatrices(row, x);
#pragma unroll
    for (int i = 0; i < 4; ++i) Split(x[i], &a->big[i], &a->small[i]);
  }
  __device__ static void LoadRights(SharedAddress row, Right (&b)[2]) {
    uint32_t x[4];
    LoadMatrices(row, x);
#pragma unroll
    for (int i = 0; i < 4; ++i) Split(x[i], &b[i / 2].big[i % 2], &b[i / 2].small[i % 2]);
  }
  // Rows 2 t and 2 t + 1 stand for t and t + 4, as the columns of LeftOf do. The second tile's
  // elements are two chunks further.
  __device__ static void LoadColumns(SharedAddress even, SharedAddress odd, Right (&b)[2]) {
    const uint32_t x[4] = {LoadWord(even), LoadWord(odd), LoadWord(even ^ 32), LoadWord(odd ^ 32)};
#pragma unroll
    for (int i = 0; i < 4; ++i) Split(x[i], &b[i / 2].big[i % 2], &b[i / 2].small[i % 2]);
  }
  __device__ static Left LeftOf(const float (*c)[4]) {
    const int order[4] = {0, 2, 1, 3};
    Left a;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      Split(__float_as_uint(c[0][order[i]]), &a.big[i], &a.small[i]);
    }
    return a;
  }
  __device__ static void Drop(uint32_t keep, bool odd, Left* a) {
    keep >>= odd ? 4 : 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (!(keep >> (16 * (i / 2) + 8 * (i % 2) + 3) & 1)) a->big[i] = a->small[i] = 0;
    }
  }
};
#endif

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_MMA_CUH_
