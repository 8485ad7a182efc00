# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Which templates stand in the sentences of a Wikipedia dump, how often, and what text they become.

    python -m benchmarks.wikipedia_templates --dump enwiki-….xml.bz2 --most 20

Prints a table in Markdown. Templates outside of running text (infoboxes, navigation, references, tables, lists) do not count.
"""

import argparse
import collections
import re

from data.wikipedia_corpus import dump, languages, marks, prose, siteinfo, wikitext
from data.wikipedia_corpus.templates import render

# Around the number of a use, in the text of a paragraph.
_USE = re.compile("\ue002(\\d+)\ue003")
_LONGEST = 60

Use = collections.namedtuple("Use", "name source shown")


def uses_in(text, site, title):
    """The templates in the paragraphs of one article: list of Use."""
    uses, render_text, fold = [], render.text, prose.paragraphs

    def recorded(template, plain, language, page_title):
        shown = render_text(template, plain, language, page_title)
        name = " ".join(str(template.name).lower().replace("_", " ").split())
        uses.append(Use(name.partition(":")[0], str(template), shown))
        return "%s\ue002%d\ue003" % (shown, len(uses) - 1)

    def folded(marked):
        # Alone on its line, a template is in no sentence.
        return fold("\n".join(_only_beside_text(line) for line in marked.split("\n")))

    render.text, prose.paragraphs = recorded, folded
    try:
        paragraphs = wikitext.paragraphs(text, site, title)
    finally:
        render.text, prose.paragraphs = render_text, fold
    return [uses[int(number)] for number in _USE.findall("\n".join(paragraphs))]


def _only_beside_text(line):
    rest = _USE.sub("", marks.HOLE.sub("", line))
    return line if any(character.isalnum() for character in rest) else _USE.sub("", line)


def _row(name, uses):
    source = " ".join(uses[0].source.split())[:_LONGEST].replace("|", "\\|")
    shown = prose.without_quote_marks(" ".join(_USE.sub("", uses[0].shown).split()))
    if marks.has_hole(shown):
        shown = "the sentence is dropped"
    else:
        shown = shown.replace(marks.APOSTROPHE, "'")
        shown = re.sub("[\x00-\x08]", "", shown)[:_LONGEST].replace("|", "\\|") or "nothing"
    return "| %d | %s | `%s` | %s |" % (len(uses), name, source, shown)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="pages-articles….xml.bz2")
    parser.add_argument("--most", type=int, default=20, help="rows of the table")
    options = parser.parse_args()
    site, found = siteinfo.read(options.dump), collections.defaultdict(list)
    for unused_block, pages in dump.blocks(options.dump, 50, 5000, lambda block: True):
        for page in pages:
            if (
                page.namespace in ("", "0")
                and not page.is_redirect
                and not languages.is_redirect(page.text)
                and not languages.is_disambiguation(page.title, page.text)
            ):
                for use in uses_in(page.text, site, page.title):
                    found[use.name].append(use)
    print("%d uses of %d templates" % (sum(map(len, found.values())), len(found)))
    print("| uses | template | for example | becomes |\n|---|---|---|---|")
    for name in sorted(found, key=lambda name: (-len(found[name]), name))[: options.most]:
        print(_row(name, found[name]))


if __name__ == "__main__":
    main()
