"""What resolvers work with during one operation."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.access import Role
from domain.commands.execution import CommandBus
from domain.errors import Unauthenticated, Unavailable
from domain.identifiers import SessionId, UserId, WorkspaceId
from domain.ports import LiveEvents
from domain.presence import Presence
from domain.readers import Readers
from domain.reads import AnyMember, Asker, Visibility
from graph.loading import Loaders, LoadObserver
from graph.operation import OperationFacts
from graph.selected_fields import SelectedFields

if TYPE_CHECKING:
    from graph.board_snapshots import BoardSnapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking, as their access token says."""

    user_id: UserId
    session_id: SessionId
    expires_at: datetime


class GraphContext:
    """One operation's viewer, what they may see, and loaders that cache for its duration.

    A subscription renews its context for every event, so that nothing stale is served.
    """

    def __init__(  # noqa: PLR0913 - one for each thing resolvers work with
        self,
        *,
        viewer: Viewer | None,
        readers: Readers,
        commands: CommandBus,
        live: LiveEvents,
        presence: Presence | None = None,
        snapshots: "BoardSnapshots | None" = None,
        load_observer: LoadObserver | None = None,
    ) -> None:
        self.viewer = viewer
        self.load_observer = load_observer
        # Of the operation: None until it is known to be one that may be executed.
        self.facts: OperationFacts | None = None
        # The codes of errors that became data in payloads.
        self.user_error_codes: list[str] = []
        self.readers = readers
        self.commands = commands
        self.live = live
        self._presence = presence
        self.snapshots = snapshots
        # What the operation asks for; all there is, until that is known.
        self.selected = SelectedFields.everything()
        self._loaders: Loaders | None = None
        self._visibility: asyncio.Future[Visibility] | None = None

    @property
    def loaders(self) -> Loaders:
        """The loaders, which know what was read since the context was made or renewed."""
        if self._loaders is None:
            self._loaders = Loaders(self)
        return self._loaders

    def require_viewer(self) -> UserId:
        """The viewer's id; raise Unauthenticated when nobody is signed in."""
        if self.viewer is None:
            raise Unauthenticated("Sign in first: send an access token.")
        return self.viewer.user_id

    @property
    def presence(self) -> Presence:
        """Who is where; raise Unavailable in a process that does not know."""
        if self._presence is None:
            raise Unavailable("presence is not served here")
        return self._presence

    @property
    def asker(self) -> Asker:
        """For reads that find out by themselves what may be seen; raise Unauthenticated."""
        return self.require_viewer()

    async def visibility(self) -> Visibility:
        """What the viewer may see, read once per operation."""
        if self._visibility is None:
            viewer_id = self.require_viewer()
            self._visibility = asyncio.ensure_future(self.readers.people.visibility(viewer_id))
        if self._visibility.done():
            return await self._visibility
        # Shielded: a resolver that is cancelled must not take the others' answer with it.
        return await asyncio.shield(self._visibility)

    def see(self, visibility: Visibility | None) -> None:
        """Take what the viewer may see, as a read found it; the first one counts."""
        if visibility is not None and self._visibility is None:
            self._visibility = asyncio.get_running_loop().create_future()
            self._visibility.set_result(visibility)

    def renew(self) -> None:
        """Forget what was read, as after a mutation or before the next event."""
        self._loaders = None
        self._visibility = None

    def another(self) -> "GraphContext":
        """A context of the same viewer that has read nothing yet."""
        return GraphContext(
            viewer=self.viewer,
            readers=self.readers,
            commands=self.commands,
            live=self.live,
            load_observer=self.load_observer,
        )

    def of_workspace(self, workspace_id: WorkspaceId) -> "GraphContext":
        """A context of whoever belongs to the workspace, for what is the same for all of them."""
        return _WorkspaceContext(
            workspace_id,
            readers=self.readers,
            commands=self.commands,
            live=self.live,
            load_observer=self.load_observer,
        )


# Nobody's id.
_ANY_MEMBER = UserId(UUID(int=0))


class _WorkspaceContext(GraphContext):
    """Sees what the least of a workspace's members sees; nobody in particular."""

    def __init__(
        self,
        workspace_id: WorkspaceId,
        *,
        readers: Readers,
        commands: CommandBus,
        live: LiveEvents,
        load_observer: LoadObserver | None,
    ) -> None:
        super().__init__(
            viewer=None,
            readers=readers,
            commands=commands,
            live=live,
            load_observer=load_observer,
        )
        self._asker = AnyMember(workspace_id)
        self._scope = Visibility(
            viewer_id=_ANY_MEMBER, role_by_workspace_id={workspace_id: Role.VIEWER}
        )

    def require_viewer(self) -> UserId:
        """Fail: a field that asks for the viewer has not been declared to depend on them."""
        raise RuntimeError("a field depends on the viewer and does not say so")

    @property
    def asker(self) -> Asker:
        """Any member."""
        return self._asker

    async def visibility(self) -> Visibility:
        """The workspace, without asking."""
        return self._scope


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphContextFactory:
    """Makes a context for each operation."""

    readers: Readers
    commands: CommandBus
    live: LiveEvents
    presence: Presence | None = None
    snapshots: "BoardSnapshots | None" = None
    load_observer: LoadObserver | None = None

    def __call__(self, viewer: Viewer | None) -> GraphContext:
        """A fresh context."""
        return GraphContext(
            viewer=viewer,
            readers=self.readers,
            commands=self.commands,
            live=self.live,
            presence=self.presence,
            snapshots=self.snapshots,
            load_observer=self.load_observer,
        )
