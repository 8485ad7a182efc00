# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""SQuAD: question files in, model features, answers out, scores; no graph code and no flags.

`questions` reads the JSON, `examples` finds each answer in its text, `features` makes windows of
tokens, `predictions` turns logits into text, `evaluate` scores the text. None of them imports
TensorFlow, so they serve any framework.
"""
