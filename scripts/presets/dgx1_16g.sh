#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# DGX-1, 8 x V100 with 16 GB, BERT-large.
#
# SQuAD: 3 sequences of 384 tokens per GPU x 8 GPUs = global batch size 24; 87,599 questions / 24 x 2 epochs = 7,299 steps;
# learning rate 5e-6 x 8 = 4e-5. In fp32 a GPU holds 2: --precision=fp32 --batch_size_per_gpu=2.
# Pre-training: 4 sequences of 512 tokens per GPU x 8 = global batch size 32. NVIDIA's figures use 14 per GPU on 32 GB; half
# the memory, of which the optimizer takes the same 5.3 GB (330M parameters x 16 bytes), leaves about a third. Steps and
# warm-up are NVIDIA's: 1,144,000 steps x 32 = 37M sequences, a third of those at its global batch size of 112.
#
# Published by NVIDIA (container 19.03-py3; not measured here): SQuAD in fp16 78.89 sentences/s with 3 per GPU, 64.96 with 2;
# in fp32 44.29 with 2; prediction on one GPU, batch size 8: 112.55 in fp16, 41.04 in fp32. Pre-training: none.

# shellcheck disable=SC2034  # for lib/preset.sh
PRETRAINING=(--train_batch_size_per_gpu=4 --precision=fp16_xla --num_gpus=8)
# shellcheck disable=SC2034
SQUAD=(--batch_size_per_gpu=3 --precision=fp16 --use_xla=true --num_gpus=8)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/preset.sh"
start_preset "$@"
