"""Bringing in a board of another tool, as often as one likes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain import field_rules
from domain.access import Permission, Role, require
from domain.board_import import (
    ImportedBoard,
    ImportKind,
    ImportSummary,
    free_name,
    project_key_from,
)
from domain.board_order import ranks_between
from domain.commands.execution import Command, CommandContext, Outcome
from domain.commands.import_run import ImportRun, Progress
from domain.commands.projects import CreateProject, create_project
from domain.commands.task_import import BoardObjects, import_tasks
from domain.commands.task_part_import import import_task_parts
from domain.entities import Column, Label, Membership, Project, User, Workspace
from domain.errors import NotFound
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import ColumnId, LabelId, MembershipId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBoard(Command):
    """Make a project of a board, or add to it what is new since the last time.

    Key and name are for the new project; without them the board's name gives both.
    """

    workspace_id: UUID
    board: ImportedBoard
    project_key: str | None = None
    project_name: str | None = None


def _tell_nobody(done: int, total: int) -> None:
    del done, total


async def import_board(
    command: ImportBoard, context: CommandContext, *, progress: Progress = _tell_nobody
) -> Outcome[ImportSummary]:
    """What was made. Nothing an earlier run made is changed, or made again once deleted."""
    # The lock lets one import at a time into the workspace, so none makes a thing twice.
    workspace, role = await context.work.lock_workspace(command.workspace_id, context.actor_id)
    require(role, Permission.EDIT_PROJECTS)
    require(role, Permission.EDIT_WORKSPACE)
    board = command.board
    keys = set(board.keys())
    found = await context.work.imports.imported_ids(
        workspace.id, board.source, {key.external_id for key in keys}
    )
    run = ImportRun(
        context=context,
        board=board,
        known={key: object_id for key, object_id in found.items() if key in keys},
        progress=progress,
        object_count=len(keys),
    )
    run.advance(len(run.known))
    project = await _open_project(command, workspace, run)
    objects = BoardObjects(
        columns=await _import_columns(project, run),
        labels=await _import_labels(project, run),
        users=await _import_people(workspace, run),
    )
    project = await import_tasks(project, objects, run)
    await import_task_parts(project, objects.users, run)
    await context.work.imports.keep(workspace.id, board.source, run.made, context.now)
    cursor = context.cursor(project)
    return Outcome(
        object=run.summary(replace(project, event_seq=cursor.seq)),
        object_ids=(project.id,),
        cursor=cursor,
    )


async def _open_project(command: ImportBoard, workspace: Workspace, run: ImportRun) -> Project:
    context, board = run.context, run.board
    known_id = run.find(ImportKind.PROJECT, board.external_id)
    if known_id is not None:
        try:
            locked = await context.lock_project(known_id, Permission.EDIT_PROJECTS)
        except NotFound as error:
            raise NotFound("The project of this board was deleted.") from error
        return locked.project
    taken = await context.work.imports.project_keys(workspace.id)
    outcome = await create_project(
        CreateProject(
            id=run.new_id(ImportKind.PROJECT, board.external_id),
            workspace_id=workspace.id,
            key=command.project_key or project_key_from(board.name, taken),
            name=command.project_name or board.name,
            description=board.description,
            with_default_columns=False,
        ),
        context,
    )
    run.advance(1)
    project = outcome.object
    if project is None:
        raise NotFound("The new project is not there.")
    return project


async def _import_columns(project: Project, run: ImportRun) -> Mapping[str, Column | None]:
    """By external id; for a column that was deleted here, the first open one there is."""
    context = run.context
    present = await context.work.imports.columns(project.id)
    new = [c for c in run.board.columns if run.is_new(ImportKind.COLUMN, c.external_id)]
    ranks = ranks_between(present[-1].position if present else None, None, len(new))
    columns = [
        Column(
            id=ColumnId(run.new_id(ImportKind.COLUMN, imported.external_id)),
            workspace_id=project.workspace_id,
            project_id=project.id,
            name=field_rules.line(imported.name, field="name"),
            category=imported.category,
            wip_limit=None,
            position=rank,
            version=1,
            archived_at=(imported.archived_at or context.now) if imported.is_archived else None,
            created_at=imported.created_at or context.now,
            updated_at=context.now,
        )
        for imported, rank in zip(new, ranks, strict=True)
    ]
    await run.add(context.work.columns, columns)
    for column in columns:
        run.archived[ImportKind.COLUMN] += column.archived_at is not None
        changes = changes_between(None, column)
        context.record(project, ProjectEventKind.COLUMN_CREATED, column.id, changes=changes)
    column_by_id: dict[UUID, Column] = {column.id: column for column in (*present, *columns)}
    first_open = next((c for c in column_by_id.values() if c.archived_at is None), None)
    return {
        imported.external_id: column_by_id.get(column_id, first_open)
        for imported in run.board.columns
        if (column_id := run.find(ImportKind.COLUMN, imported.external_id)) is not None
    }


async def _import_labels(project: Project, run: ImportRun) -> Mapping[str, LabelId]:
    """By external id; the ones that were deleted here are left out."""
    context = run.context
    present = await context.work.imports.labels(project.id)
    imported_ids = set(run.known.values())
    label_by_name = {label.name.casefold(): label for label in present}
    # A word that somebody here made a label of is that label.
    own_by_name = {name: la for name, la in label_by_name.items() if la.id not in imported_ids}
    taken = set(label_by_name)
    labels: list[Label] = []
    for imported in run.board.labels:
        if not run.is_new(ImportKind.LABEL, imported.external_id):
            continue
        name = field_rules.line(imported.name, field="name")
        own = own_by_name.pop(name.casefold(), None)
        if own is not None:
            run.merge(ImportKind.LABEL, imported.external_id, own.id)
            continue
        name = free_name(name, taken)
        taken.add(name.casefold())
        labels.append(
            Label(
                id=LabelId(run.new_id(ImportKind.LABEL, imported.external_id)),
                workspace_id=project.workspace_id,
                project_id=project.id,
                name=name,
                color=field_rules.color(imported.color),
                version=1,
                created_at=context.now,
                updated_at=context.now,
            )
        )
    await run.add(context.work.labels, labels)
    for label in labels:
        changes = changes_between(None, label)
        context.record(project, ProjectEventKind.LABEL_CREATED, label.id, changes=changes)
    here = {label.id for label in (*present, *labels)}
    return {
        imported.external_id: LabelId(label_id)
        for imported in run.board.labels
        if (label_id := run.find(ImportKind.LABEL, imported.external_id)) in here
        and label_id is not None
    }


async def _import_people(workspace: Workspace, run: ImportRun) -> Mapping[str, UserId]:
    """The users by external id: who can't sign in, and as members of the board, members."""
    work, now = run.context.work, run.context.now
    people = run.board.people
    users = [
        User(
            id=UserId(run.new_id(ImportKind.USER, person.external_id)),
            name=field_rules.line(person.name, field="name"),
            email=None,
            created_at=now,
            updated_at=now,
        )
        for person in people
        if run.is_new(ImportKind.USER, person.external_id)
    ]
    await run.add(work.users, users)
    id_by_external_id = {
        person.external_id: user_id
        for person in people
        if (user_id := run.find(ImportKind.USER, person.external_id)) is not None
    }
    here = {user.id for user in await run.find_many(work.users, id_by_external_id.values())}
    user_ids = {e: UserId(user_id) for e, user_id in id_by_external_id.items() if user_id in here}
    memberships = [
        Membership(
            id=MembershipId(run.new_id(ImportKind.MEMBER, person.external_id)),
            workspace_id=workspace.id,
            user_id=user_ids[person.external_id],
            role=Role.MEMBER,
            created_at=now,
            updated_at=now,
        )
        for person in people
        if person.is_member
        and person.external_id in user_ids
        # Whoever was taken out of the workspace stays out.
        and run.is_new(ImportKind.MEMBER, person.external_id)
        and not await work.is_member(workspace.id, user_ids[person.external_id])
    ]
    await run.add(work.memberships, memberships)
    return user_ids
