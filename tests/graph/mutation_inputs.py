"""An input for every mutation, which the owner of a full board may run."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from graphql import GraphQLObjectType

from domain.events import JsonValue
from graph.schema import executable_schema
from tests.graph.boards import FullBoard, token_of

Given: TypeAlias = dict[str, JsonValue]

# Anybody who is signed in may open a workspace.
FOR_EVERYBODY: Final[Mapping[str, Callable[[FullBoard], Given]]] = {
    "workspaceCreate": lambda b: {"slug": f"n-{b.task.id.hex[-12:]}", "name": "New"},
    "inviteAccept": lambda b: {"token": token_of(b.own_invitation)},
}
# Viewers, too.
FOR_READERS: Final[Mapping[str, Callable[[FullBoard], Given]]] = {
    "presenceUpdate": lambda b: {
        "projectId": str(b.world.project.id),
        "taskId": str(b.task.id),
    },
}
FOR_MEMBERS: Final[Mapping[str, Callable[[FullBoard], Given]]] = {
    "workspaceUpdate": lambda b: {"workspaceId": str(b.world.workspace.id), "name": "New"},
    "memberUpdate": lambda b: {"membershipId": str(b.membership.id), "role": "OWNER"},
    "memberRemove": lambda b: {"membershipId": str(b.membership.id)},
    "memberInvite": lambda b: {
        "workspaceId": str(b.world.workspace.id), "email": "new@example.test", "role": "VIEWER",
    },
    "inviteRevoke": lambda b: {"invitationId": str(b.invitation.id)},
    "projectCreate": lambda b: {
        "workspaceId": str(b.world.workspace.id), "key": "OPS", "name": "Ops",
    },
    "projectUpdate": lambda b: {"projectId": str(b.world.project.id), "name": "New"},
    "projectArchive": lambda b: {"projectId": str(b.world.project.id)},
    "projectRestore": lambda b: {"projectId": str(b.world.project.id)},
    "columnCreate": lambda b: {
        "projectId": str(b.world.project.id), "name": "New", "category": "STARTED",
    },
    "columnUpdate": lambda b: {"columnId": str(b.world.done.id), "name": "New"},
    "columnMove": lambda b: {
        "columnId": str(b.world.done.id), "beforeColumnId": str(b.world.backlog.id),
    },
    "columnDelete": lambda b: {"columnId": str(b.world.canceled.id)},
    "labelCreate": lambda b: {
        "projectId": str(b.world.project.id), "name": "New", "color": "#1f6feb",
    },
    "labelUpdate": lambda b: {"labelId": str(b.label.id), "name": "New"},
    "labelDelete": lambda b: {"labelId": str(b.label.id)},
    "taskCreate": lambda b: {
        "projectId": str(b.world.project.id), "columnId": str(b.world.to_do.id), "title": "New",
    },
    "taskUpdate": lambda b: {"taskId": str(b.task.id), "title": "New"},
    "taskMove": lambda b: {"taskId": str(b.task.id), "columnId": str(b.world.done.id)},
    "taskArchive": lambda b: {"taskId": str(b.task.id)},
    "taskRestore": lambda b: {"taskId": str(b.task.id)},
    "taskDelete": lambda b: {"taskId": str(b.task.id)},
    "tasksUpdate": lambda b: {"taskIds": [str(b.task.id)], "priority": "LOW"},
    "checklistItemCreate": lambda b: {"taskId": str(b.task.id), "title": "New"},
    "checklistItemUpdate": lambda b: {"itemId": str(b.item.id), "isCompleted": True},
    "checklistItemDelete": lambda b: {"itemId": str(b.item.id)},
    "commentCreate": lambda b: {"taskId": str(b.task.id), "body": "New"},
    "commentUpdate": lambda b: {"commentId": str(b.comment.id), "body": "New"},
    "commentDelete": lambda b: {"commentId": str(b.answer.id)},
}  # fmt: skip
WITH_AN_OBJECT: Final = {**FOR_EVERYBODY, **FOR_MEMBERS}
OF_A_WORKSPACE: Final = {**FOR_READERS, **FOR_MEMBERS}
ALL: Final = {**FOR_EVERYBODY, **OF_A_WORKSPACE}


def mutation_text(mutation: str) -> str:
    """The mutation's text, which selects the id of every object of its payload."""
    name = mutation[0].upper() + mutation[1:]
    payload = executable_schema().get_type(f"{name}Payload")
    assert isinstance(payload, GraphQLObjectType)
    fields = [
        key if key.startswith("deleted") else f"{key} {{ id }}"
        for key in payload.fields
        if key not in ("cursor", "errors", "clientMutationId", "token")
    ]
    selected = f"cursor errors {{ code field message }} {' '.join(fields)}"
    return f"mutation($i: {name}Input!) {{ {mutation}(input: $i) {{ {selected} }} }}"
