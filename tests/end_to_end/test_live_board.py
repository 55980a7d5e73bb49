"""Two real browsers on one board of the real stack."""

import re
from urllib.parse import quote

import pytest
from playwright.async_api import Locator, Page, expect

from tests.end_to_end.conftest import OpenPage
from tests.whole_stack import ApiClient

pytestmark = pytest.mark.browser

_BOARD = "/w/demo/p/DEMO"
_CREATE = """mutation($input: TaskCreateInput!) {
  taskCreate(input: $input) { task { id key } errors { code message } }
}"""
_COLUMNS = """{ project(key: "DEMO", workspaceSlug: "demo") { id columns { id name } } }"""


def _column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def _card(scope: Page | Locator, title: str) -> Locator:
    page = scope if isinstance(scope, Page) else scope.page
    return scope.get_by_role("listitem").filter(has=page.get_by_role("link", name=title))


async def _live(page: Page) -> None:
    await expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=15_000)


async def _a_task(owner: ApiClient, title: str, *, column: str = "To do") -> str:
    """Its key."""
    project = (await owner.execute(_COLUMNS))["project"]
    column_ids = {c["name"]: c["id"] for c in project["columns"]}
    given = {"projectId": project["id"], "columnId": column_ids[column], "title": title}
    created = (await owner.execute(_CREATE, input=given))["taskCreate"]
    assert not created["errors"], created
    key: str = created["task"]["key"]
    return key


async def _drag(page: Page, card: Locator, target: Locator) -> None:
    """By the mouse, in steps, as a hand does it."""
    start, end = await card.bounding_box(), await target.bounding_box()
    assert start is not None
    assert end is not None
    await page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + 32, steps=4)
    await page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 90, steps=20)
    await page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 96, steps=4)
    await page.mouse.up()


async def test_a_drag_in_one_browser_is_seen_in_the_other(
    open_page: OpenPage, owner: ApiClient
) -> None:
    title = "Carried from window to window"
    await _a_task(owner, title)
    first = await open_page("owner", _BOARD)
    second = await open_page("member", _BOARD)
    await _live(first)
    await _live(second)
    await expect(_card(_column(second, "To do"), title)).to_be_visible()

    await _drag(first, _card(first, title), _column(first, "In progress"))

    await expect(_card(_column(first, "In progress"), title)).to_be_visible()
    await expect(_card(_column(second, "In progress"), title)).to_be_visible()
    await expect(_card(_column(second, "To do"), title)).to_have_count(0)


async def test_a_card_moves_by_keyboard_alone(open_page: OpenPage, owner: ApiClient) -> None:
    title = "Moved without a mouse"
    key = await _a_task(owner, title, column="Backlog")
    page = await open_page("member", _BOARD)
    await _live(page)

    said = page.locator("[aria-live=assertive]")
    await page.locator(f'[data-task-key="{key}"]').get_by_role("link").focus()
    await page.keyboard.press("Space")
    await expect(said).to_contain_text("Picked up")
    await page.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("To do")
    await page.keyboard.press("Space")
    await expect(said).to_contain_text("Put down")

    await expect(_card(_column(page, "To do"), title)).to_be_visible()
    await page.reload()
    await expect(_card(_column(page, "To do"), title)).to_be_visible()


async def test_what_a_program_changes_appears_on_the_board(
    open_page: OpenPage, owner: ApiClient
) -> None:
    page = await open_page("viewer", _BOARD)
    await _live(page)
    await _a_task(owner, "Made by a program", column="Done")
    await expect(_card(_column(page, "Done"), "Made by a program")).to_be_visible()


async def test_a_task_is_edited_in_its_panel_and_seen_by_the_other(
    open_page: OpenPage, owner: ApiClient
) -> None:
    key = await _a_task(owner, "Before it was renamed")
    number = key.removeprefix("DEMO-")
    first = await open_page("owner", f"{_BOARD}/t/{number}")
    second = await open_page("member", _BOARD)
    await _live(second)
    panel = first.get_by_role("dialog")
    await panel.get_by_label("Title").fill("After it was renamed")
    await panel.get_by_label("Title").press("Enter")
    await expect(_card(second, "After it was renamed")).to_be_visible()

    await panel.get_by_role("textbox", name=re.compile("comment", re.IGNORECASE)).fill(
        "Looks **good**."
    )
    await panel.get_by_role("button", name="Comment", exact=True).click()
    await expect(panel.get_by_text("Looks good.")).to_be_visible()


async def test_a_viewer_can_look_but_not_touch(open_page: OpenPage) -> None:
    page = await open_page("viewer", _BOARD)
    await _live(page)
    await expect(page.get_by_role("button", name=re.compile("^Add task"))).to_have_count(0)


async def test_a_board_that_was_offline_catches_up(open_page: OpenPage, owner: ApiClient) -> None:
    page = await open_page("member", _BOARD)
    await _live(page)
    await page.context.set_offline(True)
    await expect(page.get_by_text("Offline", exact=True)).to_be_visible(timeout=40_000)
    await _a_task(owner, "Made while nobody looked")
    await page.context.set_offline(False)
    await expect(_card(page, "Made while nobody looked")).to_be_visible(timeout=40_000)
    await _live(page)


async def test_a_wrong_password_is_told(open_page: OpenPage) -> None:
    page = await open_page("nobody", "/")
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.IGNORECASE))


async def test_the_explorer_runs_a_subscription(open_page: OpenPage, owner: ApiClient) -> None:
    page = await open_page("owner", _BOARD)
    await _live(page)
    project = (await owner.execute(_COLUMNS))["project"]
    subscription = (
        f'subscription {{ projectEvents(projectId: "{project["id"]}") '
        "{ ... on ProjectEvent { seq kind task { title } } } }"
    )
    await page.goto("/graphiql?query=" + quote(subscription))
    await expect(page.get_by_text("projectEvents")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Execute query")).click()
    await expect(page.get_by_role("button", name=re.compile("^Stop query"))).to_be_visible()
    title = "Seen in the explorer"
    event = page.get_by_text(title)
    await expect(event).to_have_count(0)
    await _a_task(owner, title)
    await expect(event.first).to_be_visible()
