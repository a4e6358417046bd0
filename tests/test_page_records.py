"""A page's record in its file: small, and the same when it is read again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.errors import DataError
from thads_analysis.report.records import read_record, write_record

ORIGINS = st.fixed_dictionaries(
    {
        "provenance": st.sampled_from(["published", "reported", "simulated"]),
        "source": st.text(max_size=8),
        "as_of": st.none() | st.just("2023-07-05"),
        "vintage": st.sampled_from(["final", "provisional"]),
    }
)
FIGURES = st.builds(
    lambda origin, value: {"identifier": "completed", "value": value, **origin},
    ORIGINS,
    st.none() | st.integers(),
)


@given(st.lists(FIGURES), st.text())
def test_a_record_is_read_as_it_was_written(figures, title):
    record = {"title": title, "figures": figures, "exhibits": []}
    written = write_record(record)
    assert read_record(written, "79/trend.json") == record
    origins = json.loads(written)["origins"]
    assert len({json.dumps(origin, sort_keys=True) for origin in origins}) == len(origins)


def test_figures_of_one_source_name_it_once():
    origin = {"provenance": "published", "source": "Báo cáo A", "as_of": None, "vintage": "final"}
    record = {"figures": [{"identifier": name, "value": 1, **origin} for name in ("due", "new")]}
    assert write_record(record).count("Báo cáo A") == 1


def test_a_record_of_before_is_read_too():
    figure = {"identifier": "due", "source": "Báo cáo A"}
    assert read_record(json.dumps({"figures": [figure]}), "79/trend.json") == {"figures": [figure]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"figures": [1]}',
        '{"figures": {"columns": ["value", "origin"], "data": [[1, 1]]}, "origins": [{}]}',
        '{"figures": {"columns": ["value", "origin"], "data": [[1]]}, "origins": [{}]}',
    ],
)
def test_what_is_no_record_is_refused_by_name(text):
    with pytest.raises(DataError, match=r"79/trend\.json is missing or damaged; expected the record"):
        read_record(text, "79/trend.json")
