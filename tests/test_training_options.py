# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/options.py: immutable groups, and no option that is silently ignored."""

from collections import OrderedDict
import copy
import pickle

import pytest

from training.options import OptimizerOptions
from training.options import OptionError
from training.options import OptionGroup
from training.options import PrecisionOptions
from training.options import RunOptions


class Colours(OptionGroup):
  DEFAULTS = OrderedDict([("first", "red"), ("second", None)])


def test_defaults_and_given_values():
  colours = Colours(second="blue")
  assert (colours.first, colours.second) == ("red", "blue")
  assert list(colours.to_dict().items()) == [("first", "red"), ("second", "blue")]


def test_unknown_option_is_refused_with_a_suggestion():
  with pytest.raises(OptionError, match="Colours has no option 'secnd', did you mean 'second'"):
    Colours(secnd="blue")
  with pytest.raises(OptionError, match="no option 'x'"):
    Colours().replace(x=1)
  with pytest.raises(AttributeError, match="no option 'third'"):
    Colours().third  # pylint: disable=pointless-statement,expression-not-assigned


def test_cannot_be_changed_in_place():
  colours = Colours()
  with pytest.raises(AttributeError, match="immutable"):
    colours.first = "green"
  with pytest.raises(AttributeError, match="immutable"):
    del colours.first
  colours.to_dict()["first"] = "green"
  assert colours.first == "red"


def test_replace_makes_another():
  colours = Colours(second="blue")
  assert colours.replace(first="green").to_dict() == {"first": "green", "second": "blue"}
  assert colours.first == "red"
  assert colours == Colours(second="blue") and colours != colours.replace(first="green")


def test_pick_takes_only_its_own():
  assert Colours.pick({"first": "green", "weight": 3}) == Colours(first="green")


def test_copies_and_pickles():
  colours = Colours(second="blue")
  assert copy.deepcopy(colours) == colours
  assert pickle.loads(pickle.dumps(colours)) == colours


@pytest.mark.parametrize("group, values, message", [
    (RunOptions, {}, "--output_dir is missing"),
    (RunOptions, {"output_dir": "o", "save_checkpoints_steps": 0}, "--save_checkpoints_steps must be .* at least 1, got 0"),
    (RunOptions, {"output_dir": "o", "keep_checkpoint_max": -1}, "--keep_checkpoint_max"),
    (RunOptions, {"output_dir": "o", "random_seed": 1.5}, "--random_seed must be a whole number"),
    (OptimizerOptions, {"learning_rate": 0.0}, "--learning_rate must be a number above 0, got 0.0"),
    (OptimizerOptions, {"learning_rate": float("nan")}, "--learning_rate"),
    (OptimizerOptions, {"learning_rate": float("inf")}, "--learning_rate"),
    (OptimizerOptions, {"num_train_steps": 0}, "--num_train_steps"),
    (OptimizerOptions, {"num_train_steps": True}, "--num_train_steps"),
    (OptimizerOptions, {"num_warmup_steps": -1}, "--num_warmup_steps"),
    (PrecisionOptions, {"use_fp16": True, "amp": True}, "exclude each other"),
])
def test_values_that_cannot_work(group, values, message):
  with pytest.raises(OptionError, match=message):
    group(**values)


def test_no_seed_is_allowed():
  assert RunOptions(output_dir="o", random_seed=None).random_seed is None
