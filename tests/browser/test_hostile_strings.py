"""Pages whose data is hostile, opened in a real browser: nothing runs, nothing is fetched, nothing asks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hostile_pages import SCRIPT

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def test_nothing_runs_and_nothing_is_fetched(hostile_report: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: said.append(f"console {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error {error}"))
        page.on("request", lambda request: asked.append(request.url))
        for file in sorted(hostile_report.rglob("*.html")):
            asked: list[str] = []
            page.goto(file.as_uri())
            assert [url for url in asked if not url.startswith(("data:image/png", file.as_uri()))] == []
            assert page.title() != "run"
            assert SCRIPT[:20] in page.inner_text("body")
        browser.close()
    assert said == []
