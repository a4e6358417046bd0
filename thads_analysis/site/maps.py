"""The two maps of the front page, of cases and of money: tiles, or a user's own outlines."""

from __future__ import annotations

__all__ = ["Shapes", "draw_maps"]

from collections.abc import Mapping

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.load.geography import Shapes
from thads_analysis.locale import Locale
from thads_analysis.org import NATION, provinces
from thads_analysis.report import exhibits
from thads_analysis.report.charts.shapes import shape_map
from thads_analysis.report.charts.tiles import tile_map
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import PROVENANCES
from thads_analysis.site.diff import Report


def draw_maps(report: Report, locale: Locale, shapes: Shapes | None = None) -> list[str]:
    """Draw a map for each measure of which at least two provinces' rates are known.

    Returns
    -------
    list of str
        Markup: picture, alternative text, caption. The numbers are those of the table of organisations.
    """
    orgs = provinces(report.period.org_regime)
    drawn = []
    for measure in MEASURES:
        facts = {org.key: fact for org in orgs if (fact := report.fact("completion_rate", org, measure))}
        nation = report.fact("completion_rate", NATION, measure)
        if len(facts) > 1:
            drawn.append(_draw(report, locale, measure, facts, nation, shapes))
    return drawn


def _draw(
    report: Report,
    locale: Locale,
    measure: str,
    facts: Mapping[str, Fact],
    nation: Fact | None,
    shapes: Shapes | None,
) -> str:
    regime = report.period.org_regime
    rates = pd.Series({key: fact.value for key, fact in facts.items()}, dtype="float64")
    level = nation.value if nation else float("nan")
    drawing = (
        shape_map(rates, level, shapes, locale) if shapes else tile_map(rates, level, locale, regime=regime)
    )
    low, high = facts[str(rates.idxmin())], facts[str(rates.idxmax())]
    told = {
        "measure": locale.term(measure),
        "low": f"{low.org.name} ({low.show(locale)})",
        "high": f"{high.org.name} ({high.show(locale)})",
        "nation": nation.show(locale) if nation else "–",
        "count": locale.integer(len(facts)),
        "total": locale.integer(len(provinces(regime))),
    }
    kinds = {fact.origin.provenance for fact in facts.values()}
    return exhibits.figure(
        f"map-{measure}",
        drawing,
        title=locale.text("Về {measure}: thấp nhất {low}, cao nhất {high}", **told),
        subtitle=locale.text(
            "Tỷ lệ thi hành xong của từng địa phương, %. Mỗi ô một địa phương, đặt gần đúng vị trí"
        )
        if not shapes
        else locale.text("Tỷ lệ thi hành xong của từng địa phương, %"),
        alt=locale.text(
            "Bản đồ tỷ lệ thi hành xong về {measure} của {count} trên {total} địa phương: thấp nhất {low}, "
            "cao nhất {high}; toàn quốc {nation}. Số của từng địa phương có ở bảng kết quả của từng cơ quan "
            "trên trang này.",
            **told,
        ),
        caption=locale.text(
            "Kỳ: {period}. Tính chất: {kinds}. Số của từng địa phương ở bảng bên dưới.",
            period=report.period.label(locale.lang),
            kinds=locale.join([locale.text(PROVENANCES[kind]) for kind in PROVENANCES if kind in kinds]),
        ),
        frame=rates.to_frame("completion_rate"),
    ).html
