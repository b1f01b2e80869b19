"""A real office as `init` makes it: tables as an office has them, signing in by personal link, filling it by chat."""

import os
import socket
from pathlib import Path

import httpx

from bot.__main__ import main
from bot.chat.client import ChatPerson, Message, words
from models import codes
from templates import workbook
from tests.talk import Talk

UNIT = "西平县示例局"
ADMIN = "示例局管理员"
PIN = "2580"
SHEET = "application.xlsx"

CERTIFICATES = [f"41172800{n:03d}" for n in range(1, 7)]

PEOPLE = [
    {"name": "经办员", "unit": "工业运行股", "roles": "工作人员、联络员"},
    {"name": "分管领导", "unit": UNIT, "roles": "领导"},
    {"name": "法规审核员", "unit": UNIT, "roles": "复核人"},
    {"name": "见证人一", "unit": UNIT, "roles": "见证人"},
    {"name": "见证人二", "unit": UNIT, "roles": "见证人"},
    {"name": "检查员一", "unit": "工业运行股", "roles": "检查人员", "label": CERTIFICATES[0]},
    {"name": "检查员二", "unit": "工业运行股", "roles": "检查人员", "label": CERTIFICATES[1]},
    {"name": "检查员三", "unit": "政策法规股", "roles": "检查人员"},
]

INSPECTORS = [
    {
        "label": CERTIFICATES[0],
        "name": "检查员一",
        "unit": "工业运行股",
        "specialties": "食盐",
        "valid_until": "2099-12-31",
    },
    {
        "label": CERTIFICATES[1],
        "name": "检查员二",
        "unit": "工业运行股",
        "specialties": "食盐",
        "valid_until": "2099-12-31",
    },
    {
        "label": CERTIFICATES[2],
        "name": "检查员三",
        "unit": "政策法规股",
        "specialties": "法制",
        "valid_until": "2099-12-31",
    },
    {
        "label": CERTIFICATES[3],
        "name": "检查员四",
        "unit": "工业运行股",
        "specialties": "食盐",
        "valid_until": "2099-12-31",
    },
]

ITEMS = [
    {"code": "SY-1", "name": "食盐批发经营情况检查", "basis": "《食盐专营办法》第二十六条"},
    {"code": "SY-2", "name": "食盐储备情况检查", "basis": "《食盐专营办法》第二十条"},
]

ENTITIES = [
    {
        "label": codes.make_credit_code(7000 + n),
        "name": f"示例食盐经营户{n:02d}",
        "kind": "食盐经营户" if n <= 24 else "食盐批发企业",
        "district": "柏城街道" if n % 2 else "五沟营镇",
    }
    for n in range(1, 31)
]


def plan(year: int) -> list[dict[str, str]]:
    """Two rows: one with a ratio, one with a frequency alone."""
    shared = {
        "plan_name": f"{year}年食盐经营抽查",
        "kind": "不定向",
        "item_text": "食盐批发经营情况检查",
        "scope_text": "全县食盐经营户",
        "lead_text": "工业运行股",
        "joint_text": "无",
        "period_text": f"{year}年1月-{year}年12月",
    }
    return [
        shared | {"plan_no": f"{year}001", "task_no": "001", "name": f"{year}年食盐经营抽查", "ratio_text": "10%"},
        shared | {"plan_no": f"{year}002", "task_no": "002", "name": f"{year}年食盐经营抽查", "ratio_text": "1次/年"},
    ]


def found(data: Path, policy: str = "xiping-2020", unit: str = UNIT, admin: str = ADMIN) -> int:
    """`python -m bot init` on a data folder; its exit code."""
    before = os.environ.get("QIANTONG_DATA")
    os.environ["QIANTONG_DATA"] = str(data)
    try:
        return main(["init", "--policy", policy, "--unit", unit, "--admin", admin])
    finally:
        if before is None:
            del os.environ["QIANTONG_DATA"]
        else:
            os.environ["QIANTONG_DATA"] = before


def free_address() -> str:
    """An address that stays the same when the office is started again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def signs_in(link: str) -> ChatPerson:
    """Open a personal link as the page does: set the PIN, get a key."""
    address, _, token = link.rpartition("/link/")
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        answer = (await http.post("/auth/link", json={"token": token, "pin": PIN})).json()
    if not answer["ok"]:
        raise PermissionError(answer["description"])
    person = ChatPerson(address, answer["result"]["key"])
    await person.me()
    return person


async def imports(who: ChatPerson, kind: str, records: list[dict[str, str]], expecting: str) -> tuple[str, str]:
    """Drop a table into the private chat and confirm it; the words of the preview and of the answer."""
    sent = await who.sends_file(workbook.write_xlsx(kind, records), name=f"{kind}.xlsx")
    preview = await who.until(expecting, after=sent)
    await who.presses("确认", message=preview)
    done = await who.until("✅ 已导入", after=sent)
    return words(preview), words(done)


async def issues(who: ChatPerson) -> None:
    """The plan was approved on paper: its document is registered, and it can be drawn from."""
    said = await who.says("/plan")
    await who.presses("登记已经印发", message=await who.until("现在是草案", after=said))
    await who.until("文件名称和文号", after=said)
    said = await who.says("关于印发年度抽查计划的通知（示例）")
    await who.until("为第 1 版", after=said)


async def group_of(who: ChatPerson) -> int:
    """The supergroup that somebody is in."""
    return int(next(chat["id"] for chat in await who.chats() if chat["type"] == "supergroup"))


async def link_for(admin: ChatPerson, name: str) -> str:
    """/people, the person's button, and the personal link in the answer."""
    said = await admin.says("/people")
    listed = await admin.until("发链接", after=said)
    return await pressed_link(admin, listed, name)


async def pressed_link(admin: ChatPerson, listed: Message, name: str) -> str:
    """The link behind a person's button in a list."""
    await admin.presses(f"{name} · 发链接", message=listed)
    answer = words(await admin.until(f"{name} 的个人登录链接", after=listed))
    return next(line for line in answer.splitlines() if "/link/" in line)


async def fill(talk: Talk, admin: ChatPerson, year: int) -> None:
    """Everything in through the chat: people, list, registers, plan."""
    await imports(admin, "people", PEOPLE, "人员表")
    await imports(admin, "item", ITEMS, "抽查事项清单")
    await imports(admin, "entity", ENTITIES, "检查对象名录库")
    await imports(admin, "inspector", INSPECTORS, "执法检查人员名录库")
    await imports(admin, "plan", plan(year), "年度抽查计划")
    await issues(admin)
