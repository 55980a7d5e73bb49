"""Answers to a board's query, kept under all that they depend on, so that a hit is exact.

Every change of a project raises the seq of its events, in the transaction of the change. What an
answer depends on besides (the workspace, its members, the viewer's role) is part of the stamp
too. A stamp is read before and after a query is executed, and its answer is kept only if nothing
changed in between; so what is found under a stamp is what executing the query would give.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import orjson
from graphql import FieldNode, OperationDefinitionNode, StringValueNode, VariableNode

from domain.errors import UserError
from domain.reads import ProjectNamed, ProjectStamp
from graph.context import GraphContext
from graph.identifiers import decode_id
from graph.operation import GraphResponse, JsonObject
from graph.selected_fields import SelectedFields

# Of these types, the fields that a stamp covers; all of them for None. Anything else is read.
_COVERED: Final[Mapping[str, frozenset[str] | None]] = {
    "Query": frozenset({"project"}),
    "Project": frozenset({
        "id", "key", "name", "description", "version", "workspace", "viewerRole", "columns",
        "labels", "members", "tasks", "cursor", "archivedAt", "createdAt", "updatedAt",
    }),
    "Workspace": frozenset({"id", "slug", "name", "version", "createdAt", "updatedAt"}),
    "Membership": frozenset({"id", "role", "user", "createdAt", "updatedAt"}),
    # Nobody can change their name, and who may see an address depends on other workspaces.
    "User": frozenset({"id", "name", "createdAt"}),
    "BoardColumn": None,
    "Label": None,
    "Task": frozenset({
        "id", "key", "number", "title", "description", "project", "column", "position",
        "priority", "estimate", "dueDate", "version", "assignee", "creator", "labels", "parent",
        "subtasks", "checklist", "comments", "commentCount", "createdAt", "updatedAt",
        "startedAt", "completedAt", "canceledAt", "archivedAt",
    }),
    "ChecklistItem": None,
    "Comment": None,
    "TaskConnection": None,
    "TaskEdge": None,
    "CommentConnection": None,
    "CommentEdge": None,
    "PageInfo": None,
}  # fmt: skip
# A filter may ask for the viewer's own tasks.
_FILTER: Final = "filter"


class SnapshotStore(Protocol):
    """Keeps encoded answers for a while. Knows nothing while it is away; raises nothing."""

    async def find(self, key: str) -> bytes | None:
        """The answer, or None if it is not known."""
        ...

    async def keep(self, key: str, answer: bytes) -> None:
        """Remember the answer, as long as there is room."""
        ...

    def count(self, outcome: str) -> None:
        """Count a request as a `hit`, a `miss`, or `shared` with one that was under way."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPlan:
    """How an operation that a stamp covers names its project."""

    # Argument → the variable that has its value, or the value.
    variables: Mapping[str, str]
    literals: Mapping[str, str]
    has_surroundings: bool
    shows_role: bool
    digest: bytes

    @classmethod
    def of(
        cls, operation: OperationDefinitionNode, text: str, selected: SelectedFields
    ) -> "SnapshotPlan | None":
        """The plan; None where an answer depends on more than a stamp tells."""
        selections = operation.selection_set.selections
        if len(selections) != 1 or not isinstance(selections[0], FieldNode):
            return None
        if _FILTER in selected.arguments or not _is_covered(selected):
            return None
        variables: dict[str, str] = {}
        literals: dict[str, str] = {}
        for argument in selections[0].arguments or ():
            match argument.value:
                case VariableNode(name=name):
                    variables[argument.name.value] = name.value
                case StringValueNode(value=value):
                    literals[argument.name.value] = value
                case _:
                    return None
        project = selected.names("Project")
        operation_name = operation.name.value if operation.name else ""
        return cls(
            variables=variables,
            literals=literals,
            has_surroundings=not project.isdisjoint({"workspace", "members"}),
            shows_role="viewerRole" in project,
            digest=hashlib.sha256(f"{operation_name}\n{text}".encode()).digest(),
        )

    def project(self, variables: JsonObject) -> ProjectNamed | None:
        """Which project the variables name; None where execution has to say what is wrong."""
        values = {**self.literals, **{n: variables.get(v) for n, v in self.variables.items()}}
        given = {name: value for name, value in values.items() if value is not None}
        if not all(isinstance(value, str) for value in given.values()):
            return None
        try:
            if "id" in given:
                return ProjectNamed(id=decode_id(str(given["id"]), "id"))
        except UserError:
            return None
        key, slug = given.get("key"), given.get("workspaceSlug")
        if key is None or "\x00" in f"{key}{slug}":
            return None
        return ProjectNamed(key=str(key), workspace_slug=None if slug is None else str(slug))

    def key(self, stamp: ProjectStamp, variables: JsonObject) -> str:
        """What the answer is kept under."""
        told = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(self.digest + told).hexdigest()
        role = stamp.role.value if self.shows_role else "-"
        return f"{stamp.project_id}:{stamp.event_seq}:{stamp.surroundings}:{role}:{digest}"


def _is_covered(selected: SelectedFields) -> bool:
    for type_name, names in selected.names_by_type.items():
        covered = _COVERED.get(type_name, frozenset())
        if covered is not None and not names - {"__typename"} <= covered:
            return False
    return "project" in selected.names("Query")


class BoardSnapshots:
    """Answers queries of boards from a store; one execution serves all who ask meanwhile."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._under_way: dict[str, asyncio.Future[bytes | None]] = {}

    async def answer(
        self,
        plan: SnapshotPlan,
        variables: JsonObject,
        context: GraphContext,
        execute: Callable[[], Awaitable[GraphResponse]],
    ) -> GraphResponse:
        """The answer that executing would give."""
        project = plan.project(variables)
        stamp = None if project is None else await self._stamp(plan, project, context)
        if project is None or stamp is None:
            return await execute()
        key = plan.key(stamp, variables)
        under_way = self._under_way.get(key)
        if under_way is not None:
            return await self._shared(under_way) or await execute()
        # Nothing is awaited before this: one request at a time works for a key.
        future = self._under_way[key] = asyncio.get_running_loop().create_future()
        encoded: bytes | None = None
        try:
            encoded = await self._store.find(key)
            if encoded is not None:
                self._store.count("hit")
                return GraphResponse(data=None, encoded=encoded)
            self._store.count("miss")
            response = await execute()
            if response.data is not None and not response.errors:
                after = await self._stamp(plan, project, context)
                encoded = orjson.dumps(response.as_json()) if after == stamp else None
        finally:
            del self._under_way[key]
            # Without an answer, those who wait execute themselves.
            future.set_result(encoded)
        if encoded is None:
            return response
        await self._store.keep(key, encoded)
        return GraphResponse(data=response.data, encoded=encoded)

    async def _shared(self, under_way: asyncio.Future[bytes | None]) -> GraphResponse | None:
        """The answer that somebody else is about to have; None when there is none to share."""
        # Bounded by the operation that is waited for.
        shared = await asyncio.shield(under_way)
        if shared is None:
            return None
        self._store.count("shared")
        return GraphResponse(data=None, encoded=shared)

    @staticmethod
    async def _stamp(
        plan: SnapshotPlan, project: ProjectNamed, context: GraphContext
    ) -> ProjectStamp | None:
        return await context.readers.boards.project_stamp(
            project, context.require_viewer(), has_surroundings=plan.has_surroundings
        )
