import pytest

from infra.telemetry.redaction import Redaction

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token tw_Ab3-9_xyz refused", "token [redacted] refused"),
        (f"decoding {JWT} failed", "decoding [redacted] failed"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("header Bearer abc, next", "header Bearer [redacted], next"),
        (
            "connect postgresql://app:s3cret@db:5432/tasks failed",
            "connect postgresql://[redacted]@db:5432/tasks failed",
        ),
        ("GET /invite/AaIU_b-3x4 took 3 ms", "GET /invite/[redacted] took 3 ms"),
        ("redis://:pass@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ('{"password": "open sesame", "name": "x"}', '{"password": [redacted], "name": "x"}'),
        ("refresh_token=abc&next=1", "refresh_token=[redacted]&next=1"),
        ("Cookie: sid=1", "Cookie: [redacted]"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, expected: str) -> None:
    assert Redaction()(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "GET https://tasks.example.com/board?x=1 took 3 ms",
        "the relay holds the lease, epoch 7",
        "mail to someone@example.com is none of this",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert Redaction()(text) == text


def test_a_known_secret_is_taken_out_wherever_it_stands() -> None:
    redact = Redaction(["correct horse", "correct horse battery", "ab"])
    assert redact("it was correct horse battery ab") == "it was [redacted] ab"


@pytest.mark.parametrize("piece", ["password", "eyJ", "a://", "token=", "Bearer ", '"'])
def test_text_of_any_length_is_searched_and_cut(piece: str) -> None:
    # Quadratic work on it would outlast the test's own limit by far.
    assert len(Redaction()(piece * 100_000)) <= 65_536 * 4
