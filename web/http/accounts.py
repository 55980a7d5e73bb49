"""Signing up, in and out over HTTP: JSON both ways, the refresh token in a cookie."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from domain.accounts import Accounts, RateLimited, SignedIn
from domain.errors import AccessError, AlreadyExists, Unauthenticated, Unavailable, UserError
from domain.events import JsonValue
from web.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from web.http.bodies import UnreadableBody, pass_over_body, read_json
from web.http.origins import OriginPolicy

REFRESH_COOKIE: Final = "taskwire_refresh"
# Only these routes are sent the cookie.
_COOKIE_PATH: Final = "/auth"
_SAME_SITE: Final = "strict"
# Names and passwords are short.
_BODY_BYTES_MAX: Final = 16 * 1024
_UNAVAILABLE_RETRY_SECONDS: Final = 5

_Endpoint = Callable[[Request], Awaitable[Response]]


class _Refused(Exception):
    """The request is refused before any account is looked at."""

    def __init__(
        self, status: int, code: str, message: str, *, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEndpoints:
    """The routes below /auth."""

    accounts: Accounts
    origins: OriginPolicy
    is_cookie_secure: bool
    has_demo: bool

    def routes(self) -> list[Route]:
        """The routes, each answering failures as JSON."""
        return [
            Route("/auth/signup", _Answering("POST", self._sign_up)),
            Route("/auth/login", _Answering("POST", self._sign_in)),
            Route("/auth/refresh", _Answering("POST", self._refresh)),
            Route("/auth/logout", _Answering("POST", self._sign_out)),
            Route("/auth/demo", _Answering("GET", self._demo)),
            # The client's own views begin elsewhere.
            Route("/auth/{rest:path}", _Answering("GET", _not_found)),
        ]

    async def _sign_up(self, request: Request) -> Response:
        texts = _texts(await self._read(request), "name", "email", "password")
        signed_in = await self.accounts.sign_up(
            name=texts["name"],
            email=texts["email"],
            password=texts["password"],
            client_address=_client_address(request),
        )
        return self._signed_in(signed_in, status=201)

    async def _sign_in(self, request: Request) -> Response:
        texts = _texts(await self._read(request), "email", "password")
        signed_in = await self.accounts.sign_in(
            email=texts["email"],
            password=texts["password"],
            client_address=_client_address(request),
        )
        return self._signed_in(signed_in)

    async def _refresh(self, request: Request) -> Response:
        await self._pass_over_body(request)
        refresh_token = request.cookies.get(REFRESH_COOKIE)
        if not refresh_token:
            raise Unauthenticated("Nobody is signed in here.")
        return self._signed_in(await self.accounts.refresh(refresh_token))

    async def _sign_out(self, request: Request) -> Response:
        await self._pass_over_body(request)
        refresh_token = request.cookies.get(REFRESH_COOKIE)
        if refresh_token:
            await self.accounts.sign_out(refresh_token)
        response = _json({})
        response.delete_cookie(
            REFRESH_COOKIE,
            path=_COOKIE_PATH,
            secure=self.is_cookie_secure,
            httponly=True,
            samesite=_SAME_SITE,
        )
        return response

    async def _demo(self, _request: Request) -> Response:
        if not self.has_demo:
            raise _Refused(404, "NOT_FOUND", "There are no demo accounts here.")
        accounts = [
            {"email": email, "name": name, "role": role.value, "password": DEMO_PASSWORD}
            for email, name, role in DEMO_ACCOUNTS
        ]
        return _json({"accounts": accounts})

    async def _read(self, request: Request) -> JsonValue:
        self._require_own_page(request)
        # Asking for JSON keeps forms of other sites out, which browsers send without asking.
        return await read_json(request, limit_bytes=_BODY_BYTES_MAX)

    async def _pass_over_body(self, request: Request) -> None:
        """The cookie says it all; yet no form of another site may get as far as that."""
        self._require_own_page(request)
        await pass_over_body(request, limit_bytes=_BODY_BYTES_MAX)

    def _require_own_page(self, request: Request) -> None:
        if not self.origins.admits(request.headers):
            raise _Refused(403, "FORBIDDEN", "Pages of another origin may not do this.")

    def _signed_in(self, signed_in: SignedIn, *, status: int = 200) -> Response:
        user = signed_in.user
        response = _json(
            {
                "accessToken": signed_in.access_token,
                "expiresIn": signed_in.access_seconds,
                "user": {"id": str(user.id), "name": user.name, "email": user.email},
            },
            status=status,
        )
        response.set_cookie(
            REFRESH_COOKIE,
            signed_in.refresh_token,
            max_age=signed_in.refresh_seconds,
            path=_COOKIE_PATH,
            secure=self.is_cookie_secure,
            httponly=True,
            samesite=_SAME_SITE,
        )
        return response


async def _not_found(_request: Request) -> Response:
    raise _Refused(404, "NOT_FOUND", "There is nothing here.")


@dataclass(frozen=True, slots=True)
class _Answering:
    """The ASGI application of an endpoint for one method, every expected failure an answer."""

    method: str
    endpoint: _Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method != self.method:
            refusal = _Refused(405, "METHOD_NOT_ALLOWED", f"Use {self.method}.")
            return _failure(refusal, allow=self.method)
        try:
            return await self.endpoint(request)
        except (UnreadableBody, _Refused, UserError, AccessError, Unavailable) as error:
            return _failure(error)


def _texts(body: JsonValue, *names: str) -> dict[str, str]:
    if not isinstance(body, Mapping):
        raise _Refused(400, "INVALID_INPUT", "The body must be an object.")
    texts = {name: body.get(name) for name in names}
    wrong = {name: "Must be a string." for name in names if not isinstance(texts[name], str)}
    if wrong:
        raise _Refused(400, "INVALID_INPUT", "Some fields are missing or no text.", fields=wrong)
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def _fields(error: UserError) -> dict[str, str]:
    return {".".join(error.field): error.message} if error.field else {}


def _client_address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _failure(
    error: UnreadableBody | _Refused | UserError | AccessError | Unavailable,
    **headers: str,
) -> Response:
    """An expected error as an answer."""
    fields: Mapping[str, str] = {}
    match error:
        case UnreadableBody(status=status, code=code, message=message):
            code = "INVALID_INPUT" if code == "BAD_USER_INPUT" else code
            headers["connection"] = "close"
        case _Refused(status=status, code=code, message=message, fields=fields):
            pass
        case UserError(message=message):
            status = 409 if isinstance(error, AlreadyExists) else 400
            code, fields = error.code.value, _fields(error)
        case RateLimited(code=code):
            status, message = 429, str(error)
            headers["retry-after"] = str(error.retry_after_seconds)
        case AccessError(code=code):
            status, message = 401, str(error)
        case Unavailable(code=code):
            # Its own text speaks to operators.
            status, message = 503, "This is not available for the moment. Try again soon."
            headers["retry-after"] = str(_UNAVAILABLE_RETRY_SECONDS)
        case _:
            assert_never(error)
    told: dict[str, JsonValue] = {"code": code, "message": message}
    if fields:
        told["fields"] = fields
    return _json({"error": told}, status=status, headers=headers)


def _json(
    body: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )
