#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# DGX-1, 8 x V100 with 32 GB, BERT-large: the defaults of NVIDIA's 19.03 scripts.
#
# SQuAD: 10 sequences of 384 tokens per GPU x 8 GPUs = global batch size 80; 87,599 questions / 80 x 2 epochs = 2,189 steps;
# learning rate 5e-6 x 8 = 4e-5. In fp32 a GPU holds 4: --precision=fp32 --batch_size_per_gpu=4.
# Pre-training: 14 sequences of 512 tokens per GPU x 8 = global batch size 112; 1,144,000 steps x 112 = 128M sequences;
# learning rate 1e-4 x 8 = 8e-4.
#
# Published by NVIDIA (container 19.03-py3; not measured here): SQuAD in fp16 142.69 sentences/s with 10 per GPU, 95.28 with
# 4; in fp32 62.83 with 4; five seeds: F1 90.99 +- 0.196, EM 84.06 +- 0.255 in fp16, F1 90.83 +- 0.11 in fp32; prediction on
# one GPU, batch size 8: 118.54 in fp16, 36.78 in fp32. Pre-training: none.

# shellcheck disable=SC2034  # for lib/preset.sh
PRETRAINING=(--train_batch_size_per_gpu=14 --precision=fp16_xla --num_gpus=8)
# shellcheck disable=SC2034
SQUAD=(--batch_size_per_gpu=10 --precision=fp16 --use_xla=true --num_gpus=8)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/preset.sh"
start_preset "$@"
