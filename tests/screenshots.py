"""Takes the pictures in docs/images from a running sample office: `python -m tests.screenshots`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests import parts
from tests.talk import Talk, make_sample, talking

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CAST = ("示例工作人员甲", "示例见证人甲", "示例见证人乙")
SIZE = {"width": 1320, "height": 900}


async def main() -> None:
    """Make a sample office, draw in it, and keep what the browser shows."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = await asyncio.to_thread(make_sample, Path(folder))
        async with talking(data) as talk, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=parts.CHROMIUM, args=ARGUMENTS)
            tab = await browser.new_page(viewport=SIZE, locale="zh-CN", color_scheme="light")  # type: ignore[arg-type]
            await group_draw(talk, tab)
            await browser.close()


async def group_draw(talk: Talk, tab: Page) -> None:
    """A draw in the group as three people see it: the announcement, the throws with their receipts, the result."""
    await talk.draws(f"{talk.office.clock():%Y}004")
    await talk.settled()
    await tab.goto(talk.office.address)
    for name in CAST:
        await tab.get_by_label(f"并排查看：{name}").check()
    await tab.get_by_role("button", name=f"{len(CAST)} 人并排进入").click()
    # Each column stands at another moment of the draw, from left to right.
    for name, text, at in zip(CAST, ("公告 第 1 号", "第 6/6 次", "抽取完成"), ("start", "start", "end"), strict=True):
        column = tab.locator(f"section.column[aria-label='{name}']")
        await column.get_by_role("navigation").get_by_role("button", name="双随机工作群").click()
        message = column.locator("article.message", has_text=text).first
        await message.wait_for()
        await message.evaluate("(node, at) => node.scrollIntoView({ block: at })", at)
    await tab.evaluate("document.activeElement?.blur()")
    await tab.wait_for_timeout(300)
    await tab.screenshot(path=IMAGES / "group-draw.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
