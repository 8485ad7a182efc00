// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// Tiles of attention in shared memory and what a warp does with them: products, dropout bits,
// results. See attention_mma.cuh for the layout of sums in registers.
#ifndef FUSED_OPS_ATTENTION_MMA_TILES_CUH_
#define FUSED_OPS_ATTENTION_MMA_TILES_CUH_

#include "attention_mma.cuh"
#include "attention_place.cuh"

namespace fused_ops {

// Sizes of a kernel: kWarps warps of kRowTiles * 16 rows own kOwn rows and go through the other
// side in tiles of kOther rows, kChunk rows at a time; kHold: the own operand of the products stays
// in registers; kBlocks blocks a multiprocessor are wanted.
template <int kRowTilesOfWarp, int kWarpsOfBlock, int kOtherRows, int kChunkRows, bool kInRegisters,
          int kBlocksWanted>
struct MmaSizes {
  static constexpr int kRowTiles = kRowTilesOfWarp, kWarps = kWarpsOfBlock, kOther = kOtherRows,
                       kChunk = kChunkRows, kBlocks = kBlocksWanted;
  static constexpr bool kHold = kInRegisters;
  static constexpr int kThreads = kWarps * kWarp, kWarpRows = 16 * kRowTiles,
                       kOwn = kWarps * kWarpRows;
  static_assert(kOther % kChunk == 0 && kChunk % 16 == 0, "dropout bits are made for 16 columns");
};

// Dropout as the kernels get it: its numbers are operands in constant memory.
struct MmaDropout {
  Dropout dropout;
  PhiloxKeys keys;
  uint32_t row_groups;    // groups of a query
  uint32_t rest, either;  // of the threshold, twice: all but its top bit; ones if that is not set
};

static inline MmaDropout MmaDropoutOf(const Dropout& dropout, int64_t max_length) {
  MmaDropout d;
  d.row_groups = static_cast<uint32_t>(DropoutGroupsPerRow(max_length));
  d.dropout = dropout;
  d.keys = PhiloxKeysOf(dropout.seed);
  d.rest = (dropout.threshold & 0x7fffu) * 0x10001u;
  d.either = dropout.threshold >> 15 ? 0 : 0xffffffffu;
  return d;
}

#if defined(FUSED_HAS_MMA)

// Rows of kHead elements of T in chunks of 16 bytes. Chunks change places so that the eight rows of
// an access do not meet in one bank.
template <typename T, int kHead>
struct MmaTile {
  static constexpr int kRowBytes = kHead * static_cast<int>(sizeof(T)), kChunks = kRowBytes / 16,
                       kPerChunk = 16 / static_cast<int>(sizeof(T));
  __device__ static int Offset(int row, int chunk) {
    return row * kRowBytes + ((chunk ^ (kRowBytes >= 128 ? row & 7 : row >> 1 & 3)) << 4);
  }
  // The offset of lane `offset` moved on by chunks (an even number) and rows (a multiple of 8).
  __device__ static int Move(int offset, int rows, int chunks) {
    return (offset ^ (chunks % 8 << 4)) + (chunks / 8 << 7) + rows * kRowBytes;
  }
};

// The lane's offsets for the loads of Fragments.
template <typename T, int kHead>
struct MmaLanes {
  typedef MmaTile<T, kHead> Tile;
  int left, right, column, odd_column;
  __device__ MmaLanes() {
    const int lane = threadIdx.x % kWarp, row = lane & 7, low = lane >> 3 & 1, high = lane >> 4;
    left = Tile::Offset(row + 8 * low, high);
    right = Tile::Offset(row + 8 * high, low);
    column = left;
    odd_column = 0;
    if (sizeof(T) == 4) {
      const int g = lane >> 2, t = lane & 3;
      column = Tile::Offset(2 * t, g >> 2) + (g & 3) * 4;
      odd_column = Tile::Offset(2 * t + 1, g >> 2) + (g & 3) * 4;
    }
  }
};

// Copies tiles of kRows rows of one tensor to shared memory.
template <typename T, int kHead, int kRows, int kThreads>
struct TileCopy {
  typedef MmaTile<T, kHead> Tile;
  static constexpr int kRowStep = kThreads / Tile::kChunks, kCopies = kRows / kRowStep;
  static_assert(kRows % kRowStep == 0 && kRowStep % 4 == 0, "each thread copies the same number");
  const T* first;  // row 0
  int64_t stride;  // of rows

  __device__ TileCopy(const T* row, int64_t row_stride) : first(row), stride(row_stride) {}
  // Starts copying the tile that begins at row `begin` of `rows`; zeros behind the last one.
  __device__ void Start(int begin, int rows, SharedAddress to) const {
    const int thread = ThreadHere(), chunk = thread % Tile::kChunks, row = thread / Tile::kChunks;
    const int offset = Tile::Offset(row, chunk);
    const T* from = first + (begin + row) * stride + chunk * Tile::kPerChunk;
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      // A step of four rows changes a chunk's place, see Offset.
      const int place = kRowStep % 8 != 0 && i % 2 != 0 ? offset ^ 64 : offset;
      CopyAsync<16>(to + place + i * kRowStep * Tile::kRowBytes, from,
                    begin + row + i * kRowStep < rows);
      from += kRowStep * stride;
    }
  }
};

// A warp's rows of the own side as left operands.
template <typename T, int kHead, class Sizes>
struct OwnRows {
  typedef Fragments<T> F;
  static constexpr int kSteps = kHead / F::kStep;
  SharedAddress rows;
  typename F::Left held[Sizes::kHold ? Sizes::kRowTiles : 1][Sizes::kHold ? kSteps : 1];

  // `rows` have arrived.
  __device__ void Start(SharedAddress warp_rows, const MmaLanes<T, kHead>& lanes) {
    rows = warp_rows;
    if (Sizes::kHold) {
#pragma unroll
      for (int m = 0; m < Sizes::kRowTiles; ++m) {
#pragma unroll
        for (int step = 0; step < kSteps; ++step) {
          Load(m, step, lanes, &held[Sizes::kHold ? m : 0][Sizes::kHold ? step : 0]);
        }
      }
    }
  }
  __device__ void Get(int m, int step, const MmaLanes<T, kHead>& lanes, typename F::Left* a) const {
    if (Sizes::kHold) {
      *a = held[Sizes::kHold ? m : 0][Sizes::kHold ? step : 0];
    } else {
      Load(m, step, lanes, a);
    }
  }

 private:
  __device__ void Load(int m, int step, const MmaLanes<T, kHead>& lanes,
                       typename F::Left* a) const {
    F::LoadLeft(rows + MmaTile<T, kHead>::Move(lanes.left, 16 * m, 2 * step), a);
  }
};

// sums = own other^T, for kCols rows of `other`.
template <typename T, int kHead, class Sizes, int kCols>
__device__ __forceinline__ void RowProduct(const OwnRows<T, kHead, Sizes>& own, SharedAddress other,
                                           const MmaLanes<T, kHead>& lanes,
                                           float (&sums)[Sizes::kRowTiles][kCols / 8][4]) {
  typedef Fragments<T> F;
#pragma unroll
  for (int m = 0; m < Sizes::kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < kCols / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[m][n][i] = 0.0f;
    }
  }
#pragma unroll
  for (int step = 0; step < kHead / F::kStep; ++step) {
    typename F::Left a[Sizes::kRowTiles];
#pragma unroll
    for (int m = 0; m < Sizes::kRowTiles; ++m) own.Get(m, step, lanes, &a[m]);
#pragma unroll
    for (int n = 0; n < kCols / 16; ++n) {
      typename F::Right b[2];
      F::LoadRights(other + MmaTile<T, kHead>::Move(lanes.right, 16 * n, 2 * step), b);
#pragma unroll
      for (int m = 0; m < Sizes::kRowTiles; ++m) {
        F::Multiply(sums[m][2 * n], a[m], b[0]);
        F::Multiply(sums[m][2 * n + 1], a[m], b[1]);
      }
    }
  }
}

template <int kRowTiles, int kHead>
__device__ __forceinline__ void ClearSums(float (&sums)[kRowTiles][kHead / 8][4]) {
#pragma unroll
  for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < kHead / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[m][n][i] = 0.0f;
    }
  }
}

// A dropout group's bits (see dropout.h), two for each word of its Philox block: bits 12 + w and
// 28 + w for the low and the high half of word w; the others are 0. Both halves are compared at
// once: without their top bits they do not borrow from each other.
__device__ __forceinline__ uint32_t KeepNibbles(const MmaDropout& d, uint32_t group) {
  const PhiloxBlock block = Philox(d.keys, d.dropout.offset, group);
  uint32_t bits = 0;
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    const uint32_t x = block.word[w], not_less = (x | 0x80008000u) - d.rest;
    bits |= ((not_less & x) | (d.either & (not_less | x))) >> (3 - w) & 0x10001000u << w;
  }
  return bits;
}

// The dropout bits of a tile of sums whose rows are 16 queries and whose columns are 16 keys: bit
// 16 c + 8 h + 4 n + 3 belongs to c[2 h + c] of the n-th tile of 8 columns. Each lane draws one
// group of eight keys of a query (t of its quad: row g + 8 (t / 2), keys 8 (t % 2) ..) and hands it
// to its quad. `group` is the index of that lane's group.
__device__ __forceinline__ uint32_t KeepBitsOfQueries(const MmaDropout& dropout, uint32_t group) {
  const int t = threadIdx.x % 4;
  uint32_t bits = KeepNibbles(dropout, group) >> (12 - 4 * t);
  bits |= __shfl_xor_sync(kAllLanes, bits, 1);
  bits |= __shfl_xor_sync(kAllLanes, bits, 2);
  return bits << (3 - t);
}

// The same where rows are 16 keys and columns 16 queries: bit 4 i of keep[n] belongs to c[i] of the
// n-th tile of columns. Lane 4 g + t draws the group of query 8 (g / 4) + 2 t + g % 2 and keys
// 8 (g / 2 % 2) ..; the eight lanes of the same t need one bit of each other's groups.
__device__ __forceinline__ void KeepBitsOfKeys(const MmaDropout& dropout, uint32_t group,
                                               uint32_t (&keep)[2]) {
  const int g = threadIdx.x % kWarp / 4, bit = 16 * (g % 2) + g / 2;
  uint32_t bits = KeepNibbles(dropout, group) >> (12 - 4 * (g % 4));
  bits |= __shfl_xor_sync(kAllLanes, bits, 4);
  bits |= __shfl_xor_sync(kAllLanes, bits, 8);
  const uint32_t other = __shfl_xor_sync(kAllLanes, bits, 16);
  keep[0] = (g < 4 ? bits : other) >> bit;
  keep[1] = (g < 4 ? other : bits) >> bit;
}

// Dropout of tiles whose rows are queries and whose columns are keys.
struct KeyDropout {
  const MmaDropout* dropout;
  uint32_t group;  // this lane's, of the tile's first columns
  __device__ bool Drops() const { return dropout->dropout.threshold != 0; }
  // Of row tile m and the n-th 16 columns.
  __device__ uint32_t Draw(int m, int n) const {
    return KeepBitsOfQueries(*dropout, group + m * 16 * dropout->row_groups + 2 * n);
  }
};
// For the first keys and the queries of a warp, whose first one has the mask's row `row`.
__device__ __forceinline__ KeyDropout FirstKeyDropout(const MmaDropout& dropout, int64_t row) {
  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  KeyDropout drop;
  drop.dropout = &dropout;
  drop.group = static_cast<uint32_t>(row + g + 8 * (t / 2)) * dropout.row_groups + t % 2;
  return drop;
}
struct NoDropout {
  __device__ bool Drops() const { return false; }
  __device__ uint32_t Draw(int, int) const { return 0; }
};

// sums += dropout(factors) other, for kRows rows of `other`; factors as a product left them.
template <typename T, int kHead, int kRowTiles, int kRows, class Drop>
__device__ __forceinline__ void AddProduct(const float (&factors)[kRowTiles][kRows / 8][4],
                                           SharedAddress other, const MmaLanes<T, kHead>& lanes,
                                           const Drop& drop,
                                           float (&sums)[kRowTiles][kHead / 8][4]) {
  typedef Fragments<T> F;
  constexpr int kSteps16 = 16 / F::kStep;
  uint32_t keep[kRowTiles] = {};
#pragma unroll
  for (int step = 0; step < kRows / F::kStep; ++step) {
    typename F::Left a[kRowTiles];
#pragma unroll
    for (int m = 0; m < kRowTiles; ++m) a[m] = F::LeftOf(&factors[m][step * F::kSumTiles]);
    if (drop.Drops()) {
#pragma unroll
      for (int m = 0; m < kRowTiles; ++m) {
        if (step % kSteps16 == 0) keep[m] = drop.Draw(m, step / kSteps16);
        F::Drop(keep[m], step % kSteps16 != 0, &a[m]);
      }
    }
#pragma unroll
    for (int n = 0; n < kHead / 16; ++n) {
      typename F::Right b[2];
      const int chunks = 16 * n / MmaTile<T, kHead>::kPerChunk;
      F::LoadColumns(other + MmaTile<T, kHead>::Move(lanes.column, step * F::kStep, chunks),
                     other + MmaTile<T, kHead>::Move(lanes.odd_column, step * F::kStep, chunks), b);
#pragma unroll
      for (int m = 0; m < kRowTiles; ++m) {
        F::Multiply(sums[m][2 * n], a[m], b[0]);
        F::Multiply(sums[m][2 * n + 1], a[m], b[1]);
      }
    }
  }
}

// Writes a warp's sums, row g + 8 h of row tile m times factor[m][h], to `rows` rows of `to`; by
// way of the warp's own rows in shared memory, which nobody else reads.
template <typename T, int kHead, int kRowTiles>
__device__ __forceinline__ void StoreSums(const float (&sums)[kRowTiles][kHead / 8][4],
                                          const float (&factor)[kRowTiles][2], char* own_rows,
                                          int rows, T* to, int64_t stride) {
  typedef MmaTile<T, kHead> Tile;
  struct alignas(2 * sizeof(T)) Two {
    T x, y;
  };
  struct alignas(16) Chunk {
    T x[Tile::kPerChunk];
  };
  const int lane = threadIdx.x % kWarp, g = lane / 4, t = lane % 4;
  __syncwarp();  // what was there has been read
#pragma unroll
  for (int m = 0; m < kRowTiles; ++m) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
#pragma unroll
      for (int n = 0; n < kHead / 8; ++n) {
        const int col = 8 * n + 2 * t;
        const Two two = {FromFloat<T>(sums[m][n][2 * h] * factor[m][h]),
                         FromFloat<T>(sums[m][n][2 * h + 1] * factor[m][h])};
        *reinterpret_cast<Two*>(own_rows + Tile::Offset(16 * m + 8 * h + g, col / Tile::kPerChunk) +
                                col % Tile::kPerChunk * sizeof(T)) = two;
      }
    }
  }
  __syncwarp();
#pragma unroll
  for (int i = lane; i < 16 * kRowTiles * Tile::kChunks; i += kWarp) {
    const int row = i / Tile::kChunks, chunk = i % Tile::kChunks;
    if (row < rows) {
      *reinterpret_cast<Chunk*>(to + row * stride + chunk * Tile::kPerChunk) =
          *reinterpret_cast<const Chunk*>(own_rows + Tile::Offset(row, chunk));
    }
  }
}
#endif

}  // namespace fused_ops

#endif  // FUSED_OPS_ATTENTION_MMA_TILES_CUH_
