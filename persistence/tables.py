"""The schema. Every table of a tenant's data carries its workspace, and queries name it."""

from enum import Enum
from typing import Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

from domain.access import Role
from domain.entities import ColumnCategory, Priority
from domain.events import ProjectEventKind

V = TypeVar("V", bound=Enum)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class EnumValue(TypeDecorator[V], Generic[V]):
    """An enum of the domain, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(
        self, enum_type: type[V], value_type: TypeEngine[str] | TypeEngine[int] | None = None
    ) -> None:
        super().__init__()
        self.enum_type = enum_type
        self._value_type: TypeEngine[str] | TypeEngine[int] = value_type or Text()
        self.member_by_value = {member.value: member for member in enum_type}

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str] | TypeEngine[int]:  # noqa: ARG002
        """The column type underneath."""
        return self._value_type

    def process_bind_param(self, value: V | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Member → value."""
        return None if value is None else value.value

    def process_result_value(self, value: object | None, dialect: Dialect) -> V | None:  # noqa: ARG002
        """Value → member."""
        return None if value is None else self.member_by_value[value]


def _identified() -> list[SchemaItem]:
    return [
        Column("id", Uuid, primary_key=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
    ]


def _in_project() -> list[SchemaItem]:
    """The tenant and the project, which must belong together."""
    return [
        Column("workspace_id", Uuid, nullable=False),
        Column("project_id", Uuid, nullable=False),
        ForeignKeyConstraint(
            ["project_id", "workspace_id"],
            ["projects.id", "projects.workspace_id"],
            ondelete="CASCADE",
        ),
    ]


def _on_task() -> list[SchemaItem]:
    """A task of the same project."""
    return [
        *_in_project(),
        Column("task_id", Uuid, nullable=False),
        ForeignKeyConstraint(
            ["task_id", "project_id"], ["tasks.id", "tasks.project_id"], ondelete="CASCADE"
        ),
    ]


def _rank() -> Column[str]:
    # Ranks compare byte by byte, as clients compare them.
    return Column("position", Text(collation="C"), nullable=False)


def _version() -> Column[int]:
    return Column("version", Integer, nullable=False)


def _instant(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


users: Final = Table(
    "users",
    metadata,
    *_identified(),
    Column("name", Text, nullable=False),
    # Lower case; null for people who were imported and can't sign in.
    Column("email", Text, unique=True),
    Column("password_hash", Text),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    _instant("revoked_at"),
)

refresh_tokens: Final = Table(
    "refresh_tokens",
    metadata,
    # SHA-256 of the token; the token itself is never kept.
    Column("token_hash", Text, primary_key=True),
    Column(
        "session_id",
        Uuid,
        ForeignKey("sessions.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("created_at", DateTime(timezone=True), nullable=False),
    _instant("used_at"),
)

workspaces: Final = Table(
    "workspaces",
    metadata,
    *_identified(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    _version(),
)

memberships: Final = Table(
    "memberships",
    metadata,
    *_identified(),
    Column("workspace_id", Uuid, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", EnumValue(Role), nullable=False),
    UniqueConstraint("workspace_id", "user_id"),
)

invitations: Final = Table(
    "invitations",
    metadata,
    *_identified(),
    Column("workspace_id", Uuid, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("email", Text, nullable=False),
    Column("role", EnumValue(Role), nullable=False),
    Column("inviter_id", Uuid, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    # SHA-256 of the token; the token itself is never kept.
    Column("token_hash", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    _instant("accepted_at"),
    UniqueConstraint("workspace_id", "email"),
)

projects: Final = Table(
    "projects",
    metadata,
    *_identified(),
    Column("workspace_id", Uuid, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    _version(),
    Column("event_seq", BigInteger, nullable=False),
    Column("last_task_number", Integer, nullable=False),
    _instant("archived_at"),
    UniqueConstraint("workspace_id", "key"),
    UniqueConstraint("id", "workspace_id"),
)

board_columns: Final = Table(
    "board_columns",
    metadata,
    *_identified(),
    *_in_project(),
    Column("name", Text, nullable=False),
    Column("category", EnumValue(ColumnCategory), nullable=False),
    Column("wip_limit", Integer),
    _rank(),
    _version(),
    _instant("archived_at"),
    UniqueConstraint("project_id", "position"),
    UniqueConstraint("id", "project_id"),
)

labels: Final = Table(
    "labels",
    metadata,
    *_identified(),
    *_in_project(),
    Column("name", Text, nullable=False),
    Column("color", Text, nullable=False),
    _version(),
    UniqueConstraint("id", "project_id"),
)
Index("uq_labels_project_id_name", labels.c.project_id, func.lower(labels.c.name), unique=True)

tasks: Final = Table(
    "tasks",
    metadata,
    *_identified(),
    *_in_project(),
    Column("column_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    _rank(),
    Column("priority", EnumValue(Priority, SmallInteger()), nullable=False),
    Column("estimate", Integer),
    Column("due_date", Date),
    Column("assignee_id", Uuid, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    Column("creator_id", Uuid, ForeignKey("users.id", ondelete="SET NULL")),
    Column("parent_id", Uuid, index=True),
    _version(),
    _instant("started_at"),
    _instant("completed_at"),
    _instant("canceled_at"),
    _instant("archived_at"),
    ForeignKeyConstraint(
        ["column_id", "project_id"], ["board_columns.id", "board_columns.project_id"]
    ),
    ForeignKeyConstraint(["parent_id", "project_id"], ["tasks.id", "tasks.project_id"]),
    # Checked at the end of a statement, so that one statement can respace a column.
    UniqueConstraint("column_id", "position", deferrable=True, initially="IMMEDIATE"),
    UniqueConstraint("project_id", "number"),
    UniqueConstraint("id", "project_id"),
    Index(None, "workspace_id", "key"),
    Index(None, "workspace_id", "updated_at"),
)

task_labels: Final = Table(
    "task_labels",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("label_id", Uuid, primary_key=True, index=True),
    Column("project_id", Uuid, nullable=False),
    ForeignKeyConstraint(
        ["task_id", "project_id"], ["tasks.id", "tasks.project_id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(
        ["label_id", "project_id"], ["labels.id", "labels.project_id"], ondelete="CASCADE"
    ),
)

checklist_items: Final = Table(
    "checklist_items",
    metadata,
    *_identified(),
    *_on_task(),
    Column("title", Text, nullable=False),
    Column("is_completed", Boolean, nullable=False),
    _rank(),
    _version(),
    UniqueConstraint("task_id", "position"),
)

attachments: Final = Table(
    "attachments",
    metadata,
    *_identified(),
    *_on_task(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Index(None, "task_id"),
)

comments: Final = Table(
    "comments",
    metadata,
    *_identified(),
    *_on_task(),
    Column("parent_id", Uuid, ForeignKey("comments.id", ondelete="SET NULL"), index=True),
    Column("author_id", Uuid, ForeignKey("users.id", ondelete="SET NULL")),
    Column("body", Text, nullable=False),
    _version(),
    _instant("edited_at"),
    Index(None, "task_id", "created_at", "id"),
)

# The log outlives what it tells of: no foreign keys but the project's.
project_events: Final = Table(
    "project_events",
    metadata,
    Column("project_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("workspace_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("kind", EnumValue(ProjectEventKind), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("task_id", Uuid),
    Column("actor_id", Uuid),
    Column("changes", JSONB, nullable=False),
    Column("client_mutation_id", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False, index=True),
    Column("trace_parent", Text),
    ForeignKeyConstraint(
        ["project_id", "workspace_id"], ["projects.id", "projects.workspace_id"], ondelete="CASCADE"
    ),
    Index(
        "ix_project_events_task_id_seq",
        "task_id",
        "seq",
        postgresql_where=text("task_id IS NOT NULL"),
    ),
)

# Events the relay has not handed to Kafka yet. `id` orders a project's rows as its seq does,
# because both are drawn under the project's lock.
outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(
        ["project_id", "seq"],
        ["project_events.project_id", "project_events.seq"],
        ondelete="CASCADE",
    ),
)

# Who may act alone: the relay, the housekeeper. `epoch` grows with every new holder.
leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("object_ids", ARRAY(Uuid)),
    Column("project_id", Uuid),
    Column("seq", BigInteger),
    Column(
        "created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True
    ),
)

# What an import made, so that a repeat makes nothing twice and brings back nothing deleted.
import_records: Final = Table(
    "import_records",
    metadata,
    Column(
        "workspace_id",
        Uuid,
        ForeignKey("workspaces.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("source", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("object_id", Uuid, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False),
)
