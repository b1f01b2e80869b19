"""docs/decisions: every page is listed, and every dependency is explained."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def dependencies() -> list[str]:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    return [re.split(r"[\[<>=,; ]", each)[0] for each in wanted]


@pytest.mark.parametrize("name", dependencies())
def test_a_dependency_is_explained(name: str) -> None:
    """Its name stands in bold on a page, where the reason follows."""
    assert any(f"**{name}**" in page.read_text("utf-8") for page in PAGES), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_a_number_a_title_and_a_status(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert re.fullmatch(rf"# {page.name[:4]} \S.*", lines[0])
    assert re.match(r"Status: \S", lines[2])


def test_the_index_lists_every_page_once_under_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    listed = re.findall(r"^- \[(\d{4})\]\(([^)]+)\) (.+)$", index, re.M)
    assert listed == [(p.name[:4], p.name, p.read_text("utf-8").splitlines()[0][7:]) for p in PAGES]
    assert len({number for number, _, _ in listed}) == len(PAGES)


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for number in re.findall(r"\((00\d\d)(?:, 00\d\d)*\)", page.read_text("utf-8")):
            assert any(other.name.startswith(number) for other in PAGES), (page.name, number)
