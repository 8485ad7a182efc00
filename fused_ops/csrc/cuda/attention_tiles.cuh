// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Matrix products of attention between tiles in shared memory, in two ways: Tensor Cores (WMMA,
// half factors and float sums) and plain multiply-adds in float. A block of four warps owns a tile
// of rows (queries or keys), each warp a quarter of them, and goes through the other side in tiles
// of 32.
//
// A path offers: Element; kRows, rows of a warp; leading dimensions of its tiles; Load; Product: x
// = a b^T; Accumulator (Clear, Add: += p b, Store) for sums that stay until the end; AddTo for sums
// in shared memory. Pointers a, x, p and sums are those of the warp's first row.
#ifndef FUSED_OPS_ATTENTION_TILES_CUH_
#define FUSED_OPS_ATTENTION_TILES_CUH_

#include "cuda_common.cuh"
#if !defined(FUSED_OPS_CUDA_EMULATION)
#include <mma.h>
#endif

namespace fused_ops {

static constexpr int kAttentionWarps = 4, kAttentionThreads = kAttentionWarps * kWarp;
static constexpr int kOther = 32;  // rows of a tile of the other side: one for each lane

// Hands out pieces of the dynamic shared memory; with a null base only counts.
struct Arena {
  char* base;
  int64_t used;
  template <typename T>
  __host__ __device__ T* Take(int64_t size) {
    T* piece = reinterpret_cast<T*>(base + used);
    used += (size * static_cast<int64_t>(sizeof(T)) + 127) / 128 * 128;
    return piece;
  }
};

// float rows [kRows] of a warp in the tile `from` [.., ld], times factor, to rows of T; lanes side
// by side.
template <int kRows, typename T>
__device__ __forceinline__ void StoreRows(const float* from, int ld, int cols, int rows,
                                          float factor, T* to, int64_t stride) {
  const int lane = threadIdx.x % kWarp;
  for (int r = 0; r < kRows && r < rows; ++r) {
    for (int col = lane; col < cols; col += kWarp)
      to[r * stride + col] = FromFloat<T>(from[r * ld + col] * factor);
  }
}

// Plain multiply-adds for heads of any size: lane l makes column l of a product, columns l, l + 32,
// ... of a sum.
template <int kWarpRows>
struct PlainPath {
  typedef float Element;
  static constexpr int kRows = kWarpRows, kOwn = kAttentionWarps * kRows;
  static constexpr int kProductLd = kOther + 1, kFactorLd = kOther + 1;
  __host__ __device__ static int Ld(int head) {
    return head + 1;
  }  // odd for even heads: lanes meet no bank conflict
  __host__ __device__ static int SumLd(int head) { return head + 1; }
  __host__ __device__ static int64_t AccumulatorSize(int head) { return kOwn * (head + 1); }

  template <typename T>
  __device__ static void Load(const T* from, int64_t stride, int valid, int rows, int head,
                              float* to) {
    for (int i = threadIdx.x; i < rows * head; i += kAttentionThreads) {
      const int row = i / head, col = i % head;
      to[row * (head + 1) + col] = row < valid ? ToFloat(from[row * stride + col]) : 0.0f;
    }
  }

  __device__ static void Product(const float* a, const float* b, int head, float* x) {
    const int lane = threadIdx.x % kWarp, ld = head + 1;
    float sum[kRows] = {};
    for (int d = 0; d < head; ++d) {
      const float factor = b[lane * ld + d];
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] += a[r * ld + d] * factor;
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) x[r * kProductLd + lane] = sum[r];
  }

  __device__ static void AddTo(float* sums, const float* p, const float* b, int head) {
    const int ld = head + 1;
    for (int d = threadIdx.x % kWarp; d < head; d += kWarp) {
      float sum[kRows];
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] = sums[r * ld + d];
      for (int other = 0; other < kOther; ++other) {
        const float factor = b[other * ld + d];
#pragma unroll
        for (int r = 0; r < kRows; ++r) sum[r] += p[r * kFactorLd + other] * factor;
      }
#pragma unroll
      for (int r = 0; r < kRows; ++r) sums[r * ld + d] = sum[r];
    }
  }

  struct Accumulator {
    float* sums;
    __device__ void Clear(float* shared, int head) {
      sums = shared;
      for (int i = threadIdx.x % kWarp; i < kRows * (head + 1); i += kWarp) sums[i] = 0.0f;
      __syncwarp();
    }
    __device__ void Add(const float* p, const float* b, int head) { AddTo(sums, p, b, head); }
    template <typename T>
    __device__ void Store(int head, int rows, float factor, T* to, int64_t stride, float*) {
      __syncwarp();
      StoreRows<kRows>(sums, head + 1, head, rows, factor, to, stride);
    }
  };
};

// Tensor Cores, from Volta on.
template <int kHead>
struct TensorCorePath {
  typedef __half Element;
  static constexpr int kRows = 16, kOwn = kAttentionWarps * kRows;
  // Rows are a little longer than their contents, so that the eight rows of an access do not meet
  // in one bank; addresses of 16 x 16 pieces must stay multiples of 32 bytes.
  static constexpr int kLd = kHead + 8, kSumLd = kHead + 4, kProductLd = kOther + 4,
                       kFactorLd = kOther + 8;
  __host__ __device__ static int Ld(int) { return kLd; }
  __host__ __device__ static int SumLd(int) { return kSumLd; }
  __host__ __device__ static int64_t AccumulatorSize(int) { return 0; }  // in registers

  typedef nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, __half,
                                 nvcuda::wmma::row_major>
      Left;
  typedef nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, __half,
                                 nvcuda::wmma::row_major>
      Right;
  typedef nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, __half,
                                 nvcuda::wmma::col_major>
      RightTransposed;
  typedef nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> Piece;

  __device__ static void Load(const __half* from, int64_t stride, int valid, int rows, int,
                              __half* to) {
    constexpr int kPacks = kHead / kPack;
    for (int i = threadIdx.x; i < rows * kPacks; i += kAttentionThreads) {
      const int row = i / kPacks, col = i % kPacks * kPack;
      Pack<__half> pack = {};
      if (row < valid) pack = *reinterpret_cast<const Pack<__half>*>(from + row * stride + col);
      *reinterpret_cast<Pack<__half>*>(to + row * kLd + col) = pack;
    }
  }

  __device__ static void Product(const __half* a, const __half* b, int, float* x) {
    Piece sum[kOther / 16];
#pragma unroll
    for (int n = 0; n < kOther / 16; ++n) nvcuda::wmma::fill_fragment(sum[n], 0.0f);
#pragma unroll
    for (int d = 0; d < kHead; d += 16) {
      Left left;
      nvcuda::wmma::load_matrix_sync(left, a + d, kLd);
#pragma unroll
      for (int n = 0; n < kOther / 16; ++n) {
        RightTransposed right;
        nvcuda::wmma::load_matrix_sync(right, b + n * 16 * kLd + d, kLd);
        nvcuda::wmma::mma_sync(sum[n], left, right, sum[n]);
      }
    }
#pragma unroll
    for (int n = 0; n < kOther / 16; ++n) {
      nvcuda::wmma::store_matrix_sync(x + n * 16, sum[n], kProductLd, nvcuda::wmma::mem_row_major);
    }
  }

  // piece += p b for columns n * 16 .. of b.
  __device__ static void AddPiece(Piece* piece, const __half* p, const __half* b, int n) {
#pragma unroll
    for (int other = 0; other < kOther; other += 16) {
      Left left;
      Right right;
      nvcuda::wmma::load_matrix_sync(left, p + other, kFactorLd);
      nvcuda::wmma::load_matrix_sync(right, b + other * kLd + n * 16, kLd);
      nvcuda::wmma::mma_sync(*piece, left, right, *piece);
    }
  }

  __device__ static void AddTo(float* sums, const __half* p, const __half* b, int) {
#pragma unroll
    for (int n = 0; n < kHead / 16; ++n) {
      Piece piece;
      nvcuda::wmma::load_matrix_sync(piece, sums + n * 16, kSumLd, nvcuda::wmma::mem_row_major);
      AddPiece(&piece, p, b, n);
      nvcuda::wmma::store_matrix_sync(sums + n * 16, piece, kSumLd, nvcuda::wmma::mem_row_major);
    }
  }

  struct Accumulator {
    Piece piece[kHead / 16];
    __device__ void Clear(float*, int) {
#pragma unroll
      for (int n = 0; n < kHead / 16; ++n) nvcuda::wmma::fill_fragment(piece[n], 0.0f);
    }
    __device__ void Add(const __half* p, const __half* b, int) {
#pragma unroll
      for (int n = 0; n < kHead / 16; ++n) AddPiece(&piece[n], p, b, n);
    }
    // `scratch`: the warp's rows of a product tile.
    __device__ void Store(int, int rows, float factor, __half* to, int64_t stride, float* scratch) {
#pragma unroll
      for (int n = 0; n < kHead / 16; ++n) {
        __syncwarp();  // what was there has been read
        nvcuda::wmma::store_matrix_sync(scratch, piece[n], kProductLd, nvcuda::wmma::mem_row_major);
        __syncwarp();
        StoreRows<kRows>(scratch, kProductLd, 16, rows, factor, to + n * 16, stride);
      }
    }
  };
};

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_TILES_CUH_
