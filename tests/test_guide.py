"""docs/guide.zh-CN.md: its commands are those of the registry, and the buttons that it names exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from handlers import catalog, registry
from models.words import CHINESE, Role

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guide.zh-CN.md").read_text("utf-8")

catalog.load()


@cache
def labels() -> tuple[re.Pattern[str], ...]:
    """Every label of a button in the code; what is filled in matches anything."""
    found = set()
    for path in (ROOT / "handlers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"key", "_named"}:
                found |= set(patterns(node.args[0]))
    return tuple(re.compile(each) for each in found | {re.escape(text) for text in CHINESE.values()})


def patterns(node: ast.expr) -> list[str]:
    """What a label can look like: a constant, an f-string, or one of two."""
    if isinstance(node, ast.Constant):
        return [re.escape(str(node.value))]
    if isinstance(node, ast.JoinedStr):
        return ["".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values)]
    if isinstance(node, ast.IfExp):
        return [*patterns(node.body), *patterns(node.orelse)]
    return []


def test_the_table_of_commands_is_that_of_the_registry() -> None:
    rows = re.findall(r"^\| `/(\w+)` \| (\S+) \| (\S+) \| (.+) \|$", GUIDE, re.M)
    assert rows == [(each.name, each.word, each.who, each.help) for each in registry.COMMANDS.values()]


def test_every_command_in_the_text_exists_and_every_command_is_explained() -> None:
    text = GUIDE.partition("## 命令一览")[0]
    named = set(re.findall(r"`/([a-z]+)`", text))
    assert named == set(registry.COMMANDS)


def test_the_group_s_commands_are_those_of_its_menu() -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith("群里用得上的是"))
    assert set(re.findall(r"`/([a-z]+)`", line)) == catalog.IN_GROUPS


@pytest.mark.parametrize("label", sorted(set(re.findall(r"［(.+?)］", GUIDE))))
def test_a_button_that_the_guide_names_exists(label: str) -> None:
    assert any(each.fullmatch(label) for each in labels() if each.pattern.strip(".+")), label


def test_everybody_has_a_section() -> None:
    titles = set(re.findall(r"^## (.+)$", GUIDE, re.M))
    named = {CHINESE[Role, role.value] for role in Role if role != Role.EXPERT}
    assert named | {"见证人"} <= titles
    assert set(re.findall(r"^- \[(.+?)\]\(#\1\)$", GUIDE, re.M)) == titles
