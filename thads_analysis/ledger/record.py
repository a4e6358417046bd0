"""The record of a case: two tables, what may stand in them, and what each event does to a case."""

from __future__ import annotations

__all__ = [
    "CASE_COLUMNS",
    "CLOSED",
    "EVENTS",
    "EVENT_COLUMNS",
    "GROUNDS",
    "INITIATIVES",
    "KINDS",
    "OUTCOMES",
    "STATES",
    "Event",
    "arrow_schema",
    "cases_schema",
    "events_schema",
]

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from thads_analysis.glossary import N_
from thads_analysis.org import provinces

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa
    import pyarrow

KINDS: MappingProxyType[str, str] = MappingProxyType(
    {
        "civil": N_("dân sự"),
        "criminal": N_("hình sự"),
        "administrative": N_("hành chính"),
        "marriage_and_family": N_("hôn nhân và gia đình"),
        "business": N_("kinh doanh, thương mại"),
        "labour": N_("lao động"),
        "bankruptcy": N_("phá sản"),
        "arbitration": N_("trọng tài thương mại"),
        "other": N_("loại khác"),
    }
)
"""Kinds of judgment, with the Vietnamese term."""

INITIATIVES: MappingProxyType[str, str] = MappingProxyType(
    {"ex_officio": N_("chủ động"), "on_request": N_("theo yêu cầu")}
)

GROUNDS = ("art48_1c", "other")
"""Grounds of a postponement: the parties' agreement under Article 48(1)(c), or any other."""

OUTCOMES = ("sold", "unsold")
"""How an auction round ended."""

CLOSED = "closed"

STATES: MappingProxyType[str, str] = MappingProxyType(
    {
        "in_progress": N_("đang thi hành"),
        "postponed_agreed": N_("hoãn theo Điều 48(1)(c)"),
        "not_eligible": N_("chưa có điều kiện thi hành"),
        "postponed": N_("hoãn khác"),
        "suspended": N_("tạm đình chỉ"),
        "other_pending": N_("trường hợp khác"),
        "separate_book": N_("đã chuyển sổ theo dõi riêng"),
        CLOSED: N_("đã kết thúc"),
    }
)
"""Where a case stands. The first six are items of forms 01 and 02; the separate book is outside `due`."""


@dataclass(frozen=True)
class Event:
    """What an event does to the case that it happens to.

    Parameters
    ----------
    id : str
        Value of the column ``event``.
    label : str
        Vietnamese term.
    state : str
        State of `STATES` that the case is in from then on; empty when the event changes none.
    amount : bool
        Whether the event must carry an amount of đồng; others carry none.
    reduces : bool
        Whether the amount is taken off what is still to be enforced.
    item : str
        Flow of forms 01 and 02 that the event counts in: as a case where it ends the case, as money
        with its amount. Empty for the others.
    """

    id: str
    label: str
    state: str = ""
    amount: bool = False
    reduces: bool = False
    item: str = ""


EVENTS: MappingProxyType[str, Event] = MappingProxyType(
    {
        event.id: event
        for event in (
            Event("accepted", N_("thụ lý"), "in_progress", amount=True, item="new"),
            Event("eligible", N_("xác định có điều kiện thi hành"), "in_progress"),
            Event("not_eligible", N_("xác định chưa có điều kiện thi hành"), "not_eligible"),
            Event("postponed", N_("hoãn thi hành án"), "postponed"),
            Event("suspended", N_("tạm đình chỉ thi hành án"), "suspended"),
            Event("resumed", N_("tiếp tục thi hành án"), "in_progress"),
            Event("other_pending", N_("chuyển sang trường hợp khác"), "other_pending"),
            Event("to_separate_book", N_("chuyển sổ theo dõi riêng"), "separate_book"),
            Event("struck_off", N_("đưa ra khỏi sổ theo dõi"), CLOSED, amount=True, reduces=True),
            Event("completed", N_("kết thúc, thi hành xong"), CLOSED, item="fully_enforced"),
            Event(
                "discontinued",
                N_("đình chỉ thi hành án"),
                CLOSED,
                amount=True,
                reduces=True,
                item="discontinued",
            ),
            Event(
                "entrusted", N_("ủy thác thi hành án"), CLOSED, amount=True, reduces=True, item="entrusted"
            ),
            Event(
                "revoked",
                N_("thu hồi, hủy quyết định thi hành án"),
                CLOSED,
                amount=True,
                reduces=True,
                item="revoked",
            ),
            Event("reduced", N_("giảm nghĩa vụ thi hành án"), amount=True, reduces=True, item="reduced"),
            Event(
                "collected", N_("thu được tiền, tài sản"), amount=True, reduces=True, item="fully_enforced"
            ),
            Event("paid_out", N_("chi trả"), amount=True),
            Event("auction", N_("đấu giá tài sản")),
            Event("delivered", N_("giao tài sản")),
            Event("pulled_up", N_("rút hồ sơ lên cấp tỉnh")),
            Event("executor_changed", N_("thay đổi chấp hành viên")),
        )
    }
)
"""Every event. With ``partial`` set, one that would end a case takes off its amount and ends nothing."""

CASE_COLUMNS = [
    "case_key",
    "org_regime",
    "org_code",
    "district_code",
    "executor",
    "kind",
    "initiative",
    "credit_institution",
    "corruption_economic",
    "amount_due",
    "intake_date",
]

EVENT_COLUMNS = [
    "case_key",
    "org_regime",
    "org_code",
    "date",
    "step",
    "recorded_on",
    "event",
    "amount",
    "partial",
    "ground",
    "round",
    "starting_price",
    "outcome",
    "executor",
]

_KEY = r"[A-Za-z0-9_-]{8,64}"
_PSEUDONYM = r"[A-Za-z][A-Za-z0-9_-]{3,31}"
_DISTRICT = r"[A-Za-z0-9-]{0,12}"
_LARGEST = 10**17
_FIRST_DAY, _LAST_DAY = "1975-01-01", "2099-12-31"


def _known_org(frame: pd.DataFrame) -> pd.Series:
    keys = frame["org_regime"].astype("str") + ":" + frame["org_code"].astype("str")
    known = {org.key for regime in ("63", "34") for org in provinces(regime)}
    return keys.isin(known)


def _columns(**more: pa.Column) -> dict[str, pa.Column]:
    import pandera.pandas as pa

    return {
        "case_key": pa.Column(str, pa.Check.str_matches(f"^{_KEY}$", error=f"a salted hash, {_KEY}")),
        "org_regime": pa.Column(str, pa.Check.isin(["63", "34"])),
        "org_code": pa.Column(str),
        **more,
    }


def _days() -> pa.Check:
    import pandas as pd
    import pandera.pandas as pa

    return pa.Check.in_range(pd.Timestamp(_FIRST_DAY), pd.Timestamp(_LAST_DAY))


@cache
def cases_schema() -> pa.DataFrameSchema:
    """Return the schema of the table of cases, one row a case; columns `CASE_COLUMNS`.

    Keys are unique within the frame. ``docs/ledger.md`` says what each column means.
    """
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        _columns(
            district_code=pa.Column(str, pa.Check.str_matches(f"^{_DISTRICT}$"), nullable=True),
            executor=pa.Column(
                str, pa.Check.str_matches(f"^{_PSEUDONYM}$", error=f"a pseudonym, {_PSEUDONYM}")
            ),
            kind=pa.Column(str, pa.Check.isin(list(KINDS))),
            initiative=pa.Column(str, pa.Check.isin(list(INITIATIVES))),
            credit_institution=pa.Column("bool"),
            corruption_economic=pa.Column("bool"),
            amount_due=pa.Column("Int64", pa.Check.in_range(0, _LARGEST)),
            intake_date=pa.Column("datetime64[s]", _days()),
        ),
        checks=pa.Check(_known_org, name="known_org", error="a code of a province in that list"),
        unique=["case_key"],
        report_duplicates="exclude_first",
        strict=True,
        ordered=True,
    )


@cache
def events_schema() -> pa.DataFrameSchema:
    """Return the schema of the table of events, one row an event; columns `EVENT_COLUMNS`.

    An event has an amount exactly when its `Event.amount` says so, a ground when it is a
    postponement, round, starting price and outcome when it is an auction, an executor when the case
    went to another one. ``docs/ledger.md`` says what each column means.
    """
    import pandera.pandas as pa

    with_amount = [event.id for event in EVENTS.values() if event.amount]
    endings = [event.id for event in EVENTS.values() if event.state == CLOSED and event.amount]

    def belongs(column: str, *events: str) -> pa.Check:
        def check(frame: pd.DataFrame) -> pd.Series:
            return frame[column].notna() == frame["event"].isin(events)

        expected = f"{column} with {', '.join(events)}, and with nothing else"
        return pa.Check(check, name=f"{column}_belongs", error=expected)

    def partial_of_an_ending(frame: pd.DataFrame) -> pd.Series:
        return ~frame["partial"] | frame["event"].isin(endings)

    def known_afterwards(frame: pd.DataFrame) -> pd.Series:
        return frame["recorded_on"] >= frame["date"]

    return pa.DataFrameSchema(
        _columns(
            date=pa.Column("datetime64[s]", _days()),
            step=pa.Column("int64", pa.Check.in_range(0, 255)),
            recorded_on=pa.Column("datetime64[s]", _days()),
            event=pa.Column(str, pa.Check.isin(list(EVENTS))),
            amount=pa.Column("Int64", pa.Check.in_range(0, _LARGEST), nullable=True),
            partial=pa.Column("bool"),
            ground=pa.Column(str, pa.Check.isin(GROUNDS), nullable=True),
            round=pa.Column("Int64", pa.Check.in_range(1, 99), nullable=True),
            starting_price=pa.Column("Int64", pa.Check.in_range(0, _LARGEST), nullable=True),
            outcome=pa.Column(str, pa.Check.isin(OUTCOMES), nullable=True),
            executor=pa.Column(str, pa.Check.str_matches(f"^{_PSEUDONYM}$"), nullable=True),
        ),
        checks=[
            pa.Check(_known_org, name="known_org", error="a code of a province in that list"),
            belongs("amount", *with_amount),
            belongs("ground", "postponed"),
            belongs("round", "auction"),
            belongs("starting_price", "auction"),
            belongs("outcome", "auction"),
            belongs("executor", "executor_changed"),
            pa.Check(partial_of_an_ending, name="partial", error=f"partial only with {', '.join(endings)}"),
            pa.Check(known_afterwards, name="recorded_on", error="a day not before the event's"),
        ],
        strict=True,
        ordered=True,
    )


@cache
def arrow_schema(table: str) -> pyarrow.Schema:
    """Return the Arrow schema of ``cases`` or ``events`` as the ledger keeps them.

    To the columns of the record it adds ``file`` and ``row``: where the row came from.
    """
    import pyarrow as pa

    types = {
        "amount_due": pa.int64(),
        "amount": pa.int64(),
        "starting_price": pa.int64(),
        "round": pa.int16(),
        "step": pa.int16(),
        "row": pa.int64(),
        **dict.fromkeys(("credit_institution", "corruption_economic", "partial"), pa.bool_()),
        **dict.fromkeys(("intake_date", "date", "recorded_on"), pa.date32()),
    }
    columns = {"cases": CASE_COLUMNS, "events": EVENT_COLUMNS}[table]
    return pa.schema([(name, types.get(name, pa.string())) for name in [*columns, "file", "row"]])
