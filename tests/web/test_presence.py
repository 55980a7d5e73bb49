"""Presence through the whole application: real Postgres and Valkey, over real websockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from infra.embedded.valkey import Valkey
from infra.settings import Settings
from tests.raw_websocket import RawSocket, websocket
from tests.web.harness import SECRET_KEY, a_settings
from tests.web.served_application import served_application
from web.demo.workspace import ensure_demo

pytestmark = pytest.mark.stack

PROJECT = """{ project(key: "DEMO", workspaceSlug: "demo") {
  id tasks(first: 2) { nodes { id } } members { id role }
} }"""
FOLLOW = """subscription ($id: ID!) {
  presence(projectId: $id) { isComplete members { user { name } taskId draggedTaskId } }
}"""
REPORT = """mutation ($i: PresenceUpdateInput!) {
  presenceUpdate(input: $i) { errors { code } }
}"""
REMOVE = "mutation ($i: MemberRemoveInput!) { memberRemove(input: $i) { errors { code } } }"

Told = Mapping[str, tuple[str | None, str | None]]


@pytest.fixture
async def settings(migrated_database: str, private_valkey: Valkey) -> Settings:
    made = a_settings(
        database_url=migrated_database,
        redis_url=private_valkey.url,
        # Nothing listens there.
        kafka_bootstrap="127.0.0.1:9",
        secret_key=SECRET_KEY,
        demo=True,
    )
    await ensure_demo(made)
    return made


class Person:
    """Somebody of the demo, signed in at one web process."""

    def __init__(self, client: httpx.AsyncClient, address: str, token: str) -> None:
        self._client = client
        self._address = address
        self.token = token

    async def execute(self, query: str, **variables: object) -> Any:  # noqa: ANN401
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {self.token}"}
        answer = (await self._client.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def report(self, **said: str | None) -> None:
        told = await self.execute(REPORT, i=said)
        assert told == {"presenceUpdate": {"errors": []}}

    @asynccontextmanager
    async def following(self, project_id: str) -> AsyncIterator[RawSocket]:
        async with websocket(self._address) as socket:
            await socket.initialise(self.token)
            socket.subscribe(FOLLOW, members={"variables": {"id": project_id}})
            yield socket


@asynccontextmanager
async def _people(settings: Settings, *names: str) -> AsyncIterator[list[Person]]:
    """These people, each at a web process of their own."""
    async with AsyncExitStack() as stack:
        people = []
        for name in names:
            address = await stack.enter_async_context(served_application(settings))
            client = await stack.enter_async_context(
                httpx.AsyncClient(base_url=f"http://{address}", trust_env=False)
            )
            account = {"email": f"{name}@demo.test", "password": "taskwire-demo"}
            signed_in = (await client.post("/auth/login", json=account)).json()
            people.append(Person(client, address, signed_in["accessToken"]))
        yield people


async def _update(socket: RawSocket) -> Mapping[str, Any]:
    message = await socket.receive()
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    presence: Mapping[str, Any] = message["payload"]["data"]["presence"]
    return presence


async def _until(socket: RawSocket, expected: Told, *, is_complete: bool = True) -> None:
    """Read updates until one tells exactly this."""
    seen: object = None
    try:
        async with asyncio.timeout(20):
            while True:
                update = await _update(socket)
                seen = update
                told = {
                    member["user"]["name"]: (member["taskId"], member["draggedTaskId"])
                    for member in update["members"]
                }
                if (told, update["isComplete"]) == (expected, is_complete):
                    return
    except TimeoutError:
        raise AssertionError(seen) from None


async def test_people_of_two_processes_see_each_other_come_look_drag_and_go(
    settings: Settings,
) -> None:
    async with _people(settings, "owner", "viewer") as (owner, viewer):
        project = (await owner.execute(PROJECT))["project"]
        first, second = (task["id"] for task in project["tasks"]["nodes"])
        async with owner.following(project["id"]) as seen:
            await _until(seen, {"Olivia Owner": (None, None)})
            async with viewer.following(project["id"]) as seen_by_viewer:
                both = {"Olivia Owner": (None, None), "Vera Viewer": (None, None)}
                await _until(seen, both)
                await _until(seen_by_viewer, both)
                await viewer.report(projectId=project["id"], taskId=first)
                await _until(seen, {**both, "Vera Viewer": (first, None)})
                await viewer.report(projectId=project["id"], draggedTaskId=second)
                await _until(seen, {**both, "Vera Viewer": (None, second)})
                seen_by_viewer.abort()
            await _until(seen, {"Olivia Owner": (None, None)})


async def test_a_subscription_that_is_completed_ends_the_presence(settings: Settings) -> None:
    async with _people(settings, "owner", "member") as (owner, member):
        project = (await owner.execute(PROJECT))["project"]
        async with (
            owner.following(project["id"]) as seen,
            member.following(project["id"]) as completed,
        ):
            await _until(seen, {"Olivia Owner": (None, None), "Max Member": (None, None)})
            completed.send({"type": "complete", "id": "1"})
            await _until(seen, {"Olivia Owner": (None, None)})


async def test_of_many_reports_at_once_the_newest_is_told(settings: Settings) -> None:
    async with _people(settings, "owner", "member") as (owner, member):
        project = (await owner.execute(PROJECT))["project"]
        first, second = (task["id"] for task in project["tasks"]["nodes"])
        async with owner.following(project["id"]) as seen:
            for task_id in (first, second, None) * 4:
                await member.report(projectId=project["id"], taskId=task_id)
            await member.report(projectId=project["id"], taskId=second)
            await _until(seen, {"Olivia Owner": (None, None), "Max Member": (second, None)})


async def test_whoever_is_removed_loses_the_subscription_and_is_seen_to_go(
    settings: Settings,
) -> None:
    async with _people(settings, "owner", "member") as (owner, member):
        project = (await owner.execute(PROJECT))["project"]
        [membership_id] = [m["id"] for m in project["members"] if m["role"] == "MEMBER"]
        async with (
            owner.following(project["id"]) as seen,
            member.following(project["id"]) as lost,
        ):
            both = {"Olivia Owner": (None, None), "Max Member": (None, None)}
            await _until(seen, both)
            await _until(lost, both)
            await owner.execute(REMOVE, i={"membershipId": membership_id})
            ending = await lost.receive()
            assert ending["type"] == "error", ending
            assert ending["payload"][0]["extensions"]["code"] == "FORBIDDEN"
            await _until(seen, {"Olivia Owner": (None, None)})


async def test_without_redis_a_process_tells_of_its_own_people_until_it_is_back(
    settings: Settings, private_valkey: Valkey
) -> None:
    async with _people(settings, "owner", "member") as (owner, member):
        project = (await owner.execute(PROJECT))["project"]
        first = project["tasks"]["nodes"][0]["id"]
        async with (
            owner.following(project["id"]) as seen,
            member.following(project["id"]) as seen_by_member,
        ):
            both = {"Olivia Owner": (None, None), "Max Member": (None, None)}
            await _until(seen, both)
            await private_valkey.kill()
            await _until(seen, {"Olivia Owner": (None, None)}, is_complete=False)
            await owner.report(projectId=project["id"], taskId=first)
            await _until(seen, {"Olivia Owner": (first, None)}, is_complete=False)
            await private_valkey.start()
            await _until(seen, {**both, "Olivia Owner": (first, None)})
            await _until(seen_by_member, {**both, "Olivia Owner": (first, None)})
