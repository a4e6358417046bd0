"""Pages whose data is hostile, opened in a real browser: nothing runs, nothing is fetched, nothing asks."""

from __future__ import annotations

from pathlib import Path

from hostile_pages import SCRIPT
from playwright.sync_api import Browser


def test_nothing_runs_and_nothing_is_fetched(browser: Browser, hostile_report: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: said.append(f"console {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error {error}"))
    page.on("request", lambda request: asked.append(request.url))
    for file in sorted(hostile_report.rglob("*.html")):
        asked.clear()
        page.goto(file.as_uri())
        assert [url for url in asked if not url.startswith(("data:image/png", file.as_uri()))] == []
        assert SCRIPT in page.text_content("body")
    page.close()
    assert said == []
