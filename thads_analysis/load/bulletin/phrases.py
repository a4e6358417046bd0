"""The words of the field: which phrase names an item, a direction, a base of comparison, a topic."""

from __future__ import annotations

__all__ = ["Phrase", "match_phrase"]

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Phrase:
    """A phrase of the lexicon.

    Parameters
    ----------
    kind : str
        What it does in a sentence; see the table below.
    value : str
        Identifier of the item, measure, sign, base or topic.
    start, end : int
        Where it stands.
    """

    kind: str
    value: str
    start: int
    end: int


# Written as people write: a space is any white space, "(a|b)?" is as in regular expressions. The first
# that fits wins, so longer phrases stand above shorter ones. Both places of a tone mark are given
# where a word has two (hủy, huỷ), both spellings where there are two (tỷ, tỉ).
_NOUN = "(?:số )?(?:việc|vụ việc|vụ|án|tiền|giá trị|hồ sơ)"
_MADE_BY = (
    "(?:(?:do |của |mà )?(?:cấp trên |quốc hội |chính phủ |bộ tư pháp |bộ |(?:tổng )?cục"
    "(?: quản lý)?(?: thads| thi hành án dân sự)? |tổng thads )?(?:đã |được )?giao)"
)
_COMPARED = "(?:(?:khi |nếu )?so(?: sánh)?(?: với)?|với)"
# "về việc" before one of these means "concerning", not "by cases".
_DOING = (
    "(?:đôn đốc|chấn chỉnh|giao|xử lý|thực hiện|ban hành|tăng cường|chưa|kiến nghị|tổ chức"
    "|triển khai|áp dụng|báo cáo"
    "|phê duyệt|công bố|không|khắc phục|tập trung|thi hành (?!xong)|phân|quy|hướng|ra|xét|kiểm"
    "|thu|nâng|tiếp|đề nghị)"
)
_WHEN = r"(?:năm (?:20\d\d\d{0,2}|trước|ngoái)|(?:các )?năm trước)"

_TABLE: tuple[tuple[str, ...], ...] = (
    # Bases of comparison, with the time that belongs to them.
    (
        "base",
        "prorata",
        (
            f"{_COMPARED}(?: (?:chỉ tiêu|yêu cầu|kế hoạch))?(?: theo)? tiến độ(?: chung)?"
            f"(?: chỉ tiêu)?(?: {_MADE_BY})?"
        ),
    ),
    (
        "base",
        "target",
        (
            f"{_COMPARED} (?:mức )?(?:chỉ tiêu|kế hoạch|nhiệm vụ|mục tiêu)(?: (?:năm|nhiệm vụ"
            rf"|kế hoạch|thads))?(?: {_MADE_BY})?(?: (?:cả )?năm 20\d\d)?"
        ),
    ),
    (
        "base",
        "month",
        (
            f"{_COMPARED} (?:cùng kỳ )?(?:tháng|quý|tuần)(?: liền)? (?:trước|kề|liền kề|i|ii|iii|iv"
            rf"|\d{{1,2}})\w*(?: (?:trước|năm|/)\s*(?:20\d\d)?)?"
        ),
    ),
    (
        "base",
        "average",
        (
            f"(?:{_COMPARED}|thấp hơn|cao hơn|trên|dưới)(?: mức| kết quả| tỷ lệ| tỉ lệ)* (?:bình quân"
            "|trung bình)(?: chung)?"
        ),
    ),
    (
        "base",
        "same",
        (
            f"{_COMPARED}(?: (?:kết quả|thời điểm))? cùng (?:kỳ|kì|thời điểm)(?: của)?"
            rf"(?: \d{{1,2}} tháng(?: đầu)?)?(?: {_WHEN})?"
        ),
    ),
    ("base", "same", f"(?:cùng (?:kỳ|kì)) {_WHEN}"),
    ("base", "same", rf"so(?: với)? (?:kết quả )?(?:\d{{1,2}} tháng (?:đầu )?)?{_WHEN}"),
    ("base", "other", "so(?: với)"),
    # Items, with the nouns that stand inside their names.
    (
        "skip",
        "",
        (
            r"\(?trừ (?:đi )?(?:số )?(?:việc |tiền |án )?(?:đã )?chuyển (?:sang )?sổ theo dõi riêng"
            r"(?:\)|(?! ?(?:là|:|\d)))"
        ),
    ),
    ("skip", "", "người (?:phải|được) thi hành(?: án)?", "bên phải thi hành(?: án)?"),
    (
        "item",
        "separate_book",
        "(?:đã )?(?:chuyển|đưa)(?: sang| vào)? sổ theo dõi riêng",
        "(?:ở |trong )?sổ theo dõi riêng",
    ),
    (
        "item",
        "unfinished",
        "(?:nhưng )?(?:chưa|không) (?:được )?(?:thi hành|giải quyết) (?:án )?xong",
        "còn phải thi hành",
        "chưa thi hành",
    ),
    (
        "item",
        "not_eligible",
        "(?:chưa|không)(?: có)?(?: đủ)? điều kiện(?: thi hành| giải quyết| tha)?(?: án)?",
    ),
    (
        "item",
        "carried_out",
        "(?:còn )?(?:phải )?chuyển (?:sang )?(?:kỳ|kì|năm) (?:sau|tiếp theo)",
        r"chuyển sang năm 20\d\d",
        "tồn chuyển (?:kỳ|năm) sau",
    ),
    (
        "item",
        "carried_in",
        (
            r"(?:cũ )?(?:từ )?(?:các )?(?:năm|kỳ|kì)(?: (?:trước|cũ|20\d\d\d{0,2}))? chuyển (?:sang"
            "|qua)(?! (?:năm|kỳ|kì) )"
        ),
        "(?:số (?:việc |tiền )?)?(?:cũ|tồn)(?: từ)?(?: (?:các )?(?:năm|kỳ) trước)? chuyển (?:sang|qua)",
        r"chuyển từ (?:các )?(?:năm|kỳ) (?:trước|20\d\d\d{0,2}) (?:sang|qua)",
        "số (?:việc |tiền )?cũ",
    ),
    ("item", "new", "(?:đã )?(?:thụ lý|thụ lí)(?: thi hành)?(?: án)? mới", "mới (?:thụ lý|thụ lí)"),
    (
        "item",
        "accepted",
        (
            f"tổng (?:số )?(?:(?:{_NOUN}|việc và tiền) )?(?:án )?(?:đã |phải |được )?(?:thụ lý|thụ lí"
            "|giải quyết)(?:,? (?:thụ lý|giải quyết))?"
        ),
    ),
    (
        "item",
        "accepted",
        "(?:đã |được )?(?:thụ lý|thụ lí),?(?: và)? giải quyết(?! xong)",
        "(?:đã |được )?(?:thụ lý|thụ lí)(?: tổng số)?",
    ),
    (
        "item",
        "due",
        (
            f"(?:tổng )?(?:số )?(?:{_NOUN} )?(?:án )?phải (?:được )?(?:đưa ra )?(?:thi hành"
            "|tổ chức thi hành)(?: án)?(?! (?:án )?xong)"
        ),
    ),
    (
        "rate",
        "not_eligible_share",
        f"(?:tỷ|tỉ) lệ (?:{_NOUN} )?(?:chưa|không) có điều kiện(?: thi hành)?(?: án)?",
    ),
    (
        "rate",
        "eligible_share",
        (
            f"(?:tỷ|tỉ) lệ (?:{_NOUN} )?có điều kiện(?: thi hành)?(?: án)?(?: ?/ ?(?:tổng )?"
            "(?:số )?phải thi hành)?"
        ),
    ),
    (
        "item",
        "eligible",
        "(?:có )?(?:đủ )?điều kiện (?:thi hành|giải quyết|tha)(?: án)?(?! xong)",
        "(?:có )?đủ điều kiện",
        "có điều kiện",
    ),
    (
        "rate",
        "completion_rate",
        (
            "(?:tỷ|tỉ) lệ(?: (?:thads|thi hành án(?: dân sự)?|thi hành|giải quyết))?(?: xong)(?:"
            " (?:hoàn toàn|án))*(?: ?(?:/|trên) ?(?:tổng )?(?:số )?(?:việc |án |tiền )?"
            "(?:có )?điều kiện(?: thi hành)?)?"
        ),
    ),
    ("rate", "growth", r"(?:với )?(?:tỷ|tỉ) lệ(?= (?:tăng|giảm) \d)", "tốc độ(?= (?:tăng|giảm))"),
    ("rate", "", "(?:tỷ|tỉ) lệ(?: là)?"),
    (
        "item",
        "completed",
        (
            "(?:đã )?(?:được )?(?:thi hành|giải quyết|thads|tha)(?: án)?(?: dân sự)? xong(?:"
            " (?:hoàn toàn|toàn bộ))?(?: các khoản)?"
        ),
        "đã thi hành(?: được)?(?: án)?(?! (?:theo|về|các|nghiêm))",
        "số (?:tiền )?(?:đã )?thu được",
        "đã thu(?: được)?(?! hồi)",
    ),
    (
        "item",
        "recovered",
        "(?:đã )?thu hồi(?: được)?(?: (?:số tiền|tổng số tiền))?(?!,? (?:và )?(?:hủy|huỷ)| quyết định)",
    ),
    (
        "item",
        "revoked",
        "(?:(?:đã )?thu hồi,?(?: và)? )?(?:hủy|huỷ)(?: (?:bỏ )?quyết định(?: thi hành án)?)?",
        "thu hồi quyết định(?: thi hành án)?",
    ),
    ("item", "suspended", "tạm đình chỉ(?: thi hành án)?"),
    ("item", "discontinued", "đình chỉ(?: thi hành án)?"),
    (
        "item",
        "postponed_agreed",
        (
            "hoãn (?:thi hành án )?theo (?:quy định tại )?(?:điểm c,? )?(?:khoản 1,? )?điều 48"
            "(?: khoản 1 điểm c)?"
        ),
    ),
    ("item", "postponed", "hoãn(?: thi hành án)?"),
    ("item", "reduced", "giảm thi hành án", "giảm nghĩa vụ thi hành án"),
    ("item", "in_progress", "đang (?:tổ chức )?thi hành(?: án)?"),
    ("item", "entrusted_in", "(?:được|nhận) (?:ủy|uỷ) thác"),
    ("item", "entrusted", "(?:đã )?(?:ủy|uỷ) thác(?: (?:thi hành án|đi))?"),
    ("item", "pulled_up", "(?:cục )?rút (?:hồ sơ )?lên(?: (?:để )?thi hành)?"),
    ("item", "handled", "(?:đã |phải )?giải quyết"),
    ("item", "other_pending", "trường hợp khác"),
    # Administrative judgments.
    (
        "item",
        "voluntary_notices",
        "(?:văn bản )?thông báo (?:về việc )?tự nguyện(?: thi hành)?(?: án)?(?: hành chính)?",
    ),
    (
        "item",
        "compulsory_decisions",
        "(?:công khai )?(?:các )?quyết định buộc (?:thi hành án|tha)(?: hành chính)?",
    ),
    (
        "item",
        "meetings",
        r"tổ chức (?:buổi |cuộc )?làm việc(?: với [^.,;:\d]{3,40})?",
        "làm việc với người phải thi hành án",
        "làm việc",
    ),
    ("item", "recommendations", "(?:văn bản )?kiến nghị(?: xử lý)?(?: trách nhiệm)?"),
    ("item", "judgments_received", "(?:đã )?(?:chuyển giao|tiếp nhận|nhận được|nhận)"),
    ("item", "monitored", "(?:đã |đang |phải )?(?:thực hiện )?theo dõi"),
    (
        "topic",
        "administrative",
        "thi hành án hành chính",
        "án hành chính",
        "thahc",
        "bản án,? quyết định hành chính",
        "hành chính",
    ),
    (
        "org",
        "",
        (
            "(?:cơ quan|cục|chi cục|tổng cục|ngành|hệ thống|phòng|công tác kiểm sát) (?:quản lý )?"
            "(?:thads|thi hành án dân sự)"
        ),
        "quản lý thads",
    ),
    ("topic", "civil", "thi hành án dân sự", "thads"),
    # Parts of the whole, and other work: figures about them are not figures of the forms.
    ("part", "credit institutions", "(?:tổ chức )?tín dụng", "ngân hàng"),
    (
        "part",
        "corruption and economic crime",
        "tham nhũng",
        "(?:án|vụ án|hình sự|hình sự về) kinh tế",
        "bị (?:chiếm đoạt|thất thoát)",
    ),
    ("part", "the state budget", "ngân sách(?: nhà nước)?", "án phí", "tiền phạt", "sung công"),
    ("part", "prisoners", "phạm nhân", "trại giam"),
    ("part", "bankruptcy", "phá sản"),
    (
        "part",
        "one way of opening a case",
        "chủ động thi hành",
        "(?:diện|án|việc|loại) chủ động",
        "theo (?:đơn )?yêu cầu",
        "theo đơn",
    ),
    (
        "part",
        "old or large cases",
        "(?:trên|quá|hơn) 0?1 năm",
        (
            "(?:án|việc|vụ việc|vụ|tiền) (?:lớn, |án )?(?:trọng điểm|phức tạp|kéo dài|tồn đọng"
            "|điển hình|có giá trị lớn)"
        ),
    ),
    ("part", "coercion", "cưỡng chế", "kê biên", "phong tỏa", "phong toả"),
    ("part", "auctions", "đấu giá", "thẩm định giá"),
    (
        "part",
        "complaints",
        "khiếu nại",
        "tố cáo",
        "đơn thư",
        "thư khiếu",
        "tiếp (?:công )?dân",
        "số đơn(?! vị)",
        "lượt công dân",
    ),
    ("part", "compensation", "bồi thường"),
    ("part", "exemption", "miễn,? giảm", "xét miễn"),
    (
        "part",
        "an average",
        r"(?:tính )?(?:bình quân|trung bình) (?:mỗi|một|01|1) \w+",
        "mỗi (?:chấp hành viên|chv)",
    ),
    ("part", "a plan", "dự kiến", "thời gian tới", "sẽ (?:thi hành|đạt)"),
    ("part", "supervision", "kháng nghị", "kiểm sát trực tiếp", "trực tiếp kiểm sát"),
    (
        "part",
        "investigation and trial",
        "điều tra",
        "truy tố",
        "khởi tố",
        "xét xử",
        "tin báo",
        "bị can",
        "bị cáo",
        "tố giác",
    ),
    ("part", "communes", "(?:cấp|các) xã"),
    ("part", "procedures", "(?:thủ tục|cải cách|vi phạm|tố tụng) hành chính", "dịch vụ công"),
    ("whole", "", "(?:trên )?(?:toàn|khắp) (?:tỉnh|ngành|thành phố|địa bàn tỉnh)"),
    # Targets and pace.
    ("goal", "prorata", "(?:chỉ tiêu )?(?:theo )?tiến độ(?: chỉ tiêu)?"),
    ("goal", "target", f"(?:chỉ tiêu|kế hoạch)(?:,? nhiệm vụ)?(?: (?:năm|cả năm))?(?: (?:{_MADE_BY}))?"),
    (
        "aim",
        "",
        "phấn đấu(?: đạt)?",
        "được giao(?: chỉ tiêu)?",
        "giao (?:chỉ tiêu|tỷ lệ|tỉ lệ)",
        "mục tiêu",
        "yêu cầu (?:phải )?đạt",
    ),
    # Verbs that say what kind of figure follows.
    ("result", "", "kết quả", "thực tế", "thực hiện (?:được|đạt)"),
    ("over", "+", "(?:đã )?vượt(?: (?:mức|hơn|cao hơn|lên))?", "nhanh hơn"),
    ("over", "-", "(?:còn |vẫn )?(?:thiếu(?! sót)|chậm hơn|chậm|hụt|kém hơn|kém)(?: hơn)?", "chưa đạt"),
    ("level", "to", "(?:tăng|giảm)(?: (?:lên|xuống))? còn"),
    ("level", "", "(?:tăng|giảm) (?:lên|xuống)(?: đến| tới)?"),
    ("change", "+", "tăng(?! cường)(?: (?:thêm|hơn|mạnh|nhẹ|cao|đáng kể|khá))?", "(?:cao|nhiều|lớn) hơn"),
    ("change", "-", "giảm(?: (?:mạnh|nhẹ|sâu|đáng kể|đi))?", "(?:thấp|ít|nhỏ) hơn"),
    ("share", "", "chiếm(?: (?:tỷ|tỉ) (?:lệ|trọng))?"),
    ("equals", "", "bằng", "tương đương(?: với)?"),
    ("reach", "", "(?:ước )?đạt(?: (?:kết quả|(?:tỷ|tỉ) lệ|mức|được))?(?: là)?"),
    (
        "skip",
        "",
        r"(?:xếp|đứng)?(?: thứ| hạng| vị trí)* \d{1,3} ?/ ?\d{1,3}(?! ?(?:việc|vụ|đơn))",
        r"(?:xếp|đứng) (?:thứ|hạng) \d{1,3}",
    ),
    ("within", "", "(?:trong|trên)(?= (?:tổng )?số )"),
    ("among", "", "trong đó", "cụ thể", "bao gồm", "gồm(?: có)?"),
    # Measures.
    ("measure", "cases money", "(?:số )?(?:việc|vụ việc) (?:và|,) (?:số )?(?:tiền|giá trị)"),
    ("measure", "cases", f"(?:xét )?về(?: mặt)?(?: số)?(?: lượng)? (?:việc|vụ việc)(?! {_DOING})"),
    ("measure", "money", "(?:xét )?về(?: mặt)?(?: số)? (?:tiền|giá trị)"),
    ("measure", "cases", "(?:tổng )?số (?:lượng )?(?:việc|vụ việc|vụ|án)"),
    ("measure", "money", "(?:tổng )?(?:số tiền|giá trị)(?! (?:thi hành án|phạt|tồn|lớn))"),
    ("noun", "cases", "việc"),
    ("noun", "money", "tiền", "giá trị"),
    # Joints.
    (
        "link",
        "",
        "là",
        "có",
        "được",
        "với",
        "tổng số",
        "số",
        "thuộc",
        "diện",
        "tương ứng(?: với)?",
        "thêm",
        "thì",
        "lên",
        "tới",
        "đến",
        "đã",
        "cũng",
        "hoàn toàn",
        "toàn bộ",
        "án",
        "bằng tiền",
        "chung",
    ),
    ("and", "", "và", "nhưng", "còn", "đồng thời", "cùng"),
)

_START, _END = r"(?<![^\W\d_])", r"(?![^\W\d_])"


@cache
def _scanner() -> tuple[re.Pattern[str], list[tuple[str, str]]]:
    """One pattern for the whole lexicon; the number of the group that fits is the row."""
    rows = [f"({'|'.join(map(_as_regex, row[2:]))})" for row in _TABLE]
    names = [(row[0], row[1]) for row in _TABLE]
    return re.compile(f"{_START}(?:{'|'.join(rows)}){_END}"), names


def _as_regex(pattern: str) -> str:
    uncaptured = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    return uncaptured.replace(" ?", r"\s*").replace(" ", r"\s+")


def match_phrase(text: str, start: int) -> Phrase | None:
    """Read the phrase of the lexicon that begins at an offset of lower-cased text, if one does.

    Examples
    --------
    >>> match_phrase("chưa có điều kiện thi hành là 5 việc", 0).value
    'not_eligible'
    """
    pattern, names = _scanner()
    match = pattern.match(text, start)
    if match is None or match.lastindex is None or match.end() == start:
        return None
    kind, value = names[match.lastindex - 1]
    return Phrase(kind, value, match.start(), match.end())
