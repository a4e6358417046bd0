from thads_analysis.forecast import year_weights
from thads_analysis.period import Period

LAW = {"event": "law", "kind": "break", "first_day": "2020-01-05", "last_day": "2020-01-05"}
SHOCK = {"event": "lockdown", "kind": "shock", "first_day": "2021-07-09", "last_day": "2021-09-30"}
YEARS = [2019, 2020, 2021, 2022]


def test_year_before_a_break_counts_half_and_one_with_the_break_inside_a_quarter() -> None:
    from_june = year_weights(Period(2023, 9), YEARS, [LAW])["weight"]
    assert from_june.to_dict() == {2019: 0.5, 2020: 1.0, 2021: 1.0, 2022: 1.0}
    from_november = year_weights(Period(2023, 2), YEARS, [LAW])["weight"]
    assert from_november.to_dict() == {2019: 0.5, 2020: 0.25, 2021: 1.0, 2022: 1.0}


def test_shock_reduces_only_the_year_it_struck() -> None:
    weights = year_weights(Period(2023, 9), YEARS, [LAW, SHOCK])
    assert weights["weight"].to_dict() == {2019: 0.5, 2020: 1.0, 2021: 0.25, 2022: 1.0}
    assert weights["events"].to_dict() == {2019: "law", 2020: "", 2021: "lockdown", 2022: ""}


def test_event_after_the_period_is_not_known_yet() -> None:
    assert year_weights(Period(2019, 12), [2018], [LAW])["weight"].tolist() == [1.0]


def test_two_breaks_multiply() -> None:
    older = LAW | {"event": "older", "first_day": "2020-07-01", "last_day": "2020-07-01"}
    assert year_weights(Period(2023, 9), [2019], [LAW, older])["weight"].tolist() == [0.25]


def test_project_events_mark_the_circular_of_2020_and_the_lockdown() -> None:
    weights = year_weights(Period(2023, 9), [2019, 2020, 2021, 2022])
    assert weights["weight"].tolist() == [0.5, 1.0, 0.25, 1.0]
