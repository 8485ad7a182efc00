# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Rules of where sentences end, one kind after the other; sentences are separated by ¦ here."""

import pytest

from data import sentence_rules

# With the library's answer "yes" at every space after a dot: what a rule must refuse, and with "no": what it must add.
CASES = {
    "de": [
        "Der Ort wurde im 12. Jahrhundert erwähnt.¦Am 3. Oktober war Markt.",
        "Kaiser Wilhelm II. von Preußen starb.¦Das 2. Kapitel fehlt.",
        "Es starb Ludwig XIV.¦Sein Sohn folgte ihm.",
        "Er wohnt z. B. in Bonn, d. h. am Rhein.¦Die Fa. Dr. Oetker bzw. deren Erbe zahlt.",
        "So z. B. Der Spiegel und i. d. R. Das Bild.",
        "Er kam 44 v. Chr.¦Danach kam Augustus.",
        "„Ich gehe.“¦„Du bleibst“, sagte er.¦»Nein!«¦Er blieb.",
        "„Wer ist da?“, rief sie.¦»Komm!«, rief er.",
        "Siehe § 5 Abs. 2 S. 1 und Bd. II.¦Dann endet es.¦Nr. 5 lebt!",
        "Er liegt 320 m ü. NHN im Tal.¦Punkt a. fehlt.¦So ist es.",
        "Es sind 5 °C.¦Das ist kalt (seit 2010 e. V.).¦Müller ging.",
        "Sie kaufte Brot usw.¦Bücher las sie nie.",
    ],
    "fr": [
        "Il dit : « Viens. »¦Puis il partit.¦« Non ! » répondit-elle.",
        "Il cria: «Stop!»¦Elle s'arrêta.",
        "M. Dupont et Mme Durand, p. ex. à St. Denis.¦– Oui, dit-il.¦– Non.",
        "Il acheta des pommes, etc.¦Le marché ferma.",
        "Il a 1 200 m.¦Le climat est doux.",
        "« Où ? »¦« Ici. »¦Il sourit.",
    ],
    "es": [
        "¿Quién es?¦¡Nadie!¦—No —dijo.¦—Sí.",
        "El Sr. López y la Dra. Ruiz en la Av. Central.",
        "Murió en el 44 a. C. en Roma.¦Nació el 20 d. C.¦Después nada.",
        "—¿Vienes? —preguntó Ana.¦—No.¦Los dos se fueron.",
        "Dijo: «¿Dónde?».¦Nadie contestó.",
    ],
    "pt": [
        "A Sra. Costa e o Dr. Silva.¦Ele saiu.",
        "No séc. XIX em Lisboa.¦— Vem! — disse.¦— Não.",
        "No séc. XIX.¦Em 1822 mudou.",
    ],
    "ru": [
        "А. С. Пушкин и Л. Н. Толстой, т. е. писатели.",
        "В 1831 г. Пушкин женился.¦Он умер в 1837 г.¦В том году шёл дождь.",
        "Рынок, т. д. и т. п.¦Город велик.",
        "«Стой!» — крикнул он.¦«Стой!»¦Он ушёл.¦— Иди, — сказал он.¦— Нет.",
        "На ул. Ленина, д. 5, кв. 7.¦Потом уехал.",
        "Население — 5 тыс. чел. (2010 г.).¦Площадь велика.",
        "Это было до н. э. в Риме.",
    ],
    "pl": ["W latach 30. XX w. mieszkał w Wiedniu.¦Potem zmarł."],
    "ar": ["هل زرت المدينة؟¦نعم!¦قال: «نعم.»¦ثم ذهب.", "ولد د. أحمد عام 44 ق.م. في روما، ثم رحل."],
    "hi": [
        "वह गया।¦क्या? हाँ!".replace("? ", "?¦"),
        "उसने कहा, “आओ।”¦वे आए॥¦यह 3.5 है |¦डॉ. शर्मा आए।",
    ],
    "ur": ["وہ آیا۔¦کیا؟¦ہاں۔"],
    "hy": ["Նա պատասխանեց. «Տուն»։¦Հետո լռեց։"],
    "am": ["ይህ ነው።¦ምንድን ነው፧¦አዎ!"],
}
UNSPACED = {
    "zh": [
        "老师说：“明天不上课。”¦大家都很高兴。",
        "他問：「你去哪裡？」¦她沒有回答。",
        "“站住！”他喊道。¦真的吗？！¦是的！！！¦好。",
        "约3.14。¦版本2.0發布。¦（民國元年。），¦完。".replace("，¦", "，"),
        "「你好。我走了。」他說。¦『論語』。¦《史記》。",
        "你好.¦我是A.B.C.公司的人。",
        '他说:"你好。"¦然后走了。',
        "第１．２節。",
        "《你是谁？》是一部电影。¦好。",
        "她说过“写作就是走路。”这样的话。¦“会。”¦此后她走了。",
        "他说“不……”，然后走了。",
    ],
    "ja": [
        "「明日は休みだ。」¦先生は言った。",
        "「どこへ？」と彼は尋ねた。¦「もう帰る。疲れた。」と言った。",
        "「はい。」¦はい、そうです。¦「もう！」¦もう遅い。¦「行くよ。」って言った。",
        "（未完である。）¦すごい！！¦本当？¦ええ。",
        "すごい！と思った。¦本当かな？と聞いた。¦とても。",
        "『雪国。』を読んだ。",
    ],
}


def _cases(table):
    return [(language, case) for language in sorted(table) for case in table[language]]


def _split(text, language, library):
    starts = [0] + sentence_rules.ends(text, language, library) + [len(text)]
    return [text[start:end].strip() for start, end in zip(starts, starts[1:])]


@pytest.mark.parametrize("language, case", _cases(CASES))
def test_a_library_that_ends_sentences_at_every_dot_is_corrected(language, case):
    text, library = case.replace("¦", " "), []
    if language not in ("am", "hi", "hy", "ur"):  # a full stop of their own: no library is asked
        library = [place + 1 for place in range(len(text)) if text[place] == " "]
    assert _split(text, language, library) == case.split("¦")


@pytest.mark.parametrize("language, case", _cases(UNSPACED))
def test_scripts_without_spaces(language, case):
    assert _split(case.replace("¦", ""), language, []) == case.split("¦")
    assert _split(case.replace("¦", " "), language, []) == case.split("¦")


@pytest.mark.parametrize("language", ["de", "fr", "ru", "hi", "zh", "ja"])
@pytest.mark.parametrize("text", ["", ".", "。", "...", '."', "No mark", " . ", "。」", "Dr."])
def test_marks_alone_end_nothing(language, text):
    assert sentence_rules.ends(text, language, [1]) == []


def test_foreign_full_stop_in_brackets_does_not_end_a_sentence():
    assert sentence_rules.ends("Die Gruppe (モーニング娘。) ist bekannt.", "de") == []
