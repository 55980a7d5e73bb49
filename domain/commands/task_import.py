"""The tasks of an imported board."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from domain import field_rules
from domain.board_import import ImportedTask, ImportKind
from domain.board_order import ranks_between
from domain.commands.import_run import BATCH_ROWS, ImportRun
from domain.commands.task_states import enter_column
from domain.commands.tasks import LABELS_PER_TASK
from domain.entities import Column, ColumnCategory, Priority, Project, Task
from domain.events import FieldChange, ProjectEventKind, changes_between, json_value
from domain.identifiers import ColumnId, LabelId, TaskId, UserId

_NO_COLUMN: Final = "tasks left out: every column of the project was deleted here"
_OTHER_COLUMN: Final = "new tasks put in the first column: theirs was deleted here"
_NOT_A_MEMBER: Final = "assignees left out: they do not belong to the workspace"
_MANY_LABELS: Final = f"labels left out: a task has at most {LABELS_PER_TASK}"

_Placed: TypeAlias = tuple[ImportedTask, Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardObjects:
    """What tasks refer to, by external id. What was deleted here is left out or replaced."""

    columns: Mapping[str, Column | None]
    labels: Mapping[str, LabelId]
    users: Mapping[str, UserId]


async def import_tasks(project: Project, objects: BoardObjects, run: ImportRun) -> Project:
    """The project, which has given numbers to the new tasks."""
    work = run.context.work
    new = _new_tasks(objects, run)
    if not new:
        return project
    position_by_id = await _positions(new, run)
    number_by_id = _numbers(project, [imported for imported, _ in new])
    assignee_by_id = await _assignees(project, objects, new, run)
    tasks: list[Task] = []
    label_ids_by_task_id: dict[TaskId, frozenset[LabelId]] = {}
    for imported, column in new:
        number = number_by_id[imported.external_id]
        task = Task(
            id=TaskId(run.new_id(ImportKind.TASK, imported.external_id)),
            workspace_id=project.workspace_id,
            project_id=project.id,
            column_id=column.id,
            number=number,
            key=f"{project.key}-{number}",
            title=field_rules.line(
                imported.title, field="title", characters=field_rules.TITLE_CHARACTERS
            ),
            description=field_rules.text(imported.description, field="description"),
            position=position_by_id[imported.external_id],
            priority=Priority.NONE,
            estimate=None,
            due_date=imported.due_date,
            assignee_id=assignee_by_id.get(imported.external_id),
            creator_id=objects.users.get(imported.creator_id or ""),
            parent_id=None,
            version=1,
            started_at=None,
            completed_at=None,
            canceled_at=None,
            archived_at=imported.archived_at,
            created_at=imported.created_at,
            updated_at=imported.changed_at,
        )
        tasks.append(_in_state(task, imported, column))
        label_ids_by_task_id[task.id] = _label_ids(imported, objects, run)
    await run.add(work.tasks, tasks)
    await _add_labels(label_ids_by_task_id, run)
    for task in tasks:
        _record(project, task, label_ids_by_task_id[task.id], run)
    numbered = replace(project, last_task_number=project.last_task_number + len(tasks))
    await work.projects.update(project, numbered)
    return numbered


def _new_tasks(objects: BoardObjects, run: ImportRun) -> list[_Placed]:
    """The tasks no run has met, each with the column it goes to."""
    new: list[_Placed] = []
    for imported in run.board.tasks:
        if not run.is_new(ImportKind.TASK, imported.external_id):
            continue
        column = objects.columns[imported.column_id]
        if column is None:
            run.remarks[_NO_COLUMN] += 1
            continue
        if column.id != run.find(ImportKind.COLUMN, imported.column_id):
            run.remarks[_OTHER_COLUMN] += 1
        new.append((imported, column))
    return new


async def _positions(new: Sequence[_Placed], run: ImportRun) -> Mapping[str, str]:
    """Ranks at the end of each column, by external id."""
    ids_by_column: defaultdict[ColumnId, list[str]] = defaultdict(list)
    for imported, column in new:
        ids_by_column[column.id].append(imported.external_id)
    position_by_id: dict[str, str] = {}
    for column_id, external_ids in ids_by_column.items():
        gap = await run.context.work.task_gap(column_id, moving=None, before=None, after=None)
        ranks = ranks_between(gap.previous if gap else None, None, len(external_ids))
        position_by_id.update(zip(external_ids, ranks, strict=True))
    return position_by_id


def _numbers(project: Project, new: Iterable[ImportedTask]) -> Mapping[str, int]:
    """The next numbers of the project by external id, in the order of the tool's own."""
    in_order = sorted(new, key=lambda task: (task.number, task.created_at, task.external_id))
    return {
        task.external_id: number
        for number, task in enumerate(in_order, start=project.last_task_number + 1)
    }


async def _assignees(
    project: Project, objects: BoardObjects, new: Sequence[_Placed], run: ImportRun
) -> Mapping[str, UserId]:
    """Assignees by the external id of the task; only members can be."""
    work = run.context.work
    wanted = {imported.assignee_id for imported, _ in new if imported.assignee_id is not None}
    members = {
        external_id: objects.users[external_id]
        for external_id in wanted & objects.users.keys()
        if await work.is_member(project.workspace_id, objects.users[external_id])
    }
    assignee_by_id: dict[str, UserId] = {}
    for imported, _ in new:
        if imported.assignee_id in members:
            assignee_by_id[imported.external_id] = members[imported.assignee_id]
        elif imported.assignee_id is not None:
            run.remarks[_NOT_A_MEMBER] += 1
    return assignee_by_id


def _in_state(task: Task, imported: ImportedTask, column: Column) -> Task:
    """The task with the times its column, its completion and its archive give it."""
    changed_at = imported.changed_at
    task = enter_column(task, column, changed_at)
    if imported.is_completed and column.category is not ColumnCategory.CANCELED:
        task = replace(
            task,
            started_at=task.started_at or changed_at,
            completed_at=task.completed_at or changed_at,
        )
    if column.archived_at is not None and task.archived_at is None:
        # It was out of sight with its column; there it would stay if it were open.
        task = replace(task, archived_at=column.archived_at)
    return task


def _label_ids(imported: ImportedTask, objects: BoardObjects, run: ImportRun) -> frozenset[LabelId]:
    found = dict.fromkeys(objects.labels[i] for i in imported.label_ids if i in objects.labels)
    kept = list(found)[:LABELS_PER_TASK]
    if len(found) > len(kept):
        run.remarks[_MANY_LABELS] += len(found) - len(kept)
    return frozenset(kept)


async def _add_labels(
    label_ids_by_task_id: Mapping[TaskId, frozenset[LabelId]], run: ImportRun
) -> None:
    """Put the labels on the tasks, all tasks with the same set at once."""
    task_ids_by_set: defaultdict[frozenset[LabelId], list[TaskId]] = defaultdict(list)
    for task_id, label_ids in label_ids_by_task_id.items():
        if label_ids:
            task_ids_by_set[label_ids].append(task_id)
    for label_ids, task_ids in task_ids_by_set.items():
        for start in range(0, len(task_ids), BATCH_ROWS):
            await run.context.work.add_labels(task_ids[start : start + BATCH_ROWS], label_ids)


def _record(project: Project, task: Task, label_ids: frozenset[LabelId], run: ImportRun) -> None:
    run.archived[ImportKind.TASK] += task.archived_at is not None
    changes = changes_between(None, task)
    if label_ids:
        labels = json_value(sorted(label_ids))
        changes += (FieldChange(field="labelIds", before=[], after=labels),)
    run.context.record(
        project, ProjectEventKind.TASK_CREATED, task.id, task_id=task.id, changes=changes
    )
