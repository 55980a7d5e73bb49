import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.setup import install
from infra.setup.install import ROOT, SetupError, Step

LOCKS = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[\w+\])?==([^ ;]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("folder", ["web/ui", "tests/clients"])
def test_a_lock_of_npm_has_no_address(folder: str) -> None:
    assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()


@pytest.mark.parametrize(
    ("smaller", "larger"), [("runtime.txt", "embedded.txt"), ("embedded.txt", "dev.txt")]
)
def test_each_lock_contains_the_smaller_one_pin_by_pin(smaller: str, larger: str) -> None:
    assert _pins(smaller).items() <= _pins(larger).items()


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["embedded"]
    names = {re.split(r"[\[>=<]", line)[0] for line in project["dependencies"] + extra}
    assert names <= _pins("embedded.txt").keys()


@pytest.mark.parametrize(("place", "is_kept"), [("here", True), ("elsewhere", False)])
def test_a_virtual_environment_made_elsewhere_is_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, *, is_kept: bool
) -> None:
    venv = tmp_path / "here" / ".venv"
    venv.mkdir(parents=True)
    (venv / ".dev-installed").write_text(f"{tmp_path / place / '.venv'} 0123abcd")
    (venv / ".node-installed").write_text("node 0123abcd")
    monkeypatch.setattr(install, "VENV", venv)
    install._drop_moved_venv()
    assert venv.exists() is is_kept


@pytest.fixture
def _own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "LOG", tmp_path / "setup.log")


def _step(tmp_path: Path, source: Path, action: Callable[[], None]) -> Step:
    return Step(title="work", stamp=tmp_path / "stamp", fingerprint=source.read_text, action=action)


def test_a_step_is_taken_again_only_when_its_source_changes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("one")
    taken: list[str] = []
    step = _step(tmp_path, source, lambda: taken.append(source.read_text()))
    for text in ("one", "one", "two", "two"):
        source.write_text(text)
        step.take()
    assert taken == ["one", "two"]


def test_a_step_that_fails_is_not_done(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("no network")

    source = tmp_path / "source"
    source.write_text("one")
    step = _step(tmp_path, source, fail)
    with pytest.raises(SetupError):
        step.take()
    assert not step.is_done()


@pytest.mark.usefixtures("_own_log")
def test_a_failed_command_shows_the_end_of_its_output() -> None:
    with pytest.raises(SetupError, match=r"line 40\n.*failed, see") as failure:
        install._run(["/bin/sh", "-c", "for i in $(seq 40); do echo line $i; done; exit 1"])
    assert "line 10\n" not in str(failure.value)


@pytest.mark.usefixtures("_own_log")
def test_a_missing_command_is_named() -> None:
    with pytest.raises(SetupError, match="cannot run taskwire-no-such-program"):
        install._run(["taskwire-no-such-program"])


@pytest.mark.parametrize(
    ("version", "is_good"),
    [
        ("v18.20.0", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_a_node_too_old_for_the_client_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, *, is_good: bool
) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    assert install._has_own_node() is is_good


def test_a_machine_without_node_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not install._has_own_node()


def test_an_unknown_part_is_refused() -> None:
    script = ROOT / "infra" / "setup" / "install.py"
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, str(script), "moon"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "no such part: moon" in result.stdout


def test_exec_runs_a_command_with_the_checkouts_own_programs_first() -> None:
    script = ROOT / "infra" / "setup" / "install.py"
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, str(script), "exec", "sh", "-c", "echo $PATH"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith(f"{ROOT}/.venv/bin{os.pathsep}")
