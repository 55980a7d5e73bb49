"""The whole stack, and a project on it that changes when it is told to."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.whole_stack import ApiClient, WholeStack, whole_stack

_BOARD = """query Board($key: String!) {
  project(key: $key, workspaceSlug: "demo") {
    id cursor columns { id } events(last: 1) { nodes { seq } }
  }
}"""
_CREATE = """mutation Create($input: TaskCreateInput!) {
  taskCreate(input: $input) { task { id } errors { message } }
}"""


@dataclass(slots=True)
class Board:
    """A project whose every change so far has been counted."""

    client: ApiClient
    project_id: str
    column_id: str
    cursor: str
    last_seq: int

    async def change(self, title: str) -> None:
        """Create a task, which is one event."""
        task = {"projectId": self.project_id, "columnId": self.column_id, "title": title}
        data = await self.client.execute(_CREATE, input=task)
        assert data["taskCreate"]["errors"] == []


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[WholeStack]:
    """`taskwire up` for all tests of this folder."""
    with tempfile.TemporaryDirectory(prefix="taskwire-clients-") as name:
        async with whole_stack(Path(name) / "data") as running:
            yield running


@pytest.fixture(scope="session")
async def owner(stack: WholeStack) -> AsyncIterator[ApiClient]:
    """The demo workspace's owner."""
    async with ApiClient.signed_in(stack.url, "owner@demo.test") as client:
        yield client


@pytest.fixture
async def board(owner: ApiClient) -> Board:
    """The demo project as it is now."""
    project = (await owner.execute(_BOARD, key="DEMO"))["project"]
    return Board(
        client=owner,
        project_id=project["id"],
        column_id=project["columns"][0]["id"],
        cursor=project["cursor"],
        last_seq=project["events"]["nodes"][0]["seq"],
    )
