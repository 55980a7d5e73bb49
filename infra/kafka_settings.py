"""The words of Kafka's own settings, in Kafka's own spelling."""

from enum import StrEnum


class KafkaProtocol(StrEnum):
    """How brokers are spoken to."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether nobody in between can read or answer."""
        return self in {KafkaProtocol.SSL, KafkaProtocol.SASL_SSL}

    @property
    def has_sasl(self) -> bool:
        """Whether clients say who they are."""
        return self in {KafkaProtocol.SASL_PLAINTEXT, KafkaProtocol.SASL_SSL}


class KafkaMechanism(StrEnum):
    """How a client proves who it is."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    # With tokens of AWS IAM, for MSK.
    OAUTHBEARER = "OAUTHBEARER"

    @property
    def has_tokens(self) -> bool:
        """Whether it takes tokens, and no password."""
        return self is KafkaMechanism.OAUTHBEARER
