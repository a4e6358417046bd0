"""The page of a unit's own cases: which hold the result back, how old they are, who has how many."""

from __future__ import annotations

__all__ = [
    "Unit",
    "ages",
    "by_kind",
    "listing",
    "lists",
    "loads",
    "method",
    "read_unit",
    "spread",
    "state",
    "summary",
    "transfers",
]

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.ledger import age, disclosure, survival, workload
from thads_analysis.ledger.files import open_ledger
from thads_analysis.ledger.lists import LISTS
from thads_analysis.ledger.record import KINDS
from thads_analysis.ledger.standing import Standing, stand
from thads_analysis.org import Org
from thads_analysis.paths import data_dir
from thads_analysis.period import Period
from thads_analysis.report import caselists
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.page import Page

_ROWS = 15
_WATCHED_YEARS = 3
_PAST_YEARS = 5
_MONEY = {"held_money": "held", "sold_not_delivered": "starting_price"}


@dataclass(frozen=True)
class Unit:
    """What the page shows of a unit's cases."""

    origin: Origin
    lists: dict[str, pd.DataFrame] = field(repr=False)
    ages: pd.DataFrame = field(repr=False)
    watched: pd.DataFrame = field(repr=False)
    watched_from: date
    kinds: pd.DataFrame = field(repr=False)
    loads: pd.DataFrame = field(repr=False)
    moves: pd.DataFrame = field(repr=False)
    expected: survival.Expected | None
    arrivals: dict[int, int]


def read_unit(page: Page) -> Unit:
    """Read what a page shows of its unit's cases, once."""
    folder = data_dir(page.data or None)
    return _read_unit(folder, page.org, page.period, page.context.as_of)


@cache
def _read_unit(folder: Path, org: Org, period: Period, known: date | None) -> Unit:
    ledger = open_ledger(folder)
    with stand(ledger, org, period.end, known) as standing:
        first = age.watched_since(standing)
        start = max(period.start.replace(year=period.start.year - _WATCHED_YEARS + 1), first)
        expected, arrivals = _look_ahead(standing, period, first)
        simulated = ledger.simulated
        return Unit(
            Origin(
                "simulated" if simulated else "reported",
                caselists.SIMULATED if simulated else caselists.SOURCE,
                standing.last_known,
            ),
            {name: find(standing) for name, find in LISTS.items()},
            age.age_of_stock(standing),
            age.spells(standing, start),
            start,
            disclosure.unfinished_by_kind(standing),
            workload.caseloads(standing),
            workload.transfers(standing),
            expected,
            arrivals,
        )


def _look_ahead(
    standing: Standing, period: Period, first: date
) -> tuple[survival.Expected | None, dict[int, int]]:
    """Expect what came of the cases at hand in the same months of past years; nothing without any."""
    years = [Period(period.fiscal_year - back, period.months) for back in range(1, _PAST_YEARS + 1)]
    held = [year for year in years if year.end >= first]
    if not held or not period.remaining_months:
        return None, {}
    spells = {year: age.spells(standing, year.end, year.year_end.end) for year in held}
    at_hand = {year: rows[rows["eligible"].notna()] for year, rows in spells.items()}
    past = pd.concat([rows.assign(year=year.fiscal_year) for year, rows in at_hand.items()])
    arrivals = {
        year.fiscal_year: int((rows["eligible"].isna() & (rows["ending"] == "completed")).sum())
        for year, rows in spells.items()
    }
    try:
        now = age.spells(standing, period.end)
        return survival.expected_completions(past, now[now["eligible"].notna()]), arrivals
    except DataError:
        return None, {}


def summary(page: Page) -> Exhibit:
    """Say for whom the page is, and what stands out."""
    unit = read_unit(page)
    stock = unit.ages.sum()
    facts = {
        "cases": state(page, "unfinished_stock", "cases", int(stock["eligible_cases"])),
        "money": state(page, "unfinished_stock", "money", int(stock["eligible_money"])),
        "old": state(page, "eligible_over_1y_stock", "cases", len(unit.lists["eligible_over_1y"])),
        "held": state(page, "held_money_stock", "money", int(unit.lists["held_money"]["held"].sum())),
    }
    return page.lead(
        [
            page.text(
                "Trang này có từng việc cụ thể, chỉ dùng trong nội bộ {org} để chỉ đạo, đôn đốc; không gửi "
                "kèm báo cáo, không đưa lên mạng.",
                org=page.name_of(page.org),
            ),
            page.text(
                "Đến {day}, đơn vị còn {cases} có điều kiện chưa xong với {money}; trong đó {old} đã thụ lý"
                " trên 1 năm. Tiền đã thu chưa chi trả: {held}.",
                day=page.locale.date(page.period.end),
                **{name: fact.show(page.locale) for name, fact in facts.items()},
            ),
            page.text(
                "{unsold} có tài sản đấu giá từ 3 lần không có người mua; {sold} đã bán chưa giao tài sản; "
                "{stalled} đang thi hành lâu không có tác nghiệp.",
                unsold=_count(page, unit, "unsold"),
                sold=_count(page, unit, "sold_not_delivered"),
                stalled=_count(page, unit, "stalled"),
            ),
        ]
    )


def lists(page: Page) -> Exhibit:
    """Table of the lists: how many cases each has, and how much money."""
    unit, rows, facts = read_unit(page), [], []
    for name, frame in unit.lists.items():
        amount = int(frame[_MONEY.get(name, "left_over")].sum())
        counted = state(page, f"{name}_stock", "cases", len(frame))
        summed = state(page, f"{name}_stock", "money", amount)
        facts += [counted, summed]
        rows.append(
            {"title": caselists.title_of(name, page.locale), "cases": counted.value, "money": summed.value}
        )
    return page.table(
        "tab-lists",
        pd.DataFrame(rows),
        {
            "title": Column(page.text("Danh sách"), number=False, wrap=True),
            "cases": Column(page.text("Số việc"), page.locale.integer),
            "money": Column(page.text("Tiền (nghìn đồng)"), page.locale.thousands),
        },
        title=page.text("Những việc cần chỉ đạo"),
        notes=[
            page.text(
                "Một việc có thể có tên trong nhiều danh sách, nên không cộng các dòng. Tiền là số còn phải"
                " thi hành; với tiền đã thu chưa chi là số chưa chi, với tài sản đã bán chưa giao là giá "
                "khởi điểm. Danh sách giá trị lớn lấy 50 việc đầu."
            )
        ],
        facts=facts,
    )


def listing(page: Page, name: str, list_name: str = "") -> Exhibit:
    """Show a list of cases: its first rows, or all when it is the list that was asked for."""
    unit = read_unit(page)
    table = caselists.case_table(name, unit.lists[name], page.locale)
    if table.frame.empty:
        return page.note(page.text("{title}: không có việc nào.", title=table.title), table.rule)
    shown = table.frame if list_name == name else table.frame.head(_ROWS)
    notes = [table.rule]
    if len(shown) < len(table.frame):
        notes.append(
            page.text(
                "In {shown} dòng đầu trong {total}; danh sách đầy đủ lấy bằng lệnh: {command}",
                shown=len(shown),
                total=page.locale.integer(len(table.frame)),
                command=f"thads cases {page.period} --org {page.org.code} --list {name} --to {name}.xlsx",
            )
        )
    counted = state(page, f"{name}_stock", "cases", len(table.frame))
    return page.table(
        f"tab-{name.replace('_', '-')}",
        shown,
        {column: table.column(column, page.locale) for column in table.on_page},
        title=f"{table.title}: {page.locale.cases(len(table.frame))}",
        notes=notes,
        facts=[counted],
    )


def ages(page: Page) -> Exhibit:
    """Table of unfinished cases by time since intake."""
    unit = read_unit(page)
    facts = [
        state(page, f"age_{band}__{who}_stock", measure, int(row[f"{who}_{measure}"]))
        for band, row in unit.ages.iterrows()
        for who in ("eligible", "other")
        for measure in ("cases", "money")
    ]
    total = unit.ages.sum().rename("total")
    frame = pd.concat([unit.ages, total.to_frame().T])
    names = [*(page.text(text) for text in age.AGE_BANDS.values()), page.text("Cộng")]
    older = unit.ages.loc["1y_to_2y":, "eligible_cases"].sum() / max(total["eligible_cases"], 1)
    return page.table(
        "tab-ages",
        frame.assign(name=names),
        {
            "name": Column(page.text("Thời gian từ khi thụ lý"), number=False),
            "eligible_cases": Column(page.text("Có điều kiện (việc)"), page.locale.integer),
            "eligible_money": Column(page.text("Có điều kiện (nghìn đồng)"), page.locale.thousands),
            "other_cases": Column(page.text("Khác (việc)"), page.locale.integer),
            "other_money": Column(page.text("Khác (nghìn đồng)"), page.locale.thousands),
        },
        title=page.text(
            "{share} số việc có điều kiện chưa xong đã thụ lý trên 1 năm",
            share=page.locale.percent(state(page, "eligible_over_1y_share", "cases", older).value),
        ),
        notes=[
            page.text(
                "Khác: chưa có điều kiện, hoãn khác, tạm đình chỉ, trường hợp khác; không kể sổ theo dõi "
                "riêng."
            )
        ],
        facts=facts,
    )


def by_kind(page: Page) -> Exhibit:
    """Table of unfinished eligible cases by kind and district, small counts kept back."""
    unit = read_unit(page)

    def show(value: object) -> str:
        if value == disclosure.SMALL:
            return f"< {disclosure.LEAST}"
        return "•" if value == disclosure.WITHHELD else page.locale.integer(int(str(value)))

    office = page.text("Cơ quan tỉnh")
    table = unit.kinds
    names = {"": office, "total": page.text("Cộng")}
    heads = {kind: _capital(page.text(text)) for kind, text in KINDS.items()}
    heads["total"] = page.text("Cộng")
    columns = {"name": Column(page.text("Địa bàn"), number=False)}
    columns |= {str(kind): Column(heads[str(kind)], show) for kind in table.columns}
    return page.table(
        "tab-kinds",
        table.assign(name=[names.get(str(code), str(code)) for code in table.index]),
        columns,
        title=page.text("Việc có điều kiện chưa xong, theo loại việc và địa bàn"),
        notes=[
            page.text(
                "Số nhỏ hơn {number} không in rõ; • : số khác không in, để không suy ra được số nhỏ từ các "
                "số cộng.",
                number=disclosure.LEAST,
            )
        ],
        facts=[state(page, "unfinished_stock", "cases", int(unit.ages["eligible_cases"].sum()))],
    )


def spread(page: Page) -> Exhibit:
    """Table of how evenly cases are spread over the executors."""
    unit = read_unit(page)
    table = workload.load_spread(unit.loads)
    names = {
        "eligible": page.text("Có điều kiện chưa xong"),
        "other": page.text("Khác chưa xong"),
        "completed": page.text("Xong trong năm"),
    }
    shown = ("total", "least", "quarter", "median", "three_quarters", "most")
    facts = [
        state(page, f"load_{load}__{column}_stock", "cases", round(value))
        for load, row in table[list(shown)].to_dict("index").items()
        for column, value in row.items()
    ]
    counted = state(page, "executors", "cases", len(unit.loads))
    row = table.to_dict("index")["eligible"]
    count = page.locale.integer
    heads = {
        "total": page.text("Cộng"),
        "least": page.text("Ít nhất"),
        "quarter": page.text("Một phần tư có đến"),
        "median": page.text("Một nửa có đến"),
        "three_quarters": page.text("Ba phần tư có đến"),
        "most": page.text("Nhiều nhất"),
    }
    return page.table(
        "tab-spread",
        table.round().assign(name=list(names.values())),
        {
            "name": Column(page.text("Số việc mỗi chấp hành viên"), number=False),
            **{column: Column(head, count) for column, head in heads.items()},
        },
        title=page.text(
            "{executors} chấp hành viên: mỗi người {least} đến {most} việc có điều kiện chưa xong, giữa là "
            "{median}",
            executors=counted.show(page.locale),
            least=count(round(row["least"])),
            most=count(round(row["most"])),
            median=count(round(row["median"])),
        ),
        facts=[*facts, counted],
    )


def loads(page: Page) -> Exhibit:
    """Table of cases of each executor, in the order of the pseudonyms."""
    unit = read_unit(page)
    frame = pd.concat([unit.loads, unit.loads.sum().rename(page.text("Cộng")).to_frame().T])
    return page.table(
        "tab-loads",
        frame.assign(name=[str(code) for code in frame.index]),
        {
            "name": Column(page.text("Chấp hành viên (mã)"), number=False),
            "eligible": Column(page.text("Có điều kiện chưa xong"), page.locale.integer),
            "other": Column(page.text("Khác chưa xong"), page.locale.integer),
            "completed": Column(page.text("Xong trong năm"), page.locale.integer),
            "received": Column(page.text("Nhận từ người khác"), page.locale.integer),
            "passed_on": Column(page.text("Chuyển cho người khác"), page.locale.integer),
        },
        title=page.text("Số việc của từng chấp hành viên"),
        notes=[
            page.text(
                "Xếp theo mã, không phải theo kết quả: việc khó dễ khác nhau, nên số việc không cho biết ai "
                "làm tốt hơn."
            )
        ],
        facts=[state(page, "executors", "cases", len(unit.loads))],
    )


def transfers(page: Page) -> Exhibit:
    """Table of cases that went from one executor to another, month by month."""
    unit = read_unit(page)
    facts = [
        state(page, f"transfers_{column}__month_{month}_stock", "cases", int(value))
        for month, row in unit.moves.iterrows()
        for column, value in row.to_dict().items()
    ]
    names = [page.locale.month(month, full=True) for month in range(1, len(unit.moves) + 1)]
    total = unit.moves.sum().rename("total").to_frame().T
    frame = pd.concat([unit.moves, total]).assign(name=[*names, page.text("Cộng")])
    return page.table(
        "tab-transfers",
        frame,
        {
            "name": Column(page.text("Tháng"), number=False),
            "transfers": Column(page.text("Lượt chuyển"), page.locale.integer),
            "cases": Column(page.text("Số việc"), page.locale.integer),
            "completed_soon": Column(page.text("Xong trong 30 ngày sau khi chuyển"), page.locale.integer),
        },
        title=page.text(
            "{count} lượt chuyển việc giữa các chấp hành viên từ đầu năm",
            count=page.locale.integer(int(total["transfers"].iloc[0])),
        ),
        notes=[
            page.text(
                "Chuyển việc có thể có lý do chính đáng; việc vừa chuyển đã xong thì nên xem lại kết quả "
                "tính cho ai."
            )
        ],
        facts=facts,
    )


def method(page: Page) -> Exhibit:
    """Say what the page counts, and what it cannot say."""
    return page.note(
        page.text(
            "Tình trạng từng việc tính từ các sự kiện đến hết kỳ; tổng của chúng đối chiếu được với biểu 01"
            " và biểu 02 của đơn vị."
        ),
        page.text(
            "Mã việc và mã chấp hành viên là mã thay thế riêng của nơi cài đặt, không phải số thụ lý hay họ"
            " tên."
        ),
        page.text(
            "Thời gian đến khi xong theo Kaplan và Meier coi việc ra khỏi sổ cách khác là không còn theo "
            "dõi, nên cao hơn thực tế; cột cuối của bảng theo Aalen và Johansen tính cả các việc đó."
        ),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(page: Page, unit: Unit, name: str) -> str:
    return state(page, f"{name}_stock", "cases", len(unit.lists[name])).show(page.locale)


def state(page: Page, identifier: str, measure: str, value: object) -> Fact:
    """Record a figure of the unit's cases."""
    origin = read_unit(page).origin
    return page.state(Fact(identifier, page.org, page.period, measure, value, origin, derived=True))
