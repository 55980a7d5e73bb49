"""A Kafka broker's SASL, in front of one that knows none: RFC 5802, RFC 7628 and Kafka's frames."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.infra.front_door import Visit

_HANDSHAKE, _API_VERSIONS, _AUTHENTICATE = 17, 18, 36
_AUTHENTICATION_FAILED = 58
_ITERATIONS = 4096
# What comes around a token of OAUTHBEARER.
_OAUTH_START, _OAUTH_END = b"n,,\x01auth=Bearer ", b"\x01\x01"


class Refused(Exception):
    """The client is not who it says it is."""


def _know_nobody(token: str) -> str:
    raise Refused(f"nobody is known by {token}")


@dataclass(slots=True)
class SaslGate:
    """Lets through whoever proves to be somebody.

    `judge_token` tells who a token is of, or raises Refused. `admitted` are the names of those who
    came through, `refused` the reasons why others did not.
    """

    passwords: Mapping[str, str] = field(default_factory=dict)
    judge_token: Callable[[str], str] = field(default=_know_nobody)
    admitted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def admit(self, visit: Visit) -> bool:
        """Whether the client has proved to be somebody, after what it takes to find out."""
        conversation = _Conversation(visit)
        mechanism = await conversation.mechanism()
        try:
            if mechanism == "OAUTHBEARER":
                name = await self._hear_token(conversation)
            else:
                name = await self._hear_password(conversation, mechanism)
        except Refused as refusal:
            self.refused.append(str(refusal))
            conversation.refuse(str(refusal))
            return False
        self.admitted.append(name)
        return True

    async def _hear_token(self, conversation: "_Conversation") -> str:
        said = await conversation.hear()
        if not (said.startswith(_OAUTH_START) and said.endswith(_OAUTH_END)):
            raise Refused("no bearer token")
        name = self.judge_token(said[len(_OAUTH_START) : -len(_OAUTH_END)].decode())
        conversation.say(b"")
        return name

    async def _hear_password(self, conversation: "_Conversation", mechanism: str) -> str:
        digest = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}[mechanism]
        first = (await conversation.hear()).decode().removeprefix("n,,")
        asked = _attributes(first)
        salt, nonce = secrets.token_bytes(16), asked["r"] + secrets.token_hex(8)
        offer = f"r={nonce},s={base64.b64encode(salt).decode()},i={_ITERATIONS}"
        conversation.say(offer.encode())
        last = (await conversation.hear()).decode()
        password = self.passwords.get(asked["n"], secrets.token_hex())
        salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, _ITERATIONS)
        client_key = hmac.digest(salted, b"Client Key", digest)
        stored_key = hashlib.new(digest, client_key).digest()
        message = f"{first},{offer},{last.rpartition(',p=')[0]}".encode()
        proof = base64.b64decode(_attributes(last)["p"])
        signature = hmac.digest(stored_key, message, digest)
        shown = bytes(left ^ right for left, right in zip(proof, signature, strict=True))
        if _attributes(last)["r"] != nonce or not hmac.compare_digest(shown, client_key):
            raise Refused("a wrong password")
        server_key = hmac.digest(salted, b"Server Key", digest)
        verifier = base64.b64encode(hmac.digest(server_key, message, digest))
        conversation.say(b"v=" + verifier)
        return asked["n"]


class _Conversation:
    """Kafka's frames around what SASL says."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._correlation = 0

    async def mechanism(self) -> str:
        """The mechanism the client chooses, after it has asked what the broker can do."""
        api, request = await self._read_request()
        while api == _API_VERSIONS:
            self._answer(await self._versions_behind(request))
            api, request = await self._read_request()
        assert api == _HANDSHAKE
        name = _after_header(request)
        (length,) = struct.unpack_from(">h", name)
        mechanism = name[2 : 2 + length]
        self._answer(struct.pack(">hih", 0, 1, length) + mechanism)
        return mechanism.decode()

    async def hear(self) -> bytes:
        """What the client says next."""
        api, request = await self._read_request()
        assert api == _AUTHENTICATE
        blob = _after_header(request)
        (length,) = struct.unpack_from(">i", blob)
        return blob[4 : 4 + length]

    def say(self, said: bytes) -> None:
        """Answer; the session has no end."""
        nothing_wrong = struct.pack(">hh", 0, -1)
        self._answer(nothing_wrong + struct.pack(">i", len(said)) + said + struct.pack(">q", 0))

    def refuse(self, reason: str) -> None:
        """Answer that this is somebody else."""
        text = reason.encode()
        failed = struct.pack(">hh", _AUTHENTICATION_FAILED, len(text)) + text
        self._answer(failed + struct.pack(">iq", 0, 0))

    async def _read_request(self) -> tuple[int, bytes]:
        (length,) = struct.unpack(">i", await self._visit.reader.readexactly(4))
        request = await self._visit.reader.readexactly(length)
        api, _version, self._correlation = struct.unpack_from(">hhi", request)
        return api, request

    def _answer(self, body: bytes) -> None:
        frame = struct.pack(">i", self._correlation) + body
        self._visit.writer.write(struct.pack(">i", len(frame)) + frame)

    async def _versions_behind(self, request: bytes) -> bytes:
        """What the server behind can do, and SASL."""
        self._visit.server_writer.write(struct.pack(">i", len(request)) + request)
        (length,) = struct.unpack(">i", await self._visit.server_reader.readexactly(4))
        answer = (await self._visit.server_reader.readexactly(length))[4:]
        error, count = struct.unpack_from(">hi", answer)
        known = [struct.unpack_from(">hhh", answer, 6 + 6 * number) for number in range(count)]
        sasl = [(_HANDSHAKE, 0, 1), (_AUTHENTICATE, 0, 1)]
        versions = [entry for entry in known if entry[0] not in {17, 36}] + sasl
        listed = b"".join(struct.pack(">hhh", *entry) for entry in versions)
        return struct.pack(">hi", error, len(versions)) + listed


def _after_header(request: bytes) -> bytes:
    """What follows the name of the client in a request."""
    (length,) = struct.unpack_from(">h", request, 8)
    return request[10 + max(0, length) :]


def _attributes(message: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.split(",") if "=" in part)
