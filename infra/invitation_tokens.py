"""Tokens of invitations: made from a secret of ours, so that a retry gets the same one."""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ID_BYTES: Final = 16
# 48 bytes in all, which base64 writes in 64 characters without padding.
_TOKEN_CHARACTERS: Final = 64


class HmacInvitationTokens:
    """`domain.ports.InvitationTokens`: an invitation's id, and 256 bits that only we can make."""

    def __init__(self, *, secret_key: str) -> None:
        # A key for this use alone, so that no other signature can pass for a token.
        self._key = hmac.digest(secret_key.encode(), b"taskwire invitation token", hashlib.sha256)

    def token_of(self, invitation_id: UUID, created_at: datetime) -> str:
        """The token of the invitation that was made at that instant."""
        # Of the instant, too: an id that comes again after a deletion is another invitation.
        instant = (created_at - _EPOCH) // timedelta(microseconds=1)
        message = invitation_id.bytes + instant.to_bytes(8, "big")
        proof = hmac.digest(self._key, message, hashlib.sha256)
        return base64.urlsafe_b64encode(invitation_id.bytes + proof).decode()

    def find_id(self, token: str) -> UUID | None:
        """Which invitation the token says it is of, or None if it can be of none."""
        if len(token) != _TOKEN_CHARACTERS or not token.isascii():
            return None
        try:
            decoded = base64.b64decode(token, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        return UUID(bytes=decoded[:_ID_BYTES])

    def hash(self, token: str) -> str:
        """What to keep of a token; with 256 secret bits a fast hash is enough."""
        return hashlib.sha256(token.encode()).hexdigest()
