"""Headers that tell browsers how little a page of ours may do."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Everything is self-hosted. GraphiQL's editor styles its elements inline, carries its icon
# font as data, and runs its language service in workers of our own origin.
_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY: Final = "; ".join(
    f"{kind} {sources}" for kind, sources in _SOURCES.items()
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_ONE_YEAR_SECONDS: Final = 31_536_000


class SecurityHeaders:
    """Adds the headers to every response; with HTTPS required also Strict-Transport-Security."""

    def __init__(self, app: ASGIApp, *, requires_https: bool) -> None:
        self._app = app
        headers = dict(_HEADERS)
        if requires_https:
            headers["strict-transport-security"] = f"max-age={_ONE_YEAR_SECONDS}"
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its response back with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [*message.get("headers", ())]
                names = {name for name, _ in own}
                message["headers"] = own + [pair for pair in self._headers if pair[0] not in names]
            await send(message)

        is_http = scope["type"] == "http"
        await self._app(scope, receive, send_with_headers if is_http else send)
