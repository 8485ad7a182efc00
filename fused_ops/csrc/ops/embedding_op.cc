// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "embedding_kernels.h"

#include "op_common.h"

namespace fused_ops {

// Inputs 0-2 of both ops are the ids of the tables that are inputs 3-5. Empty position ids stand
// for 0, 1, 2 .. along the last dimension of the others.
REGISTER_OP("BertEmbedding")
    .Input("word_ids: int32")
    .Input("position_ids: int32")
    .Input("type_ids: int32")
    .Input("word_table: float")
    .Input("position_table: float")
    .Input("type_table: float")
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
      ShapeHandle ids = c->input(0), table, y, state;
      for (int k = 1; k < kEmbeddingTables; ++k) {
        const bool may_be_empty =
            k == 1 && (!c->FullyDefined(c->input(k)) || c->Value(c->NumElements(c->input(k))) == 0);
        if (!may_be_empty) TF_RETURN_IF_ERROR(c->Merge(ids, c->input(k), &ids));
      }
      DimensionHandle width = c->UnknownDim();
      for (int k = 0; k < kEmbeddingTables; ++k) {
        TF_RETURN_IF_ERROR(c->WithRank(c->input(kEmbeddingTables + k), 2, &table));
        TF_RETURN_IF_ERROR(c->Merge(width, c->Dim(table, 1), &width));
      }
      TF_RETURN_IF_ERROR(MergeVector(c, 6, &width));
      TF_RETURN_IF_ERROR(MergeVector(c, 7, &width));
      TF_RETURN_IF_ERROR(c->Merge(c->input(8), c->Vector(2), &state));
      TF_RETURN_IF_ERROR(c->Concatenate(ids, c->Vector(width), &y));
      c->set_output(0, y);
      c->set_output(1, ids);
      c->set_output(2, ids);
      return Status();
    })
    .Doc(
        R"(y = dropout(LayerNorm(word_table[word_ids] + position_table[position_ids] + type_table[type_ids])).
ids [..], tables [rows, C], gamma, beta [C], y [.., C]. position_ids [0]: 0, 1, 2 .. along the last dimension of word_ids.)");

REGISTER_OP("BertEmbeddingGrad")
    .Input("word_ids: int32")
    .Input("position_ids: int32")
    .Input("type_ids: int32")
    .Input("word_table: float")
    .Input("position_table: float")
    .Input("type_table: float")
    .Input("gamma: float")
    .Input("mean: float")
    .Input("rstd: float")
    .Input("random_state: int64")
    .Input("dy: T")
    .Output("dword_table: float")
    .Output("dposition_table: float")
    .Output("dtype_table: float")
    .Output("dgamma: float")
    .Output("dbeta: float")
    .Attr(FUSED_OPS_T)
    .Attr("dropout_rate: float")
    .SetShapeFn([](InferenceContext* c) {
      for (int k = 0; k < kEmbeddingTables; ++k) c->set_output(k, c->input(kEmbeddingTables + k));
      c->set_output(3, c->input(6));
      c->set_output(4, c->input(6));
      return Status();
    });

namespace {

const char kName[] = "embedding";
const char* const kIdNames[] = {"word_ids", "position_ids", "type_ids"};
const char* const kTableNames[] = {"word_table", "position_table", "type_table"};

// On the CPU: is every id a row of its table? (On the GPU nobody can look; ids outside count as
// nothing there.)
Status CheckIds(const char* name, const Tensor& ids, int64 rows) {
  const auto values = ids.flat<int32>();
  for (int64 i = 0; i < values.size(); ++i) {
    if (values(i) < 0 || values(i) >= rows) {
      return InvalidArgument(kName, ": ", name, "[", i, "] = ", values(i), " is not in [0, ", rows,
                             ")");
    }
  }
  return Status();
}

// The ids and tables of inputs 0-5 and `gamma`, checked. `look_at_ids`: they are in this process's
// memory.
Status GetInput(OpKernelContext* context, bool look_at_ids, EmbeddingInput* input) {
  const Tensor &ids = context->input(0), &table = context->input(kEmbeddingTables);
  for (int k = 0; k < kEmbeddingTables; ++k) {
    const Tensor &other_ids = context->input(k),
                 &other_table = context->input(kEmbeddingTables + k);
    const bool counts = k == 1 && other_ids.NumElements() == 0 && ids.dims() > 0;
    if (!counts)
      TF_RETURN_IF_ERROR(CheckSameShape(kName, kIdNames[0], ids, kIdNames[k], other_ids));
    if (other_table.dims() != 2 || other_table.dim_size(1) != table.dim_size(table.dims() - 1) ||
        other_table.dim_size(1) < 1) {
      return InvalidArgument(kName, ": ", kTableNames[k],
                             " must have shape [rows, C] with the same C >= 1 as the ",
                             "other tables, not ", other_table.shape().DebugString(), " beside ",
                             table.shape().DebugString());
    }
    if (other_table.dim_size(0) > 0x7fffffff) {
      return InvalidArgument(kName, ": ", kTableNames[k], " has more than 2^31 - 1 rows");
    }
    if (look_at_ids) TF_RETURN_IF_ERROR(CheckIds(kIdNames[k], other_ids, other_table.dim_size(0)));
    input->ids[k] = counts ? nullptr : DataOf<int32>(other_ids);
    input->tables[k] = DataOf<float>(other_table);
    input->table_rows[k] = other_table.dim_size(0);
  }
  if (ids.NumElements() > 0x7fffffff) return InvalidArgument(kName, ": more than 2^31 - 1 ids");
  input->tokens = ids.NumElements();
  input->sequence = input->ids[1] == nullptr ? ids.dim_size(ids.dims() - 1) : 0;
  if (input->tokens > 0 && input->sequence > input->table_rows[1]) {
    return InvalidArgument(kName, ": ", input->sequence, " positions, but position_table has ",
                           input->table_rows[1], " rows");
  }
  input->cols = table.dim_size(1);
  return CheckVector(kName, "gamma", context->input(6), input->cols);
}

TensorShape OutputShape(const Tensor& ids, int64 width) {
  TensorShape shape = ids.shape();
  shape.AddDim(width);
  return shape;
}

template <class Device, typename T>
class EmbeddingOp : public OpKernel {
 public:
  explicit EmbeddingOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, GetDropoutRate(context, kName, &dropout_rate_));
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
  }

  void Compute(OpKernelContext* context) override {
    EmbeddingInput input;
    OP_REQUIRES_OK(context, GetInput(context, std::is_same<Device, CpuDevice>::value, &input));
    const Tensor &gamma = context->input(6), &beta = context->input(7),
                 &random_state = context->input(8);
    OP_REQUIRES_OK(context, CheckVector(kName, "beta", beta, input.cols));
    OP_REQUIRES_OK(context, CheckRandomState(kName, random_state));
    const Tensor& ids = context->input(0);
    Tensor *y, *mean, *rstd;
    OP_REQUIRES_OK(context, context->allocate_output(0, OutputShape(ids, input.cols), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, ids.shape(), &mean));
    OP_REQUIRES_OK(context, context->allocate_output(2, ids.shape(), &rstd));
    FUSED_OPS_RUN(context, Device, T, EmbeddingCpu, Forward, fused_embedding_forward_cuda, input,
                  DropoutOf(dropout_rate_, random_state), epsilon_, DataOf<float>(gamma),
                  DataOf<float>(beta), MutableDataOf<T>(y), MutableDataOf<float>(mean),
                  MutableDataOf<float>(rstd));
  }

 private:
  float dropout_rate_, epsilon_;
};

template <class Device, typename T>
class EmbeddingGradOp : public OpKernel {
 public:
  explicit EmbeddingGradOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, GetDropoutRate(context, kName, &dropout_rate_));
  }

  void Compute(OpKernelContext* context) override {
    EmbeddingInput input;
    OP_REQUIRES_OK(context, GetInput(context, std::is_same<Device, CpuDevice>::value, &input));
    const Tensor &mean = context->input(7), &rstd = context->input(8);
    const Tensor &random_state = context->input(9), &dy = context->input(10);
    OP_REQUIRES_OK(context, CheckRandomState(kName, random_state));
    OP_REQUIRES(context, dy.shape() == OutputShape(context->input(0), input.cols),
                InvalidArgument(kName, ": dy must have the ids' shape and C, not ",
                                dy.shape().DebugString()));
    OP_REQUIRES_OK(context, CheckRowValues(kName, "mean", mean, dy));
    OP_REQUIRES_OK(context, CheckRowValues(kName, "rstd", rstd, dy));
    EmbeddingGradients gradients;
    OP_REQUIRES_OK(context, AllocateGradients(context, &gradients));
    Backward(Device(), context, input, gradients);
  }

 private:
  // All outputs.
  static Status AllocateGradients(OpKernelContext* context, EmbeddingGradients* gradients) {
    Tensor* output;
    for (int k = 0; k < kEmbeddingTables; ++k) {
      TF_RETURN_IF_ERROR(
          context->allocate_output(k, context->input(kEmbeddingTables + k).shape(), &output));
      gradients->dtables[k] = MutableDataOf<float>(output);
    }
    TF_RETURN_IF_ERROR(context->allocate_output(3, context->input(6).shape(), &output));
    gradients->dgamma = MutableDataOf<float>(output);
    TF_RETURN_IF_ERROR(context->allocate_output(4, context->input(6).shape(), &output));
    gradients->dbeta = MutableDataOf<float>(output);
    return Status();
  }

  // On the CPU: the gradient of every token, then the tables one after the other.
  void Backward(CpuDevice, OpKernelContext* context, const EmbeddingInput& input,
                const EmbeddingGradients& gradients) const {
    Tensor dz, partials, ints;
    const TensorShape partials_shape({2, ReductionChunks(input.tokens), input.cols});
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, context->input(10).shape(), &dz));
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_FLOAT, partials_shape, &partials));
    FUSED_OPS_CPU_CALL(EmbeddingCpu, typename KernelTypeOf<T>::Type, Backward, ThreadsOf(context),
                       input, DropoutOf(dropout_rate_, context->input(9)),
                       DataOf<T>(context->input(10)), DataOf<float>(context->input(6)),
                       DataOf<float>(context->input(7)), DataOf<float>(context->input(8)),
                       MutableDataOf<float>(&dz), gradients.dgamma, gradients.dbeta,
                       MutableDataOf<float>(&partials));
    for (int k = 0; k < kEmbeddingTables; ++k) {
      OP_REQUIRES_OK(context, context->allocate_temp(
                                  tensorflow::DT_INT32,
                                  TensorShape({input.tokens + input.table_rows[k] + 1}), &ints));
      FUSED_OPS_CPU_CALL(TableGradientCpu, float, Sum, ThreadsOf(context), input, k,
                         DataOf<float>(dz), gradients.dtables[k], MutableDataOf<int32>(&ints));
    }
  }

  void Backward(CudaDevice, OpKernelContext* context, const EmbeddingInput& input,
                const EmbeddingGradients& gradients) const {
    EmbeddingScratchSizes sizes = {};
#ifdef FUSED_OPS_CUDA
    fused_embedding_scratch_cuda(input.tokens, input.sequence, &sizes);
#endif
    Tensor means, ints, rows;
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT,
                                                   TensorShape({input.tokens, 2}), &means));
    OP_REQUIRES_OK(context,
                   context->allocate_temp(tensorflow::DT_INT32, TensorShape({sizes.ints}), &ints));
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT,
                                                   TensorShape({sizes.rows, input.cols}), &rows));
    const EmbeddingScratch scratch = {MutableDataOf<float>(&means), MutableDataOf<int32>(&ints),
                                      MutableDataOf<float>(&rows)};
    FUSED_OPS_CUDA_LAUNCH(context, T, fused_embedding_backward_cuda, input,
                          DropoutOf(dropout_rate_, context->input(9)),
                          DataOf<T>(context->input(10)), DataOf<float>(context->input(6)),
                          DataOf<float>(context->input(7)), DataOf<float>(context->input(8)),
                          gradients, scratch);
  }

  float dropout_rate_;
};

FUSED_OPS_REGISTER_HOST("BertEmbedding", EmbeddingOp, .HostMemory("random_state"));
FUSED_OPS_REGISTER_HOST("BertEmbeddingGrad", EmbeddingGradOp, .HostMemory("random_state"));

}  // namespace
}  // namespace fused_ops
