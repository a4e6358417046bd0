"""What each quantity of a sentence is said of: an item, a rate, a change, a gap to the target."""

from __future__ import annotations

__all__ = ["read_sentence"]

from thads_analysis.load.bulletin.clauses import (
    ADMINISTRATIVE,
    ADMINISTRATIVE_ITEMS,
    BASE_ITEMS,
    SHARES,
    Clause,
    Draft,
    Head,
    Scope,
)
from thads_analysis.load.bulletin.numbers import Quantity
from thads_analysis.load.bulletin.tokens import Token

_MEASURES = {"cases": "cases", "dong": "money", "judgments": ADMINISTRATIVE, "documents": ADMINISTRATIVE}
_OTHER_MEASURE = {"cases": "money", "money": "cases"}
# Unknown words that may stand between what is said of and its number; "là" before the number, as in
# "số thi hành xong của các đơn vị trong tỉnh là", lets them be more.
_REACH, _REACH_LINKED, _REACH_OF_GAP = 3, 10, 8
_UNCLEAR = "nothing says what it is a percentage of"


def read_sentence(text: str, tokens: list[Token], scope: Scope) -> list[Draft]:
    """Attach each quantity of a sentence to what it is said of.

    Parameters
    ----------
    text : str
        The whole text, to which the tokens' offsets refer.
    tokens : list of Token
        The sentence.
    scope : Scope
        What holds before the sentence; it is brought up to what holds after it.

    Returns
    -------
    list of Draft
        One for each quantity in a unit of ours, in order, with its role or its refusal.
    """
    reader = _Reader(text, tokens, scope)
    reader.run()
    return reader.drafts


class _Reader(Clause):
    """A clause that reads its quantities."""

    def _on_quantity(self, n: int, token: Token) -> None:
        quantity = token.of
        assert isinstance(quantity, Quantity)  # noqa: S101 - the token's kind says so
        draft = Draft(token, quantity, end=token.end)
        if quantity.unit in ("other", "range"):
            draft.refusal = "a range" if quantity.unit == "range" else "not a unit of ours"
            self.foreign, self.item = True, ""
        elif self.part:
            draft.refusal = f"about a part: {self.part}"
        elif self.comparing:
            draft.refusal = "compared with something else"
        elif quantity.bound == "below":
            draft.refusal = "a limit that others stay under"
        elif quantity.unit == "pct":
            self._read_percent(n, draft)
        else:
            self._read_count(n, draft)
        self._settle(n, draft)

    def _settle(self, n: int, draft: Draft) -> None:
        """Record a quantity and let what follows refer to it."""
        unit = draft.quantity.unit
        if unit != "other" and not (unit == "bare" and draft.refusal):
            self.drafts.append(draft)
        else:
            self.head = None
        if self.head is not None:
            self.head.used = True
        if draft.refusal and unit != "bare":  # what follows must not be tied to what stood before it
            self.foreign, self.anchor = self.foreign or unit != "pct", None
            self.item = ""
        self.last = draft
        self.joined, self.conjoined, self.linked = not draft.refusal, False, False
        self.fresh = self.within = self.marked = False
        of_whole = draft.head is not None and draft.head.kind == "within"
        if draft.role in ("level", "rate", "share") and not draft.refusal and not of_whole:
            if draft.role == "level":
                self.item = draft.item
            if not (draft.paired and draft.role == "level"):
                self.anchor = draft

    def _read_percent(self, n: int, draft: Draft) -> None:
        head = self._waiting_head()
        behind = self._take_measure_behind(n)
        named = behind is not None or self.marked
        if head is not None:
            self._govern_percent(n, draft, head, named)
        else:
            self._place_percent(n, draft, named)
        if not draft.refusal:
            draft.measure = behind or draft.measure or self._measure_of(n, draft)

    def _govern_percent(self, n: int, draft: Draft, head: Head, named: bool) -> None:
        """Read a percentage that a verb governs."""
        changed = head.after if head.after is not None and head.after.role == "change" else None
        if self.gap > (_REACH_OF_GAP if head.kind == "over" else _REACH):
            draft.refusal = "too far from what it is said of"
        elif head.kind in ("change", "over"):
            grown = changed if changed is not None and changed.quantity.unit != "pct" else None
            draft.role, draft.head = head.kind, head
            draft.item = head.item or (self.item if self.fresh else "")
            draft.anchor = None if self.fresh else (grown or self.anchor)
        elif head.kind == "equals" and changed is not None:
            self._grow(draft, changed)
        elif head.kind == "share":
            behind = self._take_item_behind(n, *SHARES)
            item = behind.value if behind is not None else self.item
            draft.role, draft.item = "share", SHARES.get(item, item)
            draft.anchor = changed if changed is not None and item not in SHARES else self.anchor
        elif head.kind == "rate" and self.foreign and not head.item and not named:
            draft.refusal = "a rate of something else"
        elif head.kind == "rate":
            self._rate(draft, head)
            self.listing = head if self._is_listed(n) else None
        elif (head.kind, head.item) == ("level", "to") and self.item in SHARES:
            draft.role, draft.item = "share", SHARES[self.item]  # "số án chưa có điều kiện giảm còn 20%"
        else:
            draft.refusal = "no rate, share or change"

    def _place_percent(self, n: int, draft: Draft, named: bool) -> None:
        """Read a percentage without a verb of its own by where it stands."""
        last = self.last if self.joined else None
        if self._is_listed(n) and self.listing is not None and self.measure:
            self._rate(draft, self.listing)  # "tỷ lệ về việc thấp: Sơn La (60,1%), Hà Tĩnh (61,2%)"
            draft.measure = self.measure
        elif named and self.resumed is not None and self.tokens[n - 1].value == ";":
            self._rate(draft, self.resumed)  # "đạt 80,12% về việc, …; 35,40% về tiền"
        elif self.aim and self.gap <= _REACH and last is None:
            draft.role, draft.item = "target", "target"
        elif last is not None:
            self._continue(draft, last, named or self.conjoined)
        elif self.fresh and self.gap == 0 and self.item in (*SHARES, "completed"):
            draft.role = "share" if self.item in SHARES else "rate"
            draft.item = SHARES.get(self.item, "completion_rate")
        elif (behind := self._take_item_behind(n, *SHARES)) is not None:
            draft.role, draft.item = "share", SHARES[behind.value]
        elif n == 0 and named and any(t.kind in ("change", "within") for t in self.tokens):
            # A line that opens with "82,5% về việc": a target where it says "trên … trên tổng số".
            aimed = draft.quantity.bound == "at_least" and any(t.kind == "within" for t in self.tokens)
            draft.role, draft.item = ("target", "target") if aimed else ("rate", "completion_rate")
        else:
            draft.refusal = _UNCLEAR

    def _is_listed(self, n: int) -> bool:
        return n > 1 and self.tokens[n - 1].value == "(" and self.tokens[n - 2].kind == "place"

    def _rate(self, draft: Draft, head: Head) -> None:
        draft.head, draft.anchor = head, self.anchor
        if self.aim:
            draft.role, draft.item = "target", "target"
        elif head.item == "foreign":
            draft.refusal = "a rate of something else"
        elif head.item in SHARES.values():
            draft.role, draft.item = "share", head.item
        elif not head.item and self.outer and head.after is not None and head.after.item in SHARES:
            draft.role, draft.item = "share", SHARES[head.after.item]  # "7.345 việc (tỷ lệ 73,58%)"
        elif head.item or self.item in ("completed", "recovered", ""):
            draft.role, draft.item = "rate", "completion_rate"
        else:  # "có điều kiện 13.409 việc, đạt tỷ lệ …": arithmetic may tell
            draft.role, draft.item = "rate", f"rate of {self.item}"

    def _continue(self, draft: Draft, last: Draft, marked: bool) -> None:
        """Read a percentage that only joints part from the quantity before it."""
        if last.quantity.unit == "pct" and marked and last.role:
            draft.role, draft.item, draft.head, draft.anchor = last.role, last.item, last.head, last.anchor
            draft.paired = True
        elif last.role == "change" and last.quantity.unit != "pct":
            self._grow(draft, last)
        elif last.role == "level" and last.item in (*SHARES, "completed"):
            draft.role = "share" if last.item in SHARES else "rate"
            draft.item, draft.anchor = SHARES.get(last.item, "completion_rate"), last
        else:
            draft.refusal = _UNCLEAR

    def _grow(self, draft: Draft, change: Draft) -> None:
        """Read a percentage behind "tăng 33.568 việc": the same change as a growth, in its direction."""
        draft.role, draft.head, draft.anchor, draft.measure = "change", change.head, change, change.measure

    def _measure_of(self, n: int, draft: Draft) -> str | None:
        """Say whether a percentage is of cases or of money, where no word behind it does."""
        if self.topic == ADMINISTRATIVE:
            return ADMINISTRATIVE
        if self.marked:
            return self.measure
        if self.in_turn:
            return self.in_turn.pop(0)
        if self._another_follows(n):
            said = list(dict.fromkeys(d.measure for d in self.drafts if d.measure in _OTHER_MEASURE))
            if len(said) != 2:
                draft.refusal = "cases or money"
                return None
            self.in_turn = [measure for measure in said[1:] if measure]
            return said[0]
        if draft.paired and self.last is not None:
            return _OTHER_MEASURE.get(self.last.measure or "")
        anchor = draft.anchor or self.anchor
        if anchor is None:
            last = self.drafts[-1] if self.drafts else self.scope.last
            return self.measure or self.scope.measure or (last.measure if last is not None else None)
        if self.measure and self.marked_at > anchor.token.start:
            return self.measure
        pair = self._pair_of(anchor)
        if pair is None or self.outer:
            return anchor.measure
        if pair.role == "level":  # "5.378 việc và 68,5 tỷ đồng, đạt 71%"
            draft.refusal = "" if self.measure or self.scope.measure else "cases or money"
            return self.measure or self.scope.measure
        draft.refusal = "cases or money"
        return None

    def _another_follows(self, n: int) -> bool:
        """Whether "1,5% và 2,3%" stand together, neither with a measure: they answer cases and money."""
        ahead = self.tokens[n + 1 : n + 4]
        unmarked = len(ahead) < 3 or ahead[2].kind not in ("measure", "noun")
        return [t.value if t.kind == "quantity" else t.kind for t in ahead[:2]] == ["and", "pct"] and unmarked

    def _pair_of(self, anchor: Draft) -> Draft | None:
        """Find the first of two that share a verb, one of cases and one of money."""
        if anchor.paired and anchor in self.drafts:
            return self.drafts[self.drafts.index(anchor) - 1]
        following = self.drafts[self.drafts.index(anchor) + 1 :] if anchor in self.drafts else []
        return anchor if following and following[0].paired and following[0].role == "level" else None

    def _take_measure_behind(self, n: int) -> str | None:
        """Read "… về tiền" or "… trong tổng số việc" behind a percentage."""
        ahead = self.tokens[n + 1 : n + 4]
        at = 1 if ahead and ahead[0].kind == "within" else 0
        if (
            len(ahead) <= at
            or ahead[at].kind not in ("measure", "noun")
            or ahead[at].value not in _OTHER_MEASURE
        ):
            return None
        beyond = ahead[at + 1] if len(ahead) > at + 1 else None
        if at == 0 and self.marked and beyond is not None and beyond.kind in ("reach", "rate", "item"):
            return None  # "về việc đạt 51% về tiền đạt 11%": it opens what follows
        self.taken.update(range(n + 1, n + 2 + at))
        return ahead[at].value

    def _read_count(self, n: int, draft: Draft) -> None:
        unit = draft.quantity.unit
        draft.measure = ADMINISTRATIVE if self.topic == ADMINISTRATIVE else _MEASURES.get(unit)
        head = self._waiting_head()
        if head is not None and head.kind == "change" and self.gap <= _REACH:
            self._change(draft, head)
            return
        if head is not None and head.kind != "rate" and not (head.kind == "level" and head.item == "to"):
            draft.refusal = "a count with no item"
            return
        if n + 2 < len(self.tokens) and self.tokens[n + 1].value == "/":
            following = self.tokens[n + 2].of
            if isinstance(following, Quantity) and following.unit in (*_MEASURES, "bare"):
                self._fraction(n, draft, following)
                return
        self._level(n, draft)

    def _change(self, draft: Draft, head: Head) -> None:
        draft.role, draft.head = "change", head
        anchor = self.anchor or self.scope.last
        if draft.measure is None and anchor is not None:
            draft.measure = anchor.measure
        if self.fresh or self.item:
            draft.item = self.item
        elif anchor is not None and anchor.measure in (draft.measure, None):
            draft.item = BASE_ITEMS.get(anchor.item, anchor.item)
            anchor.measure = draft.measure  # "đạt 79,25%, tăng 18.987 việc": a rate of cases, then
        draft.anchor = self.anchor
        if not draft.item or draft.role == "target":
            draft.refusal = "a change of nothing that was named"
        if self.mixed and self.fresh:
            draft.refusal = "several items in one figure"

    def _level(self, n: int, draft: Draft) -> None:
        unit = draft.quantity.unit
        reach = _REACH_LINKED if self.linked else _REACH
        before = self.fresh and self.gap <= reach and not self.within
        direct = before and self.gap == 0
        if unit == "bare":
            draft.measure = draft.measure or self.measure or self.scope.measure
            apart = self.tokens[n - 1].kind == "mark" and self.tokens[n - 1].value != ":"
            if not direct or apart or draft.measure is None or 2000 <= draft.quantity.value <= 2099:
                draft.refusal = "a number without unit"
                return
        if direct and self.item == "completed":
            self._take_item_behind(n, "eligible")  # "giải quyết xong 7.800 việc có điều kiện"
        last = self.last if self.joined else None
        paired = last is not None and last.role == "level" and last.quantity.unit in ("cases", "dong")
        behind = None if direct else self._take_item_behind(n)
        if behind is not None:
            draft.role, draft.item = "level", behind.value
            draft.end = behind.end if unit == "documents" else draft.end
            if self.within:
                draft.role, draft.head = "level", Head("within")
        elif before:
            draft.role, draft.item = "level", self.item
            if self.mixed:
                draft.refusal = "several items in one figure"
        elif paired and last is not None and last.measure != draft.measure and unit in ("cases", "dong"):
            draft.role, draft.item, draft.paired = "level", last.item, True
            if self.among and any(t.value == "," for t in self._between(last.token, draft.token)):
                draft.refusal = "of a part or of the whole"  # "xong 3.000 việc, trong đó …, với số tiền …"
        else:
            draft.refusal = "a count with no item"
        if unit == "documents" and draft.item not in ADMINISTRATIVE_ITEMS:
            draft.refusal = "a count of papers"

    def _fraction(self, n: int, draft: Draft, whole: Quantity) -> None:
        """Read "7.714 việc/8.403 việc": what was completed of what; arithmetic settles the whole."""
        token = self.tokens[n + 2]
        units = {draft.quantity.unit, whole.unit} - {"bare"}
        if units == {"cases", "dong"}:
            self._level(n, draft)  # cases and their money, not a fraction
            return
        unit = units.pop() if units else "bare"
        measure = ADMINISTRATIVE if self.topic == ADMINISTRATIVE else _MEASURES.get(unit) or self.measure
        self.taken.update((n + 1, n + 2))
        item = self.item if self.fresh and self.gap <= _REACH else ""
        behind = self._take_item_behind(n + 2)
        draft.role, draft.item, draft.measure, draft.anchor = "level", item, measure, self.anchor
        if measure is None:
            draft.refusal = "a number without unit"
        draft.denominator = Draft(
            token, whole, "level", behind.value if behind else "", measure, end=token.end
        )

    def _take_item_behind(self, n: int, *allowed: str) -> Token | None:
        """Read the item that stands behind a quantity: "3.366 việc có điều kiện giải quyết"."""
        words = 0
        for at in range(n + 1, len(self.tokens)):
            token = self.tokens[at]
            if token.kind == "item":
                if allowed and token.value not in allowed:
                    return None
                if self._belongs_to_next(at):
                    return None
                self.taken.update(range(n + 1, at + 1))
                return token
            words += token.kind == "word"
            if words > 2 or token.kind not in ("word", "link", "topic", "within", "noun"):
                return None
            if token.kind == "link" and self._says(token) == "đã":
                return None
        return None

    def _belongs_to_next(self, at: int) -> bool:
        """Whether a quantity stands right behind an item, which is then said of that one."""
        for token in self.tokens[at + 1 : at + 4]:
            if token.kind == "quantity":
                return True
            if token.kind not in ("link", "measure", "noun"):
                return False
        return False
