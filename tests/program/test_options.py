# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/options.py: immutable groups, and no option that is silently ignored."""

import copy
import pickle
from collections import OrderedDict

import pytest

from program.options import OptionError, OptionGroup


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
