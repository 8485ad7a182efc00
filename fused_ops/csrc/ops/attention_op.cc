// Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#include "attention_kernels.h"

#include "op_common.h"

namespace fused_ops {

namespace {

// qkv is input `index`; checks its rank and its dimension of 3.
Status QkvShape(InferenceContext* c, int index, ShapeHandle* qkv) {
  TF_RETURN_IF_ERROR(c->WithRank(c->input(index), 4, qkv));
  DimensionHandle three;
  return c->WithValue(c->Dim(*qkv, 1), 3, &three);
}

// Checks mask [sequences, length], or cu_seqlens [sequences + 1] and the scalar max_length, from
// input `index` on, and then random_state [2].
Status SequenceShapes(InferenceContext* c, int index, bool packed) {
  ShapeHandle unused;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(index++), packed ? 1 : 2, &unused));
  if (packed) TF_RETURN_IF_ERROR(c->WithRank(c->input(index++), 0, &unused));
  return c->Merge(c->input(index), c->Vector(2), &unused);
}

Status ForwardShapes(InferenceContext* c, bool packed) {
  ShapeHandle qkv;
  TF_RETURN_IF_ERROR(QkvShape(c, 0, &qkv));
  TF_RETURN_IF_ERROR(SequenceShapes(c, 1, packed));
  c->set_output(0, c->MakeShape({c->Dim(qkv, 0), c->Dim(qkv, 2), c->Dim(qkv, 3)}));
  c->set_output(1, c->MakeShape({c->MakeDim(2), c->Dim(qkv, 2), c->Dim(qkv, 0)}));
  return Status();
}

Status BackwardShapes(InferenceContext* c, bool packed) {
  ShapeHandle qkv;
  TF_RETURN_IF_ERROR(QkvShape(c, 1, &qkv));
  TF_RETURN_IF_ERROR(SequenceShapes(c, 4, packed));
  c->set_output(0, qkv);
  return Status();
}

}  // namespace

// Forward and gradient op; they differ only in the inputs that say where sequences begin and end.
#define FUSED_ATTENTION_OP(name, sequences, packed, doc)                        \
  REGISTER_OP(name)                                                             \
      .Input("qkv: T") sequences.Input("random_state: int64")                   \
      .Output("out: T")                                                         \
      .Output("statistics: float")                                              \
      .Attr(FUSED_OPS_T)                                                        \
      .Attr("dropout_rate: float")                                              \
      .SetShapeFn([](InferenceContext* c) { return ForwardShapes(c, packed); }) \
      .Doc(doc);                                                                \
  REGISTER_OP(name "Grad")                                                      \
      .Input("dout: T")                                                         \
      .Input("qkv: T")                                                          \
      .Input("out: T")                                                          \
      .Input("statistics: float") sequences.Input("random_state: int64")        \
      .Output("dqkv: T")                                                        \
      .Attr(FUSED_OPS_T)                                                        \
      .Attr("dropout_rate: float")                                              \
      .SetShapeFn([](InferenceContext* c) { return BackwardShapes(c, packed); })

FUSED_ATTENTION_OP("BertAttention", .Input("mask: int32"), false,
                   "Self-attention of sequences of equal length; qkv [B * S, 3, heads, D], mask "
                   "[B, S] with 1 for real "
                   "tokens, out [B * S, heads, D], statistics [2, heads, B * S].");
FUSED_ATTENTION_OP(
    "BertPackedAttention", .Input("cu_seqlens: int32").Input("max_length: int32"), true,
    "Self-attention of sequences that lie one behind the other without padding; qkv [tokens, 3, "
    "heads, "
    "D], cu_seqlens [B + 1] (sequence b is the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1, none "
    "longer than max_length), out [tokens, heads, D], statistics [2, heads, tokens].");

namespace {

Status CheckQkv(const Tensor& qkv) {
  if (qkv.dims() == 4 && qkv.dim_size(1) == 3 && qkv.dim_size(2) >= 1 && qkv.dim_size(3) >= 1)
    return Status();
  return InvalidArgument(
      "attention: qkv must have shape [tokens, 3, heads, head_size] with heads and head_size at "
      "least 1, not ",
      qkv.shape().DebugString());
}

Status SetMask(const Tensor& qkv, const Tensor& mask, AttentionProblem* p) {
  if (mask.dims() != 2 || mask.NumElements() != p->tokens) {
    return InvalidArgument("attention: mask must have shape [B, S] with B * S the ", p->tokens,
                           " tokens of qkv, not ", mask.shape().DebugString());
  }
  p->sequences = mask.dim_size(0);
  p->max_length = mask.dim_size(1);
  p->key_mask = DataOf<int32_t>(mask);
  return Status();
}

Status SetOffsets(const Tensor& cu_seqlens, const Tensor& max_length, AttentionProblem* p) {
  if (cu_seqlens.dims() != 1 || cu_seqlens.dim_size(0) < 1) {
    return InvalidArgument("attention: cu_seqlens must have shape [B + 1], not ",
                           cu_seqlens.shape().DebugString());
  }
  if (max_length.dims() != 0 || max_length.scalar<int32_t>()() < 1) {
    return InvalidArgument("attention: max_length must be a scalar of at least 1, not ",
                           max_length.DebugString());
  }
  p->sequences = cu_seqlens.dim_size(0) - 1;
  if (p->sequences == 0 && p->tokens > 0) {
    return InvalidArgument("attention: cu_seqlens has no sequence for the ", p->tokens,
                           " tokens of qkv");
  }
  p->max_length = max_length.scalar<int32_t>()();
  p->offsets = DataOf<int32_t>(cu_seqlens);
  return Status();
}

// Only where the offsets are in the host's memory; CUDA kernels keep within the tokens instead, and
// write zeros to those that no sequence has.
Status CheckOffsets(const AttentionProblem& p) {
  if (p.offsets[0] != 0 || p.offsets[p.sequences] != p.tokens) {
    return InvalidArgument("attention: cu_seqlens must go from 0 to the ", p.tokens,
                           " tokens of qkv, not from ", p.offsets[0], " to ",
                           p.offsets[p.sequences]);
  }
  for (int64 b = 0; b < p.sequences; ++b) {
    const int64 length = static_cast<int64>(p.offsets[b + 1]) - p.offsets[b];
    if (length < 0 || length > p.max_length) {
      return InvalidArgument("attention: cu_seqlens say sequence ", b, " has ", length,
                             " tokens; it must have 0 to "
                             "max_length = ",
                             p.max_length);
    }
  }
  return Status();
}

// What forward and backward share: reading the problem from the inputs.
template <class Device, bool kPacked>
class AttentionBase : public OpKernel {
 public:
  explicit AttentionBase(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, GetDropoutRate(context, "attention", &dropout_rate_));
  }

 protected:
  // The mask, or cu_seqlens and max_length, are the inputs from `index` on.
  Status ReadProblem(OpKernelContext* context, const Tensor& qkv, int index, AttentionProblem* p) {
    TF_RETURN_IF_ERROR(CheckQkv(qkv));
    *p = AttentionProblem();
    p->tokens = qkv.dim_size(0);
    p->heads = qkv.dim_size(2);
    p->head_size = qkv.dim_size(3);
    if (kPacked) {
      TF_RETURN_IF_ERROR(SetOffsets(context->input(index), context->input(index + 1), p));
      if (std::is_same<Device, CpuDevice>::value) TF_RETURN_IF_ERROR(CheckOffsets(*p));
    } else {
      TF_RETURN_IF_ERROR(SetMask(qkv, context->input(index), p));
    }
    const Tensor& random_state = context->input(index + (kPacked ? 2 : 1));
    TF_RETURN_IF_ERROR(CheckRandomState("attention", random_state));
    p->dropout = DropoutOf(dropout_rate_, random_state);
    return Status();
  }

  // Scratch of the CPU kernels: `floats` for each thread that can have work.
  static Status AllocateScratch(OpKernelContext* context, const AttentionProblem& p, int64 floats,
                                int64* slots, Tensor* scratch) {
    *slots = context->device()->tensorflow_cpu_worker_threads()->num_threads;
    return context->allocate_temp(tensorflow::DT_FLOAT, TensorShape({*slots, floats}), scratch);
  }

 private:
  float dropout_rate_;
};

template <class Device, typename T, bool kPacked>
class AttentionOp : public AttentionBase<Device, kPacked> {
 public:
  using AttentionBase<Device, kPacked>::AttentionBase;

  void Compute(OpKernelContext* context) override {
    const Tensor& qkv = context->input(0);
    AttentionProblem p;
    OP_REQUIRES_OK(context, this->ReadProblem(context, qkv, 1, &p));
    Tensor *out, *statistics;
    OP_REQUIRES_OK(
        context, context->allocate_output(0, TensorShape({p.tokens, p.heads, p.head_size}), &out));
    OP_REQUIRES_OK(context,
                   context->allocate_output(1, TensorShape({2, p.heads, p.tokens}), &statistics));
    if (p.tokens == 0) return;
    Run(context, p, qkv, out, statistics, Device());
  }

 private:
  void Run(OpKernelContext* context, const AttentionProblem& p, const Tensor& qkv, Tensor* out,
           Tensor* statistics, CpuDevice) {
    int64 slots;
    Tensor scratch;
    OP_REQUIRES_OK(context, this->AllocateScratch(
                                context, p, AttentionScratchOf(p.head_size, p.max_length).forward,
                                &slots, &scratch));
    FUSED_OPS_CPU_CALL(AttentionCpu, typename KernelTypeOf<T>::Type, Forward, ThreadsOf(context), p,
                       DataOf<T>(qkv), MutableDataOf<T>(out), MutableDataOf<float>(statistics),
                       slots, MutableDataOf<float>(&scratch));
  }

  void Run(OpKernelContext* context, const AttentionProblem& p, const Tensor& qkv, Tensor* out,
           Tensor* statistics, CudaDevice) {
    FUSED_OPS_CUDA_LAUNCH(context, T, fused_attention_forward_cuda, p, DataOf<T>(qkv),
                          MutableDataOf<T>(out), MutableDataOf<float>(statistics));
  }
};

template <class Device, typename T, bool kPacked>
class AttentionGradOp : public AttentionBase<Device, kPacked> {
 public:
  using AttentionBase<Device, kPacked>::AttentionBase;

  void Compute(OpKernelContext* context) override {
    const Tensor &dout = context->input(0), &qkv = context->input(1), &out = context->input(2);
    const Tensor& statistics = context->input(3);
    AttentionProblem p;
    OP_REQUIRES_OK(context, this->ReadProblem(context, qkv, 4, &p));
    const TensorShape out_shape({p.tokens, p.heads, p.head_size});
    OP_REQUIRES(context, out.shape() == out_shape,
                InvalidArgument("attention gradient: out must have shape ", out_shape.DebugString(),
                                ", not ", out.shape().DebugString()));
    OP_REQUIRES_OK(context, CheckSameShape("attention gradient", "dout", dout, "out", out));
    OP_REQUIRES(context, statistics.NumElements() == 2 * p.tokens * p.heads,
                InvalidArgument("attention gradient: statistics must have shape [2,", p.heads, ",",
                                p.tokens, "], not ", statistics.shape().DebugString()));
    Tensor* dqkv;
    OP_REQUIRES_OK(context, context->allocate_output(0, qkv.shape(), &dqkv));
    if (p.tokens == 0) return;
    Run(context, p, dqkv, Device());
  }

 private:
  void Run(OpKernelContext* context, const AttentionProblem& p, Tensor* dqkv, CpuDevice) {
    int64 slots;
    Tensor scratch;
    OP_REQUIRES_OK(context, this->AllocateScratch(
                                context, p, AttentionScratchOf(p.head_size, p.max_length).backward,
                                &slots, &scratch));
    FUSED_OPS_CPU_CALL(AttentionCpu, typename KernelTypeOf<T>::Type, Backward, ThreadsOf(context),
                       p, DataOf<T>(context->input(0)), DataOf<T>(context->input(1)),
                       DataOf<T>(context->input(2)), DataOf<float>(context->input(3)),
                       MutableDataOf<T>(dqkv), slots, MutableDataOf<float>(&scratch));
  }

  void Run(OpKernelContext* context, const AttentionProblem& p, Tensor* dqkv, CudaDevice) {
    Tensor delta;
    OP_REQUIRES_OK(context, context->allocate_temp(tensorflow::DT_FLOAT,
                                                   TensorShape({p.heads, p.tokens}), &delta));
    FUSED_OPS_CUDA_LAUNCH(context, T, fused_attention_backward_cuda, p,
                          DataOf<T>(context->input(0)), DataOf<T>(context->input(1)),
                          DataOf<T>(context->input(2)), DataOf<float>(context->input(3)),
                          MutableDataOf<T>(dqkv), MutableDataOf<float>(&delta));
  }
};

template <class Device, typename T>
using PaddedAttention = AttentionOp<Device, T, false>;
template <class Device, typename T>
using PaddedAttentionGrad = AttentionGradOp<Device, T, false>;
template <class Device, typename T>
using PackedAttention = AttentionOp<Device, T, true>;
template <class Device, typename T>
using PackedAttentionGrad = AttentionGradOp<Device, T, true>;

FUSED_OPS_REGISTER_HOST("BertAttention", PaddedAttention, .HostMemory("random_state"));
FUSED_OPS_REGISTER_HOST("BertAttentionGrad", PaddedAttentionGrad, .HostMemory("random_state"));
FUSED_OPS_REGISTER_HOST("BertPackedAttention", PackedAttention,
                        .HostMemory("random_state").HostMemory("max_length"));
FUSED_OPS_REGISTER_HOST("BertPackedAttentionGrad", PackedAttentionGrad,
                        .HostMemory("random_state").HostMemory("max_length"));

}  // namespace
}  // namespace fused_ops
