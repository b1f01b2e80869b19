"""Documents as LibreOffice prints them: so many pages, and nothing lost between a view and the page."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.views import PaperView
from templates.word import fill
from tests.printing import pages_of, to_pdf
from tests.test_word import LEFT_OUT, squeezed, values
from tests.word_samples import SAMPLES, UPWARD

PRINTED: dict[str, Any] = SAMPLES | {"upward": UPWARD}
pytestmark = [pytest.mark.needs("libreoffice"), pytest.mark.needs("fonts")]

PAGES = {
    "announcement": 5,
    "draw_record": 6,
    "assignment": 4,
    "notice": 3,
    "check_form": 2,
    "blank_form": 2,
    "publication": 35,
    "rectification": 3,
    "recheck": 3,
    "transfer": 5,
    "plan_table": 3,
    "plan_return": 1,
    "plan_change": 3,
    "work_plan": 5,
    "year_plan": 3,
    "rules": 5,
    "training_plan": 1,
    "chase": 2,
    "monthly": 1,
    "summary": 4,
    "rollup": 1,
    "item_list": 2,
    "entity_list": 18,
    "inspector_list": 3,
    "expert_list": 2,
    "upward": 2,
}
MARKS = "|".join(["【演练不作为执法依据】", "【示例数据】", "—[0-9]+—"])


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each sample as PDF."""
    folder = tmp_path_factory.mktemp("printed")
    for kind, view in PRINTED.items():
        (folder / f"{kind}.docx").write_bytes(fill(view))
    to_pdf(folder, PRINTED)
    return folder


@pytest.mark.parametrize(("kind", "view"), PRINTED.items(), ids=list(PRINTED))
def test_printed_pages_hold_every_value(printed: Path, kind: str, view: PaperView) -> None:
    pages = pages_of(printed / f"{kind}.pdf")
    assert len(pages) == PAGES[kind]
    for number, page in enumerate(pages, 1):
        assert f"—{number}—" in page
        assert "示例数据" in page
    words = "".join(re.sub(MARKS, "", page) for page in pages)
    left_out = LEFT_OUT["chase" if kind == "upward" else kind]
    shown = [squeezed(unicodedata.normalize("NFKC", value)) for value in values(view, left_out) if value]
    missing = [value for value in shown if value not in words and not (len(value) == 64 and value[:16] in words)]
    assert missing == []


LONG = "依法依规逐项核对有关台账和现场情况 & 记录，" * 150 + "末尾𠮷"


def test_nothing_is_lost_in_a_row_taller_than_a_page(tmp_path: Path) -> None:
    row = replace(PRINTED["item_list"].rows[0], basis=LONG)
    views: dict[str, PaperView] = {
        "items": replace(PRINTED["item_list"], rows=(row,)),
        "plan": replace(PRINTED["plan_table"], rows=(replace(PRINTED["plan_table"].rows[0], items=LONG),)),
        "order": replace(
            PRINTED["rectification"], problems=(replace(PRINTED["rectification"].problems[0], found=LONG),)
        ),
        "recheck": replace(PRINTED["recheck"], rows=(replace(PRINTED["recheck"].rows[0], found=LONG),)),
    }
    for name, view in views.items():
        (tmp_path / f"{name}.docx").write_bytes(fill(view))
    to_pdf(tmp_path, views)
    for name in views:
        pages = pages_of(tmp_path / f"{name}.pdf")
        words = "".join(re.sub(MARKS, "", page) for page in pages)
        assert len(pages) > 1 and words.count("账") == 150 and "末尾𠮷" in words, name


@pytest.mark.parametrize(
    ("kind", "row", "head"),
    [
        ("publication", "91990100MA", "统一社会信用代码"),
        ("entity_list", "91990100MA", "统一社会信用代码"),
        ("inspector_list", "示例X00", "执法证号"),
        ("plan_table", "2026年3月至11月", "抽查对象范围"),
    ],
)
def test_a_long_table_repeats_its_head_on_every_page(printed: Path, kind: str, row: str, head: str) -> None:
    rows = [page for page in pages_of(printed / f"{kind}.pdf") if row in page]
    assert len(rows) > 1
    assert all(head in page for page in rows)
