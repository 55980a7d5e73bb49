"""A client's picture of a board, and the reducer that keeps it true with events alone."""

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Final, TypeAlias
from uuid import UUID

from domain.entities import Attachment, ChecklistItem, Column, Comment, Label, Project, Task
from domain.events import JsonValue, ProjectEvent, ProjectEventKind, camel_case, json_value

Entity: TypeAlias = Project | Column | Label | Task | ChecklistItem | Attachment | Comment
Fields: TypeAlias = dict[str, JsonValue]

# What events do not tell, because every change touches it or it never changes.
_UNTOLD: Final = {
    "id",
    "workspace_id",
    "project_id",
    "version",
    "created_at",
    "updated_at",
    "event_seq",
    "last_task_number",
}
_EMPTY: Final[tuple[JsonValue, ...]] = (None, [])
_KIND_BY_TYPE: Final = {
    Project: "PROJECT",
    Column: "COLUMN",
    Label: "LABEL",
    Task: "TASK",
    ChecklistItem: "CHECKLIST_ITEM",
    Attachment: "ATTACHMENT",
    Comment: "COMMENT",
}
_PARTS_OF_A_TASK: Final = ("CHECKLIST_ITEM", "ATTACHMENT", "COMMENT")


@dataclass(slots=True)
class BoardState:
    """The fields of every object by its kind and id, as of a seq. Empty fields are left out."""

    seq: int
    objects: dict[str, dict[str, Fields]]


def board_state(
    seq: int, entities: Iterable[Entity], label_ids: Mapping[UUID, Collection[UUID]]
) -> BoardState:
    """What a client that reads these objects sees; `label_ids` are the labels by task."""
    objects: dict[str, dict[str, Fields]] = {kind: {} for kind in _KIND_BY_TYPE.values()}
    for entity in entities:
        told = {
            camel_case(f.name): json_value(getattr(entity, f.name))
            for f in fields(entity)
            if f.name not in _UNTOLD
        }
        if isinstance(entity, Task):
            told["labelIds"] = json_value(sorted(label_ids.get(entity.id, ())))
        objects[_KIND_BY_TYPE[type(entity)]][str(entity.id)] = _without_empty(told)
    return BoardState(seq, objects)


def applied(state: BoardState, events: Iterable[ProjectEvent]) -> BoardState:
    """The state after the events, which must follow it without a gap."""
    after = deepcopy(state)
    for event in events:
        assert event.seq == after.seq + 1, "events must be contiguous"
        _apply(after.objects, event)
        after.seq = event.seq
    return after


def _apply(objects: dict[str, dict[str, Fields]], event: ProjectEvent) -> None:
    kind, _, verb = event.kind.value.rpartition("_")
    subject = str(event.subject_id)
    if event.kind is ProjectEventKind.COLUMN_REBALANCED:
        _reposition(objects["TASK"], event)
        return
    if verb == "CREATED":
        assert subject not in objects[kind], "created twice"
        objects[kind][subject] = {}
    told = objects[kind][subject]
    for change in event.changes:
        present = told.get(change.field, [] if change.field == "labelIds" else None)
        assert present == change.before, f"{event.kind.name} tells a false past of {change.field}"
        told[change.field] = change.after
    objects[kind][subject] = _without_empty(told)
    if verb == "DELETED":
        assert objects[kind].pop(subject) == {}, "a removed object is told whole"
        _remove_what_belonged_to(objects, kind, subject)


def _reposition(tasks: dict[str, Fields], event: ProjectEvent) -> None:
    [change] = event.changes
    assert change.field == "positions"
    assert isinstance(change.before, Mapping)
    assert isinstance(change.after, Mapping)
    assert change.before.keys() == change.after.keys()
    for task_id, position in change.after.items():
        assert tasks[task_id]["columnId"] == str(event.subject_id)
        assert tasks[task_id]["position"] == change.before[task_id]
        tasks[task_id]["position"] = position


def _remove_what_belonged_to(
    objects: dict[str, dict[str, Fields]], kind: str, subject: str
) -> None:
    if kind == "LABEL":
        for task_id, told in objects["TASK"].items():
            labels = told.get("labelIds", [])
            assert isinstance(labels, list)
            left = [label for label in labels if label != subject]
            objects["TASK"][task_id] = _without_empty({**told, "labelIds": left})
    if kind == "TASK":
        for part in _PARTS_OF_A_TASK:
            objects[part] = {
                part_id: told
                for part_id, told in objects[part].items()
                if told["taskId"] != subject
            }


def _without_empty(told: Fields) -> Fields:
    return {name: value for name, value in told.items() if value not in _EMPTY}
