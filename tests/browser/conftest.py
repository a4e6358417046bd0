"""A real browser without a network, for the pages of the sample."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


class Outside(list[str]):
    """What a page asked for beyond its own folder, and what it said on the console."""

    def watch(self, context: BrowserContext, folder: Path) -> None:
        def answer(route: Route) -> None:
            if route.request.url.startswith(folder.as_uri()):
                route.continue_()
                return
            self.append(f"asked for {route.request.url}")
            route.abort()

        context.route("**/*", answer)
        context.on("console", lambda message: self.append(f"said {message.text}"))
        context.on("weberror", lambda error: self.append(f"failed: {error.error}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of the machine."""
    executable = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if executable is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(_NAMES)} is on the path")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def outside() -> Outside:
    """Everything that any page of the session did that it must not do."""
    return Outside()


@pytest.fixture(scope="session")
def tab(browser: Browser, report: Path, outside: Outside) -> Iterator[Page]:
    """One tab for all pages, its requests and its console watched."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="vi-VN")
    outside.watch(context, report)
    yield context.new_page()
    context.close()


@pytest.fixture
def show(tab: Page, report: Path) -> Callable[..., Page]:
    """Show a page of the report, by its path without suffix, in a window of some width."""

    def show(stem: str, width: int = 1440) -> Page:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto((report / f"{stem}.html").as_uri())
        return tab

    return show
