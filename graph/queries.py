"""The roots of queries."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry
from strawberry.types import Info

from domain.errors import InvalidInput, NotFound, Unauthenticated
from domain.field_rules import storable
from graph.connections import After, Before, Connection, First, IncludeArchived, Last
from graph.context import GraphContext
from graph.identifiers import decode_id
from graph.loaders.boards import (
    ColumnByIdLoader,
    LabelByIdLoader,
    ProjectByIdLoader,
    ProjectByKeyLoader,
)
from graph.loaders.conversations import (
    AttachmentByIdLoader,
    ChecklistItemByIdLoader,
    CommentByIdLoader,
)
from graph.loaders.events import ProjectEventByIdLoader
from graph.loaders.people import (
    ColleagueByIdLoader,
    MembershipByIdLoader,
    WorkspaceByIdLoader,
)
from graph.loaders.tasks import TaskByIdLoader, TaskByKeyLoader, TasksByWorkspaceLoader
from graph.loading import AnyLoader
from graph.relations import Lookup, lookup
from graph.types.arguments import OrderBy, TaskFilterArgument, task_listing
from graph.types.boards import Project
from graph.types.node import Node
from graph.types.people import InvitationPreview, User, Workspace
from graph.types.tasks import Task

NODES_MAX: Final = 250

# Every kind of Node; an id is looked up among all of them at once.
_NODE_LOADERS: Final[Sequence[type[AnyLoader]]] = (
    TaskByIdLoader,
    ProjectByIdLoader,
    ColumnByIdLoader,
    LabelByIdLoader,
    CommentByIdLoader,
    ChecklistItemByIdLoader,
    AttachmentByIdLoader,
    ProjectEventByIdLoader,
    WorkspaceByIdLoader,
    MembershipByIdLoader,
    ColleagueByIdLoader,
)

Slug = Annotated[str, strawberry.argument(description="The workspace's slug.")]
OptionalSlug = Annotated[
    str | None,
    strawberry.argument(
        description="The workspace's slug, when the key alone is not unique among yours."
    ),
]
NodeId = Annotated[strawberry.ID, strawberry.argument(description="The object's id.")]
OptionalId = Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")]
OptionalKey = Annotated[str | None, strawberry.argument(description="Its key.")]


def find_project(
    id: OptionalId = None,  # noqa: A002
    key: OptionalKey = None,
    workspace_slug: OptionalSlug = None,
) -> Lookup:
    """The project with the id or the key."""
    if id is not None:
        return Lookup(ProjectByIdLoader, None, decode_id(id, "id"))
    return Lookup(ProjectByKeyLoader, _slug(workspace_slug), _required_key(key))


def find_task(
    id: OptionalId = None,  # noqa: A002
    key: OptionalKey = None,
    workspace_slug: OptionalSlug = None,
) -> Lookup:
    """The task with the id or the key."""
    if id is not None:
        return Lookup(TaskByIdLoader, None, decode_id(id, "id"))
    return Lookup(TaskByKeyLoader, _slug(workspace_slug), _required_key(key))


@strawberry.type(description="Everything that can be read.")
class Query:
    """Everything that can be read."""

    @strawberry.field(graphql_type=User, description="Who you are.")
    async def viewer(self, info: Info) -> Any:  # noqa: ANN401 - sources are entities
        """The signed-in user."""
        context: GraphContext = info.context
        viewer = await context.loaders.get(ColleagueByIdLoader).load(context.require_viewer())
        if viewer is None:
            raise Unauthenticated("Your account is gone. Sign in again.")
        return viewer

    @strawberry.field(
        graphql_type=list[Workspace], description="The workspaces you belong to, by name."
    )
    async def workspaces(self, info: Info) -> Any:  # noqa: ANN401
        """The viewer's workspaces."""
        context: GraphContext = info.context
        scope = await context.visibility()
        found = await context.loaders.get(WorkspaceByIdLoader).load_many(
            list(scope.role_by_workspace_id)
        )
        return sorted(filter(None, found), key=lambda w: (w.name.casefold(), w.id))

    @strawberry.field(
        graphql_type=Workspace | None, description="A workspace, or null if you see none such."
    )
    async def workspace(self, info: Info, slug: Slug) -> Any:  # noqa: ANN401
        """The workspace with the slug."""
        context: GraphContext = info.context
        scope = await context.visibility()
        return await context.readers.people.find_workspace(storable(slug, field="slug"), scope)

    project = lookup(
        find_project,
        graphql_type=Project | None,
        description="A project by id or by key, or null if you see none such.",
    )
    task = lookup(
        find_task,
        graphql_type=Task | None,
        description="A task by id or by human key, or null if you see none such.",
    )

    @strawberry.field(
        graphql_type=Connection[Task],
        description="The tasks of a workspace, in board order unless told otherwise.",
    )
    async def tasks(  # noqa: PLR0913, PLR0917 - the arguments of a connection
        self,
        info: Info,
        workspace_slug: Slug,
        task_filter: TaskFilterArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        include_archived: IncludeArchived = False,  # noqa: FBT002
    ) -> Any:  # noqa: ANN401
        """A page of the workspace's tasks."""
        context: GraphContext = info.context
        listing = task_listing(task_filter, order_by, first, after, last, before, include_archived)
        workspace = await context.readers.people.find_workspace(
            storable(workspace_slug, field="workspaceSlug"), await context.visibility()
        )
        if workspace is None:
            raise NotFound("No such workspace.", field=("workspaceSlug",))
        return await context.loaders.get(TasksByWorkspaceLoader, listing).load(workspace.id)

    @strawberry.field(
        graphql_type=InvitationPreview | None,
        description="What the invitation with the token says, or null if it is good for nothing. "
        "For everybody who has the token, signed in or not.",
    )
    async def invitation(
        self,
        info: Info,
        token: Annotated[
            str, strawberry.argument(description="The last part of the invitation's link.")
        ],
    ) -> Any:  # noqa: ANN401
        """The invitation with the token."""
        context: GraphContext = info.context
        tokens = context.commands.invitation_tokens
        invitation_id = None if tokens is None else tokens.find_id(token)
        if tokens is None or invitation_id is None:
            return None
        return await context.readers.invitations.find_preview(invitation_id, tokens.hash(token))

    @strawberry.field(
        graphql_type=Node | None,
        description="The object with the id, or null if you see none such.",
    )
    async def node(self, info: Info, id: NodeId) -> Any:  # noqa: A002, ANN401
        """The object with the id."""
        key = decode_id(id, "id")
        return (await _find_nodes(info.context, [key]))[0]

    @strawberry.field(
        graphql_type=list[Node | None],
        description=f"The objects with the ids, in their order; at most {NODES_MAX}.",
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids.")],
    ) -> Any:  # noqa: ANN401
        """The objects with the ids."""
        if len(ids) > NODES_MAX:
            raise InvalidInput(f"At most {NODES_MAX} ids at once.", field=("ids",))
        keys = [decode_id(value, "ids", str(index)) for index, value in enumerate(ids)]
        return await _find_nodes(info.context, keys)


async def _find_nodes(context: GraphContext, keys: Sequence[UUID]) -> list[Any]:
    found: dict[UUID, Any] = {}
    for loader in _NODE_LOADERS:
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            objects = await context.loaders.get(loader).load_many(missing)
            found |= {
                key: item for key, item in zip(missing, objects, strict=True) if item is not None
            }
    return [found.get(key) for key in keys]


def _required_key(key: str | None) -> str:
    if key is None:
        raise InvalidInput("Name an id or a key.", field=("key",))
    return storable(key, field="key")


def _slug(slug: str | None) -> str | None:
    return None if slug is None else storable(slug, field="workspaceSlug")
