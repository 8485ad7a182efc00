// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "softmax_cross_entropy_kernels.h"

#include "op_common.h"

namespace fused_ops {

namespace {

// Merges the logits' rows with the vectors among the inputs [first, last).
Status LogitsShape(InferenceContext* c, int logits_index, int first, int last,
                   ShapeHandle* logits) {
  TF_RETURN_IF_ERROR(c->WithRank(c->input(logits_index), 2, logits));
  DimensionHandle rows = c->Dim(*logits, 0);
  for (int i = first; i < last; ++i) {
    if (i != logits_index) TF_RETURN_IF_ERROR(MergeVector(c, i, &rows));
  }
  return c->ReplaceDim(*logits, 0, rows, logits);
}

}  // namespace

REGISTER_OP("BertSoftmaxCrossEntropy")
    .Input("logits: T")
    .Input("labels: int32")
    .Input("weights: float")
    .Output("losses: float")
    .Output("statistics: float")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle logits;
      TF_RETURN_IF_ERROR(LogitsShape(c, 0, 0, 3, &logits));
      c->set_output(0, c->Vector(c->Dim(logits, 0)));
      c->set_output(1, c->Matrix(2, c->Dim(logits, 0)));
      return Status();
    })
    .Doc(
        "losses = weights * -log(softmax(logits)[labels]); logits [M, V], labels, weights, losses "
        "[M], statistics "
        "[2, M].");

REGISTER_OP("BertSoftmaxCrossEntropyGrad")
    .Input("dlosses: float")
    .Input("logits: T")
    .Input("labels: int32")
    .Input("weights: float")
    .Input("statistics: float")
    .Output("dlogits: T")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle logits;
      TF_RETURN_IF_ERROR(LogitsShape(c, 1, 0, 4, &logits));
      c->set_output(0, logits);
      return Status();
    });

namespace {

constexpr char kName[] = "softmax_cross_entropy";

Status CheckLogits(const Tensor& logits) {
  if (logits.dims() == 2 && logits.dim_size(1) >= 1) return Status();
  return InvalidArgument(kName, ": logits must have shape [M, V] with V at least 1, not ",
                         logits.shape().DebugString());
}

Status CheckRowVector(const char* name, const Tensor& vector, const Tensor& logits) {
  if (vector.dims() == 1 && vector.dim_size(0) == logits.dim_size(0)) return Status();
  return InvalidArgument(kName, ": ", name, " must have shape [", logits.dim_size(0),
                         "], one for each row of logits, "
                         "not ",
                         vector.shape().DebugString());
}

// Only where the labels are in the host's memory; on a GPU a wrong label makes its row NaN.
Status CheckLabels(const Tensor& labels, int64 classes) {
  const auto values = labels.vec<int32_t>();
  for (int64 i = 0; i < values.size(); ++i) {
    if (values(i) < 0 || values(i) >= classes) {
      return InvalidArgument(kName, ": label ", values(i), " of row ", i, " is not in [0, ",
                             classes, ")");
    }
  }
  return Status();
}

template <class Device>
Status CheckInputs(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  TF_RETURN_IF_ERROR(CheckLogits(logits));
  TF_RETURN_IF_ERROR(CheckRowVector("labels", labels, logits));
  TF_RETURN_IF_ERROR(CheckRowVector("weights", weights, logits));
  return std::is_same<Device, CpuDevice>::value ? CheckLabels(labels, logits.dim_size(1))
                                                : Status();
}

template <class Device, typename T>
class SoftmaxCrossEntropyOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &logits = context->input(0), &labels = context->input(1),
                 &weights = context->input(2);
    OP_REQUIRES_OK(context, CheckInputs<Device>(logits, labels, weights));
    const int64 rows = logits.dim_size(0);
    Tensor *losses, *statistics;
    OP_REQUIRES_OK(context, context->allocate_output(0, labels.shape(), &losses));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({2, rows}), &statistics));
    FUSED_OPS_RUN(context, Device, T, SoftmaxCrossEntropyCpu, Forward,
                  fused_softmax_cross_entropy_forward_cuda, rows, logits.dim_size(1),
                  DataOf<T>(logits), DataOf<int32_t>(labels), DataOf<float>(weights),
                  MutableDataOf<float>(losses), MutableDataOf<float>(statistics));
  }
};

template <class Device, typename T>
class SoftmaxCrossEntropyGradOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &dlosses = context->input(0), &logits = context->input(1),
                 &labels = context->input(2);
    const Tensor &weights = context->input(3), &statistics = context->input(4);
    OP_REQUIRES_OK(context, CheckInputs<Device>(logits, labels, weights));
    OP_REQUIRES_OK(context, CheckRowVector("dlosses", dlosses, logits));
    const int64 rows = logits.dim_size(0);
    OP_REQUIRES(context, statistics.NumElements() == 2 * rows,
                InvalidArgument(kName, ": statistics must have shape [2,", rows, "], not ",
                                statistics.shape().DebugString()));
    Tensor* dlogits;  // in the logits' own memory where nothing else needs them: the largest tensor
                      // of the model
    OP_REQUIRES_OK(context,
                   context->forward_input_or_allocate_output({1}, 0, logits.shape(), &dlogits));
    FUSED_OPS_RUN(context, Device, T, SoftmaxCrossEntropyCpu, Backward,
                  fused_softmax_cross_entropy_backward_cuda, rows, logits.dim_size(1),
                  DataOf<float>(dlosses), DataOf<T>(logits), DataOf<int32_t>(labels),
                  DataOf<float>(weights), DataOf<float>(statistics), MutableDataOf<T>(dlogits));
  }
};

FUSED_OPS_REGISTER("BertSoftmaxCrossEntropy", SoftmaxCrossEntropyOp);
FUSED_OPS_REGISTER("BertSoftmaxCrossEntropyGrad", SoftmaxCrossEntropyGradOp);

}  // namespace
}  // namespace fused_ops
