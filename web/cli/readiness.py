"""What a running process says of itself on /readyz."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

_SECONDS = 5.0
_ANSWER_BYTES_MAX = 65_536
# The addresses are those of this deployment, which no proxy leads to.
_OPENER = build_opener(ProxyHandler({}))


class NoReadiness(Exception):
    """Nothing at the address tells how ready it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The status in one word, and for each dependency `up` or why it is down."""

    status: str
    dependencies: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        """Whether it serves, and everything it needs is there."""
        return self.status == "ready"

    def __str__(self) -> str:
        parts = [f"{name} {state}" for name, state in self.dependencies.items()]
        return f"{self.status}: {', '.join(parts)}" if parts else self.status


def read_readiness(origin: str) -> Readiness:
    """The answer of the process at an http(s) address; raise NoReadiness without one in 5 s."""
    if not origin.startswith(("http://", "https://")):
        raise NoReadiness(f"{origin} is no address that begins with http:// or https://")
    try:
        with _OPENER.open(f"{origin.rstrip('/')}/readyz", timeout=_SECONDS) as answer:
            body = answer.read(_ANSWER_BYTES_MAX)
    except HTTPError as error:
        # Whoever is not ready says why, too.
        body = error.read(_ANSWER_BYTES_MAX)
    except (URLError, HTTPException, OSError) as error:
        raise NoReadiness(f"{origin} does not answer: {error}") from error
    try:
        told = json.loads(body)
        return Readiness(
            status=str(told["status"]),
            dependencies={
                str(name): " ".join(filter(None, (state["status"], state.get("reason"))))
                for name, state in told["dependencies"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoReadiness(f"{origin}/readyz is not answered by Taskwire") from error
