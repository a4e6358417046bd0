"""Every text has its English, and each page speaks one language."""

import ast
import json
import re
import string
import unicodedata
from collections.abc import Iterable
from importlib import import_module

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from catalogue import collect_texts, read_catalogue
from matplotlib.figure import Figure
from matplotlib.text import Text
from sample_pages import make_context, make_page
from small_ledger import write_small_ledger

from thads_analysis.context import Context
from thads_analysis.forecast.backtest import backtest
from thads_analysis.locale import locale_for
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.paths import notebooks_dir
from thads_analysis.period import Period
from thads_analysis.report import exhibits
from thads_analysis.run import read_topics
from thads_analysis.site import Report, render_index

TOPICS = read_topics()
UPDATE = "run make texts, then fill in thads_analysis/locales/en/LC_MESSAGES/thads.po"
HEADS = "h1, h2, caption, th[scope=col], .exhibit-title, .exhibit-subtitle, dt, strong"


def forms(text: str | Iterable[str]) -> tuple[str, ...]:
    """A text, or the forms of one that counts."""
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


SOURCES = {forms(message.id)[0]: message for message in collect_texts() if message.id}
TRANSLATIONS = {forms(message.id)[0]: message for message in read_catalogue() if message.id}


def test_there_are_texts_of_every_kind() -> None:
    assert {
        "việc",  # glossary
        "{number} việc",  # a text that counts
        "trung vị",  # a chart
        "Mục lục",  # a template of the site
        "## Nguồn và cách tính",  # a notebook
        "Toàn quốc",  # a marker
        "Mỗi tổng số bằng tổng các thành phần của nó",  # a rule of the checker
    } <= SOURCES.keys()


def test_every_text_is_translated() -> None:
    missing = [
        text
        for text in SOURCES
        if text not in TRANSLATIONS
        or TRANSLATIONS[text].fuzzy
        or not all(form.strip() for form in forms(TRANSLATIONS[text].string))
    ]
    assert missing == [], UPDATE


def test_no_translation_is_left_over() -> None:
    assert sorted(TRANSLATIONS.keys() - SOURCES.keys()) == [], "run make texts"


def test_translations_keep_the_placeholders() -> None:
    for text, message in TRANSLATIONS.items():
        for form in forms(message.string):
            assert placeholders(form) == placeholders(text), text


def test_a_text_that_counts_has_both_forms() -> None:
    counting = [message for message in SOURCES.values() if not isinstance(message.id, str)]
    assert counting
    for message in counting:
        translated = TRANSLATIONS[forms(message.id)[0]]
        assert translated.pluralizable
        assert len(set(translated.string)) == 2


def test_translations_are_plain_text_like_their_source() -> None:
    for text, message in TRANSLATIONS.items():
        for form in forms(message.string):
            assert "<" not in form
            assert form == form.strip() or text != text.strip()
            assert form.startswith("## ") == text.startswith("## ")
            assert form.endswith(".") == text.endswith("."), text


# What pages say, topic by topic: the notebooks' own calls, over the simulated sample.


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    made = make_context(sample_panel, sample_observations, Period(2023, 9))
    # One year and two months: the page says the same of more.
    vars(made)["evaluation"] = backtest(
        made.panel, methods=["usual_path", "last_movement"], first=2022, months=(6, 9), draws=50
    )
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the charts; nothing is rendered."""
    texts: list[str] = []

    def note_texts(drawing: Figure) -> bytes:
        texts.extend(text.get_text() for text in drawing.findobj(Text))
        return b""

    monkeypatch.setattr(exhibits, "_draw", note_texts)
    return texts


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Data folder with a few cases of one province."""
    folder = tmp_path_factory.mktemp("data")
    write_small_ledger(folder)
    return str(folder)


def say_page(context: Context, topic: str, lang: str, data: str) -> tuple[BeautifulSoup, list[str]]:
    """What a notebook shows, and the sources that it cites."""
    about = next(one for one in TOPICS if one.name == topic)
    org = NATION if "nation" in about.levels else Org.parse("45", "63")
    page = make_page(context, about.page, org, lang, data)
    shown, parameters = [], {}
    for cell in json.loads((notebooks_dir() / f"{topic}.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["metadata"].get("tags") == ["parameters"]:
            statements = ast.parse("".join(cell["source"])).body
            parameters = {s.target.id: ast.literal_eval(s.value) for s in statements}
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            shown.append(f"<h2>{page.text(source).removeprefix('## ')}</h2>")
            continue
        last = ast.parse(source).body[-1]
        if isinstance(last, ast.Expr):
            called = {node.id for node in ast.walk(last) if isinstance(node, ast.Name)}
            called -= {"page", *parameters}
            modules = {name: import_module(f"thads_analysis.report.{name}") for name in called}
            exhibit = eval(ast.unparse(last), {"page": page, **parameters, **modules})  # noqa: S307 - our own notebooks
            shown.append(getattr(exhibit, "html", ""))
    sources = [source for fact in page._facts.values() for source in fact.origin.source.split("; ") if source]
    return BeautifulSoup("\n".join(shown), "html.parser"), sources


def without_names(text: str, sources: Iterable[str]) -> str:
    """Take the names of provinces and the citations out of a text: they are the same in every language."""
    names = {org.name for regime in ("63", "34") for org in provinces(regime)}
    for name in sorted({*sources, *names} - {"Số liệu mô phỏng của thads_analysis"}, key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def is_vietnamese(word: str) -> bool:
    return "đ" in word.lower() or any(
        unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", word)
    )


def words_of(texts: Iterable[str]) -> set[str]:
    """Words of three letters and more, placeholders apart."""
    return set(re.findall(r"[^\W\d_]{3,}", re.sub(r"\{\w*\}", " ", " ".join(texts)).lower()))


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_english_pages_have_no_vietnamese(context: Context, drawn: list[str], topic: str, data: str) -> None:
    page, sources = say_page(context, topic, "en", data)
    alternatives = [image["alt"] for image in page.find_all("img")]
    assert bool(drawn) == bool(alternatives)
    said = without_names("\n".join([page.get_text("\n"), *alternatives, *drawn]), sources)
    assert len(said) > 1000
    assert sorted({word for word in said.split() if is_vietnamese(word)}) == []


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_vietnamese_pages_have_no_english_heads(
    context: Context, drawn: list[str], topic: str, data: str
) -> None:
    english = words_of(form for message in TRANSLATIONS.values() for form in forms(message.string))
    english -= words_of(SOURCES)
    assert {"cases", "money", "province", "source", "month"} <= english
    page, sources = say_page(context, topic, "vi", data)
    heads = [head.get_text(" ") for head in page.select(HEADS)]
    captions = [caption.get_text(" ") for caption in page.select("figcaption, .figcaption")]
    alternatives = [image["alt"] for image in page.find_all("img")]
    assert len(heads) > 5
    said = without_names("\n".join([*heads, *captions, *alternatives, *drawn]), sources)
    assert sorted(words_of([said]) & english) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_index_speaks_one_language(lang: str) -> None:
    failed = {"cell": 3, "type": "KeyError", "message": "x"}
    entry = {"org_regime": "", "org_code": "VN", "org_name": "Toàn quốc", "page": "trend", "status": "ok"}
    manifest = {
        "period": "2023-M09",
        "lang": lang,
        "provenance": ["simulated"],
        "as_of": "2023-07-05",
        "library": "0",
        "totals": {"ok": 1, "failed": 1},
        "entries": [
            entry | {"error": None},
            entry | {"page": "forecast", "status": "failed", "error": failed},
        ],
    }
    page = BeautifulSoup(render_index(Report(manifest, {})), "html.parser")
    heads = [head.get_text(" ") for head in page.select(HEADS)]
    assert locale_for(lang).text("Kết quả của từng cơ quan") in heads
    vietnamese = {word for word in page.main.get_text(" ").split() if is_vietnamese(word)}
    assert bool(vietnamese) == (lang == "vi")
