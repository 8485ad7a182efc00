# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Templates in sentences: the text of known ones, nothing for notes, and no sentence with an unknown one."""

import pytest

from data import sentences
from data.wikipedia_corpus import marks, prose, siteinfo, wikitext


def _sentence(source, language="en"):
    """The one paragraph of a source; a template without a known text shows as {{name}}."""
    site = siteinfo.Site(language, siteinfo.ENGLISH.namespaces)
    found = wikitext.paragraphs(source, site, "The Title")
    assert len(found) <= 1
    return marks.HOLE.sub(lambda match: "{{%s}}" % marks.name_of(match), "".join(found))


@pytest.mark.parametrize(
    "template, shown",
    [
        # lengths and other quantities
        ("convert|1300|mi|km", "1,300 miles (2,100 km)"),
        ("convert|6|ft|4|in|cm", "6 feet 4 inches (193 cm)"),
        ("cvt|5|-|6|km|mi", "5–6 km (3.1–3.7 mi)"),
        ("convert|16|e6acre|km2", "16 million acres (65,000 km²)"),
        ("convert|3|unheard-of", "{{convert}}"),
        # fractions and numbers
        ("frac|1|2", "1/2"),
        ("frac|3|1|2", "3 1/2"),
        ("frac|3", "1/3"),
        ("sfrac|''n'' + 1|2", "(n + 1)/2"),
        ("formatnum:3003", "3,003"),
        ("formatnum: 1234567.5 ", "1,234,567.5"),
        ("formatnum:3,003|R", "3003"),
        ("val|1.23|0.05|u=kg", "1.23 ± 0.05 kg"),
        ("val|1.23|0.05|e=5|u=m|up=s", "(1.23 ± 0.05)×10⁵ m/s"),
        ("val|6.241|e=18", "6.241×10¹⁸"),
        ("val|1.00794|(7)", "1.00794(7)"),
        ("val|1.23|+0.05|-0.03", "1.23 +0.05 −0.03"),
        ("gaps|3.141|592|65", "3.14159265"),
        ("e|24", "×10²⁴"),
        ("ordinal|22", "22nd"),
        ("ordinal|113", "113th"),
        ("nts|12500", "12,500"),
        ("number table sorting|7", "7"),
        ("percentage|1|3|1", "33.3%"),
        ("pct|25", "25%"),
        ("number to word|42", "forty-two"),
        ("pop density|3645257|640081.87|km2|sqmi|prec=1", "5.7 per square kilometre (15/sq mi)"),
        ("coord|13|19|N|169|9|W|type:event", "13°19′N 169°9′W"),
        ("coord|57.3|-4.45", "57.3°N 4.45°W"),
        ("1/2", "1/2"),
        # money
        ("US$|5 million|2010", "US$5 million"),
        ("£|12000", "£12,000"),
        ("€", "€"),
        ("INR", "₹"),
        ("INRConvert|50|c", "₹50 crore"),
        ("£sd|l=1|s=2|d=6", "£1 2s 6d"),
        ("inflation|US|5|1929", "{{inflation}}"),
        # dates
        ("As of|2015", "As of 2015"),
        ("as of|2015|3|lc=y", "as of March 2015"),
        ("as of|2015|3|14|lc=y|df=US", "as of March 14, 2015"),
        ("as of|2009|since=y", "Since 2009"),
        ("as of|2009|bare=y", "2009"),
        ("as of|2009|alt=In that year", "In that year"),
        ("circa|1500", "c. 1500"),
        ("circa|1500|1510", "c. 1500 – c. 1510"),
        ("c.|1500", "c. 1500"),
        ("floruit|1490|1500", "fl. 1490–1500"),
        ("reign|871|899", "r. 871–899"),
        ("birth date|1809|2|12", "February 12, 1809"),
        ("birth date and age|1947|04|01|df=y", "1 April 1947"),
        ("death date and age|1865|4|15|1809|2|12", "April 15, 1865 (aged 56)"),
        ("start date|1969|7", "July 1969"),
        ("dts|1777|12|16", "December 16, 1777"),
        ("age|1900|1|31|1950|1|1", "49"),
        ("age in days|1900|1|1|1901|1|1", "365"),
        ("death year and age|2001|1950", "2001 (aged 50–51)"),
        ("dts|2010-05-03", "May 3, 2010"),
        ("age|1969|7|20", "{{age}}"),
        ("OldStyleDate|February 2|1905|January 20", "February 2 [O.S. January 20], 1905"),
        ("date|2009-12-25|mdy", "December 25, 2009"),
        ("BCE|300", "300 BCE"),
        # words
        ("lang|fr|Là", "Là"),
        ("langx|fr|Là", "French: Là"),
        ("lang-de|Haus", "German: Haus"),
        ("lang-pt-BR|casa|label=none", "casa"),
        ("lang-grc-gre|οἶκος", "Greek: οἶκος"),
        ("lang-qqq|x", "{{lang-qqq}}"),
        ("transl|ar|ALA|Allāh", "Allāh"),
        ("nowrap|[[Apollo 7]]", "Apollo 7"),
        ("nowrap|1=a = b", "a = b"),
        ("abbr|HQ|headquarters", "HQ"),
        ("sic|hte", "hte [sic]"),
        ("sic|hte|hide=y", "hte"),
        ("Nihongo|Aikido|合気道|Aikidō", "Aikido (合気道, Aikidō)"),
        ("ill|Text|de|Ziel", "Text"),
        ("ill|de|Ziel", "Ziel"),
        ("HMS|Ajax|22|6", "HMS Ajax"),
        ("USS|Hornet|CV-12", "USS Hornet (CV-12)"),
        ("ship|Japanese battleship|Yamato", "Japanese battleship Yamato"),
        ("sclass|Nimitz|aircraft carrier|1", "Nimitz-class aircraft carrier"),
        ("sclass-|Nimitz|aircraft carrier|4", "Nimitz class"),
        ("flag|Tennessee", "Tennessee"),
        ("flagcountry|USA", "United States"),
        ("FRA", "France"),
        ("harvtxt|Smith|Jones|2000", "Smith & Jones (2000)"),
        ("bibleref|Mark|3:25|9", "Mark 3:25"),
        ("keypress|Ctrl|C", "Ctrl+C"),
        ("angbr|a", "⟨a⟩"),
        ("music|flat", "♭"),
        ("H:title|tip|text", "text"),
        ("zh|s=汉|p=hàn", "simplified Chinese: 汉; pinyin: hàn"),
        # science
        ("sub|2", "₂"),
        ("sup|-3", "⁻³"),
        ("su|p=2|b=i", "_i²"),
        ("chem|H|2|O", "H₂O"),
        ("chem|S|O|4|2-", "SO₄²⁻"),
        ("chem2|SO4(2-)", "SO₄²⁻"),
        ("chem2|CH3CH2OH", "CH₃CH₂OH"),
        ("mvar|x", "x"),
        ("math|''x'' {{=}} 2", "x = 2"),
        ("sqrt|2", "√2"),
        ("simplenuclide2|lithium|7", "lithium-7"),
        ("track gauge|1435mm", "1,435 mm"),
        # parser functions
        ("lc:NASA", "nasa"),
        ("uc:nasa", "NASA"),
        ("ucfirst:nasa {{lc:ESA}}", "Nasa esa"),
        ("#if:x|yes|no", "yes"),
        ("#if: |yes|no", "no"),
        ("#if:{{mystery}}|yes|no", "{{mystery}}"),
        ("#ifeq:1|1.0|same|other", "same"),
        ("#switch:b|a=1|b|c=2|3", "2"),
        ("#expr:2*(3+4)/7", "2"),
        ("plural:1|ship|ships", "ship"),
        ("PAGENAME", "The Title"),
        ("#invoke:x|y", "{{#invoke}}"),
        ("CURRENTYEAR", "{{currentyear}}"),
    ],
)
def test_known_template(template, shown):
    assert (
        _sentence("It was said here: a {{%s}} z." % template) == "It was said here: a %s z." % shown
    )


@pytest.mark.parametrize(
    "template",
    [
        "citation needed|date=May 2015",
        "sfn|Smith|2000|p=5",
        "efn|A note with a {{mystery|1}} in it.",
        "cite web|url=x|title=y",
        "rp|223",
        "coord|13|19|N|169|9|W|display=title",
        "dubious",
        "lang-needed-inline",
        "specify units needed",
        "Weasel-inline|date=April 2016",
        "#tag:ref|text",
        "DEFAULTSORT:Smith",
        "anchor|here",
        "Infobox thing\n| name = x\n| other = y\n",
        "Some navigation\n| list = x\n",
    ],
)
def test_template_without_text_leaves_the_sentence_whole(template):
    assert _sentence("It was so{{%s}}, they said." % template) == "It was so, they said."


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("A 3{{frac|1|2}}-inch disk.", "A 3 1/2-inch disk."),
        ("At {{formatnum:18}} metres.", "At 18 metres."),
        ("The ''Titanic'''s captain.", "The Titanic's captain."),
        ("The ''[[Titanic (ship)|Titanic]]'''s captain.", "The Titanic's captain."),
        ("The [[x|'''Iliad''']]'s death, '''Bold''''s end.", "The Iliad's death, Bold's end."),
        ("L'''État'' de '''''tout'''''.", "L'État de tout."),
        ("In ''GQ''{{'}}s and ''X''{{'s}} view.", "In GQ's and X's view."),
        ("The [[Kruskal&ndash;Wallis test]] is.", "The Kruskal–Wallis test is."),
        ("At 10<sup>5</sup> m<sup>2</sup> of CO<sub>2</sub>.", "At 10⁵ m² of CO₂."),
        ("The 19<sup>th</sup> x<sub>max</sub> and 2<sup>''n''</sup>.", "The 19th x_max and 2ⁿ."),
        ("Here <math>x_1 = \\alpha^2</math> holds.", "Here x₁ = α² holds."),
        ("X ({{IPA-fr|abc}}; born 1947) is.", "X (born 1947) is."),
        ("X ({{lang-fr|Y}} {{IPA-fr|abc}}, born 1947) is.", "X (French: Y [abc], born 1947) is."),
        ("X (pronounced {{IPA|/x/}}, born 1947) is.", "X (born 1947) is."),
        ("X {{IPAc-en|e|k|s}} is {{respell|EKS}}.", "X /eks/ is EKS."),
        ("A mystery ({{mystery|5}}) is ({{mystery}}; 1947).", "A mystery is (1947)."),
        ("{{mystery|x}}\n\nText.", "Text."),
        ("It is here.{{coord|57.3|-4.45}} It is ({{coord|57.3|-4.45}}).", "It is here. It is."),
        ("{{coord|57.3|-4.45}}\nText at {{coord|57.3|-4.45}}.", "Text at 57.3°N 4.45°W."),
        ("A 3{{1/2}}-inch disk.", "A 3 1/2-inch disk."),
        ("[[File:X.jpg|thumb|never closed\n\nText.", "Text."),
    ],
)
def test_repaired_sentence(source, sentence):
    assert _sentence(source) == sentence


def test_quotation_is_a_paragraph():
    source = "He said:\n{{quote|To be [[or]] not.|Hamlet}}\nAfter."
    assert wikitext.paragraphs(source) == ["He said:", "To be or not.", "After."]


@pytest.mark.parametrize(
    "source, kept, holes",
    [
        ("It costs {{mystery|5}} pounds. It is cheap.", ["It is cheap."], {"mystery": 1}),
        ("{{Mystery one|5}} pounds. It is.", ["It is."], {"mystery one": 1}),
        (
            "A {{m1}} b {{m1}} and {{m2}} here. All {{m1}} there.",
            [],
            {"m1": 2, "m2": 1},
        ),
        ("It ended.{{mystery}} It began.", ["It ended.", "It began."], {}),
        ("Here <math>\\frac{1}{2}</math> is. Text.", ["Text."], {"<math>": 1}),
        ("Formula <ce>H2O</ce> is. Text.", ["Text."], {"<ce>": 1}),
        ("It is {{convert|5|foo}} long. Text.", ["Text."], {"convert": 1}),
        ("See ''{{val|about x?}}'' here. Text.", ["Text."], {"val": 1}),
    ],
)
def test_sentence_with_an_unknown_template_is_dropped_and_counted(source, kept, holes):
    found, dropped, names = marks.complete(
        line
        for paragraph in wikitext.paragraphs(source)
        for line in prose.tidied(sentences.split(paragraph))
    )
    assert (found, names) == (kept, holes)
    assert dropped == (2 if "All" in source else len(holes))


@pytest.mark.parametrize(
    "lines, expected",
    [
        (["(He was.)", ". They were."], ["(He was.).", "They were."]),
        (["It is", "."], ["It is."]),
        ([", it had."], ["it had."]),
        (["Yes.", "... and so on."], ["Yes.", "and so on."]),
        (["…and"], ["and"]),
        ([".NET is.", ".45 calibre."], [".NET is.", ".45 calibre."]),
        (["He said “Yes.", "”"], ["He said “Yes.”"]),
        (["、日本"], ["日本"]),
    ],
)
def test_no_sentence_begins_with_punctuation(lines, expected):
    assert prose.tidied(lines) == expected
