"""A board with one of everything that the schema shows."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Attachment, ChecklistItem, Comment, Label, Membership, Task
from domain.identifiers import AttachmentId
from tests.builders import MONDAY, World, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class FullBoard:
    """A world, and one object of each kind in it. The task has all the others."""

    world: World
    task: Task
    subtask: Task
    label: Label
    comment: Comment
    answer: Comment
    item: ChecklistItem
    attachment: Attachment
    membership: Membership
    event_id: UUID

    @property
    def id_by_type(self) -> dict[str, str]:
        """An object's id for each type of Node."""
        ids = {
            "Workspace": self.world.workspace.id,
            "Membership": self.membership.id,
            "User": self.world.actor(Role.MEMBER),
            "Project": self.world.project.id,
            "BoardColumn": self.world.to_do.id,
            "Label": self.label.id,
            "Task": self.subtask.id,
            "Comment": self.answer.id,
            "ChecklistItem": self.item.id,
            "Attachment": self.attachment.id,
            "ProjectEvent": self.event_id,
        }
        return {name: str(value) for name, value in ids.items()}


async def a_full_board(world: World, *, membership: Membership) -> FullBoard:
    """One of everything, made through the commands."""
    label = await world.add_label("Bug")
    task = await world.add_task("Weave", labels=[label])
    await world.run(
        update_task,
        UpdateTask(
            task_id=task.id,
            assignee_id=world.actor(Role.MEMBER),
            due_date=date(2026, 3, 4),
            estimate=3,
        ),
    )
    subtask = await world.add_task("Spin", labels=[label], parent=task)
    comment = await world.add_comment(subtask)
    return FullBoard(
        world=world,
        task=task,
        subtask=subtask,
        label=label,
        comment=comment,
        answer=await world.add_comment(subtask, parent=comment),
        item=await world.do(
            create_checklist_item, CreateChecklistItem(task_id=subtask.id, title="Card the wool")
        ),
        attachment=await add_attachment(world, subtask),
        membership=membership,
        event_id=(await world.last_event()).id,
    )


async def add_attachment(world: World, task: Task, name: str = "Notes") -> Attachment:
    """A link of the task."""
    attachment = Attachment(
        id=AttachmentId(new_id()),
        workspace_id=task.workspace_id,
        project_id=task.project_id,
        task_id=task.id,
        name=name,
        url="https://example.com/notes",
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    async with world.transaction() as work:
        await work.attachments.add(attachment)
        await work.commit()
    return attachment
