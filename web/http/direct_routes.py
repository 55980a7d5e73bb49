"""The way past the router, for the routes that nearly every request takes."""

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class DirectRoutes:
    """Hands a request to the endpoint that is an application of its own, by its path alone.

    Such an endpoint has no use for routes tried in turn, copies of the scope and a net for errors
    that it never raises, and they cost more than encoding a small answer does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._endpoints: dict[str, ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        app = self._app
        if scope["type"] == "http":
            if self._endpoints is None:
                self._endpoints = _applications(scope)
            app = self._endpoints.get(scope["path"], app)
        await app(scope, receive, send)


def _applications(scope: Scope) -> dict[str, ASGIApp]:
    """The endpoints by path; the routes are there once the lifespan is open."""
    return {
        route.path: route.app
        for route in scope["app"].routes
        if isinstance(route, Route)
        and route.endpoint is route.app
        and not route.methods
        and not route.param_convertors
    }
