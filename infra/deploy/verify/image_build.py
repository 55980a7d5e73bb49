"""A real build of the image without a container engine, and a run of what came of it.

No registry of images is needed: debootstrap makes a base from Debian's packages, which takes the
place of the one the Dockerfile names. buildah builds over it, runc runs the result. What this
cannot show are the bytes of the real base.
"""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Outcome
from infra.deploy.verify.programs import ROOT, Run, get_tool, run_command
from infra.deploy.verify.running_stack import RunningStack, running_stack, wait_until_ready
from infra.embedded.ports import free_ports

_CACHE: Final = ROOT / ".cache" / "image"
_PYTHON_IMAGE: Final = "localhost/python:3.11-slim-bookworm"
_NODE_IMAGE: Final = "localhost/node:24-bookworm-slim"
_IMAGE: Final = "localhost/taskwire:check"
# The promise: uncompressed, beyond the base.
_MEGABYTES_MAX: Final = 300
_BUILD_SECONDS: Final = 1500.0
_READY_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_UID: Final = 10001
# The machine's own way to the package registries, for the build alone.
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_MOUNTED: Final = (_CERTIFICATES, Path("/etc/pip.conf"))
_NODE_SCRIPT: Final = (
    "python3 -m venv /opt/node && /opt/node/bin/pip install -q --require-hashes -r /tmp/node.txt"
    " && ln -s /opt/node/bin/node /opt/node/bin/npm /opt/node/bin/npx /usr/local/bin/"
    f" && echo cafile={_CERTIFICATES} > ~/.npmrc"
)
# What the container says of itself; each line must be as below.
_PROBE: Final = (
    "id -u; touch /forbidden 2>&1 | grep -o 'Read-only file system';"
    " for name in gcc cc make pip pip3 npm node; do command -v $name; done;"
    " grep -E '^(CapEff|NoNewPrivs)' /proc/1/status | tr -d '\\t';"
    " python /app/infra/deploy/image/health_check.py && echo healthy"
)
_PROBED: Final = (
    str(_UID),
    "Read-only file system",
    "CapEff:0000000000000000",
    "NoNewPrivs:1",
    "healthy",
)


class BuildFailed(Exception):
    """A step of the build or of the run went wrong; the text is its output's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image's unpacked root, and how much it has beyond its base."""

    root: Path
    megabytes_beyond_base: float


def check_build() -> Outcome:
    """Build, look at the size, and serve /readyz as nobody on a read-only root."""
    if os.geteuid() != 0:
        return Outcome(status="skipped", detail="building without an engine needs root")
    for program in ("buildah", "runc", "debootstrap"):
        get_tool(program)
    _CACHE.mkdir(parents=True, exist_ok=True)
    _make_bases()
    with _built() as built:
        require_small(built.megabytes_beyond_base)
        packages = _count_packages(built.root)
        with running_stack() as stack:
            answer = _serve(built.root, stack)
    return Outcome(
        status="passed",
        detail=f"{built.megabytes_beyond_base:.0f} MB beyond the base, {packages} packages in the "
        f"SBOM; as user {_UID} on a read-only root /readyz says {answer}",
    )


def _buildah(*arguments: str) -> Run:
    # vfs works wherever files do. The caches are the project's own, not the machine's.
    storage = ["--root", f"{_CACHE}/root", "--runroot", f"{_CACHE}/run", "--storage-driver", "vfs"]
    return _do([get_tool("buildah"), *storage, *arguments])


def _do(command: Sequence[str]) -> Run:
    run = run_command(command, seconds=_BUILD_SECONDS)
    if run.status != 0:
        raise BuildFailed(run.tail)
    return run


def _last_line(run: Run) -> str:
    # Warnings come before.
    return run.output.strip().splitlines()[-1]


def _make_bases() -> None:
    known = _buildah("images", "--format", "{{.Name}}:{{.Tag}}").output.splitlines()
    if _PYTHON_IMAGE not in known:
        folder = _CACHE / "base"
        shutil.rmtree(folder, ignore_errors=True)
        packages = "--include=python3,python3-venv,ca-certificates"
        _do([get_tool("debootstrap"), "--variant=minbase", packages, "bookworm", str(folder)])
        container = _last_line(_buildah("from", "scratch"))
        _buildah("add", "--quiet", container, str(folder), "/")
        _commit(container, _PYTHON_IMAGE)
        shutil.rmtree(folder)
    if _NODE_IMAGE not in known:
        container = _last_line(_buildah("from", "--pull-never", _PYTHON_IMAGE))
        _buildah("add", "--quiet", container, str(ROOT / "requirements/node.txt"), "/tmp/node.txt")  # noqa: S108 - in the image
        isolation = ["--isolation", "chroot", *_mounts()]
        _buildah("run", *isolation, container, "--", "sh", "-c", _NODE_SCRIPT)
        _commit(container, _NODE_IMAGE)


def _commit(container: str, image: str) -> None:
    _buildah("commit", "--quiet", "--format", "docker", container, image)
    _buildah("rm", container)


def _mounts() -> list[str]:
    return [f"--volume={path}:{path}:ro" for path in _MOUNTED if path.is_file()]


@contextmanager
def _built() -> Iterator[Built]:
    how = ["--isolation", "chroot", "--pull-never", "--format", "docker", *_mounts()]
    bases = {"PYTHON_IMAGE": _PYTHON_IMAGE, "NODE_IMAGE": _NODE_IMAGE}
    given = {**bases, "VERSION": "0.0.0", "COMMIT": "check"}
    arguments = [f"--build-arg={name}={value}" for name, value in given.items()]
    _buildah(
        "bud", *how, *arguments, "--tag", _IMAGE, "--file", str(ROOT / "Dockerfile"), str(ROOT)
    )
    container = _last_line(_buildah("from", "--pull-never", _IMAGE))
    base = _last_line(_buildah("from", "--pull-never", _PYTHON_IMAGE))
    try:
        root = Path(_last_line(_buildah("mount", container)))
        base_root = Path(_last_line(_buildah("mount", base)))
        beyond = megabytes_of(root) - megabytes_of(base_root)
        yield Built(root=root, megabytes_beyond_base=beyond)
    finally:
        _buildah("rm", container, base)


def megabytes_of(folder: Path) -> float:
    """Return the size of all files below the folder, links counted once as links."""
    sizes = [path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()]
    return sum(sizes) / 1e6


def require_small(megabytes_beyond_base: float) -> None:
    """Raise BuildFailed when the image is larger than promised."""
    if megabytes_beyond_base > _MEGABYTES_MAX:
        size = f"{megabytes_beyond_base:.0f} MB beyond the base"
        raise BuildFailed(f"{size}, more than {_MEGABYTES_MAX}")


def _count_packages(root: Path) -> int:
    command = [get_tool("syft"), "scan", f"dir:{root}", "--output", "cyclonedx-json", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="taskwire-sbom-") as folder:
        path = Path(folder, "sbom.json")
        _do([*command[:-2], f"cyclonedx-json={path}", "--quiet"])
        listed = {part["name"].lower() for part in json.loads(path.read_text())["components"]}
    lock = (ROOT / "requirements/runtime.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lock if "==" in line and ";" not in line}
    missing = sorted(pinned - {name.replace("_", "-") for name in listed})
    if missing:
        raise BuildFailed(f"the SBOM lacks {', '.join(missing)}")
    return len(listed)


def _serve(root: Path, stack: RunningStack) -> str:
    [port] = free_ports(1)
    name = f"taskwire-check-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="taskwire-bundle-") as folder:
        config = container_config(root, variables=_variables(stack, port), arguments=["serve"])
        Path(folder, "config.json").write_text(json.dumps(config))
        runc = [get_tool("runc"), "--root", f"{folder}/state"]
        log = Path(folder, "log")
        with (
            log.open("wb") as output,
            subprocess.Popen(  # noqa: S603 - fixed program
                [*runc, "run", "--bundle", folder, name], stdout=output, stderr=output
            ) as process,
        ):
            try:
                answer = wait_until_ready(
                    f"http://127.0.0.1:{port}", process, seconds=_READY_SECONDS
                )
                probed = run_command([*runc, "exec", name, "sh", "-c", _PROBE]).output.split("\n")
            finally:
                run_command([*runc, "kill", name, "TERM"])
                status = process.wait(timeout=_STOP_SECONDS)
    require_promised(probed)
    if status != 0:
        raise BuildFailed(f"SIGTERM ended the container with status {status}")
    return str(json.loads(answer)["status"])


def require_promised(probed: Sequence[str]) -> None:
    """Raise BuildFailed unless the container says of itself what it should."""
    said = tuple(line for line in probed if line)
    if said != _PROBED:
        raise BuildFailed(f"inside the container: {said}, not {_PROBED}")


def _variables(stack: RunningStack, port: int) -> dict[str, str]:
    return {
        "TASKWIRE_DATABASE_URL": stack.database_url,
        "TASKWIRE_REDIS_URL": stack.redis_url,
        "TASKWIRE_KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "TASKWIRE_KAFKA_IDEMPOTENCE": "false",
        "TASKWIRE_SECRET_KEY": secrets.token_hex(32),
        "TASKWIRE_HOST": "127.0.0.1",
        "TASKWIRE_PORT": str(port),
    }


def container_config(
    root: Path, *, variables: Mapping[str, str], arguments: Sequence[str]
) -> dict[str, object]:
    """Return the runtime's configuration: nobody, no rights, nothing writable but /tmp.

    The network is the machine's own, where the stack listens on loopback.
    """
    path = "PATH=/opt/taskwire/bin:/usr/local/bin:/usr/bin:/bin"
    fixed = [path, "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", "TASKWIRE_DATA_DIR=/tmp/data"]
    scratch = ["nosuid", "noexec", "nodev", "mode=1777", "size=64m"]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": _UID, "gid": _UID},
            "args": ["taskwire", *arguments],
            "env": [*fixed, *(f"{name}={value}" for name, value in variables.items())],
            "cwd": "/app",
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted")},
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": scratch},  # noqa: S108 - in the container
        ],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]},
    }
