# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Measures create_pretraining_data.py: speed against two plain methods, memory, and the contents of a million records.

    .venv/bin/python -m benchmarks.data_preparation --books ../shared/data/books --vocab_file .cache/minilm/vocab.txt \
        --work_dir /tmp/data_preparation --output benchmarks/data_preparation.json

Corpus: the books with wrapped lines joined, one sentence per line, one document per forty paragraphs. The plain methods are in
plain_pretraining_data.py; they exclude their start-up, so ours is given with and without: less the time of the same command
for two short documents. All methods take turns on the same text for `--repeats` rounds; the fastest round counts. CPU seconds
are given beside wall-clock seconds because they depend less on other load. Peak memory is the largest sum over all processes
of the run (PSS: shared pages count once), sampled from /proc, as are the collecting process's own CPU seconds.

Shares: what data.inspect_records counts in a million instances, and whether pairs respect document boundaries: in a corpus of
documents that have no word in common, every record tells which documents its two segments come from.
"""

import argparse
import glob
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import tokenization  # noqa: E402
from data import inspect_records  # noqa: E402

_PARAGRAPHS_IN_A_DOCUMENT = 40
_TIMES = (1, 5, 20, 40)  # the corpus, for the measurement of memory
_MILLION = 1000000


def write_corpus(books, path):
    """Books with wrapped lines -> one text file, a sentence a line; returns its bytes."""
    with open(path, "w", encoding="utf-8", newline="\n") as output:
        for book in books:
            with open(book, encoding="utf-8", errors="ignore") as source:
                paragraphs = re.split(r"\n\s*\n", source.read())
            for number, paragraph in enumerate(paragraphs):
                if number % _PARAGRAPHS_IN_A_DOCUMENT == 0:
                    output.write("\n")
                text = " ".join(paragraph.split())
                for sentence in re.split(r'(?<=[.!?])\s+(?=[A-Z"])', text):
                    if sentence:
                        output.write(sentence + "\n")
            output.write("\n")
    return os.path.getsize(path)


def descendants(pid):
    """This process and all below it, by /proc."""
    found, children = [pid], {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as stream:
                fields = stream.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.split("/")[2]))
    for parent in found:
        found.extend(children.get(parent, []))
    return found


def proportional_memory(pid):
    """Bytes of a process, pages that it shares with others divided between them; 0 when it is gone."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as stream:
            return 1024 * sum(int(line.split()[1]) for line in stream if line.startswith("Pss:"))
    except (OSError, ValueError):
        return 0


def own_cpu_seconds(pid, before):
    """CPU seconds of a process without its children; `before` when it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as stream:
            fields = stream.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") or before
    except OSError:
        return before


def run(command, sample=False):
    """Runs a command.

    Returns:
        dict: wall-clock `seconds`, `cpu_seconds` of all its processes, `output`; with `sample` also peak_bytes of all
        processes together and the collecting process's own_cpu_seconds, else 0.
    """
    before, started, peak, own = resource.getrusage(resource.RUSAGE_CHILDREN), time.time(), 0, 0.0
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=nowhere, universal_newlines=True
        )
    while sample and process.poll() is None:
        peak = max(peak, sum(map(proportional_memory, descendants(process.pid))))
        own = own_cpu_seconds(process.pid, own)
        time.sleep(0.1)
    output = process.communicate()[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit("%s ended with %d" % (" ".join(command), process.returncode))
    return {
        "seconds": time.time() - started,
        "peak_bytes": peak,
        "own_cpu_seconds": own,
        "output": output,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def ours(options, inputs, workers, dupe_factor=5, sample=False):
    """A run of create_pretraining_data.py from scratch: run's dict with 'instances', 'sha256' and 'path'."""
    path = os.path.join(options.work_dir, "ours.tfrecord")
    for name in (path, path + ".json"):
        if os.path.exists(name):
            os.remove(name)
    done = run(
        [
            sys.executable,
            "create_pretraining_data.py",
            "--input_file=" + ",".join(inputs),
            "--output_file=" + path,
            "--vocab_file=" + options.vocab_file,
            "--max_seq_length=128",
            "--max_predictions_per_seq=20",
            "--dupe_factor=%d" % dupe_factor,
            "--num_workers=%d" % workers,
        ],
        sample,
    )
    with open(path + ".json") as stream:
        manifest = json.load(stream)
    return dict(done, instances=manifest["records"], sha256=manifest["sha256"], path=path)


def slow(options, way, inputs):
    done = run(
        [sys.executable, "-W", "ignore", "benchmarks/plain_pretraining_data.py", way]
        + inputs
        + [
            "--vocab_file",
            options.vocab_file,
            "--output_file",
            os.path.join(options.work_dir, "slow.tfrecord"),
        ]
    )
    # Its own clock, without start-up; the CPU seconds of run() would count the import of TensorFlow.
    return json.loads(done["output"].splitlines()[-1])


def fastest(runs, startup_runs=()):
    """The fewest seconds of several runs, less the fewest of start-up runs, as figures."""

    def fewest(name):
        return min(one[name] for one in runs) - min([one[name] for one in startup_runs] or [0.0])

    instances = runs[0]["instances"]
    return {
        "instances": instances,
        "seconds": round(fewest("seconds"), 2),
        "cpu_seconds": round(fewest("cpu_seconds"), 2),
        "instances_per_second": round(instances / fewest("seconds"), 1),
        "instances_per_cpu_second": round(instances / fewest("cpu_seconds"), 1),
    }


def write_beginning(corpus, part, path):
    """The first of `part` equal parts of a file's bytes as another file; returns its path."""
    with open(corpus, "rb") as source, open(path, "wb") as output:
        output.write(source.read(os.path.getsize(corpus) // part))
    return path


def write_two_documents(path):
    with open(path, "w") as output:
        output.write(
            "Two short documents take hardly any time.\nThis is the first.\n\n"
            "What their records cost is the start.\nThis is the second.\n"
        )
    return path


def measure_speed(options, corpus):
    """Speeds of all ways on the same text, and their ratios."""
    runs, digests = {}, set()
    beginning = write_beginning(
        corpus, options.slow_part, os.path.join(options.work_dir, "beginning.txt")
    )
    two_documents = write_two_documents(os.path.join(options.work_dir, "two_documents.txt"))
    for _ in range(options.repeats):
        for way in ("recipe", "plain"):
            runs.setdefault(way, []).append(slow(options, way, [beginning]))
        for workers in options.workers:
            runs.setdefault("startup_%d_workers" % workers, []).append(
                ours(options, [two_documents], workers)
            )
            done = ours(options, [corpus], workers)
            digests.add(done["sha256"])
            runs.setdefault("ours_%d_workers" % workers, []).append(done)
        print(
            {
                way: round(found[-1]["instances"] / found[-1]["cpu_seconds"])
                for way, found in runs.items()
            },
            flush=True,
        )
    if len(digests) != 1:
        raise SystemExit("the records differ between numbers of workers")
    figures = {way: fastest(found) for way, found in runs.items()}
    for workers in options.workers:
        figures["ours_%d_workers_without_startup" % workers] = fastest(
            runs["ours_%d_workers" % workers], runs["startup_%d_workers" % workers]
        )
    figures["ratios"] = ratios(figures, max(options.workers))
    return figures


def ratios(figures, most):
    """Of the ways' rates, with and without the start of our program."""
    found = {}
    for suffix in ("", "_without_startup"):
        one, many = (
            figures["ours_1_workers" + suffix],
            figures["ours_%d_workers%s" % (most, suffix)],
        )
        for name, fast, way, rate in (
            ("per_core_over_plain", one, "plain", "instances_per_cpu_second"),
            ("per_core_over_recipe", one, "recipe", "instances_per_cpu_second"),
            (
                "wall_clock_over_recipe_with_%d_workers" % most,
                many,
                "recipe",
                "instances_per_second",
            ),
        ):
            found[name + suffix] = round(fast[rate] / figures[way][rate], 2)
    return found


def measure_memory(options, corpus):
    """Peak memory of all processes together, in MB, for several sizes of corpus."""
    figures = {}
    for times in _TIMES:
        copies = [
            os.path.join(options.work_dir, "copy_%02d.txt" % number) for number in range(times)
        ]
        for path in copies:
            if os.path.lexists(path):
                os.remove(path)
            os.symlink(os.path.abspath(corpus), path)
        done = ours(options, copies, max(options.workers), sample=True)
        figures["%d_times" % times] = {
            "peak_megabytes": round(done["peak_bytes"] / 1e6, 1),
            "instances": done["instances"],
            "seconds": round(done["seconds"], 1),
            "instances_per_cpu_second": round(done["instances"] / done["cpu_seconds"]),
            "instances_per_cpu_second_of_the_collecting_process": round(
                done["instances"] / done["own_cpu_seconds"]
            ),
        }
        print("memory", times, figures["%d_times" % times], flush=True)
    return figures


def measure_shares(options, corpus):
    """What data.inspect_records counts in a million instances."""
    dupe_factor = _MILLION // ours(options, [corpus], max(options.workers), 1)["instances"] + 1
    done = ours(options, [corpus], max(options.workers), dupe_factor)
    path = os.path.join(options.work_dir, "shares.json")
    run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "data.inspect_records",
            done["path"],
            "--show",
            "0",
            "--vocab_file",
            options.vocab_file,
            "--json",
            path,
        ]
    )
    with open(path) as stream:
        return json.load(stream)


def write_marked_corpus(vocab_file, path, number=1500, words_of_each=12):
    """A corpus of documents that have no word in common.

    Returns:
        dict: id of a token -> number of the only document that has it.
    """
    generator, owner = random.Random(1), {}
    vocab = tokenization.load_vocab(vocab_file)
    words = [word for word in vocab if re.match("[a-z]{3,}$", word)]
    with open(path, "w") as output:
        for document in range(number):
            own = words[document * words_of_each : (document + 1) * words_of_each]
            if len(own) < words_of_each:
                raise SystemExit("%s: too few words" % vocab_file)
            owner.update((vocab[word], document) for word in own)
            for _ in range(generator.randint(2, 24)):
                output.write(
                    " ".join(generator.choice(own) for _ in range(generator.randint(4, 40))) + "\n"
                )
            output.write("\n")
    return owner


def measure_borders(options):
    """Counts the pairs whose sides are of documents that the label does not allow."""
    corpus = os.path.join(options.work_dir, "marked.txt")
    owner_of = write_marked_corpus(options.vocab_file, corpus)
    owners = np.full(max(owner_of) + 1, -1)
    owners[list(owner_of)] = list(owner_of.values())
    counts = Counter()
    for batch in inspect_records.read_batches(
        [ours(options, [corpus], max(options.workers), dupe_factor=5)["path"]]
    ):
        for row in range(len(batch["input_ids"])):
            ids, weights = batch["input_ids"][row].copy(), batch["masked_lm_weights"][row] > 0
            ids[batch["masked_lm_positions"][row][weights]] = batch["masked_lm_ids"][row][weights]
            length, second = int(batch["input_mask"][row].sum()), int(
                batch["segment_ids"][row].sum()
            )
            sides = [
                set(owners[side].tolist())
                for side in (ids[1 : length - second - 1], ids[length - second : length - 1])
            ]
            kind = "random" if batch["next_sentence_labels"][row, 0] else "next"
            counts[kind] += 1
            whole = all(len(side) == 1 and -1 not in side for side in sides)
            counts[kind + "_of_wrong_documents"] += not whole or (sides[0] == sides[1]) != (
                kind == "next"
            )
    return dict(counts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--books", required=True, help="directory of .txt books")
    parser.add_argument("--vocab_file", required=True)
    parser.add_argument("--work_dir", required=True, help="directory for records; needs about 4 GB")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers; must include 1"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--slow_part",
        type=int,
        default=1,
        metavar="N",
        help="run the plain methods on 1/N of the corpus (default: all of it); their rates exclude start-up",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=("speed", "memory", "shares"),
        default=("speed", "memory", "shares"),
    )
    parser.add_argument("--output", help="JSON file for the figures")
    options = parser.parse_args()
    options.vocab_file = os.path.abspath(options.vocab_file)
    os.makedirs(options.work_dir, exist_ok=True)
    options.work_dir = os.path.abspath(options.work_dir)
    corpus = os.path.join(options.work_dir, "corpus.txt")
    size = write_corpus(sorted(glob.glob(os.path.join(options.books, "*.txt"))), corpus)
    figures = {
        "corpus_bytes": size,
        "cores": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
    }
    if "speed" in options.only:
        figures["speed"] = measure_speed(options, corpus)
    if "memory" in options.only:
        figures["memory"] = measure_memory(options, corpus)
    if "shares" in options.only:
        figures["borders"] = measure_borders(options)
        figures["shares_of_a_million"] = measure_shares(options, corpus)
    text = json.dumps(figures, indent=1, sort_keys=True)
    print(text)
    if options.output:
        with open(options.output, "w") as stream:
            stream.write(text + "\n")


if __name__ == "__main__":
    main()
