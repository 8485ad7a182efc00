// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
// What every <op>_op.cc shares: TensorFlow's thread pool and stream as the kernels want them, and
// checks.
#ifndef FUSED_OPS_OP_COMMON_H_
#define FUSED_OPS_OP_COMMON_H_

#include <type_traits>

#include "cpu/cpu_isa.h"
#include "dropout.h"
#include "half.h"
#include "parallel.h"
#include "reduction_kernels.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tensorflow/core/public/version.h"
#include "tensorflow/core/util/work_sharder.h"
#ifdef FUSED_OPS_CUDA
#include "tensorflow/core/platform/stream_executor.h"
#endif

namespace fused_ops {

// Names that the op files share.
using tensorflow::int32;
using tensorflow::int64;
using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Status;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::errors::InvalidArgument;
using tensorflow::shape_inference::DimensionHandle;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

// The element types of an op. bfloat16 from TensorFlow 2.15 on, where it is a type of the GPU's
// other ops too; it has no CPU kernel here.
#if TF_MAJOR_VERSION > 2 || (TF_MAJOR_VERSION == 2 && TF_MINOR_VERSION >= 15)
#define FUSED_OPS_BFLOAT16 1
#define FUSED_OPS_T "T: {float, half, bfloat16}"
#else
#define FUSED_OPS_T "T: {float, half}"
#endif

// TensorFlow's element type -> the kernels' element type (same bits).
template <typename T>
struct KernelTypeOf {
  typedef T Type;
};
template <>
struct KernelTypeOf<Eigen::half> {
  typedef Half Type;
};
#ifdef FUSED_OPS_BFLOAT16
template <>
struct KernelTypeOf<tensorflow::bfloat16> {
  typedef BFloat16 Type;
};
#endif

template <typename T>
const typename KernelTypeOf<T>::Type* DataOf(const Tensor& tensor) {
  return reinterpret_cast<const typename KernelTypeOf<T>::Type*>(tensor.tensor_data().data());
}

template <typename T>
typename KernelTypeOf<T>::Type* MutableDataOf(Tensor* tensor) {
  return const_cast<typename KernelTypeOf<T>::Type*>(DataOf<T>(*tensor));
}

// The session's intra-op pool. Valid as long as the context.
inline Threads ThreadsOf(OpKernelContext* context) {
  const auto* workers = context->device()->tensorflow_cpu_worker_threads();
  Threads threads;
  threads.pool = workers;
  threads.run = [](const void* pool, int64_t total, int64_t cost_per_unit, RangeBody body,
                   void* arg) {
    const auto* cpu = static_cast<const tensorflow::DeviceBase::CpuWorkerThreads*>(pool);
    tensorflow::Shard(cpu->num_threads, cpu->workers, total, cost_per_unit,
                      [body, arg](int64_t begin, int64_t end) { body(arg, begin, end); });
  };
  return threads;
}

// Device argument of the OpKernel templates.
struct CpuDevice {};
struct CudaDevice {};

#ifdef FUSED_OPS_CUDA
// The cudaStream_t of the op's device, without TensorFlow's or CUDA's own GPU headers: the CPU
// packages' headers have this path too, so the same source compiles against any TensorFlow 1.13
// to 2.15.
inline void* CudaStreamOf(OpKernelContext* context) {
  return context->op_device_context()->stream()->implementation()->GpuStreamHack();
}

// A CUDA launcher returns null or the text of the error.
#define FUSED_OPS_CUDA_LAUNCH(context, T, launcher, ...)                                          \
  do {                                                                                            \
    const char* cuda_error =                                                                      \
        launcher(::fused_ops::CudaStreamOf(context),                                              \
                 ::fused_ops::ElementTypeOf<typename ::fused_ops::KernelTypeOf<T>::Type>::kValue, \
                 __VA_ARGS__);                                                                    \
    OP_REQUIRES(context, cuda_error == nullptr,                                                   \
                ::tensorflow::errors::Internal(#launcher ": ", cuda_error));                      \
  } while (0)
#else
#define FUSED_OPS_CUDA_LAUNCH(context, T, launcher, ...) \
  OP_REQUIRES(context, false, ::tensorflow::errors::Internal(#launcher " is not in this build"))
#endif

// Runs the CPU or the CUDA kernel, which take the same arguments after the threads or the stream
// and type. The condition is a constant: for bfloat16, the CPU call is compiled but leaves no
// reference to a kernel that does not exist.
#define FUSED_OPS_RUN(context, Device, T, CpuKernels, method, cuda_launcher, ...)         \
  do {                                                                                    \
    if (std::is_same<Device, ::fused_ops::CpuDevice>::value) {                            \
      FUSED_OPS_CPU_CALL(CpuKernels, typename ::fused_ops::KernelTypeOf<T>::Type, method, \
                         ::fused_ops::ThreadsOf(context), __VA_ARGS__);                   \
    } else {                                                                              \
      FUSED_OPS_CUDA_LAUNCH(context, T, cuda_launcher, __VA_ARGS__);                      \
    }                                                                                     \
  } while (0)

// How many partial sums over rows the device's kernels want room for.
template <class Device>
int64 PartialsOf(int64 rows) {
  if (std::is_same<Device, CpuDevice>::value) return ReductionChunks(rows);
#ifdef FUSED_OPS_CUDA
  return fused_reduction_blocks_cuda(rows);
#else
  return 0;
#endif
}

// Registers Kernel<CpuDevice, T>, and Kernel<CudaDevice, T> where the build has CUDA, for T = float
// and half, and the latter for bfloat16 where TensorFlow has it. host_memory: .HostMemory("name")
// calls for the small inputs that the CUDA launcher reads on the host.
#define FUSED_OPS_REGISTER_TYPE(name, Kernel, type)                                            \
  REGISTER_KERNEL_BUILDER(Name(name).Device(tensorflow::DEVICE_CPU).TypeConstraint<type>("T"), \
                          Kernel<CpuDevice, type>)
#ifdef FUSED_OPS_CUDA
#define FUSED_OPS_REGISTER_CUDA_TYPE(name, Kernel, type, host_memory)                  \
  REGISTER_KERNEL_BUILDER(                                                             \
      Name(name).Device(tensorflow::DEVICE_GPU).TypeConstraint<type>("T") host_memory, \
      Kernel<CudaDevice, type>)
#else
#define FUSED_OPS_REGISTER_CUDA_TYPE(name, Kernel, type, host_memory) \
  static_assert(true, "CPU-only build")
#endif
#ifdef FUSED_OPS_BFLOAT16
#define FUSED_OPS_REGISTER_BFLOAT16(name, Kernel, host_memory) \
  FUSED_OPS_REGISTER_CUDA_TYPE(name, Kernel, tensorflow::bfloat16, host_memory)
#else
#define FUSED_OPS_REGISTER_BFLOAT16(name, Kernel, host_memory) \
  static_assert(true, "no bfloat16 in this TensorFlow")
#endif
#define FUSED_OPS_REGISTER_HOST(name, Kernel, host_memory)              \
  FUSED_OPS_REGISTER_TYPE(name, Kernel, float);                         \
  FUSED_OPS_REGISTER_TYPE(name, Kernel, Eigen::half);                   \
  FUSED_OPS_REGISTER_CUDA_TYPE(name, Kernel, float, host_memory);       \
  FUSED_OPS_REGISTER_CUDA_TYPE(name, Kernel, Eigen::half, host_memory); \
  FUSED_OPS_REGISTER_BFLOAT16(name, Kernel, host_memory)
#define FUSED_OPS_REGISTER(name, Kernel) FUSED_OPS_REGISTER_HOST(name, Kernel, )

// Merges the last dimension of a shape with the only dimension of input `index`; puts the result in
// *last.
inline Status MergeVector(InferenceContext* c, int index, DimensionHandle* last) {
  ShapeHandle vector;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(index), 1, &vector));
  return c->Merge(*last, c->Dim(vector, 0), last);
}

// gamma, beta and bias: float32 vectors of the last dimension's length.
inline Status CheckVector(const char* op, const char* name, const Tensor& vector, int64 length) {
  if (vector.dims() == 1 && vector.dim_size(0) == length) return Status();
  return InvalidArgument(op, ": ", name, " must have shape [", length,
                         "], the last dimension of x, not ", vector.shape().DebugString());
}

// [.., C] as rows x C. An op that works on the last dimension calls CheckRows first.
inline int64 LastDimension(const Tensor& x) { return x.dim_size(x.dims() - 1); }
inline int64 RowsOf(const Tensor& x) { return x.NumElements() / LastDimension(x); }

inline TensorShape WithoutLastDimension(const Tensor& x) {
  TensorShape shape = x.shape();
  shape.RemoveDim(shape.dims() - 1);
  return shape;
}

inline Status CheckRows(const char* op, const char* name, const Tensor& x) {
  if (x.dims() >= 1 && LastDimension(x) >= 1) return Status();
  return InvalidArgument(op, ": ", name, " must have at least one dimension and a last ",
                         "dimension of at least 1, not shape ", x.shape().DebugString());
}

// Statistics: one value a row of x.
inline Status CheckRowValues(const char* op, const char* name, const Tensor& values,
                             const Tensor& x) {
  if (values.NumElements() == RowsOf(x)) return Status();
  return InvalidArgument(op, ": ", name, " must have one value for each of the ", RowsOf(x),
                         " rows of x, not shape ", values.shape().DebugString());
}

inline Status CheckSameShape(const char* op, const char* name_a, const Tensor& a,
                             const char* name_b, const Tensor& b) {
  if (a.shape() == b.shape()) return Status();
  return InvalidArgument(op, ": ", name_a, " and ", name_b, " must have the same shape, not ",
                         a.shape().DebugString(), " and ", b.shape().DebugString());
}

// The attribute `dropout_rate` of an op with dropout.
inline Status GetDropoutRate(OpKernelConstruction* context, const char* op, float* rate) {
  TF_RETURN_IF_ERROR(context->GetAttr("dropout_rate", rate));
  if (*rate >= 0.0f && *rate < 1.0f) return Status();
  return InvalidArgument(op, ": dropout_rate must be in [0, 1), not ", *rate);
}

// The input `random_state`: seed and offset, on the host.
inline Status CheckRandomState(const char* op, const Tensor& state) {
  if (state.dims() == 1 && state.dim_size(0) == 2) return Status();
  return InvalidArgument(op, ": random_state must have shape [2], not ",
                         state.shape().DebugString());
}

inline Dropout DropoutOf(float rate, const Tensor& random_state) {
  const auto state = random_state.vec<int64>();
  return MakeDropout(rate, state(0), state(1));
}

}  // namespace fused_ops

#endif  // FUSED_OPS_OP_COMMON_H_
