"""The documentation names what exists: links, headings, functions, files, commands, options."""

import ast
import importlib
import importlib.util
import json
import pkgutil
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token

import thads_analysis
from thads_analysis.cli import app
from thads_analysis.config.settings import Settings, read_config

ROOT = Path(__file__).parents[1]
BUILT = {ROOT / "docs" / "_build", ROOT / "docs" / "reference"}
FRONT = ROOT / "docs" / "index.md"
PAGES = [
    *(
        ROOT / name
        for name in (
            "README.md",
            "ARCHITECTURE.md",
            "CHANGELOG.md",
            "data/published/README.md",
            "notebooks/tutorial.ipynb",
        )
    ),
    *(
        path
        for suffix in ("md", "ipynb")
        for path in sorted((ROOT / "docs").rglob(f"*.{suffix}"))
        if not BUILT & set(path.parents) and ".ipynb_checkpoints" not in path.parts
    ),
]
ROOMS = {module.name for module in pkgutil.iter_modules(thads_analysis.__path__)}
PACKAGES = ("load", "sample", "metrics", "trend", "forecast", "check", "report", "run", "site", "publishing")
FILES = (".py", ".md", ".csv", ".yaml", ".json", ".jsonl", ".html", ".ipynb", ".toml")
MATHEMATICS = {"arcsin", "cov", "floor", "log", "logit", "max", "sqrt", "var"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())


@cache
def read_tokens(page: Path) -> list[Token]:
    """Block tokens of a page; of a notebook, those of its prose."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return MarkdownIt("commonmark").enable("table").parse(text)


def inline(page: Path) -> list[Token]:
    return [child for token in read_tokens(page) for child in token.children or []]


def fences(page: Path, *languages: str) -> list[str]:
    return [t.content for t in read_tokens(page) if t.type == "fence" and t.info.strip() in languages]


def code_spans(page: Path) -> list[str]:
    return [token.content for token in inline(page) if token.type == "code_inline"]


@cache
def headings(page: Path) -> set[str]:
    """Anchors that a code host gives to the headings of a page."""
    found: list[str] = []
    tokens = read_tokens(page)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = "".join(child.content for child in tokens[place + 1].children or [])
            slug = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
            found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


@cache
def reference_modules() -> dict[str, ModuleType]:
    """Modules of which the reference makes a page."""
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    return {name: importlib.import_module(name) for name in re.findall(r"(?m)^   (thads_\S+)$", text)}


def resolve(name: str) -> object:
    """Import a dotted name below the package; AttributeError or ImportError where there is none."""
    found: object = thads_analysis
    path = "thads_analysis"
    for part in name.removeprefix("thads_analysis.").split("."):
        path = f"{path}.{part}"
        if hasattr(found, "__path__") and importlib.util.find_spec(path) is not None:
            found = importlib.import_module(path)
        else:
            # A field of a dataclass is no attribute of its class.
            fields = getattr(found, "__dataclass_fields__", {})
            found = fields[part] if part in fields else getattr(found, part)
    return found


def exists(name: str) -> bool:
    try:
        resolve(name)
    except (AttributeError, ImportError):
        return False
    return True


@every_page
def test_every_link_leads_to_a_file_and_its_heading(page):
    broken = []
    targets = [token.attrGet("href") or token.attrGet("src") for token in inline(page)]
    for target in {str(t) for t in targets if t}:
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.is_file() or (anchor and anchor not in headings(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_in_the_table_of_contents():
    listed = set()
    for page in PAGES:
        for block in fences(page, "{toctree}"):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            names = [re.sub(r".*<(.+)>$", r"\1", entry) for entry in entries]
            listed |= {(page.parent / name).resolve() for name in names}
    assert listed == {page.with_suffix("") for page in PAGES if page != FRONT}


@every_page
def test_every_name_of_the_library_exists(page):
    dotted = re.compile(r"(?:thads_analysis\.)?([a-z_]+)((?:\.\w+)+)(?:\(.*\))?")
    matches = [dotted.fullmatch(span) for span in code_spans(page) if not span.endswith(FILES)]
    names = {match[1] + match[2] for match in matches if match and match[1] in ROOMS}
    assert [name for name in sorted(names) if not exists(name)] == []


@pytest.mark.parametrize("name", ["metrics", "trend", "forecasting", "checks"])
def test_every_function_of_a_method_page_is_one_of_its_module(name):
    modules: list[str] = []
    in_table, unknown = False, []
    for line in (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            modules = [f"{span}." for span in re.findall(r"`([\w.]+)`", line) if span.split(".")[0] in ROOMS]
        in_table = line.startswith("| function |") or (in_table and line.startswith("|"))
        functions = re.findall(r"`([\w.]+)", line.split("|")[1]) if in_table else []
        unknown += [f for f in functions if not any(exists(place + f) for place in ("", *modules))]
        calls = set(re.findall(r"`(\w+)\([^`]*\)`", line)) - MATHEMATICS
        unknown += [
            f for f in calls if not any(hasattr(module, f) for module in reference_modules().values())
        ]
    assert unknown == []


@pytest.mark.parametrize("package", ["metrics", "trend", "forecast"])
def test_every_public_function_of_a_method_is_on_a_method_page(package):
    pages = ("metrics", "trend", "forecasting")
    text = "".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") for page in pages)
    source = importlib.import_module(f"thads_analysis.{package}")
    functions = [name for name in source.__all__ if isinstance(getattr(source, name), FunctionType)]
    assert [name for name in functions if not re.search(rf"\b{name}\b", text)] == []


@every_page
def test_every_file_of_the_project_exists(page):
    kept = re.compile(r"(?:thads_analysis|tests|benchmarks|notebooks|data/reference|data/published)/[\w./-]+")
    paths = {span for span in code_spans(page) if kept.fullmatch(span)}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@every_page
def test_every_import_in_an_example_works(page):
    for block in fences(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("thads_analysis"):
                assert [n.name for n in node.names if not exists(f"{node.module}.{n.name}")] == []


@every_page
def test_every_command_in_an_example_exists_with_its_options(page):
    commands = typer.main.get_command(app).commands
    called = re.compile(r"(?:^|[/\\\s])thads(?:\.exe)?[ ]+([a-z-]+)([^\n|&#]*)")
    wrong = []
    for block in fences(page, "sh", "text", "bat", "powershell", "ini"):
        for name, rest in called.findall(block.replace("\\\n", " ")):
            command = commands.get(name)
            known = {opt for param in command.params for opt in param.opts} if command else set()
            known |= {
                opt for sub in getattr(command, "commands", {}).values() for p in sub.params for opt in p.opts
            }
            options = set(re.findall(r"(?<=\s)--[a-z-]+", rest))
            if command is None or options - known:
                wrong.append(f"thads {name}{rest}")
    assert wrong == []


def test_the_example_of_ones_own_settings_may_stand_in_a_data_folder(tmp_path):
    (example,) = fences(ROOT / "docs" / "extending.md", "toml")
    (tmp_path / "thads.toml").write_text(example, encoding="utf-8")
    (tmp_path / "mine.py").touch()
    settings = read_config(tmp_path).settings
    assert set(settings.model_fields_set) == set(Settings.model_fields)


def test_the_reference_begins_with_every_name_of_the_package():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    paths = re.findall(r"(?m)^   ~(thads_analysis\.\S+)$", text)
    found = {path.rpartition(".")[2]: resolve(path) for path in paths}
    assert set(found) == {
        n for n in thads_analysis.__all__ if not isinstance(getattr(thads_analysis, n), ModuleType)
    }
    assert all(getattr(thads_analysis, name) is value for name, value in found.items())


def test_the_reference_has_the_module_of_every_public_name():
    modules, missing = reference_modules(), []
    for package in PACKAGES:
        source = importlib.import_module(f"thads_analysis.{package}")
        for name in source.__all__:
            value = getattr(source, name)
            home = getattr(value, "__module__", None)
            listed = home in modules if home else any(vars(m).get(name) is value for m in modules.values())
            missing += [] if listed else [f"{package}.{name} ({home})"]
    assert missing == []


def test_what_a_built_page_asks_of_the_outside_and_dead_links_are_found(tmp_path):
    (tmp_path / "b.html").write_text('<p id="here">', encoding="utf-8")
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here"></a><a href="https://example.org/"></a><img src="data:,">'
        '<a href="b.html#there"></a><a href="c.html"></a><script src="//cdn.example.org/x.js"></script>',
        encoding="utf-8",
    )
    (tmp_path / "s.css").write_text("a { background: url('https://example.org/i.png') }", encoding="utf-8")
    script = [sys.executable, ROOT / "docs" / "check_built.py"]
    assert subprocess.run([*script, tmp_path / "none"], check=False).returncode == 0  # noqa: S603 - our own
    done = subprocess.run([*script, tmp_path], capture_output=True, text=True)  # noqa: S603
    faults = [line.partition(": ")[2] for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert faults == [
        "loads //cdn.example.org/x.js",
        "b.html#there leads nowhere",
        "c.html leads nowhere",
        "loads https://example.org/i.png",
    ]
