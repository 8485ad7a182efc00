# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Wikipedia: wikitext to prose, dumps of both kinds, damage, workers and parts, golden articles of a real dump."""

import bz2
import glob
import hashlib
import io
import os
import subprocess
import sys
import time

import pytest

from data.wikipedia_corpus import dump, extract, wikitext
from program import workers
from program.errors import DataError


@pytest.mark.parametrize(
    "source, expected",
    [
        (
            "'''Bold''' and ''italic'' [[target|shown]] [[Plain]]s.",
            ["Bold and italic shown Plains."],
        ),
        ("One\nline.\n\nTwo.", ["One line.", "Two."]),
        ('A<ref name="x">gone {{cite|a=[[b]]}}</ref>, b<ref name="x" />.', ["A, b."]),
        ("== Heading ==\nText.\n=== Sub ===\nMore.", ["Text.", "More."]),
        ("Before.\n* item one\n# item two\n: indented\n; term\nAfter.", ["Before.", "After."]),
        ('Before.\n{| class="wikitable"\n! a\n|-\n| b || c\n|}\nAfter.', ["Before.", "After."]),
        (
            "[[File:X.jpg|thumb|A [[nested]] caption.]] Text [[Category:Things]] here.",
            ["Text here."],
        ),
        ("[[de:Ding]] Text. [[:Category:Shown]]", ["Text. Category:Shown"]),
        (
            "X ({{IPA-fr|abc}}; born 1947) is {{convert|5|to|6|km|mi}} from {{lang|fr|Là}}.",
            ["X (born 1947) is 5 to 6 kilometres (3.1 to 3.7 mi) from Là."],
        ),
        ("Empty ({{lang-xx}}) brackets ({{a}}, {{b}}) go.", ["Empty brackets go."]),
        ("No breaks{{Clarify|date=2011}}in it{{fact}}.", ["No breaks in it."]),
        (
            "See [http://example.org the page] and [http://example.org] at http://example.org/x.",
            ["See the page and at."],
        ),
        ("5 &lt; 6 &amp; 7&nbsp;km &#8212; fine.<!-- hidden -->", ["5 < 6 & 7 km \u2014 fine."]),
        ("Text.\n==References==\nJunk.\n===Notes===\nJunk.\n==Later==\nKept.", ["Text.", "Kept."]),
        ("<math>x^2</math> holds.\n<gallery>\nA.jpg|b\n</gallery>\nEnd.", ["x² holds.", "End."]),
        ("{{Infobox\n| name = never closed\n| other = x\n\nText goes on.", ["Text goes on."]),
        ('{| class="never closed"\n| cell\n\nText.', ["Text."]),
        (
            "Line<br />break, <small>small</small> <blockquote>Quoted.</blockquote>",
            ["Line break, small", "Quoted."],
        ),
        ("__NOTOC__\n----\n", []),
    ],
)
def test_paragraphs(source, expected):
    assert wikitext.paragraphs(source) == expected


@pytest.mark.parametrize(
    "title, text, expected",
    [
        ("Mercury (disambiguation)", "x", True),
        ("Ada", "{{Disambig}}", True),
        ("Ada", "{{disambiguation|geo}}", True),
        ("Ada", "{{hndis|x}}", True),
        ("Ada", "{{other uses|Ada (disambiguation)}} Text.", False),
        ("Ada", "Text.", False),
    ],
)
def test_disambiguation(title, text, expected):
    assert wikitext.is_disambiguation(title, text) is expected


def _page(title, text, namespace=0, redirect=False):
    return "<page><title>%s</title><ns>%d</ns>%s<revision><text>%s</text></revision></page>\n" % (
        title,
        namespace,
        '<redirect title="X" />' if redirect else "",
        text,
    )


_HEAD = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en">\n<siteinfo></siteinfo>\n'


def _pages(count):
    return [
        _page(
            "Page %d" % n, "Sentence one of %d. Sentence two of %d.\n\nSecond paragraph." % (n, n)
        )
        for n in range(count)
    ]


def _one_stream(path, pages):
    path.write_bytes(bz2.compress((_HEAD + "".join(pages) + "</mediawiki>").encode("utf-8")))
    return str(path)


def _many_streams(path, pages, per_stream):
    streams = (
        [_HEAD]
        + ["".join(pages[n : n + per_stream]) for n in range(0, len(pages), per_stream)]
        + ["</mediawiki>"]
    )
    path.write_bytes(b"".join(bz2.compress(stream.encode("utf-8")) for stream in streams))
    return str(path)


def _extract(dump_path, output_dir, workers=1, **options):
    log = io.StringIO()
    return extract.extract(dump_path, str(output_dir), workers, log=log, **options), log.getvalue()


def _hashes(folder):
    return {
        os.path.basename(path): hashlib.sha256(open(path, "rb").read()).hexdigest()
        for path in glob.glob(os.path.join(str(folder), "*"))
    }


def _text(folder):
    return "".join(
        io.open(path, encoding="utf-8").read()
        for path in sorted(glob.glob(os.path.join(str(folder), "*.txt")))
    )


def test_both_kinds_of_dump_give_the_same_articles(tmp_path):
    pages = _pages(23)
    totals, _ = _extract(
        _one_stream(tmp_path / "one.xml.bz2", pages), tmp_path / "one", pages_per_block=10
    )
    many, _ = _extract(
        _many_streams(tmp_path / "many.xml.bz2", pages, 3), tmp_path / "many", streams_per_block=4
    )
    assert totals == many
    assert (totals["articles"], totals["sentences"], totals["words"]) == (23, 69, 23 * 10)
    assert _text(tmp_path / "one") == _text(tmp_path / "many")
    assert _text(tmp_path / "one").startswith(
        "Sentence one of 0.\nSentence two of 0.\nSecond paragraph.\n\nSentence one of 1.\n"
    )
    assert len(glob.glob(str(tmp_path / "one" / "*.txt"))) == 3


@pytest.mark.parametrize("many", [False, True])
def test_workers_and_parts_change_no_byte(tmp_path, many):
    pages = _pages(40)
    path = (
        _many_streams(tmp_path / "d.bz2", pages, 2)
        if many
        else _one_stream(tmp_path / "d.bz2", pages)
    )
    options = {"streams_per_block": 5, "pages_per_block": 7}
    _extract(path, tmp_path / "a", 1, **options)
    _extract(path, tmp_path / "b", 3, **options)
    for index in (3, 1, 2):
        _extract(path, tmp_path / "c", 2, part=workers.Part(index, 3), **options)
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b") == _hashes(tmp_path / "c")


def test_what_is_dropped_is_counted_by_reason(tmp_path):
    pages = [
        _page("Good", "Text."),
        _page("Talk:X", "Text.", namespace=1),
        _page("R", "#REDIRECT [[X]]"),
        _page("S", "x", redirect=True),
        _page("D", "{{disambig}} D may refer to:"),
        _page("E", "{{Infobox}}\n* list"),
    ]
    totals, _ = _extract(_one_stream(tmp_path / "d.bz2", pages), tmp_path / "out")
    assert totals == {
        "pages": 6,
        "articles": 1,
        "sentences": 1,
        "words": 1,
        "dropped_namespace": 1,
        "dropped_redirect": 2,
        "dropped_disambiguation": 1,
        "dropped_empty": 1,
    }


def test_dropped_sentences_are_counted_and_the_summary_names_the_templates(tmp_path, repo_root):
    pages = [
        _page(
            "A", "It costs {{mystery|1}} and {{Other one|2}}. It is. It is {{mystery}} or {{m|x}}."
        ),
        _page(
            "B", "It is {{mystery|3}}. Here &lt;math&gt;\\frac{1}{2}&lt;/math&gt; is. {{unseen}}"
        ),
    ]
    path = _one_stream(tmp_path / "d.bz2", pages)
    totals, _ = _extract(path, tmp_path / "out")
    assert _text(tmp_path / "out") == "It is.\n\n"
    assert totals["dropped_sentences"] == 4 and totals["dropped_empty"] == 1
    run = subprocess.run(
        [sys.executable, "-m", "data.wikipedia_corpus.extract", "--dump", path]
        + ["--output_dir", str(tmp_path / "out"), "--num_workers", "1"],
        cwd=repo_root,
        stdout=subprocess.PIPE,
    )
    assert (
        "  sentences were dropped for the unknown text of {{mystery}} 3, <math> 1, {{m}} 1, {{other one}} 1\n"
        in run.stdout.decode("utf-8")
    )


def test_lines_of_a_real_dump_begin_with_text(shared_data, tmp_path):
    _extract(glob.glob(os.path.join(shared_data, "wikipedia", "*.bz2"))[0], tmp_path / "out", 2)
    lines = _text(tmp_path / "out").splitlines()
    assert len(lines) > 18000
    assert [line for line in lines if line[:1] and line[0] in ",.;:!?)]}…"] == []
    assert [line for line in lines if "\ue000" in line or "{{" in line or "&nbsp;" in line] == []


def test_page_the_parser_fails_on_is_named_and_passed_over(tmp_path, monkeypatch):
    def fail(text, *_):
        if "bad" in text:
            raise RecursionError("too deep")
        return ["Text."]

    monkeypatch.setattr(wikitext, "paragraphs", fail)
    totals, log = _extract(
        _one_stream(tmp_path / "d.bz2", [_page("Bad", "bad"), _page("Good", "good")]),
        tmp_path / "out",
    )
    assert totals["dropped_unparsable"] == 1 and totals["articles"] == 1
    assert "warning: article 'Bad' dropped: RecursionError: too deep" in log


def test_truncated_dump_names_file_and_page_and_keeps_whole_blocks(tmp_path):
    path = tmp_path / "d.bz2"
    _many_streams(path, [_page("P%d" % n, "Word %d. " % n * 300) for n in range(8)], 2)
    offsets = dump.stream_offsets(str(path))
    path.write_bytes(path.read_bytes()[: offsets[4] - 20])  # within the third stream of pages
    with pytest.raises(DataError) as error:
        _extract(str(path), tmp_path / "out", streams_per_block=1)
    assert str(path) in str(error.value) and "truncated" in str(error.value)
    assert sorted(os.listdir(str(tmp_path / "out"))) == [
        "wiki_%05d.%s" % (n, e) for n in (0, 1, 2) for e in ("json", "txt")
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"no bz2 at all", "not a bz2 file"),
        (bz2.compress(b"<mediawiki><page></mediawiki>"), "damaged XML"),
    ],
)
def test_other_damage_is_one_line_and_exit_code_2(tmp_path, repo_root, content, message):
    (tmp_path / "d.bz2").write_bytes(content)
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "data.wikipedia_corpus.extract",
            "--dump",
            str(tmp_path / "d.bz2"),
            "--output_dir",
            str(tmp_path / "out"),
        ],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.returncode == 2
    lines = run.stderr.decode().strip().splitlines()
    assert (
        len(lines) == 1
        and lines[0].startswith("error: ")
        and message in lines[0]
        and str(tmp_path / "d.bz2") in lines[0]
    )
    assert os.listdir(str(tmp_path / "out")) == []


def test_output_of_another_dump_is_not_mixed_in(tmp_path):
    _extract(_one_stream(tmp_path / "a.bz2", _pages(3)), tmp_path / "out")
    with pytest.raises(DataError, match="other settings"):
        _extract(_one_stream(tmp_path / "b.bz2", _pages(4)), tmp_path / "out")


def test_killed_in_the_middle_and_run_again_gives_the_same_bytes(tmp_path, repo_root):
    # Articles slow enough that the kill falls between the first block and the last.
    pages = [_page("P%d" % n, "Word [[%d]] and {{lang|fr|mot}}. " % n * 120) for n in range(60)]
    path = _many_streams(tmp_path / "d.bz2", pages, 1)
    _extract(path, tmp_path / "whole", 2, streams_per_block=10)
    program = (
        "import sys; from data.wikipedia_corpus import extract; "
        "extract.extract(sys.argv[1], sys.argv[2], 2, streams_per_block=10)"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, path, str(tmp_path / "killed")],
        cwd=repo_root,
        stderr=subprocess.DEVNULL,
    )
    while not glob.glob(str(tmp_path / "killed" / "*.json")):
        assert run.poll() is None
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert len(glob.glob(str(tmp_path / "killed" / "*.json"))) < 7
    _extract(path, tmp_path / "killed", 2, streams_per_block=10)
    assert _hashes(tmp_path / "killed") == _hashes(tmp_path / "whole")


def test_golden_articles_and_counts_of_a_real_dump(shared_data, repo_root, tmp_path):
    path = glob.glob(os.path.join(shared_data, "wikipedia", "*.bz2"))[0]
    totals, _ = _extract(path, tmp_path / "out", 2)
    assert {
        name: totals[name] for name in totals if name != "words" and not name.startswith("hole_")
    } == {
        "pages": 206,
        "articles": 97,
        "sentences": 18280,
        "dropped_sentences": 22,
        "dropped_redirect": 99,
        "dropped_disambiguation": 8,
        "dropped_namespace": 1,
        "dropped_empty": 1,
    }
    articles = _text(tmp_path / "out").split("\n\n")
    for name in ("alain_connes", "appellate_court", "abstract_law"):
        with io.open(
            os.path.join(repo_root, "tests", "fixtures", "wikipedia", name + ".txt"),
            encoding="utf-8",
        ) as golden:
            assert golden.read().rstrip("\n") in articles, name
