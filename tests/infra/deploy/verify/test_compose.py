from pathlib import Path
from typing import Final

import pytest
import yaml

from infra.deploy.verify.compose import COMPOSE, check_config, check_rules
from infra.settings import Settings

SOURCE: Final = COMPOSE.read_text()


def test_the_compose_file_keeps_our_rules() -> None:
    assert check_rules().detail == "8 services of the core, 11 around"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  kibana:\n", "  kibanna:\n", "there is no service kibana"),
        ("apache/kafka:4.1.1", "apache/kafka:latest", "runs whatever 'apache/kafka:latest' is"),
        ("redis:8-bookworm", "redis", "redis runs whatever 'redis' is today"),
        ('"127.0.0.1:3000:3000"', '"3000:3000"', "grafana listens beyond this machine"),
        ("  read_only: true\n", "", "web has a writable root"),
        ("[traces, full]", "[traces]", "is in no profile 'full'"),
        ("pg_isready, --username=taskwire", "pg_isready -U taskwire", "spaces in an argument"),
        (
            "      jaeger: { condition: service_started }",
            "      jaeger: { condition: service_healthy }",
            "health of jaeger, which has no check",
        ),
        ("prometheus/rules:/etc", "prometheus/rulez:/etc", "prometheus/rulez, which is not there"),
        (
            '["kafka-data:',
            '["kafka-date:',
            "mounts the volume kafka-date, which is not declared",
        ),
        ("source: targets-node", "source: targets-nod", "given the file targets-nod, which is not"),
        (
            "    redis: { condition",
            "    rediz: { condition",
            "waits for rediz, which is no service",
        ),
    ],
)
def test_a_compose_file_that_breaks_a_rule_is_found(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text(SOURCE.replace(old, new))

    outcome = check_rules(broken)

    assert outcome.status == "failed"
    assert said in outcome.detail


def test_the_application_knows_every_setting_that_compose_gives_it() -> None:
    environment: dict[str, str] = yaml.safe_load(SOURCE)["x-taskwire"]["environment"]
    known = {f"TASKWIRE_{name.upper()}" for name in Settings.model_fields}
    given = {name for name in environment if name.startswith("TASKWIRE_")}
    assert given - known == set()
    assert "TASKWIRE_KAFKA_BOOTSTRAP" in given


def test_docker_compose_is_asked_and_its_refusal_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "docker-compose"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in version*) echo 2.40.3;; *) grep -q "^services:" "$2" || exit 1;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    broken = tmp_path / "compose.yaml"
    broken.write_text("servises: {}\n")

    assert check_config().status == "passed"
    assert check_config(broken).status == "failed"
