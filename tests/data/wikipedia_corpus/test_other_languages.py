# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Wikitext of other languages: files and categories, variants, redirects, disambiguation pages, end matter, templates."""

import pytest

from data.wikipedia_corpus import languages, marks, siteinfo, variants, wikitext


def _site(language, file_name="File", category="Category", media="Media"):
    return siteinfo.Site(language, {-2: media, 6: file_name, 14: category})


@pytest.mark.parametrize(
    "link",
    [
        "[[Datei:Dorf.jpg|mini|Blick auf das Dorf]]",
        "[[Bild:Karte|miniatur|Karte [[des Ortes]]]]",
        "[[Fichier:Village.jpg|vignette|Vue]]",
        "[[ファイル:村.jpg|thumb|村の風景]]",
        "[[画像:村|thumb|村]]",
        "[[Файл:X|мини|подпись]]",
        "[[文件:X|缩略图|字]]",
        "[[ملف:X|تصغير]]",
        "[[चित्र:X|अंगूठाकार]]",
        "[[Image:X|thumb|c]]",
        "[[image:x|thumb|c]]",
        "[[Xyzzy:Unlisted name.svg|thumb|a caption]]",
        "[[Kategorie:Ort in Bayern]]",
        "[[Catégorie:Commune]]",
        "[[カテゴリ:村]]",
        "[[Category:日本の村]]",
        "[[Категория:Город]]",
        "[[分類:城市]]",
        "[[تصنيف:مدن]]",
        "[[श्रेणी:नगर]]",
    ],
)
def test_links_to_files_and_categories_are_gone_in_any_dump(link):
    assert wikitext.paragraphs("Vor %s\n\nText %s." % (link, link)) == ["Vor", "Text."]


@pytest.mark.parametrize(
    "site, link",
    [
        (_site("xx", "Aktenstueck", "Rubrum"), "[[Aktenstueck:X|mini|c]]"),
        (_site("xx", "Aktenstueck", "Rubrum"), "[[aktenstueck : X|c]]"),
        (_site("xx", "Aktenstueck", "Rubrum"), "[[Rubrum:Dorf]]"),
        (_site("xx", "Two words", "Rubrum"), "[[Two_words:X]]"),
    ],
)
def test_names_of_the_dump_itself(site, link):
    source = "Text %s." % link
    assert wikitext.paragraphs(source, site) == ["Text."]
    assert wikitext.paragraphs(source) != ["Text."]


def test_other_links_stay():
    source = "In [[Filme:Das Buch|Filme]] und [[2001: A Space Odyssey]] und [[:Kategorie:X|X]]."
    assert wikitext.paragraphs(source, _site("de", "Datei", "Kategorie")) == [
        "In Filme und 2001: A Space Odyssey und X."
    ]


@pytest.mark.parametrize(
    "source, language, text",
    [
        ("-{zh-hans:计算机;zh-hant:電腦}-", "zh", "计算机"),
        ("-{zh-hant:電腦; zh-hans:计算机;}-", "zh", "计算机"),
        ("-{zh-tw:電腦;zh-cn:计算机}-", "zh", "计算机"),
        ("-{zh-tw:電腦;zh-hk:電腦}-", "zh", "電腦"),
        ("-{大学}-", "zh", "大学"),
        ("-{R|大学}-", "zh", "大学"),
        ("-{H|zh-cn:博客;zh-tw:部落格;}-后", "zh", "后"),
        ("-{T|zh-cn:标题;zh-tw:標題}-后", "zh", "后"),
        ("-{A|zh-cn:博客;zh-tw:部落格}-", "zh", "博客"),
        ("-{-|zh-cn:博客;zh-tw:部落格}-后", "zh", "后"),
        ("-{zh;zh-hans;zh-hant|文}-", "zh", "文"),
        ("-{zh-tw:-{R|x}-;zh-cn:y}-", "zh", "y"),
        ("-{zh-hans:[[a|b]];zh-hant:[[c|d]]}-", "zh", "[[a|b]]"),
        ("-{A|巨集=>zh-cn:宏;巨集=>zh-tw:巨集}-", "zh", "宏"),
        ("-{sr-ec:Бео;sr-el:Beo}-", "sr", "Бео"),
        ("-{zh-cn:甲;zh-tw:乙}-", "en", "甲"),
        ("4-{[2-(x)]}-phenol", "en", "4-{[2-(x)]}-phenol"),
        ("-{{lang|fr|x}}-", "zh", "-{{lang|fr|x}}-"),
    ],
)
def test_variants(source, language, text):
    assert variants.resolved(source, language) == text


def test_variants_within_an_article():
    source = "-{T|zh-cn:计算机;zh-tw:電腦}-\n'''-{zh-cn:计算机;zh-tw:電腦}-'''是[[-{zh-cn:机器;zh-tw:機器}-]]。"
    assert wikitext.paragraphs(source, _site("zh")) == ["计算机是机器。"]


@pytest.mark.parametrize(
    "source",
    [
        "#REDIRECT [[X]]",
        "#redirect[[X]]",
        "#WEITERLEITUNG [[X]]",
        "#REDIRECTION [[X]]",
        "#REDIRECCIÓN [[X]]",
        "#перенаправление [[X]]",
        "#転送 [[X]]",
        "#重定向 [[X]]",
        "#تحويل [[X]]",
        "#पुनर्प्रेषित [[X]]",
        "#REDIRECIONAMENTO: [[X#y]] {{R from z}}",
    ],
)
def test_redirect(source):
    assert languages.is_redirect(source)


@pytest.mark.parametrize("source", ["# [[X]]", "#1 [[X]]", "Text #REDIRECT [[X]]", "#REDIRECT X"])
def test_no_redirect(source):
    assert not languages.is_redirect(source)


@pytest.mark.parametrize(
    "title, source",
    [
        ("Bank", "{{Begriffsklärung}}"),
        ("Bank", "{{Homonymie}}"),
        ("Bank", "{{desambiguación}}"),
        ("Bank", "{{Desambiguação}}"),
        ("Bank", "{{неоднозначность|тип=x}}"),
        ("Bank", "{{Aimai}}"),
        ("Bank", "{{人名の曖昧さ回避}}"),
        ("Bank", "{{消歧义}}"),
        ("Bank", "{{توضيح}}"),
        ("Bank", "{{बहुविकल्पी}}"),
        ("Bank", "Text __DISAMBIG__"),
        ("Bank (Begriffsklärung)", ""),
        ("Банк (значения)", ""),
        ("銀行 (曖昧さ回避)", ""),
    ],
)
def test_disambiguation(title, source):
    assert languages.is_disambiguation(title, source)
    assert not languages.is_disambiguation("Bank", "{{Begriffsklärungshinweis}} Text.")


@pytest.mark.parametrize(
    "heading",
    [
        "Weblinks",
        "Einzelnachweise",
        "Notes et références",
        "Voir aussi",
        "Enlaces externos",
        "Véase también",
        "Ligações externas",
        "Ver também",
        "Примечания",
        "См. также",
        "脚注",
        "関連項目",
        "参考文献",
        "外部链接",
        "參考資料",
        "مراجع",
        "وصلات خارجية",
        "सन्दर्भ",
        "बाहरी कड़ियाँ",
        "See also",
    ],
)
def test_end_matter(heading):
    source = "Text.\n== %s ==\nJunk.\n=== x ===\nJunk.\n== Other ==\nMore." % heading
    assert wikitext.paragraphs(source) == ["Text.", "More."]


@pytest.mark.parametrize(
    "language, template, text",
    [
        ("fr", "s-|XIX|e", "XIXe siècle"),
        ("fr", "s mini-|XIX|e", "XIXe"),
        ("fr", "-s-|II|e", "IIe siècle av. J.-C."),
        ("fr", "sp-|XIX|e|et au|XX|e", "XIXe et au XXe siècles"),
        ("fr", "unité|2000|habitants", "2 000 habitants"),
        ("fr", "unité|3,5|km|2", "3,5 km²"),
        ("fr", "date|21|mars|1977", "21 mars 1977"),
        ("fr", "date|1|3|1977", "1 mars 1977"),
        ("fr", "citation|bonjour", "« bonjour »"),
        ("fr", "1er", "1er"),
        ("fr", "XXe siècle", "XXe siècle"),
        ("fr", "M.|Dupont", "M. Dupont"),
        ("fr", "lien|Text|lang=en|trad=Target", "Text"),
        ("de", "lang|en|word", "word"),
        ("es", "fecha|21|3|1977", "21 de marzo de 1977"),
        ("pt", "dtlink|21|3|1977", "21 de março de 1977"),
        ("ru", "нп5|Имя|текст|en|Name", "текст"),
        ("ru", "s|XX век", "XX век"),
        ("ru", "дата|21|3|1977", "21 марта 1977"),
        ("zh", "bd|1900年|1月1日|1950年|2月2日", "1900年1月1日－1950年2月2日"),
        ("ja", "仮リンク|村|en|Village", "村"),
        ("ja", "読み仮名|漢字|かんじ", "漢字（かんじ）"),
        ("zh", "link-en|村庄|Village", "村庄"),
        ("zh", "tsl|en|Village|村庄", "村庄"),
        ("en", "s-|XIX|e", "XIXe siècle"),
        ("en", "unité|2000|habitants", "2 000 habitants"),
        ("fr", "convert|5|km|mi", "5 kilometres (3.1 mi)"),
    ],
)
def test_template_of_another_language(language, template, text):
    found = wikitext.paragraphs("Avant tout, a {{%s}} z." % template, _site(language))
    assert found == ["Avant tout, a %s z." % text]


def test_unknown_template_of_another_language_is_a_hole():
    found = wikitext.paragraphs("Il y a {{mystère|5}} ici.", _site("fr"))
    assert marks.complete(found) == ([], 1, {"mystère": 1})


def test_reading_above_the_word():
    source = "これは<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>である。"
    assert wikitext.paragraphs(source, _site("ja")) == ["これは漢字 (かんじ)である。"]
