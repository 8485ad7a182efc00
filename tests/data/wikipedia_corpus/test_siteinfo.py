# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Language and namespaces of a dump: from <mediawiki> and <siteinfo>, from the database name, without either."""

import bz2
import glob
import os

import pytest

from data.wikipedia_corpus import siteinfo
from program.errors import DataError

_GERMAN = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang="de">
  <siteinfo>
    <sitename>Wikipedia</sitename>
    <dbname>dewiki</dbname>
    <namespaces>
      <namespace key="-2" case="first-letter">Medium</namespace>
      <namespace key="0" case="first-letter" />
      <namespace key="6" case="first-letter">Datei</namespace>
      <namespace key="14" case="first-letter">Kategorie</namespace>
    </namespaces>
  </siteinfo>
"""
_PAGE = "<page><title>A</title><ns>0</ns><revision><text>B</text></revision></page></mediawiki>"


@pytest.mark.parametrize("streams", [[_GERMAN + _PAGE], [_GERMAN, _PAGE]])
def test_dump_with_siteinfo(tmp_path, streams):
    path = tmp_path / "d.xml.bz2"
    path.write_bytes(b"".join(bz2.compress(stream.encode("utf-8")) for stream in streams))
    assert siteinfo.read(str(path)) == siteinfo.Site(
        "de", {-2: "Medium", 6: "Datei", 14: "Kategorie"}
    )


@pytest.mark.parametrize(
    "head, language",
    [
        ("<mediawiki>" + _PAGE, "en"),
        ("<mediawiki><siteinfo></siteinfo>", "en"),
        ("<mediawiki><siteinfo><dbname>frwiki</dbname></siteinfo>", "fr"),
        ("<mediawiki><siteinfo><dbname>zh_yuewiki</dbname></siteinfo>", "zh-yue"),
        ("<mediawiki><siteinfo><dbname>simplewiki</dbname></siteinfo>", "en"),
        ("<mediawiki><siteinfo><dbname>of_my_company</dbname></siteinfo>", "en"),
        ('<mediawiki xml:lang="pt-BR"><siteinfo><dbname>xwiki</dbname></siteinfo>', "pt-br"),
    ],
)
def test_language_and_english_namespaces_where_the_dump_has_none(tmp_path, head, language):
    path = tmp_path / "d.xml.bz2"
    path.write_bytes(bz2.compress(head.encode("utf-8")))
    assert siteinfo.read(str(path)) == siteinfo.Site(
        language, {-2: "Media", 6: "File", 14: "Category"}
    )


@pytest.mark.parametrize("content", [None, b"", b"<mediawiki>", b"BZh9 damaged"])
def test_no_bz2_dump_is_named(tmp_path, content):
    path = tmp_path / "d.xml.bz2"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="d.xml.bz2: "):
        siteinfo.read(str(path))


def test_real_dump(shared_data):
    site = siteinfo.read(glob.glob(os.path.join(shared_data, "wikipedia", "*.bz2"))[0])
    assert site.language == "en"
    assert (site.namespaces[6], site.namespaces[14], site.namespaces[100]) == (
        "File",
        "Category",
        "Portal",
    )
