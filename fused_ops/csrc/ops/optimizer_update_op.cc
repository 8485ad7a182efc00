// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "optimizer_update_kernels.h"

#include "op_common.h"

namespace fused_ops {

namespace {

// parameter, m, v and gradient of one shape; then `scalars` scalars.
Status UpdateShapes(InferenceContext* c, int scalars) {
  ShapeHandle shape = c->input(0), unused;
  for (int i = 1; i < 4; ++i) TF_RETURN_IF_ERROR(c->Merge(shape, c->input(i), &shape));
  for (int i = 4; i < 4 + scalars; ++i) TF_RETURN_IF_ERROR(c->WithRank(c->input(i), 0, &unused));
  return Status();
}

}  // namespace

#define FUSED_UPDATE_OP(name, corrections, scalars, doc)                        \
  REGISTER_OP(name)                                                             \
      .Input("parameter: Ref(float)")                                           \
      .Input("m: Ref(float)")                                                   \
      .Input("v: Ref(float)")                                                   \
      .Input("gradient: T")                                                     \
      .Input("learning_rate: float")                                            \
      .Input("gradient_scale: float") corrections.Attr(FUSED_OPS_T)             \
      .Attr("beta_1: float")                                                    \
      .Attr("rest_1: float")                                                    \
      .Attr("beta_2: float")                                                    \
      .Attr("rest_2: float")                                                    \
      .Attr("epsilon: float")                                                   \
      .Attr("weight_decay_rate: float")                                         \
      .Attr("adapts: bool = false")                                             \
      .SetIsStateful()                                                          \
      .SetShapeFn([](InferenceContext* c) { return UpdateShapes(c, scalars); }) \
      .Doc(doc)

FUSED_UPDATE_OP("BertAdamW", , 2,
                "One AdamW step on a reference variable and its moments, in place.");
FUSED_UPDATE_OP("BertLamb", .Input("m_correction: float").Input("v_correction: float"), 4,
                "One LAMB step on a reference variable and its moments, in place.");

namespace {

constexpr char kName[] = "optimizer_update";

// Both ops: BertLamb has two more scalars and may adapt.
template <class Device, typename T>
class OptimizerUpdateOp : public OpKernel {
 public:
  explicit OptimizerUpdateOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("beta_1", &rule_.beta_1));
    OP_REQUIRES_OK(context, context->GetAttr("rest_1", &rule_.rest_1));
    OP_REQUIRES_OK(context, context->GetAttr("beta_2", &rule_.beta_2));
    OP_REQUIRES_OK(context, context->GetAttr("rest_2", &rule_.rest_2));
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &rule_.epsilon));
    OP_REQUIRES_OK(context, context->GetAttr("weight_decay_rate", &rule_.weight_decay));
    OP_REQUIRES_OK(context, context->GetAttr("adapts", &rule_.adapts));
  }

  void Compute(OpKernelContext* context) override {
    static const char* const kNames[] = {"parameter", "m", "v"};
    const Tensor& gradient = context->input(3);
    Tensor variables[3];
    for (int i = 0; i < 3; ++i) {
      variables[i] = context->mutable_input(i, false);  // TensorFlow has refused uninitialized ones
      OP_REQUIRES_OK(context, CheckSameShape(kName, "gradient", gradient, kNames[i], variables[i]));
    }
    UpdateScalars scalars = {};
    OP_REQUIRES_OK(context, ReadScalar(context, 4, "learning_rate", &scalars.learning_rate));
    OP_REQUIRES_OK(context, ReadScalar(context, 5, "gradient_scale", &scalars.gradient_scale));
    if (context->num_inputs() > 6) {
      OP_REQUIRES_OK(context, ReadScalar(context, 6, "m_correction", &scalars.m_correction));
      OP_REQUIRES_OK(context, ReadScalar(context, 7, "v_correction", &scalars.v_correction));
    }
    const auto size = gradient.NumElements();
    Tensor partials;
    tensorflow::int64 chunks = NormChunks(size);
#ifdef FUSED_OPS_CUDA
    if (!std::is_same<Device, CpuDevice>::value) chunks = fused_norm_blocks_cuda(size);
#endif
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT,
                                          TensorShape({2, rule_.adapts ? chunks : 0}), &partials));
    FUSED_OPS_RUN(context, Device, T, OptimizerUpdateCpu, Update, fused_optimizer_update_cuda, size,
                  rule_, scalars, DataOf<T>(gradient), MutableDataOf<float>(&variables[0]),
                  MutableDataOf<float>(&variables[1]), MutableDataOf<float>(&variables[2]),
                  MutableDataOf<float>(&partials));
  }

 private:
  static Status ReadScalar(OpKernelContext* context, int index, const char* name,
                           const float** scalar) {
    const Tensor& tensor = context->input(index);
    *scalar = DataOf<float>(tensor);
    if (tensor.dims() == 0) return Status();
    return InvalidArgument(kName, ": ", name, " must be a scalar, not of shape ",
                           tensor.shape().DebugString());
  }

  UpdateRule rule_;
};

FUSED_OPS_REGISTER("BertAdamW", OptimizerUpdateOp);
FUSED_OPS_REGISTER("BertLamb", OptimizerUpdateOp);

}  // namespace
}  // namespace fused_ops
