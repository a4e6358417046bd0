"""The terms of the field: measures, items and the identities that bind them."""

from __future__ import annotations

__all__ = [
    "ADMINISTRATIVE",
    "IDENTITIES",
    "ITEMS",
    "MEASURES",
    "N_",
    "PROVENANCES",
    "RATIOS",
    "VINTAGES",
    "Item",
    "Measure",
    "items_of",
    "label",
]

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


def N_(message: str) -> str:  # noqa: N802 - the conventional name of the gettext marker
    """Mark a text for the catalogue without translating it here."""
    return message


Kind = Literal["stock", "flow", "total", "memo"]


@dataclass(frozen=True)
class Measure:
    """What is counted: cases or money."""

    id: str
    label: str
    unit: str


@dataclass(frozen=True)
class Item:
    """One logical column of forms 01 and 02.

    ``kind`` says how the item moves inside a fiscal year: a ``flow`` accumulates from 1 October,
    a ``stock`` is what stands at the period's end (or its start, for ``carried_in``), a ``total``
    is made of both, a ``memo`` stands outside the account.
    """

    id: str
    label: str
    kind: Kind
    measures: tuple[str, ...] = ("cases", "money")


MEASURES: MappingProxyType[str, Measure] = MappingProxyType(
    {
        m.id: m
        for m in (
            Measure("cases", N_("việc"), N_("việc")),
            Measure("money", N_("tiền"), N_("đồng")),
        )
    }
)

ITEMS: MappingProxyType[str, Item] = MappingProxyType(
    {
        i.id: i
        for i in (
            Item("carried_in", N_("năm trước chuyển sang"), "stock"),
            Item("new", N_("mới thụ lý"), "flow"),
            Item("accepted", N_("tổng số thụ lý"), "total"),
            Item("entrusted", N_("ủy thác"), "flow"),
            Item("pulled_up", N_("Cục rút lên"), "flow"),
            Item("revoked", N_("thu hồi, hủy quyết định"), "flow"),
            Item("due", N_("tổng số phải thi hành"), "total"),
            Item("eligible", N_("có điều kiện thi hành"), "total"),
            Item("fully_enforced", N_("thi hành xong (hẹp)"), "flow"),
            Item("discontinued", N_("đình chỉ"), "flow"),
            Item("reduced", N_("giảm thi hành án"), "flow", ("money",)),
            Item("completed", N_("thi hành xong"), "flow"),
            Item("in_progress", N_("đang thi hành"), "stock"),
            Item("postponed_agreed", N_("hoãn theo Điều 48(1)(c)"), "stock"),
            Item("not_eligible", N_("chưa có điều kiện thi hành"), "stock"),
            Item("postponed", N_("hoãn khác"), "stock"),
            Item("suspended", N_("tạm đình chỉ"), "stock"),
            Item("other_pending", N_("trường hợp khác"), "stock"),
            Item("carried_out", N_("số chuyển kỳ sau"), "stock"),
            Item("separate_book", N_("đã chuyển sổ theo dõi riêng"), "memo"),
        )
    }
)

RATIOS: MappingProxyType[str, str] = MappingProxyType(
    {
        "completion_rate": N_("tỷ lệ thi hành xong"),
        "eligible_share": N_("tỷ lệ có điều kiện thi hành"),
        "not_eligible_share": N_("tỷ lệ chưa có điều kiện thi hành"),
        "clearance_rate": N_("tỷ lệ giải quyết so với thụ lý mới"),
        "disposition_time": N_("thời gian giải quyết tồn (ngày)"),
        "target": N_("chỉ tiêu"),
        "gap_full_year": N_("chênh lệch so với chỉ tiêu năm"),
        "gap_prorata": N_("chênh lệch so với tiến độ"),
        "attainment": N_("tỷ lệ đạt so với chỉ tiêu"),
        "over_target": N_("vượt, thiếu so với chỉ tiêu"),
        "over_prorata_target": N_("vượt, thiếu so với tiến độ"),
    }
)

ADMINISTRATIVE: MappingProxyType[str, str] = MappingProxyType(
    {
        "judgments_received": N_("bản án tòa án chuyển giao"),
        "monitored": N_("việc được theo dõi"),
        "voluntary_notices": N_("văn bản thông báo tự nguyện thi hành"),
        "compulsory_decisions": N_("quyết định buộc thi hành được đăng tải công khai"),
        "meetings": N_("vụ việc đã làm việc với người phải thi hành"),
        "recommendations": N_("văn bản kiến nghị xử lý trách nhiệm"),
        "ongoing": N_("việc đang tiếp tục theo dõi"),
    }
)
"""What is counted of administrative judgments (THAHC), besides the items that they share with cases."""

IDENTITIES: MappingProxyType[str, MappingProxyType[str, int]] = MappingProxyType(
    {
        total: MappingProxyType(parts)
        for total, parts in {
            "accepted": {"carried_in": 1, "new": 1},
            "due": {"accepted": 1, "entrusted": -1, "pulled_up": -1, "revoked": -1},
            "completed": {"fully_enforced": 1, "discontinued": 1, "reduced": 1},
            "eligible": {"completed": 1, "in_progress": 1, "postponed_agreed": 1},
            "carried_out": {"due": 1, "completed": -1},
        }.items()
    }
)
"""Each total as a signed sum of its parts. An item that a measure lacks counts as nothing.

Besides these, ``due = eligible + not_eligible + postponed + suspended + other_pending``: the last
three are nothing until TT06-2019 moved them out of ``eligible`` and ``not_eligible``.
"""

PROVENANCES = ("published", "reported", "simulated")
VINTAGES = ("provisional", "final", "unspecified")


def items_of(measure: str) -> tuple[str, ...]:
    """Identifiers of the items that a measure has, in the order of the forms."""
    return tuple(item.id for item in ITEMS.values() if measure in item.measures)


def label(identifier: str) -> str:
    """Vietnamese term of a measure, an item, a count of THAHC or a ratio, as it stands inside a sentence."""
    if identifier in ITEMS:
        return ITEMS[identifier].label
    if identifier in MEASURES:
        return MEASURES[identifier].label
    return ADMINISTRATIVE[identifier] if identifier in ADMINISTRATIVE else RATIOS[identifier]
