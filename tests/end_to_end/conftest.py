"""The whole stack and real browser pages on it."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.whole_stack import ApiClient, WholeStack, whole_stack

_CLIENT = Path(__file__).resolve().parents[2] / "web" / "ui"
_BROWSER_SECONDS = 120
# The second row keeps the browser from looking for its maker's hosts.
_CHROMIUM_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

OpenPage: TypeAlias = Callable[[str, str], Awaitable[Page]]


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[WholeStack]:
    """`taskwire up` for all tests of the session."""
    with tempfile.TemporaryDirectory(prefix="taskwire-end-to-end-") as name:
        async with whole_stack(Path(name) / "data") as running:
            yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium from the client's packages, with a temporary directory of its own."""
    with tempfile.TemporaryDirectory(prefix="taskwire-browser-") as name:
        environment = {**os.environ, "TMPDIR": name}
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=_chromium(environment),
                args=_CHROMIUM_ARGUMENTS,
                env={**environment},
            )
            yield browser
            await browser.close()


@pytest.fixture
async def open_page(stack: WholeStack, browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens a page of a browser context of its own, signed in as a demo user."""
    async with AsyncExitStack() as contexts:

        async def open_as(name: str, path: str) -> Page:
            context = await browser.new_context(
                base_url=stack.url, viewport={"width": 1440, "height": 900}
            )
            contexts.push_async_callback(context.close)
            page = await context.new_page()
            await page.goto(path)
            await page.get_by_label("Email").fill(f"{name}@demo.test")
            await page.get_by_label("Password", exact=True).fill("taskwire-demo")
            await page.get_by_role("button", name="Log in", exact=True).click()
            return page

        yield open_as


@pytest.fixture
async def owner(stack: WholeStack) -> AsyncIterator[ApiClient]:
    """The demo workspace's owner, as a program."""
    async with ApiClient.signed_in(stack.url, "owner@demo.test") as client:
        yield client


def _chromium(environment: dict[str, str]) -> str:
    """The path of the browser that the client's packages bring, unpacked."""
    node = shutil.which("node")
    assert node is not None, "node is missing: run these tests by make test"
    program = (
        "import('@sparticuz/chromium').then(async ({ default: chromium }) => "
        "console.log(JSON.stringify(await chromium.executablePath())))"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [node, "--input-type=module", "--eval", program],
        cwd=_CLIENT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_BROWSER_SECONDS,
        check=True,
    )
    path: str = json.loads(answer.stdout)
    return path
