import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiokafka.errors import KafkaConnectionError

from infra.msk_tokens import MskTokens

ROLE = "arn:aws:iam::111111111111:role/taskwire-dev-relay"
_ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>AKIDOFTHEROLE</AccessKeyId>
      <SecretAccessKey>secret of the role</SecretAccessKey>
      <SessionToken>session of the role</SessionToken>
      <Expiration>2999-01-01T00:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


class _Sts(HTTPServer):
    """Gives a role's credentials to whoever brings the token of a service account."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _StsRequest)
        self.asked: list[dict[str, list[str]]] = []
        self.answer = (200, _ANSWER)


class _StsRequest(BaseHTTPRequestHandler):
    server: _Sts

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(parse_qs(body))
        status, answer = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def sts() -> Iterator[_Sts]:
    with _Sts() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def _no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def _service_account(
    _no_identity: None, sts: _Sts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What EKS gives a pod whose service account has a role."""
    (tmp_path / "token").write_text("of the service account")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{sts.server_port}")


@pytest.mark.usefixtures("_service_account")
async def test_a_pod_gets_tokens_for_the_role_of_its_service_account(sts: _Sts) -> None:
    tokens = MskTokens("us-east-1")
    for token in (await tokens.token(), await tokens.token()):
        url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        query = parse_qs(urlsplit(url).query)
        assert query["X-Amz-Credential"][0].startswith("AKIDOFTHEROLE/")
        assert query["X-Amz-Security-Token"] == ["session of the role"]
    # The credentials are kept as long as they are good.
    [asked] = sts.asked
    assert asked["Action"] == ["AssumeRoleWithWebIdentity"]
    assert asked["RoleArn"] == [ROLE]
    assert asked["WebIdentityToken"] == ["of the service account"]


@pytest.mark.usefixtures("_service_account")
async def test_a_role_that_is_refused_is_a_broker_that_is_away(sts: _Sts) -> None:
    sts.answer = (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    with pytest.raises(KafkaConnectionError, match="AccessDenied"):
        await MskTokens("us-east-1").token()


@pytest.mark.usefixtures("_no_identity")
async def test_a_process_without_an_identity_says_so() -> None:
    with pytest.raises(KafkaConnectionError, match="no AWS credentials"):
        await MskTokens("us-east-1").token()
