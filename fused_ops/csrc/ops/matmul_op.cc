// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "matmul_kernels.h"

#include "op_common.h"

namespace fused_ops {

REGISTER_OP("BertMatMul")
    .Input("a: T")
    .Input("b: T")
    .Output("c: T")
    .Attr("T: {float, half}")
    .Attr("transpose_a: bool = false")
    .Attr("transpose_b: bool = false")
    .Attr("round_to_bfloat16: bool = false")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle a, b;
      bool transpose_a, transpose_b;
      TF_RETURN_IF_ERROR(c->GetAttr("transpose_a", &transpose_a));
      TF_RETURN_IF_ERROR(c->GetAttr("transpose_b", &transpose_b));
      TF_RETURN_IF_ERROR(c->WithRank(c->input(0), 2, &a));
      TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 2, &b));
      DimensionHandle depth;
      TF_RETURN_IF_ERROR(
          c->Merge(c->Dim(a, transpose_a ? 0 : 1), c->Dim(b, transpose_b ? 1 : 0), &depth));
      c->set_output(0, c->Matrix(c->Dim(a, transpose_a ? 1 : 0), c->Dim(b, transpose_b ? 0 : 1)));
      return Status();
    })
    .Doc(
        "c = op(a) op(b), where op transposes if asked to, and rounds to bfloat16 if asked to "
        "(float "
        "only); CPU only.");

namespace {

template <class Device, typename T>
class MatMulOp : public OpKernel {
 public:
  explicit MatMulOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("transpose_a", &transpose_a_));
    OP_REQUIRES_OK(context, context->GetAttr("transpose_b", &transpose_b_));
    OP_REQUIRES_OK(context, context->GetAttr("round_to_bfloat16", &bfloat16_));
    OP_REQUIRES(context, !bfloat16_ || kFloat,
                InvalidArgument("matmul: bfloat16 needs operands of type float"));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &a = context->input(0), &b = context->input(1);
    OP_REQUIRES(context, a.dims() == 2 && b.dims() == 2,
                InvalidArgument("matmul: a and b must be matrices, not ", a.shape().DebugString(),
                                " and ", b.shape().DebugString()));
    MatMulProblem p;
    p.transpose_a = transpose_a_;
    p.transpose_b = transpose_b_;
    p.bfloat16 = bfloat16_;
    p.rows = a.dim_size(transpose_a_ ? 1 : 0);
    p.depth = a.dim_size(transpose_a_ ? 0 : 1);
    p.cols = b.dim_size(transpose_b_ ? 0 : 1);
    OP_REQUIRES(context, b.dim_size(transpose_b_ ? 1 : 0) == p.depth,
                InvalidArgument("matmul: the inner dimensions of a and b must be equal: ",
                                a.shape().DebugString(), transpose_a_ ? " transposed" : "", ", ",
                                b.shape().DebugString(), transpose_b_ ? " transposed" : ""));
    Tensor *c, scratch, floats;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({p.rows, p.cols}), &c));
    if (c->NumElements() == 0) return;
    const int64 slots = context->device()->tensorflow_cpu_worker_threads()->num_threads;
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT,
                                                   TensorShape({slots, kMatMulScratch}), &scratch));
    const int64 converted = kFloat ? 0 : a.NumElements() + b.NumElements() + c->NumElements();
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, TensorShape({converted}), &floats));
    typedef typename KernelTypeOf<T>::Type Type;
    if (bfloat16_ && HasCpuBFloat16()) {
      MatMulCpu<Avx512Bf16, Type>::Multiply(
          ThreadsOf(context), p, DataOf<T>(a), DataOf<T>(b), MutableDataOf<T>(c), slots,
          MutableDataOf<float>(&scratch), MutableDataOf<float>(&floats));
      return;
    }
    FUSED_OPS_CPU_CALL(MatMulCpu, Type, Multiply, ThreadsOf(context), p, DataOf<T>(a), DataOf<T>(b),
                       MutableDataOf<T>(c), slots, MutableDataOf<float>(&scratch),
                       MutableDataOf<float>(&floats));
  }

 private:
  static constexpr bool kFloat = std::is_same<T, float>::value;
  bool transpose_a_, transpose_b_, bfloat16_;
};

FUSED_OPS_REGISTER_TYPE("BertMatMul", MatMulOp, float);
FUSED_OPS_REGISTER_TYPE("BertMatMul", MatMulOp, Eigen::half);

}  // namespace
}  // namespace fused_ops
