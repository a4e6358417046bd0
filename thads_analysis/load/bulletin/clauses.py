"""What the words of a sentence set up for the quantity to come: items, verbs, bases, measures, topics."""

from __future__ import annotations

__all__ = [
    "ADMINISTRATIVE",
    "ADMINISTRATIVE_ITEMS",
    "BASE_ITEMS",
    "SHARES",
    "Clause",
    "Draft",
    "Head",
    "Scope",
]

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from thads_analysis.load.bulletin.numbers import Quantity
from thads_analysis.load.bulletin.tokens import Token, lower

ADMINISTRATIVE = "administrative"
ADMINISTRATIVE_ITEMS = frozenset(
    (
        "judgments_received",
        "monitored",
        "voluntary_notices",
        "compulsory_decisions",
        "meetings",
        "recommendations",
    )
)
"""What is counted of administrative judgments only."""

SHARES = {"eligible": "eligible_share", "not_eligible": "not_eligible_share"}
BASE_ITEMS = {"completion_rate": "completed"} | {share: item for item, share in SHARES.items()}
"""The item whose count stands above the line of a rate."""

_LEFT_OVER = frozenset({"unfinished", "carried_out", "eligible"})
_DISTRICT = "a district or an office"
# Parts that go on being spoken of in the next sentence; the others are named in passing.
_LASTING = frozenset(
    (
        _DISTRICT,
        "credit institutions",
        "corruption and economic crime",
        "the state budget",
        "prisoners",
        "bankruptcy",
        "complaints",
        "compensation",
        "coercion",
    )
)


@dataclass(eq=False)
class Head:
    """The verb that governs a quantity; what is joined to that quantity may come under it as well."""

    kind: str
    sign: int = 1
    base: str | None = None
    base_year: int | None = None
    item: str = ""
    growth: bool = False
    used: bool = False
    after: Draft | None = None


@dataclass(eq=False)
class Draft:
    """A quantity with its reading; ``refusal`` says why there is none.

    Parameters
    ----------
    role : str
        ``level``, ``rate``, ``share``, ``change``, ``over`` (against a target) or ``target``.
    item : str
        Item or ratio that it states or that its change belongs to.
    anchor : Draft, optional
        The quantity that a change, a share or a gap is said of.
    """

    token: Token
    quantity: Quantity
    role: str = ""
    item: str = ""
    measure: str | None = None
    head: Head | None = None
    anchor: Draft | None = None
    refusal: str = ""
    end: int = 0
    paired: bool = False
    points: bool = False
    against_target: bool = False
    denominator: Draft | None = None


@dataclass
class Scope:
    """What a sentence inherits from headings and from the sentences before it in its paragraph."""

    measure: str | None = None
    topic: str = "civil"
    part: str = ""
    last: Draft | None = None
    levels: dict[tuple[str | None, str], Decimal] = field(default_factory=dict)


class Clause:
    """One pass over a sentence from left to right; what is done with a quantity is left to the reader."""

    text: str
    tokens: list[Token]
    scope: Scope
    item: str
    topic: str
    part: str
    aim: str
    gap: int
    marked_at: int
    fresh: bool
    mixed: bool
    linked: bool
    marked: bool
    within: bool
    joined: bool
    conjoined: bool
    comparing: bool
    among: bool
    foreign: bool
    part_first: bool

    def __init__(self, text: str, tokens: list[Token], scope: Scope) -> None:
        self.text, self.tokens, self.scope = text, tokens, scope
        self.drafts: list[Draft] = []
        # What was named last, and whether a quantity of it is still to come.
        self.item, self.fresh, self.mixed = "", False, False
        self.gap, self.linked = 0, False
        self.head: Head | None = None
        # "Về việc", "về tiền": as said in this sentence, and whether since the last quantity.
        self.measure: str | None = None
        self.marked, self.marked_at = False, -1
        self.in_turn: list[str] = []
        self.topic, self.part = scope.topic, scope.part
        self.aim = ""
        self.within = False
        self.base_ahead: tuple[str, int | None] | None = None
        self.anchor: Draft | None = None
        self.last: Draft | None = None
        self.joined = self.conjoined = False
        self.comparing = False  # behind "so với" and something that is no base of ours
        self.listing: Head | None = None
        self.resumed: Head | None = None
        self.among = False
        self.foreign = False  # what was counted last is none of ours: letters, people, offices
        self.outer: list[tuple[str, bool, bool, Head | None, Draft | None, Draft | None]] = []
        self.taken: set[int] = set()
        self.part_first = False

    def run(self) -> None:
        """Read every token; what no handler knows is a word."""
        handlers: dict[str, Callable[[int, Token], None]] = {
            "quantity": self._on_quantity,
            "item": self._on_item,
            "rate": self._on_rate,
            "reach": self._on_reach,
            "share": self._on_verb,
            "equals": self._on_verb,
            "level": self._on_verb,
            "change": self._on_change,
            "over": self._on_change,
            "base": self._on_base,
            "goal": self._on_goal,
            "aim": self._on_aim,
            "result": self._on_result,
            "within": self._on_within,
            "among": self._on_among,
            "measure": self._on_measure,
            "noun": self._on_noun,
            "topic": self._on_topic,
            "part": self._on_part,
            "place": self._on_place,
            "mark": self._on_mark,
            "and": self._on_and,
            "link": self._on_link,
            "skip": self._on_nothing,
            "org": self._on_nothing,
            "time": self._on_nothing,
            "whole": self._on_whole,
        }
        for n, token in enumerate(self.tokens):
            if n not in self.taken:
                handlers.get(token.kind, self._on_word)(n, token)
        self.scope.topic = self.topic
        if not self.drafts or self.part_first:
            self.scope.part = self.part if self.part in _LASTING else ""
        said = [d for d in self.drafts if d.role in ("level", "rate", "share") and not d.refusal]
        self.scope.last = said[-1] if said else self.scope.last

    def _on_quantity(self, n: int, token: Token) -> None:
        raise NotImplementedError

    # Joints, places, topics.

    def _on_nothing(self, n: int, token: Token) -> None:
        pass

    def _on_whole(self, n: int, token: Token) -> None:
        self.part = ""

    def _on_word(self, n: int, token: Token) -> None:
        self.gap += 1
        self.joined = False

    def _on_link(self, n: int, token: Token) -> None:
        self.linked = self._says(token) in ("là", "có")

    def _on_and(self, n: int, token: Token) -> None:
        self.conjoined = True

    def _on_mark(self, n: int, token: Token) -> None:
        if token.value == "(":
            self.outer.append((self.item, self.fresh, self.foreign, self.head, self.anchor, self.last))
        elif token.value == ")" and self.outer:
            self._close_bracket()
        elif token.value == ";" and self.outer:
            pass  # "(tăng 10,89% về việc; 27,92% về tiền)"
        elif token.value == ";":
            self.comparing = False
            rates = [draft for draft in self.drafts if draft.role == "rate"]
            self.resumed = rates[-1].head if rates else None
            self.head, self.base_ahead = None, None
            self.aim = self.aim if self.aim == "said" else ""
            self.fresh = self.joined = self.within = False
        elif token.value == ",":
            self.within = False
        elif token.value == ":":
            self.linked = True

    def _close_bracket(self) -> None:
        """Return to what held before the bracket; a figure that is governed from outside goes on."""
        inner = self.last
        self.item, self.fresh, self.foreign, self.head, self.anchor, self.last = self.outer.pop()
        if inner is not None and inner.head is not None and inner.head is self.head:
            self.last = inner
        self.joined = self.last is not None

    def _on_place(self, n: int, token: Token) -> None:
        if token.value == "part":
            self.part = _DISTRICT
            self.part_first = self.part_first or not self.drafts
        elif token.value in ("nation", "unnamed") or (self.part == _DISTRICT and token.value == "province"):
            self.part = ""

    def _on_topic(self, n: int, token: Token) -> None:
        if token.value == "civil":
            self.topic = "civil"
            if not self.drafts and not self.part_first and self.part != _DISTRICT:
                self.part = ""  # a new subject, after a sentence about a part
        elif not any(t.kind in ("topic", "org") for t in self.tokens[max(0, n - 4) : n]):
            self.topic = ADMINISTRATIVE  # unless only named along: "THADS, theo dõi THAHC"

    def _on_part(self, n: int, token: Token) -> None:
        self.part = token.value
        self.part_first = self.part_first or not self.drafts
        if self.last is not None and self._unbroken_since_last(n):
            self.last.refusal = f"about a part: {token.value}"

    def _unbroken_since_last(self, n: int) -> bool:
        """Whether no mark parts a token from the last quantity, so that it may qualify it."""
        if self.last is None:
            return False
        between = [t for t in self.tokens[:n] if t.start >= self.last.token.end]
        return not any(t.kind == "mark" and t.value in ",;:.()" for t in between)

    def _between(self, first: Token, second: Token) -> list[Token]:
        return [t for t in self.tokens if first.end <= t.start < second.start]

    def _says(self, token: Token) -> str:
        return " ".join(lower(self.text[token.start : token.end]).split())

    # What quantities are said of.

    def _on_item(self, n: int, token: Token) -> None:
        value = token.value
        if value in ADMINISTRATIVE_ITEMS and self.topic != ADMINISTRATIVE:
            if not any(t.value == "judgments" for t in self.tokens[n:]):
                self._on_word(n, token)
                return
            self.topic = ADMINISTRATIVE
        if self.within:  # "trong số có điều kiện": the whole of which something is a part
            self.within = self.joined = False
            return
        waiting = self.fresh and self.gap == 0 and not self.linked
        before = next((t.kind for t in reversed(self.tokens[:n]) if t.kind != "time"), "")
        beside = waiting and before == "item"
        if beside and {value, self.item} <= _LEFT_OVER and value != self.item:
            value = "unfinished"
        self.mixed = waiting and not beside and value != self.item
        self.item, self.fresh, self.gap, self.linked = value, True, 0, False
        self.head, self.joined, self.foreign = None, False, False
        said = set(self._says(token).split())
        if "tiền" in said or said & {"việc", "vụ"}:
            self._mark("money" if "tiền" in said else "cases", token)

    def _mark(self, measure: str, token: Token) -> None:
        self.measure, self.marked, self.marked_at = measure, True, token.start

    def _on_measure(self, n: int, token: Token) -> None:
        if token.value == "cases money":
            self.in_turn = ["cases", "money"]
            return
        self._mark(token.value, token)
        if self._says(token).startswith(("về", "xét")):
            self.scope.measure = token.value

    def _on_noun(self, n: int, token: Token) -> None:
        heading = n + 1 < len(self.tokens) and self.tokens[n + 1].value == ":"
        if heading or self.fresh or self.head is not None:
            self._mark(token.value, token)
        if heading:
            self.scope.measure = token.value

    # Verbs.

    def _on_verb(self, n: int, token: Token) -> None:
        self._govern(Head(token.kind, item=token.value))

    def _waiting_head(self, *kinds: str) -> Head | None:
        """Return the verb that has governed nothing yet."""
        if self.head is None or self.head.used or (kinds and self.head.kind not in kinds):
            return None
        return self.head

    def _govern(self, head: Head) -> None:
        head.after = self.last if self.joined else None
        self.head, self.gap, self.linked, self.joined = head, 0, False, False

    def _on_rate(self, n: int, token: Token) -> None:
        if token.value == "growth":
            self._govern(Head("change", growth=True))
        elif self.last is not None and self._is_behind(n, "về"):
            self.last.points = True  # "giảm 0,49% về tỷ lệ"
        else:
            self._govern(Head("rate", item=token.value))
            if token.value == "completion_rate":
                self.item, self.fresh = "completed", False

    def _is_behind(self, n: int, word: str) -> bool:
        """Whether one word alone parts a token from the last quantity."""
        return (
            n > 1
            and self.last is not None
            and self.tokens[n - 2] is self.last.token
            and self._says(self.tokens[n - 1]) == word
        )

    def _on_reach(self, n: int, token: Token) -> None:
        if self.aim == "said" and not self._aims_on(n):
            self.aim = ""
        waiting = self._waiting_head()
        item = waiting.item if waiting is not None and waiting.kind == "rate" else ""
        if waiting is not None and waiting.kind == "rate" and not item and self.gap > 0:
            item = "foreign"  # "tỷ lệ hài lòng đạt"
        self._govern(Head("rate", item=item))

    def _aims_on(self, n: int) -> bool:
        """Whether "đạt" still belongs to a target that was announced, not to the result."""
        given = [draft.measure for draft in self.drafts if draft.role == "target"]
        if given:
            return self.marked and self.measure not in given
        since = next(k for k in range(n - 1, -1, -1) if self.tokens[k].kind in ("aim", "goal", "base"))
        return not any(token.value in (",", ";") for token in self.tokens[since:n])

    def _on_change(self, n: int, token: Token) -> None:
        head = Head(token.kind, 1 if token.value == "+" else -1)
        waiting = self._waiting_head()
        if waiting is not None and waiting.kind == "rate":
            head.item = waiting.item or "completion_rate"
        elif waiting is not None:
            head.growth, head.base, head.base_year = waiting.growth, waiting.base, waiting.base_year
        if self.base_ahead is not None:
            head.base, head.base_year = self.base_ahead
        self._govern(head)

    def _on_base(self, n: int, token: Token) -> None:
        years = re.findall(r"20\d\d", self.text[token.start : token.end])
        base, year = token.value, int(years[-1]) if years else None
        head = self._waiting_head("change", "over")
        if base == "other":
            self.comparing = True
        elif head is not None:
            head.base, head.base_year = base, year
        elif self._opens_clause(n):
            self.base_ahead, self.joined = (base, year), False
        else:
            self._qualify(base, year)
        if base == "target" and n + 1 < len(self.tokens) and self._says(self.tokens[n + 1]) == "là":
            self.aim, self.joined, self.gap = "said", False, 0  # "so với chỉ tiêu được giao là trên 32%"

    def _opens_clause(self, n: int) -> bool:
        """Whether a base stands ahead of its verb: "so với cùng kỳ năm trước thì giảm …"."""
        before = self.tokens[n - 1] if n else None
        if before is not None and before.kind != "and" and before.value not in tuple(",;:(."):
            return before.kind == "word" and self.last is None
        for token in self.tokens[n + 1 :]:
            if token.kind in ("change", "over"):
                return True
            if token.kind in ("quantity", "reach", "rate", "share", "item") or token.value in tuple(";.)"):
                return False
        return False

    def _qualify(self, base: str, year: int | None) -> None:
        """Give a base to the changes and gaps before it, back to the level that they are said of."""
        for draft in reversed(self.drafts):
            if draft.role == "rate" and draft is self.drafts[-1] and base in ("target", "prorata"):
                draft.against_target = True
            if draft.role not in ("change", "over"):
                break
            if draft.role == "over" and base not in ("target", "prorata") and draft is not self.last:
                continue
            if draft.head is not None and draft.head.base is None:
                draft.head.base, draft.head.base_year = base, year

    def _on_goal(self, n: int, token: Token) -> None:
        head = self._waiting_head("change", "over")
        if head is not None:
            head.base = "prorata" if head.base == "prorata" else token.value
            self.gap = 0
        elif self.last is not None and self.tokens[n - 1] is self.last.token:
            if self.last.role in ("change", "over") and self.last.head is not None:
                self.last.head.base = token.value
            else:
                self.last.refusal = "a share of the target"
        elif token.value == "target":
            self.aim = self.aim or "said"

    def _on_aim(self, n: int, token: Token) -> None:
        self.aim = "said" if self._says(token).startswith("được giao") else "meant"
        self.gap = 0

    def _on_result(self, n: int, token: Token) -> None:
        self.aim, self.head = "", None

    def _on_within(self, n: int, token: Token) -> None:
        self.within = True

    def _on_among(self, n: int, token: Token) -> None:
        self.head, self.among = None, True
        self.fresh = self.joined = False
