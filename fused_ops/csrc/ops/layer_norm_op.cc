// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "layer_norm_kernels.h"

#include "op_common.h"

namespace fused_ops {

REGISTER_OP("BertLayerNorm")
    .Input("x: T")
    .Input("gamma: float")
    .Input("beta: float")
    .Output("y: T")
    .Output("mean: float")
    .Output("rstd: float")
    .Attr(FUSED_OPS_T)
    .Attr("epsilon: float = 1e-12")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x, statistics;
      TF_RETURN_IF_ERROR(c->WithRankAtLeast(c->input(0), 1, &x));
      DimensionHandle last = c->Dim(x, -1);
      TF_RETURN_IF_ERROR(MergeVector(c, 1, &last));
      TF_RETURN_IF_ERROR(MergeVector(c, 2, &last));
      TF_RETURN_IF_ERROR(c->ReplaceDim(x, -1, last, &x));
      TF_RETURN_IF_ERROR(c->Subshape(x, 0, -1, &statistics));
      c->set_output(0, x);
      c->set_output(1, statistics);
      c->set_output(2, statistics);
      return Status();
    })
    .Doc(
        "y = (x - mean) * rstd * gamma + beta over the last dimension; x [.., C], gamma, beta [C], "
        "mean, rstd [..].");

REGISTER_OP("BertLayerNormGrad")
    .Input("dy: T")
    .Input("x: T")
    .Input("gamma: float")
    .Input("mean: float")
    .Input("rstd: float")
    .Output("dx: T")
    .Output("dgamma: float")
    .Output("dbeta: float")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x;
      TF_RETURN_IF_ERROR(c->Merge(c->input(0), c->input(1), &x));
      c->set_output(0, x);
      c->set_output(1, c->input(2));
      c->set_output(2, c->input(2));
      return Status();
    });

namespace {

template <class Device, typename T>
class LayerNormOp : public OpKernel {
 public:
  explicit LayerNormOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &gamma = context->input(1), &beta = context->input(2);
    OP_REQUIRES_OK(context, CheckRows("layer_norm", "x", x));
    OP_REQUIRES_OK(context, CheckVector("layer_norm", "gamma", gamma, LastDimension(x)));
    OP_REQUIRES_OK(context, CheckVector("layer_norm", "beta", beta, LastDimension(x)));
    Tensor *y, *mean, *rstd;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, WithoutLastDimension(x), &mean));
    OP_REQUIRES_OK(context, context->allocate_output(2, WithoutLastDimension(x), &rstd));
    FUSED_OPS_RUN(context, Device, T, LayerNormCpu, Forward, fused_layer_norm_forward_cuda,
                  RowsOf(x), LastDimension(x), epsilon_, DataOf<T>(x), DataOf<float>(gamma),
                  DataOf<float>(beta), MutableDataOf<T>(y), MutableDataOf<float>(mean),
                  MutableDataOf<float>(rstd));
  }

 private:
  float epsilon_;
};

template <class Device, typename T>
class LayerNormGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &gamma = context->input(2);
    const Tensor &mean = context->input(3), &rstd = context->input(4);
    OP_REQUIRES_OK(context, CheckRows("layer_norm gradient", "x", x));
    OP_REQUIRES_OK(context, CheckSameShape("layer_norm gradient", "dy", dy, "x", x));
    OP_REQUIRES_OK(context, CheckVector("layer_norm gradient", "gamma", gamma, LastDimension(x)));
    OP_REQUIRES_OK(context, CheckRowValues("layer_norm gradient", "mean", mean, x));
    OP_REQUIRES_OK(context, CheckRowValues("layer_norm gradient", "rstd", rstd, x));
    Tensor *dx, *dgamma, *dbeta, partials;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, gamma.shape(), &dgamma));
    OP_REQUIRES_OK(context, context->allocate_output(2, gamma.shape(), &dbeta));
    const TensorShape partials_shape({2, PartialsOf<Device>(RowsOf(x)), LastDimension(x)});
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, partials_shape, &partials));
    FUSED_OPS_RUN(context, Device, T, LayerNormCpu, Backward, fused_layer_norm_backward_cuda,
                  RowsOf(x), LastDimension(x), DataOf<T>(dy), DataOf<T>(x), DataOf<float>(gamma),
                  DataOf<float>(mean), DataOf<float>(rstd), MutableDataOf<T>(dx),
                  MutableDataOf<float>(dgamma), MutableDataOf<float>(dbeta),
                  MutableDataOf<float>(&partials));
  }
};

FUSED_OPS_REGISTER("BertLayerNorm", LayerNormOp);
FUSED_OPS_REGISTER("BertLayerNormGrad", LayerNormGradOp);

}  // namespace
}  // namespace fused_ops
