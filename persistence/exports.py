"""Everything that is kept about a workspace or a person, as JSON, row by row.

For the requests of people and for moving away. Passwords and tokens are never part of it.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.identifiers import UserId, WorkspaceId
from persistence.availability import answering
from persistence.database import Database

# Rows travel in batches, so that a large workspace fits into little memory.
_BATCH_ROWS: Final = 500
_PERSON: Final = "SELECT id, name, email, created_at, updated_at FROM users"
_INVITATION: Final = (
    "id, workspace_id, email, role, inviter_id, expires_at, accepted_at, created_at, updated_at"
)
_MEMBERS: Final = "SELECT user_id FROM memberships WHERE workspace_id = $1"
_PROJECTS: Final = "SELECT id FROM projects WHERE workspace_id = $1"

# Section → what is read for a workspace, $1. Sections are named as the tables they come from.
WORKSPACE_SECTIONS: Final[Mapping[str, str]] = {
    "workspaces": "SELECT * FROM workspaces WHERE id = $1",
    "users": f"{_PERSON} WHERE id IN ({_MEMBERS}) ORDER BY id",
    "memberships": "SELECT * FROM memberships WHERE workspace_id = $1 ORDER BY id",
    "invitations": (
        f"SELECT {_INVITATION} FROM invitations WHERE workspace_id = $1 ORDER BY id"  # noqa: S608 - names of ours
    ),
    "projects": "SELECT * FROM projects WHERE workspace_id = $1 ORDER BY id",
    "import_records": (
        "SELECT * FROM import_records WHERE workspace_id = $1 ORDER BY source, kind, external_id"
    ),
    **{
        table: f"SELECT * FROM {table} WHERE project_id IN ({_PROJECTS}) ORDER BY {order}"  # noqa: S608 - names of ours
        for table, order in {
            "board_columns": "id",
            "labels": "id",
            "tasks": "id",
            "task_labels": "task_id, label_id",
            "checklist_items": "id",
            "attachments": "id",
            "comments": "id",
            "project_events": "project_id, seq",
        }.items()
    },
}

# Section → what is read for a person, $1.
USER_SECTIONS: Final[Mapping[str, str]] = {
    "users": f"{_PERSON} WHERE id = $1",
    "memberships": "SELECT * FROM memberships WHERE user_id = $1 ORDER BY id",
    "invitations": (
        f"SELECT {_INVITATION} FROM invitations WHERE inviter_id = $1"  # noqa: S608 - names of ours
        " OR email = (SELECT email FROM users WHERE id = $1) ORDER BY id"
    ),
    "sessions": ("SELECT id, created_at, expires_at FROM sessions WHERE user_id = $1 ORDER BY id"),
    "tasks": "SELECT * FROM tasks WHERE creator_id = $1 OR assignee_id = $1 ORDER BY id",
    "comments": "SELECT * FROM comments WHERE author_id = $1 ORDER BY id",
    "project_events": ("SELECT * FROM project_events WHERE actor_id = $1 ORDER BY project_id, seq"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Reads all of a workspace or a person as of one moment, whatever is written meanwhile.

    What comes is the text of one JSON document, in pieces: an object with a list a section.
    """

    database: Database

    def workspace(self, workspace_id: WorkspaceId) -> AsyncGenerator[str, None]:
        """The document of a workspace."""
        return self._document(WORKSPACE_SECTIONS, workspace_id)

    def user(self, user_id: UserId) -> AsyncGenerator[str, None]:
        """The document of a person."""
        return self._document(USER_SECTIONS, user_id)

    async def _document(
        self, sections: Mapping[str, str], key: WorkspaceId | UserId
    ) -> AsyncGenerator[str, None]:
        async with answering(None), self.database.listener() as connection:
            await connection.execute("SET timezone = 'UTC'")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                before_section = "{"
                for section, query in sections.items():
                    yield f'{before_section}\n"{section}": ['
                    before_section, before_row = "],", ""
                    statement = f"SELECT to_jsonb(kept)::text FROM ({query}) AS kept"  # noqa: S608 - of the lists above
                    async for row in connection.cursor(statement, key, prefetch=_BATCH_ROWS):
                        yield f"{before_row}\n{row[0]}"
                        before_row = ","
                yield "]\n}\n"
