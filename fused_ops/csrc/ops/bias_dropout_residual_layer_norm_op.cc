// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "bias_dropout_residual_layer_norm_kernels.h"

#include "op_common.h"

namespace fused_ops {

REGISTER_OP("BertBiasDropoutResidualLayerNorm")
    .Input("x: T")
    .Input("bias: float")
    .Input("residual: T")
    .Input("gamma: float")
    .Input("beta: float")
    .Input("random_state: int64")
    .Output("y: T")
    .Output("mean: float")
    .Output("rstd: float")
    .Attr(FUSED_OPS_T)
    .Attr("dropout_rate: float")
    .Attr("epsilon: float = 1e-12")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x, statistics, state;
      TF_RETURN_IF_ERROR(c->Merge(c->input(0), c->input(2), &x));
      TF_RETURN_IF_ERROR(c->WithRankAtLeast(x, 1, &x));
      DimensionHandle last = c->Dim(x, -1);
      for (int parameter : {1, 3, 4}) TF_RETURN_IF_ERROR(MergeVector(c, parameter, &last));
      TF_RETURN_IF_ERROR(c->ReplaceDim(x, -1, last, &x));
      TF_RETURN_IF_ERROR(c->Subshape(x, 0, -1, &statistics));
      TF_RETURN_IF_ERROR(c->Merge(c->input(5), c->Vector(2), &state));
      c->set_output(0, x);
      c->set_output(1, statistics);
      c->set_output(2, statistics);
      return Status();
    })
    .Doc(
        "y = LayerNorm(residual + dropout(x + bias)); x, residual [.., C], bias, gamma, beta [C].");

REGISTER_OP("BertBiasDropoutResidualLayerNormGrad")
    .Input("dy: T")
    .Input("x: T")
    .Input("bias: float")
    .Input("residual: T")
    .Input("gamma: float")
    .Input("mean: float")
    .Input("rstd: float")
    .Input("random_state: int64")
    .Output("dx: T")
    .Output("dbias: float")
    .Output("dresidual: T")
    .Output("dgamma: float")
    .Output("dbeta: float")
    .Attr(FUSED_OPS_T)
    .Attr("dropout_rate: float")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x;
      TF_RETURN_IF_ERROR(c->Merge(c->input(0), c->input(1), &x));
      c->set_output(0, x);
      c->set_output(1, c->input(2));
      c->set_output(2, x);
      c->set_output(3, c->input(4));
      c->set_output(4, c->input(4));
      return Status();
    });

namespace {

const char kName[] = "bias_dropout_residual_layer_norm";
const char kGradientName[] = "bias_dropout_residual_layer_norm gradient";

// x, residual and the vectors fit together.
Status CheckInputs(const char* op, const Tensor& x, const Tensor& bias, const Tensor& residual,
                   const Tensor& gamma, const Tensor& random_state) {
  TF_RETURN_IF_ERROR(CheckRows(op, "x", x));
  TF_RETURN_IF_ERROR(CheckSameShape(op, "x", x, "residual", residual));
  TF_RETURN_IF_ERROR(CheckVector(op, "bias", bias, LastDimension(x)));
  TF_RETURN_IF_ERROR(CheckVector(op, "gamma", gamma, LastDimension(x)));
  return CheckRandomState(op, random_state);
}

template <class Device, typename T>
class ForwardOp : public OpKernel {
 public:
  explicit ForwardOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, GetDropoutRate(context, kName, &dropout_rate_));
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &bias = context->input(1), &residual = context->input(2);
    const Tensor &gamma = context->input(3), &beta = context->input(4),
                 &random_state = context->input(5);
    OP_REQUIRES_OK(context, CheckInputs(kName, x, bias, residual, gamma, random_state));
    OP_REQUIRES_OK(context, CheckVector(kName, "beta", beta, LastDimension(x)));
    Tensor *y, *mean, *rstd;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0, 2}, 0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, WithoutLastDimension(x), &mean));
    OP_REQUIRES_OK(context, context->allocate_output(2, WithoutLastDimension(x), &rstd));
    FUSED_OPS_RUN(context, Device, T, BiasDropoutResidualLayerNormCpu, Forward,
                  fused_bias_dropout_residual_layer_norm_forward_cuda, RowsOf(x), LastDimension(x),
                  DropoutOf(dropout_rate_, random_state), epsilon_, DataOf<T>(x),
                  DataOf<float>(bias), DataOf<T>(residual), DataOf<float>(gamma),
                  DataOf<float>(beta), MutableDataOf<T>(y), MutableDataOf<float>(mean),
                  MutableDataOf<float>(rstd));
  }

 private:
  float dropout_rate_, epsilon_;
};

template <class Device, typename T>
class BackwardOp : public OpKernel {
 public:
  explicit BackwardOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, GetDropoutRate(context, kGradientName, &dropout_rate_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &bias = context->input(2);
    const Tensor &residual = context->input(3), &gamma = context->input(4),
                 &mean = context->input(5);
    const Tensor &rstd = context->input(6), &random_state = context->input(7);
    OP_REQUIRES_OK(context, CheckInputs(kGradientName, x, bias, residual, gamma, random_state));
    OP_REQUIRES_OK(context, CheckSameShape(kGradientName, "dy", dy, "x", x));
    OP_REQUIRES_OK(context, CheckRowValues(kGradientName, "mean", mean, x));
    OP_REQUIRES_OK(context, CheckRowValues(kGradientName, "rstd", rstd, x));
    Tensor *dx, *dbias, *dresidual, *dgamma, *dbeta, partials;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({1}, 0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, bias.shape(), &dbias));
    OP_REQUIRES_OK(context,
                   context->forward_input_or_allocate_output({0, 3}, 2, x.shape(), &dresidual));
    OP_REQUIRES_OK(context, context->allocate_output(3, gamma.shape(), &dgamma));
    OP_REQUIRES_OK(context, context->allocate_output(4, gamma.shape(), &dbeta));
    const TensorShape partials_shape({3, PartialsOf<Device>(RowsOf(x)), LastDimension(x)});
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, partials_shape, &partials));
    FUSED_OPS_RUN(
        context, Device, T, BiasDropoutResidualLayerNormCpu, Backward,
        fused_bias_dropout_residual_layer_norm_backward_cuda, RowsOf(x), LastDimension(x),
        DropoutOf(dropout_rate_, random_state), DataOf<T>(dy), DataOf<T>(x), DataOf<float>(bias),
        DataOf<T>(residual), DataOf<float>(gamma), DataOf<float>(mean), DataOf<float>(rstd),
        MutableDataOf<T>(dx), MutableDataOf<float>(dbias), MutableDataOf<T>(dresidual),
        MutableDataOf<float>(dgamma), MutableDataOf<float>(dbeta), MutableDataOf<float>(&partials));
  }

 private:
  float dropout_rate_;
};

FUSED_OPS_REGISTER_HOST("BertBiasDropoutResidualLayerNorm", ForwardOp, .HostMemory("random_state"));
FUSED_OPS_REGISTER_HOST("BertBiasDropoutResidualLayerNormGrad", BackwardOp,
                        .HostMemory("random_state"));

}  // namespace
}  // namespace fused_ops
