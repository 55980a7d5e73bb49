"""The backup scripts, with small programs in place of PostgreSQL's and a folder for a bucket."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from infra.deploy.backup.drill import Change, DrillFailed, compare, lost_seconds
from infra.deploy.verify.programs import ROOT

SCRIPTS: Final = ROOT / "infra/deploy/backup"
WAL: Final = "000000010000000000000007"
NOW: Final = datetime(2026, 1, 31, 9, 41, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "openssl", "split"))),
    reason="needs bash, openssl, coreutils",
)


class Backups:
    """The scripts with a store, a pair of keys, and programs of our own in front of the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.make_keys("backup")

    def make_keys(self, name: str) -> None:
        subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
        files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        command = ["openssl", "req", *subject, *files]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)  # noqa: S603 - fixed

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, key: str = "backup") -> tuple[int, str]:
        done = subprocess.run(  # noqa: S603 - our own scripts
            ["bash", str(SCRIPTS / script), *arguments],  # noqa: S607
            cwd=self.folder,
            env={
                "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
                "TASKWIRE_BACKUP_TARGET": f"file://{self.store}",
                "TASKWIRE_BACKUP_CERTIFICATE": str(self.folder / f"{key}.pem"),
                "TASKWIRE_BACKUP_KEY": str(self.folder / f"{key}.key"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def add_old_backup(self, days: int, *, is_whole: bool = True) -> str:
        at = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y%m%dT%H%M%SZ")
        folder = self.store / "physical" / at
        folder.mkdir(parents=True)
        (folder / "000000").write_bytes(b"sealed")
        if is_whole:
            (folder / "complete").write_text("1 digest\n")
        return at

    def kept(self) -> set[str]:
        return {path.parent.name for path in self.store.glob("physical/*/000000")}


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(tmp_path)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / WAL
    path.write_bytes(os.urandom(100_000))
    return path


def test_an_archived_segment_comes_back_as_it_was(backups: Backups, segment: Path) -> None:
    assert backups.run("archive_wal.sh", str(segment), WAL) == (0, "")
    assert backups.run("fetch_wal.sh", WAL, "fetched") == (0, "")

    assert (backups.folder / "fetched").read_bytes() == segment.read_bytes()


def test_what_is_stored_cannot_be_read_without_the_key(backups: Backups, segment: Path) -> None:
    backups.run("archive_wal.sh", str(segment), WAL)
    backups.make_keys("another")

    assert segment.read_bytes()[:1000] not in (backups.store / "wal" / WAL).read_bytes()
    assert backups.run("fetch_wal.sh", WAL, "fetched", key="another")[0] != 0


def test_archiving_a_segment_again_changes_nothing(backups: Backups, segment: Path) -> None:
    backups.run("archive_wal.sh", str(segment), WAL)
    stored = (backups.store / "wal" / WAL).read_bytes()

    assert backups.run("archive_wal.sh", str(segment), WAL) == (0, "")
    assert (backups.store / "wal" / WAL).read_bytes() == stored


def test_another_segment_by_the_same_name_is_refused(backups: Backups, segment: Path) -> None:
    backups.run("archive_wal.sh", str(segment), WAL)
    segment.write_bytes(b"of another server")

    status, said = backups.run("archive_wal.sh", str(segment), WAL)

    assert status == 1
    assert "is archived with another content" in said


def test_an_absent_segment_is_the_end_of_the_archive(backups: Backups) -> None:
    assert backups.run("fetch_wal.sh", WAL, "fetched") == (1, "")


def test_a_damaged_segment_is_not_taken_for_the_end(backups: Backups, segment: Path) -> None:
    backups.run("archive_wal.sh", str(segment), WAL)
    stored = backups.store / "wal" / WAL
    content = bytearray(stored.read_bytes())
    content[50_000] ^= 1
    stored.write_bytes(content)

    status, _ = backups.run("fetch_wal.sh", WAL, "fetched")

    assert status > 1
    assert not (backups.folder / "fetched").exists()


def a_server_with(backups: Backups, content: str) -> None:
    """PostgreSQL's programs, over a data directory that holds one file."""
    backups.program("pg_basebackup", f"mkdir d; printf '{content}' > d/file; tar -C d -c file")
    backups.program("pg_verifybackup", "true")


def test_a_physical_backup_comes_back(backups: Backups) -> None:
    a_server_with(backups, "rows")

    assert backups.run("backup.sh", "physical")[0] == 0
    status, said = backups.run("restore.sh", "restored", "2099-01-01 00:00:00+00")

    assert status == 0, said
    assert (backups.folder / "restored/file").read_text() == "rows"
    settings = (backups.folder / "restored/postgresql.auto.conf").read_text()
    assert "recovery_target_time = '2099-01-01 00:00:00+00'" in settings
    assert "archive_mode = 'off'" in settings
    assert (backups.folder / "restored/recovery.signal").exists()


def test_a_backup_whose_server_fails_is_not_whole(backups: Backups) -> None:
    backups.program("pg_basebackup", "echo half of it; exit 1")

    status, _ = backups.run("backup.sh", "physical")

    assert status != 0
    assert list(backups.store.glob("physical/*/complete")) == []
    assert "there is no whole backup" in backups.run("restore.sh", "restored")[1]


def test_a_backup_that_lost_a_piece_is_not_restored(backups: Backups) -> None:
    a_server_with(backups, "rows")
    backups.run("backup.sh", "physical")
    [piece] = backups.store.glob("physical/*/000000")
    piece.unlink()

    assert backups.run("restore.sh", "restored")[0] != 0


def test_files_that_do_not_match_the_manifest_are_refused(backups: Backups) -> None:
    a_server_with(backups, "rows")
    backups.run("backup.sh", "physical")
    backups.program("pg_verifybackup", "echo 'checksum mismatch' >&2; exit 1")

    status, said = backups.run("restore.sh", "restored")

    assert status == 1
    assert "checksum mismatch" in said
    assert not (backups.folder / "restored/recovery.signal").exists()


def test_a_folder_with_something_in_it_is_left_alone(backups: Backups) -> None:
    (backups.folder / "restored").mkdir()
    (backups.folder / "restored/precious").touch()

    status, said = backups.run("restore.sh", "restored")

    assert status == 1
    assert "is not empty" in said


def test_a_time_before_the_first_backup_is_refused(backups: Backups) -> None:
    a_server_with(backups, "rows")
    backups.run("backup.sh", "physical")

    status, said = backups.run("restore.sh", "restored", "2001-01-01 00:00:00+00")

    assert status == 1
    assert "no whole backup from before 2001" in said


def test_a_logical_backup_comes_back(backups: Backups) -> None:
    backups.program("pg_dump", "printf 'a dump'")
    backups.program("pg_restore", "cat > restored.dump")

    assert backups.run("backup.sh", "logical")[0] == 0
    assert backups.run("restore_logical.sh", "postgresql://host/empty")[0] == 0

    assert (backups.folder / "restored.dump").read_text() == "a dump"


def test_what_is_older_than_its_time_goes(backups: Backups) -> None:
    old, recent = backups.add_old_backup(40), backups.add_old_backup(10)

    assert backups.run("prune.sh", "30") == (0, "")

    assert backups.kept() == {recent}
    assert old not in backups.kept()


def test_the_newest_whole_backup_stays_however_old(backups: Backups) -> None:
    newest = backups.add_old_backup(90)
    backups.add_old_backup(120)
    backups.add_old_backup(50, is_whole=False)

    backups.run("prune.sh", "30")

    assert backups.kept() == {newest}


def a_change(number: int, *, second: float) -> Change:
    return Change(number=number, committed_at=NOW + timedelta(seconds=second), wal_position=number)


def test_the_loss_is_the_time_between_the_last_kept_and_the_last_lost_change() -> None:
    changes = [a_change(1, second=0), a_change(2, second=10), a_change(3, second=25)]

    assert lost_seconds({1}, changes) == 25
    assert lost_seconds({1, 2, 3}, changes) == 0


def test_a_restore_to_a_time_brings_neither_less_nor_more() -> None:
    changes = [a_change(1, second=0), a_change(2, second=10), a_change(3, second=25)]

    compare({1, 2}, changes, last=changes[1], rows_before=0)
    with pytest.raises(DrillFailed, match="1 rows are missing, 0 are too many"):
        compare({1}, changes, last=changes[1], rows_before=0)
    with pytest.raises(DrillFailed, match="0 rows are missing, 1 are too many"):
        compare({1, 2, 3}, changes, last=changes[1], rows_before=0)
