"""What diagnostics say in words: different or not, changing or not, on course or not, and what to look at."""

from __future__ import annotations

__all__ = [
    "assurance_phrase",
    "assurance_sign",
    "chance_phrase",
    "difference_phrase",
    "look_sentence",
    "own_phrase",
    "rank_phrase",
    "target_clause",
    "variation_phrase",
    "variation_sign",
]

from collections.abc import Mapping

from thads_analysis.locale import Locale
from thads_analysis.org import NATION
from thads_analysis.report.facts import Fact

_MOST_TO_LOOK_AT = 3


def difference_phrase(locale: Locale, place: str, z: Fact) -> str:
    """Say where a rate lies among the limits of the funnel.

    Parameters
    ----------
    place : str
        One of `metrics.funnel.place`.
    z : Fact
        The score by which it was placed.
    """
    shown = locale.decimal(float(z.value), 2, signed=True)
    match place:
        case "above_998":
            return locale.text("cao hơn giới hạn 99,8% (z = {z}), khác hẳn các địa phương khác", z=shown)
        case "below_998":
            return locale.text("thấp hơn giới hạn 99,8% (z = {z}), khác hẳn các địa phương khác", z=shown)
        case "above_95":
            return locale.text("cao hơn giới hạn 95% nhưng còn trong giới hạn 99,8% (z = {z})", z=shown)
        case "below_95":
            return locale.text("thấp hơn giới hạn 95% nhưng còn trong giới hạn 99,8% (z = {z})", z=shown)
    return locale.text("nằm trong mức khác biệt thường thấy giữa các địa phương (z = {z})", z=shown)


def rank_phrase(locale: Locale, rank: Fact, best: Fact, worst: Fact, out_of: int) -> str:
    """Say a rank with its interval; without an interval no rank is said."""
    if not (rank.known and best.known and worst.known):
        return locale.text("chưa đủ số liệu các năm trước để xếp hạng kèm khoảng tin cậy")
    return locale.text(
        "hạng {rank}/{total} (khoảng 95%: từ hạng {best} đến hạng {worst})",
        rank=rank.show(locale),
        total=out_of,
        best=best.show(locale),
        worst=worst.show(locale),
    )


def variation_sign(locale: Locale, verdict: str) -> str:
    """Name a verdict on variation in one or two words, with a sign that is not colour alone."""
    match verdict:
        case "improving":
            return locale.text("▲ tốt lên")
        case "worsening":
            return locale.text("▼ kém đi")
        case "common":
            return locale.text("● dao động bình thường")
        case "short":
            return locale.text("– chưa đủ số liệu")
    return locale.text("– không có số của tháng này")


def variation_phrase(locale: Locale, verdict: str, rule: str) -> str:
    """Say whether something has changed, and by which sign it is known."""
    reasons = {
        "outside": locale.text("tháng này nằm ngoài giới hạn"),
        "run": locale.text("từ bảy tháng liền ở cùng một phía của mức trung bình"),
        "two_of_three": locale.text("hai trong ba tháng gần nhất ở sát hoặc ngoài giới hạn"),
        "trend": locale.text("từ bảy tháng liền đi cùng một chiều"),
    }
    match verdict:
        case "improving":
            return locale.text("có dấu hiệu tốt lên ({reason})", reason=reasons[rule])
        case "worsening":
            return locale.text("có dấu hiệu kém đi ({reason})", reason=reasons[rule])
        case "common":
            return locale.text("không có dấu hiệu thay đổi")
        case "short":
            return locale.text("chưa kết luận được vì sau lần đổi quy định gần nhất chưa đủ 12 tháng số liệu")
    return locale.text("chưa kết luận được vì tháng này không có số để so, hoặc là tháng đổi quy định")


def own_phrase(locale: Locale, ratio: Fact, low: Fact, high: Fact, verdict: str, rule: str) -> str:
    """Say how the month compares with the unit's own usual pattern, and within which limits it moves."""
    said = variation_phrase(locale, verdict, rule)
    if not (ratio.known and low.known and high.known):
        return said
    return locale.text(
        "bằng {ratio} mức thường (giới hạn dao động bình thường {low} đến {high}), {verdict}",
        ratio=locale.percent(ratio.value, 0),
        low=locale.percent(low.value, 0),
        high=locale.percent(high.value, 0),
        verdict=said,
    )


def chance_phrase(locale: Locale, chance: Fact) -> str:
    """Print a chance in whole percent; one that is nearly none or nearly sure is said as a bound."""
    if not chance.known:
        return "–"
    if chance.value < 0.01:
        return locale.text("dưới 1%")
    return locale.text("trên 99%") if chance.value > 0.99 else locale.percent(chance.value, 0)


def assurance_sign(locale: Locale, verdict: str) -> str:
    """Name a verdict on the target, with a sign that is not colour alone."""
    match verdict:
        case "will_hit":
            return locale.text("✓ sẽ đạt")
        case "may_hit":
            return locale.text("? có thể đạt, có thể không")
        case "will_miss":
            return locale.text("✗ sẽ không đạt")
        case "no_target":
            return locale.text("– chưa biết chỉ tiêu")
    return locale.text("– chưa dự báo được")


def assurance_phrase(locale: Locale, verdict: str, low: Fact, high: Fact, chance: Fact) -> str:
    """Say whether the target is met if nothing changes, with the interval and the chance."""
    shown = {
        "low": low.show(locale),
        "high": high.show(locale),
        "chance": chance_phrase(locale, chance),
    }
    match verdict:
        case "will_hit":
            return locale.text(
                "nếu không có gì thay đổi thì sẽ đạt (khoảng 95% cuối năm: {low} đến {high}; khả năng vượt "
                "chỉ tiêu {chance})",
                **shown,
            )
        case "may_hit":
            return locale.text(
                "nếu không có gì thay đổi thì có thể đạt, có thể không (khoảng 95% cuối năm: {low} đến "
                "{high}; khả năng vượt chỉ tiêu {chance})",
                **shown,
            )
        case "will_miss":
            return locale.text(
                "nếu không có gì thay đổi thì sẽ không đạt (khoảng 95% cuối năm: {low} đến {high}; khả năng "
                "vượt chỉ tiêu {chance})",
                **shown,
            )
    return ""


def target_clause(locale: Locale, gap: Fact, target: Fact) -> str:
    """Say where a rate stands against the year's target, and whose target it is."""
    if not gap.known:
        return locale.text("chưa có chỉ tiêu để so sánh")
    shown = target.show(locale)
    whose = (
        locale.text("chỉ tiêu chung toàn quốc {target}", target=shown)
        if target.org == NATION
        else locale.text("chỉ tiêu được giao {target}", target=shown)
    )
    if round(gap.value, 4) == 0:
        return locale.text("vừa bằng, chưa vượt {whose}", whose=whose)
    size = locale.points(abs(gap.value), signed=False)
    if gap.value > 0:
        return locale.text("vượt {points} so với {whose}", points=size, whose=whose)
    return locale.text("còn thiếu {points} so với {whose}", points=size, whose=whose)


def look_sentence(
    locale: Locale,
    places: Mapping[str, str],
    variations: Mapping[tuple[str, str], str],
    assurances: Mapping[str, str],
) -> str:
    """Say what to look at first, from the verdicts alone: at most three things, the gravest first.

    Parameters
    ----------
    places : mapping of str to str
        By measure: where the rate lies among the limits (`metrics.funnel.place`).
    variations : mapping of (measure, series) to str
        Verdicts of `metrics.xmr.variation`.
    assurances : mapping of str to str
        By measure: `metrics.xmr.assurance`.
    """

    def terms(measures: list[str]) -> str:
        return locale.join([locale.term(measure) for measure in measures])

    def changing(verdict: str) -> list[str]:
        return list(dict.fromkeys(measure for (measure, _), said in variations.items() if said == verdict))

    low, high = (
        [measure for measure, place in places.items() if place.startswith(side)]
        for side in ("below", "above")
    )
    missing = [measure for measure, verdict in assurances.items() if verdict == "will_miss"]
    things = []
    if worse := changing("worsening"):
        things.append(
            locale.text("nguyên nhân các tháng có dấu hiệu kém đi về {measures}", measures=terms(worse))
        )
    if low:
        things.append(
            locale.text(
                "vì sao tỷ lệ về {measures} thấp hơn giới hạn, so với các địa phương tương đồng",
                measures=terms(low),
            )
        )
    if missing:
        things.append(
            locale.text("mức phải thi hành thêm về {measures} ở trang dự báo", measures=terms(missing))
        )
    if high:
        things.append(
            locale.text(
                "độ tin cậy của số liệu về {measures} trước khi nêu điển hình, vì tỷ lệ cao hơn giới hạn",
                measures=terms(high),
            )
        )
    if better := changing("improving"):
        things.append(locale.text("điều đã làm kết quả về {measures} tốt lên", measures=terms(better)))
    if not things:
        return locale.text("Không có điểm nào vượt mức dao động thường; tiếp tục theo dõi hằng tháng.")
    return locale.text("Cần xem trước: {things}.", things="; ".join(things[:_MOST_TO_LOOK_AT]))
