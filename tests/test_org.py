"""Organisations: two lists, their names in the field, their codes that collide."""

import pytest

from thads_analysis import org as org_module
from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.org import NATION, Org, groups, merger_map, provinces

# Codes that mean one province before 1 July 2025 and another after (both official code lists).
COLLIDING = {
    "15": ("Yên Bái", "Lào Cai"),
    "24": ("Bắc Giang", "Bắc Ninh"),
    "44": ("Quảng Bình", "Quảng Trị"),
    "52": ("Bình Định", "Gia Lai"),
    "80": ("Long An", "Tây Ninh"),
    "82": ("Tiền Giang", "Đồng Tháp"),
    "91": ("Kiên Giang", "An Giang"),
}


def test_the_two_lists() -> None:
    assert len(provinces("63")) == 63
    assert len(provinces("34")) == 34
    assert set(merger_map().values()) == {org.key for org in provinces("34")}


@pytest.mark.parametrize(("code", "names"), COLLIDING.items())
def test_colliding_codes_mean_another_province_in_each_list(code: str, names: tuple[str, str]) -> None:
    old, new = Org.parse(code, "63"), Org.parse(code, "34")
    assert (old.name, new.name) == names
    assert old != new
    assert old.key != new.key
    assert merger_map()[old.key] == new.key


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("79", "79"),
        ("1", "01"),
        ("Hồ Chí Minh", "79"),
        ("TPHCM", "79"),
        ("TP.HCM", "79"),
        ("TP. Hồ Chí Minh", "79"),
        ("thành phố Hồ Chí Minh", "79"),
        ("Hòa Bình", "17"),
        ("Hoà Bình", "17"),
        ("tỉnh Thanh Hoá", "38"),
        ("Đắk Lắk", "66"),
        ("Đắc Lắc", "66"),
        ("Đăk Lăk", "66"),
        ("Đăk Nông", "67"),
        ("Bà Rịa - Vũng Tàu", "77"),
        ("Bà Rịa – Vũng Tàu", "77"),
        ("Bà Rịa-Vũng Tàu", "77"),
        ("Thừa Thiên Huế", "46"),
        ("Huế", "46"),
        ("Ha Nam", "35"),
        ("quang tri", "45"),
        ("Quảng Nam (cũ)", "49"),
        ("Cục THADS tỉnh Quảng Trị", "45"),
        ("Cục Thi hành án dân sự thành phố Đà Nẵng", "48"),
    ],
)
def test_names_as_found_in_the_field(text: str, code: str) -> None:
    assert Org.parse(text, "63").code == code


@pytest.mark.parametrize("org", [*provinces("63"), *provinces("34"), NATION])
def test_every_organisation_is_found_by_its_name_code_and_key(org: Org) -> None:
    regime = org.regime or "63"
    assert Org.parse(org.name, regime) == org
    assert Org.parse(org.code, regime) == org
    assert Org.from_key(org.key) == org


@pytest.mark.parametrize(
    ("text", "regime", "hint"),
    [
        ("999", "63", "no province has the code '999'"),
        ("02", "34", "no province has the code '02'"),
        ("Hà Nan", "63", "Hà Nam (35)"),
        ("Ha Nam", "34", "part of Ninh Bình (37)"),
        ("Quảng Nam (cũ)", "34", "part of Đà Nẵng (48)"),
        ("Bình Dương", "34", "part of Hồ Chí Minh (79)"),
        ("", "63", "give VN"),
    ],
)
def test_what_is_not_found_names_what_is_near(text: str, regime: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Org.parse(text, regime)
    assert hint.casefold() in str(caught.value).casefold()


def test_marks_that_are_wrong_are_not_guessed_away() -> None:
    with pytest.raises(UsageError, match="Hà Nam"):
        Org.parse("Hả Nám", "63")


def test_a_group_is_an_organisation_with_members() -> None:
    group = Org.parse("large-8", "63")
    # Document 2792/TCTHADS-VP, 28/8/2020: eight places with a heavy caseload.
    names = {Org.from_key(key).name for key in group.members}
    assert names == {
        "Hồ Chí Minh",
        "Hà Nội",
        "Đà Nẵng",
        "Hải Phòng",
        "Cần Thơ",
        "Bình Dương",
        "Đồng Nai",
        "Long An",
    }
    assert Org.from_key(group.key) == group
    assert (group.level, Org.parse("79", "63").level, NATION.level) == ("group", "province", "nation")
    assert group not in provinces("63")


def test_a_group_of_the_other_list_is_named_as_such() -> None:
    with pytest.raises(UsageError, match="'large-8' is a group of the list of 63"):
        Org.parse("large-8", "34")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "Lớn/8"}, "small letters"),
        ({"code": "79"}, "begins with a letter"),
        ({"members": ["79", "99"]}, "members are 79, 99; expected different codes of the list of 63"),
        ({"members": ["79", "79"]}, "expected different codes"),
        ({"members": []}, "expected different codes"),
    ],
)
def test_a_wrong_group_is_refused(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], message: str
) -> None:
    row = {"code": "a-b", "org_regime": "63", "name": "A", "name_en": "A", "members": ["79"]} | change
    monkeypatch.setattr(reference, "groups", lambda: (row | {"where": "groups.yaml"},))
    groups.cache_clear()
    try:
        with pytest.raises(DataError, match=message):
            org_module.groups("63")
    finally:
        groups.cache_clear()
