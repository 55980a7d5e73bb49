"""Set this checkout up: `install.py PART ...`, or `install.py exec COMMAND ...`.

The parts are embedded, dev, client, test-clients and delivery.

Runs on the machine's own Python with the standard library only. What is up to date is left
alone, so a second run takes a moment. One run at a time works on a checkout.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
CLIENT = ROOT / "web" / "ui"
MODULES = CLIENT / "node_modules"
# Other people's clients, which the tests run against the server.
TEST_CLIENTS = ROOT / "tests" / "clients"
CACHE = ROOT / ".cache"
LOG = CACHE / "setup.log"
DELIVERY = CACHE / "delivery"
OLDEST_PYTHON = (3, 11)
# What Vite and its plugins name as their engines.
OLDEST_NODE_BY_MAJOR = {20: (20, 19), 22: (22, 12)}
_NEWEST_OLDEST_MAJOR = max(OLDEST_NODE_BY_MAJOR)
_TAIL_LINES = 25
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_QUICK_SECONDS = 15.0
# A registry may be away for a moment.
_PAUSES_SECONDS = (5.0, 20.0)


class SetupError(Exception):
    """The checkout cannot be set up; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of the set-up: done when the stamp holds the fingerprint of what it depends on."""

    title: str
    stamp: Path
    fingerprint: Callable[[], str]
    action: Callable[[], None]

    def is_done(self) -> bool:
        """Say whether nothing the step depends on has changed since it was taken."""
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint()

    def take(self) -> None:
        """Do the step unless it is done."""
        if self.is_done():
            return
        _say(f"{self.title} …")
        started_at = time.monotonic()
        self.stamp.unlink(missing_ok=True)
        self.action()
        # Afterwards: a build may write into what it depends on.
        self.stamp.write_text(self.fingerprint())
        _say(f"{self.title}: done in {time.monotonic() - started_at:.0f} s")


def _python_step(name: str) -> Step:
    lock = REQUIREMENTS / f"{name}.txt"
    sources = [REQUIREMENTS / "bootstrap.txt", lock, ROOT / "pyproject.toml"]
    return Step(
        title=f"Python packages ({lock.relative_to(ROOT)})",
        stamp=VENV / f".{name}-installed",
        fingerprint=lambda: f"{VENV} {_digest(sources)}",
        action=lambda: _install_python(lock),
    )


def _install_python(lock: Path) -> None:
    python = _make_venv()
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _fetch([*pip, "--require-hashes", "-r", str(REQUIREMENTS / "bootstrap.txt")])
    _install_lock(python, lock)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(python)]
    _run([*uv, "--offline", "--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def _install_lock(python: Path, lock: Path) -> None:
    packages = ["--require-hashes", "-r", str(lock)]
    try:
        _run([str(VENV / "bin" / "uv"), "pip", "install", "--python", str(python), *packages])
    except SetupError:
        # uv does not read pip's configuration, where a mirror may be named.
        _say("uv could not install them; trying pip, which is slower …")
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "--python", str(python)]
        _fetch([*pip, "install", "--quiet", "--disable-pip-version-check", *packages])


def _delivery_step() -> Step:
    lock = REQUIREMENTS / "delivery.txt"
    return Step(
        title="tools that check the delivery artefacts (requirements/delivery.txt)",
        stamp=DELIVERY / ".installed",
        fingerprint=lambda: f"{DELIVERY} {_digest([lock])}",
        action=lambda: _install_delivery(lock),
    )


def _install_delivery(lock: Path) -> None:
    # Apart from the application: these tools pin versions of what it uses, too.
    shutil.rmtree(DELIVERY, ignore_errors=True)
    _run([str(VENV / "bin" / "python"), "-m", "venv", "--without-pip", str(DELIVERY)])
    _install_lock(DELIVERY / "bin" / "python", lock)


def _make_venv() -> Path:
    python = VENV / "bin" / "python"
    if _version_of([str(python), "--version"]) < OLDEST_PYTHON:
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            _run([sys.executable, "-m", "venv", str(VENV)])
        except SetupError as error:
            raise SetupError(
                f"{sys.executable} cannot make a virtual environment: "
                "install its venv module (Debian: python3-venv)"
            ) from error
    return python


def _node_step() -> Step:
    lock = REQUIREMENTS / "node.txt"
    return Step(
        title="Node.js from PyPI, as the machine's own is missing or too old",
        stamp=VENV / ".node-installed",
        fingerprint=lambda: f"node {_digest([lock])}",
        action=lambda: _fetch(
            [
                *(str(VENV / "bin" / "uv"), "pip", "install"),
                *("--python", str(VENV / "bin" / "python")),
                *("--require-hashes", "-r", str(lock)),
            ]
        ),
    )


def _packages_step(folder: Path) -> Step:
    sources = [folder / "package.json", folder / "package-lock.json"]
    return Step(
        title=f"packages of {folder.relative_to(ROOT)} (npm ci)",
        stamp=folder / "node_modules" / ".taskwire-installed",
        fingerprint=lambda: _digest(sources),
        action=lambda: _fetch(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder),
    )


def _build_step() -> Step:
    return Step(
        title="client build (npm run build)",
        stamp=MODULES / ".taskwire-built",
        fingerprint=lambda: f"{(CLIENT / 'dist' / 'index.html').exists()} {_digest(_sources())}",
        action=lambda: _run(["npm", "run", "build"], cwd=CLIENT),
    )


def _sources() -> list[Path]:
    skipped = {"node_modules", "dist", "test-results"}
    found = [ROOT / "schema.graphql"]
    for directory, names, files in os.walk(CLIENT):
        names[:] = sorted(name for name in names if name not in skipped)
        found += [Path(directory, file) for file in sorted(files)]
    return found


def _has_own_node() -> bool:
    """Say whether the machine has npm and a Node the client's tools run on."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    version = _version_of(["node", "--version"])
    major = version[0] if version else 0
    oldest = OLDEST_NODE_BY_MAJOR.get(major)
    return major > _NEWEST_OLDEST_MAJOR if oldest is None else version >= oldest


def _search_path() -> str:
    """Return PATH with the virtual environment in front, where Node from PyPI is put as well."""
    return os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])


def _version_of(command: list[str]) -> tuple[int, ...]:
    """Return the numbers of the version the command prints, or () when it does not run."""
    try:
        output = subprocess.run(  # noqa: S603 - fixed commands
            command, capture_output=True, text=True, check=True, timeout=_QUICK_SECONDS
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", output)
    return () if found is None else tuple(int(part) for part in found.groups())


def _fetch(command: list[str], *, cwd: Path = ROOT) -> None:
    """Run a command that fetches packages, and again after a pause when it fails."""
    for pause in _PAUSES_SECONDS:
        try:
            _run(command, cwd=cwd)
        except SetupError:
            _say(f"{command[0]} failed, trying again in {pause:.0f} s …")
            time.sleep(pause)
        else:
            return
    _run(command, cwd=cwd)


def _run(command: list[str], *, cwd: Path = ROOT) -> None:
    """Run the command with its output in the log; SetupError shows the end of it."""
    with LOG.open("a+") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start = log.tell()
        try:
            status = _run_logged(command, cwd, log)
        except OSError as error:
            raise SetupError(f"cannot run {command[0]} in {cwd}: {error.strerror}") from error
        log.seek(start)
        tail = _COLOUR.sub("", log.read()).strip().split("\n")[-_TAIL_LINES:]
    if status != 0:
        raise SetupError("\n".join([*tail, f"'{' '.join(command)}' failed, see {LOG}"]))


def _run_logged(command: list[str], cwd: Path, log: TextIO) -> int:
    """Run the command → its exit status. It does not outlive this process's end by a signal."""
    environment = {**os.environ, "PATH": _search_path(), "NO_COLOR": "1"}
    with subprocess.Popen(  # noqa: S603 - fixed commands
        command, cwd=cwd, env=environment, stdout=log, stderr=log, start_new_session=True
    ) as process:
        try:
            return process.wait()
        except BaseException:
            # The whole group: npm's own children would go on writing to the checkout.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes() if path.is_file() else b"absent")
    return digest.hexdigest()


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another set-up works on this checkout, waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _drop_moved_venv() -> None:
    """Remove a virtual environment that was made elsewhere: its programs name the old place."""
    stamps = [stamp.read_text() for stamp in VENV.glob(".*-installed")]
    if not all(text.startswith((f"{VENV} ", "node ")) for text in stamps):
        _say("the checkout was moved, its Python packages are installed anew")
        shutil.rmtree(VENV)


def _set_up(parts: list[str]) -> None:
    _drop_moved_venv()
    for part in parts:
        match part:
            case "embedded" if _python_step("dev").is_done():
                # The development packages contain those of the embedded stack.
                continue
            case "embedded" | "dev":
                _python_step(part).take()
            case "delivery":
                _delivery_step().take()
            case "client":
                if not _has_own_node():
                    _node_step().take()
                _packages_step(CLIENT).take()
                _build_step().take()
            case "test-clients":
                if not _has_own_node():
                    _node_step().take()
                _packages_step(TEST_CLIENTS).take()
            case _:
                raise SetupError(f"no such part: {part}")


def main(arguments: list[str]) -> int:
    """Set up the named parts, or become the command after `exec` with the right PATH."""
    if sys.version_info < OLDEST_PYTHON:
        _say(f"Taskwire needs Python 3.11 or newer, {sys.executable} is {sys.version.split()[0]}")
        return 1
    if arguments[:1] == ["exec"]:
        os.environ["PATH"] = _search_path()
        os.execvp(arguments[1], arguments[1:])  # noqa: S606 - no shell is the point
    # As Ctrl-C: end what runs, then ourselves.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _locked():
            LOG.write_text("")
            _set_up(arguments)
    except KeyboardInterrupt:
        _say("set-up stopped; the next run goes on with it")
        return 1
    except (SetupError, OSError) as error:
        _say(f"set-up failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
