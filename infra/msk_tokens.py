"""Tokens of AWS IAM for Amazon MSK: a signed request to connect, which the broker lets AWS judge.

The form is that of Amazon's `aws-msk-iam-sasl-signer`.
"""

import asyncio
import base64
import logging
from typing import Final

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from infra.telemetry.build import VERSION

_LOG = logging.getLogger(__name__)

# What Amazon's own signers ask for, and MSK's limit.
_TOKEN_SECONDS: Final = 900
# The first token of a pod exchanges its service account's token with STS.
_ANSWER_SECONDS: Final = 4.0
# A thread that waits for STS ends soon after whoever waited for it.
_STS: Final = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})


class MskTokens(AbstractTokenProvider):
    """Makes a token for each connection, from the credentials botocore finds and renews."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._session = Session()
        self._session.set_default_client_config(_STS)
        self._session.set_config_variable("region", region)
        # The metadata service of an instance, in seconds; pods are not let through to it.
        self._session.set_config_variable("metadata_service_timeout", 1)

    async def token(self) -> str:
        """A token that is good for 15 minutes; KafkaConnectionError where there is no identity."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await asyncio.to_thread(self._signed)
        except (BotoCoreError, ClientError, TimeoutError) as error:
            # The client says only that it could not connect.
            _LOG.warning("AWS gives this process no identity: %r", error)
            raise KafkaConnectionError(f"AWS gives this process no identity: {error!r}") from error

    def _signed(self) -> str:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise KafkaConnectionError("this process has no AWS credentials")
        request = AWSRequest(
            method="GET",
            url=f"https://kafka.{self._region}.amazonaws.com/",
            params={"Action": "kafka-cluster:Connect"},
        )
        signer = SigV4QueryAuth(
            credentials.get_frozen_credentials(),
            "kafka-cluster",
            self._region,
            expires=_TOKEN_SECONDS,
        )
        signer.add_auth(request)
        # Not part of what is signed; MSK writes it into its log.
        request.params = {"User-Agent": f"taskwire/{VERSION}"}
        url: str = request.prepare().url
        return base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
