"""A draw with strata of tags, a class and the rest, ratios and counts mixed: the page recomputes it as Python does."""

from fractions import Fraction
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from models import record
from models.codes import make_credit_code
from models.match import Demand, Person
from models.positions import code
from models.quota import Quota
from models.record import Files
from models.verify import verify
from tests.draws import SECRET, made_announcement, made_throws, salt
from tests.test_verify_page import asks, browser, marks, offline, opened, verdict

__all__ = ["browser", "offline"]

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

RULES = {
    "重点管理": Quota(ratio=Fraction(1)),
    "投诉举报多": Quota(count=2),
    "D": Quota(ratio=Fraction(1, 2)),
    "*": Quota(ratio=Fraction(1, 20)),
}
SIZES = {"重点管理": 3, "投诉举报多": 9, "D": 5, "*": 41}


async def test_mixed_strata_hold_on_the_page(offline: BrowserContext, tmp_path: Path) -> None:
    names = [name for name, size in SIZES.items() for _ in range(size)]
    labels = [make_credit_code(serial) for serial in range(len(names))]
    files = Files.of(
        pool=list(zip(labels, names, strict=True)),
        inspectors=[Person(name, "局") for name in ("甲", "乙", "丙")],
        demands=[Demand(f"={name}", "局", 2) for name in RULES],
        salts=[salt(name) for name in record.NAMES],
    )
    announced = made_announcement(files, strata=RULES)
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at="2026-03-01T09:11:00+08:00",
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    named = files.named() | drawn.named()
    assert {check.result for check in verify(made, named)} == {"ok"}
    page = await opened(offline, tmp_path, made, named)
    assert "项检查全部相符" in await verdict(page)
    assert set((await marks(page)).values()) == {"✓"}
    facts = await page.inner_text("#facts")
    assert "重点管理 3 户抽 3 户" in facts and "投诉举报多 9 户抽 2 户" in facts
    assert "D 5 户抽 3 户" in facts and "其余 41 户抽 3 户" in facts
    assert "属于类别“其余”：这一类共 41 户，应当抽取 3 户" in await asks(page, labels[-1])
