"""`thads forecast` and `thads backtest`, over stores made by `thads ingest`."""

import json

import pandas as pd
import pytest

from thads_analysis.org import provinces

KEYS = {
    "org_regime", "org_code", "fiscal_year", "months", "measure", "method", "completed", "eligible",
    "rate_now", "rate_median", "rate_mean", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95",
    "upper_95", "target", "target_source", "p_target", "p_last_year", "required_completions",
    "required_per_month", "required_multiple",
}  # fmt: skip
ALL = [org.code for org in provinces("63")]
CODES = ["01", "02", "04", "06", "31", "48", "74", "75", "79", "80", "92"]  # the eight large ones and three


def make_table(years: range, months: range | tuple[int, ...], codes: list[str] = CODES) -> pd.DataFrame:
    """Completed and eligible of both measures: rates of 6 and 3 points a month, a little apart."""
    rows = []
    for place, code in enumerate(codes):
        for year in years:
            for month in months:
                eligible = (place + 5) * (100 + month)
                for measure, unit, pace in (("cases", 1, 60), ("money", 7_000_000, 30)):
                    done = eligible * (pace * month + (place * 3 + year * 7 + month) % 11) // 1000
                    rows += [
                        ("63", code, year, month, measure, "eligible", eligible * unit),
                        ("63", code, year, month, measure, "completed", done * unit),
                    ]
    columns = ["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def ingest(thads, tmp_path):
    """A store made by the command from a table of figures."""

    def make(table, option="--store"):
        file = tmp_path / "figures.csv"
        table.to_csv(file, index=False)
        status, _, err = thads("ingest", file, option, tmp_path / "mine")
        assert (status, err) == (0, "")
        return tmp_path / "mine"

    return make


def forecast(thads, store, *arguments):
    status, out, err = thads("forecast", *arguments, "--store", store, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize("option", ["--store", "--data"])
def test_a_store_is_found_by_its_own_folder_or_by_the_one_around_it(thads, ingest, option):
    store = ingest(make_table(range(2020, 2024), range(1, 13)), option)
    rows = forecast(thads, store, "2023-M09")
    assert len(rows) == 2 * (1 + len(CODES))
    assert all(set(row) >= KEYS for row in rows)
    nation = rows[0]
    assert (nation["org_code"], nation["measure"], nation["target"]) == ("VN", "cases", 82.5)
    table = make_table(range(2023, 2024), (9,))
    done = table[(table["measure"] == "cases") & (table["item"] == "completed")]["value"].sum()
    assert nation["completed"] == done
    assert nation["lower_95"] < nation["lower_50"] < nation["rate_median"] < nation["upper_50"]
    # Twelve months at six points each, whatever the method.
    assert nation["rate_median"] == pytest.approx(72.5, abs=1)
    assert nation["provenance"] == "reported"


def test_organisations_measure_and_seed_are_chosen(thads, ingest):
    store = ingest(make_table(range(2020, 2024), range(1, 13)))
    asked = ("2023-M09", "--org", "Hà Nội", "--org", "VN", "--org", "large-8", "--measure", "money")
    rows = forecast(thads, store, *asked, "--seed", "7")
    assert [row["org_code"] for row in rows] == ["VN", "large-8", "01"]
    assert {row["measure"] for row in rows} == {"money"}
    assert rows == forecast(thads, store, *asked, "--seed", "7")
    assert rows != forecast(thads, store, *asked, "--seed", "8")
    assert forecast(thads, store, "2023-M09", "--method", "chain_ladder")[0]["method"] == "chain_ladder"


def test_months_missing_in_past_years_do_not_stop_it(thads, ingest):
    store = ingest(make_table(range(2020, 2024), (3, 6, 9, 12)))
    nation = forecast(thads, store, "2023-M09", "--org", "VN")[0]
    assert nation["rate_median"] == pytest.approx(72.5, abs=1)
    assert nation["required_multiple"] > 1
    # Past years brought what lies between their months 9 and 12.
    past = make_table(range(2022, 2023), (9, 12))
    done = past[(past["measure"] == "cases") & (past["item"] == "completed")].groupby("months")["value"].sum()
    assert nation["best_completions"] == pytest.approx(done[12] - done[9], rel=0.05)


def test_late_new_empty_and_absent_provinces_are_each_told(thads, ingest):
    table = make_table(range(2020, 2024), range(1, 13), CODES[1:])  # nothing of Hà Nội
    code, year, month = table["org_code"], table["fiscal_year"], table["months"]
    late = (code == "79") & (year == 2023) & (month >= 9)
    new = (code == "02") & (year < 2023)
    table.loc[code == "04", "value"] = 0
    rows = forecast(thads, ingest(table[~late & ~new]), "2023-M09")
    cases = {row["org_code"]: row for row in rows if row["measure"] == "cases"}
    assert "imputed: 63:79" in cases["VN"]["reason"]
    assert "not held: 63:01" in cases["VN"]["reason"]
    assert cases["79"]["completed"] is None
    assert "imputed from 2023-M08" in cases["79"]["reason"]
    assert cases["79"]["rate_median"] is not None
    assert (cases["02"]["method"], cases["04"]["method"]) == (None, None)
    assert "no earlier year" in cases["02"]["reason"]
    assert "nothing eligible" in cases["04"]["reason"]
    assert "01" not in cases


def test_one_measure_alone_is_forecast_and_the_other_refused(thads, ingest):
    table = make_table(range(2020, 2024), range(1, 13))
    cases, money = forecast(thads, ingest(table[table["measure"] == "cases"]), "2023-M09", "--org", "VN")
    assert cases["method"] is not None
    assert money["method"] is money["completed"] is money["p_target"] is money["required_completions"] is None
    assert "nothing eligible" in money["reason"]


def test_a_year_without_a_known_target_names_the_last_one_and_uses_none(thads, ingest):
    table = make_table(range(2022, 2026), (6, 12))
    rows = forecast(thads, ingest(table), "2025-M06", "--org", "VN", "--measure", "cases")
    (row,) = rows
    assert row["target"] is row["p_target"] is row["required_completions"] is None
    assert (row["last_target"], row["last_target_year"]) == (83.25, 2024)
    assert row["p_last_year"] is not None


def test_old_provinces_are_summed_into_the_list_of_34(thads, ingest):
    table = make_table(range(2022, 2025), (9, 10, 12), ALL)
    now = make_table(range(2025, 2026), (9,), ALL)
    store = ingest(pd.concat([table, now]))
    assert {row["org_regime"] for row in forecast(thads, store, "2025-M09")} == {"", "63"}
    after = make_table(range(2025, 2026), (10,), [org.code for org in provinces("34")])
    file = store.parent / "after.csv"
    after.assign(org_regime="34").to_csv(file, index=False)
    assert thads("ingest", file, "--store", store)[0] == 0
    rows = forecast(thads, store, "2025-M10")
    assert {row["org_regime"] for row in rows} == {"", "34"}
    assert len(rows) == 2 * 35
    assert all(row["method"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["2023-M09", "--method", "oracle"], 2, "oracle"),
        (["2023-M09", "--org", "99"], 2, "'99'"),
        (["2023-M13"], 2, "2023-M13"),
        (["2020-M09"], 1, "at least one"),
        (["2024-M03"], 1, "2024-M03"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_one_line(thads, ingest, arguments, status, said):
    store = ingest(make_table(range(2020, 2024), range(1, 13), CODES[:3]))
    ended, out, err = thads("forecast", *arguments, "--store", store)
    assert (ended, out, len(err.splitlines())) == (status, "", 1)
    assert said in err


def test_a_folder_without_figures_is_named(thads, tmp_path):
    for command in (["forecast", "2023-M09"], ["backtest"]):
        status, _, err = thads(*command, "--store", tmp_path / "nowhere")
        assert status == 1
        assert str(tmp_path / "nowhere") in err
        assert "ingest" in err


def test_the_table_is_for_reading(thads, ingest):
    store = ingest(make_table(range(2020, 2024), range(1, 13)))
    status, out, _ = thads("forecast", "2023-M09", "--org", "VN", "--org", "79", "--store", store)
    assert status == 0
    assert "79 Hồ Chí Minh" in out
    assert "82.50" in out
    assert "under 1%" in out


def test_backtest_scores_every_method_by_measure_month_and_size(thads, ingest):
    store = ingest(make_table(range(2020, 2024), (9, 12), CODES[:6]))
    status, out, _ = thads("backtest", "--store", store, "--from", "2023", "--json")
    rows = json.loads(out)
    assert status == 0
    # Nothing is known of the other months: they are left out.
    assert {row["months"] for row in rows} == {9}
    assert {row["size"] for row in rows} == {"nation", "provinces", "small", "middle", "large"}
    assert {row["measure"] for row in rows} == {"cases", "money"}
    assert {"usual_path", "chain_ladder", "pooled", "last_movement", "mean_movement"} <= {
        row["method"] for row in rows
    }
    naive = [row for row in rows if row["method"] == "last_movement"]
    assert all(row["relative"] in (1, None) for row in naive)
    assert all(row["in_80"] is None for row in naive)
    own = [row for row in rows if row["method"] == "usual_path"]
    assert all(0 <= row["in_80"] <= 1 and row["width_80"] > 0 for row in own)


def test_scores_are_printed_for_reading(monkeypatch, thads, ingest):
    monkeypatch.setattr("thads_analysis.forecast.backtest._MONTHS", range(9, 10))
    store = ingest(make_table(range(2021, 2024), (9, 12), CODES[:3]))
    status, out, _ = thads("backtest", "--store", store)
    assert status == 0
    assert "nation" in out
    assert "usual_path" in out
