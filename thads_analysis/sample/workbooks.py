"""The sample as monthly workbooks: forms 04 and 05 in the layout of the circular in force."""

from __future__ import annotations

__all__ = ["SIMULATED_MARK", "write_workbooks"]

from pathlib import Path

import pandas as pd

from thads_analysis.forms import VINTAGE_LINES, write_forms
from thads_analysis.period import Period

SIMULATED_MARK = "SỐ LIỆU MÔ PHỎNG"

_FORMS = {"04": "cases", "05": "money"}


def write_workbooks(observations: pd.DataFrame, folder: Path) -> list[Path]:
    """Write one workbook a period and vintage, with a sheet for cases and one for money.

    Every sheet says that its figures are simulated; see `forms.write_forms` for its layout.

    Parameters
    ----------
    observations : DataFrame
        As `make_observations` returns them.
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        ``2023-M09.xlsx``, or ``2023-M12-final.xlsx`` where the vintage is specified; by period.
        The same observations always give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for _, rows in observations.groupby(["fiscal_year", "months", "as_of", "vintage"], sort=True):
        first = rows.iloc[0]
        period, vintage = Period(int(first["fiscal_year"]), int(first["months"])), str(first["vintage"])
        name = str(period) if vintage == "unspecified" else f"{period}-{vintage}"
        path = folder / f"{name}.xlsx"
        values = rows.pivot(index="org_code", columns=["measure", "item"], values="value")
        write_forms(
            path,
            period,
            {
                form: pd.DataFrame(values.xs(measure, axis=1, level="measure"))
                for form, measure in _FORMS.items()
            },
            as_of=first["as_of"].date(),
            lines=[VINTAGE_LINES[vintage]] if vintage in VINTAGE_LINES else (),
            mark=SIMULATED_MARK,
            title=f"{SIMULATED_MARK} {period}",
        )
        written.append(path)
    return written
