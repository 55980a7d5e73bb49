"""Reading a board of another tool from a file, and importing it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from domain.board_import import ImportedBoard, ImportSummary
from domain.commands.board_import import ImportBoard, import_board
from domain.commands.execution import CommandBus
from domain.errors import NotFound
from domain.identifiers import UserId, WorkspaceId
from infra.clock import OpenTelemetryTraceContext, SystemClock, Uuid7Generator
from infra.importing.document import read_file
from infra.importing.trello import parse_trello_board
from infra.settings import Settings
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from persistence.workspace_directory import WorkspaceDirectory
from web.cli.database import command_database
from web.cli.import_report import progress_bar

_PARSER_BY_FORMAT: Final[Mapping[str, Callable[[bytes], ImportedBoard]]] = {
    "trello": parse_trello_board,
}
# Enough to find a slug that was mistyped, in one line.
_SLUGS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A board, and what the operator said about where it goes and who brings it."""

    board: ImportedBoard
    workspace_slug: str
    actor_email: str | None
    project_key: str | None
    project_name: str | None


def read_board(board_format: str, file: Path) -> ImportedBoard:
    """The file's board, checked whole; ImportFileError says what is wrong with it and where."""
    return _PARSER_BY_FORMAT[board_format](read_file(file))


async def run_import(settings: Settings, request: ImportRequest) -> ImportSummary:
    """What the import did; after any error nothing has happened."""
    async with (
        command_database(settings, purpose="import") as url,
        Database(url, pool_size=1) as database,
    ):
        directory = WorkspaceDirectory(database=database)
        workspace_id, actor_id = await _find_importer(directory, request)
        command = ImportBoard(
            workspace_id=workspace_id,
            board=request.board,
            project_key=request.project_key,
            project_name=request.project_name,
        )
        bus = CommandBus(
            unit_of_work=unit_of_work_factory(database),
            clock=SystemClock(),
            ids=Uuid7Generator(),
            trace=OpenTelemetryTraceContext(),
        )
        with progress_bar(request.board.name) as progress:
            outcome = await bus.run(
                partial(import_board, progress=progress), command, actor_id=actor_id
            )
    if outcome.object is None:
        raise RuntimeError("a command without an idempotency key is never replayed")
    return outcome.object


async def _find_importer(
    directory: WorkspaceDirectory, request: ImportRequest
) -> tuple[WorkspaceId, UserId]:
    """The workspace and who imports into it; NotFound says which of them there isn't."""
    slug, email = request.workspace_slug, request.actor_email
    workspace_id = await directory.find_workspace_id(slug)
    if workspace_id is None:
        present = ", ".join(await directory.slugs(at_most=_SLUGS_SHOWN))
        hint = f"there are {present}" if present else "there is none yet"
        raise NotFound(f"No workspace has the slug '{slug}': {hint}.")
    if email is None:
        owner_id = await directory.find_owner_id(workspace_id)
        if owner_id is None:
            raise NotFound(f"The workspace '{slug}' has no owner: name who imports with --as.")
        return workspace_id, owner_id
    user_id = await directory.find_user_id(email)
    if user_id is None:
        raise NotFound(f"No user has the e-mail address {email}.")
    if not await directory.is_member(workspace_id, user_id):
        raise NotFound(f"{email} does not belong to the workspace '{slug}'.")
    return workspace_id, user_id
