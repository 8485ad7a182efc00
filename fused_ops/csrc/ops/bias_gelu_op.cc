// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_gelu_kernels.h"

#include "op_common.h"

namespace fused_ops {

REGISTER_OP("BertBiasGelu")
    .Input("x: T")
    .Input("bias: float")
    .Output("y: T")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x;
      TF_RETURN_IF_ERROR(c->WithRankAtLeast(c->input(0), 1, &x));
      DimensionHandle last = c->Dim(x, -1);
      TF_RETURN_IF_ERROR(MergeVector(c, 1, &last));
      TF_RETURN_IF_ERROR(c->ReplaceDim(x, -1, last, &x));
      c->set_output(0, x);
      return Status();
    })
    .Doc("y = gelu(x + bias), the exact (erf) form; x [.., C], bias [C].");

REGISTER_OP("BertBiasGeluGrad")
    .Input("dy: T")
    .Input("x: T")
    .Input("bias: float")
    .Output("dx: T")
    .Output("dbias: float")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x;
      TF_RETURN_IF_ERROR(c->Merge(c->input(0), c->input(1), &x));
      c->set_output(0, x);
      c->set_output(1, c->input(2));
      return Status();
    });

namespace {

template <class Device, typename T>
class BiasGeluOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &bias = context->input(1);
    OP_REQUIRES_OK(context, CheckRows("bias_gelu", "x", x));
    OP_REQUIRES_OK(context, CheckVector("bias_gelu", "bias", bias, LastDimension(x)));
    Tensor* y;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &y));
    FUSED_OPS_RUN(context, Device, T, BiasGeluCpu, Forward, fused_bias_gelu_forward_cuda, RowsOf(x),
                  LastDimension(x), DataOf<T>(x), DataOf<float>(bias), MutableDataOf<T>(y));
  }
};

template <class Device, typename T>
class BiasGeluGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &bias = context->input(2);
    OP_REQUIRES_OK(context, CheckRows("bias_gelu gradient", "x", x));
    OP_REQUIRES_OK(context, CheckSameShape("bias_gelu gradient", "dy", dy, "x", x));
    OP_REQUIRES_OK(context, CheckVector("bias_gelu gradient", "bias", bias, LastDimension(x)));
    Tensor *dx, *dbias, partials;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, bias.shape(), &dbias));
    const TensorShape partials_shape({PartialsOf<Device>(RowsOf(x)), LastDimension(x)});
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, partials_shape, &partials));
    FUSED_OPS_RUN(context, Device, T, BiasGeluCpu, Backward, fused_bias_gelu_backward_cuda,
                  RowsOf(x), LastDimension(x), DataOf<T>(dy), DataOf<T>(x), DataOf<float>(bias),
                  MutableDataOf<T>(dx), MutableDataOf<float>(dbias),
                  MutableDataOf<float>(&partials));
  }
};

FUSED_OPS_REGISTER("BertBiasGelu", BiasGeluOp);
FUSED_OPS_REGISTER("BertBiasGeluGrad", BiasGeluGradOp);

}  // namespace
}  // namespace fused_ops
