"""Where the three services are, how they are spoken to, and what is refused there."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.kafka_settings import KafkaMechanism, KafkaProtocol
from infra.transport_security import (
    certificate_problem,
    database_problem,
    is_this_machine,
    kafka_hosts,
    redis_problem,
)

PREFIX: Final = "TASKWIRE_"
_BOOTSTRAP = re.compile(r"[^\s:,/]+:\d{1,5}(,[^\s:,/]+:\d{1,5})*")
_Count = Annotated[int, Field(ge=1)]


class Environment(StrEnum):
    """Where this process runs; everything but DEV refuses unsafe settings."""

    DEV = "dev"
    UAT = "uat"
    PROD = "prod"


def none_when_blank(value: object) -> object:
    """The value, or None for an empty one: that is how the environment leaves a setting out."""
    return None if value == "" else value


def must_be_safe(info: ValidationInfo) -> bool:
    """Whether the process is to run where people work."""
    return info.data.get("environment") in {Environment.UAT, Environment.PROD}


def _refuse(problem: str | None) -> None:
    if problem is not None:
        raise ValueError(problem)


class ServiceSettings(BaseSettings):
    """PostgreSQL, Redis and Kafka. Outside dev, none on another host is spoken to in the clear."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=True,
    )

    # First: what the other fields may be depends on it.
    environment: Environment = Environment.DEV
    database_url: str = Field(default="", repr=False)
    # A copy that queries may be read from; everything else goes to the primary.
    replica_database_url: str = Field(default="", repr=False)
    database_pool_size: _Count = 10
    redis_url: str = Field(default="", repr=False)
    kafka_bootstrap: str = ""
    kafka_security_protocol: KafkaProtocol = KafkaProtocol.PLAINTEXT
    # Instead of the system's authorities, which know Amazon's brokers.
    kafka_ca_file: Annotated[Path | None, BeforeValidator(none_when_blank)] = None
    kafka_sasl_mechanism: Annotated[KafkaMechanism | None, BeforeValidator(none_when_blank)] = None
    # For the mechanisms with passwords.
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    # For OAUTHBEARER: where the MSK cluster is. Its tokens come from the process's role in AWS.
    kafka_aws_region: str = ""
    # The embedded broker knows no idempotent producers; a real Kafka does.
    kafka_idempotence: bool = True
    # Kafka's default of 500 ms would be the latency of every change.
    kafka_fetch_max_wait_ms: _Count = 20

    @field_validator("environment", mode="before")
    @classmethod
    def _ignore_case_of_environment(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("database_url", "replica_database_url")
    @classmethod
    def _check_database_url(cls, value: str, info: ValidationInfo) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme != "postgresql" or not parts.hostname or len(parts.path) <= 1:
                raise ValueError("should be postgresql://user:password@host:port/database")
            if must_be_safe(info) and not parts.password:
                raise ValueError("needs a password")
            _refuse(database_problem(value, must_be_safe=must_be_safe(info)))
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: str, info: ValidationInfo) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
                raise ValueError("should be redis://host:port or rediss://host:port")
            _refuse(redis_problem(value, must_be_safe=must_be_safe(info)))
        return value

    @field_validator("kafka_bootstrap")
    @classmethod
    def _check_kafka_bootstrap(cls, value: str) -> str:
        if value and not _BOOTSTRAP.fullmatch(value):
            raise ValueError("should be host:port, or several separated by commas")
        return value

    @field_validator("kafka_security_protocol", "kafka_sasl_mechanism", mode="before")
    @classmethod
    def _ignore_case_of_kafka(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("kafka_security_protocol")
    @classmethod
    def _check_kafka_protocol(cls, value: KafkaProtocol, info: ValidationInfo) -> KafkaProtocol:
        hosts = kafka_hosts(info.data.get("kafka_bootstrap", ""))
        is_exposed = must_be_safe(info) and not all(map(is_this_machine, hosts))
        if is_exposed and not value.has_tls:
            raise ValueError("would reach another host unprotected: should be SSL or SASL_SSL")
        return value

    @field_validator("kafka_ca_file")
    @classmethod
    def _check_kafka_ca_file(cls, value: Path | None) -> Path | None:
        if value is not None and (problem := certificate_problem(value)):
            raise ValueError(f"names {problem}")
        return value

    @field_validator("kafka_sasl_mechanism")
    @classmethod
    def _check_kafka_mechanism(
        cls, value: KafkaMechanism | None, info: ValidationInfo
    ) -> KafkaMechanism | None:
        protocol = info.data.get("kafka_security_protocol")
        if protocol is not None and protocol.has_sasl != (value is not None):
            raise ValueError("belongs to SASL_SSL or SASL_PLAINTEXT, and only to them")
        return value

    @field_validator("kafka_username", "kafka_password", "kafka_aws_region")
    @classmethod
    def _check_kafka_identity(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        mechanism = info.data.get("kafka_sasl_mechanism")
        is_for_tokens = info.field_name == "kafka_aws_region"
        if mechanism is not None and is_for_tokens == mechanism.has_tokens and not value:
            raise ValueError(f"is not set, and {mechanism.value} needs it")
        return value

    @field_validator("database_url", "redis_url", "kafka_bootstrap")
    @classmethod
    def _require_outside_dev(cls, value: str, info: ValidationInfo) -> str:
        if not value and must_be_safe(info):
            raise ValueError("is not set")
        return value
