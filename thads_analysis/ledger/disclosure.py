"""Small counts kept back in a table, so that no total gives away what a cell does not show."""

from __future__ import annotations

__all__ = ["LEAST", "SMALL", "WITHHELD", "suppress", "unfinished_by_kind"]

import heapq

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.ledger.record import KINDS
from thads_analysis.ledger.standing import ELIGIBLE_STATES, Standing

LEAST = 5
"""Counts below this are not shown."""

SMALL = "small"
WITHHELD = "withheld"

_Counts = NDArray[np.int64]
_Flags = NDArray[np.bool_]
_Place = tuple[int, int]


def suppress(counts: pd.DataFrame, *, total: str = "total") -> pd.DataFrame:
    """Say of every cell and total of a table of counts whether it may be shown.

    A count below `LEAST` is *small*. A small cell in a row whose other cells and total are shown is
    their difference, so further cells or totals are *withheld*: the cheapest ones (least count in all)
    that leave each small or withheld figure at least two possible values. A reader is taken to know all
    that is shown, that every total is the sum of its parts, that a small figure is 0 to 4 and a withheld
    one at least 5.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers, one row and one column a category, without totals.
    total : str
        Label of the added row and column of totals.

    Returns
    -------
    DataFrame
        The table with its totals; ``object`` cells: a count, `SMALL` or `WITHHELD`.

    Raises
    ------
    ValueError
        When a count is negative.

    Notes
    -----
    A table with its totals is a network: rows and columns are nodes, figures are arcs, and what may be
    behind the figures kept back differs from the truth by cycles of changes of one. A figure has a
    second value exactly when it lies on such a cycle. See L. Willenborg and T. de Waal, *Elements of
    Statistical Disclosure Control*, Springer 2001, chapter 6.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"civil": [2, 40], "criminal": [60, 30]}, index=["A", "B"])
    >>> suppress(table)
              civil  criminal total
    A         small  withheld    62
    B      withheld  withheld    70
    total        42        90   132
    """
    cells = counts.to_numpy(dtype=np.int64)
    if (cells < 0).any():
        message = f"a count is negative: {int(cells.min())}; expected counts of cases"
        raise ValueError(message)
    table = _add_totals(cells)
    shown = table.astype(object)
    shown[_protect(table)] = WITHHELD
    shown[table < LEAST] = SMALL
    index = pd.Index([*counts.index, total], name=counts.index.name)
    columns = pd.Index([*counts.columns, total], name=counts.columns.name)
    return pd.DataFrame(shown, index, columns)


def _add_totals(cells: _Counts) -> _Counts:
    rows = np.column_stack([cells, cells.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _protect(table: _Counts) -> _Flags:
    """Choose the figures that are not shown."""
    hidden = table < LEAST
    for place in zip(*np.nonzero(hidden), strict=True):
        cycles = [found for step in (1, -1) if (found := _cheapest_cycle(table, hidden, place, step))]
        # Figures on a cycle can all change with it: what is withheld here is protected too.
        for other in min(cycles)[1]:
            hidden[other] = True
    return hidden


def _cheapest_cycle(
    table: _Counts, hidden: _Flags, start: _Place, step: int
) -> tuple[int, list[_Place]] | None:
    """Find the cheapest cycle of changes of one on which a figure changes by ``step``.

    Figures that are not shown cost nothing, others their count.

    Returns
    -------
    tuple of int and list, or None
        What it costs, and the other figures on it; None where there is no such cycle.
    """
    if not _may_change(table[start], step):
        return None
    height, width = table.shape
    # With the totals' sign turned every row and column adds up to nothing. A change in a row is made good
    # by the opposite in another of its columns, that in another row of the column, until the first column
    # is reached. Nodes: rows, then columns.
    step *= _sign(table, start)
    goal = height + start[1]
    best, came, queue = {start[0]: 0}, dict[int, _Place](), [(0, start[0])]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal:
            break
        if cost > best[node]:
            continue
        row = node < height
        for line in range(width if row else height):
            place = (node, line) if row else (line, node - height)
            change = _sign(table, place) * (-step if row else step)
            if place == start or not _may_change(table[place], change):
                continue
            after = height + line if row else line
            price = cost + (0 if hidden[place] else int(table[place]))
            if price < best.get(after, price + 1):
                best[after], came[after] = price, place
                heapq.heappush(queue, (price, after))
    if goal not in came:
        return None
    path, node = [], goal
    while node != start[0]:
        place = came[node]
        path.append(place)
        node = place[0] if node >= height else height + place[1]
    return best[goal], path


def _sign(table: _Counts, place: _Place) -> int:
    """Sign of a figure in its row and its column: a total of one kind is turned."""
    height, width = table.shape
    return -1 if (place[0] == height - 1) != (place[1] == width - 1) else 1


def _may_change(value: int, step: int) -> bool:
    """Whether what a reader knows of a figure that is not shown allows one more or one less."""
    return value + step >= 0 and (value < LEAST) == (value + step < LEAST)


def unfinished_by_kind(standing: Standing) -> pd.DataFrame:
    """Count eligible cases that are not finished by district and kind, with small counts kept back.

    Returns
    -------
    DataFrame
        As of `suppress`: index ``district_code`` (``""`` is the province's own office) and ``total``, columns
        the kinds of `record.KINDS` that any such case has, and ``total``.
    """
    states = ", ".join(f"'{state}'" for state in ELIGIBLE_STATES)
    found = standing.ask(
        f"""
        SELECT coalesce(district_code, '') AS district_code, kind, count(*) AS cases FROM standing
        WHERE state IN ({states}) GROUP BY ALL
        """  # noqa: S608 - identifiers of this package
    )
    table = found.pivot_table(index="district_code", columns="kind", values="cases", fill_value=0, sort=False)
    kinds = [kind for kind in KINDS if kind in table.columns]
    return suppress(table.sort_index().reindex(columns=kinds).rename_axis(columns=None).astype("int64"))
