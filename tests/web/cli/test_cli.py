import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.embedded.ports import free_ports
from infra.settings import Settings
from web.cli import run

COMMANDS = [
    *("up", "serve", "relay", "bridge", "worker"),
    *("migrate", "schema", "import", "export", "doctor"),
]
OLD = "type Query { viewer: String  tasks(first: Int): Int  old: Int }"
NEW = "type Query { viewer: String  tasks(first: Int, after: ID): Int  added: Int }"
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory without a .env file, a data directory and a free port of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKWIRE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TASKWIRE_PORT", str(free_ports(1)[0]))


def _complaint(output: Output) -> str:
    """Return what was said on stderr, which is one line from taskwire and no traceback."""
    said = output.readouterr().err
    assert re.fullmatch(r"taskwire: [^\n]+\n", said)
    return said


def test_help_lists_every_command_of_the_contract(capsys: Output) -> None:
    assert run(["--help"]) == 0
    listed = re.findall(r"^  (\w+) {2,}", capsys.readouterr().out, flags=re.MULTILINE)
    assert listed == COMMANDS


@pytest.mark.parametrize("command", [[name] for name in COMMANDS] + [["schema", "diff"]])
def test_every_command_has_help(capsys: Output, command: list[str]) -> None:
    assert run([*command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: taskwire {' '.join(command)}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fly"], "No such command 'fly'"),
        (["up", "--fast"], "No such option"),
        (["schema", "diff", "absent.graphql", "absent.graphql"], "does not exist"),
        (["migrate", "now"], "unexpected extra argument"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(capsys: Output, arguments: list[str], words: str) -> None:
    assert run(arguments) == 2
    assert words in _complaint(capsys)


def test_a_call_without_a_command_shows_the_help(capsys: Output) -> None:
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_wrong_settings_are_told_together_in_one_line(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKWIRE_PORT", "eighty")
    monkeypatch.setenv("TASKWIRE_REDIS_URL", "cache")
    assert run(["migrate"]) == 1
    complaint = _complaint(capsys)
    assert "TASKWIRE_PORT" in complaint
    assert "TASKWIRE_REDIS_URL" in complaint


def test_an_unreachable_database_is_told_in_one_line_and_traced_on_request(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    [port] = free_ports(1)
    monkeypatch.setenv("TASKWIRE_DATABASE_URL", f"postgresql://u:p@127.0.0.1:{port}/d")
    assert run(["migrate"]) == 1
    assert "Connect call failed" in _complaint(capsys)
    monkeypatch.setenv("TASKWIRE_LOG_LEVEL", "debug")
    assert run(["migrate"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_up_names_a_taken_port(capsys: Output) -> None:
    port = Settings().port
    with socket.create_server(("127.0.0.1", port)):
        assert run(["up"]) == 1
    assert f"port {port} on 127.0.0.1 is taken" in _complaint(capsys)


def test_up_is_for_development_only(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    production = {
        "TASKWIRE_ENVIRONMENT": "uat",
        "TASKWIRE_DATABASE_URL": "postgresql://u:p@localhost/d",
        "TASKWIRE_REDIS_URL": "rediss://cache",
        "TASKWIRE_KAFKA_BOOTSTRAP": "localhost:9092",
        "TASKWIRE_SECRET_KEY": "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E",
        "TASKWIRE_ALLOWED_ORIGINS": "https://tasks.example.com",
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    assert run(["up"]) == 1
    assert "is for dev, not uat" in _complaint(capsys)


def test_schema_diff_groups_changes_and_fails_on_breaking_ones(
    capsys: Output, tmp_path: Path
) -> None:
    (tmp_path / "old.graphql").write_text(OLD)
    (tmp_path / "new.graphql").write_text(NEW)
    assert run(["schema", "diff", "old.graphql", "new.graphql"]) == 1
    assert capsys.readouterr().out.splitlines()[::2] == [
        "Breaking (1):",
        "Dangerous (1):",
        "Safe (1):",
    ]
    assert run(["schema", "diff", "new.graphql", "new.graphql"]) == 0
    assert capsys.readouterr().out == "No changes.\n"


def test_schema_diff_refuses_what_is_no_schema(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "old.graphql").write_text(OLD)
    (tmp_path / "broken.graphql").write_text("type Query {")
    assert run(["schema", "diff", "old.graphql", "broken.graphql"]) == 1
    assert "the new schema is invalid" in _complaint(capsys)


def test_the_module_runs_as_a_program_and_help_needs_no_heavy_import() -> None:
    code = (
        "import sys; from web.cli import run; run(['up', '--help']); "
        "print([n for n in ('strawberry', 'sqlalchemy', 'aiokafka') if n in sys.modules])"
    )
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.stack
def test_migrate_and_doctor_work_without_a_running_stack(capsys: Output) -> None:
    assert run(["migrate"]) == 0
    assert "up to date" in capsys.readouterr().out
    run(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    sign_by_subject = {line.split()[1]: line[0] for line in lines}
    assert sign_by_subject["data"] == "✓"
    assert sign_by_subject["database"] == "✓"
    assert sign_by_subject["Kafka"] == "-"


@pytest.mark.stack
def test_doctor_fails_with_advice_when_services_are_away(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    [closed] = free_ports(1)
    monkeypatch.setenv("TASKWIRE_DATABASE_URL", f"postgresql://u:p@127.0.0.1:{closed}/d")
    monkeypatch.setenv("TASKWIRE_KAFKA_BOOTSTRAP", f"127.0.0.1:{closed}")
    monkeypatch.setenv("TASKWIRE_REDIS_URL", redis_url)
    monkeypatch.setenv("TASKWIRE_PORT", str(urlsplit(redis_url).port))
    assert run(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    sign_by_subject = {line.split()[1]: line[0] for line in lines}
    expected = {"database": "✗", "Kafka": "✗", "Redis": "✓", "port": "✗"}
    assert {name: sign_by_subject[name] for name in expected} == expected


def test_doctor_lists_wrong_settings(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKWIRE_PORT", "0")
    assert run(["doctor"]) == 1
    assert "TASKWIRE_PORT" in capsys.readouterr().out
