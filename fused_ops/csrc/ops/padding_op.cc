// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "padding_kernels.h"

#include <vector>

#include "op_common.h"

namespace fused_ops {

REGISTER_OP("BertPaddingIndices")
    .Input("mask: int32")
    .Output("token_index: int32")
    .Output("row_index: int32")
    .Output("cu_seqlens: int32")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle mask;
      TF_RETURN_IF_ERROR(c->WithRank(c->input(0), 2, &mask));
      DimensionHandle positions, batch_and_one;
      TF_RETURN_IF_ERROR(c->Multiply(c->Dim(mask, 0), c->Dim(mask, 1), &positions));
      TF_RETURN_IF_ERROR(c->Add(c->Dim(mask, 0), 1, &batch_and_one));
      c->set_output(0, c->Vector(c->UnknownDim()));
      c->set_output(1, c->Vector(positions));
      c->set_output(2, c->Vector(batch_and_one));
      return Status();
    })
    .Doc(R"(Where the real tokens of a padded batch are.
mask [B, S]: not 0 at real tokens. token_index [tokens]: their places b * S + s, ascending. row_index [B * S]: the
inverse, -1 at padding. cu_seqlens [B + 1]: sequence b has the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1.)");

REGISTER_OP("BertGatherTokens")
    .Input("x: T")
    .Input("index: int32")
    .Input("inverse_index: int32")
    .Output("y: T")
    .Attr(FUSED_OPS_T)
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x, index, inverse, y;
      DimensionHandle rows;
      TF_RETURN_IF_ERROR(c->WithRankAtLeast(c->input(0), 1, &x));
      TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 1, &index));
      TF_RETURN_IF_ERROR(c->WithRank(c->input(2), 1, &inverse));
      TF_RETURN_IF_ERROR(c->Merge(c->Dim(x, 0), c->Dim(inverse, 0), &rows));
      TF_RETURN_IF_ERROR(c->ReplaceDim(x, 0, c->Dim(index, 0), &y));
      c->set_output(0, y);
      return Status();
    })
    .Doc(
        "y[m] = x[index[m]], 0 where index[m] is -1; inverse_index maps rows of x to rows of y, "
        "for the gradient.");

namespace {

// On the CPU only: the number of tokens must be known on the host, and the mask comes from the
// input pipeline.
class PaddingIndicesOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& mask_tensor = context->input(0);
    OP_REQUIRES(context, mask_tensor.dims() == 2,
                InvalidArgument("padding: mask must have shape [B, S], not ",
                                mask_tensor.shape().DebugString()));
    const int64 batch = mask_tensor.dim_size(0), length = mask_tensor.dim_size(1);
    OP_REQUIRES(context, mask_tensor.NumElements() <= 0x7fffffff,
                InvalidArgument("padding: mask has more than 2^31 - 1 elements"));
    const auto mask = mask_tensor.matrix<int32>();
    Tensor *token_tensor, *row_tensor, *offset_tensor;
    OP_REQUIRES_OK(context,
                   context->allocate_output(1, TensorShape({batch * length}), &row_tensor));
    OP_REQUIRES_OK(context, context->allocate_output(2, TensorShape({batch + 1}), &offset_tensor));
    auto row_index = row_tensor->vec<int32>();
    auto offsets = offset_tensor->vec<int32>();
    std::vector<int32> tokens;
    offsets(0) = 0;
    for (int64 b = 0; b < batch; ++b) {
      for (int64 s = 0; s < length; ++s) {
        const bool real = mask(b, s) != 0;
        row_index(b * length + s) = real ? static_cast<int32>(tokens.size()) : -1;
        if (real) tokens.push_back(static_cast<int32>(b * length + s));
      }
      offsets(b + 1) = static_cast<int32>(tokens.size());
    }
    const int64 count = tokens.size();
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({count}), &token_tensor));
    std::copy(tokens.begin(), tokens.end(), token_tensor->vec<int32>().data());
  }
};

REGISTER_KERNEL_BUILDER(Name("BertPaddingIndices").Device(tensorflow::DEVICE_CPU),
                        PaddingIndicesOp);

// Only on the CPU can the values be looked at; the CUDA kernel writes zeros for an index outside.
Status CheckIndex(const Tensor& index, int64 rows) {
  const auto values = index.vec<int32>();
  for (int64 i = 0; i < values.size(); ++i) {
    if (values(i) < -1 || values(i) >= rows) {
      return InvalidArgument("gather_tokens: index[", i, "] = ", values(i), " is not in [-1, ",
                             rows, ")");
    }
  }
  return Status();
}

template <class Device, typename T>
class GatherTokensOp : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &index = context->input(1), &inverse = context->input(2);
    OP_REQUIRES(context, x.dims() >= 1,
                InvalidArgument("gather_tokens: x must have at least one dimension"));
    OP_REQUIRES(context, index.dims() == 1,
                InvalidArgument("gather_tokens: index must be a vector, not ",
                                index.shape().DebugString()));
    OP_REQUIRES(context, inverse.dims() == 1 && inverse.dim_size(0) == x.dim_size(0),
                InvalidArgument("gather_tokens: inverse_index must have shape [", x.dim_size(0),
                                "], one for each row of x, not ", inverse.shape().DebugString()));
    if (std::is_same<Device, CpuDevice>::value)
      OP_REQUIRES_OK(context, CheckIndex(index, x.dim_size(0)));
    TensorShape shape = x.shape();
    shape.set_dim(0, index.dim_size(0));
    Tensor* y;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &y));
    int64 cols = 1;
    for (int d = 1; d < x.dims(); ++d) cols *= x.dim_size(d);
    FUSED_OPS_RUN(context, Device, T, GatherTokensCpu, Gather, fused_gather_tokens_cuda,
                  x.dim_size(0), index.dim_size(0), cols, DataOf<T>(x), DataOf<int32>(index),
                  MutableDataOf<T>(y));
  }
};

FUSED_OPS_REGISTER("BertGatherTokens", GatherTokensOp);

}  // namespace
}  // namespace fused_ops
