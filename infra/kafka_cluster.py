"""Which Kafka, and how its clients prove who they are."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.helpers import create_ssl_context

from infra.kafka_settings import KafkaMechanism
from infra.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaCluster:
    """Where the brokers are, and what a client of theirs is made with beside that."""

    bootstrap: str
    # Holds passwords.
    access: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments that every client of aiokafka takes."""
        return {"bootstrap_servers": self.bootstrap, **self.access}


def quiet_clients(settings: Settings) -> None:
    """Leave it to the clients' owners to tell what came of attempts, but for the level debug."""
    if settings.log_level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def kafka_cluster(settings: Settings) -> KafkaCluster:
    """The cluster of the settings."""
    protocol = settings.kafka_security_protocol
    access: dict[str, object] = {"security_protocol": protocol.value}
    if protocol.has_tls:
        # The file's authorities instead of the system's; names are always compared.
        access["ssl_context"] = create_ssl_context(cafile=settings.kafka_ca_file)
    match settings.kafka_sasl_mechanism:
        case None:
            pass
        case KafkaMechanism.OAUTHBEARER as mechanism:
            # Takes a second to import, and only MSK needs it.
            from infra.msk_tokens import MskTokens  # noqa: PLC0415

            access["sasl_mechanism"] = mechanism.value
            access["sasl_oauth_token_provider"] = MskTokens(settings.kafka_aws_region)
        case mechanism:
            access["sasl_mechanism"] = mechanism.value
            access["sasl_plain_username"] = settings.kafka_username
            access["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return KafkaCluster(bootstrap=settings.kafka_bootstrap, access=access)
