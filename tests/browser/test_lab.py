"""The notebooks in a real JupyterLab, in a real browser: run, choose, run again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notebook_server import serve
from playwright.sync_api import Browser, Page

from thads_analysis.paths import notebooks_dir

_SECONDS = 120_000
"""Patience in milliseconds; a busy machine takes long to start a kernel."""

_CELLS = """() => {
  const cells = jupyterapp.shell.currentWidget.content.widgets.filter(c => c.model.type === "code");
  const errors = cells.flatMap(c => c.model.outputs.toJSON()).filter(o => o.output_type === "error");
  return {
    counts: cells.map(c => c.model.executionCount),
    errors: errors.map(e => e.ename + ": " + e.evalue),
    idle: jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === "idle",
  };
}"""

_HEAD = """() => JSON.stringify(
  jupyterapp.shell.currentWidget.content.widgets.filter(c => c.model.type === "code")[1]
    .model.outputs.toJSON()
)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Iterator[str]:
    """Address of a JupyterLab on copies of the notebooks, started in a folder far from them."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(notebooks_dir(), home / "sổ tay")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = '{"fetchNews": "false", "checkForUpdates": false}'
    (settings / "notification.jupyterlab-settings").write_text(quiet, encoding="ascii")
    options = ["--LabApp.expose_app_in_browser=True"]
    with serve("jupyterlab", home, home / "sổ tay", sample_data, *options) as address:
        yield address


@pytest.fixture(scope="module")
def browser_page(lab: str, browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page of the browser, and what it asked for outside."""
    outside: list[str] = []
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(_SECONDS)
    page.on("request", lambda request: _note(request.url, lab, outside))
    yield page, outside
    page.close()


def _note(url: str, lab: str, outside: list[str]) -> None:
    if not url.startswith((lab, lab.replace("http", "ws", 1), "data:", "blob:", "about:")):
        outside.append(url)


def open_notebook(page: Page, lab: str, name: str) -> None:
    page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")


def run_all(page: Page) -> dict[str, Any]:
    """Run all cells, and wait until the last has a number higher than any before."""
    before = max((count or 0 for count in page.evaluate(_CELLS)["counts"]), default=0)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        f"(before) => {{ const now = ({_CELLS})(); "
        "return now.errors.length || (now.idle && now.counts.every(count => count > before)); }",
        arg=before,
    )
    found: dict[str, Any] = page.evaluate(_CELLS)
    return found


def test_choosing_a_province_and_a_measure_redraws_at_once(
    lab: str, browser_page: tuple[Page, list[str]], tmp_path: Path
) -> None:
    page, outside = browser_page
    open_notebook(page, lab, "explore")
    assert run_all(page)["errors"] == []
    table = page.locator(".widget-html table").first
    table.wait_for()
    picture = page.locator(".widget-html img").first
    before, drawn = table.inner_text(), picture.get_attribute("src")
    assert "Hồ Chí Minh" in before

    page.get_by_label("Tìm tên").fill("quang tri")
    # The kernel shortens the list; a choice made before that would be lost with the old list.
    page.wait_for_function("() => document.querySelector('.widget-select-multiple select').length < 10")
    page.locator(".widget-select-multiple select").first.select_option("Quảng Trị (45)")
    page.wait_for_function(
        "() => document.querySelector('.widget-html table')?.innerText.includes('Quảng Trị')"
    )
    assert picture.get_attribute("src") != drawn

    drawn = picture.get_attribute("src")
    page.locator(".widget-dropdown select").first.select_option("Tiền")
    page.wait_for_function(
        "() => document.querySelector('.widget-html .exhibit-title')?.innerText.includes('(tiền)')"
    )
    assert picture.get_attribute("src") != drawn
    assert page.evaluate(_CELLS)["errors"] == []
    page.screenshot(path=os.environ.get("THADS_PICTURES", str(tmp_path)) + "/explore.png")
    assert outside == []


def test_a_report_notebook_runs_again_for_another_province(
    lab: str, browser_page: tuple[Page, list[str]], tmp_path: Path
) -> None:
    page, outside = browser_page
    open_notebook(page, lab, "province_diagnostics")
    assert run_all(page)["errors"] == []
    assert "Hồ Chí Minh" in page.evaluate(_HEAD)
    page.evaluate(
        """() => {
          const cell = jupyterapp.shell.currentWidget.content.widgets.find(c => c.model.type === "code");
          const source = cell.model.sharedModel.getSource();
          cell.model.sharedModel.setSource(source.replace('org: str = "79"', 'org: str = "45"'));
        }"""
    )
    assert run_all(page)["errors"] == []
    assert "Quảng Trị" in page.evaluate(_HEAD)
    page.screenshot(path=os.environ.get("THADS_PICTURES", str(tmp_path)) + "/diagnostics.png")
    assert outside == []
