// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// nvcuda::wmma for 16x16x16 products of half with float accumulators. Each lane keeps eight
// elements of a fragment; which ones is as unspecified here as on the hardware, so code may only
// treat fragments as a whole or element by element.
#ifndef FUSED_OPS_TESTS_CUDA_EMULATION_WMMA_H_
#define FUSED_OPS_TESTS_CUDA_EMULATION_WMMA_H_

namespace nvcuda {
namespace wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };

template <class Use, int M, int N, int K, typename T, class Layout = void>
struct fragment {
  static_assert(M == 16 && N == 16 && K == 16, "the emulation knows 16x16x16 only");
  enum { num_elements = 8 };
  T x[num_elements];
};

namespace emulation {

// Lane `lane` keeps the elements number lane + 32 * i, in row-major order, of the 16 x 16 matrix.
static inline void Place(unsigned lane, int i, int* row, int* col) {
  const int element = static_cast<int>(lane) + 32 * i;
  *row = element / 16;
  *col = element % 16;
}

template <class Fragment>
auto& At(int row, int col) {
  const int element = row * 16 + col;
  return static_cast<Fragment*>(*cuda_emulation::ExchangeSlotOf(element % 32))->x[element / 32];
}

// The whole matrix of a fragment, seen by every lane.
template <class Fragment>
void Collect(const Fragment& fragment, float (&matrix)[16][16]) {
  *cuda_emulation::ExchangeSlot() = const_cast<Fragment*>(&fragment);
  cuda_emulation::WarpBarrier();
  for (int row = 0; row < 16; ++row) {
    for (int col = 0; col < 16; ++col) matrix[row][col] = __half2float(At<Fragment>(row, col));
  }
  cuda_emulation::WarpBarrier();
}

}  // namespace emulation

template <class Fragment, typename T>
void fill_fragment(Fragment& fragment, T value) {
  for (auto& element : fragment.x) element = value;
}

template <class Use, class Layout>
void load_matrix_sync(fragment<Use, 16, 16, 16, __half, Layout>& to, const __half* from,
                      unsigned stride) {
  if (reinterpret_cast<uintptr_t>(from) % 32 != 0 || stride % 8 != 0) {
    fprintf(
        stderr,
        "wmma::load_matrix_sync: address must be a multiple of 32 bytes, stride of 8 elements\n");
    abort();
  }
  const bool rows = sizeof(Layout) && __is_same(Layout, row_major);
  for (int i = 0; i < 8; ++i) {
    int row, col;
    emulation::Place(cuda_emulation::Lane(), i, &row, &col);
    to.x[i] = rows ? from[row * stride + col] : from[col * stride + row];
  }
  cuda_emulation::WarpBarrier();
}

static inline void load_matrix_sync(fragment<accumulator, 16, 16, 16, float>& to, const float* from,
                                    unsigned stride, layout_t layout) {
  for (int i = 0; i < 8; ++i) {
    int row, col;
    emulation::Place(cuda_emulation::Lane(), i, &row, &col);
    to.x[i] = layout == mem_row_major ? from[row * stride + col] : from[col * stride + row];
  }
  cuda_emulation::WarpBarrier();
}

static inline void store_matrix_sync(float* to,
                                     const fragment<accumulator, 16, 16, 16, float>& from,
                                     unsigned stride, layout_t layout) {
  for (int i = 0; i < 8; ++i) {
    int row, col;
    emulation::Place(cuda_emulation::Lane(), i, &row, &col);
    (layout == mem_row_major ? to[row * stride + col] : to[col * stride + row]) = from.x[i];
  }
  cuda_emulation::WarpBarrier();
}

template <class LayoutA, class LayoutB>
void mma_sync(fragment<accumulator, 16, 16, 16, float>& d,
              const fragment<matrix_a, 16, 16, 16, __half, LayoutA>& a,
              const fragment<matrix_b, 16, 16, 16, __half, LayoutB>& b,
              const fragment<accumulator, 16, 16, 16, float>& c) {
  float left[16][16], right[16][16];
  emulation::Collect(a, left);
  emulation::Collect(b, right);
  for (int i = 0; i < 8; ++i) {
    int row, col;
    emulation::Place(cuda_emulation::Lane(), i, &row, &col);
    float sum = 0.0f;
    for (int k = 0; k < 16; ++k) sum += left[row][k] * right[k][col];
    d.x[i] = c.x[i] + sum;
  }
}

}  // namespace wmma
}  // namespace nvcuda

#endif  // FUSED_OPS_TESTS_CUDA_EMULATION_WMMA_H_
