# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/instances.py: which pairs are chosen, how they are cut and masked.

Token ids are unique here, so that a token says which document and sentence it came from; statistics are compared with
what the method says, within four standard deviations.
"""
import bisect
import math
import random

import numpy as np
import pytest

from pretraining import instances

SPECIAL = 10  # ids below this are no text
CLS, SEP, MASK = 2, 3, 4


def corpus(sentence_lengths):
    """Documents of unique ids. sentence_lengths: a list of lengths for each document."""
    next_id, documents = SPECIAL, []
    for lengths in sentence_lengths:
        document = []
        for length in lengths:
            document.append(list(range(next_id, next_id + length)))
            next_id += length
        documents.append(document)
    return instances.Documents.of(documents)


def varied(num_documents, num_sentences, seed, shortest=3, longest=30):
    generator = random.Random(seed)
    return corpus(
        [
            [generator.randint(shortest, longest) for _ in range(generator.randint(*num_sentences))]
            for _ in range(num_documents)
        ]
    )


def sentence_of(documents, token):
    return bisect.bisect_right(documents.starts, token) - 1


def document_of(documents, token):
    return bisect.bisect_right(documents.first_sentences, sentence_of(documents, token)) - 1


def within(value, expected, deviation, deviations=4.0):
    return abs(value - expected) <= deviations * deviation


def share_within(hits, trials, probability):
    return within(hits, trials * probability, math.sqrt(trials * probability * (1 - probability)))


@pytest.fixture
def uncut(monkeypatch):
    """choose_pairs(...) without the shortening, so that pairs still show all their sentences."""
    monkeypatch.setattr(
        instances,
        "truncate",
        lambda a_start, a_end, b_start, b_end, max_tokens, generator: (
            a_start,
            a_end,
            b_start,
            b_end,
        ),
    )
    return instances.choose_pairs


def test_documents():
    documents = instances.Documents.of([[[11, 12], [13]], [[14, 15, 16]]])
    assert documents.ids.tolist() == [11, 12, 13, 14, 15, 16] and documents.ids.dtype == np.int32
    assert (
        documents.starts == [0, 2, 3, 6]
        and documents.first_sentences == [0, 2, 3]
        and len(documents) == 2
    )


# --- pairs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "num_sentences, max_tokens, short",
    [
        ((1, 40), 125, 0.1),
        ((1, 3), 125, 0.1),
        ((30, 60), 20, 0.1),
        ((5, 9), 61, 1.0),
        ((5, 9), 61, 0.0),
    ],
)
def test_documents_are_gone_through_sentence_by_sentence(uncut, num_sentences, max_tokens, short):
    documents = varied(60, num_sentences, seed=1)
    starts = documents.starts
    used = 0  # tokens gone through
    for pair in uncut(documents, max_tokens, short, random.Random(2)):
        assert pair.a_start == used
        for border in pair[:4]:
            assert starts[bisect.bisect_left(starts, border)] == border  # no sentence is torn
        assert pair.a_end > pair.a_start and pair.b_end > pair.b_start
        first, last = document_of(documents, pair.a_start), document_of(documents, pair.a_end - 1)
        assert first == last
        other = document_of(documents, pair.b_start)
        assert other == document_of(documents, pair.b_end - 1)
        if pair.is_random:
            assert other != first
            used = pair.a_end
        else:
            assert other == first and pair.b_start == pair.a_end
            used = pair.b_end
    assert used == len(documents.ids)


def test_pairs_hold_as_much_as_there_is(uncut):
    documents = varied(40, (1, 60), seed=3)
    starts = documents.starts
    for pair in uncut(documents, 125, 0.0, random.Random(4)):
        end_of_document = starts[
            documents.first_sentences[document_of(documents, pair.a_start) + 1]
        ]
        end_of_other = starts[documents.first_sentences[document_of(documents, pair.b_start) + 1]]
        length = pair.a_end - pair.a_start + pair.b_end - pair.b_start
        if pair.is_random:
            assert length >= 125 or pair.b_end == end_of_other
        else:
            assert length >= 125 or pair.b_end == end_of_document
        # No sentence more than needed: without the last one there was room left, or the second side would be empty.
        last = starts[bisect.bisect_left(starts, pair.b_end) - 1]
        assert pair.a_end - pair.a_start + last - pair.b_start < 125 or last == pair.b_start


@pytest.mark.parametrize(
    "sentences, longest", [((1, 40), 30), ((1, 4), 30), ((20, 40), 200), ((2, 3), 200)]
)
def test_next_and_random_are_equally_frequent(sentences, longest):
    documents = varied(12000 // sentences[1], sentences, seed=5, longest=longest)
    pairs = [
        pair
        for seed in range(3)
        for pair in instances.choose_pairs(documents, 125, 0.1, random.Random(seed))
    ]
    assert len(pairs) > 3000
    hits = sum(pair.is_random for pair in pairs)
    single = sum(
        1
        for first, last in zip(documents.first_sentences, documents.first_sentences[1:])
        if last - first == 1
    )
    assert single < len(pairs) / 4  # more than that could not be made up for
    assert abs(hits / len(pairs) - 0.5) < 4 * 0.5 / math.sqrt(len(pairs))


def test_a_document_of_one_sentence_gets_a_random_partner():
    documents = corpus([[5]] * 50)
    pairs = instances.choose_pairs(documents, 125, 0.1, random.Random(7))
    assert len(pairs) == 50 and all(pair.is_random for pair in pairs)


def test_random_partner_is_any_other_document_from_any_sentence(uncut):
    documents = corpus([[4] * 10] * 8)
    other_documents, sentences, total = np.zeros([8, 8]), np.zeros(10), 0
    for seed in range(400):
        for pair in uncut(documents, 30, 0.0, random.Random(seed)):
            if pair.is_random:
                other_documents[
                    document_of(documents, pair.a_start), document_of(documents, pair.b_start)
                ] += 1
                sentences[sentence_of(documents, pair.b_start) % 10] += 1
                total += 1
    assert total > 3000 and not other_documents.diagonal().any()
    assert all(share_within(count, total, 0.1) for count in sentences)
    for row in range(8):
        for column in set(range(8)) - {row}:
            assert share_within(other_documents[row, column], other_documents[row].sum(), 1 / 7)


def test_short_sequences(uncut):
    # Sentences of one token: a pair holds exactly as many tokens as it is meant to hold.
    documents = corpus([[1] * 30000] * 2)

    def targets(short_seq_prob, seed):
        pairs = uncut(documents, 21, short_seq_prob, random.Random(seed))
        ends = (len(documents.ids) // 2, len(documents.ids))
        return [
            pair.b_end - pair.a_start
            for pair in pairs
            if not pair.is_random and pair.b_end not in ends
        ]

    assert set(targets(0.0, 8)) == {21}
    always = targets(1.0, 9)
    assert len(always) > 1000
    counts = np.bincount(always, minlength=22)
    assert counts[:2].sum() == 0 and len(counts) == 22
    # From 2 to 21 tokens, each as often.
    assert all(share_within(count, len(always), 1 / 20) for count in counts[2:])
    sometimes = targets(0.1, 10)
    # One in twenty of the short ones is drawn as long as the others.
    assert share_within(sum(length < 21 for length in sometimes), len(sometimes), 0.1 * 19 / 20)


def test_the_cut_is_anywhere(uncut):
    documents = corpus([[1] * 40000] * 2)
    firsts = np.bincount(
        [
            pair.a_end - pair.a_start
            for pair in uncut(documents, 11, 0.0, random.Random(11))
            if not pair.is_random and pair.b_end - pair.a_start == 11
        ],
        minlength=12,
    )
    assert firsts[0] == 0 and firsts[11:].sum() == 0 and firsts.sum() > 2000
    assert all(share_within(count, firsts.sum(), 0.1) for count in firsts[1:11])


def test_same_generator_same_pairs():
    documents = varied(50, (1, 30), seed=12)
    first = instances.choose_pairs(documents, 125, 0.1, random.Random("a"))
    assert first == instances.choose_pairs(documents, 125, 0.1, random.Random("a"))
    assert first != instances.choose_pairs(documents, 125, 0.1, random.Random("b"))


# --- shortening ------------------------------------------------------------------------------------------------------


def test_shortened_lengths_are_those_of_one_token_at_a_time():
    for most in (2, 3, 7, 8):
        for a_length in range(1, 15):
            for b_length in range(1, 15):
                a, b = a_length, b_length
                while a + b > most:  # the method, told step by step
                    if a > b:
                        a -= 1
                    else:
                        b -= 1
                a_start, a_end, b_start, b_end = instances.truncate(
                    100, 100 + a_length, 200, 200 + b_length, most, random.Random(a_length)
                )
                assert (a_end - a_start, b_end - b_start) == (a, b)
                assert (
                    100 <= a_start < a_end <= 100 + a_length
                    and 200 <= b_start < b_end <= 200 + b_length
                )


def test_tokens_are_lost_at_both_ends():
    generator = random.Random(13)
    a_front = b_front = 0
    seen = set()
    for _ in range(4000):
        a_start, a_end, b_start, b_end = instances.truncate(0, 20, 100, 124, 38, generator)
        assert (a_end - a_start, b_end - b_start) == (19, 19)
        a_front += a_start
        b_front += b_start - 100
        seen.add((a_start, b_start - 100))
    # One token of a and five of b, each from the front with probability one half.
    assert within(a_front, 2000, math.sqrt(4000) / 2) and within(
        b_front, 10000, math.sqrt(5 * 4000) / 2
    )
    assert seen == {(a, b) for a in (0, 1) for b in range(6)}
    assert instances.truncate(0, 20, 100, 118, 38, generator) == (0, 20, 100, 118)


# --- instances -------------------------------------------------------------------------------------------------------

VOCABULARY_SIZE = 80000


def vocabulary(inside=()):
    is_inside = np.zeros(VOCABULARY_SIZE, bool)
    is_inside[list(inside)] = True
    return instances.Vocabulary(VOCABULARY_SIZE, CLS, SEP, MASK, is_inside)


def make(
    documents,
    pairs,
    length=64,
    predictions=10,
    probability=0.15,
    whole_words=False,
    seed=14,
    inside=(),
):
    return instances.make_instances(
        documents,
        pairs,
        vocabulary(inside),
        instances.Masking(length, predictions, probability, whole_words),
        np.random.RandomState(seed),
    )


@pytest.fixture(scope="module")
def many():
    """(documents, pairs) of some ten thousand instances."""
    documents = varied(400, (5, 60), seed=15, longest=8)
    pairs = []
    for seed in range(5):
        pairs += instances.choose_pairs(documents, 61, 0.2, random.Random(seed))
    assert len(documents.ids) < VOCABULARY_SIZE - SPECIAL
    return documents, pairs


@pytest.mark.parametrize("whole_words", [False, True])
def test_unmasked_again_every_instance_is_its_pair(many, whole_words):
    documents, pairs = many
    pairs = pairs[:2000]
    made = make(
        documents, pairs, whole_words=whole_words, inside=range(SPECIAL, VOCABULARY_SIZE, 3)
    )
    for row, pair in enumerate(pairs):
        ids = made["input_ids"][row].tolist()
        weights = made["masked_lm_weights"][row].tolist()
        count = int(sum(weights))
        positions = made["masked_lm_positions"][row].tolist()
        assert weights == [1.0] * count + [0.0] * (10 - count)
        assert (
            positions[count:] == [0] * (10 - count) == made["masked_lm_ids"][row, count:].tolist()
        )
        assert positions[:count] == sorted(set(positions[:count]))
        for position, label in zip(positions[:count], made["masked_lm_ids"][row, :count].tolist()):
            ids[position] = label
        first = documents.ids[pair.a_start : pair.a_end].tolist()
        second = documents.ids[pair.b_start : pair.b_end].tolist()
        text = [CLS] + first + [SEP] + second + [SEP]
        padding = [0] * (64 - len(text))
        assert ids == text + padding
        assert made["input_mask"][row].tolist() == [1] * len(text) + padding
        assert (
            made["segment_ids"][row].tolist()
            == [0] * (len(first) + 2) + [1] * (len(second) + 1) + padding
        )
        assert made["next_sentence_labels"][row].tolist() == [int(pair.is_random)]
    assert made["masked_lm_weights"].dtype == np.float32


@pytest.mark.parametrize(
    "probability, most", [(0.15, 10), (0.15, 4), (0.0, 10), (0.5, 61), (1.0, 61)]
)
def test_number_of_predictions(many, probability, most):
    documents, pairs = many
    made = make(documents, pairs[:3000], predictions=most, probability=probability)
    for length, count in zip(
        made["input_mask"].sum(axis=1).tolist(), made["masked_lm_weights"].sum(axis=1).tolist()
    ):
        assert count == min(most, length - 3, max(1, int(round(length * probability))))


def masked_places(made):
    rows, columns = np.nonzero(made["masked_lm_weights"])
    positions = made["masked_lm_positions"][rows, columns]
    return rows, positions, made["input_ids"][rows, positions], made["masked_lm_ids"][rows, columns]


@pytest.mark.parametrize("whole_words", [False, True])
def test_eighty_ten_ten(many, whole_words):
    documents, pairs = many
    made = make(
        documents, pairs, whole_words=whole_words, inside=range(SPECIAL, VOCABULARY_SIZE, 3)
    )
    _, _, seen, labels = masked_places(made)
    total = len(seen)
    assert total > 50000
    masks, kept = (seen == MASK), (seen == labels)
    assert share_within(masks.sum(), total, 0.8)
    assert share_within(kept.sum(), total, 0.1)
    drawn = seen[~masks & ~kept]
    assert share_within(len(drawn), total, 0.1)
    # Any token of the vocabulary, each tenth of it as often; the special ones too, as in the recipe.
    counts = np.bincount(drawn * 10 // VOCABULARY_SIZE, minlength=10)
    assert len(counts) == 10 and all(share_within(count, len(drawn), 0.1) for count in counts)


@pytest.mark.parametrize("most", [10, 20, 61])
def test_every_token_of_the_text_is_as_likely(many, most):
    documents, pairs = many
    made = make(documents, pairs, predictions=most)  # ten are wanted in a full sequence
    full = np.nonzero(made["input_mask"].sum(axis=1) == 64)[0]
    rows, positions, _, _ = masked_places(made)
    counts = np.bincount(positions[np.in1d(rows, full)], minlength=64)
    separators = np.bincount(np.argmax(made["segment_ids"][full] == 1, axis=1) - 1, minlength=64)
    assert len(full) > 3000 and counts[0] == counts[63] == 0
    for position in range(1, 63):
        trials = (
            len(full) - separators[position]
        )  # where a [SEP] is there, nothing is to be predicted
        assert share_within(counts[position], trials, 10 / 61), position


def test_other_generator_other_masks(many):
    documents, pairs = many
    first, again, other = [make(documents, pairs[:500], seed=seed) for seed in (1, 1, 2)]
    assert all((first[name] == again[name]).all() for name in first)
    same = (first["masked_lm_positions"] == other["masked_lm_positions"]).all(axis=1)
    assert same.mean() < 0.1


# --- whole words -----------------------------------------------------------------------------------------------------


def words_of(row, documents, pair, inside):
    """Lists of positions, one for each word of an instance; a side that begins within a word begins a new one."""
    words = []
    position = 1
    for start, end in ((pair.a_start, pair.a_end), (pair.b_start, pair.b_end)):
        for place in range(start, end):
            if place == start or documents.ids[place] not in inside:
                words.append([])
            words[-1].append(position)
            position += 1
        position += 1
    return words


def test_whole_words_are_masked_whole(many):
    documents, pairs = many
    pairs = pairs[:3000]
    generator = random.Random(16)
    inside = {token for token in range(SPECIAL, VOCABULARY_SIZE) if generator.random() < 0.4}
    made = make(documents, pairs, whole_words=True, inside=inside)
    wanted = make(documents, pairs)["masked_lm_weights"].sum(axis=1)
    total = 0
    for row, pair in enumerate(pairs):
        count = int(made["masked_lm_weights"][row].sum())
        masked = set(made["masked_lm_positions"][row, :count].tolist())
        words = words_of(row, documents, pair, inside)
        assert all(masked.issuperset(word) or masked.isdisjoint(word) for word in words)
        assert count <= wanted[row]
        # Full up: no word that was left out would still fit.
        assert all(len(word) > wanted[row] - count for word in words if masked.isdisjoint(word))
        total += count
    assert total > 0.97 * wanted.sum()


def test_whole_words_are_drawn_evenly():
    # Words of one, two and three pieces, and room for seven tokens: a short word fits more often, so only words of one
    # length can be compared with each other.
    documents = corpus([[60], [60]])
    inside = {
        place for place in range(SPECIAL, SPECIAL + 120) if (place - SPECIAL) % 6 in (2, 4, 5)
    }
    pairs = [instances.Pair(0, 30, 60, 90, True)] * 6000
    made = make(documents, pairs, whole_words=True, inside=inside, predictions=7, probability=0.1)
    _, positions, _, _ = masked_places(made)
    counts = np.bincount(positions, minlength=64)
    for size, offset in ((1, 0), (2, 1), (3, 3)):
        firsts = counts[
            [1 + offset + 6 * number for number in range(5)]
            + [32 + offset + 6 * number for number in range(5)]
        ]
        mean = firsts.mean() / len(pairs)
        assert mean > 0.05
        assert all(share_within(count, len(pairs), mean) for count in firsts), (size, firsts)


def test_borrowed_documents_only_give_random_stretches():
    own = instances.Documents.of([[[1] * 5] * 40])
    borrowed = instances.Documents.of([[[2] * 3] * 9, [[3] * 4] * 2])
    documents = own.followed_by(borrowed)
    assert documents.ids.tolist() == own.ids.tolist() + borrowed.ids.tolist()
    assert documents.starts == own.starts + [start + 200 for start in borrowed.starts[1:]]
    assert documents.first_sentences == [0, 40, 49, 51] and len(documents) == 3
    pairs = [
        pair
        for seed in range(50)
        for pair in instances.choose_pairs(documents, 30, 0.1, random.Random(seed), 1)
    ]
    assert all(pair.a_end <= 200 for pair in pairs)
    assert all((pair.b_start >= 200) == pair.is_random for pair in pairs)
    assert 0.3 < sum(pair.is_random for pair in pairs) / len(pairs) < 0.7
    assert {documents.ids[pair.b_start] for pair in pairs if pair.is_random} == {2, 3}


def test_replacements_are_ids_that_have_a_token():
    documents = instances.Documents.of([[[9] * 20] * 30, [[9] * 20] * 30])
    pairs = instances.choose_pairs(documents, 40, 0.0, random.Random(1))
    ids = np.array([3, 5, 9, 11])
    made = instances.make_instances(
        documents,
        pairs * 20,
        instances.Vocabulary(4, CLS, SEP, MASK, np.zeros(12, bool), ids),
        instances.Masking(43, 10, 0.2, False),
        np.random.RandomState(1),
    )
    places = made["masked_lm_positions"][made["masked_lm_weights"] > 0]
    rows = np.nonzero(made["masked_lm_weights"])[0]
    assert set(made["input_ids"][rows, places].tolist()) == {MASK, 3, 5, 9, 11}
