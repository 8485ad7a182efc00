#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# One A100 (40 or 80 GB) or H100 (80 GB), BERT-large, in the container 23.03-tf1-py3 (TensorFlow 1.15.5).
#
# SQuAD: 24 sequences of 384 tokens x 1 GPU = global batch size 24; 87,599 questions / 24 x 2 epochs = 7,299 steps; learning
# rate 3e-5, as Google uses for batches of this size. A V100 with 32 GB holds 10: 80 GB hold 24 with a margin.
# Pre-training: 32 sequences of 512 tokens = global batch size 32; learning rate 1e-4; 1,000,000 steps x 32 = 32M sequences.
# With 40 GB halve both batch sizes. num_gpus=1 is one process under mpirun.
#
# Published by NVIDIA: nothing for these GPUs. Not measured here either: find the batch size that fits with
# scripts/finetune_train_benchmark.sh.

# shellcheck disable=SC2034  # for lib/preset.sh
PRETRAINING=(--train_batch_size_per_gpu=32 --precision=fp16_xla --num_gpus=1 --train_steps=1000000)
# shellcheck disable=SC2034
SQUAD=(--batch_size_per_gpu=24 --learning_rate_per_gpu=3e-5 --precision=fp16 --use_xla=true --num_gpus=1)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/preset.sh"
start_preset "$@"
