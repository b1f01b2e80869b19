"""docs/clauses.md is true: no clause is missing, and what it names exists."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import parts

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "clauses.md"

# Rows in the table of each document (DOMAIN §1).
COUNTS = {"S0": 16, "S1": 21, "S2": 12, "S3": 11, "S4": 15}


class Row(NamedTuple):
    """One clause: its number, the quotation, the places in the code, the tests, and whether something is missing."""

    number: str
    quote: str
    places: list[str]
    tests: list[str]
    not_yet: bool


def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| (S\d\.\d+) \| (.+?) \| (.+?) \| (.+?) \|", line):
            number, quote, where, shown = match.groups()
            found.append(
                Row(
                    number,
                    quote,
                    re.findall(r"`([^`]+)`", where),
                    re.findall(r"`([^`]+)`", shown),
                    "*not yet*" in shown,
                )
            )
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """The functions and classes at the top of a Python file, and the methods of its classes."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    top = [node for node in tree.body if isinstance(node, kinds)]
    inner = [node for each in top if isinstance(each, ast.ClassDef) for node in each.body if isinstance(node, kinds)]
    return frozenset(node.name for node in [*top, *inner])


def test_all_75_clauses_are_there_in_order() -> None:
    expected = [f"{document}.{n}" for document, count in COUNTS.items() for n in range(1, count + 1)]
    assert len(expected) == 75
    assert [row.number for row in rows()] == expected


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_what_a_row_names_exists(row: Row) -> None:
    for place in row.places:
        path, _, name = place.partition("::")
        assert (ROOT / path).is_file(), place
        assert not name or name in names_in(path), place
    for test in row.tests:
        path, _, name = test.partition("::")
        assert path.startswith("tests/test_"), test
        assert name.startswith("test_"), test
        assert name in names_in(path), test


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_a_row_is_shown_by_a_test_or_says_not_yet(row: Row) -> None:
    assert row.tests or row.not_yet
    assert row.places or row.not_yet


@pytest.mark.needs("shared")
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_a_row_quotes_its_document(row: Row) -> None:
    [seed] = (parts.SHARED / "seeds").glob(f"00{row.number[1]}_*.txt")
    document = plain(seed.read_text(encoding="utf-8"))
    for piece in row.quote.split("…"):
        assert plain(piece) in document


def plain(text: str) -> str:
    """Without line breaks, blanks and emphasis; one form of comma and quotation mark."""
    return re.sub(r"[\s*]", "", text).replace(",", "，").translate(str.maketrans("“”‘’", '""""'))
