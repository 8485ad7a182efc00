# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text to WordPiece tokens: the tokenizers of BERT.

Two steps, as published with BERT:

1. `BasicTokenizer` cleans the text (control characters out, every white space a blank), sets CJK ideographs apart,
   in the uncased models lower-cases and strips accents, and splits off punctuation: text -> words;
2. `WordpieceTokenizer` cuts each word greedily into the longest pieces that the vocabulary has: word -> pieces.

`FullTokenizer` is both. For speed, step 1 is a single `str.translate` with a lazily filled table, because
nearly every character maps to a text that does not depend on its neighbours. Texts with one of the two exceptions are
processed character by character: the Greek capital sigma (lower-cased to another letter at the end of a word) and
combining marks that are kept but reordered by canonical ordering. Step 2 is cached per word, in bounded memory.

TensorFlow is not imported here, so that processes that only prepare data start quickly.
"""

import collections
import itertools
import logging
import os
import re
import unicodedata

_LOG = logging.getLogger("tokenization")

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_NEEDED_TOKENS = ("[UNK]", "[CLS]", "[SEP]")  # by every use; [MASK] only for pre-training data
_NOTES_SHOWN = 3
_FEWEST_CAPITALS = 0.05  # of its tokens have a capital letter, if a vocabulary is a cased one

_CAPITAL_SIGMA = "\u03a3"
# Stands for "this character needs its neighbours" in a translated text; U+0000 itself is always removed from the text.
_NEEDS_CONTEXT = "\u0000"

# Blocks of CJK ideographs as BERT draws them: no kana and no Hangul, which are written in words.
_IDEOGRAPH_RANGES = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)

# Entries a character table or a word cache may hold; natural text needs far fewer characters and about as many words.
_MAX_TABLE_ENTRIES = 1 << 16
_MAX_CACHED_WORDS = 1 << 17


class VocabularyError(ValueError):
    """A vocabulary that cannot be used, or text casing that does not fit the model; the message says what to do."""


def convert_to_unicode(text):
    """Text as `str`: bytes are decoded as UTF-8, and undecodable bytes are dropped.

    Raises:
      ValueError: for anything that is neither `str` nor `bytes`.
    """
    if isinstance(text, str):
        return text
    if isinstance(text, bytes):
        return text.decode("utf-8", "ignore")
    raise ValueError("text must be str or bytes, not %s" % type(text).__name__)


def printable_text(text):
    """`convert_to_unicode`: text for print and logs."""
    return convert_to_unicode(text)


def load_vocab(vocab_file):
    """Reads a vocabulary, with the ids of Google's loader: one token per line; its id is the line number, counted from 0.

    White space around a token is stripped (Unicode's: the Chinese vocabulary has a line of U+2028 alone). Of equal tokens
    the last one has the id. An empty line is the token '', which no text contains. Line ends may be LF or CRLF; a byte
    order mark is ignored. What looks like a mistake is logged once for each file.

    Args:
      vocab_file: path of a UTF-8 text file.

    Returns:
      OrderedDict token (str) -> id (int), in the order of the first occurrences.

    Raises:
      VocabularyError: unreadable file, not UTF-8, or one of `[UNK] [CLS] [SEP]` is missing.
    """
    lines = _vocabulary_lines(vocab_file)
    vocab = _plain_vocab(lines)
    if vocab is not None:
        require_tokens(vocab, _NEEDED_TOKENS, vocab_file)
        return vocab
    vocab, notes, empty = collections.OrderedDict(), [], []
    for index, raw in enumerate(lines):
        try:
            token = raw.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise VocabularyError(
                "line %d of the vocabulary %s is not UTF-8: is it really a vocab.txt?"
                % (index + 1, vocab_file)
            )
        if token:
            notes.extend(empty)  # those at the end of a file are no mistake
            empty = []
        if token and token in vocab:
            notes.append("line %d repeats %s of line %d" % (index + 1, token, vocab[token] + 1))
        elif not raw.strip(b" \t\r"):
            empty.append("line %d is empty" % (index + 1))
        vocab[token] = index
    require_tokens(vocab, _NEEDED_TOKENS, vocab_file)
    if "[PAD]" not in vocab:
        notes.append("[PAD] is missing, and id 0 pads")
    _note_once(vocab_file, notes)
    return vocab


def _plain_vocab(lines):
    """The vocabulary of lines that need no note, read in one go; None if some line is odd."""
    try:
        tokens = [token.strip() for token in b"\n".join(lines).decode("utf-8").split("\n")]
    except UnicodeDecodeError:
        return None
    vocab = collections.OrderedDict(zip(tokens, range(len(tokens))))
    return vocab if len(vocab) == len(tokens) and "" not in vocab and "[PAD]" in vocab else None


def _vocabulary_lines(vocab_file):
    """The lines of a vocabulary in bytes, without a byte order mark."""
    try:
        with open(vocab_file, "rb") as reader:
            content = reader.read()
    except (IOError, OSError) as error:
        raise VocabularyError("cannot read the vocabulary %s: %s" % (vocab_file, error.strerror))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise VocabularyError(
            "the vocabulary %s is not UTF-8 but UTF-16 or binary: convert it (iconv -f UTF-16 -t UTF-8)"
            % vocab_file
        )
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    lines = content.split(b"\n")
    if len(lines) == 1 and b"\r" in content.strip():
        raise VocabularyError(
            "the vocabulary %s has CR line ends: convert them (tr '\\r' '\\n')" % vocab_file
        )
    return lines if lines[-1] else lines[:-1]


def require_tokens(vocab, tokens, vocab_file):
    """Raises VocabularyError if one of `tokens`, which are special ones, is missing from `vocab`, read from `vocab_file`."""
    if any(token not in vocab for token in tokens):
        missing = [token for token in SPECIAL_TOKENS if token not in vocab]
        raise VocabularyError(
            "the vocabulary %s lacks %s: it is not a BERT vocabulary (one token per line)"
            % (vocab_file, " ".join(missing))
        )


def check_vocab_size(vocab, vocab_size, vocab_file):
    """Raises VocabularyError if a token of `vocab` (an empty line is none) has an id that a model of `vocab_size` ids lacks.

    A vocabulary that is much smaller than the model's is warned of: it may be cut off. (Sizes are often rounded up to a
    multiple of 8, 64 or 128.)
    """
    last, token = max((index, token) for token, index in vocab.items() if token)
    if last >= vocab_size:
        raise VocabularyError(
            "%s: line %d gives %s the id %d, but the model has only %d (vocab_size in bert_config.json): pass the "
            "vocabulary of the model" % (vocab_file, last + 1, token, last, vocab_size)
        )
    if last + 1 <= vocab_size - 128:
        _LOG.warning(
            "warning: vocabulary %s: it ends with id %d, but the model has %d ids (vocab_size in bert_config.json): is the "
            "file cut off, or that of another model?",
            vocab_file,
            last,
            vocab_size,
        )


_noted = set()  # vocabularies whose oddities have been logged


def _note_once(vocab_file, notes):
    if notes and vocab_file not in _noted:
        _noted.add(vocab_file)
        more = "; %d more lines repeated or empty" % (len(notes) - _NOTES_SHOWN)
        _LOG.warning(
            "warning: vocabulary %s: %s%s; ids are those of Google's loader",
            vocab_file,
            "; ".join(notes[:_NOTES_SHOWN]),
            more if len(notes) > _NOTES_SHOWN else "",
        )


# The published models by their names; the first pattern that is found decides whether a model is uncased. Below the first
# two are those that are named for neither.
_CASING = (
    (r"(?i)(^|[^A-Za-z])uncased([^A-Za-z]|$)", True),
    (r"(?i)(^|[^A-Za-z])cased([^A-Za-z]|$)", False),
    (r"^(multilingual|chinese)_(\w+_)?L-", True),  # Google, HFL
    (r"^bert-base-chinese$", True),
    (r"^(chinese-(bert|roberta)-wwm(-ext)?(-large)?|rbt[3-6]|rbtl3)$", True),  # HFL
    (r"(?i)^(bio_?bert|bio_(clinical|discharge_summary_)bert)", False),
    (r"^(bio)?bert_pretrain_output_(all_notes|disch)_", False),  # ClinicalBERT
    (r"(?i)^finbert(-(tone|pretrain|esg|fls))?$", True),
    (r"^nb-bert-(base|large)$", False),
    (r"^gbert-(base|large)$", False),
)


def is_uncased(model):
    """Whether a published model (its name, such as "chinese_L-12_H-768_A-12") is uncased; None for unknown names."""
    for pattern, uncased in _CASING:
        if re.search(pattern, model):
            return uncased
    return None


def casing_problem(vocab, do_lower_case, vocab_file):
    """What speaks against `do_lower_case`: one line that says what to pass instead, or None.

    Args:
      vocab: mapping whose keys are the tokens.
      do_lower_case: bool.
      vocab_file: path of the vocabulary; the name of its directory may be that of a published model.
    """
    model = os.path.basename(os.path.dirname(os.path.abspath(vocab_file)))
    uncased, why = is_uncased(model), "the model %s is" % model
    if uncased is None and do_lower_case:
        words = [token for token in vocab if not token.startswith("[")]
        text = "\n".join(words)
        # Text without any capital letter, as a whole, is told at once.
        capitals = 0 if text == text.lower() else sum(token != token.lower() for token in words)
        if capitals > _FEWEST_CAPITALS * len(vocab):
            uncased = False
            why = "capital letters in %d of %d tokens say that the vocabulary is" % (
                capitals,
                len(vocab),
            )
    if uncased is None or uncased == bool(do_lower_case):
        return None
    return "--vocab_file=%s: %s %s: pass --do_lower_case=%s" % (
        vocab_file,
        why,
        "uncased" if uncased else "cased",
        "true" if uncased else "false",
    )


def vocabulary_is_uncased(vocab_file):
    """Whether a vocabulary is of an uncased model, by the name of its directory or its capital letters."""
    return casing_problem(load_vocab(vocab_file), True, vocab_file) is None


def validate_case_matches_checkpoint(do_lower_case, init_checkpoint):
    """Refuses a casing that contradicts the name of a published checkpoint.

    Looks only at the name of the checkpoint's directory (`uncased_L-12_H-768_A-12/bert_model.ckpt`); unknown names pass.

    Raises:
      VocabularyError: the directory's name says uncased and `do_lower_case` is false, or the other way round.
    """
    match = re.search(r"([^/\\]+)[/\\]+bert_model\.ckpt", init_checkpoint or "")
    if not match:
        return
    uncased = is_uncased(match.group(1))
    if uncased is not None and uncased != bool(do_lower_case):
        raise VocabularyError(
            "do_lower_case is %s, but the checkpoint %s is of %s model: pass --do_lower_case=%s"
            % (
                bool(do_lower_case),
                init_checkpoint,
                "an uncased" if uncased else "a cased",
                "true" if uncased else "false",
            )
        )


def convert_by_vocab(vocab, items):
    """[vocab[item] for item in items]; an unknown item is a VocabularyError that names it."""
    try:
        return [vocab[item] for item in items]
    except KeyError as error:
        raise VocabularyError(
            "%r is not in the vocabulary of %d entries" % (error.args[0], len(vocab))
        )


def convert_tokens_to_ids(vocab, tokens):
    """Tokens (list of str) to ids (list of int) by `vocab` (token -> id)."""
    return convert_by_vocab(vocab, tokens)


def convert_ids_to_tokens(inv_vocab, ids):
    """Ids (list of int) to tokens (list of str) by `inv_vocab` (id -> token)."""
    return convert_by_vocab(inv_vocab, ids)


def whitespace_tokenize(text):
    """The words of `text` between white space of any kind; an empty list for blank text."""
    return text.split()


class FullTokenizer:
    """Text to word pieces and ids, as the BERT recipe does it.

    Args:
      vocab_file: path of the vocabulary, one token a line.
      do_lower_case: True for uncased models (also strips accents).
    """

    def __init__(self, vocab_file, do_lower_case=True):
        self.vocab = load_vocab(vocab_file)
        self._inv_vocab = None
        self.basic_tokenizer = BasicTokenizer(do_lower_case=do_lower_case)
        self.wordpiece_tokenizer = WordpieceTokenizer(vocab=self.vocab)

    @property
    def inv_vocab(self):
        """OrderedDict id (int) -> token (str), made when it is first asked for: preparing data does not need it."""
        if self._inv_vocab is None:
            self._inv_vocab = collections.OrderedDict(zip(self.vocab.values(), self.vocab))
        return self._inv_vocab

    def tokenize(self, text):
        """Word pieces of `text` (str or UTF-8 bytes): a list of str; pieces inside a word start with `##`."""
        return self.wordpiece_tokenizer.tokenize_words(self.basic_tokenizer.tokenize(text))

    def tokenize_with_offsets(self, text):
        """Word pieces with the place each one has in the text.

        Args:
          text: str or UTF-8 bytes.

        Returns:
          (tokens, spans): `tokens` as `tokenize` gives them; `spans[i]` = (start, end), end exclusive: the characters
          of the original text (after `convert_to_unicode`) that token i was made of. An accent that lower-casing
          stripped belongs to the letter before it. Pieces made of one single character (a Hangul syllable comes
          apart into letters) share its span; otherwise spans do not overlap.
        """
        text = convert_to_unicode(text)
        accents_vanish = self.basic_tokenizer.do_lower_case
        tokens, spans = [], []
        for word, origins in self.basic_tokenizer.tokenize_with_origins(text):
            for token, start, end in self.wordpiece_tokenizer.split(word):
                # Canonical reordering can have moved characters: the first one's origin need not be the least.
                first, last = min(origins[start:end]), max(origins[start:end])
                tokens.append(token)
                spans.append(
                    (first, _after_accents(text, last + 1) if accents_vanish else last + 1)
                )
        return tokens, spans

    def convert_tokens_to_ids(self, tokens):
        """Ids of `tokens`; a token that is not in the vocabulary is a VocabularyError."""
        return convert_by_vocab(self.vocab, tokens)

    def convert_ids_to_tokens(self, ids):
        """Tokens of `ids`; an id outside the vocabulary is a VocabularyError."""
        return convert_by_vocab(self.inv_vocab, ids)


class BasicTokenizer:
    """Text to words and single punctuation marks.

    Args:
      do_lower_case: lower-case the text and strip its accents.
    """

    NEEDS_CONTEXT = _NEEDS_CONTEXT

    def __init__(self, do_lower_case=True):
        self.do_lower_case = do_lower_case
        self._table = _CharacterTable(_fold if do_lower_case else _set_apart)
        self._context = _ContextFolder()

    def tokenize(self, text):
        """The words of `text` (str or UTF-8 bytes) as a list of str."""
        text = convert_to_unicode(text)
        normalized = self.replace(text)
        if _NEEDS_CONTEXT in normalized:
            normalized = "".join(replacement for replacement, _ in self._context.fold(text))
        return normalized.split()

    def replace(self, text):
        """`text` (str) with every character replaced by itself: words between white space, NEEDS_CONTEXT where that is not enough."""
        return text.translate(self._table)

    def tokenize_with_origins(self, text):
        """Like `tokenize`, yielding (word, origins): origins[i] is the index in `text` of the word's character i."""
        replacements = list(map(self._table.__getitem__, map(ord, text)))
        sources = range(len(text))
        normalized = "".join(replacements)
        if _NEEDS_CONTEXT in normalized:
            replacements, sources = zip(*self._context.fold(text))
            normalized = "".join(replacements)
        origins = list(
            itertools.chain.from_iterable(map(itertools.repeat, sources, map(len, replacements)))
        )
        for match in re.finditer(r"\S+", normalized):
            yield match.group(), origins[match.start() : match.end()]


class WordpieceTokenizer:
    """Words to the longest pieces of a vocabulary, greedily from the left.

    Args:
      vocab: mapping whose keys are the pieces; those inside a word start with `##`. Not to be changed afterwards.
      unk_token: what stands for a word that cannot be put together, or is too long.
      max_input_chars_per_word: longer words become `unk_token` unseen.
    """

    def __init__(self, vocab, unk_token="[UNK]", max_input_chars_per_word=200):
        self.vocab = vocab
        self.unk_token = unk_token
        self.max_input_chars_per_word = max_input_chars_per_word
        # The pieces inside a word, without their mark: looked up as they stand in the word.
        self._inside = {piece[2:]: piece for piece in vocab if piece.startswith("##")}
        # No longer piece can match: words are cut in time linear in their length.
        self._longest_piece = max(map(len, vocab), default=0)
        self._pieces = _WordCache(self.cut)
        self._tokens = _WordCache(lambda word: tuple(token for token, _, _ in self.cut(word)))

    def tokenize(self, text):
        """Pieces of the words of `text` (words between white space): a list of str."""
        return self.tokenize_words(convert_to_unicode(text).split())

    def tokenize_words(self, words):
        """Pieces of `words` (an iterable of str without white space), in a list."""
        return list(itertools.chain.from_iterable(map(self._tokens.__getitem__, words)))

    def split(self, word):
        """The pieces of one word: a sequence of (token, start, end), places in `word`."""
        return self._pieces[word]

    def cut(self, word):
        """`split` without memory, for those who have their own."""
        unknown = [(self.unk_token, 0, len(word))]
        if len(word) > self.max_input_chars_per_word:
            return unknown
        pieces = []
        start = 0
        while start < len(word):
            known = self._inside if start else self.vocab
            for end in range(min(len(word), start + self._longest_piece), start, -1):
                if word[start:end] in known:
                    break
            else:
                return unknown
            piece = word[start:end]
            pieces.append((known[piece] if start else piece, start, end))
            start = end
        return pieces


class _WordCache(dict):
    """word -> compute(word), remembered for words of usual length; starts afresh when full."""

    def __init__(self, compute):
        super().__init__()
        self._compute = compute

    def __missing__(self, word):
        value = self._compute(word)
        if len(word) <= 64:
            if len(self) >= _MAX_CACHED_WORDS:
                self.clear()
            self[word] = value
        return value


class _CharacterTable(dict):
    """code point -> replace(character), for `str.translate`; filled as characters are met."""

    def __init__(self, replace):
        super().__init__()
        self._replace = replace

    def __missing__(self, code_point):
        replacement = self._replace(chr(code_point))
        if len(self) < _MAX_TABLE_ENTRIES:
            self[code_point] = replacement
        return replacement


def _after_accents(text, end):
    """`end`, moved behind the accents that follow there (none is below U+0300)."""
    while end < len(text) and text[end] >= "\u0300" and unicodedata.category(text[end]) == "Mn":
        end += 1
    return end


def _clean(char):
    """One character without control characters, white space as a blank, ideographs between blanks."""
    if _is_whitespace(char):
        return " "
    if _is_control(char) or char == "\ufffd":
        return ""
    return " %s " % char if _is_ideograph(char) else char


def _is_whitespace(char):
    """Blank, tab, line feed, carriage return, and Unicode's spaces (category Zs)."""
    return char in (" ", "\t", "\n", "\r") or unicodedata.category(char) == "Zs"


def _is_control(char):
    """Unicode's category C (control, format, private use, unassigned) without the white space in it."""
    return char not in ("\t", "\n", "\r") and unicodedata.category(char)[0] == "C"


def _is_ideograph(char):
    code_point = ord(char)
    return any(first <= code_point <= last for first, last in _IDEOGRAPH_RANGES)


def _is_punctuation(char):
    """Unicode punctuation, and every ASCII mark that is neither letter nor digit (`$`, `^`, ... are symbols to Unicode)."""
    code_point = ord(char)
    if (
        33 <= code_point <= 47
        or 58 <= code_point <= 64
        or 91 <= code_point <= 96
        or 123 <= code_point <= 126
    ):
        return True
    return unicodedata.category(char)[0] == "P"


def _set_apart(char):
    """The cased models' replacement of one character: cleaned, punctuation between blanks."""
    return "".join(" %s " % c if _is_punctuation(c) else c for c in _clean(char))


def _fold(char):
    """The uncased models' replacement of one character, or `_NEEDS_CONTEXT` where it depends on its neighbours."""
    decomposed = unicodedata.normalize("NFD", _clean(char).lower())
    if char == _CAPITAL_SIGMA or any(_moves(c) for c in decomposed):
        return _NEEDS_CONTEXT
    return "".join(_strip_accent(c) for c in decomposed)


def _moves(char):
    """Whether a character is kept (not an accent) and yet takes part in canonical reordering."""
    return unicodedata.combining(char) != 0 and unicodedata.category(char) != "Mn"


def _strip_accent(char):
    """One decomposed character as it enters a word: accents vanish, punctuation stands apart."""
    if unicodedata.category(char) == "Mn":
        return ""
    return " %s " % char if _is_punctuation(char) else char


class _ContextFolder:
    """`_fold` for a whole text, neighbours considered.

    Decomposing character by character and sorting each run of combining characters by its class is canonical
    decomposition (Unicode Standard, section 3.11); `unicodedata.normalize` would take quadratic time on long runs.
    """

    def __init__(self):
        self._cleaned = _CharacterTable(_clean)
        self._decomposed = _WordCache(_decompose)

    def fold(self, text):
        """Yields (replacement, index of the character in `text`), in the order of the folded text."""
        cleaned = [(c, index) for index, char in enumerate(text) for c in self._cleaned[ord(char)]]
        lowered = "".join(c for c, _ in cleaned).lower()
        position = 0
        run = []
        for char, index in cleaned:
            # Lower-casing in context never changes a length, only which sigma it is.
            end = position + len(char.lower())
            for combining_class, replacement in self._decomposed[lowered[position:end]]:
                if combining_class == 0:
                    for moved in sorted(run, key=_combining_class):
                        yield moved[1:]
                    run = []
                    yield replacement, index
                else:
                    run.append((combining_class, replacement, index))
            position = end
        for moved in sorted(run, key=_combining_class):
            yield moved[1:]


def _decompose(lowered):
    """One lower-cased character, decomposed: a list of (combining class, replacement)."""
    return [
        (unicodedata.combining(c), _strip_accent(c)) for c in unicodedata.normalize("NFD", lowered)
    ]


def _combining_class(item):
    return item[0]
