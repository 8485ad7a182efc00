# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Paragraphs -> sentences, with syntok (rule-based; knows abbreviations, initials, decimals and quotations)."""

import syntok.segmenter


def split(paragraph):
    """The sentences of one paragraph.

    Args:
        paragraph: str, one paragraph of running prose; white space of any kind may stand in it.

    Returns:
        list of str: the sentences in order, none empty, none holding a line break; joined with spaces they are the
        paragraph, white space folded.
    """
    text = " ".join(paragraph.split())
    # syntok's tokens are normalised ("isn't" -> is, not): cut the text itself, at the offsets where sentences begin.
    starts = [
        tokens[0].offset for block in syntok.segmenter.process(text) for tokens in block if tokens
    ]
    if not starts:
        return []
    starts[0] = 0
    ends = starts[1:] + [len(text)]
    return [
        sentence
        for sentence in (text[start:end].strip() for start, end in zip(starts, ends))
        if sentence
    ]
