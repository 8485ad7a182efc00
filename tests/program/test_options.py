# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/options.py: immutable groups, and no option that is silently ignored."""

import copy
import pickle

import pytest

from program.options import Option, OptionError, OptionGroup, with_changes


class Colours(OptionGroup):
    OPTIONS = (Option("first", "red", "The first."), Option("second", None, "The second."))


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


@pytest.mark.parametrize(
    "option, good, bad, message",
    [
        (Option("n", 1, "", minimum=1), 1, 0, "--n=0: must be an integer of at least 1"),
        (Option("n", 1, ""), -7, 1.5, "--n=1.5: must be an integer$"),
        (Option("n", 1, ""), 0, True, "--n=True: must be an integer"),
        (Option("n", 1, ""), 0, None, "--n=None: must be an integer"),
        (Option("x", 1.0, "", above=0.0), 3, 0.0, "--x=0.0: must be a number greater than 0"),
        (Option("x", 1.0, "", above=0.0), 1e-9, float("inf"), "--x=inf: must be a number greater"),
        (Option("x", 1.0, ""), float("inf"), float("nan"), "--x=nan: must be a number"),
        (
            Option("x", 0.5, "", minimum=0.0, maximum=1.0),
            1.0,
            1.5,
            "--x=1.5: must be a number from 0 to 1",
        ),
        (
            Option("x", 1.0, "", above=0.0, maximum=1e6),
            1e6,
            1e300,
            "--x=1e.300: must be a number greater than 0 and at most 1e.06",
        ),
        (Option("n", 1, ""), 2**31 - 1, 2**31, "--n=2147483648: must be at most 2147483647"),
        (Option("n", 1, "", maximum=2**63), 2**40, 2**64, "must be an integer"),
        (Option("c", "a", "", choices=("a", "b")), "b", "d", "--c=d: must be a or b"),
        (Option("b", False, ""), True, 1, "--b=1: must be true or false"),
        (Option("b", None, "", kind=bool), None, "yes", "--b=yes: must be true or false"),
        (Option("s", None, "", required=True), "x", None, "--s is required"),
        (Option("s", None, "", required=True), "x", "", "--s is required"),
        (Option("n", 5, "", optional=True), None, "5", "--n=5: must be an integer"),
    ],
)
def test_a_row_says_what_is_valid(option, good, bad, message):
    group = type("Group", (OptionGroup,), {"OPTIONS": (option._replace(default=good),)})
    assert getattr(group(), option.name) == good
    with pytest.raises(OptionError, match=message):
        group(**{option.name: bad})


def test_a_table_with_another_default():
    changed = with_changes(Colours.OPTIONS, first={"default": "green", "is_flag": False})
    assert [(row.name, row.default, row.is_flag) for row in changed] == [
        ("first", "green", False),
        ("second", None, True),
    ]
    assert Colours().first == "red"
    with pytest.raises(ValueError, match="no option third"):
        with_changes(Colours.OPTIONS, third={"default": 1})
