"""The simulated lives of one organisation's cases, month by month, so that every item is met exactly."""

from __future__ import annotations

__all__ = ["EVENT_CODES", "Lives"]

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.ledger.record import EVENTS
from thads_analysis.ledger.selection import Ints, divide, pick, settle

Items = Mapping[tuple[str, str], int]
"""Values of a panel's row by (measure, item)."""

EVENT_CODES = {event: code for code, event in enumerate(EVENTS)}

_EPOCH = date(1970, 1, 1).toordinal()
_GONE, _OPEN, _BOOK = 0, 1, 7
# Places beside the open ones: item, code, event into it (for the ground, see `_into`), event out of it.
_PLACES = (
    ("postponed_agreed", 2, "postponed", "resumed"),
    ("not_eligible", 3, "not_eligible", "eligible"),
    ("postponed", 4, "postponed", "resumed"),
    ("suspended", 5, "suspended", "resumed"),
    ("other_pending", 6, "other_pending", "eligible"),
)
_AGREED = 2
_CHURN = 0.02  # of those outside what is in progress, come back each month
_CLOSING_SHARE = (0.6, 0.9)  # of what is collected, in cases that it ends
_ATTEMPTS = 16
_NEVER = 2**31 - 1
_EXCHANGED = 5
_RESERVE = 12  # of a month's new cases stay open, so that like cases are there to settle the sums
_PARTIAL_CASES = 0.03
_PRIOR = 0.15  # of the cases carried into the first year had something collected before
_MEAN_AGE = {_OPEN: 330, 2: 700, 3: 1100, 4: 600, 5: 800, 6: 500, _BOOK: 1700}
_OLDEST = 4300
_HELD = 0.04  # of what is collected, not paid out
_LONGEST_PAYOUT = 40
_AUCTIONED, _SOLD, _DELIVERED = 0.006, 0.3, 0.4
_MOVED = 0.002  # of open cases change executor in a month
_STEP = {"auction": 40, "delivered": 41, "executor_changed": 42, "paid_out": 100}


class Lives:
    """Cases of one organisation and what happens to them, in arrays.

    Parameters
    ----------
    rng : Generator
    size : int
        How many cases there will be in all.
    unit : int
        Amounts are multiples of this many đồng.
    executors : int
        How many executors the organisation has.
    """

    rng: np.random.Generator
    unit: int
    executors: int
    used: int
    amount: np.ndarray
    balance: np.ndarray
    state: np.ndarray
    likeness: np.ndarray
    intake: np.ndarray
    executor: np.ndarray
    last_day: np.ndarray
    last_step: np.ndarray
    round: np.ndarray
    sold: np.ndarray
    reserve: np.ndarray

    def __init__(self, rng: np.random.Generator, size: int, unit: int, executors: int) -> None:
        self.rng, self.unit, self.executors = rng, unit, executors
        self.used = 0
        self.amount = np.zeros(size, dtype=np.int64)
        self.balance = np.zeros(size, dtype=np.int64)
        self.state = np.zeros(size, dtype=np.int8)
        self.likeness = np.zeros(size, dtype=np.uint64)
        self.intake = np.zeros(size, dtype=np.int32)
        self.executor = rng.integers(executors, size=size, dtype=np.int16)
        self.last_day = np.zeros(size, dtype=np.int32)
        self.last_step = np.zeros(size, dtype=np.int16)
        self.round = np.zeros(size, dtype=np.int8)
        self.sold = np.zeros(size, dtype=bool)
        self.chunks: list[dict[str, NDArray[np.generic]]] = []
        self.reserve = np.zeros(0, dtype=np.int64)
        self._month = self._year = 0

    def open(self, items: Items, start: date) -> None:
        """Put in place what the first period carries in, and what its separate book holds."""
        cases, money = items["cases", "carried_in"], items["money", "carried_in"]
        day = start.toordinal() - _EPOCH
        for item, code, *_ in _PLACES:
            count, amount = (
                items[measure, item] * items[measure, "carried_in"] * 97 // (items[measure, "due"] * 100)
                if items[measure, "due"]
                else 0
                for measure in ("cases", "money")
            )
            if count and amount:
                amount -= amount % self.unit
                self._carry_in(code, count, amount, day)
                cases, money = cases - count, money - amount
        self._carry_in(_OPEN, cases, money, day)
        self._carry_in(_BOOK, items["cases", "separate_book"], items["money", "separate_book"], day)

    def _carry_in(self, code: int, count: int, money: int, start: int) -> None:
        rng = self.rng
        who = self._take(count, money, code)
        age = np.minimum(1 + rng.exponential(_MEAN_AGE[code], count), _OLDEST).astype(np.int32)
        prior = np.where(rng.random(count) < _PRIOR, self.balance[who] // self.unit, 0)
        prior = (prior * rng.random(count)).astype(np.int64) * self.unit
        self.amount[who] += prior
        self._accept(who, start - age)
        paid = who[prior > 0]
        self._emit("collected", paid, start - 1 - (age[prior > 0] * 0.6).astype(np.int32), prior[prior > 0])
        self._pay(paid, self.last_day[paid], prior[prior > 0])
        later = start - 1 - (age * 0.3 * rng.random(count)).astype(np.int32)
        if code == _BOOK:
            self._emit(
                "not_eligible", who, np.maximum(start - 1 - (age * 0.5).astype(np.int32), self.last_day[who])
            )
            self._emit("to_separate_book", who, np.maximum(later, self.last_day[who]))
        elif code != _OPEN:
            self._emit(self._into(code), who, np.maximum(later, self.last_day[who]), agreed=code == _AGREED)

    def live_month(
        self,
        items: Items,
        before: Items | None,
        leaving: tuple[int, int],
        days: tuple[date, date],
        *,
        book: bool,
    ) -> None:
        """Let a month happen after which every item is that of the panel.

        Parameters
        ----------
        items, before : mapping
            The panel's row of the month, and of the month before in the same year (None in October).
        leaving : tuple of int
            Cases and đồng that leave the account without a trace.
        days : tuple of date
            First and last day, between which the month's events happen.
        book : bool
            Whether there is a separate book for those that leave; else they are struck off.
        """
        self._month += 1
        begin, end = (day.toordinal() - _EPOCH for day in days)
        flow = {key: value - (before[key] if before else 0) for key, value in items.items()}
        if before is None:
            self._year = begin
        self._leave(leaving, begin, book)
        if book:
            self._shrink_book(items, begin, end)
        self._return(items, begin, end)
        self._accept_new(flow, begin, end)
        for item in ("entrusted", "revoked", "discontinued"):
            self._finish(item, _OPEN, flow["cases", item], flow["money", item], (begin, end))
        self._enforce(flow, begin, end)
        self._set_aside(items, begin, end)
        self._hold_auctions(begin, end)
        self._compare(items, days[1])

    def _leave(self, leaving: tuple[int, int], day: int, book: bool) -> None:
        if not book:
            self._finish("struck_off", 3, *leaving, (day, day))
            return
        who = self._choose(3, *leaving, before=self._year)
        if who is None:
            message = (
                f"{leaving[0]} cases cannot be found that come to {leaving[1]} đồng for the separate book"
            )
            raise DataError(message)
        self._emit("to_separate_book", who, np.full(len(who), day))
        self._place(who, _BOOK)

    def _shrink_book(self, items: Items, begin: int, end: int) -> None:
        """Strike off what left the separate book; where only money left, a part of one case's."""
        held = self._in(_BOOK)
        count = len(held) - items["cases", "separate_book"]
        money = int(self.balance[held].sum()) - items["money", "separate_book"]
        self._finish("struck_off", _BOOK, count, money, (begin, end))

    def _return(self, items: Items, begin: int, end: int) -> None:
        """Bring some of each kind back into progress: all that must come, and a few more."""
        smallest = np.sort(self.balance[self._in(_OPEN)])
        for item, code, _, event in _PLACES:
            held = self._in(code)
            count, money = items["cases", item], items["money", item]
            coming = min(max(round(_CHURN * len(held)), len(held) - count), len(held))
            growth = money - int(self.balance[held].sum())
            who = held
            while coming < len(held):
                # What has to go the other way afterwards must be worth more than the smallest there are.
                going = count - len(held) + coming
                least = 2 * int(smallest[:going].sum()) + self.unit
                usual = int(self.balance[held].sum() * 0.9 * coming / len(held))
                who = held[pick(self.rng, self.balance[held], coming, max(least - growth, usual))]
                worth = growth + int(self.balance[who].sum())
                if worth >= least if going else worth == 0:
                    break
                coming, who = min(coming + coming // 2 + 1, len(held)), held
            self._emit(event, who, self._days(who, begin, begin + (end - begin) // 3))
            self._place(who, _OPEN)

    def _set_aside(self, items: Items, begin: int, end: int) -> None:
        """Take out of progress what each kind lacks; last, so that the sums of all places are met."""
        for item, code, event, back in _PLACES:
            held = self.rng.permutation(self._in(code))
            count = items["cases", item] - len(held)
            money = items["money", item] - int(self.balance[held].sum())
            who = self._choose(_OPEN, count, money)
            for more in held[:_EXCHANGED]:
                if who is not None:
                    break
                # One case comes back so that two go the other way: more sums can be met.
                self._emit(back, more[None], self._days(more[None], begin, end))
                self._place(more[None], _OPEN)
                count, money = count + 1, money + int(self.balance[more])
                who = self._choose(_OPEN, count, money)
            if who is None:
                message = f"{count} cases cannot be found that come to {money} đồng of {item}"
                raise DataError(message)
            self._emit(event, who, self._days(who, begin, end), agreed=code == _AGREED)
            self._place(who, code)

    def _accept_new(self, flow: Items, begin: int, end: int) -> None:
        who = self._take(flow["cases", "new"], flow["money", "new"], _OPEN)
        day = self.rng.integers(begin, end + 1, size=len(who), dtype=np.int32)
        self._accept(who, day)
        self.reserve = who[np.argsort(-self.balance[who], kind="stable")[: min(_RESERVE, len(who) // 3)]]
        self._emit(
            "eligible", who, np.minimum(day + self.rng.integers(0, 11, size=len(who), dtype=np.int32), end)
        )

    def _finish(self, event: str, code: int, count: int, money: int, day: tuple[int, int]) -> None:
        """End cases with what is left of them; what they lack of the sum is taken off another one."""
        who = self._choose(code, count, money) if count else self._in(code)[:0]
        if who is None:
            who = self._pick_within(code, count, money, 0.7)
        if who is None:
            message = f"{count} cases with {money} đồng of {event} cannot be found in place {code}"
            raise DataError(message)
        rest = money - int(self.balance[who].sum())
        self._emit(event, who, self._days(who, *day), self.balance[who])
        self.balance[who] = 0
        self._place(who, _GONE)
        if rest:
            held = self._spare(code)
            one = held[[int(self.balance[held].argmax())]]
            self._emit(event, one, self._days(one, *day), np.array([rest]), partial=True)
            self.balance[one] -= rest

    def _pick_within(self, code: int, count: int, money: int, share: float) -> Ints | None:
        """Choose cases worth about a share of a sum, and no more than it; None when they are worth more."""
        held = self._spare(code)
        for part in (share, share / 2, 0.0):
            who = held[pick(self.rng, self.balance[held], count, int(money * part))]
            if len(who) == count and int(self.balance[who].sum()) <= money:
                return who
        return None

    def _spare(self, code: int) -> Ints:
        """Cases of a place without the month's reserve."""
        held = self._in(code)
        return held[~np.isin(held, self.reserve)]

    def _enforce(self, flow: Items, begin: int, end: int) -> None:
        """Collect and complete; what the completed cases do not bring is collected in part from others."""
        money, count = flow["money", "fully_enforced"], flow["cases", "fully_enforced"]
        who = self._pick_within(_OPEN, count, money, self.rng.uniform(*_CLOSING_SHARE))
        if who is None:
            who = self._choose(_OPEN, count, money)
        if who is None:
            message = f"{count} cases cannot be found that {money} đồng would complete"
            raise DataError(message)
        brought = self.balance[who].copy()
        some = brought > 0
        self._emit("collected", who[some], self._days(who[some], begin, end), brought[some])
        self._pay(who[some], self.last_day[who[some]], brought[some])
        self._emit("completed", who, self._days(who, begin, end))
        self.balance[who] = 0
        self._place(who, _GONE)
        self._take_off("collected", money - int(brought.sum()), begin, end)
        self._take_off("reduced", flow["money", "reduced"], begin, end)

    def _take_off(self, event: str, money: int, begin: int, end: int) -> None:
        """Take money off some cases in progress, of none all that is left."""
        if not money:
            return
        held = self._in(_OPEN)
        room = np.maximum(self.balance[held] - self.unit, 0)
        order = np.argsort(-(np.log1p(room) * 0.5 + self.rng.gumbel(size=len(held))))
        reach = np.cumsum(room[order] * 6 // 10)
        many = max(
            int(np.searchsorted(reach, money)) + 1, round(_PARTIAL_CASES * len(held)) if money > 10**7 else 1
        )
        chosen = order[: min(many, len(order))]
        room = room[chosen]
        if int(room.sum()) < money:
            message = (
                f"{money} đồng of {event} cannot be taken off the cases in progress, which have {room.sum()}"
            )
            raise DataError(message)
        share = np.minimum(
            np.floor(room * (money / room.sum()) / self.unit).astype(np.int64) * self.unit, room
        )
        left = money - int(share.sum())
        for at in np.argsort(-(room - share)):
            more = min(left, int(room[at] - share[at]))
            share[at] += more
            left -= more
            if not left:
                break
        who, share = held[chosen][share > 0], share[share > 0]
        self._emit(event, who, self._days(who, begin, end), share)
        self.balance[who] -= share
        if event == "collected":
            self._pay(who, self.last_day[who], share)

    def _hold_auctions(self, begin: int, end: int) -> None:
        """Auction, deliver, hand over to another executor: nothing of which moves an item."""
        rng = self.rng
        held = self._in(_OPEN)
        quiet = held[self.last_day[held] < begin]
        due = quiet[self.sold[quiet]]
        due = due[rng.random(len(due)) < _DELIVERED]
        self._emit("delivered", due, rng.integers(begin, end + 1, size=len(due)))
        self.sold[due] = False
        free = quiet[~self.sold[quiet] & (self.balance[quiet] > 50_000_000) & (self.round[quiet] < 90)]
        chance = np.where(self.round[free] > 0, 0.3, _AUCTIONED * 4)
        who = free[rng.random(len(free)) < chance]
        self.round[who] += 1
        sold = rng.random(len(who)) < _SOLD
        price = np.maximum(self.balance[who] // 2_000_000 * 1_000_000, 1_000_000)
        self._emit("auction", who, rng.integers(begin, end + 1, size=len(who)), price=price, sold=sold)
        self.sold[who[sold]] = True
        self.round[who[sold]] = 0
        moved = quiet[rng.random(len(quiet)) < _MOVED]
        other = rng.integers(self.executors, size=len(moved), dtype=np.int16)
        self._emit("executor_changed", moved, rng.integers(begin, end + 1, size=len(moved)), executor=other)

    def _take(self, count: int, money: int, code: int) -> Ints:
        """Bring new cases into being that are worth a sum together."""
        who = np.arange(self.used, self.used + count)
        self.used += count
        self.balance[who] = divide(self.rng, money, count, self.unit)
        self.amount[who] = self.balance[who]
        self._place(who, code)
        return who

    def _accept(self, who: Ints, day: NDArray[np.int32]) -> None:
        self.intake[who] = day
        self._emit("accepted", who, day, np.zeros(len(who), dtype=np.int64))

    def _in(self, code: int) -> Ints:
        return np.flatnonzero(self.state[: self.used] == code)

    def _choose(self, code: int, count: int, money: int, before: int = _NEVER) -> Ints | None:
        """Choose cases of a place that are worth a sum exactly; amounts pass between like cases for it.

        The month's reserve, of like cases, is the surest. Only cases taken in before a day are looked
        at; None when no choice comes to the sum.
        """
        if count == 0 and money == 0:
            return np.zeros(0, dtype=np.int64)
        held = self._in(code)
        held = held[self.intake[held] < before]
        if not 0 < count <= len(held) or money < 0:
            return None
        reserve = self.reserve[self.state[self.reserve] == code]
        rest = held[~np.isin(held, reserve)] if len(reserve) > 1 else held
        order = np.argsort(np.abs(self.balance[reserve] - money // count), kind="stable")
        sure = [reserve[[at]] for at in order] if len(reserve) > 1 and len(rest) >= count else []
        for fixed in [*sure, *([held[:0]] * _ATTEMPTS)]:
            among = rest if len(fixed) else held
            wanted = money - int(self.balance[fixed].sum())
            chosen = np.append(fixed, among[pick(self.rng, self.balance[among], count - len(fixed), wanted)])
            gap = money - int(self.balance[chosen].sum())
            changes = (
                settle(self.balance, self.likeness, chosen, np.setdiff1d(held, chosen), gap) if gap else []
            )
            if changes is not None:
                for at, change in changes:
                    self.balance[at] += change
                    self.amount[at] += change
                return chosen
        return None

    def _place(self, who: Ints, code: int) -> None:
        """Put cases in a place; those that come there together from one place stay alike."""
        self.state[who] = code
        mixed = (self.likeness[who] ^ np.uint64(self._month * 16 + code + 1)) * np.uint64(0x9E3779B97F4A7C15)
        self.likeness[who] = mixed ^ (mixed >> np.uint64(29))

    def _days(self, who: Ints, begin: int, end: int) -> NDArray[np.int32]:
        """Days between two, for each case not before its last event."""
        earliest = np.maximum(self.last_day[who], begin)
        room = np.maximum(end - earliest, 0) + 1
        days: NDArray[np.int32] = (earliest + (self.rng.random(len(who)) * room).astype(np.int32)).astype(
            np.int32
        )
        return days

    def _into(self, code: int) -> str:
        return next(event for _, place, event, _ in _PLACES if place == code)

    def _pay(self, who: Ints, day: NDArray[np.int32], amount: Ints) -> None:
        """Pay out what was collected, some days later; a little of it never."""
        paid = self.rng.random(len(who)) >= _HELD
        delay = self.rng.integers(1, _LONGEST_PAYOUT, size=len(who), dtype=np.int32)
        chunk = self._chunk("paid_out", who[paid], (day + delay)[paid], amount[paid])
        chunk["step"] = np.full(int(paid.sum()), _STEP["paid_out"] + self._month % 100, dtype=np.int16)
        self.chunks.append(chunk)

    def _emit(
        self,
        event: str,
        who: Ints,
        day: NDArray[np.generic],
        amount: Ints | None = None,
        *,
        partial: bool = False,
        agreed: bool = False,
        price: Ints | None = None,
        sold: NDArray[np.bool_] | None = None,
        executor: NDArray[np.int16] | None = None,
    ) -> None:
        if not len(who):
            return
        chunk = self._chunk(event, who, day.astype(np.int32), amount)
        if event in _STEP:
            chunk["step"] = np.full(len(who), _STEP[event], dtype=np.int16)
        else:
            same = chunk["day"] == self.last_day[who]
            step = np.where(same, self.last_step[who] + 1, 0).astype(np.int16)
            chunk["step"] = step
            self.last_day[who], self.last_step[who] = chunk["day"], step
        flags = np.zeros(len(who), dtype=np.int8)
        flags += partial + 2 * agreed
        if price is not None and sold is not None:
            chunk["amount"] = price
            flags += (4 * sold).astype(np.int8)
            chunk["number"] = self.round[who].astype(np.int16)
        if executor is not None:
            chunk["number"] = executor
        chunk["flags"] = flags
        self.chunks.append(chunk)

    def _chunk(
        self, event: str, who: Ints, day: NDArray[np.int32], amount: Ints | None
    ) -> dict[str, NDArray[np.generic]]:
        many = len(who)
        return {
            "who": who.astype(np.int32),
            "day": day,
            "code": np.full(many, EVENT_CODES[event], dtype=np.int8),
            "amount": np.zeros(many, dtype=np.int64) if amount is None else amount.copy(),
            "flags": np.zeros(many, dtype=np.int8),
            "number": np.zeros(many, dtype=np.int16),
        }

    def _compare(self, items: Items, last: date) -> None:
        """Refuse a panel whose items cannot be met."""
        for item, code in (("in_progress", _OPEN), *((item, code) for item, code, *_ in _PLACES)):
            held = self._in(code)
            found = (len(held), int(self.balance[held].sum()))
            if found != (items["cases", item], items["money", item]):
                message = (
                    f"{last}: {item} comes to {found[0]} cases and {found[1]} đồng, the panel has "
                    f"{items['cases', item]} and {items['money', item]}; its items do not fit together"
                )
                raise DataError(message)
