"""A client of the graph, on this side of every transport."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast

from domain.events import JsonValue
from domain.identifiers import SessionId, UserId
from graph.context import GraphContextFactory, Viewer
from graph.operation import GraphRequest, GraphResponse, JsonObject, OperationType
from graph.service import GraphService
from tests.builders import MONDAY, new_id

_EXECUTED: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphClient:
    """Somebody, or nobody, who sends operations."""

    service: GraphService
    contexts: GraphContextFactory
    user_id: UserId | None
    _expires_at: Any = field(default=MONDAY + timedelta(days=36_500), repr=False)

    async def execute(
        self,
        query: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        operation_name: str | None = None,
    ) -> GraphResponse:
        """The response to a query or mutation."""
        request = GraphRequest(
            query=query, variables=dict(variables or {}), operation_name=operation_name
        )
        return await self.service.execute(request, self._context(), allowed=_EXECUTED)

    async def data(self, query: str, **variables: JsonValue) -> Any:  # noqa: ANN401 - as the query says
        """The data of an operation without errors."""
        response = await self.execute(query, variables)
        assert response.errors == ()
        return response.data

    async def partial(self, query: str, **variables: JsonValue) -> tuple[Any, list[str]]:
        """The data of an operation, and the codes of its errors."""
        response = await self.execute(query, variables)
        return response.data, codes(response)

    async def refusal(self, query: str, **variables: JsonValue) -> Any:  # noqa: ANN401
        """The only error of an operation that has no data."""
        response = await self.execute(query, variables)
        assert response.data is None
        [error] = response.errors
        return error

    async def refusal_of_field(self, query: str, **variables: JsonValue) -> Any:  # noqa: ANN401
        """The only error of an operation whose other fields may have data."""
        response = await self.execute(query, variables)
        [error] = response.errors
        return error

    async def run(self, mutation: str, given: Mapping[str, JsonValue], fields: str = "") -> Any:  # noqa: ANN401
        """The payload of a mutation."""
        name = mutation[0].upper() + mutation[1:]
        selected = f"cursor clientMutationId errors {{ code field message }} {fields}"
        text = f"mutation($i: {name}Input!) {{ {mutation}(input: $i) {{ {selected} }} }}"
        return (await self.data(text, i=dict(given)))[mutation]

    @asynccontextmanager
    async def subscribed(
        self, query: str, **variables: JsonValue
    ) -> "AsyncGenerator[AsyncGenerator[GraphResponse, None]]":
        """The responses to a subscription that starts."""
        request = GraphRequest(query=query, variables=variables)
        started = await self.service.subscribe(request, self._context())
        assert not isinstance(started, GraphResponse), started
        try:
            yield started
        finally:
            await started.aclose()

    async def unsubscribable(self, query: str, **variables: JsonValue) -> GraphResponse:
        """The response to a subscription that does not start."""
        request = GraphRequest(query=query, variables=variables)
        refused = await self.service.subscribe(request, self._context())
        assert isinstance(refused, GraphResponse)
        return refused

    def _context(self) -> Any:  # noqa: ANN401
        if self.user_id is None:
            return self.contexts(None)
        viewer = Viewer(
            user_id=self.user_id, session_id=SessionId(new_id()), expires_at=self._expires_at
        )
        return self.contexts(viewer)


def codes(response: GraphResponse) -> list[str]:
    """The codes of the response's errors."""
    return [error_code(error) for error in response.errors]


def error_code(error: JsonObject) -> str:
    """An error's code."""
    extensions = cast("Mapping[str, str]", error["extensions"])
    return extensions["code"]
