import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.embedded import logs
from infra.embedded.data_dir import DataDir, DataDirInUseError
from infra.embedded.errors import StackError

NOBODY = 65534


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@contextlib.contextmanager
def _as_an_ordinary_user() -> Iterator[None]:
    """Act without root's rights where the tests run as root; everyone else has none anyway."""
    mine = os.geteuid()
    os.seteuid(mine or NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)


def _opened(path: Path) -> DataDir:
    data_dir = DataDir(path)
    data_dir.open()
    return data_dir


def test_a_foreign_directory_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StackError, match="was not made by Taskwire"):
        _opened(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_directory_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taskwire.json").write_text(json.dumps({"layout": 7}))
    with pytest.raises(StackError, match="has layout 7, this version of Taskwire reads 1"):
        _opened(tmp_path)


def test_a_damaged_marker_is_named(tmp_path: Path) -> None:
    (tmp_path / "taskwire.json").write_text("{")
    with pytest.raises(StackError, match=r"taskwire\.json is damaged"):
        _opened(tmp_path)


def test_a_directory_that_is_not_writable_is_named_in_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with _as_an_ordinary_user(), pytest.raises(StackError) as refusal:
        _opened(tmp_path / "data")
    assert "is not writable for this user" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_root_leaves_the_data_of_an_ordinary_user_alone(tmp_path: Path) -> None:
    data_dir = _opened(tmp_path / "data")
    os.chown(data_dir.path, NOBODY, NOBODY)
    with pytest.raises(StackError, match="belongs to nobody, not root"):
        data_dir.open()


def test_a_full_disk_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**9, 10**9 - 2**20, 2**20))
    with pytest.raises(StackError, match="is full: 1 MB are free, Taskwire needs 256 MB"):
        _opened(tmp_path / "data")


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StackError, match="cannot be used: File exists"):
        _opened(tmp_path / "data")


def test_the_lock_names_its_holder_and_is_free_afterwards(tmp_path: Path) -> None:
    first, second = _opened(tmp_path / "data"), DataDir(tmp_path / "data")
    with first.locked("up"):
        refusal = pytest.raises(DataDirInUseError, match=rf"'taskwire up' .process {os.getpid()}")
        with refusal, second.locked("import"):
            pass
    with second.locked("import"):
        pass


def test_the_secret_key_is_random_kept_and_private(tmp_path: Path) -> None:
    data_dir = _opened(tmp_path / "data")
    key = data_dir.secret_key()
    assert len(key.encode()) >= 32
    assert data_dir.secret_key() == key
    assert _opened(tmp_path / "other").secret_key() != key
    assert (data_dir.path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_ports_are_remembered_while_they_are_free(tmp_path: Path) -> None:
    data_dir = _opened(tmp_path / "data")
    ports = data_dir.ports(("postgres", "valkey"))
    assert data_dir.ports(("postgres",)) == {"postgres": ports["postgres"]}
    assert data_dir.ports(("postgres", "valkey")) == ports
    with socket.create_server(("127.0.0.1", ports["postgres"])):
        moved = data_dir.ports(("postgres", "valkey"))
    assert moved["postgres"] != ports["postgres"]
    assert moved["valkey"] == ports["valkey"]


def test_a_log_that_grew_too_large_goes_on_in_an_emptied_file(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    (tmp_path / "small.log").write_text("kept")
    with path.open("ab", buffering=0) as writer:
        writer.write(b"x" * (9 * 1024 * 1024))
        logs.rotate(tmp_path)
        writer.write(b"after")
    assert path.read_bytes() == b"after"
    assert (tmp_path / "web.log.1").stat().st_size == 9 * 1024 * 1024
    assert (tmp_path / "small.log").read_text() == "kept"
