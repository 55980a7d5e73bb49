import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from infra.service_settings import (
    PREFIX,
    ServiceSettings,
    must_be_safe,
    none_when_blank,
)
from infra.service_settings import (
    Environment as Environment,  # noqa: PLC0414 - the settings' own word
)

# Part of the public contract, so the same in every deployment.
KAFKA_TOPIC: Final = "taskwire.project-events"

# HMAC-SHA-256 wants a key at least as long as its output.
_SECRET_KEY_BYTES = 32
# A random key has more; `aaaa…` and `01010101…` do not.
_SECRET_KEY_DISTINCT_CHARACTERS = 8
_PLACEHOLDER = re.compile(r"change.?(me|this)|example|insecure|placeholder|your.?secret|taskwire")
_SECRET_FIELDS = frozenset(
    {"database_url", "replica_database_url", "redis_url", "kafka_password", "secret_key"}
)
_Port = Annotated[int, Field(ge=1, le=65535)]
_Count = Annotated[int, Field(ge=1)]


class LogFormat(StrEnum):
    """What a line of the log looks like."""

    JSON = "json"
    TEXT = "text"


class SettingsError(Exception):
    """Settings are wrong or missing; the text names all of them in one line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings: " + "; ".join(problems))
        self.problems = tuple(problems)


def _split_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
    return value


class Settings(ServiceSettings):
    """Everything that differs between deployments, from the environment and a `.env` file.

    Each field is the variable TASKWIRE_<NAME>, except the one of OpenTelemetry's own. The three
    service URLs and the secret key are empty where the embedded stack provides them.
    """

    host: str = "127.0.0.1"
    port: _Port = 8000
    data_dir: Path = Path(".taskwire")
    secret_key: SecretStr = SecretStr("")
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)] = ()
    access_token_seconds: _Count = 900
    refresh_token_days: _Count = 30
    event_retention_days: _Count = 365
    idempotency_key_hours: _Count = 24
    web_workers: _Count = 1
    # So long a web process that stops says so on /readyz and serves on as before: what sends it
    # requests has to notice first, however few sockets there are to send away.
    drain_notice_seconds: Annotated[float, Field(ge=0, le=120)] = 5.0
    # Over so long a web process that stops then sends its sockets away. Its grace is 8 s more.
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 20.0
    # Refuse whatever a browser asks that the client of this build does not; GraphiQL then too.
    trusted_documents_only: bool = False
    # Keep answers to queries of boards in memory and in Redis, by the seq of the board.
    board_snapshots: bool = True
    max_body_bytes: _Count = 1024 * 1024
    # Of one process, for websockets and for event streams each; a websocket takes some 20 KB.
    max_connections: _Count = 20_000
    # Of one user and process, over all transports.
    max_connections_per_user: _Count = 500
    max_operations_per_second_per_user: _Count = 100
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    # JSON outside dev unless it is set.
    log_format: Annotated[LogFormat | None, BeforeValidator(none_when_blank)] = None
    demo: bool = False
    # The revision this was built from, told by whoever builds it.
    commit: str = "unknown"
    metrics_port: Annotated[_Port | None, BeforeValidator(none_when_blank)] = None
    otel_endpoint: Annotated[str | None, BeforeValidator(none_when_blank)] = Field(
        default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    # Of the traces that begin here; one that was begun elsewhere has been decided on. A recorded
    # query costs about twice as much as another one.
    trace_sample_ratio: Annotated[float, Field(ge=0, le=1)] = 0.01

    @property
    def effective_log_format(self) -> LogFormat:
        """The format that was set, or the environment's."""
        if self.log_format is not None:
            return self.log_format
        return LogFormat.TEXT if self.environment is Environment.DEV else LogFormat.JSON

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _ignore_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _make_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if must_be_safe(info):
            key = value.get_secret_value()
            if not key:
                raise ValueError("is not set")
            if len(key.encode()) < _SECRET_KEY_BYTES:
                raise ValueError(f"should have at least {_SECRET_KEY_BYTES} bytes")
            is_monotonous = len(set(key)) < _SECRET_KEY_DISTINCT_CHARACTERS
            if is_monotonous or _PLACEHOLDER.search(key.lower()):
                raise ValueError("is a placeholder, not a random key")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _check_allowed_origins(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if must_be_safe(info):
            if not value:
                raise ValueError("is not set")
            if "*" in value:
                raise ValueError("should name the origins, not '*'")
        for origin in value:
            parts = urlsplit(origin)
            is_origin = parts.scheme in {"http", "https"} and bool(parts.hostname)
            if origin != "*" and (not is_origin or parts.path or parts.query):
                raise ValueError(f"{origin!r} is no origin such as https://tasks.example.com")
        return value

    @field_validator("demo")
    @classmethod
    def _check_demo(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if value and must_be_safe(info):
            raise ValueError("is for dev only: the demo accounts have a public password")
        return value


def load_settings() -> Settings:
    """Return the settings of this process; SettingsError lists everything that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            _describe(
                place=str(details["loc"][0]),
                message=details["msg"],
                kind=details["type"],
                got=details["input"],
            )
            for details in error.errors()
        ]
        raise SettingsError(problems) from None


def require_services(settings: Settings) -> None:
    """Raise SettingsError unless the settings name every service a process connects to."""
    value_by_name = {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "kafka_bootstrap": settings.kafka_bootstrap,
        "secret_key": settings.secret_key.get_secret_value(),
    }
    missing = [name for name, value in value_by_name.items() if not value]
    if missing:
        raise SettingsError([f"{_variable(name)} is not set" for name in missing])


def variables_of(settings: Settings) -> dict[str, str]:
    """Return the environment that gives another process the same settings."""
    variables = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        variables[_variable(name)] = _as_text(value)
    return variables


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return ",".join(value)
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _variable(name: str) -> str:
    return "OTEL_EXPORTER_OTLP_ENDPOINT" if name == "otel_endpoint" else PREFIX + name.upper()


def _describe(*, place: str, message: str, kind: str, got: object) -> str:
    """Return what is wrong with the setting at the place, without the value of a secret."""
    name = place if place in Settings.model_fields else place.lower()
    sentence = message.removeprefix("Value error, ")
    sentence = sentence[0].lower() + sentence[1:]
    is_own_check = kind == "value_error"
    is_shown = name not in _SECRET_FIELDS and not is_own_check
    return f"{_variable(name)} {sentence}" + (f" (got {got!r})" if is_shown else "")
