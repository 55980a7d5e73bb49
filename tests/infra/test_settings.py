from pathlib import Path

import pytest

from infra.settings import (
    Environment,
    Settings,
    SettingsError,
    load_settings,
    require_services,
    variables_of,
)

RANDOM_KEY = "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E"
SAFE_PRODUCTION = {
    "TASKWIRE_ENVIRONMENT": "prod",
    "TASKWIRE_DATABASE_URL": "postgresql://taskwire:hunter2@db.internal:5432/taskwire",
    "TASKWIRE_REDIS_URL": "rediss://cache.internal:6379",
    "TASKWIRE_KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092",
    "TASKWIRE_SECRET_KEY": RANDOM_KEY,
    "TASKWIRE_ALLOWED_ORIGINS": "https://tasks.example.com",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [*variables_of(Settings()), "OTEL_EXPORTER_OTLP_ENDPOINT"]:
        monkeypatch.delenv(name, raising=False)


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def _problems() -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "\n" not in str(refusal.value)
    return refusal.value.problems


def test_development_needs_no_settings_at_all(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.environment is Environment.DEV
    assert settings.port == 8000
    assert settings.data_dir == tmp_path / ".taskwire"


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("TASKWIRE_PORT=9001\nTASKWIRE_HOST=::1\nOTHER=1\n")
    monkeypatch.setenv("TASKWIRE_PORT", "9002")
    settings = load_settings()
    assert (settings.host, settings.port) == ("::1", 9002)


def test_all_wrong_settings_are_listed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        {
            "TASKWIRE_PORT": "eighty",
            "TASKWIRE_DATABASE_URL": "mysql://root:hunter2@db/taskwire",
            "TASKWIRE_REDIS_URL": "cache:6379",
            "TASKWIRE_KAFKA_BOOTSTRAP": "kafka",
            "TASKWIRE_LOG_LEVEL": "loud",
            "TASKWIRE_ALLOWED_ORIGINS": "tasks.example.com",
        },
    )
    assert {problem.split()[0] for problem in _problems()} == {
        "TASKWIRE_PORT",
        "TASKWIRE_DATABASE_URL",
        "TASKWIRE_REDIS_URL",
        "TASKWIRE_KAFKA_BOOTSTRAP",
        "TASKWIRE_LOG_LEVEL",
        "TASKWIRE_ALLOWED_ORIGINS",
    }


def test_error_messages_and_representations_keep_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SAFE_PRODUCTION)
    assert "hunter2" not in repr(load_settings())
    assert RANDOM_KEY not in repr(load_settings())
    monkeypatch.setenv("TASKWIRE_DATABASE_URL", "mysql://root:hunter2@db/taskwire")
    assert "hunter2" not in "".join(_problems())


def test_safe_production_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SAFE_PRODUCTION)
    settings = load_settings()
    assert settings.allowed_origins == ("https://tasks.example.com",)
    assert settings.kafka_idempotence
    require_services(settings)


@pytest.mark.parametrize("environment", ["uat", "prod", "PROD"])
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TASKWIRE_SECRET_KEY", "", "is not set"),
        ("TASKWIRE_SECRET_KEY", RANDOM_KEY[:31], "at least 32 bytes"),
        ("TASKWIRE_SECRET_KEY", "a" * 40, "placeholder"),
        ("TASKWIRE_SECRET_KEY", "please-change-me-to-a-long-random-value", "placeholder"),
        ("TASKWIRE_ALLOWED_ORIGINS", "", "is not set"),
        ("TASKWIRE_ALLOWED_ORIGINS", "https://a.example,*", "name the origins"),
        ("TASKWIRE_DATABASE_URL", "postgresql://taskwire@db/taskwire", "needs a password"),
        ("TASKWIRE_DATABASE_URL", "", "is not set"),
        ("TASKWIRE_DEMO", "true", "public password"),
    ],
)
def test_unsafe_production_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, environment: str, name: str, value: str, reason: str
) -> None:
    _set(monkeypatch, {**SAFE_PRODUCTION, "TASKWIRE_ENVIRONMENT": environment, name: value})
    [problem] = _problems()
    assert problem.startswith(name)
    assert reason in problem


def test_a_process_names_every_service_it_misses() -> None:
    with pytest.raises(SettingsError) as refusal:
        require_services(load_settings())
    assert len(refusal.value.problems) == 4


def test_settings_survive_the_way_through_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {**SAFE_PRODUCTION, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
    settings = load_settings()
    _set(monkeypatch, variables_of(settings))
    assert load_settings() == settings
