"""Rules on stated rates and shares: which base a printed percentage really has."""

from __future__ import annotations

__all__ = [
    "base_not_printed",
    "pair_without_base",
    "rate_on_base",
    "rates_share_base",
    "share_of_due",
    "shares_add_up",
]

import re
from collections.abc import Iterator
from fractions import Fraction

from thads_analysis.check.findings import Finding, Severity
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import (
    FACTORS,
    Book,
    Computed,
    Figure,
    compute,
    list_figures,
    lowered,
    misfit,
    say_factor,
    term,
    to_number,
)
from thads_analysis.check.sums import third_bucket_limit, two_way
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import Locale

_SISTER = {"cases": "money", "money": "cases"}
_PERCENT = Fraction(1, 100)

_LEAST_DUE = Fraction(85, 100)
"""Of what was accepted at least this much is due; an assumption: entrusting and revoking take a few
percent."""

_USUAL_REST = Fraction(10, 100)
_PAIR = re.compile(r"\d[^/;]{0,25}/[^/;\d]{0,12}\d")


def _share(part: Interval, whole: Interval) -> Interval:
    return part.over(whole).times(100)


def _fits(claim: Figure, computed: list[Computed]) -> bool:
    return any(claim.range.overlaps(value) for value, _ in computed)


def _find_accepted(book: Book, claim: Figure) -> list[Computed]:
    """What was accepted: stated, or carried in and new together."""
    stated = compute(book.choices(claim, "accepted"), lambda total: total)
    return stated or compute(book.choices(claim, "carried_in", "new"), Interval.__add__)


def _contradict(claim: Figure, value: Interval, operands: tuple[Figure, ...], say: Locale) -> str:
    return say.text(
        "{item} in là {found}, nhưng {operands} cho {expected}",
        item=term(claim.item, say),
        found=claim.show(claim.value, say),
        operands=list_figures(operands, say),
        expected=claim.show(value.middle, say),
    )


def rate_on_base(book: Book, say: Locale) -> Iterator[Finding]:
    """The completion rate against completed / eligible.

    Where eligible is not printed and TT08-2015 is in force, it is due less not eligible. Of
    administrative judgments the base is those due or followed.
    """
    for claim in book.claims("completion_rate"):
        bases = ("eligible",) if claim.measure in MEASURES else ("due", "monitored")
        computed = [one for base in bases for one in compute(book.choices(claim, "completed", base), _share)]
        by_remainder = not computed and two_way(claim.period)
        if by_remainder:
            choices = book.choices(claim, "completed", "due", "not_eligible")
            computed = compute(choices, lambda done, due, rest: _share(done, due - rest))
        wrong = misfit(claim, computed)
        if wrong is None:
            continue
        value, operands = wrong
        yield claim.finding(
            round(float(value.middle), 2),
            _contradict(claim, value, operands, say),
            _explain_rate(book, claim, operands, say),
            severity=lowered(claim, operands) or ("warning" if by_remainder else None),
        )


def _explain_rate(book: Book, claim: Figure, operands: tuple[Figure, ...], say: Locale) -> str:
    done, base = operands[0], operands[1]
    for item in ("due", "accepted", "new"):
        if item != base.item and _fits(claim, compute([(done, f) for f in book.beside(claim, item)], _share)):
            return say.text("Tỷ lệ in ra tính trên {base}", base=term(item, say))
    narrow = [(figure, base) for figure in book.beside(claim, "fully_enforced")]
    if _fits(claim, compute(narrow, _share)):
        return say.text("Tỷ lệ in ra tính riêng {part}", part=term("fully_enforced", say))
    for target in book.at(claim.org, claim.fiscal_year, 12, claim.measure, "target"):
        if claim.range.overlaps(_share(_share(done.range, base.range), target.range)):
            return say.text(
                "Số in ra là tỷ lệ đạt so với chỉ tiêu {target}", target=target.show(target.value, say)
            )
    found = _explain_copy(book, claim, "completed", "eligible", say) or _explain_slip(claim, operands, say)
    if found or claim.range.low <= 0:
        return found
    implied = done.range.over(claim.range.times(_PERCENT)).middle
    if len(operands) > 2:
        return say.text(
            "Tỷ lệ in ra ứng với khoảng {implied} có điều kiện; còn {rest} có thể là hoãn, tạm đình chỉ "
            "và trường hợp khác không nêu",
            implied=base.show_roughly(implied, say),
            rest=base.show_roughly(base.value - operands[2].value - implied, say),
        )
    return say.text(
        "Tỷ lệ in ra ứng với khoảng {implied} {base}",
        implied=base.show_roughly(implied, say),
        base=term(base.item, say),
    )


def _explain_copy(book: Book, claim: Figure, part: str, whole: str, say: Locale) -> str:
    """Say where else the printed percentage belongs: the other measure, last year."""
    sister = _SISTER.get(claim.measure, "")
    pairs = [
        (one, other)
        for one in (book.beside(claim, part, measure=sister) if sister else [])
        for other in book.beside(claim, whole, measure=sister)
    ]
    if _fits(claim, compute(pairs, _share)):
        return say.text(
            "Trùng với tỷ lệ tính được về {measure}: có thể đổi chỗ giữa việc và tiền",
            measure=say.term(sister),
        )
    if any(figure.value == claim.value for figure in book.beside(claim, claim.item, years=1)):
        return say.text("Trùng với số cùng kỳ năm trước: có thể chưa cập nhật")
    return ""


def _explain_slip(claim: Figure, operands: tuple[Figure, ...], say: Locale) -> str:
    """Say which slip of unit or of digits makes the percentage fit."""
    if len(operands) != 2:
        return ""
    part, whole = operands
    computed = _share(part.range, whole.range)
    for factor in FACTORS:
        if claim.range.overlaps(computed.times(factor)):
            # Whichever of the two has to grow was printed too small.
            return say.text(
                "{item} {slip} thì khớp: có thể sai đơn vị tính",
                item=term((part if factor > 1 else whole).item, say),
                slip=say_factor(max(factor, 1 / factor), say),
            )
    if any(claim.range.overlaps(computed.times(factor)) for factor in (Fraction(10), Fraction(1, 10))):
        return say.text("Có thể sai vị trí dấu phẩy thập phân")
    if sorted(f"{float(computed.middle):.2f}") == sorted(f"{float(claim.value):.2f}"):
        return say.text("Hai số có cùng các chữ số: có thể đảo chữ số khi gõ")
    return ""


def share_of_due(book: Book, say: Locale) -> Iterator[Finding]:
    """The shares of eligible and of not eligible against due.

    Where due is not printed it lies between eligible + not eligible and accepted, and a share is
    held against that span.
    """
    for claim in book.claims("eligible_share", "not_eligible_share"):
        parts = book.beside(claim, claim.item.removesuffix("_share"))
        wholes = [(whole, used) for whole, used in _find_due(book, claim) if whole.low > 0]
        wrong = misfit(
            claim,
            [(_share(part.range, whole), (part, *used)) for part in parts for whole, used in wholes],
        )
        if wrong is None:
            continue
        value, operands = wrong
        operands = tuple(dict.fromkeys(operands))
        yield claim.finding(
            round(float(value.middle), 2),
            _contradict(claim, value, operands, say),
            _explain_share(book, claim, operands, say),
            severity=lowered(claim, operands),
        )


def _find_due(book: Book, claim: Figure) -> list[Computed]:
    """Due as stated, else the span in which it must lie."""
    stated = compute(book.choices(claim, "due"), lambda total: total)
    if stated:
        return stated
    splits = compute(book.choices(claim, "eligible", "not_eligible"), Interval.__add__)
    totals = _find_accepted(book, claim)
    if splits and totals:
        return [(low.to(high), (*parts, *used)) for low, parts in splits for high, used in totals]
    if splits:
        limit = third_bucket_limit(claim.period, claim.measure) or _USUAL_REST
        rest = Fraction(0) if two_way(claim.period) else limit
        return [(low.to(low.times(1 / (1 - rest))), parts) for low, parts in splits]
    return [(high.times(_LEAST_DUE).to(high), used) for high, used in totals]


def _explain_share(book: Book, claim: Figure, operands: tuple[Figure, ...], say: Locale) -> str:
    part = operands[0]
    other_item = "not_eligible" if part.item == "eligible" else "eligible"
    others, dues = book.beside(claim, other_item), book.beside(claim, "due")
    found = _explain_copy(book, claim, part.item, "due", say)
    if found:
        return found
    if _fits(claim, compute([(other, due) for other in others for due in dues], _share)):
        return say.text("Trùng với tỷ lệ của {item}: có thể đổi chỗ", item=term(other_item, say))
    if _fits(claim, compute([(part, other) for other in others], lambda p, o: _share(p, p + o))):
        return say.text("Tỷ lệ in ra tính trên tổng của có điều kiện và chưa có điều kiện")
    if dues and any(claim.range.overlaps(_share(part.range, t)) for t, _ in _find_accepted(book, claim)):
        return say.text("Tỷ lệ in ra tính trên {base}", base=term("accepted", say))
    if not dues:
        return _explain_slip(claim, operands, say)
    implied = part.show_roughly(dues[0].value * claim.value / 100, say)
    all_the_rest = any((part.range + other.range).overlaps(due.range) for other in others for due in dues)
    if part.item == "not_eligible" and all_the_rest and claim.value * dues[0].value < 100 * part.value:
        return say.text(
            "{found} là toàn bộ phần còn lại, gồm cả hoãn, tạm đình chỉ và trường hợp khác; tỷ lệ in ra "
            "ứng với khoảng {implied}",
            found=part.show(part.value, say),
            implied=implied,
        )
    return _explain_slip(claim, operands, say) or say.text(
        "Tỷ lệ in ra ứng với khoảng {implied} {base}", implied=implied, base=term(part.item, say)
    )


def shares_add_up(book: Book, say: Locale) -> Iterator[Finding]:
    """The two shares of due together: never above 100 %, and 100 % under TT08-2015.

    From TT06-2019 on the rest is silent up to the limits of `sums.third_bucket_limit`.
    """
    for claim in book.claims("not_eligible_share"):
        limit = third_bucket_limit(claim.period, claim.measure)
        least = Fraction(100) if two_way(claim.period) else 100 * (1 - limit) if limit else Fraction(0)
        wrong = misfit(
            # Held as if the sum itself were the figure: it must lie between the least and 100.
            claim,
            [
                (Interval(least, Fraction(100)) - share.range, (share,))
                for share in book.beside(claim, "eligible_share")
            ],
        )
        if wrong is None:
            continue
        share = wrong[1][0]
        total = share.value + claim.value
        severity: Severity | None = None
        explanation = ""
        if total < 100 and two_way(claim.period):
            severity = "warning"
            explanation = say.text(
                "Theo Thông tư 08/2015 hai phần này là toàn bộ số phải thi hành; có thể tính trên số thụ lý, "
                "gồm cả ủy thác"
            )
        elif total < 100:
            severity = "note"
            explanation = say.text("Phần hoãn, tạm đình chỉ và trường hợp khác thường chỉ từ 1 đến 4%")
        yield claim.finding(
            to_number(100 - share.value),
            say.text(
                "tỷ lệ có điều kiện {one} và chưa có điều kiện {other} cộng lại {total}",
                one=share.show(share.value, say),
                other=claim.show(claim.value, say),
                total=claim.show(total, say),
            ),
            explanation,
            severity=lowered(claim, (share,)) or severity,
        )


def base_not_printed(book: Book, say: Locale) -> Iterator[Finding]:
    """A rate printed beside completed and a total that is not its base, while eligible is not printed.

    Formula: ``completed / rate`` is the eligible that the rate implies. It is never above the total;
    where the share of eligible in due is printed with due, it is that share of it.
    """
    for claim in book.claims("completion_rate"):
        if claim.measure not in MEASURES or book.beside(claim, "eligible") or claim.range.low <= 0:
            continue
        dues = compute(book.choices(claim, "due"), lambda total: total)
        rests = book.beside(claim, "not_eligible")
        if dues and rests and two_way(claim.period):
            continue  # rate_on_base knows the base
        shares = book.beside(claim, "eligible_share")
        totals = [
            (done, whole, used)
            for done in book.beside(claim, "completed")
            for whole, used in dues or _find_accepted(book, claim)
            # What another text prints is not beside the rate.
            if whole.low > 0 and lowered(claim, (done, *used)) is None
        ]
        bases = [(done, whole) for done, whole, _ in totals]
        for done, whole, _ in totals:
            # The share is of due, of which only accepted may be printed.
            span = whole if dues else whole.times(_LEAST_DUE).to(whole)
            bases += [(done, span * share.range.times(_PERCENT)) for share in shares]
        if not totals or any(claim.range.overlaps(_share(done.range, base)) for done, base in bases):
            continue
        done, whole, used = totals[0]
        yield _tell_base(claim, done, whole, used, shares, rests, say)


def _tell_base(
    claim: Figure,
    done: Figure,
    whole: Interval,
    used: tuple[Figure, ...],
    shares: list[Figure],
    rests: list[Figure],
    say: Locale,
) -> Finding:
    implied = done.range.over(claim.range.times(_PERCENT))
    shown = {
        "rate": claim.show(claim.value, say),
        "done": done.show(done.value, say),
        "implied": done.show_roughly(implied.middle, say),
        "whole": list_figures(used, say),
    }
    if implied.low > whole.high:
        return claim.finding(
            round(float(_share(done.range, whole).middle), 2),
            say.text(
                "thi hành xong {done} và tỷ lệ {rate} ứng với {implied} có điều kiện, lớn hơn {whole}",
                **shown,
            ),
            severity="error",
        )
    explanation = say.text("Mẫu số là số có điều kiện thi hành, khoảng {implied}, không được in ra", **shown)
    if rests and whole.middle - rests[0].value > implied.middle:
        explanation += say.text(
            "; ngoài số đó và số chưa có điều kiện còn khoảng {rest}: ủy thác, hoãn, tạm đình chỉ hoặc "
            "trường hợp khác",
            rest=done.show_roughly(whole.middle - rests[0].value - implied.middle, say),
        )
    if not shares:
        return claim.finding(
            round(float(_share(done.range, whole).middle), 2),
            say.text("tỷ lệ {rate} của {done} không tính trên {whole} in bên cạnh", **shown),
            explanation,
        )
    base = whole * shares[0].range.times(_PERCENT)
    return claim.finding(
        round(float(_share(done.range, base).middle), 2),
        say.text(
            "tỷ lệ {rate} của {done} không khớp với tỷ lệ có điều kiện {share} của {whole}",
            share=shares[0].show(shares[0].value, say),
            **shown,
        ),
        explanation,
        severity="warning",
    )


def rates_share_base(book: Book, say: Locale) -> Iterator[Finding]:
    """Two results of one paragraph with their percentages imply the same base.

    An item ``<x>_rate_pct`` is the printed percentage of ``<x>``. Its base is eligible, or what
    completed and the completion rate imply where eligible is not printed.
    """
    for claim in book.claims(*{f.item for f in book.figures if f.item.endswith("_rate_pct")}):
        parts = book.beside(claim, claim.item.removesuffix("_rate_pct"))
        bases = compute(book.choices(claim, "eligible"), lambda total: total) or compute(
            book.choices(claim, "completed", "completion_rate"), lambda done, rate: done.over(rate).times(100)
        )
        wrong = misfit(
            claim,
            [(_share(part.range, base), (part,)) for part in parts for base, _ in bases if base.low > 0],
        )
        if wrong is None or claim.range.low <= 0:
            continue
        value, (part,) = wrong
        yield claim.finding(
            round(float(value.middle), 2),
            say.text(
                "hai tỷ lệ của một đoạn không cùng mẫu số: {found} ứng với {implied}, tỷ lệ kia {base}",
                found=claim.show(claim.value, say),
                implied=part.show_roughly(part.range.over(claim.range).times(100).middle, say),
                base=part.show_roughly(bases[0][0].middle, say),
            ),
        )


def pair_without_base(book: Book, say: Locale) -> Iterator[Finding]:
    """A pair "a/b" whose second number is a total and not eligible: its quotient is not the rate."""
    for claim in book.claims("due", "accepted"):
        done = book.beside(claim, "completed")
        if not done or claim.measure not in MEASURES or _PAIR.search(claim.text) is None or claim.value <= 0:
            continue
        if book.beside(claim, "eligible") or book.beside(claim, "completion_rate"):
            continue
        yield claim.finding(
            None,
            say.text(
                "cặp {done}/{whole}: {quotient} là phần của {base}, không phải tỷ lệ thi hành xong",
                done=done[0].show(done[0].value, say),
                whole=claim.show(claim.value, say),
                base=term(claim.item, say),
                quotient=say.percent(float(done[0].value / claim.value)),
            ),
            say.text("Tỷ lệ thi hành xong tính trên số có điều kiện thi hành, không được in ra"),
        )
