"""Command line: making an office, checking its audit chain and its health, and the demonstration."""

import argparse
import json
import re
import secrets
import sys
from typing import Any

from bot import settings
from bot.settings import Settings

_NO_OFFICE = "还没有办公室，没有可以检查的留痕。请先运行 python -m bot init 或者 run。"


def add_parsers(subparsers: Any) -> None:
    """Register `init`, `audit`, `doctor` and `demo`."""
    from templates import policies

    init = subparsers.add_parser("init", help="建立办公室", description="在空的数据文件夹里建立办公室")
    init.add_argument("--policy", required=True, help="政策配置名称：" + "、".join(policies.names()))
    init.add_argument("--unit", required=True, help="单位全称")
    init.add_argument("--admin", required=True, help="第一位管理员的姓名")
    init.set_defaults(run=_init)
    audit = subparsers.add_parser("audit", help="检查留痕", description="检查留痕记录的链条是否完整")
    audit.add_argument("--json", action="store_true", help="以 JSON 输出")
    audit.add_argument(
        "--posted", action="append", default=[], metavar="HEX", help="以前汇总里公布过的末条摘要，可多次给出"
    )
    audit.set_defaults(run=_audit)
    doctor = subparsers.add_parser("doctor", help="检查运行环境", description="检查设置和数据，说明问题和办法")
    doctor.add_argument("--json", action="store_true", help="以 JSON 输出")
    doctor.set_defaults(run=_doctor)
    demo = subparsers.add_parser("demo", help="演示全过程", description="在示例办公室里演示一次抽取的全过程")
    demo.add_argument("--out", required=True, metavar="DIR", help="存放结果的文件夹（不存在或者为空）")
    demo.set_defaults(run=_demo)


def _init(arguments: argparse.Namespace) -> int:
    from bot import run
    from models import office
    from models.act import Act
    from models.base import writing
    from models.policy import PolicyError

    found = settings.load()
    loader = run.policy_loader(found)
    try:
        policy = loader(arguments.policy)
    except (PolicyError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for name, value in (("--unit", arguments.unit), ("--admin", arguments.admin)):
        if not value.strip():
            print(f"{name} 不能为空", file=sys.stderr)
            return 2
    engine, _ = run.open_office(found)
    clock = settings.Clock(found.clock)
    try:
        with writing(engine) as session:
            act = Act(session, clock(), None, policy, secrets.token_bytes, "cli", simulated=clock.simulated)
            _, person, token = office.establish(
                act, name=arguments.unit, policy=arguments.policy, admin=arguments.admin
            )
            name = person.name
    except office.AlreadyFounded as error:
        print(error.sentence, file=sys.stderr)
        return 1
    print(f"已建立「{arguments.unit}」，政策配置 {arguments.policy}。")
    if found.telegram_token:
        print(f"请 {name} 在 Telegram 里私聊本机器人，发送：/start {token}")
        print(f"（{office.LINK_DAYS} 天内有效，只能用一次。）然后运行 python -m bot run。")
    else:
        print(f"运行 python -m bot run 后，终端会给出 {name} 的个人登录链接。")
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    from bot import run
    from models import audit, people
    from models.base import reading

    found = settings.load()
    if not _exists(found):
        print(_NO_OFFICE, file=sys.stderr)
        return 2
    if any(not re.fullmatch("[0-9a-f]{64}", posted) for posted in arguments.posted):
        print("--posted 后面应当是 64 位十六进制的摘要。", file=sys.stderr)
        return 2
    engine, _ = run.open_office(found)
    with reading(engine) as session:
        if people.root(session) is None:
            print(_NO_OFFICE, file=sys.stderr)
            return 2
        faults = [*audit.check(session), *audit.missing(session, arguments.posted)]
        count, head = audit.size(session), audit.head(session)
    if arguments.json:
        shown = [{"row": number, "reason": sentence} for number, sentence in faults]
        print(json.dumps({"ok": not faults, "rows": count, "head": head, "faults": shown}, ensure_ascii=False))
    else:
        for _, sentence in faults:
            print(sentence)
        print(f"留痕 {count} 条，{'链条完整' if not faults else f'有 {len(faults)} 处问题'}。末条摘要 {head}")
    return 1 if faults else 0


def _doctor(arguments: argparse.Namespace) -> int:
    from bot import doctor

    findings = doctor.examine(settings.load())
    if arguments.json:
        rows = [{"name": each.name, "ok": each.ok, "detail": each.detail} for each in findings]
        print(json.dumps({"ok": all(each.ok for each in findings), "checks": rows}, ensure_ascii=False))
    else:
        for each in findings:
            print(f"{'正常' if each.ok else '问题'}  {each.name}：{each.detail}")
    return 0 if all(each.ok for each in findings) else 1


def _demo(arguments: argparse.Namespace) -> int:
    from bot import demo

    return demo.play(arguments.out)


def _exists(found: Settings) -> bool:
    return bool(found.database_url) or (found.data / "office.db").exists()
