"""A desk to look around at: what is chosen, its charts and table at once, a button that keeps the view."""

from __future__ import annotations

__all__ = ["Explorer", "explore"]

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from thads_analysis import store
from thads_analysis.errors import ThadsError
from thads_analysis.glossary import MEASURES, N_, items_of
from thads_analysis.metrics import metric_names
from thads_analysis.org import NATION, find_orgs, groups, provinces
from thads_analysis.paths import data_dir, outputs_dir
from thads_analysis.period import Period
from thads_analysis.report import compare
from thads_analysis.report.exhibits import Exhibit
from thads_analysis.report.page import open_page

_IMAGE = re.compile(r'src="data:image/png;base64,([^"]+)"')
_WIDGET = "application/vnd.jupyter.widget-view+json"
_NAME = "explore"
_TITLE = N_("Khám phá số liệu")


def explore(
    *,
    period: str,
    org: str = NATION.code,
    lang: str = "vi",
    data: str = "",
    item: str = "",
    measure: str = "",
    first: str = "",
    versus: str = "",
) -> Explorer:
    """Open the desk at what the parameters say; everything can then be chosen anew.

    Parameters
    ----------
    period, org, lang, data
        As for every page (`page.open_page`); ``org`` may name several, separated by ``;``.
    item : str
        An item of the glossary or a metric; the completion rate without it.
    measure : {"cases", "money"}
        Cases without it.
    first : str
        First period shown; the first month of the year before without it.
    versus : str
        Keys of `compare.COMPARISONS`, separated by spaces; the nation and last year without it.

    Returns
    -------
    Explorer
        In JupyterLab the desk; where nothing can be clicked, its charts and table.
    """
    names = [name.strip() for name in org.split(";")]
    page = open_page(_NAME, title=_TITLE, period=period, org=names[0], lang=lang, data=data)
    choice = compare.choose(
        page,
        item=item or "completion_rate",
        measure=measure or "cases",
        orgs=names,
        first=first,
        versus=versus.split() or ("nation", "last_year"),
    )
    return Explorer(choice, data)


class Explorer:
    """What is chosen, and what it looks like.

    Parameters
    ----------
    choice : compare.Choice
        What to begin with.
    data : str
        Data folder, empty for the usual one.
    """

    choice: compare.Choice
    search: widgets.Text
    orgs: widgets.SelectMultiple
    measure: widgets.Dropdown
    item: widgets.Dropdown
    first: widgets.Dropdown
    last: widgets.Dropdown
    versus: widgets.SelectMultiple
    button: widgets.Button
    said: widgets.HTML
    shown: widgets.HTML
    box: widgets.VBox

    def __init__(self, choice: compare.Choice, data: str = "") -> None:
        self.choice = choice
        self.exhibits: tuple[Exhibit, ...] = ()
        self._data, self._lang, self._ready = data, choice.page.locale.lang, True
        self._make_controls()
        self.redraw()

    @property
    def frame(self) -> Any:
        """The figures behind the charts: index ``fiscal_year, months``; a column a line."""
        return self.choice.frame

    def _make_controls(self) -> None:
        choice, text = self.choice, self.choice.page.text
        held = [str(period) for period in self._periods()]
        first = Period(*(int(part) for part in choice.frame.index[0]))
        self.search = widgets.Text(description=text("Tìm tên"), continuous_update=True)
        self.orgs = widgets.SelectMultiple(description=text("Đơn vị"), rows=8)
        self.measure = self._choose(text("Chỉ số của"), MEASURES, choice.measure)
        self.item = self._choose(text("Chỉ tiêu xem"), self._items(choice.measure), choice.item)
        self.first = widgets.Dropdown(description=text("Từ kỳ"), options=held, value=str(first))
        self.last = widgets.Dropdown(description=text("Đến kỳ"), options=held, value=str(choice.page.period))
        self.versus = widgets.SelectMultiple(
            description=text("So với"),
            options=[(text(name), kind) for kind, name in compare.COMPARISONS.items()],
            value=choice.versus,
            rows=6,
        )
        self.button = widgets.Button(
            description=text("Ghi lại"), tooltip=text("Ghi hình, bảng và mã Python của phần đang xem")
        )
        self.said = widgets.HTML()
        self.shown = widgets.HTML()
        self._list_orgs("", [org.code for org in choice.orgs])
        self.search.observe(lambda _: self._list_orgs(self.search.value, self.orgs.value), "value")
        self.measure.observe(lambda _: self._list_items(), "value")
        for control in (self.orgs, self.item, self.first, self.last, self.versus):
            control.observe(lambda _: self._take(), "value")
        self.button.on_click(lambda _: self._say(self._keep))
        self.box = widgets.VBox(
            [
                widgets.HBox(
                    [
                        widgets.VBox([self.search, self.orgs]),
                        widgets.VBox([self.measure, self.item, self.first, self.last, self.button]),
                        self.versus,
                    ]
                ),
                self.said,
                self.shown,
            ]
        )

    def _periods(self) -> list[Period]:
        regime = self.choice.page.period.org_regime
        held = store.periods(store.open_store(data_dir(self._data or None)))
        return [period for period in held if period.org_regime == regime]

    def _items(self, measure: str) -> list[str]:
        return [*metric_names(), *items_of(measure)]

    def _choose(self, description: str, names: Any, value: str) -> widgets.Dropdown:
        return widgets.Dropdown(description=description, options=self._named(names), value=value)

    def _named(self, names: Any) -> list[tuple[str, str]]:
        return [(self.choice.page.locale.heading(name), name) for name in names]

    def _list_orgs(self, wanted: str, chosen: Sequence[str]) -> None:
        """Offer what the search finds, and what is chosen, so that it stays so."""
        regime = self.choice.page.period.org_regime
        everyone = (NATION, *groups(regime), *provinces(regime))
        found = {org.code for org in find_orgs(wanted, regime)} if wanted.strip() else None
        offered = [org for org in everyone if found is None or org.code in found or org.code in chosen]
        with self._quiet():
            self.orgs.options = [
                (f"{self.choice.page.name_of(org)} ({org.code})", org.code) for org in offered
            ]
            self.orgs.value = tuple(chosen)

    def _list_items(self) -> None:
        kept = self.item.value
        names = self._items(self.measure.value)
        value = kept if kept in names else names[0]
        with self._quiet():
            self.item.options = self._named(names)
            self.item.value = value
        self._take()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Change controls without drawing for each of their changes."""
        self._ready = False
        yield
        self._ready = True

    def _take(self) -> None:
        """Take over what is chosen, and show it; say what cannot be."""
        if self._ready:
            self._say(self._change)

    def _say(self, act: Callable[[], str]) -> None:
        try:
            self.said.value = act()
        except ThadsError as error:
            self.said.value = _paragraph(str(error))

    def _change(self) -> str:
        codes = self.orgs.value or (self.choice.orgs[0].code,)
        page = open_page(
            _NAME, title=_TITLE, period=self.last.value, org=codes[0], lang=self._lang, data=self._data
        )
        self.choice = compare.choose(
            page,
            item=self.item.value,
            measure=self.measure.value,
            orgs=codes,
            first=self.first.value,
            versus=self.versus.value,
        )
        self.redraw()
        return ""

    def redraw(self) -> None:
        """Draw the charts and the table of what is chosen."""
        draw = (compare.history, compare.latest, compare.table)
        self.exhibits = tuple(make(self.choice) for make in draw)
        self.shown.value = self.html

    @property
    def html(self) -> str:
        """The charts and the table, with where their figures come from."""
        simulated = self.choice.page.origin().provenance == "simulated"
        warning = self.choice.page.text("SỐ LIỆU MÔ PHỎNG.") if simulated else ""
        return "\n".join([f"<p><strong>{warning}</strong></p>", *(exhibit.html for exhibit in self.exhibits)])

    @property
    def code(self) -> str:
        """Python code that makes the same view."""
        choice = self.choice
        keywords = {
            "item": choice.item,
            "measure": choice.measure,
            "orgs": [org.code for org in choice.orgs],
            "first": self.first.value,
            "versus": list(self.versus.value),
        }
        parameters = {
            "period": str(choice.page.period),
            "org": choice.orgs[0].code,
            "lang": self._lang,
            "data": self._data,
        }
        lines = [
            "from thads_analysis.report import compare, open_page",
            "",
            f"page = open_page({_NAME!r}, title={_TITLE!r}, {_write(parameters)})",
            f"choice = compare.choose(page, {_write(keywords)})",
            "compare.history(choice)",
            "compare.latest(choice)",
            "compare.table(choice)",
            "choice.frame",
        ]
        return "\n".join(lines) + "\n"

    def save(self, folder: Path | None = None) -> list[Path]:
        """Write the view: its pictures (PNG), its figures (CSV) and the code that makes it again.

        Parameters
        ----------
        folder : Path, optional
            ``explore`` among the outputs without it.

        Returns
        -------
        list of Path
            The files, named after what they show; what has the same name is written over.
        """
        choice, target = self.choice, folder or outputs_dir() / _NAME
        target.mkdir(parents=True, exist_ok=True)
        codes = "-".join(org.code for org in choice.orgs)
        stem = f"{choice.page.period}-{codes}-{choice.item}-{choice.measure}"
        files = []
        for exhibit in self.exhibits:
            if image := _IMAGE.search(exhibit.html):
                files.append(target / f"{stem}-{exhibit.id.removeprefix('fig-')}.png")
                files[-1].write_bytes(base64.b64decode(image[1]))
        files += [target / f"{stem}.csv", target / f"{stem}.py"]
        choice.frame.to_csv(files[-2], encoding="utf-8-sig", lineterminator="\n")
        files[-1].write_text(self.code, encoding="utf-8", newline="\n")
        return files

    def _keep(self) -> str:
        files = self.save()
        return _paragraph(
            self.choice.page.text(
                "Đã ghi vào {folder}: {files}.",
                folder=files[0].parent,
                files=", ".join(file.name for file in files),
            )
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {_WIDGET: view, "text/html": self.html}


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _write(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
