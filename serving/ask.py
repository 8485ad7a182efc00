# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Answers questions about texts with a fine-tuned checkpoint or an export.

    python -m serving.ask --model PATH --question TEXT --context_file FILE [--json]
    python -m serving.ask --model PATH < questions.jsonl > answers.jsonl
    python -m serving.ask --model PATH --port N

The first form prints the answer. The second reads JSON lines, {"id": ..., "question": ..., "context": ...}, and writes for each
{"id": ..., "text": ..., "score": ..., "probability": ..., "start": ..., "end": ...}. The third answers the same objects over
HTTP, and has a page to try it in a browser. serving/README.md documents all of it.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
import argparse
import contextlib
import io
import os
import signal
import sys
import time

import tensorflow.compat.v1 as tf

import modeling
import tokenization
from program import interrupts
from program.arguments import Parser, positive_int
from program.errors import DataError, run_program
from program.options import OptionError
from serving import lines, questions, source
from serving.answering import Answerer
from squad.options import SquadOptions
from squad.predictions import json_text
from training import session
from training.options import KernelOptions, PrecisionOptions

_MOST_WAITING = 64  # questions of a stream that are read ahead


def note(line):
    """Prints a line on stderr; answers alone are on stdout."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def make_parser():
    """The command line."""
    parser = Parser("serving.ask", __doc__)
    parser.add_argument(
        "--model",
        required=True,
        metavar="PATH",
        help="fine-tuned checkpoint (prefix, or directory: its latest), or export (directory: its highest version)",
    )
    parser.add_argument(
        "--question", metavar="TEXT", help="question to answer; one answer is printed"
    )
    parser.add_argument(
        "--context_file",
        metavar="FILE",
        help="text to find the answer in, UTF-8 (default: standard input)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="with --question: print a JSON object, not the text alone",
    )
    source.add_arguments(parser, "that of the export or of the checkpoint's training")
    parser.add_argument(
        "--batch_size",
        type=positive_int,
        metavar="N",
        default=[
            option.default for option in SquadOptions.OPTIONS if option.name == "predict_batch_size"
        ][0],
        help="full windows in a batch; more of shorter ones (default: %(default)s)",
    )
    parser.add_argument(
        "--precision", choices=("fp32", "fp16"), help="of a checkpoint (default: fp32)"
    )
    _add_service_arguments(parser)
    for option in KernelOptions.OPTIONS:
        pair = parser.add_mutually_exclusive_group()
        for name, value in ((option.name, True), ("no" + option.name, False)):
            pair.add_argument(
                "--" + name,
                dest=option.name,
                action="store_const",
                const=value,
                help=option.help if value else argparse.SUPPRESS,
            )
    return parser


_SERVICE_DEFAULTS = {
    "host": "127.0.0.1",
    "max_request_bytes": 1000000,
    "max_questions": 64,
    "max_waiting": 256,
    "read_timeout": 30,
    "answer_timeout": 120,
}


def _add_service_arguments(parser):
    texts = {
        "host": "with --port: address to listen on",
        "max_request_bytes": "with --port: largest request",
        "max_questions": "with --port: most questions in a request",
        "max_waiting": "with --port: most questions, and requests, that wait for an answer",
        "read_timeout": "with --port: seconds for a request to arrive",
        "answer_timeout": "with --port: seconds for a request to be answered",
    }
    parser.add_argument(
        "--port", type=_port, metavar="N", help="serve over HTTP on this port; 0: on any free one"
    )
    for name, default in sorted(_SERVICE_DEFAULTS.items()):
        kind, metavar = (str, "HOST") if name == "host" else (positive_int, "N")
        text = "%s (default: %s)" % (texts[name], default)
        parser.add_argument("--" + name, type=kind, metavar=metavar, help=text)


def _port(text):
    """argparse type."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("%r is not a port number, 0 to 65535" % text)
    return int(text)


def load(options):
    """The Loaded that the command line names; what its parts print goes to stderr."""
    asked = {option.name: getattr(options, option.name) for option in KernelOptions.OPTIONS}
    kernels = {name: value for name, value in asked.items() if value is not None}
    began = time.monotonic()
    with contextlib.redirect_stdout(sys.stderr):
        session.start()
        tf.logging.set_verbosity(tf.logging.WARN)
        found = source.find(options.model, source.given(options))
        fixed = sorted(kernels)
        fixed += ["precision"] if options.precision else []
        if found.is_export and fixed:
            raise OptionError(
                "--%s is for checkpoints; the export %s is a graph of its own"
                % (fixed[0], found.model)
            )
        loaded = source.load(
            found,
            PrecisionOptions(use_fp16=options.precision == "fp16"),
            KernelOptions(**kernels),
        )
    for line in loaded.description:
        note(line)
    note("loaded in %.1f s" % (time.monotonic() - began))
    return loaded


def make_answerer(options, loaded, most_waiting):
    """The Answerer of a loaded model."""
    return Answerer(
        loaded.model,
        loaded.tokenizer,
        loaded.settings,
        options.batch_size * loaded.settings.max_seq_length,
        most_waiting,
    )


def read_context(path):
    """The text of a file, UTF-8; of standard input if `path` is None.

    Raises:
      DataError: it cannot be read, or is empty.
    """
    name = path or "standard input"
    if path is None and sys.stdin.isatty():
        note("reading the text from standard input; Ctrl-D ends it")
    try:
        with io.open(path or 0, "rb", closefd=path is not None) as stream:
            text = stream.read().decode("utf-8-sig")
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (name, error.strerror or error))
    except UnicodeDecodeError as error:
        raise DataError("%s: not UTF-8 text (near byte %d)" % (name, error.start))
    if not text.strip():
        raise DataError("%s: has no text" % name)
    return text


def answer_question(options):
    """Answers --question and prints the answer."""
    if not options.question.strip():
        raise OptionError("--question is empty")
    question = questions.make(options.question, read_context(options.context_file))
    loaded = load(options)
    (future,) = make_answerer(options, loaded, 1).ask([question])
    answer = future.result()
    if options.json:
        text = json_text(questions.answer_object(question, answer))
    else:
        text = answer.text
        if answer.span is None:
            note("the text has no answer to this question, says the model")
    # As UTF-8 whatever the locale is, like the files of predictions.
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def answer_lines(options):
    """Answers JSON lines from standard input."""
    loaded = load(options)
    answerer = make_answerer(options, loaded, _MOST_WAITING)
    if sys.stdin.isatty():
        note('reading JSON lines from standard input: {"id": ..., "question": ..., "context": ...}')
    work = lines.LineAnswerer(answerer, 0, sys.stdout.buffer)
    work.run()
    note("%d questions answered" % work.num_answered)
    if work.num_failed:
        raise DataError(
            '%d of %d lines have no answer: see "error" in the output'
            % (work.num_failed, work.num_failed + work.num_answered)
        )


def answer_requests(options):
    """Serves over HTTP until SIGTERM or SIGINT; what was accepted by then is answered.

    Raises:
      interrupts.Interrupted: at the end, by the signal.
    """
    try:
        from serving import http_server, service
    except ImportError as error:
        raise OptionError(
            "--port needs the package waitress (%s): run bash scripts/setup.sh --with-serve, or pip install -r "
            "requirements/serve.txt" % error
        )
    values = dict(_SERVICE_DEFAULTS)
    values.update((k, getattr(options, k)) for k in values if getattr(options, k) is not None)
    limits = service.Limits(
        *(
            values[name]
            for name in (
                "max_request_bytes",
                "max_questions",
                "max_waiting",
                "read_timeout",
                "answer_timeout",
            )
        )
    )
    bound = http_server.open_socket(values["host"], options.port)
    loaded = load(options)
    answerer = make_answerer(options, loaded, limits.waiting)
    application = service.Service(answerer, limits, loaded.facts)
    with interrupts.finishing() as signal_number:
        server = http_server.make_server(application, bound, limits)
        note("listening on %s (Ctrl-C or SIGTERM ends it)" % http_server.address_of(bound))
        if not http_server.is_loopback(bound):
            note("warning: whoever can reach this address can ask: there is no password")
        http_server.serve(server, application, limits, signal_number)
        answerer.close()
        note("stopped; all accepted requests were answered")


def main():
    options = make_parser().parse_args()
    if options.port is None:
        for name in sorted(_SERVICE_DEFAULTS):
            if getattr(options, name) is not None:
                raise OptionError("--%s is for --port" % name)
    else:
        for name in ("question", "context_file", "json"):
            if getattr(options, name):
                raise OptionError("--%s and --port exclude each other" % name)
        answer_requests(options)
        return
    if options.question is not None:
        answer_question(options)
        return
    for name in ("context_file", "json"):
        if getattr(options, name):
            raise OptionError("--%s is for --question" % name)
    answer_lines(options)


def quiet_on_closed_output(work):
    """Calls `work`; ends the program as a shell's tools do, by SIGPIPE, where the reader of standard output has gone."""
    try:
        work()
    except BrokenPipeError:
        # Python flushes stdout at exit, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(128 + signal.SIGPIPE)


if __name__ == "__main__":
    run_program(
        lambda: quiet_on_closed_output(main), (modeling.ConfigError, tokenization.VocabularyError)
    )
