# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""One use of a template or parser function: its name and its arguments as text."""

import collections

from data.wikipedia_corpus import marks


class Call:
    """A template in a page.

    name: str, in lower case. raw_name: str, as written. page_title: str, of the article.
    """

    def __init__(self, name, raw_name, template, plain, page_title):
        """Args:
        template: the parser's Template node.
        plain: function of the parser's Wikicode, its visible text with marks.
        """
        self.name = name
        self.raw_name = raw_name
        self.page_title = page_title
        self._template = template
        self._plain = plain
        self._parameters = None
        self._texts = {}

    def _values(self):
        """dict: "1", "2", … or a parameter's own name -> Wikicode; the last of equal names wins."""
        if self._parameters is None:
            self._parameters = self._own_values()
        return self._parameters

    def _own_values(self):
        return collections.OrderedDict(
            (str(parameter.name).strip(), parameter.value) for parameter in self._template.params
        )

    def keys(self):
        """The names of all parameters, in order."""
        return list(self._values())

    def has(self, key):
        """Whether the parameter (int or str) is given, be it empty."""
        return str(key) in self._values()

    def raw(self, key):
        """The text of a parameter with the white space around it; "" where it is missing."""
        key = str(key)
        if key not in self._texts:
            code = self._values().get(key)
            self._texts[key] = "" if code is None else self._plain(code)
        return self._texts[key]

    def get(self, key, default=""):
        """The text of a parameter without white space around it and what is not shown, or `default` if that is empty."""
        return self.raw(key).replace(marks.GONE, "").strip() or default

    def positional(self):
        """The texts of parameters 1, 2, … up to the first that is missing."""
        values = []
        while self.has(len(values) + 1):
            values.append(self.get(len(values) + 1))
        return values

    def named(self):
        """dict of str: the parameters with names."""
        return {key: self.get(key) for key in self._values() if not key.isdecimal()}


class FunctionCall(Call):
    """A parser function: parameter 1 is what follows the colon, the template's own parameters come after it."""

    def __init__(self, name, template, plain, page_title):
        Call.__init__(self, name, name, template, plain, page_title)
        self._texts["1"] = _behind_colon(plain(template.name))

    def _values(self):
        if self._parameters is None:
            self._parameters = collections.OrderedDict([("1", None)])
            for key, value in self._own_values().items():
                self._parameters[str(int(key) + 1) if key.isdecimal() else key] = value
        return self._parameters


def _behind_colon(text):
    return text.partition(":")[2]
