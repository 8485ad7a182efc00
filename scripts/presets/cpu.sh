#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# A machine without GPU, BERT-base: for trying things out, not for complete training runs.
#
# SQuAD: global batch size 8 in one process; 87,599 questions / 8 x 2 epochs = 21,899 steps; learning rate 3e-5.
# Pre-training: 8 sequences of 128 tokens = global batch size 8; records with --max_seq_length=128
# --max_predictions_per_seq=20; 10,000 steps x 8 = 80,000 sequences.
#
# Published by NVIDIA: nothing for CPUs.

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export BERT_DIR=${BERT_DIR-$CHECKOUT/data/pretrained_models_google/uncased_L-12_H-768_A-12}
# shellcheck disable=SC2034  # for lib/preset.sh
PRETRAINING=(--train_batch_size_per_gpu=8 --precision=fp32 --num_gpus=0 --max_seq_length=128 --max_predictions_per_seq=20
  --train_steps=10000 --warmup_steps=1000 "--bert_config=$CHECKOUT/configs/bert_base.json")
# shellcheck disable=SC2034
SQUAD=(--batch_size_per_gpu=8 --learning_rate_per_gpu=3e-5 --precision=fp32 --use_xla=false --num_gpus=0)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../lib/preset.sh"
start_preset "$@"
