"""Command line for documents: `docs check` says which clauses of GB/T 9704-2012 a .docx breaks."""

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
    docs = subparsers.add_parser("docs", help="公文格式", description="公文格式")
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


def run_check(arguments: argparse.Namespace) -> int:
    """`docs check`: one line for each broken clause; 0 if all hold, 1 if not, 2 if it cannot be read."""
    from templates import gongwen_check
    from templates.word_read import Unreadable

    path = Path(arguments.file)
    try:
        if path.stat().st_size > SIZE_LIMIT:
            print(f"{path} 超过 {SIZE_LIMIT // 2**20} MB，不是公文。", file=sys.stderr)
            return 2
        data = path.read_bytes()
    except (OSError, ValueError):
        print(f"读不到文件 {path}。", file=sys.stderr)
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
