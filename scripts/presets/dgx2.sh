#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# DGX-2, 16 x V100 with 32 GB, BERT-large.
#
# SQuAD: 10 sequences of 384 tokens per GPU x 16 GPUs = global batch size 160; 87,599 questions / 160 x 2 epochs = 1,094
# steps. The learning rate of the whole job is 4e-5, as on 8 GPUs: 2.5e-6 x 16.
# Pre-training: 14 sequences of 512 tokens per GPU x 16 = global batch size 224; 1,144,000 steps x 224 = 256M sequences;
# learning rate 1e-4 x 16 = 1.6e-3, as in NVIDIA's runs.
#
# Published by NVIDIA (container 19.03-py3; not measured here): pre-training with exactly these arguments takes about 156
# hours. SQuAD in fp16 228.75 sentences/s with 10 per GPU, 162.29 with 4; in fp32 117.83 with 4. Prediction on one GPU, batch
# size 8: 108.45 in fp16, 33.95 in fp32.

# shellcheck disable=SC2034  # for lib/preset.sh
PRETRAINING=(--train_batch_size_per_gpu=14 --precision=fp16_xla --num_gpus=16)
# shellcheck disable=SC2034
SQUAD=(--batch_size_per_gpu=10 --learning_rate_per_gpu=2.5e-6 --precision=fp16 --use_xla=true --num_gpus=16)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/preset.sh"
start_preset "$@"
