"""A graph at the transports' port, scripted by the words of the query."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from domain.accounts import AccessClaims
from graph.operation import GraphRequest, GraphResponse, OperationType
from web.graph_gateway import error_response

_TYPE_BY_WORD: Mapping[str, OperationType] = {
    "{": OperationType.QUERY,
    "query": OperationType.QUERY,
    "mutation": OperationType.MUTATION,
    "subscription": OperationType.SUBSCRIPTION,
}


@dataclass(slots=True)
class FakeGraph:
    """Echoes what it is asked; `hang`, `boom`, `count`, `partial`, `refuse` and `deny` do so."""

    executed: list[GraphRequest] = field(default_factory=list)
    started: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    ended: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    # How many results subscriptions to `flood` have yielded.
    flooded: int = 0
    # Subscriptions to `gate` yield once for each permit.
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def request(self, query: str) -> tuple[GraphRequest, OperationType]:
        """A request as a transport passes it on."""
        request = GraphRequest(query=query)
        kind = self.operation_type(request)
        assert isinstance(kind, OperationType)
        return request, kind

    def operation_type(self, request: GraphRequest) -> OperationType | GraphResponse:
        word = (request.query.replace("{", " { ").split() or [""])[0]
        return _TYPE_BY_WORD.get(word, error_response("Syntax Error", "GRAPHQL_PARSE_FAILED"))

    async def execute(
        self,
        request: GraphRequest,
        claims: AccessClaims | None,
        *,
        allowed: frozenset[OperationType],
    ) -> GraphResponse:
        kind = self.operation_type(request)
        if isinstance(kind, GraphResponse):
            return kind
        if kind not in allowed:
            return error_response(f"No {kind.value} here", "OPERATION_NOT_ALLOWED")
        self.executed.append(request)
        self.started.release()
        if "boom" in request.query:
            raise RuntimeError("a secret of the implementation")
        try:
            if "hang" in request.query:
                await asyncio.Event().wait()
        finally:
            self.ended.release()
        if "partial" in request.query:
            return GraphResponse(data={"a": None}, errors=({"message": "no a", "path": ["a"]},))
        return GraphResponse(
            data={
                "viewer": None if claims is None else str(claims.user_id),
                "variables": request.variables,
                "operationName": request.operation_name,
            }
        )

    async def subscribe(
        self, request: GraphRequest, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        if "refuse" in request.query:
            return error_response("Sign in first", "UNAUTHENTICATED")
        if "partial" in request.query:
            return GraphResponse(data=None, errors=({"message": "no"},))
        return self._events(request.query, claims)

    async def _events(
        self, query: str, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None]:
        self.started.release()
        viewer = None if claims is None else str(claims.user_id)
        try:
            for number in range(3):
                yield GraphResponse(data={"number": number, "viewer": viewer})
            if "deny" in query:
                yield error_response("No longer yours", "FORBIDDEN")
            if "boom" in query:
                raise RuntimeError("a secret of the implementation")
            while "hang" in query:
                await asyncio.Event().wait()
            while "gate" in query:
                await self.gate.acquire()
                yield GraphResponse(data={"filler": "x" * 1000})
            while "flood" in query:
                self.flooded += 1
                yield GraphResponse(data={"filler": "x" * 10_000})
        finally:
            self.ended.release()
