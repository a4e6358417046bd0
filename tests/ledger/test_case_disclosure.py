"""No count that is kept back can be worked out from what is shown."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from thads_analysis.ledger.disclosure import LEAST, SMALL, WITHHELD, suppress


def ranges(shown: pd.DataFrame) -> dict[tuple[int, int], tuple[float, float]]:
    """What a reader can work out of each figure that is not shown, by linear programming.

    The sums of a table are a network, so that its least and greatest values are whole numbers.
    """
    height, width = shown.shape
    known = {SMALL: (0, LEAST - 1), WITHHELD: (LEAST, None)}
    bounds = [known.get(value, (value, value)) for value in shown.to_numpy().ravel()]
    sums = []
    for row in range(height):
        one = np.zeros((height, width))
        one[row] = [1] * (width - 1) + [-1]
        sums.append(one.ravel())
    for column in range(width):
        one = np.zeros((height, width))
        one[:, column] = [1] * (height - 1) + [-1]
        sums.append(one.ravel())
    found = {}
    for row, column in product(range(height), range(width)):
        if isinstance(shown.iat[row, column], str):
            aim = np.zeros(height * width)
            aim[row * width + column] = 1
            ends = []
            for sign in (1, -1):
                solved = linprog(sign * aim, A_eq=np.array(sums), b_eq=np.zeros(len(sums)), bounds=bounds)
                ends.append(sign * solved.fun if solved.status == 0 else np.inf)
            found[row, column] = (ends[0], ends[1])
    return found


tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.one_of(st.integers(0, 7), st.integers(0, 60)))
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_nothing_that_is_kept_back_can_be_worked_out(counts: np.ndarray) -> None:
    shown = suppress(pd.DataFrame(counts))
    for low, high in ranges(shown).values():
        assert high - low > 0.5


@settings(max_examples=60, deadline=None)
@given(tables)
def test_what_is_shown_is_true_and_what_is_small_is_not_shown(counts: np.ndarray) -> None:
    shown = suppress(pd.DataFrame(counts)).to_numpy()
    table = np.vstack([np.column_stack([counts, counts.sum(1)]), [*counts.sum(0), counts.sum()]])
    for value, truth in zip(shown.ravel(), table.ravel(), strict=True):
        assert value == (SMALL if truth < LEAST else truth) or (value == WITHHELD and truth >= LEAST)


def test_one_small_cell_takes_the_cheapest_three_with_it() -> None:
    counts = pd.DataFrame({"civil": [2, 40, 300], "criminal": [60, 30, 500]}, index=["A", "B", "C"])
    shown = suppress(counts)
    kept = [
        (row, column)
        for row in shown.index
        for column in shown.columns
        if isinstance(shown.at[row, column], str)
    ]
    assert kept == [("A", "civil"), ("A", "criminal"), ("B", "civil"), ("B", "criminal")]
    assert shown.at["A", "civil"] == SMALL
    assert shown["total"].tolist() == [62, 70, 800, 932]


def test_a_table_without_small_counts_is_shown_whole() -> None:
    shown = suppress(pd.DataFrame([[5, 6], [7, 8]]))
    assert shown.to_numpy().tolist() == [[5, 6, 11], [7, 8, 15], [12, 14, 26]]


def test_the_cells_of_a_small_row_do_not_follow_from_its_total() -> None:
    # Four ones make a total of four: were a small cell at least one, each would be known.
    assert (suppress(pd.DataFrame([[1, 1, 1, 1]])) == SMALL).to_numpy().all()


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative: -1"):
        suppress(pd.DataFrame([[-1]]))
