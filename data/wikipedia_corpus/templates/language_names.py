# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""English names of languages by the codes of {{lang-fr|…}}: Wikipedia shows "French: …"."""

_NAMES = """
ab Abkhaz|ady Adyghe|af Afrikaans|akk Akkadian|aln Gheg Albanian|als Tosk Albanian|am Amharic|an Aragonese|ang Old English|
ar Arabic|arc Aramaic|arz Egyptian Arabic|as Assamese|ast Asturian|av Avar|ay Aymara|az Azerbaijani|ba Bashkir|bar Bavarian|
be Belarusian|ber Berber|bg Bulgarian|bi Bislama|bm Bambara|bn Bengali|bo Tibetan|br Breton|bs Bosnian|ca Catalan|ce Chechen|
ceb Cebuano|chr Cherokee|ckb Central Kurdish|co Corsican|cop Coptic|crh Crimean Tatar|cs Czech|csb Kashubian|cu Church Slavonic|
cv Chuvash|cy Welsh|da Danish|de German|dsb Lower Sorbian|dv Dhivehi|dz Dzongkha|ee Ewe|egy Egyptian|el Greek|en English|
eo Esperanto|es Spanish|et Estonian|eu Basque|fa Persian|ff Fula|fi Finnish|fil Filipino|fj Fijian|fo Faroese|fr French|
frm Middle French|fro Old French|frr North Frisian|fur Friulian|fy West Frisian|ga Irish|gd Scottish Gaelic|gez Ge'ez|gl Galician|
gmh Middle High German|gn Guarani|goh Old High German|got Gothic|grc Ancient Greek|gsw Alemannic German|gu Gujarati|gv Manx|
ha Hausa|hak Hakka Chinese|haw Hawaiian|he Hebrew|hi Hindi|hit Hittite|hr Croatian|hsb Upper Sorbian|ht Haitian Creole|
hu Hungarian|hy Armenian|hyw Western Armenian|ia Interlingua|id Indonesian|ig Igbo|ilo Ilocano|is Icelandic|it Italian|
iu Inuktitut|ja Japanese|jv Javanese|ka Georgian|kab Kabyle|kg Kongo|ki Kikuyu|kk Kazakh|kl Greenlandic|km Khmer|kn Kannada|
ko Korean|ks Kashmiri|ku Kurdish|kv Komi|kw Cornish|ky Kyrgyz|la Latin|lad Judaeo-Spanish|lb Luxembourgish|li Limburgish|
lij Ligurian|lmo Lombard|ln Lingala|lo Lao|lt Lithuanian|lv Latvian|mg Malagasy|mi Māori|mk Macedonian|ml Malayalam|mn Mongolian|
mnc Manchu|mr Marathi|ms Malay|mt Maltese|my Burmese|nah Nahuatl|nap Neapolitan|nds Low German|ne Nepali|nl Dutch|nn Norwegian|
no Norwegian|nb Norwegian|non Old Norse|nrf Norman|nv Navajo|oc Occitan|oj Ojibwe|om Oromo|or Odia|os Ossetian|ota Ottoman Turkish|
pa Punjabi|pal Middle Persian|pap Papiamento|pdc Pennsylvania German|peo Old Persian|pi Pali|pl Polish|pms Piedmontese|prg Old Prussian|
pro Old Occitan|ps Pashto|pt Portuguese|qu Quechua|rm Romansh|ro Romanian|rom Romani|ru Russian|rue Rusyn|rus Russian|rw Kinyarwanda|
sa Sanskrit|sc Sardinian|scn Sicilian|sco Scots|sd Sindhi|se Northern Sami|sga Old Irish|sh Serbo-Croatian|si Sinhala|sk Slovak|
sl Slovene|sm Samoan|sn Shona|so Somali|sq Albanian|sr Serbian|st Sotho|su Sundanese|sux Sumerian|sv Swedish|sw Swahili|syc Syriac|
syr Syriac|szl Silesian|ta Tamil|te Telugu|tet Tetum|tg Tajik|th Thai|ti Tigrinya|tk Turkmen|tl Tagalog|tn Tswana|to Tongan|tr Turkish|
tt Tatar|tw Twi|ty Tahitian|tyv Tuvan|udm Udmurt|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|vec Venetian|vi Vietnamese|vls West Flemish|
vo Volapük|wa Walloon|wo Wolof|xcl Classical Armenian|xh Xhosa|xno Anglo-Norman|yi Yiddish|yo Yoruba|yue Cantonese|za Zhuang|
zh Chinese|zu Zulu
"""
_BY_CODE = dict(entry.strip().split(" ", 1) for entry in _NAMES.replace("|\n", "|").split("|"))
_BY_CODE.update(
    {
        "grc-gre": "Greek",
        "el-gr": "Greek",
        "sr-cyrl": "Serbian Cyrillic",
        "sr-latn": "Serbian Latin",
    }
)
_BY_CODE.update(
    {"en-gb": "British English", "en-us": "American English", "pt-br": "Brazilian Portuguese"}
)
_BY_CODE.update({"zh-hans": "simplified Chinese", "zh-hant": "traditional Chinese"})


def name(code):
    """The English name of a language; of its main part if the code with its script or region is not known; None."""
    code = code.lower()
    return _BY_CODE.get(code) or _BY_CODE.get(code.split("-")[0])
