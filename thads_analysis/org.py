"""Organisations: the nation, the list of 63 provinces, the list of 34, how they map, and groups of them."""

from __future__ import annotations

__all__ = ["NATION", "Org", "find_orgs", "groups", "merger_map", "provinces"]

import difflib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from html import escape

from thads_analysis import config, reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import N_

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OFFICE = re.compile(
    r"^(cuc\s+)?(thads|thi hanh an dan su|cuc thads|cuc thi hanh an dan su)\s+", flags=re.ASCII
)
_KIND = re.compile(r"^(tinh|thanh pho|t\.?\s?p\.?)(?=[\s.]|$|hcm|ho chi minh)[\s.]*", flags=re.ASCII)
_GROUP = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST, _LONGEST_OF_GROUP = 40, 100
_FORMER = re.compile(r"\(\s*(cũ|cu)\s*\)\s*$", flags=re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Org:
    """A reporting unit.

    Parameters
    ----------
    regime : str
        List of provinces to which the code belongs: ``"63"``, ``"34"``, or ``""`` for the nation.
    code : str
        Two digits, ``VN``, or the code of a group. Seven codes mean another province in the other list.
    name : str
        Vietnamese name without "tỉnh" or "thành phố".
    region : str
        Region of the list of 63; empty for the nation and in the list of 34.
    central_city : bool
        Whether the province is a centrally-run city.
    members : tuple of str
        Keys of a group's provinces; empty for every other organisation.
    name_en : str
        English name of a group; empty where the Vietnamese name serves both.

    Examples
    --------
    >>> Org.parse("TPHCM", regime="63").key
    '63:79'
    >>> Org.parse("80", regime="63").name, Org.parse("80", regime="34").name
    ('Long An', 'Tây Ninh')
    """

    regime: str
    code: str
    name: str = field(compare=False)
    region: str = field(default="", compare=False)
    central_city: bool = field(default=False, compare=False)
    members: tuple[str, ...] = field(default=(), compare=False)
    name_en: str = field(default="", compare=False)

    @property
    def level(self) -> str:
        """``nation``, ``group`` or ``province``."""
        if self.members:
            return "group"
        return "province" if self.regime else "nation"

    @property
    def key(self) -> str:
        """Key in panels, unique over both lists: ``63:79``, ``34:79``, ``VN``."""
        return f"{self.regime}:{self.code}" if self.regime else self.code

    def __str__(self) -> str:
        return self.name

    def _repr_html_(self) -> str:
        about = [f"{len(self.members)} địa phương"] if self.members else [self.region] if self.region else []
        return escape(f"{self.name} ({', '.join([self.key, *about])})", quote=False)

    @classmethod
    def from_key(cls, key: str) -> Org:
        """Return the organisation of a panel's key."""
        if key == NATION.key:
            return NATION
        regime, _, code = key.partition(":")
        try:
            return _by_code(regime)[code]
        except KeyError:
            message = f"{key!r} is not the key of an organisation; keys look like 63:79, 34:79 or VN"
            raise UsageError(message) from None

    @classmethod
    def parse(cls, text: str | Org, regime: str) -> Org:
        """Find an organisation by code or by name within one list of provinces.

        Names are taken with or without "tỉnh", "thành phố", "TP.", with either place of the tone
        mark (Hòa, Hoà), either dash, without any marks, and in the spellings of
        ``data/reference/province_aliases.csv``. "(cũ)" behind a name means the list of 63. A group is
        named by its code in ``data/reference/groups.yaml`` or in the user's own configuration.

        Parameters
        ----------
        text : str or Org
            Code or name, the code of a group, or an organisation, which is returned as it is.
        regime : {"63", "34"}
            List of provinces.

        Raises
        ------
        UsageError
            When nothing fits, or when the name belongs to the other list only; the message names
            the nearest, or the province into which the named one was merged.
        """
        if isinstance(text, Org):
            return text
        wanted = unicodedata.normalize("NFC", str(text)).strip()
        if wanted.upper() == NATION.code or _fold(wanted) == _fold(NATION.name):
            return NATION
        if wanted.isascii() and wanted.isdigit():
            found = _by_code(regime).get(wanted.zfill(2))
            if found is None:
                message = (
                    f"No province has the code {wanted!r} in the list of {regime}; give VN, a code or a name"
                )
                raise UsageError(message)
            return found
        if group := _by_code(regime).get(wanted.lower()):
            return group
        former = _FORMER.search(wanted) is not None
        name = _FORMER.sub("", wanted)
        if former and regime == "34":
            raise UsageError(_merged_message(name, wanted))
        org = _by_name(regime).get(_exact_key(name))
        if org is None and name.isascii():
            org = _by_plain_name(regime).get(_plain_key(name))
        if org is None:
            raise UsageError(_unknown_message(name, wanted, regime))
        return org


NATION = Org("", "VN", N_("Toàn quốc"))


@cache
def provinces(regime: str) -> tuple[Org, ...]:
    """Return the provinces of a list, by code.

    Parameters
    ----------
    regime : {"63", "34"}
        ``"63"`` until 30 June 2025, ``"34"`` after.

    Raises
    ------
    DataError
        When a name is not fit to be printed.

    Examples
    --------
    >>> len(provinces("63")), len(provinces("34"))
    (63, 34)
    """
    rows = reference.provinces()
    if regime == "63":
        orgs = {
            Org("63", r["code_63"], r["name_63"], r["region_63"], r["central_city_63"] == "1") for r in rows
        }
    elif regime == "34":
        orgs = {Org("34", r["code_34"], r["name_34"], "", r["central_city_34"] == "1") for r in rows}
    else:
        message = f"{regime!r} is not a list of provinces; the lists are 63 and 34"
        raise UsageError(message)
    for org in orgs:
        if wrong := _wrong_name(org.name, _LONGEST):
            message = f"data/reference/provinces.csv: code {org.code} of the list of {regime}: {wrong}"
            raise DataError(message)
    return tuple(sorted(orgs))


@config.cached
def groups(regime: str) -> tuple[Org, ...]:
    """Return the named groups of provinces of a list (`reference.groups`), in the order of the files.

    Raises
    ------
    DataError
        When a group's code is not fit for a folder's name, is taken, a name is not fit to be printed, or
        a member is not in the list.

    Examples
    --------
    >>> [group.code for group in groups("63")][:2]
    ['large-8', 'low-4']
    """
    known = {org.code for org in provinces(regime)}
    found: dict[str, Org] = {}
    for row in reference.groups():
        if row["org_regime"] != regime:
            continue
        code, members = row["code"], tuple(row["members"])
        wrong = ""
        if not _GROUP.fullmatch(code):
            wrong = "a code has small letters, digits and single hyphens, and begins with a letter"
        elif code in found:
            wrong = "the code is taken; give each group its own"
        elif unfit := [
            wrong for name in (row["name"], row["name_en"]) if (wrong := _wrong_name(name, _LONGEST_OF_GROUP))
        ]:
            wrong = unfit[0]
        elif not members or len(set(members)) < len(members) or not set(members) <= known:
            wrong = f"members are {', '.join(members)}; expected different codes of the list of {regime}"
        if wrong:
            message = f"{row['where']}: group {code!r}: {wrong}"
            raise DataError(message)
        keys = tuple(f"{regime}:{member}" for member in members)
        found[code] = Org(regime, code, row["name"], members=keys, name_en=row["name_en"])
    return tuple(found.values())


def find_orgs(text: str, regime: str) -> tuple[Org, ...]:
    """Find the organisations whose name or code begins or goes on with a text, marks left aside.

    Parameters
    ----------
    text : str
        Any part of a name from the beginning of a word, or the beginning of a code.
    regime : {"63", "34"}
        List of provinces; its groups and the nation are found too.

    Examples
    --------
    >>> [org.name for org in find_orgs("quang", "63")]
    ['Quảng Ninh', 'Quảng Bình', 'Quảng Trị', 'Quảng Nam', 'Quảng Ngãi']
    >>> [org.code for org in find_orgs("7", "63")][:2]
    ['70', '72']
    """
    wanted = _fold(text.strip())
    everyone = (NATION, *groups(regime), *provinces(regime))
    return tuple(
        org
        for org in everyone
        if f" {_fold(org.name)}".find(f" {wanted}") >= 0 or org.code.lower().startswith(wanted)
    )


def _wrong_name(name: str, longest: int) -> str:
    """Say what makes a name unfit to be printed; nothing when it is fit."""
    if name.isprintable() and name.strip() == name and 0 < len(name) <= longest:
        return ""
    return f"the name is {name[:longest]!r}; expected 1 to {longest} letters, none of them invisible"


@cache
def merger_map() -> dict[str, str]:
    """Return the key in the list of 34 for every key of the list of 63."""
    return {f"63:{row['code_63']}": f"34:{row['code_34']}" for row in reference.provinces()}


@config.cached
def _by_code(regime: str) -> dict[str, Org]:
    return {org.code: org for org in (*provinces(regime), *groups(regime))}


@cache
def _by_name(regime: str) -> dict[str, Org]:
    names = {_exact_key(org.name): org for org in provinces(regime)}
    aliases = {_exact_key(row["alias"]): _exact_key(row["name"]) for row in reference.province_aliases()}
    return names | {alias: names[name] for alias, name in aliases.items() if name in names}


@cache
def _by_plain_name(regime: str) -> dict[str, Org]:
    """Names without marks; one that two provinces share would name neither."""
    found: dict[str, set[Org]] = {}
    for key, org in _by_name(regime).items():
        found.setdefault(_plain_key(key), set()).add(org)
    return {key: next(iter(orgs)) for key, orgs in found.items() if len(orgs) == 1}


def _fold(text: str) -> str:
    """Lower case without marks, spaces single."""
    base = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in base if not unicodedata.combining(c)).split())


def _strip_kind(text: str) -> str:
    """Take "Cục THADS", "tỉnh", "thành phố", "TP." from the front; marks stay."""
    text = " ".join(unicodedata.normalize("NFC", text).replace("\u2013", "-").replace("\u2014", "-").split())
    for pattern in (_OFFICE, _KIND):
        match = pattern.match(_fold(text))
        if match and match.end() < len(text):
            text = text[match.end() :].strip()
    return text


def _exact_key(name: str) -> str:
    """Compare with marks, but with the tone at the end of its syllable: Hoà and Hòa are one."""
    words = []
    for word in re.split(r"[\s\-.]+", _strip_kind(name).casefold()):
        letters = unicodedata.normalize("NFD", word)
        tone = "".join(c for c in letters if c in _TONES)
        words.append("".join(c for c in letters if c not in _TONES) + tone)
    return " ".join(w for w in words if w)


def _plain_key(name: str) -> str:
    return re.sub(r"[^a-z]", "", _fold(_strip_kind(name)))


def _merged_message(name: str, wanted: str) -> str:
    old = Org.parse(name, "63")
    new = Org.from_key(merger_map()[old.key])
    return (
        f"{wanted!r} is {old.name} of the list of 63; since 1 July 2025 it is part of {new.name} ({new.code})"
    )


def _unknown_message(name: str, wanted: str, regime: str) -> str:
    other = "34" if regime == "63" else "63"
    if group := next((org for org in groups(other) if org.code == wanted.lower()), None):
        return f"{wanted!r} is a group of the list of {other} ({group.name}), not of the list of {regime}"
    if regime == "34" and (_exact_key(name) in _by_name(other) or _plain_key(name) in _by_plain_name(other)):
        return _merged_message(name, wanted)
    plain = {_plain_key(org.name): org for org in provinces(regime)}
    nearest = difflib.get_close_matches(_plain_key(name), plain, n=3, cutoff=0.5)
    hint = ", ".join(f"{plain[key].name} ({plain[key].code})" for key in nearest)
    expected = f"nearest: {hint}" if hint else "give VN, a two-digit code or a name"
    return f"No province is named {wanted!r} in the list of {regime}; {expected}"
