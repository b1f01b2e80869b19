"""The local chat's page in a real browser, against the real chat server and a tiny bot."""

import asyncio
import contextlib
import json
import re
import secrets
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from bot.chat import page, server

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
GROUP = "双随机工作群"
ANNOUNCEMENT = "📣 公告 第 1 号\n请见证人回复本条掷 🎰，共 2 次。"


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x90\xa0\xb0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class TinyBot:
    """A bot of a few lines, by plain calls: a menu, an announcement, receipts for dice, a document."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    async def call(self, method: str, files: Any = None, **params: Any) -> Any:
        data = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        answer = (await self.http.post(f"/bot{self.token}/{method}", data=data, files=files)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def say(self, chat: int, text: str, keys: list[list[dict[str, str]]] | None = None, **more: Any) -> Any:
        if keys:
            more["reply_markup"] = {"inline_keyboard": keys}
        return await self.call("sendMessage", chat_id=chat, text=text, **more)

    async def run(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20):
                offset = update["update_id"] + 1
                if "message" in update:
                    await self.hear(update["message"])
                elif "callback_query" in update:
                    await self.pressed(update["callback_query"])

    async def hear(self, message: dict[str, Any]) -> None:
        chat, text = message["chat"]["id"], message.get("text", "")
        if text.startswith("/draw"):
            keys = [[{"text": "发布公告", "callback_data": "publish"}], [{"text": "取消", "callback_data": "cancel"}]]
            await self.say(chat, "预览 · 2026004 无线电台站", keys)
        elif text.startswith("/papers"):
            name = "抽取公告_2026004.docx"
            await self.call("sendDocument", files={"document": (name, b"PK paper")}, chat_id=chat, caption="公告全文")
        elif text.startswith("/start"):
            await self.say(chat, f"已绑定 {text.removeprefix('/start').strip()}".strip())
        elif "dice" in message and "reply_to_message" in message:
            await self.say(chat, f"第 1/2 次：{message['dice']['value']}")

    async def pressed(self, query: dict[str, Any]) -> None:
        chat, number = query["message"]["chat"]["id"], query["message"]["message_id"]
        if query["data"] == "publish":
            await self.call("answerCallbackQuery", callback_query_id=query["id"], text="公告已发布")
            await self.call("editMessageText", chat_id=chat, message_id=number, text=ANNOUNCEMENT)
        else:
            sentence = "这个按钮属于检查人员乙，您不能代为确认。"
            await self.call("answerCallbackQuery", callback_query_id=query["id"], text=sentence, show_alert=True)


@dataclass
class Office:
    """A running chat with its people, one group and the tiny bot."""

    address: str
    http: httpx.AsyncClient
    admin: dict[str, str]
    bot: TinyBot
    group: int
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def administer(self, path: str, **body: Any) -> Any:
        answer = (await self.http.post(path, json=body, headers=self.admin)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def act(self, who: str, path: str, **body: Any) -> Any:
        """Do something as a person, by the paths that the page uses."""
        headers = {"Authorization": f"Bearer {self.people[who]['key']}"}
        answer = (await self.http.post(path, json=body, headers=headers)).json()
        assert answer["ok"], answer
        return answer["result"]


@contextlib.asynccontextmanager
async def opened(data: Path, *, sample: bool) -> AsyncIterator[Office]:
    """An office on a free port; its people are named by what they do."""
    app = server.build(
        data, admin_key="admin-key", sample=sample, test=True, clock=lambda: datetime.now(UTC), title="示例市双随机办"
    )
    served = await server.serve(app, "127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=served.address.rstrip("/"), timeout=30, trust_env=False) as http:
        office = Office(served.address.rstrip("/"), http, {"Authorization": "Bearer admin-key"}, TinyBot(http, ""), 0)
        made = await office.administer("/admin/bots", username="qiantong_bot", first_name="签筒")
        office.bot.token = made["token"]
        staff = [
            ("工作人员甲", "双随机办", ["工作人员"]),
            ("见证人乙", "应急管理局", ["检查人员", "见证人"]),
            ("领导丙", "双随机办", ["领导"]),
        ]
        for name, unit, roles in staff:
            office.people[name] = await office.administer("/admin/users", first_name=name, unit=unit, roles=roles)
        members = [person["id"] for person in office.people.values()]
        chat = await office.administer("/admin/chats", type="group", title=GROUP, members=members, bots=[made["id"]])
        office.group = chat["id"]
        commands = [{"command": "draw", "description": "抽取"}, {"command": "papers", "description": "文书"}]
        await office.bot.call("setMyCommands", commands=commands)
        running = asyncio.create_task(office.bot.run())
        try:
            yield office
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await served.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with opened(tmp_path_factory.mktemp("sample"), sample=True) as office:
        yield office


class Visitor:
    """Someone at a browser; every complaint of the browser's console is kept."""

    def __init__(self, tab: Page, address: str) -> None:
        self.tab = tab
        self.address = address
        self.complaints: list[str] = []
        tab.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def is_(self, *names: str, chat: str | None = GROUP) -> None:
        """Choose whom to be; with a chat's name, have it open in each column."""
        await self.tab.goto(f"{self.address}/")
        if len(names) == 1:
            await self.card(names[0]).click()
        else:
            for name in names:
                await self.tab.get_by_label(f"并排查看：{name}").check()
            await self.tab.get_by_role("button", name=f"{len(names)} 人并排进入").click()
        for name in names if chat else ():
            await self.column(name).get_by_role("navigation").get_by_role("button", name=chat).click()

    def card(self, name: str) -> Locator:
        return self.tab.locator(".person-card", has_text=name)

    def column(self, name: str) -> Locator:
        return self.tab.locator(f"section.column[aria-label='{name}']")

    def message(self, text: str, within: Locator | None = None) -> Locator:
        """The newest message with this text."""
        return (within or self.tab.locator("body")).locator("article.message", has_text=text).last

    async def says(self, text: str) -> None:
        await self.tab.get_by_label("消息", exact=True).fill(text)
        await self.tab.keyboard.press("Enter")

    async def fits(self) -> bool:
        """Nothing reaches over the right edge."""
        wider = (
            "[...document.querySelectorAll('main *, dialog *')]"
            ".filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5).length"
        )
        scrolls = "document.documentElement.scrollWidth > innerWidth"
        return not await self.tab.evaluate(scrolls) and await self.tab.evaluate(wider) == 0


@contextlib.asynccontextmanager
async def visiting(browser: Browser, address: str, **options: Any) -> AsyncIterator[Visitor]:
    options.setdefault("viewport", DESKTOP)
    context = await browser.new_context(locale="zh-CN", timezone_id="UTC", **options)
    context.set_default_timeout(10_000)
    visitor = Visitor(await context.new_page(), address)
    yield visitor
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="zh-CN", timezone_id="UTC", viewport=DESKTOP)
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(window: BrowserContext, office: Office) -> AsyncIterator[Visitor]:
    """A visitor in a new tab, who is nobody yet."""
    visitor = Visitor(await window.new_page(), office.address)
    yield visitor
    await visitor.tab.close()
    assert visitor.complaints == []


def word() -> str:
    """Text that no other test has said."""
    return f"话{secrets.token_hex(4)}"


async def test_text_gets_an_answer_whose_button_tells_and_edits(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    await visitor.says("/draw")
    preview = visitor.message("预览 · 2026004")
    await preview.get_by_role("button", name="发布公告").click()
    await expect(visitor.tab.get_by_role("status").filter(has_text="公告已发布")).to_be_visible()
    announcement = visitor.message("公告 第 1 号")
    await expect(announcement).to_contain_text("请见证人回复本条掷")
    await expect(announcement.get_by_text("已编辑")).to_be_visible()
    await expect(announcement.get_by_role("button", name="发布公告")).to_have_count(0)


async def test_an_alert_waits_to_be_read(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    await visitor.says("/draw")
    await visitor.message("预览 · 2026004").get_by_role("button", name="取消").click()
    alert = visitor.tab.get_by_role("dialog")
    await expect(alert).to_contain_text("这个按钮属于检查人员乙")
    await visitor.tab.keyboard.press("Escape")
    await expect(alert).to_have_count(0)


async def test_markup_in_a_message_is_text_and_lines_stay_lines(visitor: Visitor, office: Office) -> None:
    await visitor.is_("工作人员甲")
    mark = word()
    text = f"{mark} <script>document.title='x'</script> <img src=x onerror=alert(1)>\n第二行"
    await office.act("见证人乙", "/user/send", chat_id=office.group, text=text)
    shown = visitor.message(mark).locator(".text")
    await expect(shown).to_contain_text("<script>document.title='x'</script> <img src=x onerror=alert(1)>")
    assert await shown.locator("script, img").count() == 0
    assert "\n第二行" in await shown.inner_text()


async def test_a_reply_with_a_throw_is_two_clicks(visitor: Visitor, office: Office) -> None:
    await office.bot.say(office.group, ANNOUNCEMENT)
    await visitor.is_("见证人乙")
    announcement = visitor.message("公告 第 1 号")
    await announcement.hover()
    await announcement.get_by_role("button", name="回复", exact=True).click()
    await visitor.tab.get_by_role("button", name="掷 🎰", exact=True).click()
    await expect(visitor.message("第 1/2 次")).to_be_visible()
    thrown = visitor.tab.locator("article.is-own.is-dice").last
    await expect(thrown.locator(".quote")).to_contain_text("公告 第 1 号")
    value = await thrown.locator(".dice").get_attribute("data-value")
    await expect(thrown.get_by_role("img", name=f"老虎机，掷出 {value}")).to_be_visible()
    await expect(visitor.message("第 1/2 次")).to_contain_text(f"第 1/2 次：{value}")


async def test_the_menu_of_a_message_throws_in_reply_to_it(visitor: Visitor, office: Office) -> None:
    mark = word()
    await office.bot.say(office.group, mark)
    await visitor.is_("见证人乙")
    await visitor.message(mark).locator(".text").click(button="right")
    await visitor.tab.get_by_role("menuitem", name="回复并掷").click()
    thrown = visitor.tab.locator("article.is-own.is-dice", has_text=mark).last
    await expect(thrown.get_by_role("img", name=re.compile(r"^老虎机，掷出 \d+（.+、.+、.+）$"))).to_be_visible()


async def test_the_dice_menu_throws_a_die(visitor: Visitor) -> None:
    await visitor.is_("领导丙")
    await visitor.tab.get_by_role("button", name="掷骰").click()
    await visitor.tab.get_by_role("menuitem", name="骰子").click()
    await expect(visitor.tab.locator("article.is-own svg.die").last).to_be_visible()


@pytest.mark.parametrize(("motion", "rolling"), [("no-preference", 1), ("reduce", 0)])
async def test_a_fresh_throw_rolls_unless_motion_is_unwelcome(
    browser: Browser, office: Office, motion: str, rolling: int
) -> None:
    said = await office.bot.say(office.group, ANNOUNCEMENT)
    async with visiting(browser, office.address, reduced_motion=motion) as visitor:
        await visitor.is_("领导丙")
        await expect(visitor.message("公告 第 1 号")).to_be_visible()
        await office.act("见证人乙", "/user/dice", chat_id=office.group, emoji="🎰", reply_to=said["message_id"])
        await expect(visitor.tab.locator("article").last).to_contain_text("第 1/2 次")
        await expect(visitor.tab.locator("article.is-dice").last.locator(".dice.is-rolling")).to_have_count(rolling)
        await visitor.tab.reload()
        await expect(visitor.tab.locator("article").last).to_contain_text("第 1/2 次")
        await expect(visitor.tab.locator(".dice.is-rolling")).to_have_count(0)


async def test_reels_show_a_value_as_telegram_does(visitor: Visitor) -> None:
    await visitor.tab.goto(f"{visitor.address}/")
    shown = await visitor.tab.evaluate(
        "import('/static/dice.js').then((dice) => [1, 22, 43, 64, 2, 6, 18].map(dice.reels))"
    )
    assert shown == [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3], [1, 0, 0], [1, 1, 0], [1, 0, 1]]


async def test_a_click_on_a_quote_goes_to_what_it_answers(visitor: Visitor, office: Office) -> None:
    first = await office.act("领导丙", "/user/send", chat_id=office.group, text=word())
    between = [office.act("领导丙", "/user/send", chat_id=office.group, text=word()) for _ in range(85)]
    await asyncio.gather(*between)
    await office.act("领导丙", "/user/send", chat_id=office.group, text="说的是它", reply_to=first["message_id"])
    await visitor.is_("工作人员甲")
    await expect(
        visitor.message(first["text"]).and_(visitor.tab.locator(f"[data-id='{first['message_id']}']"))
    ).to_have_count(0)
    await expect(visitor.tab.get_by_role("button", name="载入更早的消息")).to_have_count(1)
    await visitor.message("说的是它").locator(".quote").click()
    answered = visitor.tab.locator(f"[data-id='{first['message_id']}']")
    await expect(answered).to_be_in_viewport()
    await expect(answered).to_be_focused()


async def test_a_file_and_a_photo_go_out_and_a_document_comes_in(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.is_("工作人员甲")
    tab = visitor.tab
    await tab.locator("input[type=file]").set_input_files(
        {"name": "名单.xlsx", "mimeType": "application/x", "buffer": b"rows"}
    )
    await tab.get_by_role("dialog").get_by_role("button", name="发送").click()
    await expect(tab.locator("article.is-own", has_text="名单.xlsx").last).to_contain_text("4 B")

    caption = word()
    await tab.locator("input[type=file]").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": png(40, 30)}
    )
    await tab.get_by_role("dialog").get_by_label("说明").fill(caption)
    await tab.get_by_role("dialog").get_by_role("button", name="发送").click()
    photo = tab.get_by_role("img", name=f"照片：{caption}")
    await expect(photo).to_be_visible()
    assert await photo.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [
        40,
        30,
    ]
    await photo.click()
    await expect(tab.get_by_role("dialog").get_by_role("img")).to_be_visible()
    await tab.keyboard.press("Escape")

    await visitor.says("/papers")
    async with tab.expect_download() as coming:
        await tab.get_by_role("button", name="下载 抽取公告_2026004.docx").last.click()
    download = await coming.value
    assert download.suggested_filename == "抽取公告_2026004.docx"
    await download.save_as(tmp_path / "paper")
    assert (tmp_path / "paper").read_bytes() == b"PK paper"


async def test_several_photos_make_an_album(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    pictures = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": png(20 + n, 20)} for n in range(3)]
    await visitor.tab.locator("input[type=file]").set_input_files(pictures)
    await visitor.tab.get_by_role("dialog").get_by_role("button", name="发送").click()
    await expect(visitor.tab.locator("article.is-own").last.locator(".photo img")).to_have_count(3)


async def test_a_dropped_file_is_offered_for_sending(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    carried = await visitor.tab.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['abc'], '方案.docx')); return data; }"
    )
    pane = visitor.tab.locator(".chat-pane")
    await pane.dispatch_event("dragover", {"dataTransfer": carried})
    await expect(visitor.tab.get_by_text("松开鼠标，发送文件")).to_be_visible()
    await pane.dispatch_event("drop", {"dataTransfer": carried})
    await expect(visitor.tab.get_by_role("dialog")).to_contain_text("方案.docx")


async def test_a_pasted_picture_is_offered_for_sending(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    await visitor.tab.get_by_label("消息", exact=True).evaluate(
        """(box) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File(["abc"], "截图.png", { type: "image/png" }));
            box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    offer = visitor.tab.get_by_role("dialog")
    await expect(offer).to_contain_text("截图.png")
    await expect(offer.get_by_label("作为照片")).to_be_checked()
    await expect(offer.get_by_label("作为文件")).not_to_be_checked()


async def test_many_columns_in_many_tabs_leave_a_connection_to_act_by(visitor: Visitor, office: Office) -> None:
    """A browser opens six connections to a server at most, and each person watched waits on one."""
    await visitor.is_(*office.people)
    other = Visitor(await visitor.tab.context.new_page(), office.address)
    third = Visitor(await visitor.tab.context.new_page(), office.address)
    await third.is_(*office.people, chat=None)
    await other.is_("工作人员甲")
    mark = word()
    await other.says(mark)
    for name in office.people:
        await expect(visitor.column(name).locator("article", has_text=mark)).to_be_visible()
    await third.tab.close()
    await other.tab.close()


async def test_two_people_side_by_side_see_each_other(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲", "见证人乙")
    one, other = visitor.column("工作人员甲"), visitor.column("见证人乙")
    mark = word()
    await one.get_by_label("消息", exact=True).fill(mark)
    await one.get_by_role("button", name="发送", exact=True).click()
    await expect(one.locator("article.is-own", has_text=mark)).to_be_visible()
    received = other.locator("article", has_text=mark)
    await expect(received).to_be_visible()
    assert "is-own" not in (await received.get_attribute("class") or "").split()
    boxes = [await column.bounding_box() for column in (one, other)]
    assert boxes[0] and boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert await visitor.fits()


async def test_a_cast_of_the_story_opens_with_one_click(visitor: Visitor) -> None:
    await visitor.tab.goto(f"{visitor.address}/")
    await visitor.tab.get_by_role("button", name="看一次抽取 工作人员甲、见证人乙、领导丙").click()
    await expect(visitor.tab.locator("section.column")).to_have_count(3)


async def test_people_are_found_by_name_unit_and_role(visitor: Visitor) -> None:
    await visitor.tab.goto(f"{visitor.address}/")
    search = visitor.tab.get_by_role("searchbox")
    await search.fill("双随机办 领导")
    await expect(visitor.tab.locator(".person-card:visible")).to_have_count(1)
    await expect(visitor.card("领导丙")).to_be_visible()
    await search.fill("没有这个人")
    await expect(visitor.tab.get_by_text("没有找到，请换个词。")).to_be_visible()


async def test_a_reload_keeps_the_columns_and_choosing_again_ends_them(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲", "领导丙")
    await visitor.tab.reload()
    await expect(visitor.tab.locator("section.column")).to_have_count(2)
    await visitor.column("工作人员甲").get_by_role("button", name="关闭工作人员甲这一列").click()
    await expect(visitor.tab.locator("section.column")).to_have_count(1)
    await visitor.tab.get_by_role("button", name="重新选择身份").click()
    await expect(visitor.tab.get_by_role("heading", name="选择身份")).to_be_visible()


async def test_what_is_not_looked_at_is_counted_until_it_is(visitor: Visitor, office: Office) -> None:
    await office.act("领导丙", "/user/start", bot="qiantong_bot")
    await visitor.is_("领导丙", chat="签筒")
    group = visitor.tab.get_by_role("navigation").get_by_role("button", name=GROUP)
    await group.click()
    await expect(group.locator(".unread")).to_have_count(0)
    await visitor.tab.get_by_role("navigation").get_by_role("button", name="签筒").click()
    await office.act("工作人员甲", "/user/send", chat_id=office.group, text=word())
    await office.act("工作人员甲", "/user/send", chat_id=office.group, text=word())
    await expect(group.locator(".unread")).to_have_text("2")
    await expect(visitor.tab).to_have_title("(2) 示例市双随机办")
    await group.click()
    await expect(group.locator(".unread")).to_have_count(0)
    await expect(visitor.tab).to_have_title("示例市双随机办")


async def test_a_private_chat_begins_by_the_list_and_by_a_link_of_the_bot(visitor: Visitor, office: Office) -> None:
    await visitor.is_("见证人乙")
    await visitor.tab.get_by_role("navigation").get_by_role("button", name="签筒").click()
    await expect(visitor.message("已绑定")).to_be_visible()
    await visitor.tab.get_by_role("navigation").get_by_role("button", name=GROUP).click()
    await office.bot.say(office.group, "绑定：https://t.me/qiantong_bot?start=once-7")
    await visitor.tab.get_by_role("link", name="https://t.me/qiantong_bot?start=once-7").last.click()
    await expect(visitor.message("已绑定 once-7")).to_be_visible()


async def test_commands_are_offered_on_a_slash(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    await visitor.tab.get_by_label("消息", exact=True).press_sequentially("/")
    await expect(visitor.tab.get_by_role("option")).to_have_text(["/draw抽取", "/papers文书"])
    await visitor.tab.keyboard.press("ArrowDown")
    await visitor.tab.keyboard.press("Enter")
    await expect(visitor.tab.locator("article.is-own").last).to_contain_text("/papers")


async def test_own_words_can_be_changed_and_any_forwarded(visitor: Visitor, office: Office) -> None:
    await office.act("工作人员甲", "/user/start", bot="qiantong_bot")
    await visitor.is_("工作人员甲")
    mark = word()
    await visitor.says(mark)
    await visitor.message(mark).click(button="right")
    await visitor.tab.get_by_role("menuitem", name="编辑").click()
    await visitor.says(f"{mark} 改过")
    changed = visitor.message(f"{mark} 改过")
    await expect(changed.get_by_text("已编辑")).to_be_visible()
    await changed.click(button="right")
    await visitor.tab.get_by_role("menuitem", name="转发").click()
    await visitor.tab.get_by_role("dialog").get_by_role("button", name="签筒").click()
    await visitor.tab.get_by_role("navigation").get_by_role("button", name="签筒").click()
    await expect(visitor.message(mark)).to_contain_text("转发自 工作人员甲")


async def test_entities_are_shown_and_only_web_links_are_links(visitor: Visitor, office: Office) -> None:
    mark = word()
    html = (
        f"{mark} <b>粗<i>斜</i></b> <code>9f3c</code> <a href='https://example.com/a?b=1'>网页</a>"
        " <a href='javascript:alert(1)'>坏</a> <pre>两\n行</pre>"
    )
    await office.bot.say(office.group, html, parse_mode="HTML")
    await visitor.is_("工作人员甲")
    shown = visitor.message(mark).locator(".text")
    await expect(shown.locator("strong em")).to_have_text("斜")
    await expect(shown.locator("code")).to_have_text("9f3c")
    await expect(shown.locator("pre")).to_have_text("两\n行")
    links = await shown.locator("a").evaluate_all("(all) => all.map((a) => [a.href, a.rel, a.target])")
    assert links == [["https://example.com/a?b=1", "noopener noreferrer", "_blank"]]


async def test_a_reply_keyboard_sends_its_words_and_goes_when_removed(visitor: Visitor, office: Office) -> None:
    await visitor.is_("工作人员甲")
    mark = word()
    await office.bot.say(office.group, "请选择", reply_markup={"keyboard": [[{"text": mark}]]})
    await visitor.tab.get_by_role("group", name="快捷回复").get_by_role("button", name=mark).click()
    await expect(visitor.tab.locator("article.is-own .text", has_text=mark)).to_be_visible()
    await office.bot.say(office.group, "好的", reply_markup={"remove_keyboard": True})
    await expect(visitor.tab.get_by_role("group", name="快捷回复")).to_have_count(0)


async def test_a_deleted_message_goes(visitor: Visitor, office: Office) -> None:
    await visitor.is_("工作人员甲")
    mark = word()
    sent = await office.bot.say(office.group, mark)
    await expect(visitor.message(mark)).to_be_visible()
    await office.bot.call("deleteMessage", chat_id=office.group, message_id=sent["message_id"])
    await expect(visitor.message(mark)).to_have_count(0)


async def test_a_group_that_is_upgraded_stays_open(visitor: Visitor, office: Office) -> None:
    title = word()
    members = [person["id"] for person in office.people.values()]
    chat = await office.administer("/admin/chats", type="group", title=title, members=members)
    await visitor.is_("工作人员甲", chat=title)
    await office.administer(f"/admin/chats/{chat['id']}/migrate")
    await expect(visitor.tab.locator("article.service").last).to_contain_text("本群由原来的群升级而来")
    mark = word()
    await visitor.says(mark)
    await expect(visitor.message(mark)).to_be_visible()


@pytest.mark.parametrize("names", [("工作人员甲",), ("工作人员甲", "见证人乙")])
async def test_a_phone_shows_one_pane_at_a_time_and_never_scrolls_sideways(
    browser: Browser, office: Office, names: tuple[str, ...]
) -> None:
    await office.bot.say(
        office.group, f"{'很长' * 30}{'x' * 200}", [[{"text": "按钮" * 12, "callback_data": "cancel"}] * 3]
    )
    async with visiting(browser, office.address, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        await visitor.tab.goto(f"{visitor.address}/")
        await expect(visitor.card(names[0])).to_be_visible()
        assert await visitor.fits()
        await visitor.is_(*names[:1], chat=None) if len(names) == 1 else await visitor.is_(*names, chat=None)
        column = visitor.column(names[0])
        if len(names) > 1:
            await visitor.tab.get_by_role("tab", name=names[1]).click()
            await expect(column).to_be_hidden()
            await visitor.tab.get_by_role("tab", name=names[0]).click()
        item = column.get_by_role("navigation").get_by_role("button", name=GROUP)
        await expect(item).to_be_visible()
        assert await visitor.fits()
        await item.click()
        await expect(item).to_be_hidden()
        await expect(column.locator("article").last).to_be_in_viewport()
        assert await visitor.fits()
        await column.locator("article.message .tool-more").last.click()
        await expect(visitor.tab.get_by_role("menu")).to_be_in_viewport(ratio=1)
        await visitor.tab.keyboard.press("Escape")
        await column.get_by_role("button", name="返回会话列表").click()
        await expect(item).to_be_visible()
        assert visitor.complaints == []


async def test_everything_by_keyboard(visitor: Visitor, office: Office) -> None:
    mark = word()
    await office.bot.say(office.group, mark, [[{"text": "可以按", "callback_data": "cancel"}]])
    await visitor.tab.goto(f"{visitor.address}/")
    keys = visitor.tab.keyboard
    await visitor.card("见证人乙").focus()
    await keys.press("ArrowUp")
    await keys.press("ArrowDown")
    await expect(visitor.card("见证人乙")).to_be_focused()
    await keys.press("Enter")
    field_ = visitor.tab.get_by_label("消息", exact=True)
    await expect(field_).to_be_focused()
    await visitor.tab.get_by_role("navigation").get_by_role("button").first.focus()
    await keys.press("ArrowDown")
    await keys.press("ArrowUp")
    await visitor.tab.get_by_role("navigation").get_by_role("button", name=GROUP).press("Enter")
    await expect(field_).to_be_focused()
    await keys.type("第一行")
    await keys.press("Shift+Enter")
    await keys.type(mark)
    await keys.press("Enter")
    own = visitor.tab.locator("article.is-own", has_text=mark).last
    await expect(own.locator(".text")).to_contain_text(re.compile(rf"第一行\n{mark}"), use_inner_text=True)

    log = visitor.tab.get_by_role("log")
    await log.focus()
    await keys.press("ArrowUp")
    await expect(own).to_be_focused()
    await keys.press("ArrowUp")
    await expect(visitor.tab.locator("article.message:focus")).to_contain_text("可以按")
    ring = await visitor.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    await keys.press("Enter")
    await expect(visitor.tab.get_by_role("menuitem").first).to_be_focused()
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(visitor.tab.locator("article.is-own.is-dice .quote").last).to_contain_text(mark)
    await visitor.message("可以按").get_by_role("button", name="可以按").focus()
    await keys.press("Enter")
    await expect(visitor.tab.get_by_role("dialog")).to_be_visible()
    await keys.press("Escape")
    await expect(visitor.message("可以按").get_by_role("button", name="可以按")).to_be_focused()


async def test_every_control_has_a_name_and_every_picture_a_text(visitor: Visitor, office: Office) -> None:
    unnamed = """() => [...document.querySelectorAll('button, a, input, textarea, img, [role=img]')]
        .filter((node) => node.checkVisibility() && node.alt !== '')
        .filter((node) => !(node.ariaLabel || node.alt || node.textContent.trim() || node.labels?.length
            || node.querySelector('img')?.alt))
        .map((node) => node.outerHTML)"""
    await office.bot.say(office.group, ANNOUNCEMENT, [[{"text": "这是什么", "callback_data": "cancel"}]])
    await visitor.tab.goto(f"{visitor.address}/")
    await expect(visitor.card("领导丙")).to_be_visible()
    assert await visitor.tab.evaluate(unnamed) == []
    await visitor.is_("工作人员甲", "见证人乙")
    await expect(visitor.column("见证人乙").get_by_role("log")).to_have_attribute("aria-live", "polite")
    await expect(visitor.message("这是什么", visitor.column("见证人乙"))).to_be_visible()
    assert await visitor.tab.evaluate(unnamed) == []


async def test_words_typed_fast_arrive_in_order(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    mark = word()
    for number in range(5):
        await visitor.says(f"{mark} {number}")
    await expect(visitor.tab.locator("article.is-own .text", has_text=mark)).to_contain_text(
        [f"{mark} {number}" for number in range(5)]
    )


async def test_enter_that_ends_a_composition_sends_nothing(visitor: Visitor) -> None:
    await visitor.is_("工作人员甲")
    box = visitor.tab.get_by_label("消息", exact=True)
    mark = word()
    await box.fill(mark)
    await box.evaluate(
        "(node) => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    await expect(box).to_have_value(mark)
    await visitor.tab.keyboard.press("Enter")
    await expect(box).to_have_value("")


async def test_a_broken_connection_is_shown_and_mends(browser: Browser, office: Office) -> None:
    async with visiting(browser, office.address) as visitor:
        await visitor.is_("工作人员甲")
        banner = visitor.tab.get_by_text("连接中断，正在重连…")
        await expect(banner).to_be_hidden()
        await visitor.tab.context.set_offline(True)
        await office.act("领导丙", "/user/send", chat_id=office.group, text=word())
        unsent = word()
        await visitor.says(unsent)
        await expect(visitor.tab.get_by_text("连不上服务器")).to_be_visible()
        await expect(visitor.tab.get_by_label("消息", exact=True)).to_have_value(unsent)
        await expect(banner).to_be_visible()
        mark = word()
        await office.act("领导丙", "/user/send", chat_id=office.group, text=mark)
        await visitor.tab.context.set_offline(False)
        await expect(visitor.message(mark)).to_be_visible()
        await expect(banner).to_be_hidden()


async def test_a_real_office_is_entered_by_link_and_then_by_pin(browser: Browser, tmp_path: Path) -> None:
    async with opened(tmp_path, sample=False) as office, visiting(browser, office.address) as visitor:
        tab = visitor.tab
        person = office.people["工作人员甲"]["id"]
        link = await office.administer(f"/admin/users/{person}/link")
        await tab.goto(office.address + link["path"])
        await tab.get_by_label("设置 PIN").fill("12")
        await tab.get_by_label("再输入一次").fill("12")
        await tab.get_by_role("button", name="设置并进入").click()
        await expect(tab.get_by_role("alert")).to_have_text("PIN 为 4 到 12 位数字，请重新输入。")
        await tab.get_by_label("设置 PIN").fill("246810")
        await tab.get_by_label("再输入一次").fill("246811")
        await tab.get_by_role("button", name="设置并进入").click()
        await expect(tab.get_by_role("alert")).to_have_text("两次输入的 PIN 不一样，请重新输入。")
        await tab.get_by_label("再输入一次").fill("246810")
        await tab.get_by_role("button", name="设置并进入").click()
        await expect(tab.get_by_text(str(person))).to_be_visible()
        assert tab.url == f"{office.address}/"
        await tab.get_by_role("button", name="进入").click()
        await expect(tab.get_by_role("heading", name="工作人员甲")).to_be_visible()
        await expect(tab.get_by_text("双随机办 · 工作人员")).to_be_visible()

        await tab.reload()
        await expect(tab.get_by_role("heading", name="工作人员甲")).to_be_visible()
        await tab.get_by_role("button", name="退出登录").click()
        await tab.get_by_label("姓名或登录编号").fill("工作人员甲")
        await tab.get_by_label("PIN", exact=True).fill("246810")
        await tab.get_by_role("button", name="登录").click()
        await expect(tab.get_by_role("heading", name="工作人员甲")).to_be_visible()
        assert visitor.complaints == []

        await tab.get_by_role("button", name="退出登录").click()
        await tab.get_by_label("姓名或登录编号").fill("工作人员甲")
        await tab.get_by_label("PIN", exact=True).fill("000000")
        await tab.get_by_role("button", name="登录").click()
        await expect(tab.get_by_role("alert")).to_contain_text("PIN 不对")
        assert await tab.get_by_role("heading", name="选择身份").count() == 0


CONTRASTS = [
    ("--ink", "--surface"),
    ("--ink", "--chat"),
    ("--ink", "--own"),
    ("--quiet", "--surface"),
    ("--quiet", "--raised"),
    ("--quiet", "--ground"),
    ("--quiet", "--accent-soft"),
    ("--accent", "--surface"),
    ("--accent", "--own"),
    ("--accent", "--accent-soft"),
    ("--on-accent", "--accent"),
    ("--error-ink", "--error-ground"),
    *((f"--hue-{number}", "--surface") for number in range(8)),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_colours_can_be_told_apart(browser: Browser, office: Office, scheme: str) -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1 for text."""
    async with visiting(browser, office.address, color_scheme=scheme) as visitor:
        await visitor.tab.goto(f"{visitor.address}/")
        names = sorted({name for pair in CONTRASTS for name in pair})
        script = (
            "(names) => names.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim())"
        )
        colours = dict(zip(names, await visitor.tab.evaluate(script, names), strict=True))

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(pair: tuple[str, str]) -> float:
        low, high = sorted(luminance(colours[name]) for name in pair)
        return (high + 0.05) / (low + 0.05)

    assert {pair: round(contrast(pair), 2) for pair in CONTRASTS if contrast(pair) < 4.5} == {}


async def test_the_page_is_served_strictly(office: Office) -> None:
    index = await office.http.get("/")
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert (await office.http.get("/link/some-token")).content == index.content
    policy = index.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script>|\son\w+=|\sstyle=", index.text)
    assert index.headers["referrer-policy"] == "no-referrer"
    again = await office.http.get("/", headers={"If-None-Match": index.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert index.headers["cache-control"] == "no-cache"


async def test_every_file_of_the_page_is_its_own_and_can_be_fetched(office: Office) -> None:
    names = {path.name for path in page.WEB.iterdir()}
    wanted = set(re.findall(r"/static/([\w.]+)", (page.WEB / "index.html").read_text()))
    for script in page.WEB.glob("*.js"):
        text = script.read_text()
        wanted |= set(re.findall(r'from "\./([\w.]+)"', text))
        assert "innerHTML" not in text, script.name
    assert wanted == names - {"index.html"}
    for name in sorted(wanted):
        answer = await office.http.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == page.CONTENT_TYPES[Path(name).suffix]
        assert not re.search(r"""["'(]https?://(?!www\.w3\.org/2000/svg)""", answer.text), name
    for missing in ("nothing.js", "..%2fpage.py"):
        assert (await office.http.get(f"/static/{missing}")).status_code == 404
