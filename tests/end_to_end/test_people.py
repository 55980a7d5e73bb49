"""People in real browsers: who is at a board, and how somebody new comes to it."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.end_to_end.conftest import OpenPage
from tests.whole_stack import ApiClient, WholeStack

pytestmark = pytest.mark.browser

_BOARD = "/w/demo/p/DEMO"
_TASKS = '{ project(key: "DEMO", workspaceSlug: "demo") { tasks(first: 2) { nodes { key } } } }'


def _card(page: Page, key: str) -> Locator:
    return page.locator(f'[data-task-key="{key}"]')


async def _two_tasks(owner: ApiClient) -> tuple[str, str]:
    project = (await owner.execute(_TASKS))["project"]
    first, second = (task["key"] for task in project["tasks"]["nodes"])
    return first, second


async def test_one_sees_who_else_is_there_and_what_they_look_at(
    open_page: OpenPage, owner: ApiClient
) -> None:
    key, _ = await _two_tasks(owner)
    mine = await open_page("owner", _BOARD)
    await expect(_card(mine, key)).to_be_visible(timeout=15_000)
    theirs = await open_page("member", _BOARD)
    others = mine.get_by_role("button", name=re.compile("here"))
    await others.click(timeout=15_000)
    await expect(mine.get_by_role("region", name=re.compile("here"))).to_contain_text("Max Member")

    await _card(theirs, key).get_by_role("link").click()
    await expect(_card(mine, key)).to_contain_text("Max Member is looking at it.")
    await theirs.keyboard.press("Escape")
    await expect(_card(mine, key)).not_to_contain_text("Max Member")

    await theirs.context.close()
    await expect(others).to_have_count(0, timeout=20_000)


async def test_one_sees_what_somebody_else_carries(open_page: OpenPage, owner: ApiClient) -> None:
    _, key = await _two_tasks(owner)
    mine = await open_page("owner", _BOARD)
    theirs = await open_page("member", _BOARD)
    link = _card(theirs, key).get_by_role("link")
    await expect(_card(mine, key)).to_be_visible(timeout=15_000)
    await link.focus(timeout=15_000)
    await theirs.keyboard.press("Space")
    await expect(_card(mine, key)).to_contain_text("Max Member is moving it.")
    await theirs.keyboard.press("Escape")
    await expect(_card(mine, key)).not_to_contain_text("Max Member")


async def test_somebody_new_is_invited_signs_up_and_is_on_the_board(
    open_page: OpenPage, browser: Browser, stack: WholeStack
) -> None:
    owner = await open_page("owner", "/w/demo/members")
    await expect(owner.get_by_role("heading", name="People")).to_be_visible(timeout=15_000)
    await owner.get_by_role("textbox", name="Email").fill("gil@guest.test")
    await owner.get_by_role("button", name="Make a link").click()
    link = await owner.get_by_role("textbox", name="Link for gil@guest.test").input_value()
    waiting = owner.get_by_role("region", name=re.compile("^Invited"))
    await expect(waiting).to_contain_text("gil@guest.test")

    context = await browser.new_context(base_url=stack.url)
    guest = await context.new_page()
    await guest.goto(link)
    await guest.get_by_role("link", name="Create an account").click()
    await expect(guest.get_by_label("Email")).to_have_value("gil@guest.test")
    await guest.get_by_label("Name").fill("Gil Guest")
    await guest.get_by_label("Password", exact=True).fill("correct horse battery")
    await guest.get_by_role("button", name="Create account").click()
    await guest.get_by_role("button", name="Join", exact=True).click()
    await guest.get_by_role("link", name=re.compile("Welcome")).first.click()
    await expect(guest.get_by_text("Live", exact=True)).to_be_visible(timeout=15_000)

    await guest.goto(link)
    await expect(guest.get_by_role("heading", name=re.compile("^You belong to"))).to_be_visible()
    await context.close()

    await owner.reload()
    await expect(owner.get_by_role("region", name=re.compile("^Members"))).to_contain_text(
        "Gil Guest"
    )
    await expect(waiting).to_have_count(0)


async def test_a_link_of_nothing_says_so(open_page: OpenPage) -> None:
    page = await open_page("viewer", "/w/demo/members")
    await expect(page.get_by_role("button", name="Leave")).to_be_visible()
    await page.goto("/invite/" + "x" * 64)
    await expect(page.get_by_role("heading", name=re.compile("good for nothing"))).to_be_visible()
