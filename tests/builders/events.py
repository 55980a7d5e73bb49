"""Projects with a log to write to, through the unit of work and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.access import Role
from domain.entities import Project, User
from domain.events import FieldChange, ProjectEvent, ProjectEventKind
from domain.identifiers import EventId, ProjectId, TaskId, WorkspaceId
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders.entities import a_membership, a_project, a_user, a_workspace
from tests.builders.ports import TRACE_PARENT, new_id


def an_event(
    *,
    project_id: ProjectId | None = None,
    workspace_id: WorkspaceId | None = None,
    seq: int = 1,
    task_id: TaskId | None = None,
    occurred_at: datetime | None = None,
) -> ProjectEvent:
    """A change of a task's title, now."""
    task_id = task_id or TaskId(new_id())
    return ProjectEvent(
        id=EventId(new_id()),
        workspace_id=workspace_id or WorkspaceId(new_id()),
        project_id=project_id or ProjectId(new_id()),
        seq=seq,
        kind=ProjectEventKind.TASK_UPDATED,
        subject_id=task_id,
        task_id=task_id,
        actor_id=None,
        changes=(FieldChange(field="title", before="Spin", after=f"Weave {seq}"),),
        client_mutation_id=f"mutation-{seq}",
        occurred_at=occurred_at or datetime.now(UTC),
        trace_parent=TRACE_PARENT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenProject:
    """A project in Postgres that a test lets things happen in."""

    database: Database
    owner: User
    project: Project

    @property
    def id(self) -> ProjectId:
        return self.project.id

    async def write(
        self,
        count: int = 1,
        *,
        task_id: TaskId | None = None,
        occurred_at: datetime | None = None,
    ) -> Sequence[ProjectEvent]:
        """Commit that many events in one transaction."""
        async with unit_of_work_factory(self.database)() as work:
            locked = await work.lock_project(self.id, self.owner.id)
            seq = locked.project.event_seq
            events = [
                an_event(
                    project_id=self.id,
                    workspace_id=self.project.workspace_id,
                    seq=seq + n,
                    task_id=task_id,
                    occurred_at=occurred_at,
                )
                for n in range(1, count + 1)
            ]
            work.record(*events)
            await work.commit()
        return events


async def a_written_project(database: Database) -> WrittenProject:
    """A project of an owner of its own, with an empty log."""
    owner, workspace = a_user(), a_workspace()
    project = a_project(workspace)
    async with unit_of_work_factory(database)() as work:
        await work.users.add(owner)
        await work.workspaces.add(workspace)
        await work.memberships.add(a_membership(workspace, owner, Role.OWNER))
        await work.projects.add(project)
        await work.commit()
    return WrittenProject(database=database, owner=owner, project=project)
