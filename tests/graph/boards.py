"""A board with one of everything that the schema shows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.commands.invitations import InviteMember, invite_member
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import (
    Attachment,
    ChecklistItem,
    Comment,
    Invitation,
    Label,
    Membership,
    Task,
    User,
)
from domain.identifiers import AttachmentId, InvitationId
from tests.builders import MONDAY, PlainTokens, World, new_id


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
    invitation: Invitation
    # For the owner, who belongs to the workspace.
    own_invitation: Invitation

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
        invitation=await world.do(
            invite_member,
            InviteMember(
                workspace_id=world.workspace.id, email="guest@example.test", role=Role.MEMBER
            ),
        ),
        own_invitation=await add_invitation(world, world.user_by_role[Role.OWNER]),
    )


async def add_invitation(
    world: World,
    user: User,
    *,
    email: str | None = None,
    expires_at: datetime = MONDAY + timedelta(days=36_500),
) -> Invitation:
    """An invitation for the user, whether or not they belong to the workspace."""
    address = email or user.email
    assert address is not None
    invitation_id = InvitationId(new_id())
    tokens = PlainTokens()
    invitation = Invitation(
        id=invitation_id,
        workspace_id=world.workspace.id,
        email=address,
        role=Role.MEMBER,
        inviter_id=world.actor(Role.OWNER),
        token_hash=tokens.hash(tokens.token_of(invitation_id, MONDAY)),
        expires_at=expires_at,
        accepted_at=None,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    async with world.transaction() as work:
        await work.invitations.add(invitation)
        await work.commit()
    return invitation


def token_of(invitation: Invitation) -> str:
    """What opens the invitation."""
    return PlainTokens().token_of(invitation.id, invitation.created_at)


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
