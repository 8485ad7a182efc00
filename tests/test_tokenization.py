# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""tokenization.py: fixed cases written by hand, vocabulary files, casing, time for long words."""

import os
import subprocess
import sys
import time

import pytest

import tokenization
from tests.tokenizer_texts import SPECIAL

# --- fixed cases -----------------------------------------------------------------------------------------------------

BASIC_UNCASED = [
    ("", []),
    (" \t\r\n ", []),
    ("Hello, World!", ["hello", ",", "world", "!"]),
    (
        "don't $5.00 a^b`c~d",
        ["don", "'", "t", "$", "5", ".", "00", "a", "^", "b", "`", "c", "~", "d"],
    ),
    ("Caf\u00e9 Cafe\u0301 na\u00efve \u00c5ngstr\u00f6m", ["cafe", "cafe", "naive", "angstrom"]),
    (
        "\u0130stanbul I\u0307zmir \u00df \u0141\u00f3d\u017a",
        ["istanbul", "izmir", "\u00df", "\u0142odz"],
    ),
    (
        "ab\u4e2d\u6587cd\u3042\u30a2\ud55c",
        ["ab", "\u4e2d", "\u6587", "cd\u3042\u30a2" + "\u1112\u1161\u11ab"],
    ),
    ("\U00020000x\uf900", ["\U00020000", "x", "\u8c48"]),
    (
        "\u039f\u0394\u039f\u03a3 \u03a3\u0391 \u03a3",
        ["\u03bf\u03b4\u03bf\u03c2", "\u03c3\u03b1", "\u03c3"],
    ),
    # The sigma before an apostrophe is final only where no letter follows.
    ("\u0391\u03a3'\u0391 \u0391\u03a3'", ["\u03b1\u03c3", "'", "\u03b1", "\u03b1\u03c2", "'"]),
    # Removing a control character must come before the decision about the sigma.
    ("\u0391\u03a3\x01\u0391", ["\u03b1\u03c3\u03b1"]),
    ("\u226e \u2260", ["<", "="]),
    (
        "zero\u200bwidth\u200djoin\ufeffbom soft\u00adhyphen nul\x00l \ufffd",
        ["zerowidthjoinbom", "softhyphen", "null"],
    ),
    (
        "lone\ud800surrogate \udfff private\ue000use \uf8ff un\u0378assigned",
        ["lonesurrogate", "privateuse", "unassigned"],
    ),
    ("vertical\x0btab form\x0cfeed nel\x85", ["verticaltab", "formfeed", "nel"]),
    ("a\u00a0b\u2003c\u3000d\u2028e\u2029f\u1680g", list("abcdefg")),
    (
        "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627\u061f",
        ["\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u061f"],
    ),
    (
        "ok\U0001f600\U0001f468\u200d\U0001f469 \u2764\ufe0f",
        ["ok\U0001f600\U0001f468\U0001f469", "\u2764"],
    ),
    (
        "\u00bfqu\u00e9? \u201cyes\u201d\u2014no\u2026",
        ["\u00bf", "que", "?", "\u201c", "yes", "\u201d", "\u2014", "no", "\u2026"],
    ),
    # U+302E (class 224) and U+1D165 (class 216) are kept and change places; the accent between them goes.
    ("x\u302e\u0301\U0001d165y", ["x\U0001d165\u302ey"]),
    ("[MASK] [SEP]", ["[", "mask", "]", "[", "sep", "]"]),
]

BASIC_CASED = [
    ("Caf\u00e9 Cafe\u0301, \u0130", ["Caf\u00e9", "Cafe\u0301", ",", "\u0130"]),
    ("\u03a3\u0391\u03a3 \u226e \u2260", ["\u03a3\u0391\u03a3", "\u226e", "\u2260"]),
    ("A\u200bB\x00 \u4e2dC\ud800", ["AB", "\u4e2d", "C"]),
    ("x\u302e\U0001d165y", ["x\u302e\U0001d165y"]),
]


@pytest.mark.parametrize("text, words", BASIC_UNCASED)
def test_words_uncased(text, words):
    assert tokenization.BasicTokenizer(do_lower_case=True).tokenize(text) == words


@pytest.mark.parametrize("text, words", BASIC_CASED)
def test_words_cased(text, words):
    assert tokenization.BasicTokenizer(do_lower_case=False).tokenize(text) == words


def test_bytes_are_utf8_with_bad_bytes_dropped():
    tokenizer = tokenization.BasicTokenizer()
    assert tokenizer.tokenize("caf\u00e9 \u4e2d".encode("utf-8")) == ["cafe", "\u4e2d"]
    assert tokenizer.tokenize(b"ab\xff\xfec \xe4\xb8") == ["abc"]
    assert tokenization.convert_to_unicode(b"\xc3\xa9") == "\u00e9"
    with pytest.raises(ValueError, match="not int"):
        tokenization.convert_to_unicode(5)


def test_text_for_print_and_logs():
    for convert in (tokenization.printable_text, tokenization.convert_to_unicode):
        assert convert("naïve") == "naïve" and convert("naïve".encode("utf-8")) == "naïve"
        assert convert(b"a\xffb") == "ab"
        for refused in (None, 3, ["a"]):
            with pytest.raises(ValueError, match="must be str or bytes"):
                convert(refused)


# Blank, tab, line ends; no-break, ideographic and em space; vertical tab, NUL, DEL, next line; soft hyphen, zero-width joiner,
# byte order mark (formats); private use; unassigned; line and paragraph separator; letters; marks.
KINDS_OF_CHARACTERS = [
    (" \t\n\r\u00a0\u3000\u2003", (True, False, False)),
    ("\x0b\x00\x7f\x85\u00ad\u200d\ufeff\ue000\u0378", (False, True, False)),
    ("\u2028\u2029\u00e9A1\u4e2d\u0301", (False, False, False)),
    ("-$`.^~_\u00bf\u3002\u2019", (False, False, True)),
]


@pytest.mark.parametrize("characters, kinds", KINDS_OF_CHARACTERS)
def test_kinds_of_characters(characters, kinds):
    names = ("_is_whitespace", "_is_control", "_is_punctuation")
    for character in characters:
        found = tuple(getattr(tokenization, name)(character) for name in names)
        assert found == kinds, "U+%04X" % ord(character)


def test_wordpiece_is_greedy_from_the_left():
    vocab = {
        piece: index
        for index, piece in enumerate(["[UNK]", "un", "una", "##aff", "##ff", "##able", "##a", "a"])
    }
    tokenizer = tokenization.WordpieceTokenizer(vocab)
    # The longest piece "una" is taken although "un ##aff" would also do.
    assert tokenizer.tokenize("unaffable") == ["una", "##ff", "##able"]
    assert tokenizer.tokenize("unaffableX una") == ["[UNK]", "una"]
    assert tokenizer.tokenize("ff") == ["[UNK]"]
    assert tokenizer.tokenize("") == []
    assert tokenizer.tokenize(b"a a") == ["a", "a"]
    assert tokenization.WordpieceTokenizer(vocab, unk_token="?").tokenize("x una") == ["?", "una"]


def test_wordpiece_length_limit_is_200_characters():
    vocab = {"[UNK]": 0, "a": 1, "##a": 2}
    assert tokenization.WordpieceTokenizer(vocab).tokenize("a" * 200) == ["a"] + ["##a"] * 199
    assert tokenization.WordpieceTokenizer(vocab).tokenize("a" * 201) == ["[UNK]"]
    short = tokenization.WordpieceTokenizer(vocab, max_input_chars_per_word=3)
    assert short.tokenize("aaa aaaa") == ["a", "##a", "##a", "[UNK]"]


def test_full_tokenizer_and_ids(make_tokenizer):
    tokenizer = make_tokenizer(["want", "##want", "##ed", "wa", "un", "runn", "##ing", ","])
    tokens = tokenizer.tokenize("UNwant\u00e9d,running")
    assert tokens == ["un", "##want", "##ed", ",", "runn", "##ing"]
    ids = tokenizer.convert_tokens_to_ids(tokens)
    assert ids == [9, 6, 7, 12, 10, 11]
    assert tokenizer.convert_ids_to_tokens(ids) == tokens
    assert list(tokenizer.vocab)[:5] == SPECIAL and tokenizer.vocab["want"] == 5
    with pytest.raises(
        tokenization.VocabularyError, match="'missing' is not in the vocabulary of 13"
    ):
        tokenizer.convert_tokens_to_ids(["want", "missing"])
    with pytest.raises(tokenization.VocabularyError, match="13 is not in"):
        tokenizer.convert_ids_to_tokens([13])


def test_cache_stays_bounded_and_right(monkeypatch):
    monkeypatch.setattr(tokenization, "_MAX_CACHED_WORDS", 10)
    tokenizer = tokenization.WordpieceTokenizer({"[UNK]": 0, "a": 1, "##a": 2})
    words = ["a" * length for length in range(1, 60)] * 2
    assert tokenizer.tokenize_words(words) == [
        p for word in words for p in ["a"] + ["##a"] * (len(word) - 1)
    ]
    assert 0 < len(tokenizer._tokens) <= 10


def test_import_needs_no_tensorflow(repo_root):
    code = "import sys, tokenization; print(sorted({'tensorflow', 'numpy', 'absl'} & set(sys.modules)))"
    assert (
        subprocess.check_output([sys.executable, "-c", code], cwd=repo_root).decode().strip()
        == "[]"
    )


# --- vocabulary files ------------------------------------------------------------------------------------------------


def write_vocab(tmp_path, content):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    return str(path)


def straight_reading(content):
    """token -> id as Google's load_vocab gives them: lines end with \\n, are stripped as str, and the last of equals wins."""
    vocab = {}
    lines = content.decode("utf-8").split("\n")
    for index, line in enumerate(lines if lines[-1] else lines[:-1]):
        vocab[line.strip()] = index
    return vocab


NEEDED = ["[UNK]", "[CLS]", "[SEP]"]


@pytest.mark.parametrize(
    "lines, note",
    [
        (SPECIAL + ["a", "b"], None),
        (SPECIAL + ["a", "", "b"], "line 7 is empty"),
        (SPECIAL + ["a", "b", "a", "c"], "line 8 repeats a of line 6"),
        (SPECIAL + ["a", "[UNK]", "##a"], "line 7 repeats [UNK] of line 2"),
        (SPECIAL + ["a", "", " ", "a", "a"], "line 9 repeats a of line 6; 1 more lines"),
        (NEEDED + ["a"], "[PAD] is missing, and id 0 pads"),
        (["a"] + NEEDED[::-1], "[PAD] is missing"),
        (SPECIAL + ["word ", "\u2028", "\u2029", "\x85", "\u00a0", "\x0c", "\x1c", "##\t"], None),
        (SPECIAL + ["a\u2028b", "a\x85b", "a\rb", "\u4e2d"], None),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n\n"])
def test_ids_are_those_of_googles_loader(tmp_path, caplog, lines, note, ending, last):
    content = (ending.join(lines) + last.replace("\n", ending)).encode("utf-8")
    path = write_vocab(tmp_path, content)
    expected = straight_reading(content)
    assert dict(tokenization.load_vocab(path)) == expected
    logged = [record.getMessage() for record in caplog.records]
    if note:
        assert len(logged) == 1 and logged[0].startswith("warning: vocabulary %s: " % path)
        assert note.split("; ")[0] in logged[0]
    else:
        assert logged == []
    tokenizer = tokenization.FullTokenizer(path)
    assert len(caplog.records) == len(logged)  # once for each file
    assert tokenizer.inv_vocab == {index: token for token, index in expected.items()}
    tokens = [token for token in expected if token and len(token.split()) == 1]
    assert tokenizer.convert_tokens_to_ids(tokens) == [expected[token] for token in tokens]


def test_a_byte_order_mark_is_no_part_of_the_first_token(tmp_path):
    path = write_vocab(tmp_path, b"\xef\xbb\xbf" + "\r\n".join(SPECIAL).encode("utf-8"))
    assert list(tokenization.load_vocab(path)) == SPECIAL


@pytest.mark.parametrize(
    "content, message",
    [
        (
            "\n".join(["[PAD]", "[CLS]", "[SEP]", "a"]).encode(),
            r"vocab\.txt lacks \[UNK\] \[MASK\]",
        ),
        (b"", r"lacks \[PAD\] \[UNK\] \[CLS\] \[SEP\] \[MASK\]"),
        ("\n".join(SPECIAL).encode() + b"\nca\xe9\n", r"line 6 .*vocab\.txt is not UTF-8"),
        ("\n".join(SPECIAL).encode("utf-16"), r"vocab\.txt is not UTF-8 but UTF-16"),
        ("\n".join(SPECIAL).encode("utf-16-le"), r"vocab\.txt is not UTF-8 but UTF-16"),
        ("\n".join(SPECIAL).encode("utf-16-be"), r"vocab\.txt is not UTF-8 but UTF-16"),
        ("\r".join(SPECIAL + [""]).encode(), r"vocab\.txt has CR line ends"),
    ],
)
def test_unusable_vocabulary(tmp_path, content, message):
    with pytest.raises(tokenization.VocabularyError, match=message) as caught:
        tokenization.load_vocab(write_vocab(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_ids_that_a_model_lacks_are_refused(tmp_path):
    vocab = tokenization.load_vocab(write_vocab(tmp_path, "\n".join(SPECIAL + ["a"]).encode()))
    for vocab_size in (6, 7, 100):
        tokenization.check_vocab_size(vocab, vocab_size, "v.txt")
    with pytest.raises(
        tokenization.VocabularyError,
        match="v.txt: line 6 gives a the id 5, but the model has only 5",
    ):
        tokenization.check_vocab_size(vocab, 5, "v.txt")
    # Fewer different tokens than ids, and an id that only an empty line has.
    for last, vocab_size, is_refused in (("a", 6, True), ("a", 7, False), ("", 6, False)):
        path = write_vocab(tmp_path, "\n".join(SPECIAL + ["a", last]).encode() + b"\n")
        try:
            tokenization.check_vocab_size(tokenization.load_vocab(path), vocab_size, path)
            assert not is_refused
        except tokenization.VocabularyError:
            assert is_refused


def test_a_vocabulary_much_smaller_than_the_model_is_warned_of(tmp_path, caplog):
    vocab = tokenization.load_vocab(write_vocab(tmp_path, "\n".join(SPECIAL + ["a"]).encode()))
    tokenization.check_vocab_size(vocab, 6 + 127, "v.txt")  # rounded up
    assert not [record for record in caplog.records if "v.txt" in record.getMessage()]
    tokenization.check_vocab_size(vocab, 6 + 128, "v.txt")
    assert "v.txt: it ends with id 5, but the model has 134 ids" in caplog.text


def test_casing_by_the_name_or_the_tokens_of_a_vocabulary():
    problem = tokenization.casing_problem
    lower = (
        SPECIAL + ["[unused%d]" % number for number in range(99)] + ["the", "##s", "\u4e2d"] * 30
    )
    cased = lower + ["The", "NASA", "\u00c9t", "##A"] * 10
    assert problem(lower, True, "v.txt") is None and problem(lower, False, "v.txt") is None
    assert problem(cased, False, "v.txt") is None
    assert "capital letters in 40 of 234 tokens" in problem(cased, True, "v.txt")
    assert "pass --do_lower_case=false" in problem(cased, True, "v.txt")
    assert "pass --do_lower_case=true" in problem(
        lower, False, "a/chinese_L-12_H-768_A-12/vocab.txt"
    )
    assert problem(cased, True, "a/uncased_L-2_H-128_A-2/vocab.txt") is None  # the name decides


@pytest.mark.parametrize(
    "content",
    [
        b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nriver\n##s\n",
        b"[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n river\t\r\n",
        b"\xef\xbb\xbf[PAD]\n[UNK]\n[CLS]\n[SEP]\ncaf\xc3\xa9",
        b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n\xe2\x80\xa8\nriver\n",
        b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nriver\nriver\n\n",
        b"[UNK]\n[CLS]\n[SEP]\nriver\n",
    ],
)
def test_the_quick_reading_of_a_vocabulary_is_the_careful_one(tmp_path, content, monkeypatch):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    quick = tokenization.load_vocab(str(path))
    monkeypatch.setattr(tokenization, "_plain_vocab", lambda lines: None)
    careful = tokenization.load_vocab(str(path))
    assert list(quick.items()) == list(careful.items())


def test_missing_vocabulary_names_the_file(tmp_path):
    with pytest.raises(
        tokenization.VocabularyError, match="cannot read .*nowhere.txt: No such file"
    ):
        tokenization.FullTokenizer(str(tmp_path / "nowhere.txt"))


def test_casing_of_published_models(repo_root):
    """Every model that data.pretrained_models_google downloads has a known casing."""
    table = os.path.join(repo_root, "data", "pretrained_models_google", "checkpoint_sha256.tsv")
    with open(table) as rows:
        models = {row.split("\t")[0] for row in rows}
    assert {model: tokenization.is_uncased(model) for model in models} == {
        "uncased_L-12_H-768_A-12": True,
        "uncased_L-24_H-1024_A-16": True,
        "cased_L-12_H-768_A-12": False,
        "cased_L-24_H-1024_A-16": False,
        "multi_cased_L-12_H-768_A-12": False,
        "multilingual_L-12_H-768_A-12": True,
        "chinese_L-12_H-768_A-12": True,
    }


@pytest.mark.parametrize(
    "model, uncased",
    [
        ("wwm_uncased_L-24_H-1024_A-16", True),
        ("wwm_cased_L-24_H-1024_A-16", False),
        ("uncased_L-2_H-128_A-2", True),
        ("uncased_L-8_H-512_A-8", True),
        ("chinese_wwm_ext_L-12_H-768_A-12", True),
        ("scibert_scivocab_uncased", True),
        ("scibert_basevocab_cased", False),
        ("NCBI_BERT_pubmed_uncased_L-12_H-768_A-12", True),
        ("bert-base-uncased", True),
        ("bert-large-cased-whole-word-masking", False),
        ("bert-base-multilingual-cased", False),
        ("bert-base-chinese", True),
        ("2020_02_20_uncased_L-12_H-768_A-12", True),
        ("chinese-bert-wwm", True),
        ("chinese-bert-wwm-ext", True),
        ("chinese-roberta-wwm-ext-large", True),
        ("chinese_roberta_wwm_large_ext_L-24_H-1024_A-16", True),
        ("rbt3", True),
        ("biobert_v1.1_pubmed", False),
        ("biobert-v1.1", False),
        ("Bio_ClinicalBERT", False),
        ("Bio_Discharge_Summary_BERT", False),
        ("biobert_pretrain_output_all_notes_150000", False),
        ("bert_pretrain_output_disch_100000", False),
        ("FinBERT-FinVocab-Uncased", True),
        ("FinBERT-BaseVocab-Cased", False),
        ("finbert", True),
        ("finbert-tone", True),
        ("legal-bert-base-uncased", True),
        ("bert-base-german-cased", False),
        ("bert-base-german-dbmdz-uncased", True),
        ("bert-base-dutch-cased", False),
        ("bert-base-finnish-uncased-v1", True),
        ("bert-base-portuguese-cased", False),
        ("rubert_cased_L-12_H-768_A-12_v2", False),
        ("gbert-base", False),
        ("nb-bert-base", False),
        ("finbert_results", None),
        ("bio", None),
        ("results", None),
        ("showcased_results", None),
        ("chinese_corpus", None),
    ],
)
def test_casing_by_name(model, uncased):
    assert tokenization.is_uncased(model) is uncased


def test_case_matches_checkpoint():
    check = tokenization.validate_case_matches_checkpoint
    uncased = [
        "uncased_L-12_H-768_A-12",
        "wwm_uncased_L-24_H-1024_A-16",
        "multilingual_L-12_H-768_A-12",
        "chinese_L-12_H-768_A-12",
    ]
    cased = ["cased_L-12_H-768_A-12", "multi_cased_L-12_H-768_A-12", "wwm_cased_L-24_H-1024_A-16"]
    for name in uncased:
        check(True, "/a/%s/bert_model.ckpt" % name)
        with pytest.raises(tokenization.VocabularyError, match="--do_lower_case=true"):
            check(False, "/a/%s/bert_model.ckpt" % name)
    for name in cased:
        check(False, "%s/bert_model.ckpt" % name)
        with pytest.raises(tokenization.VocabularyError, match="--do_lower_case=false"):
            check(True, "%s/bert_model.ckpt" % name)
    # Unknown names, other files and no checkpoint say nothing; only the folder itself counts.
    for path in [
        None,
        "",
        "/results/model.ckpt-10",
        "/uncased_L-2/mine/bert_model.ckpt",
        "my_model/bert_model.ckpt",
    ]:
        check(True, path)
        check(False, path)


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        "\u4e2d",
        "!",
        "\u0301\u0316",
        "\u302e\U0001d165\u0301",
        "\u03a3",
        "\u03a3:",
        "\ud55c",
        "\u1e69",
    ],
)
def test_a_megabyte_without_a_space_takes_linear_time(unit):
    tokenizer = tokenization.FullTokenizer.__new__(tokenization.FullTokenizer)
    tokenizer.basic_tokenizer = tokenization.BasicTokenizer()
    tokenizer.wordpiece_tokenizer = tokenization.WordpieceTokenizer(
        {"[UNK]": 0, "!": 1, "\u4e2d": 2}
    )
    text = unit * (1000000 // len(unit.encode("utf-8")))
    start = time.process_time()
    tokens = tokenizer.tokenize(text)
    # Linear time takes one or two seconds; the quadratic ways (canonical ordering of long runs of marks, matching
    # pieces against a whole long word) take many minutes.
    assert time.process_time() - start < 20
    if unit in ("\u4e2d", "!"):
        assert tokens == [unit] * len(text)
    else:
        assert tokens in ([], ["[UNK]"], ["[UNK]", ":"] * (len(text) // 2), ["[UNK]"] * len(text))
