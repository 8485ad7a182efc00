# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Learning rate, AdamW and LAMB in float64 NumPy, written from the papers' formulas; shares nothing with optimization.py."""

import math

import numpy as np

FLOAT32_ROUNDING = 2.0**-24  # largest relative error of one rounding to float32


def expected_rate(init_lr, total, warmup, step):
    """The update of docs/interface.md §3 in double precision."""
    if step >= total:
        return 0.0
    if step < warmup:
        return init_lr * step / warmup
    return init_lr * (1.0 - step / float(total)) / (1.0 - warmup / float(total))


class NumpyRecipe:
    """Clip, Adam without bias correction, decoupled decay, in float64, one number at a time where it matters."""

    def __init__(self, values, decaying):
        self.values = {name: np.array(value, np.float64) for name, value in values.items()}
        self.first = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.decaying = decaying

    def step(self, gradients, rate):
        norm = math.sqrt(
            math.fsum(
                float(entry) ** 2 for gradient in gradients.values() for entry in gradient.flat
            )
        )
        for name, gradient in gradients.items():
            gradient = gradient / norm if norm > 1.0 else gradient
            self.first[name] = 0.9 * self.first[name] + 0.1 * gradient
            self.second[name] = 0.999 * self.second[name] + 0.001 * gradient**2
            update = self.first[name] / (np.sqrt(self.second[name]) + 1e-6)
            if name in self.decaying:
                update = update + 0.01 * self.values[name]
            self.values[name] = self.values[name] - rate * update
        return norm


class NumpyLamb:
    """Algorithm 2 of arXiv 1904.00962 with phi the identity, behind a clip by the global norm; in float64."""

    def __init__(self, values, adapting):
        self.values = {name: np.array(value, np.float64) for name, value in values.items()}
        self.first = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.adapting = adapting
        self.time = 0

    def step(self, gradients, rate):
        self.time += 1
        norm = math.sqrt(
            math.fsum(
                float(entry) ** 2 for gradient in gradients.values() for entry in gradient.flat
            )
        )
        for name, gradient in gradients.items():
            gradient = gradient / max(norm, 1.0)
            self.first[name] = 0.9 * self.first[name] + 0.1 * gradient
            self.second[name] = 0.999 * self.second[name] + 0.001 * gradient**2
            first = self.first[name] / (1 - 0.9**self.time)
            second = self.second[name] / (1 - 0.999**self.time)
            update, ratio = first / (np.sqrt(second) + 1e-6), 1.0
            if name in self.adapting:
                update = update + 0.01 * self.values[name]
                sizes = [
                    math.sqrt(math.fsum(entry**2 for entry in array.flat))
                    for array in (self.values[name], update)
                ]
                if min(sizes) > 0:
                    ratio = sizes[0] / sizes[1]
            self.values[name] = self.values[name] - rate * ratio * update
