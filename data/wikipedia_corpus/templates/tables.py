# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Names of templates, in lower case: which one shows a fixed text, which one of its arguments, and which no text at all."""

import re

_FIXED = {
    "\u2013": "ndash|endash|en dash",
    "\u2014": "mdash|emdash|em dash|long dash|--",
    " \u2013 ": "spaced ndash|snd|snds|spnd|sndash|spaced en dash|spaced en dash space|–|dash",
    " \u2014 ": "mdashb|spaced mdash|smd|spaced em dash",
    " ": "nbsp|space|spaces|thinsp|thin space|hair space|hairsp|ensp|emsp|pad|gap|indent|tab|quad|fs|figure space|,",
    "": "0|shy|wbr|zwj|zwnj|zwsp|zero width joiner|nowrap begin|nowrap end|nowrap top|nowrap bottom|lrm|rlm|word joiner|wj|"
    "nobr begin|nobr end",
    "\x07s": "'s",
    "\x07": "'|apostrophe",
    '\x07"': "'\"|' \"",
    '"\x07': "\"'|\" '",
    '"': '-"|"-',
    "\x07 ": "-'",
    " \u00b7 ": "\u00b7|middot|dot|int dot|interpunct",
    " \u2022 ": "\u2022|bullet|bull|•",
    "|": "!|pipe",
    "||": "!!",
    "=": "=|equals|equal",
    "/": "slash",
    " / ": "\\",
    "(": "(|lpar",
    ")": ")|rpar",
    "[": "bracket left|lbrack|!(|(!",
    "]": "rbrack|)!|!)",
    "{": "lbrace|(((",
    "}": "rbrace|)))",
    "*": "asterisk",
    "...": "ellipsis|...|\u2026",
    "AD": "ad",
    "BC": "bc",
    "BCE": "bce",
    "CE": "ce",
    "\u03c0": "pi|numero pi",
    "\u03c4": "tau",
    "\u2032": "prime",
    "\u2033": "pprime|double prime",
    "\u2020": "dagger|dag|\u2020",
    "\u2021": "double-dagger|double dagger|ddagger|ddag|\u2021",
    "\u00a7": "section sign|sect",
    "\u00d7": "times",
    "\u00b1": "plusminus|+-|\u00b1",
    "\u2212": "minus",
    "\u02bb": "okina|\u02bbokina|hawaiian okina",
    "\u02be": "hamza",
    "\u02bf": "ayin|ain",
    "\u2713": "tick|check mark|checkmark",
    "\u2116": "numero",
    "\u2640": "female",
    "\u2642": "male",
    "e.g.": "e.g.|eg",
    "i.e.": "i.e.|ie",
    "c.": "c.|ca|ca.",
    "TeX": "tex",
    "LaTeX": "latex",
    "M\u2609": "solar mass",
    "R\u2609": "solar radius",
    "L\u2609": "solar luminosity",
    "[sic]": "sic",
}
# Name of a template without arguments -> the text it stands for.
FIXED = {name: text for text, names in _FIXED.items() for name in names.split("|")}

# Position of the argument that is the visible text -> names. 0: the last one.
_TEXT_ARGUMENT = {
    1: "nowrap|nobr|no wrap|nobreak|avoid wrap|small|smaller|smalldiv|big|bigger|large|larger|huge|smallcaps|sc|sc1|sc2|scaps|"
    "allcaps|smallcaps all|caps|em|strong|bold|italic|italics|italics correction|italic correction|i|b|bi|it|u|underline|ins|"
    "nobold|noitalic|noitalics|normal|nonitalic|no bold|no italic|plain|normalfont|serif|sans-serif|serif tt|mono|monospace|tt|"
    "code|codett|kbd|samp|var|var serif|mvar|math|bigmath|mathbf|char|mxt|mxtn|xt|xtn|tq|tqi|abbr|abbrv|abbreviation|abbrlink|"
    "tooltip|define|hint|vanchor|visible anchor|visanc|anchord|not a typo|as written|typo|sic2|proper name|notatypo|nat|"
    "unicode|iast|iso 15919|iso15919|isotranslit|pie|polytonic|nastaliq|nq|hebrew|arabic|cyrillic|coptic|runic|hieroglyph|"
    "lang-zh-text|nihongo2|wikt|dict|wiktlink|asiantitle|strikethrough|strike|s|del|overline|"
    "phonetic-text|term|dfn|gloss|center|centre|centered|left|right|pinyin|bo-textonly|asian script|keyword|blue|green|"
    "maroon|gray|silver|red|wt|hide in print|visible|visible anchors|title|"
    "resize-text|non breaking|no break|nowrapping|no-wrap|nwr|nobr2|nowraplinks|nowrap links|long link|"
    "anchored|short|text|gr|gk|"
    "blackboard bold|mathcal|birth-date|death-date|birth-date and age|start-date|end-date",
    2: "lang|langue|rtl-lang|ltr-lang|script|resize|font|font size|fontsize|color|colour|font color|font colour|fontcolor|"
    "background color|background|bg|bgcolor|hover title|h:title|htitle|abbr2|linkabbr|foreign language|"
    "foreignlanguage|wikt-lang|wiktlang|langx|lang link|ilang|native name|native phrase|nativename|"
    "lang+|vanchor2|angle|align",
    0: "transl|transliteration|translit|xlit|tlit|lsj",
}
TEXT_ARGUMENT = {
    name: position for position, names in _TEXT_ARGUMENT.items() for name in names.split("|")
}

# Templates that show nothing within a sentence, or a mark, a note or a picture beside it.
_SILENT_NAMES = (
    "r|rp|ref|refn|efn|efn-ua|efn-lr|efn-la|efn-ur|efn-lg|note|notetag|ref label|note label|reflist|notelist|refs|sfn|sfnp|sfnm|"
    "sfnmp|sfb|snf|snfn|shortcite|harv|harvcol|harvcoltxt|harvid|sfnref|harvs cite|page number|pn|fact|cn|fcn|cb|cref|cref2|"
    "dubious|clarify|huh|confusing|clarification|vague|when|when?|which|which?|who|who?|whom|by whom|by who|by whom?|according "
    "to whom|where|why|how|how?|what|whose|like whom|like what|attribution|ambiguous|specify|definition|examples|example|example "
    "needed|verify source|verify|verify credibility|rs|unreliable source|better source|self-published source|failed "
    "verification|not in citation|nicg|not in source|peacock term|peacock|weasel|weasel word|pov|pov-statement|lopsided|"
    "undue|or|original research|synth|syn|disputed|contradict|contradiction|dead link|deadlink|dl|dead|broken link|webarchive|"
    "wayback|cbignore|bots|nobots|full|obsolete source|out of date|outdated|update|update after|updated|as of when|"
    "timefact|speculation|tone|jargon|technical statement|copyedit|awkward|cleanup|clear|clr|clear left|clear right|-|br|break|"
    "brclear|coords|coordinates|location|anchor|anchors|shortcut|toc|toc limit|toclimit|tocright|tocleft|compact toc|"
    "main|main article|mainarticle|see|see also|seealso|further|further information|details|more|about|about2|for|for2|for "
    "multi|hatnote|redirect|redirects here|distinguish|not to be confused with|confuse|dist|otheruses|unreferenced|"
    "unsourced|refimprove|more citations|primary sources|onesource|one source|no footnotes|more footnotes|notability|"
    "expand|expand section|empty section|missing information|globalize|trivia|in use|current|recentism|stub|good article|"
    "featured article|use dmy dates|use mdy dates|dmy|mdy|engvar|short description|displaytitle|italic title|lowercase|"
    "lowercase title|title case|defaultsort|portal|portal bar|portal-inline|sister project links|sisterlinks|"
    "commons|commons category|commonscat|commons-inline|wikiquote|wikisource|wikibooks|wiktionary|wikinews|wikispecies|"
    "wikivoyage|wikiversity|official website|official|dmoz|imdb name|imdb title|google books|internet archive|gutenberg|"
    "authority control|normdaten|subject bar|succession box|navbox|navboxes|sidebar|taxobox|speciesbox|taxonbar|infobox|"
    "image|multiple image|double image|triple image|wide image|tall image|panorama|annotated image|css image crop|"
    "external media|listen|audio|pronunciation|flagicon|flag icon|flagdeco|flagicon image|fbicon|country flag|"
    "increase|decrease|steady|profit|loss|legend|legend2|color box|colorbox|colour box|citation|vcite|cite|quote box|"
    "pull quote|rquote|quotebox|bots|formatting|protected|semiprotected|sources|library resources box|refbegin|refend|"
    "div col|div col end|colbegin|colend|col-begin|col-end|col-break|col begin|col end|col break|col-2|col-3|end|s-end|"
    "hidden|hidden begin|hidden end|collapse top|collapse bottom|spoken wikipedia|featured list|former country|"
    "ntsh|sort key|hs|dts hidden|ntsh|inflation-fn|inflation/fn|unclear|chess diagram|eqm|isbn|issn|oclc|doi|pmid|pmc|asin|"
    "bibcode|lccn|jstor|arxiv|wikicite|wikidata fallback link note|subscription|subscription required|registration required|"
    "subscription or libraries|paywall|closed access|open access|pdf|pdflink|harvard citation|harvid|qualify evidence|sup ref|"
    "dodgy|nonspecific|context|story|opinion|say who|says who|neologism|neutrality|season needed|image request|imagefact|"
    "translate|not english|chinese|contains special characters|noteta|noteta-lite|cgroup|special characters|inline audio|main category|category see "
    "also|cat main|div|nomorelinks|no more links|wikitable|bar box|graph|chart|image frame|location map|inconsistent "
    "citations|disambiguation needed|dn|inconsistent|incomprehensible|inline citation|this date|year needed|link note|"
    "abbreviation needed|scientific citation|lead citation|medcn|mcn|extinct|okay|self-reference|selfref|selfref inline"
)
SILENT = frozenset(_SILENT_NAMES.split("|"))
_SILENT_PATTERN = re.compile(
    r"(?:cite|vcite|vancite|citation|infobox|geobox|automatic taxobox|taxobox|drugbox|chembox|use (?:dmy|mdy|[a-z]+ english)|pp-"
    r"|wiki(?:source|quote|books|news|species|voyage|versity|media|atlas|pedia|data)[a-z0-9]*|wiktionary|commons|commonscat|further"
    r"|other (?:uses|people|persons|places|ships|meanings)|redirect|distinguish|unreferenced|refimprove"
    r"|more (?:footnotes|citations|references|sources)|expand|cleanup|update|dead link|archive|webarchive|toc|portal|navbox"
    r"|ref-|reflist|efn|sfn|notelist|anchor|col-|div col|authority control|stub|lead (?:too|missing|rewrite|extra)|very long"
    r"|too (?:few|many)|merge|split|internet archive|librivox|imdb|find a grave|project gutenberg|mathworld|snf|pov"
    r"|contains|image|external (?:links|media)|graph|location map|flagicon|harvard citation|itis|eb1911|cite-|citar|cita web"
    r"|internetquelle|literatur|cytuj|bokref|webbref|lien web|lien brisé|ouvrage|article|refnec|sfn-|quote box"
    r"|featured (?:article|list|topic)|good article|spoken|protected)\b"
    r"|.*(?:[ -](?:needed|inline|icon|topics|footnotes|section|sidebar|navbox|stub|sources?|infobox|taxobox|redirect"
    r"|categories|category|disputed|dispute|banner|notice|cleanup)|\?|-stub|/doc|/fn|/ref)$"
)


def is_silent(name):
    """True for a template (name in lower case) without text of its own in a sentence."""
    return name in SILENT or _SILENT_PATTERN.match(name) is not None


# Templates for ships are named like their prefixes.
SHIP_PREFIXES = frozenset(
    "uss hms hmas hmcs hmnzs hmis hmsas hmpns hnoms hnlms hswms hdms hmt rfa usns uscgc usat usas usc&gs usrc usahs "
    "css ss ms mv rms mt ps pss ts tss sms sm-u smu ins iris ara bap bns orp pns roks rocs rps rss kri kd tcg "
    "nrp esps fgs lé jds uns smv rv gts hsc mts pv gwr hmhs hmct hmsub".split()
)
