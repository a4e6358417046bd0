"""The reporting period: N months of a statistical year, cumulative from 1 October."""

from __future__ import annotations

__all__ = ["Period"]

import calendar
import re
from dataclasses import dataclass
from datetime import date

from thads_analysis import reference
from thads_analysis.errors import UsageError

_FORM = re.compile(r"(\d{4})-M(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_MERGER = date(2025, 7, 1)


@dataclass(frozen=True, order=True)
class Period:
    """A fiscal year and the number of its months covered, written ``2023-M09``.

    The statistical year runs from 1 October of the year before to 30 September and is named after
    the year in which it ends: ``2023-M09`` is 1 October 2022 to 30 June 2023.

    Parameters
    ----------
    fiscal_year : int
        2000 to 2099.
    months : int
        1 to 12.

    Examples
    --------
    >>> period = Period.parse("2023-M09")
    >>> period.start.isoformat(), period.end.isoformat()
    ('2022-10-01', '2023-06-30')
    >>> str(period.same_period_last_year), period.remaining_months, period.circular
    ('2022-M09', 3, 'TT06-2019')
    >>> str(period + 4), str(period - 9), period < period + 1
    ('2024-M01', '2022-M12', True)
    """

    fiscal_year: int
    months: int

    def __post_init__(self) -> None:
        if not (_FIRST_YEAR <= self.fiscal_year <= _LAST_YEAR and 1 <= self.months <= 12):
            message = (
                f"No such period: year {self.fiscal_year}, {self.months} months. "
                f"Years run from {_FIRST_YEAR} to {_LAST_YEAR}, months from 1 to 12, as in 2023-M09"
            )
            raise UsageError(message)

    @classmethod
    def parse(cls, text: str | Period) -> Period:
        """Read a period from text such as ``2023-M09``.

        Raises
        ------
        UsageError
            When the text has another form or names no month from M01 to M12.
        """
        if isinstance(text, Period):
            return text
        match = _FORM.fullmatch(str(text).strip())
        if match is None or not 1 <= int(match[2]) <= 12 or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
            message = (
                f"{str(text)!r} is not a period. Write the fiscal year and the months since 1 October, "
                "01 to 12: 2023-M09 for 9 months of 2023"
            )
            raise UsageError(message)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.fiscal_year}-M{self.months:02d}"

    def _repr_html_(self) -> str:
        first, last = (f"{day.day}/{day.month}/{day.year}" for day in (self.start, self.end))
        return f"<b>{self}</b> {self.label()} ({first} – {last})"

    def __add__(self, months: int) -> Period:
        if not isinstance(months, int):
            return NotImplemented
        years, index = divmod(self.fiscal_year * 12 + self.months - 1 + months, 12)
        return Period(years, index + 1)

    def __sub__(self, months: int) -> Period:
        if not isinstance(months, int):
            return NotImplemented
        return self + -months

    @property
    def start(self) -> date:
        """First day: always 1 October."""
        return date(self.fiscal_year - 1, 10, 1)

    @property
    def calendar_month(self) -> tuple[int, int]:
        """Calendar year and month of the last month covered."""
        if self.months <= 3:
            return self.fiscal_year - 1, self.months + 9
        return self.fiscal_year, self.months - 3

    @property
    def end(self) -> date:
        """Last day: the end of a calendar month."""
        year, month = self.calendar_month
        return date(year, month, calendar.monthrange(year, month)[1])

    @property
    def same_period_last_year(self) -> Period:
        """The same months of the fiscal year before."""
        return Period(self.fiscal_year - 1, self.months)

    @property
    def previous(self) -> Period:
        """The period that ended a month earlier; before M01 comes M12 of the year before."""
        return self - 1

    @property
    def year_end(self) -> Period:
        """Twelve months of the same fiscal year."""
        return Period(self.fiscal_year, 12)

    @property
    def remaining_months(self) -> int:
        """Months left until 30 September."""
        return 12 - self.months

    @property
    def circular(self) -> str | None:
        """Reporting regime in force on the last day; none before the first one that is known."""
        in_force = [name for name, since in reference.circulars() if since <= self.end]
        return in_force[-1] if in_force else None

    @property
    def org_regime(self) -> str:
        """List of provinces in force on the last day: 63 until 30 June 2025, 34 after."""
        return "63" if self.end < _MERGER else "34"

    def label(self, lang: str = "vi") -> str:
        """Name the period as a reader would: "9 tháng năm 2023", "9 months of 2023".

        Twelve months are the year itself: "năm 2023", "the year 2023".
        """
        if lang == "en":
            if self.months == 12:
                return f"the year {self.fiscal_year}"
            return f"{self.months} month{'s' if self.months > 1 else ''} of {self.fiscal_year}"
        return (
            f"năm {self.fiscal_year}" if self.months == 12 else f"{self.months} tháng năm {self.fiscal_year}"
        )
