"""The application as it is composed: real Postgres and Valkey, the real graph, the demo board."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from infra.clock import SystemClock
from infra.settings import Settings
from tests.web.harness import BASE_URL, SECRET_KEY, a_settings
from tests.web.served_application import served_application
from web.bootstrap import create_application
from web.demo.workspace import ensure_demo

PASSWORD = "taskwire-demo"
BOARD = """
  query {
    project(key: "DEMO", workspaceSlug: "demo") {
      id cursor viewerRole
      members { role user { name } }
      columns { id name category wipLimit taskCount }
      tasks(first: 100) {
        nodes {
          id key title dueDate column { name } labels { name }
          checklist { isCompleted } comments { nodes { author { name } } }
        }
      }
    }
  }
"""

PROJECT_EVENTS = """
  subscription ($id: ID!, $after: Cursor) {
    projectEvents(projectId: $id, after: $after) {
      ... on ProjectEvent { seq kind actor { name } task { id } }
    }
  }
"""
MEMBERS = '{ workspace(slug: "demo") { members { id role } } }'
REMOVE = """mutation($input: MemberRemoveInput!) {
  memberRemove(input: $input) { errors { code message } }
}"""
INVITE = """mutation($input: MemberInviteInput!) {
  memberInvite(input: $input) { token errors { code message } }
}"""
ACCEPT = """mutation($input: InviteAcceptInput!) {
  inviteAccept(input: $input) { membership { role } errors { code message } }
}"""
TASK_MOVE = """
  mutation ($input: TaskMoveInput!) { taskMove(input: $input) { errors { code } } }
"""


@pytest.fixture
def settings(migrated_database: str, redis_url: str) -> Settings:
    return a_settings(
        database_url=migrated_database,
        redis_url=redis_url,
        # Nothing listens there.
        kafka_bootstrap="127.0.0.1:9",
        secret_key=SECRET_KEY,
        demo=True,
    )


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = create_application(settings)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as made:
            yield made


async def _sign_in(client: httpx.AsyncClient, email: str) -> None:
    response = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert response.status_code == 200, response.text
    client.headers["authorization"] = f"Bearer {response.json()['accessToken']}"


async def _execute(client: httpx.AsyncClient, query: str, **variables: object) -> dict[str, object]:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    body = response.json()
    assert isinstance(body, dict)
    return body


async def test_the_demo_is_made_once_and_its_people_see_its_board(
    settings: Settings, client: httpx.AsyncClient
) -> None:
    assert await ensure_demo(settings)
    assert not await ensure_demo(settings)

    await _sign_in(client, "owner@demo.test")
    body = (await client.post("/graphql", json={"query": BOARD})).json()
    assert "errors" not in body
    project = body["data"]["project"]
    assert project["viewerRole"] == "OWNER"
    assert {(m["role"], m["user"]["name"]) for m in project["members"]} == {
        ("OWNER", "Olivia Owner"),
        ("MEMBER", "Max Member"),
        ("VIEWER", "Vera Viewer"),
    }
    assert [(c["name"], c["wipLimit"], c["taskCount"]) for c in project["columns"]] == [
        ("Backlog", None, 4),
        ("To do", None, 4),
        ("In progress", 3, 2),
        ("Done", None, 2),
        ("Canceled", None, 1),
    ]
    tasks = {task["title"]: task for task in project["tasks"]["nodes"]}
    assert len({task["key"] for task in tasks.values()}) == 13
    redesign = tasks["Redesign the onboarding e-mails"]
    due = SystemClock().now().date() + timedelta(days=2)
    assert redesign["dueDate"] in {due.isoformat(), (due - timedelta(days=1)).isoformat()}
    assert [item["isCompleted"] for item in redesign["checklist"]] == [True, False, False]
    assert [c["author"]["name"] for c in redesign["comments"]["nodes"]] == [
        "Olivia Owner",
        "Max Member",
    ]


async def test_every_demo_account_signs_in_and_the_viewer_only_looks(
    settings: Settings, client: httpx.AsyncClient
) -> None:
    await ensure_demo(settings)
    accounts = (await client.get("/auth/demo")).json()["accounts"]
    assert [account["role"] for account in accounts] == ["OWNER", "MEMBER", "VIEWER"]
    for account in accounts:
        await _sign_in(client, account["email"])
    body = (await client.post("/graphql", json={"query": BOARD})).json()
    project = body["data"]["project"]
    refused = await _execute(
        client,
        "mutation ($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } } }",
        input={
            "projectId": project["id"],
            "columnId": project["columns"][0]["id"],
            "title": "No",
        },
    )
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"  # type: ignore[index]


@asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[str]:
    """The host and port of the whole application with its demo."""
    await ensure_demo(settings)
    async with served_application(settings) as address:
        yield address


async def test_a_change_over_http_reaches_a_subscriber_over_the_websocket(
    settings: Settings,
) -> None:
    async with (
        _served(settings) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client,
    ):
        await _sign_in(client, "member@demo.test")
        await _watch_a_move(client, f"ws://{address}/graphql")


async def test_a_removed_member_s_open_subscription_ends_at_once(settings: Settings) -> None:
    async with (
        _served(settings) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as owner,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as member,
    ):
        await _sign_in(owner, "owner@demo.test")
        await _sign_in(member, "member@demo.test")
        project = (await member.post("/graphql", json={"query": BOARD})).json()["data"]["project"]
        members = (await owner.post("/graphql", json={"query": MEMBERS})).json()
        [membership_id] = [
            found["id"]
            for found in members["data"]["workspace"]["members"]
            if found["role"] == "MEMBER"
        ]
        async with Client(transport=_websocket(member, f"ws://{address}/graphql")) as session:
            subscription = gql(PROJECT_EVENTS)
            subscription.variable_values = {"id": project["id"], "after": project["cursor"]}
            ending = asyncio.ensure_future(anext(session.subscribe(subscription)))
            removed = await _execute(owner, REMOVE, input={"membershipId": membership_id})
            assert removed["data"] == {"memberRemove": {"errors": []}}
            with pytest.raises(TransportQueryError, match="not a member"):
                await asyncio.wait_for(ending, 10)


async def test_an_open_connection_sees_a_workspace_from_the_moment_its_user_joins(
    settings: Settings,
) -> None:
    async with (
        _served(settings) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as owner,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as guest,
    ):
        await _sign_in(owner, "owner@demo.test")
        account = {"name": "Gil Guest", "email": "guest@demo.test", "password": PASSWORD}
        assert (await guest.post("/auth/signup", json=account)).status_code == 201
        await _sign_in(guest, "guest@demo.test")
        board = (await owner.post("/graphql", json={"query": BOARD})).json()["data"]["project"]
        workspace = await _execute(owner, '{ workspace(slug: "demo") { id } }')
        invited = {
            "workspaceId": workspace["data"]["workspace"]["id"],  # type: ignore[index]
            "email": "guest@demo.test",
            "role": "VIEWER",
        }
        token = (await _execute(owner, INVITE, input=invited))["data"]["memberInvite"]["token"]  # type: ignore[index]
        subscription = gql(PROJECT_EVENTS)
        subscription.variable_values = {"id": board["id"], "after": board["cursor"]}
        async with Client(transport=_websocket(guest, f"ws://{address}/graphql")) as session:
            with pytest.raises(TransportQueryError, match="may not see it"):
                await asyncio.wait_for(anext(session.subscribe(subscription)), 10)
            accepted = await _execute(guest, ACCEPT, input={"token": token})
            assert accepted["data"] == {
                "inviteAccept": {"membership": {"role": "VIEWER"}, "errors": []}
            }
            heard = await asyncio.wait_for(anext(session.subscribe(subscription)), 10)
        assert heard["projectEvents"]["kind"] == "MEMBER_ADDED"
        assert heard["projectEvents"]["actor"] == {"name": "Gil Guest"}


def _websocket(client: httpx.AsyncClient, url: str) -> WebsocketsTransport:
    return WebsocketsTransport(
        url=url,
        init_payload={"authorization": client.headers["authorization"]},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        connect_args={"proxy": None},
    )


async def _watch_a_move(client: httpx.AsyncClient, websocket_url: str) -> None:
    project = (await client.post("/graphql", json={"query": BOARD})).json()["data"]["project"]
    task_id = project["tasks"]["nodes"][0]["id"]
    column_ids = [column["id"] for column in project["columns"]]
    async with Client(transport=_websocket(client, websocket_url)) as session:
        subscription = gql(PROJECT_EVENTS)
        subscription.variable_values = {"id": project["id"], "after": project["cursor"]}
        events = session.subscribe(subscription)
        for column_id in column_ids[::-1]:
            body = await _execute(
                client, TASK_MOVE, input={"taskId": task_id, "columnId": column_id}
            )
            assert body["data"] == {"taskMove": {"errors": []}}
        received = [await asyncio.wait_for(anext(events), 10) for _ in column_ids]
        await events.aclose()
    seqs = [event["projectEvents"]["seq"] for event in received]
    assert seqs == list(range(seqs[0], seqs[0] + len(column_ids)))
    assert {event["projectEvents"]["actor"]["name"] for event in received} == {"Max Member"}
    assert {event["projectEvents"]["task"]["id"] for event in received} == {task_id}


async def test_nobody_sees_nothing(client: httpx.AsyncClient) -> None:
    body = await _execute(client, "{ viewer { id } }")
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"  # type: ignore[index]
    assert "Query" in str(await _execute(client, "{ __typename }"))


async def test_the_demo_stays_out_of_every_environment_but_dev(
    settings: Settings, migrated_database: str
) -> None:
    uat = settings.model_copy(update={"environment": "uat"})
    with pytest.raises(ValueError, match="dev only"):
        await ensure_demo(uat)
    assert migrated_database


async def test_it_is_ready_without_kafka_and_says_so(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "dependencies": {
            "postgres": {"status": "up"},
            "redis": {"status": "up"},
            "kafka": {"status": "down", "reason": "ExceptionGroup"},
        },
    }


async def test_the_schema_and_the_metrics_are_served(client: httpx.AsyncClient) -> None:
    schema = await client.get("/schema.graphql")
    assert "type Subscription" in schema.text
    metrics = await client.get("/metrics")
    assert "taskwire_websocket_connections" in metrics.text
