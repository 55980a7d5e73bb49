"""The rules of the image, and Dockerfiles that break each of them."""

from pathlib import Path
from typing import Final

import pytest

from infra.deploy.image.health_check import is_alive, is_web_server, main
from infra.deploy.verify.image import (
    DOCKERFILE,
    check_lint,
    check_rules,
    ignore_problems_of,
    problems_of,
)
from infra.deploy.verify.image_build import (
    BuildFailed,
    container_config,
    megabytes_of,
    require_promised,
    require_small,
)
from infra.deploy.verify.programs import TOOLS
from infra.embedded.ports import free_ports

SOURCE: Final = DOCKERFILE.read_text()


def test_the_image_keeps_its_promises() -> None:
    assert check_rules().detail == "stages, user, health check, locks and context are as promised"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("USER 10001:10001", "USER root", "user is not 10001:10001"),
        ("USER 10001:10001", "", "user is not 10001:10001"),
        ("HEALTHCHECK ", "# ", "no HEALTHCHECK"),
        ("--require-hashes", "", "without their hashes"),
        ("npm ci", "npm install", "not installed from its lock"),
        ("COPY domain ./domain", "COPY . .", "what the context happens to hold"),
        ("    && groupadd", "    && apt-get install -y gcc && groupadd", "runs 'apt-get'"),
    ],
)
def test_a_dockerfile_that_breaks_a_promise_is_found(old: str, new: str, said: str) -> None:
    assert old in SOURCE

    problems = problems_of(SOURCE.replace(old, new))

    assert said in "\n".join(problems)


def test_a_single_stage_is_found() -> None:
    assert problems_of("FROM python:3.11\nUSER 10001:10001\n") == [
        "has 1 stages: client, packages and runtime are three"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".git\n.env\n", "does not begin with '*'"),
        ("*\n!web\n**/__pycache__\nweb/ui/node_modules\nweb/ui/dist\n", "lets in **/.env"),
    ],
)
def test_a_context_that_lets_in_too_much_is_found(text: str, said: str) -> None:
    assert any(said in problem for problem in ignore_problems_of(text))


@pytest.mark.skipif(
    not (TOOLS / "hadolint").is_file(), reason="needs hadolint (make verify-deploy)"
)
def test_hadolint_finds_a_base_without_a_tag(tmp_path: Path) -> None:
    broken = tmp_path / "Dockerfile"
    broken.write_text("FROM python\nRUN cd /tmp && pip install starlette\n")

    outcome = check_lint(broken)

    assert outcome.status == "failed"
    assert "DL3006" in outcome.detail


def test_a_container_runs_as_nobody_and_can_write_nothing_but_scratch(tmp_path: Path) -> None:
    config = container_config(tmp_path, variables={"NAME": "value"}, arguments=["relay"])

    assert config["root"] == {"path": str(tmp_path), "readonly": True}
    process = config["process"]
    assert isinstance(process, dict)
    assert process["user"] == {"uid": 10001, "gid": 10001}
    assert process["args"] == ["taskwire", "relay"]
    assert process["capabilities"] == {"bounding": [], "effective": [], "permitted": []}
    assert "NAME=value" in process["env"]


def test_the_size_of_a_folder_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(bytes(1_500_000))
    (tmp_path / "link").symlink_to("deep/file")

    assert megabytes_of(tmp_path) == pytest.approx(1.5, abs=0.001)


def test_only_the_web_server_is_asked() -> None:
    assert is_web_server(b"python\0/opt/taskwire/bin/taskwire\0serve\0")
    assert not is_web_server(b"python\0/opt/taskwire/bin/taskwire\0relay\0")
    assert main(b"taskwire\0relay\0", "1") == 0


def test_a_web_server_that_does_not_answer_is_unhealthy() -> None:
    [port] = free_ports(1)

    assert not is_alive(str(port))
    assert main(b"taskwire\0serve\0", str(port)) == 1


GOOD_CONTAINER: Final = (
    "10001",
    "Read-only file system",
    "CapEff:0000000000000000",
    "NoNewPrivs:1",
    "healthy",
)


def test_a_container_that_is_as_promised_passes() -> None:
    require_promised([*GOOD_CONTAINER, ""])
    require_small(299.0)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (0, "0"),
        (1, ""),
        (2, "CapEff:000001ffffffffff"),
        (3, "NoNewPrivs:0"),
        (4, "/usr/bin/gcc"),
        (4, ""),
    ],
    ids=["root", "writable", "capabilities", "new privileges", "a compiler", "unhealthy"],
)
def test_a_container_that_is_not_as_promised_fails(place: int, said: str) -> None:
    lines = [*GOOD_CONTAINER]
    lines[place] = said

    with pytest.raises(BuildFailed, match="inside the container"):
        require_promised(lines)


def test_an_image_that_is_too_large_fails() -> None:
    with pytest.raises(BuildFailed, match="301 MB beyond the base, more than 300"):
        require_small(301.0)
