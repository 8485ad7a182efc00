# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Compares sentence splitters on texts that are written out, a sentence a line: sentences per second, wrong and missed ends.

    .venv/bin/python -m benchmarks.sentence_splitters

Each splitter gets the same paragraphs (tests/fixtures/sentences), for --seconds of one process's CPU time each. A splitter that does not
know a language is left out, and so is pysbd if it is not installed. It is not a requirement of this project: pip install pysbd==0.3.4.
"""

import argparse
import glob
import io
import os
import sys
import time
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from data import sentences  # noqa: E402

WITHOUT_SPACES = ("ja", "zh")
NAMES = ("syntok", "pysbd", "sentence-splitter", "this project")


def read(path):
    """Paragraphs of a fixture, each a list of sentences."""
    with io.open(path, encoding="utf-8") as source:
        return [block.split("\n") for block in source.read().strip().split("\n\n")]


def splitters(language):
    """name -> function of a paragraph, for the splitters that know the language."""
    found = {
        "this project": lambda text: sentences.split(text, language),
        "syntok": sentences.split,
    }
    try:
        import pysbd

        segmenter = pysbd.Segmenter(language=language, clean=False)
        found["pysbd"] = segmenter.segment
    except (ImportError, ValueError):
        pass
    import sentence_splitter

    try:
        found["sentence-splitter"] = sentence_splitter.SentenceSplitter(language).split
    except sentence_splitter.SentenceSplitterException:
        pass
    return found


def ends(text, found):
    """Offsets at which sentences end, but for the last; a sentence that is not in the text as it is counts as missed."""
    position, result = 0, set()
    for sentence in found:
        sentence = sentence.strip()
        place = text.find(sentence, position) if sentence else -1
        if place >= 0:
            position = place + len(sentence)
            result.add(position)
    return result - {len(text)}


def measure(split, paragraphs, separator, seconds):
    """dict: sentences_per_second, right, wrong, missed ends."""
    texts = [separator.join(lines) for lines in paragraphs]
    counts = {"right": 0, "wrong": 0, "missed": 0}
    for text, lines in zip(texts, paragraphs):
        expected, found = ends(text, lines), ends(text, split(text))
        counts["right"] += len(expected & found)
        counts["wrong"] += len(found - expected)
        counts["missed"] += len(expected - found)
    rounds, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        for text in texts:
            split(text)
        rounds += 1
    total = rounds * sum(map(len, paragraphs))
    counts["sentences_per_second"] = total / (time.process_time() - started)
    return counts


def row(language, paragraphs, seconds):
    """The row of a language in a Markdown table."""
    separator = "" if language in WITHOUT_SPACES else " "
    found = {
        name: measure(split, paragraphs, separator, seconds)
        for name, split in splitters(language).items()
    }
    cells = [language, str(sum(found["syntok"][kind] for kind in ("right", "missed")))]
    for name in NAMES:
        if name in found:
            cells.append("{wrong} / {missed} / {sentences_per_second:,.0f}".format(**found[name]))
        else:
            cells.append("–")
    rate = found["this project"]["sentences_per_second"]
    cells.append("%.1f ×" % (rate / found["syntok"]["sentences_per_second"]))
    return "| %s |" % " | ".join(cells)


def long_paragraph(paragraphs, language, characters):
    """Prints the seconds that each splitter takes for one paragraph of so many characters."""
    separator = "" if language in WITHOUT_SPACES else " "
    text = separator.join(separator.join(lines) for lines in paragraphs) + separator
    text = (text * (characters // len(text) + 1))[:characters]
    for name, split in sorted(splitters(language).items()):
        started = time.process_time()
        split(text)
        seconds = time.process_time() - started
        print("%s, %d characters, %s: %.2f s" % (language, characters, name, seconds), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU time for each measurement")
    parser.add_argument(
        "--long", type=int, default=20000, metavar="N", help="characters of the long paragraph"
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # pysbd's regular expressions
    print("| language | ends | %s | this project / syntok |" % " | ".join(NAMES))
    print("|---" * (len(NAMES) + 3) + "|")
    folder = os.path.join(ROOT, "tests", "fixtures", "sentences")
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        language = os.path.splitext(os.path.basename(path))[0]
        print(row(language, read(path), options.seconds), flush=True)
    for language in ("de", "ru", "zh"):
        long_paragraph(read(os.path.join(folder, language + ".txt")), language, options.long)


if __name__ == "__main__":
    main()
