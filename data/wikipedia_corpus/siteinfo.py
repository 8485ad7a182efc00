# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a dump says of its wiki in <mediawiki> and <siteinfo>: language and names of namespaces."""

import collections
import re
from xml.etree import ElementTree

from data.wikipedia_corpus import dump

# language: str, the code of the wiki's content ("de", "zh", "pt-br"). namespaces: {int: str}, in the wiki's language; English
# names where the dump has none.
Site = collections.namedtuple("Site", "language namespaces")

MEDIA, FILE, CATEGORY = -2, 6, 14
ENGLISH = Site("en", {MEDIA: "Media", FILE: "File", CATEGORY: "Category"})

# Database names whose prefix is not the language's code.
_LANGUAGES_OF_WIKIS = {"simple": "en", "no": "nb", "als": "gsw", "be_x_old": "be", "commons": "en"}
_END = re.compile(b"</siteinfo>|<page[ >]|</mediawiki>")
# Wikimedia's <siteinfo> has about 3 KB.
_LARGEST_HEAD = 1 << 20


def read(path):
    """The Site that the dump at `path` describes.

    Returns:
        Site. Language: xml:lang of <mediawiki>, else by <dbname>, else "en".

    Raises:
        DataError: the file cannot be read, is no bz2 file, or its beginning is damaged.
    """
    head = b""
    for piece in dump.first_stream(path):
        head += piece
        if _END.search(head) or len(head) > _LARGEST_HEAD:
            break
    end = _END.search(head)
    if end:
        head = head[: end.end() if end.group() == b"</siteinfo>" else end.start()]
    return parse(head)


def parse(head):
    """The Site in the beginning of a dump's XML (bytes, up to </siteinfo> or anywhere after it)."""
    parser = ElementTree.XMLPullParser(events=("start", "end"))
    language, database, namespaces = None, None, {}
    try:
        parser.feed(head)
        for event, element in parser.read_events():
            name = element.tag.rsplit("}", 1)[-1]
            if event == "start" and name == "mediawiki":
                language = element.get("{http://www.w3.org/XML/1998/namespace}lang")
            elif event == "end" and name == "dbname":
                database = element.text
            elif event == "end" and name == "namespace" and element.text:
                namespaces[int(element.get("key", "0"))] = element.text
    except (ElementTree.ParseError, ValueError):
        pass  # read_pages reports damage, with its place; what was read before it stands
    return Site(
        (language or _language_of_database(database) or ENGLISH.language).lower(),
        namespaces or dict(ENGLISH.namespaces),
    )


def _language_of_database(name):
    """'dewiki' -> 'de', 'zh_yuewiktionary' -> 'zh-yue'; None for another form of name."""
    match = re.match(
        r"([a-z]{2,}(?:_[a-z]+)*?)(?:wiki|wiktionary|wikibooks|wikisource)", name or ""
    )
    if not match:
        return None
    return _LANGUAGES_OF_WIKIS.get(match.group(1), match.group(1).replace("_", "-"))
