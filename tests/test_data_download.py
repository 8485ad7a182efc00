# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads against a loopback mirror: broken connections, resumption, checksums, archives that reach outside."""

import hashlib
import io
import os
import random
import subprocess
import sys
import zipfile

import pytest

pytest.importorskip('requests', reason='the data stages need requirements-data.txt')

from data import download
from data.errors import DataError
from data.pretrained_models_google import download as weights
from data.squad import download as squad
from tests.mirror_server import MirrorServer

CONTENT = bytes(bytearray(random.Random(7).getrandbits(8) for _ in range(300000)))


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / 'mirror'
    folder.mkdir()
    (folder / 'file.bin').write_bytes(CONTENT)
    with MirrorServer(folder) as server:
        yield server


def _item(mirror, tmp_path, checksum='right'):
    checksum = hashlib.sha1(CONTENT).hexdigest() if checksum == 'right' else checksum
    return download.Item(mirror.url + '/file.bin', str(tmp_path / 'got' / 'file.bin'), 'sha1', checksum)


def _fetch(item):
    log = io.StringIO()
    download.fetch_all([item], log, first_wait_s=0.01)
    return log.getvalue()


def test_cut_twice_goes_on_where_it_stopped(mirror, tmp_path):
    mirror.cuts = [100000, 50000]
    item = _item(mirror, tmp_path)
    log = _fetch(item)
    assert open(item.path, 'rb').read() == CONTENT
    first, second, third = [int(asked[len('bytes='):-1]) if asked else 0 for _, asked in mirror.requests]
    assert first == 0 and 100000 - download._CHUNK < second <= 100000
    assert second + 50000 - download._CHUNK < third <= second + 50000
    assert log.count('trying again') == 2 and 'verified (sha1)' in log
    assert os.listdir(os.path.dirname(item.path)) == ['file.bin']


def test_a_new_run_resumes_what_a_killed_one_left(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    os.makedirs(os.path.dirname(item.path))
    with open(item.path + '.part', 'wb') as part:
        part.write(CONTENT[:123456])
    _fetch(item)
    assert open(item.path, 'rb').read() == CONTENT
    assert mirror.requests == [('/file.bin', 'bytes=123456-')]


def test_a_part_that_is_already_whole_is_accepted(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    os.makedirs(os.path.dirname(item.path))
    with open(item.path + '.part', 'wb') as part:
        part.write(CONTENT)
    _fetch(item)
    assert open(item.path, 'rb').read() == CONTENT


def test_a_server_without_ranges_is_read_from_the_beginning(mirror, tmp_path):
    mirror.ranges, mirror.cuts = False, [1000]
    item = _item(mirror, tmp_path)
    _fetch(item)
    assert open(item.path, 'rb').read() == CONTENT


def test_passing_errors_are_retried_and_final_ones_are_not(mirror, tmp_path):
    mirror.statuses = [503, 429]
    item = _item(mirror, tmp_path)
    _fetch(item)
    assert len(mirror.requests) == 3
    mirror.requests[:] = []
    mirror.statuses = [403]
    with pytest.raises(DataError, match='HTTP 403'):
        _fetch(item._replace(path=str(tmp_path / 'other')))
    assert len(mirror.requests) == 1


def test_what_is_verified_is_not_fetched_again(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    _fetch(item)
    mirror.requests[:] = []
    assert 'there and verified' in _fetch(item)
    assert mirror.requests == []


def test_flipped_byte_is_refused_and_kept_aside(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    flipped = bytearray(CONTENT)
    flipped[150000] ^= 1
    with open(os.path.join(mirror.folder, 'file.bin'), 'wb') as served:
        served.write(flipped)
    with pytest.raises(DataError) as error:
        _fetch(item)
    assert item.checksum in str(error.value) and '.bad' in str(error.value)
    assert sorted(os.listdir(os.path.dirname(item.path))) == ['file.bin.bad']


def test_no_connection_gives_up_with_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(download, '_MAX_ATTEMPTS', 3)
    item = download.Item('http://127.0.0.1:9/file.bin', str(tmp_path / 'file.bin'), None, None)
    with pytest.raises(DataError) as error:
        _fetch(item)
    assert 'given up after 3 attempts' in str(error.value) and '\n' not in str(error.value)


def test_disk_that_is_too_small_is_refused_before_anything_comes(mirror, tmp_path, monkeypatch):
    free = download.shutil.disk_usage(str(tmp_path))._replace(free=200000)
    monkeypatch.setattr(download.shutil, 'disk_usage', lambda unused: free)
    with pytest.raises(DataError, match='needs 300 kB, the disk has 200 kB'):
        _fetch(_item(mirror, tmp_path))
    assert mirror.requests == []


def test_archive_member_outside_its_folder_is_refused(tmp_path):
    archive = str(tmp_path / 'evil.zip')
    with zipfile.ZipFile(archive, 'w') as members:
        members.writestr('fine.txt', 'x')
        members.writestr('../evil.txt', 'x')
    with pytest.raises(DataError, match='evil.txt'):
        download.unzip(archive, str(tmp_path / 'inside'))
    assert not (tmp_path / 'evil.txt').exists() and not (tmp_path / 'inside').exists()


def test_squad_program_refuses_changed_files_with_exit_code_2(tmp_path, repo_root):
    folder = tmp_path / 'mirror'
    folder.mkdir()
    for _, name, _, _ in squad.FILES:
        (folder / name).write_text('not SQuAD')
    with MirrorServer(folder) as server:
        run = subprocess.run([sys.executable, '-m', 'data.squad.download', '--output_dir', str(tmp_path / 'squad'),
                              '--mirror', server.url], cwd=repo_root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.returncode == 2
    last = run.stderr.decode().strip().splitlines()[-1]
    assert last.startswith('error: ') and 'train-v1.1.json' in last
    assert (tmp_path / 'squad' / 'v1.1' / 'train-v1.1.json.bad').exists()
    assert not (tmp_path / 'squad' / 'v1.1' / 'train-v1.1.json').exists()


def _model_zip(folder, model, files):
    with zipfile.ZipFile(os.path.join(str(folder), model + '.zip'), 'w') as archive:
        for name, content in files.items():
            archive.writestr(model + '/' + name, content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_model_folder_appears_only_when_every_file_is_right(tmp_path):
    model, folder = 'uncased_L-12_H-768_A-12', tmp_path / 'mirror'
    folder.mkdir()
    checksums = _model_zip(folder, model, {'vocab.txt': b'[PAD]\n', 'bert_config.json': b'{}'})
    got = str(tmp_path / 'got')
    with MirrorServer(folder) as server:
        weights.get_model(model, got, checksums, server.url)
        assert sorted(os.listdir(got)) == [model]
        assert sorted(os.listdir(os.path.join(got, model))) == ['bert_config.json', 'vocab.txt']
        number = len(server.requests)
        weights.get_model(model, got, checksums, server.url)
        assert len(server.requests) == number
        checksums['vocab.txt'] = '0' * 64
        other = str(tmp_path / 'other')
        with pytest.raises(DataError, match='vocab.txt'):
            weights.get_model(model, other, checksums, server.url)
        assert model not in os.listdir(other) and model + '.bad' in os.listdir(other)


def test_table_of_checksums_covers_every_model():
    table = weights.read_checksums()
    assert set(table) == set(weights.DATES)
    for checksums in table.values():
        assert set(checksums) == {'bert_config.json', 'vocab.txt', 'bert_model.ckpt.index', 'bert_model.ckpt.meta',
                                  'bert_model.ckpt.data-00000-of-00001'}
        assert all(len(checksum) == 64 for checksum in checksums.values())
