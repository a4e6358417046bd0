"""Whom a sentence speaks of: the nation, a province, or a part of one."""

from __future__ import annotations

__all__ = ["Place", "find_places", "org_of"]

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from thads_analysis import reference
from thads_analysis.errors import UsageError
from thads_analysis.org import Org, provinces
from thads_analysis.period import Period

Kind = Literal["nation", "province", "unnamed", "passing", "where", "part"]

_OFFICE = r"(?:cục\s+)?(?:thi\s+hành\s+án\s+dân\s+sự|thads)"
_CITY = r"thành\s+phố|t\.?p\.?"
_NATION = re.compile(
    r"(?<!\w)(?:toàn\s+quốc|cả\s+nước|toàn\s+hệ\s+thống"
    r"|(?:báo\s+cáo|thống\s+kê|số\s+liệu)\s+(?:của\s+)?(?:tổng\s+cục|cục\s+quản\s+lý|bộ\s+tư\s+pháp|chính\s+phủ))(?!\w)"
)
_CUE = re.compile(
    rf"(?<!\w)(?:{_OFFICE}\s+)?(?:(?P<province>tỉnh)|(?P<city>{_CITY}))\s*$|(?<!\w){_OFFICE}\s+$",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"(?:chi\s+cục|phòng\s+(?:thads|thi\s+hành\s+án))[^.,;:()\d]{0,40}$", re.IGNORECASE)
_PART = re.compile(
    r"(?<!\w)(?:[Hh]uyện|[Qq]uận|[Tt]hị xã|[Tt]hị trấn|[Pp]hường|[Kk]hu vực|TX)\s+(?=\w)"
    r"|(?<!\w)(?:H|Q|TX|TT)\.\s?(?=\w)|[Vv]ăn phòng (?=Cục)"
)
_UNNAMED = re.compile(
    rf"(?<!\w)(?:toàn tỉnh|trong tỉnh|trên địa bàn tỉnh|{_OFFICE}(?:\s+\(thads\))?\s+(?P<bare>tỉnh))"
    r"(?!\w|,|\s+thành)",
    re.IGNORECASE,
)
# "Cục trưởng Cục THADS Nguyễn Văn A": the head of a province's office, whichever it is.
_CHIEF = re.compile(rf"(?<!\w)(?P<said>cục trưởng)\s+{_OFFICE}\s+(?=\w)", re.IGNORECASE)
# Beside its branches the provincial office is one of them, not the province.
_BARE_OFFICE = re.compile(
    rf"(?<!các )(?<!tổng )(?<!chi )(?<!phó )(?<!trưởng ){_OFFICE}(?=\s+đạt)", re.IGNORECASE
)
_OTHER_CITY = re.compile(r"(?<!\w)(?:[Tt]hành phố|TP\.?)\s+(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"\s*[-–]\s*|\s+")
_FORMER = re.compile(r"\s*\(\s*cũ\s*\)", re.IGNORECASE)
_WHERE = re.compile(r"(?<!\w)(?:tại|ở|tới|từ|về|ra|vào|đến)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_LONGEST = 5


@dataclass(frozen=True)
class Place:
    """A mention of whom figures may be about.

    Parameters
    ----------
    kind : {"nation", "province", "unnamed", "passing", "where", "part"}
        ``unnamed`` is a province that speaks of itself without its name, "toàn tỉnh"; ``passing`` is
        a province's name without "tỉnh", "Cục THADS" or the like; ``where`` one behind "tại", where
        something took place; ``part`` is a district, a regional room or a city within a province.
    name : str
        As printed, with "(cũ)"; empty for the nation, for an unnamed province and for a part.
    start, end : int
        Where it stands.
    office : bool
        Whether it is named as an office, "Cục THADS tỉnh …", so that what follows is about it.
    """

    kind: Kind
    name: str
    start: int
    end: int
    office: bool = False


def find_places(text: str) -> list[Place]:
    """List the places that a text names, in order."""
    found = [Place("nation", "", m.start(), m.end()) for m in _NATION.finditer(text.lower())]
    covered = 0
    for word in _WORD.finditer(text):
        if word.start() < covered or not word[0][0].isupper():
            continue
        place = _read_province(text, word.start())
        if place is not None:
            found.append(place)
            covered = place.end
    named = {place.start for place in found}
    found += [
        Place("unnamed", "", m.start("bare") if m["bare"] else m.start(), m.end())
        for m in _UNNAMED.finditer(text)
        if not named & {m.end() + 1, m.end() + 2}
    ]
    for match in _CHIEF.finditer(text):
        if text[match.end()].isupper() and match.end() not in named:
            found.append(Place("unnamed", "", match.start(), match.end("said")))
    offices = _BARE_OFFICE.finditer(text) if "chi cục" in text.lower() else ()
    for match in (*_PART.finditer(text), *_OTHER_CITY.finditer(text), *offices):
        if (match.re is _BARE_OFFICE or not text[match.end()].islower()) and match.end() not in named:
            found.append(Place("part", "", match.start(), match.end()))
    return sorted(found, key=lambda place: place.start)


def org_of(name: str, period: Period | None) -> tuple[Org | None, str]:
    """Return the organisation that a name means in a period, or none and why not.

    After 1 July 2025 a name is looked for among the 34 first; one that only the list of 63 has, or
    that is marked "(cũ)", means the old province.
    """
    former = _FORMER.search(name) is not None
    regime = "63" if former or period is None else period.org_regime
    for candidate in (regime, "63"):
        try:
            return Org.parse(name, candidate), ""
        except UsageError as error:
            reason = str(error)
    return None, reason


def _read_province(text: str, start: int) -> Place | None:
    """Read the province whose name begins at a capital letter; longer names come first."""
    before = text[max(0, start - 80) : start]
    cue = _CUE.search(before)
    ends = _word_ends(text, start)
    for count in range(len(ends), 0, -1):
        org = _province(text[start : ends[count - 1]])
        if org is None:
            continue
        cut_short = count < len(ends) and _same_case(
            text[start : ends[0]], text[ends[count - 1] : ends[count]]
        )
        if cut_short and (cue is None or cue["province"] is None):
            return None  # "Điện Biên Phủ" is not Điện Biên
        if cue is None and _ends_in_name(before):
            return None  # "Nguyễn Thái Bình" is a person
        former = _FORMER.match(text, ends[count - 1])
        end = former.end() if former else ends[count - 1]
        office = cue is not None and re.search(r"sự|thads", cue[0], re.IGNORECASE) is not None
        return Place(_kind(org, before, cue, text[start:end]), text[start:end], start, end, office)
    return None


def _ends_in_name(before: str) -> bool:
    """Whether a capitalised word stands just before, other than the first of the text."""
    word = re.search(r"([^\W\d_]+)\s$", before)
    return word is not None and word.start() > 0 and word[1][0].isupper() and not word[1].isupper()


def _kind(org: Org, before: str, cue: re.Match[str] | None, name: str) -> Kind:
    glued = name.casefold().startswith("tp")
    where = _WHERE.search(before[: cue.start()] if cue else before)
    if cue is None and not glued:
        return "where" if where else "passing"
    if _BRANCH.search(before) or (cue and cue["city"] and not _is_central_city(org)):
        return "part"
    office = cue is not None and re.search(r"sự|thads", cue[0], re.IGNORECASE)
    return "where" if where and not office else "province"


def _word_ends(text: str, start: int) -> list[int]:
    """Ends of the capitalised words that follow one another from an offset."""
    ends: list[int] = []
    at = start
    while len(ends) < _LONGEST:
        word = _WORD.match(text, at)
        if word is None or not word[0][0].isupper():
            break
        ends.append(word.end())
        gap = _GAP.match(text, word.end())
        if gap is None:
            break
        at = gap.end()
    return ends


def _same_case(first: str, following: str) -> bool:
    return first.isupper() == following.strip(" -–").isupper()


def _is_central_city(org: Org) -> bool:
    return org.central_city or any(o.central_city and o.name == org.name for o in provinces("34"))


@cache
def _first_words() -> frozenset[str]:
    names = [org.name for regime in ("63", "34") for org in provinces(regime)]
    names += [row["alias"] for row in reference.province_aliases()]
    return frozenset(name.split()[0].split("-")[0].casefold() for name in names) | {"hoà", "tphcm"}


@cache
def _province(name: str) -> Org | None:
    """Province of either list that a name means; a name in other words than these costs no search."""
    if name.split()[0].split("-")[0].casefold() not in _first_words():
        return None
    for regime in ("63", "34"):
        try:
            org = Org.parse(name, regime)
        except UsageError:
            continue
        return org if org.regime else None
    return None
