# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""data/sample: structure, answers, split and size of the question sets, format of the corpus, figures of its README.

What is checked by hand-written rules is also broken on purpose here (`test_a_broken_file_is_noticed`), so that a rule that
lets everything pass does not go unseen.
"""

import collections
import copy
import glob
import io
import json
import os
import re

import pytest

from squad.examples import read_squad_examples
from squad.features import convert_examples
from tokenization import FullTokenizer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, "data", "sample")
SPLITS = ("train", "dev")
VERSIONS = ("1.1", "2.0")
QUICKSTART_SEQ_LENGTH = 128
SENTENCE_END = re.compile(r'[.?!]"?$')
# A full stop, question or exclamation mark (perhaps with a closing quote), a space, a capital: two sentences on one line.
SENTENCE_INSIDE = re.compile(r'[.?!]"? "?[A-Z]')

Place = collections.namedtuple("Place", "article paragraph question")


def squad_path(split, version):
    return os.path.join(SAMPLE, "squad", "%s-v%s.json" % (split, version))


def read_text(path):
    with io.open(path, encoding="utf-8", newline="") as stream:
        return stream.read()


def load(split, version):
    return json.loads(
        read_text(squad_path(split, version)), object_pairs_hook=collections.OrderedDict
    )


def places(document):
    """Every (article, paragraph, question) of a SQuAD document."""
    return [
        Place(article, paragraph, question)
        for article in document["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


def paragraphs(document):
    return [paragraph for article in document["data"] for paragraph in article["paragraphs"]]


def check_answer(answer, context):
    """Asserts that an answer is where it says, begins and ends with a word, and is not cut out of one."""
    assert set(answer) == {"text", "answer_start"}
    start, text = answer["answer_start"], answer["text"]
    end = start + len(text)
    assert isinstance(start, int) and start >= 0
    assert text and text == text.strip()
    assert context[start:end] == text, "%r is not at %d" % (text, start)
    assert not re.match(r"\w\w", context[max(start - 1, 0) : start + 1]) or start == 0, (
        "%r starts inside a word" % text
    )
    assert not re.match(r"\w\w", context[end - 1 : end + 1]), "%r ends inside a word" % text


def check_question(question, context, split, version):
    keys = {"id", "question", "answers"}
    impossible = False
    if version == "2.0":
        assert isinstance(question["is_impossible"], bool)
        impossible = question["is_impossible"]
        keys |= {"is_impossible"} | ({"plausible_answers"} if impossible else set())
    assert set(question) == keys
    assert re.match(
        r"^[a-z]+-no-answer-[0-9]{2}$" if impossible else r"^[a-z]+-[0-9]{2}$", question["id"]
    )
    text = question["question"]
    assert text == text.strip() and text.endswith("?") and 3 <= len(text.split()) <= 20
    most = 0 if impossible else 1 if split == "train" else 3
    assert min(most, 1) <= len(question["answers"]) <= most
    for answer in question["answers"] + question.get("plausible_answers", []):
        check_answer(answer, context)
    if impossible:
        assert question["plausible_answers"]
    texts = [answer["text"] for answer in question["answers"]]
    assert len(set(texts)) == len(texts)


def check_document(document, split, version):
    """Asserts the structure of one file, down to each answer."""
    assert set(document) == {"version", "data"}
    assert document["version"] == {"1.1": "1.1", "2.0": "v2.0"}[version]
    titles = [article["title"] for article in document["data"]]
    assert len(set(titles)) == len(titles)
    for article in document["data"]:
        assert (
            set(article) == {"title", "paragraphs"} and article["title"] and article["paragraphs"]
        )
        for paragraph in article["paragraphs"]:
            assert set(paragraph) == {"context", "qas"}
            context = paragraph["context"]
            assert context == " ".join(context.split()), "odd white space"
            assert 55 <= len(context.split()) <= 90
            answerable = [
                question for question in paragraph["qas"] if not question.get("is_impossible")
            ]
            assert len(answerable) >= 4
            assert len({question["question"] for question in paragraph["qas"]}) == len(
                paragraph["qas"]
            )
            for question in paragraph["qas"]:
                check_question(question, context, split, version)
    ids = [place.question["id"] for place in places(document)]
    assert len(set(ids)) == len(ids), "an id occurs twice"


def without_impossible(document):
    """What a v2.0 document holds of v1.1: its answerable questions, in v1.1 form."""
    plain = copy.deepcopy(document)
    plain["version"] = "1.1"
    for paragraph in paragraphs(plain):
        paragraph["qas"] = [
            question for question in paragraph["qas"] if not question.pop("is_impossible")
        ]
    return plain


def check_split(train, dev):
    """Asserts that train and dev share no title, paragraph, question or id."""
    kinds = (
        ("title", lambda document: {article["title"] for article in document["data"]}),
        (
            "paragraph",
            lambda document: {paragraph["context"] for paragraph in paragraphs(document)},
        ),
        ("question", lambda document: {place.question["question"] for place in places(document)}),
        ("id", lambda document: {place.question["id"] for place in places(document)}),
    )
    for kind, collect in kinds:
        assert not collect(train) & collect(dev), "train and dev share a %s" % kind


def check_corpus_file(text):
    """Asserts the format of a corpus file and returns its documents, each a list of sentences."""
    assert "\r" not in text and "\t" not in text and "\ufeff" not in text
    assert text.endswith("\n") and not text.endswith("\n\n") and not text.startswith("\n")
    assert "\n\n\n" not in text, "more than one blank line between documents"
    documents = [document.split("\n") for document in text[:-1].split("\n\n")]
    for sentences in documents:
        assert 6 <= len(sentences) <= 12, "a document of %d sentences: %s" % (
            len(sentences),
            sentences[0],
        )
        for sentence in sentences:
            assert sentence == " ".join(sentence.split()), "odd white space: %s" % sentence
            assert SENTENCE_END.search(sentence), "not a whole sentence: %s" % sentence
            assert not SENTENCE_INSIDE.search(sentence), "two sentences on a line: %s" % sentence
    return documents


def corpus():
    """Documents of all corpus files, each a list of sentences."""
    documents = []
    for path in sorted(glob.glob(os.path.join(SAMPLE, "corpus", "*.txt"))):
        documents.extend(check_corpus_file(read_text(path)))
    return documents


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("split", SPLITS)
def test_structure_and_answers(split, version):
    check_document(load(split, version), split, version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("split", SPLITS)
def test_files_are_small_and_readable_in_a_diff(split, version):
    text = read_text(squad_path(split, version))
    assert len(text.encode("utf-8")) < 1000000
    assert text.endswith("}\n") and "\r" not in text
    assert max(len(line) for line in text.split("\n")) < 800, "one paragraph or less on a line"
    assert "\\u" not in text, "characters are written as themselves"


@pytest.mark.parametrize("split", SPLITS)
def test_v1_is_v2_without_its_impossible_questions(split):
    assert without_impossible(load(split, "2.0")) == load(split, "1.1")


@pytest.mark.parametrize("split", SPLITS)
def test_most_paragraphs_have_an_impossible_question(split):
    with_one = [
        any(question["is_impossible"] for question in paragraph["qas"])
        for paragraph in paragraphs(load(split, "2.0"))
    ]
    assert sum(with_one) >= 0.9 * len(with_one)


@pytest.mark.parametrize("version", VERSIONS)
def test_train_and_dev_share_nothing(version):
    check_split(load("train", version), load("dev", version))


def test_there_is_enough_of_it():
    train, dev = load("train", "1.1"), load("dev", "1.1")
    assert len(paragraphs(train)) >= 36 and len(paragraphs(dev)) >= 10
    assert len(paragraphs(train)) + len(paragraphs(dev)) >= 48
    assert len(places(train)) + len(places(dev)) >= 190


def test_hard_cases_are_among_the_answers():
    answers = [
        (answer, place.paragraph["context"])
        for split in SPLITS
        for place in places(load(split, "1.1"))
        for answer in place.question["answers"]
    ]
    assert sum(any(ord(letter) > 127 for letter in answer["text"]) for answer, _ in answers) >= 5
    later = [
        answer
        for answer, context in answers
        if context.index(answer["text"]) < answer["answer_start"]
    ]
    assert (
        len(later) >= 2
    ), "answer_start must matter: some answers are not the first occurrence of their text"
    several = [place for place in places(load("dev", "1.1")) if len(place.question["answers"]) > 1]
    assert len(several) >= 10


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("split", SPLITS)
def test_the_product_reads_every_question_as_one_exact_window(split, version, minilm_dir, caplog):
    """With the real vocabulary: one window each at the quickstart's length, and the tokens' offsets give the answer back."""
    path, negative = squad_path(split, version), version == "2.0"
    examples = read_squad_examples(path, is_training=True, version_2_with_negative=negative)
    assert [example.qas_id for example in examples] == [
        place.question["id"] for place in places(load(split, version))
    ]
    assert not caplog.records, "the reader found something to complain about"
    tokenizer = FullTokenizer(os.path.join(minilm_dir, "vocab.txt"), do_lower_case=True)
    features = list(
        convert_examples(
            examples,
            tokenizer,
            max_seq_length=QUICKSTART_SEQ_LENGTH,
            doc_stride=64,
            max_query_length=64,
            is_training=True,
        )
    )
    assert [feature.example_index for feature in features] == list(range(len(examples)))
    for example, feature in zip(examples, features):
        if example.is_impossible:
            assert (feature.start_position, feature.end_position) == (0, 0)
            continue
        start = feature.token_char_spans[feature.start_position][0]
        end = feature.token_char_spans[feature.end_position][1]
        assert (start, example.context[start:end]) == (example.answer_start, example.answer_text)


def test_corpus_is_large_varied_and_apart_from_the_questions():
    documents = corpus()
    sentences = [sentence for document in documents for sentence in document]
    assert len(documents) >= 60
    assert sum(len(sentence.split()) for sentence in sentences) >= 9000
    assert len(set(sentences)) == len(sentences), "a sentence occurs twice"
    assert sum(sentence.endswith("?") for sentence in sentences) >= 5
    contexts = " ".join(
        paragraph["context"] for split in SPLITS for paragraph in paragraphs(load(split, "1.1"))
    )
    assert not [sentence for sentence in sentences if sentence in contexts]


def test_readme_states_the_true_figures():
    table = read_text(os.path.join(SAMPLE, "README.md"))
    documents = corpus()
    sentences = [sentence for document in documents for sentence in document]
    expected = [
        "%d files, %d documents, %d sentences, %s words"
        % (
            len(glob.glob(os.path.join(SAMPLE, "corpus", "*.txt"))),
            len(documents),
            len(sentences),
            format(sum(len(sentence.split()) for sentence in sentences), ","),
        )
    ]
    for split in SPLITS:
        document = load(split, "1.1")
        expected.append(
            "`squad/%s-v1.1.json` | %d titles, %d paragraphs, %d questions"
            % (split, len(document["data"]), len(paragraphs(document)), len(places(document)))
        )
        questions = [place.question for place in places(load(split, "2.0"))]
        expected.append(
            "`squad/%s-v2.0.json` | %d questions, %d of them unanswerable"
            % (split, len(questions), sum(question["is_impossible"] for question in questions))
        )
    for figures in expected:
        assert figures in table, "data/sample/README.md must say: %s" % figures


def shift_answer(document):
    places(document)[0].question["answers"][0]["answer_start"] += 1


def cut_answer(document):
    answer = places(document)[0].question["answers"][0]
    answer["text"] = answer["text"][:-1]


def repeat_id(document):
    places(document)[1].question["id"] = places(document)[0].question["id"]


def drop_answers(document):
    places(document)[0].question["answers"] = []


def add_key(document):
    paragraphs(document)[0]["notes"] = ""


def lengthen_paragraph(document):
    paragraphs(document)[-1]["context"] += " And so on." * 20


def forget_question_mark(document):
    question = places(document)[2].question
    question["question"] = question["question"][:-1]


@pytest.mark.parametrize(
    "damage",
    [
        shift_answer,
        cut_answer,
        repeat_id,
        drop_answers,
        add_key,
        lengthen_paragraph,
        forget_question_mark,
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_broken_file_is_noticed(damage, version):
    document = load("dev", version)
    damage(document)
    with pytest.raises(AssertionError):
        check_document(document, "dev", version)


def test_an_impossible_question_with_an_answer_is_noticed():
    document = load("train", "2.0")
    question = next(place.question for place in places(document) if place.question["is_impossible"])
    question["answers"] = question["plausible_answers"]
    with pytest.raises(AssertionError):
        check_document(document, "train", "2.0")


def test_a_paragraph_on_both_sides_is_noticed():
    train, dev = load("train", "1.1"), load("dev", "1.1")
    dev["data"][0]["paragraphs"][0]["context"] = train["data"][3]["paragraphs"][1]["context"]
    with pytest.raises(AssertionError, match="paragraph"):
        check_split(train, dev)


@pytest.mark.parametrize(
    "text",
    [
        "One.\nTwo.\nThree.\nFour.\nFive.\n",  # too short a document
        "One.\nTwo.\nThree.\nFour.\nFive.\nSix.\n\n\n" + "Again.\n" * 6,  # two blank lines
        "One.\nTwo.\nThree.\nFour.\nFive.\nSix. Seven.\n",  # two sentences on a line
        "One.\nTwo.\nThree.\nFour.\nFive.\nSix,\n",  # half a sentence
        "One.\r\nTwo.\r\nThree.\r\nFour.\r\nFive.\r\nSix.\r\n",
        "One.\nTwo.\nThree.\nFour.\nFive.\nSix.",  # no newline at the end
    ],
)
def test_a_broken_corpus_file_is_noticed(text):
    with pytest.raises(AssertionError):
        check_corpus_file(text)
