# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Published models from a mirror and by URL: every layout ends in a directory that run_squad.py takes as it is."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys

import pytest

import tokenization
from data.pretrained_models_google import download, published
from program.errors import DataError
from program.files import digest
from tests.conftest import ROOT
from tests.data.pretrained_models_google.models import LAYOUTS, files_of, layout_files
from tests.data.test_archives import pack
from tests.mirror_server import MirrorServer
from tests.squad_runs import CONFIG, LENGTHS, VOCABULARY, document, started_command, write
from training import checkpoints


def run(*arguments):
    """(exit code, stdout, stderr without progress bars) of the program, in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv, sys.argv = sys.argv, ["download"] + list(arguments)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            download.main()
        except DataError as error:
            code = error.exit_code
            err.write("error: %s\n" % error)
        except SystemExit as done:
            code = done.code
        finally:
            sys.argv = argv
    return code, out.getvalue(), err.getvalue()


def run_command(*arguments):
    """As run, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "data.pretrained_models_google.download"] + list(arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def refused(message, *arguments):
    code, out, err = run(*arguments)
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and len(lines) == 1, err
    assert re.search(message, lines[0]), lines[0]
    return out + err


@pytest.fixture
def mirror(tmp_path):
    (tmp_path / "mirror").mkdir()
    with MirrorServer(tmp_path / "mirror") as server:
        yield server


@pytest.fixture(scope="module", name="run_squad")
def fixture_run_squad(tmp_path_factory):
    with started_command(tmp_path_factory.mktemp("streams")) as command:
        yield command


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_layout_becomes_a_directory_that_the_programs_take(layout, mirror, tmp_path):
    ending = ".zip" if layout.startswith("google") else ".tar.gz"
    archive = pack(tmp_path / "mirror" / ("own" + ending), layout_files(tmp_path / "c", layout))
    got, url = str(tmp_path / "got"), "%s/own%s" % (mirror.url, ending)
    sha256 = digest(archive)
    arguments = ["--url", url, "--sha256", sha256.upper(), "--output_dir", got]
    code, out, err = run(*arguments)
    assert code == 0 and "2 layers, hidden size 32" in out, err
    assert os.listdir(got) == ["own"], "the archive is gone"
    folder, checkpoint = os.path.join(got, "own"), os.path.basename(LAYOUTS[layout][0])
    names = os.listdir(folder)
    assert {"bert_config.json", "vocab.txt", checkpoint + ".index", "download.json"} < set(names)
    assert "checkpoint" not in names and not [name for name in names if name.startswith(".")]
    prefix = os.path.join(folder, checkpoint)
    assert prefix in out and checkpoints.resolve(folder) == prefix
    found = subprocess.run(
        ["bash", "-c", _LAUNCHER % (ROOT, folder)], stdout=subprocess.PIPE, check=True
    )
    assert found.stdout.decode("utf-8") == prefix, "the launchers find it, too"
    number = len(mirror.requests)
    code, out, err = run(*arguments)
    assert code == 0 and "already downloaded, unchanged" in out and len(mirror.requests) == number


_LAUNCHER = ". %s/scripts/lib/options.sh; . $ROOT/scripts/lib/run.sh; find_checkpoint '%s'; printf %%s \"$CHECKPOINT\""


@pytest.mark.parametrize("layout", ["google_2020", "biobert"])
def test_a_model_by_url_trains_without_a_change(layout, run_squad, tmp_path):
    archive = pack(tmp_path / (layout + ".zip"), layout_files(tmp_path / "c", layout))
    assert run("--archive", archive, "--output_dir", str(tmp_path))[0] == 0
    folder = str(tmp_path / layout)
    done = run_squad(
        "--bert_config_file=%s/bert_config.json" % folder,
        "--vocab_file=%s/vocab.txt" % folder,
        "--init_checkpoint=" + folder,
        "--output_dir=%s" % (tmp_path / "run"),
        "--do_lower_case=%s" % ("false" if layout == "biobert" else "true"),
        "--do_train",
        "--train_file=" + write(tmp_path / "train.json", document(8, 1)),
        "--num_train_epochs=1",
        *LENGTHS,
    )
    assert done.code == 0, done.err[-2000:]
    assert done.err.count("*INIT_FROM_CKPT*") == 5 + 16 * 2 + 2


def test_the_small_models_by_name(mirror, tmp_path):
    """The layout of 2020: four files at the top of the archive, no .meta, no checksum published."""
    assert len(dict(published.GROUPS["small"])) == 24
    model, got = "uncased_L-2_H-128_A-2", str(tmp_path / "got")
    config = dict(CONFIG, hidden_size=128, intermediate_size=512)
    files = files_of(tmp_path / "c", config=config)
    pack(tmp_path / "mirror" / (model + ".zip"), files)
    arguments = ["--models", model, "--mirror", mirror.url, "--output_dir", got]
    code, out, err = run_command(*arguments)
    assert code == 0 and "warning" not in out and "uncased" in out, err
    assert "not verified: no published checksum" in err
    assert sorted(os.listdir(os.path.join(got, model))) == sorted(list(files) + ["download.json"])
    with open(os.path.join(got, model, "download.json")) as source:
        note = json.load(source)
    assert note["source"] == published.url(model) and set(note["files"]) == set(files)
    code, out, _ = run(*arguments)
    assert code == 0 and "unchanged since the download" in out
    assert [path for path, _ in mirror.requests] == ["/%s.zip" % model]
    with open(os.path.join(got, model, "vocab.txt"), "ab") as output:
        output.write(b"more\n")
    refused("missing or modified files: vocab.txt; move", *arguments)


def test_another_model_under_the_name(mirror, tmp_path):
    model = "uncased_L-4_H-256_A-4"
    pack(tmp_path / "mirror" / (model + ".zip"), files_of(tmp_path / "c"))
    code, out, _ = run("--models", model, "--mirror", mirror.url, "--output_dir", str(tmp_path))
    assert code == 0
    assert "warning: uncased_L-4_H-256_A-4 has 2 layers and hidden size 32" in out


def test_addresses_and_casing_of_all_models():
    models = published.DATES
    assert len(models) == 7 + 2 + 24
    assert published.url("wwm_cased_L-24_H-1024_A-16") == (
        "https://storage.googleapis.com/bert_models/2019_05_30/wwm_cased_L-24_H-1024_A-16.zip"
    )
    addresses = {published.url(model) for model in models}
    assert len(addresses) == len(models)
    # Both were published as uncased_L-12_H-768_A-12.zip, with other weights.
    for date in ("2018_10_18", "2020_02_20"):
        address = "https://storage.googleapis.com/bert_models/%s/uncased_L-12_H-768_A-12.zip"
        assert address % date in addresses
    for layers in (2, 4, 6, 8, 10, 12):
        for width, heads in ((128, 2), (256, 4), (512, 8), (768, 12)):
            name = "uncased_L-%d_H-%d_A-%d" % (layers, width, heads)
            address = "https://storage.googleapis.com/bert_models/2020_02_20/%s.zip" % name
            assert address in addresses
    cased = {model for model in models if tokenization.is_uncased(model) is False}
    assert cased == {
        "cased_L-12_H-768_A-12",
        "cased_L-24_H-1024_A-16",
        "multi_cased_L-12_H-768_A-12",
        "wwm_cased_L-24_H-1024_A-16",
    }
    assert not [model for model in models if tokenization.is_uncased(model) is None]


def test_the_launcher_downloads_by_url_and_another_trains_from_it(mirror, tmp_path):
    archive = pack(tmp_path / "mirror" / "bio.tar.gz", layout_files(tmp_path / "c", "biobert"))
    environment = dict(os.environ, PYTHON=sys.executable, DATA_DIR=str(tmp_path / "data"))

    def launch(script, *arguments):
        command = ["bash", os.path.join(ROOT, "scripts", script)] + list(arguments)
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")

    url = mirror.url.replace("//", "//ann:secret@") + "/bio.tar.gz?token=k9"
    asked = ["--no_docker", "--only=weights", "--model_url", url, "--model_name=bio bert"]
    code, out, err = launch("data_download.sh", "--model_sha256", digest(archive), *asked)
    assert code == 0 and "secret" not in out + err and "k9" not in out + err, err
    folder = str(tmp_path / "data" / "pretrained_models_google" / "bio bert")
    assert os.path.exists(os.path.join(folder, "model.ckpt-1000000.index"))
    code, _, err = launch("data_download.sh", "--no_docker", "--model_name=x")
    assert code == 2 and "--model_name needs --model_url" in err
    # The launchers' default is $BERT_DIR/bert_model.ckpt, which this model has under another name.
    environment.update(BERT_DIR=folder, SQUAD_DIR=str(tmp_path), RESULTS_DIR=str(tmp_path / "r"))
    for name in ("train-v1.1.json", "dev-v1.1.json"):
        write(tmp_path / name, document(4, 1))
    for arguments in ([], ["--init_checkpoint", folder]):
        code, out, err = launch("run_squad.sh", "--num_gpus=0", "--dry_run", *arguments)
        assert code == 0 and "model.ckpt-1000000" in out, err


# ------------------------------------------------------------------------------- archives in archives, several models


def nested(tmp_path, names):
    """An archive of archives, as Google's all_bert_models.zip and ClinicalBERT's pretrained_bert_tf.tar.gz are."""
    inner = {}
    for name in names:
        ending = ".tar.gz" if name.startswith("biobert") else ".zip"
        files = {
            os.path.join(name, path): content
            for path, content in files_of(tmp_path / name, "model.ckpt-150000").items()
        }
        with open(pack(tmp_path / (name + ending), files), "rb") as source:
            inner["models/" + name + ending] = source.read()
    return inner


def test_archives_in_an_archive(mirror, tmp_path):
    names = ["uncased_L-2_H-128_A-2", "biobert_pretrain_output_all_notes_150000"]
    pack(tmp_path / "mirror" / "all.zip", nested(tmp_path, names))
    got, url = str(tmp_path / "got"), mirror.url + "/all.zip"
    arguments = ["--url", url, "--output_dir", got]
    refused(r"holds 2 archives \(biobert_.*, uncased_.*\): choose one with --member", *arguments)
    assert os.listdir(got) == ["all.zip"], "the archive is good: it need not come again"
    for name in names + ["models/" + names[0] + ".zip"]:
        code, out, err = run("--member", name, *arguments)
        assert code == 0, err
    assert sorted(os.listdir(got)) == sorted(names)
    refused("no checkpoint and no archive named 'none'", "--member", "none", *arguments)


def test_several_checkpoints(mirror, tmp_path):
    files = files_of(tmp_path / "a", "run/model.ckpt-100000")
    files.update(files_of(tmp_path / "b", "run/model.ckpt-150000"))
    files.update(files_of(tmp_path / "c", "other/bert_model.ckpt"))
    pack(tmp_path / "mirror" / "run.tgz", files)
    got, url = str(tmp_path / "got"), mirror.url + "/run.tgz"
    refused(
        "holds 3 checkpoints .*run/model.ckpt-100000.*--member", "--url", url, "--output_dir", got
    )
    for member in ("run/model.ckpt-150000", "model.ckpt-100000", "other"):
        name = "as-" + os.path.basename(member)
        arguments = ["--url", url, "--output_dir", got, "--member", member, "--name", name]
        code, _, err = run(*arguments)
        assert code == 0, err
        found = [n for n in os.listdir(os.path.join(got, name)) if n.endswith(".index")]
        assert found == [
            ("bert_model.ckpt" if member == "other" else os.path.basename(member)) + ".index"
        ]


# ------------------------------------------------------------------------------------------------- what is refused


def albert(variable):
    return variable.replace("bert/encoder/layer_0/", "bert/encoder/transformer/group_0/")


def object_graph(variable):
    return "_CHECKPOINTABLE_OBJECT_GRAPH" if variable == "bert/pooler/dense/bias" else variable


BAD = {
    "no checkpoint": ({"drop": r"ckpt"}, "holds no checkpoint .no .index file.; it has"),
    "index alone": ({"drop": r"data-"}, "data-00000-of-00001 is missing"),
    "cut data": ({"cut": "data-00000-of-00001"}, "cut off"),
    "junk index": ({"junk": ".index"}, "not the index of a checkpoint"),
    "no vocabulary": ({"drop": r"vocab"}, "but no vocab.txt: unpack it"),
    "no configuration": ({"drop": r"config"}, "but no bert_config.json"),
    "another configuration": (
        {"config": {"hidden_size": 64}},
        r"has the shape .*bert_config.json says",
    ),
    "more layers": ({"config": {"num_hidden_layers": 1}}, "more layers than bert_config.json"),
    "fewer layers": ({"config": {"num_hidden_layers": 3}}, "lacks bert/encoder/layer_2/"),
    "bad JSON": ({"junk": "bert_config.json"}, "not valid JSON"),
    "another JSON": ({"config": {"vocab_size": "many"}}, "does not give vocab_size"),
    "longer vocabulary": ({"words": ["extra"]}, "gives extra the id"),
    "no vocabulary of BERT": ({"vocabulary": ["a", "b"]}, "lacks .PAD. .UNK. .CLS."),
    "ALBERT": ({"rename": albert}, "holds ALBERT, not a TensorFlow 1 BERT"),
    "ELECTRA": ({"rename": lambda name: name.replace("bert/", "electra/")}, "holds ELECTRA"),
    "TensorFlow 2": ({"rename": object_graph}, "TensorFlow 2 checkpoint"),
    "no BERT": ({"rename": lambda name: "x/" + name}, "lacks bert/embeddings/word_embeddings"),
    "Hugging Face": ({"drop": "ckpt", "add": "model.safetensors"}, "Hugging Face.*convert.sh"),
    "SavedModel": ({"drop": "ckpt", "add": "saved_model.pb"}, "SavedModel"),
    "Keras": ({"drop": "ckpt", "add": "weights.h5"}, "Keras weights"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_models_that_cannot_be_used_are_put_aside(kind, mirror, tmp_path):
    how, message = BAD[kind]
    vocabulary = how.get("vocabulary", VOCABULARY) + how.get("words", [])
    files = files_of(tmp_path / "c", rename=how.get("rename"), vocabulary=vocabulary)
    if "config" in how:
        files["bert_config.json"] = json.dumps(dict(CONFIG, **how["config"])).encode("ascii")
    for name in list(files):
        if "drop" in how and re.search(how["drop"], name):
            del files[name]
        elif name.endswith(how.get("cut", "-")):
            files[name] = files[name][:-100]
        elif name.endswith(how.get("junk", "-")):
            files[name] = b"junk"
    if "add" in how:
        files[how["add"]] = b"weights"
    pack(tmp_path / "mirror" / "own.zip", files)
    got = str(tmp_path / "got")
    said = refused(message, "--url", mirror.url + "/own.zip", "--output_dir", got)
    assert os.listdir(got) == ["own.zip.bad"] and "kept as" in said
    assert "own.tmp" not in said, "no names of temporary files"


@pytest.mark.parametrize(
    "served, message",
    [
        (b"<!DOCTYPE html><title>Google Drive - Virus scan warning</title>", "web page.*--archive"),
        (b"PK\x03\x04", "damaged or cut off"),
        (b"", "it is empty"),
    ],
)
def test_what_is_no_archive_is_put_aside(served, message, mirror, tmp_path):
    (tmp_path / "mirror" / "own.zip").write_bytes(served)
    got = str(tmp_path / "got")
    refused(message, "--url", mirror.url + "/own.zip", "--output_dir", got)
    assert os.listdir(got) == ["own.zip.bad"]


def test_the_checksum_is_verified_before_anything_is_unpacked(mirror, tmp_path):
    pack(tmp_path / "mirror" / "own.zip", dict(files_of(tmp_path / "c"), **{"../evil": b"x"}))
    got, url = str(tmp_path / "got"), mirror.url.replace("//", "//ann:secret@") + "/own.zip?key=k9"
    arguments = ["--url", url, "--output_dir", got]
    said = refused("sha256 is .*, expected 0000", "--sha256", "0" * 64, *arguments)
    assert os.listdir(got) == ["own.zip.bad"] and "evil" not in said
    assert "secret" not in said and "k9" not in said and "***@" in said
    said = refused("'../evil' would be written outside", *arguments)
    assert sorted(os.listdir(str(tmp_path))) == ["c", "got", "mirror"]


def test_neither_messages_nor_notes_show_secrets(mirror, tmp_path):
    pack(tmp_path / "mirror" / "own.zip", files_of(tmp_path / "c"))
    got = str(tmp_path / "got")
    url = mirror.url.replace("//", "//ann:secret@") + "/own.zip?X-Amz-Signature=k9"
    code, out, err = run("--url", url, "--output_dir", got)
    assert code == 0, err
    with open(os.path.join(got, "own", "download.json")) as source:
        note = source.read()
    for word in ("secret", "k9", "ann"):
        assert word not in out + err + note
    assert mirror.url.partition("//")[2] + "/own.zip" in note


def test_an_archive_on_this_machine_stays_where_it_is(tmp_path):
    own = pack(tmp_path / "biobert_v1.1_pubmed.tar.gz", layout_files(tmp_path / "c", "biobert"))
    got = str(tmp_path / "got")
    arguments = ["--archive", own, "--output_dir", got]
    refused("sha256 is .*, expected 1111", "--sha256", "1" * 64, *arguments)
    code, out, err = run("--sha256", digest(own), *arguments)
    assert code == 0 and "cased: pass --do_lower_case=false" in out, err
    assert os.path.exists(own) and os.listdir(got) == ["biobert_v1.1_pubmed"]
    bad = pack(tmp_path / "bad.zip", {"readme.txt": b"x"})
    refused("bad.zip: holds no checkpoint", "--archive", bad, "--output_dir", got)
    assert os.path.exists(bad)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--models", "uncased_L-3_H-128_A-2"], "unknown model uncased_L-3_H-128_A-2; available: "),
        (["--models", ""], "--models: is empty"),
        (["--models", "all", "--url", "http://a/b.zip"], "--models and --url exclude each other"),
        (["--url", "http://a/b.zip", "--archive", "b.zip"], "--url and --archive exclude"),
        (["--sha256", "0" * 64], "--sha256 is for --url and --archive"),
        (["--models", "all", "--name", "x"], "--name is for --url"),
        (["--url", "http://a/b.zip", "--sha256", "abc"], "64 hexadecimal digits"),
        (["--url", "ftp://ann:pw@a/b.zip"], r"--url=ftp://\*\*\*@a/b.zip: must begin with http"),
        (["--url", "b.zip"], "must begin with http:// or https://.*--archive"),
        (["--url", "https://drive.google.com/uc?id=1"], "'uc' does not end as archives.*--name"),
        (["--url", "http://a/b.zip", "--name", "../x"], "cannot name a directory"),
        (["--url", "http://a/b.zip", "--name", ".hidden"], "cannot name a directory"),
        (["--archive", "nowhere.zip"], "--archive=nowhere.zip: No such file"),
    ],
)
def test_arguments_are_refused_before_anything_comes(arguments, message, tmp_path):
    refused(message, "--output_dir", str(tmp_path / "got"), *arguments)
    assert not (tmp_path / "got").exists()


def test_a_directory_of_another_origin_is_left_alone(mirror, tmp_path):
    archive = pack(tmp_path / "mirror" / "own.zip", files_of(tmp_path / "c"))
    got, url = str(tmp_path / "got"), mirror.url + "/own.zip"
    (tmp_path / "got" / "own").mkdir(parents=True)
    (tmp_path / "got" / "own" / "mine.txt").write_text("mine")
    arguments = ["--url", url, "--output_dir", got]
    refused("own: exists, but was not downloaded by this program", *arguments)
    assert os.listdir(os.path.join(got, "own")) == ["mine.txt"]
    assert run("--name", "second", *arguments)[0] == 0
    asked = ["--name", "second", "--output_dir", got, "--url"]
    refused("second: came from .*own.zip", *(asked + [mirror.url + "/other.zip"]))
    refused("SHA-256 of the archive %s" % digest(archive), "--sha256", "0" * 64, *(asked + [url]))
