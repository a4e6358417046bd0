"""The simulated sample: agrees with what is published, adds up, and looks like the field."""

import csv
import itertools
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from thads_analysis import schema
from thads_analysis.glossary import IDENTITIES, ITEMS, items_of
from thads_analysis.load import load_workbook
from thads_analysis.paths import published_file
from thads_analysis.sample import make_observations, write_workbooks
from thads_analysis.sample.calibrate import apportion, logit, tilt

YEARS = range(2016, 2024)
COUNTS = {*ITEMS, "carried_out_eligible"}
RATES = {"completion_rate": ("completed", "eligible"), "eligible_share": ("eligible", "due")}

# Published figures that another published figure contradicts: (year, months, measure, item, value).
# docs/sample-data.md says which of the two was taken, and why.
CONTRADICTED = {
    (
        2016,
        12,
        "cases",
        "carried_out_eligible",
        "144857",
    ): "675,429 less 530,428 is 145,001",
    (2017, 12, "cases", "completed_change_abs", "19134"): "an early count; the final change is 18,987",
    (
        2017,
        12,
        "money",
        "completed_change_abs",
        "6136000000000",
    ): "an early count, as above",
    (2020, 12, "money", "completion_rate", "40.09"): "53,750.695 of 132,905.418 is 40.44 %",
    (2020, 12, "money", "completion_rate_change", "4.66"): "follows from 40.09",
    (2023, 12, "money", "completion_rate_change", "1.24"): "46.78 less 45.42 is 1.36",
}


def published_rows():
    """National figures of the sample's years about its items, but for those of low confidence."""
    with published_file().open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = row["item"]
            base = item.removesuffix("_change_abs").removesuffix("_change_pct").removesuffix("_change")
            if (
                row["org_level"] == "national"
                and int(row["fiscal_year"]) in YEARS
                and row["measure"] in ("cases", "money")
                and base in COUNTS | RATES.keys()
                and row["confidence"] != "low"
            ):
                yield row


ROWS = list(published_rows())


def name_row(row):
    return "-".join([row["fiscal_year"], row["months"], row["measure"], row["item"], row["value"]])


def key(row):
    return (int(row["fiscal_year"]), int(row["months"]), row["measure"], row["item"], row["value"])


@pytest.fixture(scope="module")
def sums(sample_observations):
    """Sums over the provinces, by (provisional or not, year, months, measure, item)."""
    provisional = sample_observations["vintage"] == "provisional"
    by = ["fiscal_year", "months", "measure", "item"]
    return sample_observations.groupby([provisional, *by])["value"].sum().to_dict()


def simulate(sums, row, item, years_back=0):
    """The sample's own value of an item: an exact count, or an exact fraction of one in percent."""
    year, months, measure = int(row["fiscal_year"]) - years_back, int(row["months"]), row["measure"]
    provisional = row["vintage"] == "provisional" and not years_back

    def total(name):
        return int(sums[(provisional, year, months, measure, name)])

    if item in RATES:
        part, whole = RATES[item]
        return Fraction(100 * total(part), total(whole))
    if item == "carried_out_eligible":
        return total("eligible") - total("completed")
    return total(item)


def print_pct(value):
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def agrees(sums, row):
    """Whether the sum over the provinces is what the row prints, to its last digit."""
    printed, item = Decimal(row["value"]), row["item"]
    if item.endswith("_change_abs"):
        item = item.removesuffix("_change_abs")
        value = simulate(sums, row, item) - simulate(sums, row, item, years_back=1)
    elif item.endswith("_change_pct"):
        item = item.removesuffix("_change_pct")
        value = 100 * (Fraction(simulate(sums, row, item), simulate(sums, row, item, years_back=1)) - 1)
    elif item.endswith("_change"):
        item = item.removesuffix("_change")
        value = simulate(sums, row, item) - simulate(sums, row, item, years_back=1)
    else:
        value = simulate(sums, row, item)

    if row["unit"] in ("pct", "pp"):
        return print_pct(value) == printed
    if row["bound"] == "exact":
        return value == printed
    if row["bound"] == "at_most":
        return value <= printed
    truncated = "truncated to tỷ" in row["note"]
    return value >= printed and (not truncated or value < printed + 10**9)


@pytest.mark.parametrize("row", [row for row in ROWS if key(row) not in CONTRADICTED], ids=name_row)
def test_provinces_sum_to_what_is_published(sums, row):
    assert agrees(sums, row)


@pytest.mark.parametrize("row", [row for row in ROWS if key(row) in CONTRADICTED], ids=name_row)
def test_contradicted_figures_are_indeed_given_up(sums, row):
    assert not agrees(sums, row)


def test_the_published_figures_are_there():
    # A test over rows that a filter finds must not pass because it finds none.
    assert len(ROWS) > 150
    assert {key(row) for row in ROWS} >= CONTRADICTED.keys()


@pytest.mark.parametrize(
    ("measure", "item", "expected"),
    [
        # Nine months of FY2023 (bulletin of July 2023).
        ("cases", "completed", 382_058),
        ("cases", "eligible", 574_289),
        ("cases", "due", 775_101),
        ("money", "completed", 70_278_705_371_000),
    ],
)
def test_nine_months_of_2023(sample_panel, measure, item, expected):
    assert sample_panel.xs((2023, 9), level=("fiscal_year", "months"))[measure, item].sum() == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # October 2023: 299,096 + 636,950 - 12,004 - 501 = 923,541; 575,667 of 691,593 is 83.24 %.
        ("carried_in", 299_096),
        ("new", 636_950),
        ("entrusted", 12_004),
        ("revoked", 501),
        ("due", 923_541),
        ("eligible", 691_593),
        ("completed", 575_667),
    ],
)
def test_october_count_of_2023(sums, item, expected):
    assert sums[(True, 2023, 12, "cases", item)] == expected


def test_observations_satisfy_the_schema(sample_observations):
    assert list(sample_observations.columns) == schema.OBSERVATION_COLUMNS
    checked = schema.validate_observations(sample_observations, "sample")
    assert set(checked["provenance"]) == {"simulated"}
    items = sum(len(items_of(measure)) for measure in ("cases", "money"))
    assert len(checked) == 63 * items * (8 * 12 + 1)


def test_every_month_of_every_province_adds_up(sample_observations, sample_panel):
    assert sample_panel.shape[0] == 63 * 8 * 12
    assert not sample_panel.isna().any(axis=None)
    schema.validate_panel(sample_panel)
    provisional = sample_observations[sample_observations["vintage"] == "provisional"]
    schema.validate_panel(schema.to_panel(provisional))


def test_two_calls_give_the_same(sample_observations):
    pd.testing.assert_frame_equal(make_observations(), sample_observations)


def test_days_and_vintages(sample_observations):
    known = sample_observations.drop_duplicates(["fiscal_year", "months", "vintage"])
    known = known.set_index(["fiscal_year", "months", "vintage"])["as_of"].dt.strftime("%Y-%m-%d").to_dict()
    assert known[(2023, 9, "unspecified")] == "2023-07-05"
    assert known[(2023, 3, "unspecified")] == "2023-01-05"
    assert known[(2022, 12, "final")] == "2022-12-01"
    assert known[(2023, 12, "provisional")] == "2023-10-20"
    assert known[(2023, 12, "final")] == "2023-12-01"
    assert len(known) == 97


def test_money_is_in_whole_thousands(sample_observations):
    money = sample_observations.loc[sample_observations["measure"] == "money", "value"]
    assert (money % 1000 == 0).all()
    assert (money % 10_000 != 0).any()


@pytest.mark.parametrize("measure", ["cases", "money"])
def test_flows_never_fall_within_a_year(sample_panel, measure):
    flows = [item.id for item in ITEMS.values() if item.kind == "flow" and measure in item.measures]
    steps = sample_panel[measure][flows].groupby(level=["org", "fiscal_year"]).diff()
    assert (steps.dropna() >= 0).all(axis=None)


def test_provisional_year_is_no_lower_than_its_eleven_months(sample_observations, sample_panel):
    provisional = schema.to_panel(sample_observations[sample_observations["vintage"] == "provisional"])
    before = sample_panel.xs((2023, 11), level=("fiscal_year", "months"))
    after = provisional.droplevel(["fiscal_year", "months"])
    for measure in ("cases", "money"):
        flows = [item.id for item in ITEMS.values() if item.kind == "flow" and measure in item.measures]
        assert (after[measure][flows] >= before[measure][flows]).all(axis=None)


def test_december_count_corrects_some_provinces(sample_observations, sample_panel):
    provisional = schema.to_panel(sample_observations[sample_observations["vintage"] == "provisional"])
    final = sample_panel.xs((2023, 12), level=("fiscal_year", "months"))
    changed = (provisional.droplevel(["fiscal_year", "months"]) != final)["cases", "completed"]
    assert 5 <= changed.sum() <= 20


def test_nothing_but_the_book_and_small_corrections_is_lost_between_years(sample_panel):
    for measure in ("cases", "money"):
        wide = sample_panel[measure].astype("int64")
        for year in YEARS[1:]:
            left = wide.xs((year - 1, 12), level=("fiscal_year", "months"))
            opened = wide.xs((year, 1), level=("fiscal_year", "months"))
            lost = left["carried_out"] - opened["carried_in"]
            assert (lost >= 0).all()
            if year <= 2020:
                assert lost.sum() < 0.002 * left["carried_out"].sum()
            else:
                moved = opened["separate_book"] - left["separate_book"]
                # The book also shrinks by a few in a thousand a month.
                assert (moved <= lost).all()
                assert (lost - moved <= 0.01 * left["separate_book"] + 1).all()


def test_circular_of_2019_restates_what_is_carried_in(sample_panel):
    for measure in ("cases", "money"):
        wide = sample_panel[measure].astype("int64")
        months = {m: wide.xs((2020, m), level=("fiscal_year", "months")) for m in (3, 4, 5)}
        restated = months[3]["carried_in"] - months[4]["carried_in"]
        assert (restated > 0).all()
        assert (months[4]["separate_book"] == restated).all()
        assert (months[4]["carried_in"] == months[5]["carried_in"]).all()


def test_split_of_what_is_due_follows_the_circular(sample_panel):
    index = sample_panel.index.to_frame(index=False)
    month = index["fiscal_year"] * 12 + index["months"]
    old = (month < 2020 * 12 + 4).to_numpy()
    for measure in ("cases", "money"):
        wide = sample_panel[measure].astype("int64")
        outside = wide["postponed"] + wide["suspended"] + wide["other_pending"]
        assert (outside[old] == 0).all()
        assert (wide["separate_book"][old] == 0).all()
        share = outside[~old] / wide["due"][~old]
        assert share.between(0.01, 0.04).all()


def test_eligible_money_falls_in_the_last_months_of_2023(sums):
    path = [sums[(False, 2023, m, "money", "eligible")] for m in (9, 10, 11, 12)]
    assert path == sorted(path, reverse=True)
    # 70,278.7 / 32.45 % is 216,575 billion; 89,412 / 46.78 % is 191,133 billion.
    assert path[0] == pytest.approx(216_575e9, rel=0.001)
    assert path[-1] == pytest.approx(191_133e9, rel=0.001)


def test_size_and_concentration(sample_panel):
    due = sample_panel.xs(12, level="months").astype("int64")
    for measure, low, high in (("cases", 0.11, 0.14), ("money", 0.37, 0.46)):
        wide = due[measure]["due"].unstack("org")
        share = wide.div(wide.sum(axis=1), axis=0)
        # Hồ Chí Minh City held 11 to 14 % of cases and 37 to 46 % of money (provincial bulletins).
        assert share["63:79"].between(low, high).all()
        assert (share.drop(columns="63:79").idxmax(axis=1) == "63:01").all()
    top = due["money"]["due"].unstack("org").apply(lambda year: year.nlargest(5).sum() / year.sum(), axis=1)
    assert top.between(0.55, 0.75).all()


@pytest.mark.parametrize(
    ("code", "year", "months", "item", "published"),
    [
        ("45", 2016, 12, "accepted", 3_725),  # Quảng Trị
        ("72", 2019, 10, "accepted", 29_020),  # Tây Ninh
        ("83", 2020, 9, "accepted", 16_632),  # Bến Tre
        ("89", 2023, 6, "due", 13_087),  # An Giang
        ("64", 2022, 12, "due", 18_819),  # Gia Lai
        ("91", 2022, 12, "due", 20_352),  # Kiên Giang
        ("66", 2018, 5, "accepted", 11_684),  # Đắk Lắk
        ("40", 2022, 12, "due", 20_559),  # Nghệ An
        ("15", 2023, 12, "accepted", 5_169),  # Yên Bái
    ],
)
def test_provinces_are_about_as_large_as_published(sample_panel, code, year, months, item, published):
    value = int(sample_panel.loc[(f"63:{code}", year, months), ("cases", item)])
    assert value == pytest.approx(published, rel=0.25)


def _rates(panel, measure, months):
    wide = panel[measure].xs(months, level="months").astype("int64")
    return (wide["completed"] / wide["eligible"]).unstack("org")


def test_provinces_lie_apart_and_stay_themselves(sample_panel):
    cases, money = (_rates(sample_panel, measure, 9) for measure in ("cases", "money"))
    assert cases.std(axis=1).between(0.045, 0.07).all()
    assert (money.std(axis=1) > cases.std(axis=1)).all()
    for rates, least in ((cases, 0.6), (money, 0.4)):
        for before, after in itertools.pairwise(YEARS):
            memory = rates.loc[before].corr(rates.loc[after])
            assert least < memory < 0.97


def test_rest_of_the_year_is_neither_given_nor_lost(sample_panel):
    # On log-odds, what the last three months add differs between provinces and between years.
    for measure, least, most in (("cases", 0.05, 0.2), ("money", 0.15, 0.4)):
        late, early = (_rates(sample_panel, measure, m) for m in (12, 9))
        move = np.log(late / (1 - late)) - np.log(early / (1 - early))
        assert move.std(axis=1).between(least, most).all()
        assert move.mean(axis=1).std() > 0.05


def test_no_two_provinces_are_alike(sample_panel):
    for period, rows in sample_panel.groupby(level=["fiscal_year", "months"]):
        assert not rows.duplicated().any(), period


def monthly(panel, measure, item):
    national = panel[measure][item].groupby(level=["fiscal_year", "months"]).sum().astype("int64")
    return national.groupby(level="fiscal_year").diff().fillna(national).unstack("months")


def test_work_moves_with_tet(sample_panel):
    # Tết fell on 8 Feb 2016, 16 Feb 2018, 5 Feb 2019 and 12 Feb 2021 (month 5), on 25 Jan 2020 and
    # 22 Jan 2023 (month 4): that month has less than the others of January to March.
    done = monthly(sample_panel, "cases", "completed")[[4, 5, 6]]
    lowest = done.idxmin(axis=1).to_dict()
    assert {year: lowest[year] for year in (2016, 2018, 2019, 2021)} == dict.fromkeys(
        (2016, 2018, 2019, 2021), 5
    )
    assert {year: lowest[year] for year in (2020, 2023)} == {2020: 4, 2023: 4}


def test_quarter_ends_and_september_are_busy(sample_panel):
    done = monthly(sample_panel, "cases", "completed")
    for quarter_end in (3, 6, 9, 12):
        assert (done[quarter_end] > done[quarter_end - 1]).all()
    # All but the year whose September was spent under distancing.
    assert (done.drop(index=2021).idxmax(axis=1) == 12).all()


def test_summer_of_2021_was_lost_most_in_the_south(sample_panel):
    done = monthly(sample_panel, "cases", "completed")
    others = [year for year in YEARS if year != 2021]
    assert done.loc[2021, [10, 11, 12]].sum() < 0.75 * done.loc[others, [10, 11, 12]].sum(axis=1).mean()
    late, early = (_rates(sample_panel, "cases", m).loc[2021] for m in (12, 8))
    gain = late - early
    assert gain["63:79"] < gain.mean()
    assert (
        gain[["63:74", "63:75", "63:92", "63:89"]].mean() < gain[["63:20", "63:24", "63:40", "63:14"]].mean()
    )


def test_one_workbook_a_period_and_vintage(sample_observations, sample_panel, tmp_path):
    written = write_workbooks(sample_observations, tmp_path)
    assert len(written) == 97
    assert {path.name for path in written} >= {
        "2016-M01.xlsx",
        "2023-M09.xlsx",
        "2022-M12-final.xlsx",
        "2023-M12-provisional.xlsx",
        "2023-M12-final.xlsx",
    }

    workbook = CalamineWorkbook.from_path(tmp_path / "2023-M09.xlsx")
    assert workbook.sheet_names == ["Biểu 04", "Biểu 05"]
    rows = workbook.get_sheet_by_name("Biểu 05").to_python()
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    for text in (
        "SỐ LIỆU MÔ PHỎNG",
        "9 tháng năm 2023, từ 01/10/2022 đến 30/6/2023",
        "Đơn vị tính: 1.000 đồng",
        "Hà Nội, ngày 05 tháng 7 năm 2023",
        "Cục THADS tỉnh Quảng Trị",
        "Cục THADS thành phố Hồ Chí Minh",
    ):
        assert texts.count(text) == 1, text
    assert sum(text.startswith("Cục THADS ") for text in texts) == 63
    assert 70_278_705_371 in next(row for row in rows if row[0] == "Tổng số")
    capital = next(row for row in rows if row[0] == "Cục THADS thành phố Hà Nội")
    expected = sample_panel.loc[("63:01", 2023, 9), "money"]
    for item in ("accepted", "due", "eligible", "completed", "carried_out"):
        assert expected[item] // 1000 in capital

    year = CalamineWorkbook.from_path(tmp_path / "2023-M12-provisional.xlsx").get_sheet_by_name("Biểu 04")
    texts = {cell for row in year.to_python() for cell in row if isinstance(cell, str)}
    assert {"Số liệu sơ bộ", "Hà Nội, ngày 20 tháng 10 năm 2023"} <= texts


def select(observations, year, months):
    return observations[(observations["fiscal_year"] == year) & (observations["months"] == months)]


def test_workbooks_repeat_byte_for_byte(sample_observations, tmp_path):
    month = sample_observations[
        (sample_observations["fiscal_year"] == 2018) & (sample_observations["months"] == 2)
    ]
    first, second = (write_workbooks(month, tmp_path / name)[0].read_bytes() for name in ("a", "b"))
    assert first == second


def test_old_circular_has_no_columns_beside_the_two_of_its_time(sample_observations, tmp_path):
    month = sample_observations[
        (sample_observations["fiscal_year"] == 2017) & (sample_observations["months"] == 9)
    ]
    (path,) = write_workbooks(month, tmp_path)
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("Biểu 04")
    texts = {cell for row in sheet.to_python() for cell in row if isinstance(cell, str)}
    assert "Chưa có điều kiện thi hành" in texts
    assert not any("sổ theo dõi riêng" in text or text.startswith("Tạm đình chỉ") for text in texts)


@pytest.mark.parametrize(("year", "months", "left_out"), [(2017, 9, 4), (2020, 4, 0), (2023, 12, 0)])
def test_loader_reads_back_what_was_written(sample_observations, tmp_path, year, months, left_out):
    written = select(sample_observations, year, months)
    read = pd.concat([load_workbook(path) for path in write_workbooks(written, tmp_path)])
    # What has no column under the older circular is nothing anyway: four items of two measures.
    on = [*schema.OBSERVATION_KEY, "vintage", "as_of", "provenance", "value"]
    both = written.merge(read, on=on, how="left", indicator=True)
    lost = both[both["_merge"] == "left_only"]
    assert len(lost) == 63 * 2 * left_out
    assert (lost["value"] == 0).all()
    assert len(read) == len(written) - len(lost)


@given(
    total=st.integers(0, 10**12),
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=70).filter(lambda w: sum(w) > 1e-3),
)
def test_apportion_adds_up_and_stays_near(total, weights):
    parts = apportion(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()
    exact = [Fraction(w) * total / sum(map(Fraction, weights)) for w in weights]
    assert all(abs(int(p) - e) < 1 + Fraction(1, 100) for p, e in zip(parts, exact, strict=True))


def test_apportion_by_hand():
    # Hamilton's method: exact shares 4.7, 3.3 and 2.0 of 10; the unit left goes to the first.
    assert apportion(10, np.array([47.0, 33.0, 20.0])).tolist() == [5, 3, 2]


@given(
    odds=st.lists(st.floats(-3, 3), min_size=2, max_size=70),
    part=st.floats(0.02, 0.98),
)
def test_tilt_meets_its_total_within_bounds(odds, part):
    base = np.full(len(odds), 1_000_000)
    total = round(part * base.sum())
    taken = tilt(base, np.array(odds), total)
    assert taken.sum() == pytest.approx(total, rel=1e-9)
    assert ((taken > 0) & (taken < base)).all()
    # Every province is moved by the same step on log-odds.
    steps = logit(taken / base) - np.array(odds)
    assert np.ptp(steps) < 1e-6


def test_identities_of_the_glossary_hold_by_plain_addition(sample_panel):
    # Apart from the schema: 2016-M07, 2020-M04 and 2023-M12, all provinces, by hand from the rules.
    for year, months in ((2016, 7), (2020, 4), (2023, 12)):
        for measure in ("cases", "money"):
            w = sample_panel.xs((year, months), level=("fiscal_year", "months"))[measure].astype("int64")
            reduced = w["reduced"] if measure == "money" else 0
            assert (w["accepted"] == w["carried_in"] + w["new"]).all()
            assert (w["due"] == w["accepted"] - w["entrusted"] - w["pulled_up"] - w["revoked"]).all()
            assert (w["completed"] == w["fully_enforced"] + w["discontinued"] + reduced).all()
            assert (w["eligible"] == w["completed"] + w["in_progress"] + w["postponed_agreed"]).all()
            assert (w["carried_out"] == w["due"] - w["completed"]).all()
    assert set(IDENTITIES) == {"accepted", "due", "completed", "eligible", "carried_out"}
