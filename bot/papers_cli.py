"""Command line for documents: `docs check` holds one to GB/T 9704-2012, `docs verify` to what was issued here."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

SIZE_LIMIT = 50 * 2**20
"""A document beyond this is none that an office writes."""


def add_parsers(subparsers: Any) -> None:
    """Register `docs`."""
    docs = subparsers.add_parser("docs", help="公文格式和核验", description="公文格式和核验")
    within = docs.add_subparsers(dest="what", metavar="命令", required=True)
    check = within.add_parser(
        "check",
        help="检查 Word 文档是否符合 GB/T 9704-2012",
        description="检查 Word 文档是否符合 GB/T 9704-2012《党政机关公文格式》。"
        "每处不符输出一行：条款、位置、现值、应为。"
        "退出码：0 符合，1 有不符，2 无法读取。",
    )
    check.add_argument("file", metavar="FILE", help="要检查的 .docx 文件")
    check.add_argument(
        "--as",
        dest="kind",
        choices=("公文", "表格"),
        default="",
        help="按公文还是按随文的表格检查；默认看文件自己的“类别”属性，没有就按公文",
    )
    check.add_argument("--json", action="store_true", help="以 JSON 输出")
    check.set_defaults(run=run_check)
    verify = within.add_parser(
        "verify",
        help="核验 Word 文书是否由本办公室出具、有没有改动",
        description="核验 Word 文书：来自哪次抽取、哪一户，何时出具，有没有改动。"
        "退出码：0 没有改动，1 已被改动或者不是本办公室出具，2 无法核验。",
    )
    verify.add_argument("file", metavar="FILE", help="要核验的 .docx 文件")
    verify.add_argument("--json", action="store_true", help="以 JSON 输出")
    verify.set_defaults(run=run_verify)


def run_check(arguments: argparse.Namespace) -> int:
    """`docs check`: one line for each broken clause; 0 if all hold, 1 if not, 2 if it cannot be read."""
    from templates import gongwen_check
    from templates.word_read import Unreadable

    data = _read(Path(arguments.file))
    if data is None:
        return 2
    try:
        report = gongwen_check.check(data, arguments.kind)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.json:
        shown = {
            "ok": report.holds,
            "kind": report.kind,
            "breaks": [asdict(each) for each in report.breaks],
            "notes": list(report.notes),
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        for each in report.breaks:
            print(f"{each.clause} {each.name}　{each.place}：{each.value}，应为：{each.should}")
        for note in report.notes:
            print(f"说明：{note}")
        end = f"有 {len(report.breaks)} 处不符" if report.breaks else "没有发现不符"
        print(f"按{report.kind}检查，{end}。")
    return 0 if report.holds else 1


VERDICTS = {
    "whole": "是本办公室出具的原件，没有改动。",
    "saved": "文字与本办公室出具时一致；文件后来重新保存过，不是原文件。",
    "altered": "文字已被改动，不能作准。",
    "foreign": "不是本办公室用签筒出具的。",
}


def run_verify(arguments: argparse.Namespace) -> int:
    """`docs verify`: where a document comes from; 0 unaltered, 1 altered or not issued here, 2 if it cannot be told."""
    from bot import run, settings
    from models import issued, people, subject
    from models.base import reading
    from templates import word_mark

    data = _read(Path(arguments.file))
    if data is None:
        return 2
    made = word_mark.printed(data)
    if made is None:
        print(f"{arguments.file} 不是 Word 文档（.docx），无法核验。", file=sys.stderr)
        return 2
    found = settings.load()
    if found.database_url == "" and not (found.data / "office.db").exists():
        print("这里还没有办公室，无法核验。请先运行 python -m bot init 或者 run。", file=sys.stderr)
        return 2
    engine, _ = run.open_office(found)
    with reading(engine) as session:
        if people.root(session) is None:
            print("这里还没有办公室，无法核验。请先运行 python -m bot init 或者 run。", file=sys.stderr)
            return 2
        finding = issued.examine(session, made)
        row, number = finding.issued, finding.letter
        shown = {
            "verdict": finding.verdict,
            "title": row.title if row else "",
            "number": number.number if number else "",
            "void": bool(number and number.void_at),
            "about": subject.named(session, row.subject, row.subject_id) if row else "",
            "made_at": row.made_at.isoformat() if row else "",
            "sha256": made.digest,
        }
    if arguments.json:
        print(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        print(VERDICTS[finding.verdict])
        if row:
            print(f"文书：{row.title}")
            print(f"出具时间：{row.made_at:%Y-%m-%d %H:%M}")
        if number:
            print(f"发文字号：{number.number}{'（已作废）' if number.void_at else ''}")
        if shown["about"]:
            print(f"来源：{shown['about']}")
    return 0 if finding.verdict in ("whole", "saved") else 1


def _read(path: Path) -> bytes | None:
    """A file's bytes; None where there are none to read, which is then said."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            print(f"{path} 超过 {SIZE_LIMIT // 2**20} MB，不是公文。", file=sys.stderr)
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        print(f"读不到文件 {path}。", file=sys.stderr)
        return None
