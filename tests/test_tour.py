"""The five steps of README.md in a real browser, on the sample office that `make run` opens."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests import parts
from tests.talk import Talk

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 20_000

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
async def tab() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1320, "height": 900})
        page.set_default_timeout(PATIENCE)
        yield page
        await browser.close()


def column(tab: Page, name: str) -> Locator:
    return tab.locator(f"section.column[aria-label='{name}']")


async def opens(column: Locator, chat: str) -> None:
    await column.get_by_role("navigation").get_by_role("button", name=chat).click()


async def becomes(tab: Page, before: str, after: str) -> Locator:
    """⇄ in the head of a column: somebody else, with the private chat open."""
    await column(tab, before).get_by_role("button", name="换一个身份").click()
    await tab.get_by_role("dialog").locator(".person-card", has_text=after).click()
    found = column(tab, after)
    await opens(found, "签筒")
    return found


async def presses(place: Locator, *labels: str) -> None:
    """The newest button of each label, one after the other."""
    for label in labels:
        await place.get_by_role("button", name=label, exact=True).last.click()


async def hears(place: Locator, words: str) -> None:
    """Until a message says this."""
    await expect(place.locator("article.message", has_text=words).last).to_be_visible(timeout=PATIENCE)


async def test_the_tour_of_the_readme(talk: Talk, tab: Page) -> None:
    text = (ROOT / "README.zh-CN.md").read_text("utf-8")
    for label in ("看一次抽取", "发布公告", "派发任务", "录入结果", "未发现问题", "提交", "确认", "通过", "登记公示"):
        assert f"「{label}」" in text

    await tab.goto(talk.office.address)
    await tab.get_by_role("button", name="看一次抽取").click()
    clerk, *witnesses = (column(tab, f"示例{name}") for name in ("工作人员甲", "见证人甲", "见证人乙"))
    for each in (clerk, *witnesses):
        await opens(each, "双随机工作群")

    await clerk.get_by_label("消息", exact=True).fill("/draw")
    await tab.keyboard.press("Enter")
    await clerk.get_by_role("button", name=re.compile(r"^\d{4}001 ")).click()
    await presses(clerk, "发布公告")

    for number in range(6):
        announcement = witnesses[number % 2].locator("article.message", has_text="请见证人回复本条").first
        await announcement.hover()
        await announcement.get_by_role("button", name="回复并掷 🎰").click()
        await hears(clerk, f"第 {number + 1}/6 次")

    await presses(clerk, "派发任务")
    await hears(clerk, "任务已派发")
    await tab.get_by_role("button", name="并排查看另一个人").click()
    await tab.get_by_role("dialog").locator(".person-card", has_text="示例检查人员01").click()
    inspector = column(tab, "示例检查人员01")
    await opens(inspector, "签筒")
    await hears(inspector, "廉洁纪律")
    if await inspector.get_by_role("button", name="全部收到").count():
        await presses(inspector, "全部收到")
        await inspector.get_by_role("button", name=re.compile(r"^1\s")).last.click()
    else:
        await presses(inspector, "收到")
    card = inspector.locator("article.message", has_text="同组：").filter(has_text="完成").last
    await expect(card).to_be_visible(timeout=PATIENCE)
    colleague = re.search(r"同组：(示例检查人员\d\d)", await card.inner_text())
    assert colleague
    await presses(inspector, "录入结果", "未发现问题", "提交")
    await hears(inspector, "已提交")

    other = await becomes(tab, "示例见证人乙", colleague.group(1))
    await presses(other, "确认")
    await hears(other, "已确认，转复核")
    reviewer = await becomes(tab, "示例见证人甲", "示例复核人甲")
    await presses(reviewer, "通过")
    await hears(reviewer, "已通过，转公示")
