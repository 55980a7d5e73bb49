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

DATABASE = "postgresql://taskwire:hunter2@db.internal/taskwire"
RANDOM_KEY = "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E"
SAFE_PRODUCTION = {
    "TASKWIRE_ENVIRONMENT": "prod",
    "TASKWIRE_DATABASE_URL": "postgresql://taskwire:hunter2@db.internal:5432/taskwire"
    "?sslmode=verify-full&sslrootcert=ca.pem",
    "TASKWIRE_REDIS_URL": "rediss://cache.internal:6379",
    "TASKWIRE_KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092",
    "TASKWIRE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "TASKWIRE_KAFKA_SASL_MECHANISM": "OAUTHBEARER",
    "TASKWIRE_KAFKA_AWS_REGION": "us-east-1",
    "TASKWIRE_SECRET_KEY": RANDOM_KEY,
    "TASKWIRE_ALLOWED_ORIGINS": "https://tasks.example.com",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (tmp_path / "key.pem").write_text("something else\n")
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
        ("TASKWIRE_DATABASE_URL", f"{DATABASE}", "unprotected"),
        ("TASKWIRE_DATABASE_URL", f"{DATABASE}?sslmode=require", "unprotected"),
        ("TASKWIRE_REPLICA_DATABASE_URL", f"{DATABASE}?sslmode=prefer", "unprotected"),
        ("TASKWIRE_REDIS_URL", "redis://cache.internal:6379", "unprotected"),
        ("TASKWIRE_REDIS_URL", "rediss://cache?ssl_cert_reqs=none", "ssl_cert_reqs"),
        ("TASKWIRE_REDIS_URL", "rediss://cache?ssl_check_hostname=no", "ssl_check_hostname"),
    ],
)
def test_unsafe_production_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, environment: str, name: str, value: str, reason: str
) -> None:
    _set(monkeypatch, {**SAFE_PRODUCTION, "TASKWIRE_ENVIRONMENT": environment, name: value})
    [problem] = _problems()
    assert problem.startswith(name)
    assert reason in problem


@pytest.mark.parametrize("environment", ["uat", "prod"])
@pytest.mark.parametrize("bootstrap", ["kafka-1:9092", "127.0.0.1:9092,kafka-2:9092"])
def test_kafka_on_another_host_is_refused_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, environment: str, bootstrap: str
) -> None:
    _set(monkeypatch, SAFE_PRODUCTION)
    monkeypatch.setenv("TASKWIRE_ENVIRONMENT", environment)
    monkeypatch.setenv("TASKWIRE_KAFKA_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("TASKWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    [problem] = _problems()
    assert problem.startswith("TASKWIRE_KAFKA_SECURITY_PROTOCOL would reach another host")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_services_of_the_same_machine_may_be_spoken_to_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    plain = {
        "TASKWIRE_DATABASE_URL": f"postgresql://taskwire:hunter2@{host}:5432/taskwire",
        "TASKWIRE_REDIS_URL": f"redis://{host}:6379",
        "TASKWIRE_KAFKA_BOOTSTRAP": "localhost:9092,127.0.0.1:9093",
        "TASKWIRE_KAFKA_SECURITY_PROTOCOL": "plaintext",
        "TASKWIRE_KAFKA_SASL_MECHANISM": "",
    }
    _set(monkeypatch, {**SAFE_PRODUCTION, **plain})
    require_services(load_settings())


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM belongs to SASL_SSL"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_MECHANISM belongs to SASL_SSL"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL input should be"),
        ({"KAFKA_CA_FILE": "absent.pem"}, "KAFKA_CA_FILE names a file that cannot be read"),
        ({"KAFKA_CA_FILE": "key.pem"}, "KAFKA_CA_FILE names a file without certificates"),
        (
            {"DATABASE_URL": f"{DATABASE}?sslmode=verify-full"},
            "DATABASE_URL needs sslrootcert=<file>",
        ),
        (
            {"DATABASE_URL": f"{DATABASE}?sslmode=verify-full&sslrootcert=absent.pem"},
            "DATABASE_URL names with sslrootcert a file that cannot be read",
        ),
        (
            {"REDIS_URL": "rediss://cache?ssl_ca_certs=key.pem"},
            "REDIS_URL names with ssl_ca_certs a file without certificates",
        ),
    ],
)
def test_what_does_not_make_a_protected_connection_is_told(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    _set(monkeypatch, {f"TASKWIRE_{name}": value for name, value in variables.items()})
    [found] = _problems()
    assert found.startswith(f"TASKWIRE_{problem}")
    assert "hunter2" not in found


def test_each_mechanism_of_kafka_asks_for_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("TASKWIRE_KAFKA_SASL_MECHANISM", "scram-sha-512")
    assert [problem.split()[0] for problem in _problems()] == [
        "TASKWIRE_KAFKA_USERNAME",
        "TASKWIRE_KAFKA_PASSWORD",
    ]
    monkeypatch.setenv("TASKWIRE_KAFKA_SASL_MECHANISM", "OAUTHBEARER")
    assert [problem.split()[0] for problem in _problems()] == ["TASKWIRE_KAFKA_AWS_REGION"]


def test_a_process_names_every_service_it_misses() -> None:
    with pytest.raises(SettingsError) as refusal:
        require_services(load_settings())
    assert len(refusal.value.problems) == 4


def test_settings_survive_the_way_through_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {**SAFE_PRODUCTION, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
    settings = load_settings()
    _set(monkeypatch, variables_of(settings))
    assert load_settings() == settings
