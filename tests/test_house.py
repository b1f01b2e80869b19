"""The house stands: four floors, no cycles, nothing on a floor that does not belong there, no text without use."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From below; each imports only what stands before it, and itself.
FLOORS = ("models", "templates", "handlers", "bot")

# What a floor must not know of (DESIGN §1).
_SERVING = {"httpx", "starlette", "uvicorn", "apscheduler"}
_PAPER = {"docx", "docxtpl", "openpyxl", "python_calamine", "jinja2"}
_MACHINE = {"os", "pathlib", "shutil", "tempfile", "socket", "time", "random", "secrets", "uuid", "asyncio", "logging"}
BANNED = {
    "models": {"telegram", "requests", "urllib", "http"} | _SERVING | _PAPER | _MACHINE,
    "templates": {"telegram", "sqlmodel", "sqlalchemy", "os", "random", "secrets"} | _SERVING,
    "handlers": {"os", "random"} | _SERVING | _PAPER,
}

# What is pure: the standard library, and each other.
PURE = {
    f"models.{name}"
    for name in (
        *("announcement_form", "chatdays", "codes", "drawfiles", "form", "manning", "match", "period", "plausibility"),
        *("policy", "positions", "public_edition", "quota", "record", "record_form", "report_form", "rows"),
        *("substitution", "throws", "verify", "views", "views_followup", "views_plan", "views_register"),
        *("views_report", "words", "workdays"),
    )
}

# What reads or writes a file by itself.
FILES = {"read_text", "read_bytes", "write_text", "write_bytes"}
CLOCKS = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}


class Import(NamedTuple):
    """One imported module, and where."""

    module: str
    line: int


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """What a module imports; of `from package import module`, the module. What only types need is left out."""
    known = modules()

    def walk(node: ast.AST) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                for each in child.names:
                    yield Import(each.name, child.lineno)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0 and child.module, f"{path}:{child.lineno} imports relatively"
                for each in child.names:
                    whole = f"{child.module}.{each.name}"
                    yield Import(whole if whole in known else child.module, child.lineno)
            else:
                yield from walk(child)

    return tuple(walk(tree(path)))


def tracked() -> list[Path]:
    """All files that belong to the project."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
        found = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts)]
    return [path for path in found if path.is_file()]


@pytest.mark.parametrize("name", modules())
def test_a_module_imports_only_what_stands_on_its_floor_or_below(name: str) -> None:
    own = FLOORS.index(name.partition(".")[0])
    for each in imports(modules()[name]):
        floor = each.module.partition(".")[0]
        assert floor not in FLOORS[own + 1 :], f"{name}:{each.line} imports {each.module} from above"
        assert floor != "tests", f"{name}:{each.line} imports tests"


@pytest.mark.parametrize("floor", BANNED)
def test_a_floor_does_not_know_what_is_not_its_business(floor: str) -> None:
    for name, path in modules().items():
        if name.partition(".")[0] == floor and not name.startswith("models.migrations"):
            for each in imports(path):
                assert each.module.partition(".")[0] not in BANNED[floor], f"{name}:{each.line} imports {each.module}"


@pytest.mark.parametrize("floor", FLOORS[:-1])
def test_the_linter_says_at_once_what_a_floor_must_not_import(floor: str) -> None:
    """Where a module is written, `ruff check` names the way that is open instead."""
    found = tomllib.loads((ROOT / floor / "ruff.toml").read_text("utf-8"))
    banned = found["lint"]["flake8-tidy-imports"]["banned-api"]
    assert set(FLOORS[FLOORS.index(floor) + 1 :]) <= banned.keys()
    assert all(each["msg"] for each in banned.values())


def test_rules_read_no_clock_no_environment_and_no_file() -> None:
    for name, path in modules().items():
        if name.partition(".")[0] != "models":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "open", f"{name}:{node.lineno} opens a file"
            if isinstance(node, ast.Attribute):
                assert node.attr not in FILES, f"{name}:{node.lineno} reads or writes a file"
                assert ast.unparse(node) not in CLOCKS, f"{name}:{node.lineno} looks at the clock"


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_pure_rules_need_the_standard_library_alone(name: str) -> None:
    for each in imports(modules()[name]):
        allowed = each.module in PURE or each.module.partition(".")[0] in sys.stdlib_module_names
        assert allowed, f"{name}:{each.line} imports {each.module}"


def test_the_local_chat_imports_nothing_of_ours() -> None:
    for name, path in modules().items():
        if name.startswith("bot.chat"):
            for each in imports(path):
                ours = each.module.partition(".")[0] in FLOORS
                assert not ours or each.module.startswith("bot.chat"), f"{name}:{each.line} imports {each.module}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {each.module for each in imports(path)} & modules().keys() for name, path in modules().items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"cycle: {' → '.join([*way[way.index(name) :], name])}"
        if name not in done:
            for each in sorted(graph[name] - {name}):
                visit(each, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("name", modules())
def test_a_module_says_its_purpose_and_a_package_is_only_a_folder(name: str) -> None:
    path = modules()[name]
    if path.name == "__init__.py":
        assert path.read_text("utf-8") == ""
    else:
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        assert len(first) > 10, f"{name} does not say what it is for"


def test_an_import_inside_a_function_counts_and_one_for_types_does_not(tmp_path: Path) -> None:
    path = tmp_path / "room.py"
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from bot import local\n"
        "def late():\n    from bot import run\n    from models.act import Act\n",
        "utf-8",
    )
    assert [each.module for each in imports(path)] == ["typing", "bot.run", "models.act"]


def test_tests_say_their_purpose_too() -> None:
    for path in (ROOT / "tests").glob("*.py"):
        assert path.name == "__init__.py" or path.read_text("utf-8").startswith('"""'), path.name


def test_no_table_refers_to_another_by_relationship() -> None:
    for name, path in modules().items():
        assert "Relationship(" not in path.read_text("utf-8"), name


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    # Written in pieces, so that this file does not hold them.
    pieces = [
        ("/wo", "rk/"),
        ("/ho", "me/"),
        ("/ro", "ot/"),
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
    ]
    forbidden = re.compile("|".join(re.escape(head + tail) for head, tail in pieces))
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = forbidden.search(text)
        assert found is None, f"{path.relative_to(ROOT)} holds {found and found[0]!r}"


# --- texts -----------------------------------------------------------------------------------------------------------


def texts() -> set[str]:
    found = set()
    for path in (ROOT / "templates" / "texts").glob("*.toml"):
        found |= {f"{path.stem}.{name}" for name in tomllib.loads(path.read_text("utf-8"))}
    return found


def literals() -> Iterator[tuple[str, int, str]]:
    """Every string that stands in the code, with its place; of an f-string, its constant beginning."""
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield name, node.lineno, node.value


def test_every_text_that_is_said_exists() -> None:
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
                for constant in ast.walk(node.args[0]):
                    if isinstance(constant, ast.JoinedStr):
                        break
                    if isinstance(constant, ast.Constant) and "." in str(constant.value):
                        assert constant.value in texts(), f"{name}:{node.lineno} says {constant.value}"


def test_every_text_is_used() -> None:
    said = {value for _, _, value in literals()}
    # `say(f"start.kind_{…}")` uses all that begin so.
    begun = tuple(value for value in said if re.fullmatch(r"[a-z]+\.[a-z_]*_", value))
    unused = {text for text in texts() - said if not (begun and text.startswith(begun))}
    assert unused == set()


def test_the_page_about_the_house_names_every_room_of_the_rules() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {path.stem for path in (ROOT / "models").glob("[a-z]*.py")}
    assert {room for room in rooms if f"`{room}`" not in text} == set()
    for path in re.findall(r"`((?:models|templates|handlers|bot|tests|docs)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
