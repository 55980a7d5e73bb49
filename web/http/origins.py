"""Which web pages may call this server."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Pages of this host, and of the origins named; "*" names them all."""

    allowed_origins: tuple[str, ...]

    def admits(self, headers: Headers) -> bool:
        """Whether the request comes from an admitted page, or from no page at all."""
        origins = headers.getlist("origin")
        if not origins:
            return True
        if len(origins) > 1:
            return False
        [origin] = origins
        return (
            "*" in self.allowed_origins
            or origin in self.allowed_origins
            or _is_of_host(origin, headers.get("host", ""))
        )


def _is_of_host(origin: str, host: str) -> bool:
    try:
        page = urlsplit(origin)
        # The scheme is the page's: behind a proxy this server does not see its own.
        server = urlsplit(f"{page.scheme}://{host}")
        page_port, server_port = page.port, server.port
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(page.scheme)
    return (
        default is not None
        and page.hostname is not None
        and page.hostname == server.hostname
        and (page_port or default) == (server_port or default)
    )
