"""Operations on the demo board that the tests of the observed stack share."""

from dataclasses import dataclass

from tests.whole_stack import ApiClient

PROJECT = """
  query ObservedProject {
    project(key: "DEMO", workspaceSlug: "demo") {
      id cursor columns { id tasks(first: 5) { nodes { id } } }
    }
  }
"""
MOVE = """
  mutation ObservedMove($input: TaskMoveInput!) {
    taskMove(input: $input) {
      cursor errors { code } task { id title labels { name } checklist { id } }
    }
  }
"""
FOLLOW = """
  subscription ObservedEvents($id: ID!, $after: Cursor) {
    projectEvents(projectId: $id, after: $after) {
      ... on ProjectEvent { seq clientMutationId task { title } }
    }
  }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Where a task of the demo board is, and where it may go."""

    project_id: str
    cursor: str
    task_id: str
    column_id: str
    other_column_id: str


async def the_board(client: ApiClient) -> Board:
    """The demo board as it is."""
    project = (await client.execute(PROJECT))["project"]
    first, second, *_ = [column for column in project["columns"] if column["tasks"]["nodes"]]
    return Board(
        project_id=project["id"],
        cursor=project["cursor"],
        task_id=first["tasks"]["nodes"][0]["id"],
        column_id=first["id"],
        other_column_id=second["id"],
    )
