import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import trustme
from redis.exceptions import RedisError
from sqlalchemy import text

from domain.errors import Unavailable
from domain.identifiers import ProjectId
from infra.embedded.broker import Broker
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres
from infra.embedded.valkey import Valkey
from infra.kafka import EventPublisher
from infra.kafka_cluster import KafkaCluster, kafka_cluster
from infra.kafka_consumer import EventConsumer
from infra.pubsub import ChannelPublisher
from infra.redis_backend import connect_to_redis
from persistence import migration
from persistence.database import Database
from tests.builders import new_id
from tests.builders.events import an_event
from tests.infra.front_door import Admission, after_ssl_request, everybody, front_door
from tests.infra.listeners import Inbox, connected
from tests.infra.sasl_gate import Refused, SaslGate
from tests.web.harness import a_settings

pytestmark = pytest.mark.stack

ACCESS_KEY, SECRET = "AKIDTASKWIRE", "the secret of the role"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="module")
def strange_ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an authority that has certified nothing here."""
    path = tmp_path_factory.mktemp("stranger") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


def _context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """Of a server with this name."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@asynccontextmanager
async def _kafka(
    folder: Path, context: ssl.SSLContext, admit: Admission = everybody
) -> AsyncIterator[str]:
    """The bootstrap address of a broker that is spoken to through a door alone."""
    behind, port = free_ports(2)
    broker = Broker(port=behind, log_path=folder / "broker.log", advertised_port=port)
    async with broker, front_door(behind, port=port, context=context, admit=admit):
        yield f"127.0.0.1:{port}"


def _cluster(bootstrap: str, ca_file: Path, **settings: object) -> KafkaCluster:
    protocol = {"kafka_security_protocol": "SSL", "kafka_ca_file": ca_file}
    return kafka_cluster(a_settings(kafka_bootstrap=bootstrap, **(protocol | settings)))


async def _send_one(cluster: KafkaCluster) -> BaseException | None:
    """Why an event was not taken, or None."""
    async with EventPublisher(cluster, is_idempotent=False) as publisher:
        return (await publisher.publish([an_event()])).failure


async def _assert_events_travel(cluster: KafkaCluster) -> None:
    project_id = ProjectId(new_id())
    events = [an_event(project_id=project_id, seq=seq) for seq in range(1, 4)]
    async with (
        EventConsumer(cluster, group="encrypted", fetch_max_wait_ms=20) as consumer,
        EventPublisher(cluster, is_idempotent=False) as publisher,
    ):
        publication = await publisher.publish(events)
        assert publication.failure is None
        records = await consumer.fetch(limit=10, wait_seconds=10)
        await consumer.commit()
    assert [record.key for record in records] == [str(project_id).encode()] * 3


async def test_events_travel_through_kafka_with_tls(
    tmp_path: Path, authority: trustme.CA, ca_file: Path
) -> None:
    async with _kafka(tmp_path, _context(authority)) as bootstrap:
        await _assert_events_travel(_cluster(bootstrap, ca_file))


async def test_a_broker_of_another_authority_or_name_is_sent_nothing(
    tmp_path: Path, authority: trustme.CA, ca_file: Path, strange_ca_file: Path
) -> None:
    async with _kafka(tmp_path, _context(authority)) as bootstrap:
        assert await _send_one(_cluster(bootstrap, strange_ca_file)) is not None
    async with _kafka(tmp_path, _context(authority, "broker.internal")) as bootstrap:
        assert await _send_one(_cluster(bootstrap, ca_file)) is not None


async def test_events_travel_for_whoever_knows_the_password(
    tmp_path: Path, authority: trustme.CA, ca_file: Path
) -> None:
    gate = SaslGate(passwords={"taskwire": "pass=word,1"})
    person = {
        "kafka_security_protocol": "SASL_SSL",
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_username": "taskwire",
    }
    async with _kafka(tmp_path, _context(authority), gate.admit) as bootstrap:
        await _assert_events_travel(
            _cluster(bootstrap, ca_file, **person, kafka_password="pass=word,1")
        )
        assert set(gate.admitted) == {"taskwire"}
        wrong = _cluster(bootstrap, ca_file, **person, kafka_password="password")
        assert await _send_one(wrong) is not None
    assert set(gate.refused) == {"a wrong password"}


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A role in AWS, and no other place where credentials could come from."""
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def _judge_as_msk(token: str) -> str:
    """Whose signed request the token is, by Amazon's description of version 4 of its signatures."""
    url = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    query = dict(parse_qsl(url.query, strict_parsing=True))
    signature = query.pop("X-Amz-Signature")
    # Added for the broker's log after the request was signed.
    assert query.pop("User-Agent").startswith("taskwire/")
    key_id, day, *scope = query["X-Amz-Credential"].split("/")
    assert (url.hostname, url.path) == ("kafka.eu-central-1.amazonaws.com", "/")
    assert (query["Action"], query["X-Amz-Expires"]) == ("kafka-cluster:Connect", "900")
    assert scope == ["eu-central-1", "kafka-cluster", "aws4_request"]
    canonical = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
    nothing = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{canonical}\nhost:{url.hostname}\n\nhost\n{nothing}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    place = "/".join((day, *scope))
    signed = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{place}\n{digest}"
    key = f"AWS4{SECRET}".encode()
    for part in (day, *scope):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, signed.encode(), "sha256").hex(), signature):
        raise Refused(f"the signature is not of {key_id}")
    return key_id


@pytest.mark.usefixtures("_aws")
async def test_events_travel_for_whoever_has_a_role_in_aws(
    tmp_path: Path, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = SaslGate(judge_token=_judge_as_msk)
    role = {
        "kafka_security_protocol": "SASL_SSL",
        "kafka_sasl_mechanism": "OAUTHBEARER",
        "kafka_aws_region": "eu-central-1",
    }
    async with _kafka(tmp_path, _context(authority), gate.admit) as bootstrap:
        await _assert_events_travel(_cluster(bootstrap, ca_file, **role))
        assert set(gate.admitted) == {ACCESS_KEY}
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of somebody else")
        assert await _send_one(_cluster(bootstrap, ca_file, **role)) is not None
    assert set(gate.refused) == {f"the signature is not of {ACCESS_KEY}"}


def _encrypted(url: str, *, port: int, options: str) -> str:
    """The URL of the door instead of that of the server behind it."""
    parts = urlsplit(url)
    address = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
    return parts._replace(netloc=address, query=options).geturl()


async def test_every_connection_to_postgres_can_be_encrypted(
    postgres: Postgres, migrated_database: str, authority: trustme.CA, ca_file: Path
) -> None:
    # Nobody comes through who does not ask for TLS.
    admit = after_ssl_request(_context(authority))
    options = f"sslmode=verify-full&sslrootcert={ca_file}"
    async with front_door(postgres.port, admit=admit) as port:
        url = _encrypted(migrated_database, port=port, options=options)
        assert await migration.current(url) == migration.head()
        async with Database(url) as database:
            [row] = await database.fetch(text("SELECT current_setting('application_name') AS name"))
            assert row.name == "taskwire"
            connection = await database.connections.take()
            database.connections.give_back(connection)
            assert await connection.fetchval("SELECT 1") == 1
            async with database.listener() as listener:
                assert await listener.fetchval("SELECT 2") == 2


async def test_a_postgres_of_another_authority_or_name_is_told_no_password(
    postgres: Postgres, authority: trustme.CA, ca_file: Path, strange_ca_file: Path
) -> None:
    for name, trusted in (("127.0.0.1", strange_ca_file), ("db.internal", ca_file)):
        options = f"sslmode=verify-full&sslrootcert={trusted}"
        async with (
            front_door(postgres.port, admit=after_ssl_request(_context(authority, name))) as port,
            Database(_encrypted(postgres.url, port=port, options=options)) as database,
        ):
            with pytest.raises(Unavailable):
                await database.fetch(text("SELECT 1"))


async def test_messages_travel_through_redis_with_tls(
    valkey: Valkey, authority: trustme.CA, ca_file: Path
) -> None:
    project = ProjectId(new_id())
    inbox = Inbox()
    async with front_door(valkey.port, context=_context(authority)) as port:
        url = _encrypted(valkey.url, port=port, options=f"ssl_ca_certs={ca_file}")
        url = url.replace("redis://", "rediss://")
        async with connected(url) as connection, ChannelPublisher(url) as publisher:
            await connection.channels.subscribe(project, inbox.receive)
            await publisher.publish([(str(project), b"secret")])
            assert await inbox.next() == "secret"


async def test_a_redis_of_another_authority_or_name_is_told_no_password(
    valkey: Valkey, authority: trustme.CA, ca_file: Path, strange_ca_file: Path
) -> None:
    for name, trusted in (("127.0.0.1", strange_ca_file), ("cache.internal", ca_file)):
        async with front_door(valkey.port, context=_context(authority, name)) as port:
            url = _encrypted(valkey.url, port=port, options=f"ssl_ca_certs={trusted}")
            async with connect_to_redis(url.replace("redis://", "rediss://")) as client:
                with pytest.raises(RedisError, match="certificate verify failed"):
                    await client.ping()
