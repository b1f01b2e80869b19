"""Command line: `import` shows what a file would change, and writes it with --yes (DESIGN §4, §11)."""

import argparse
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import settings
from bot.settings import SettingError
from templates.columns import KIND_NAMES, SHAPES
from templates.sheets import Limits, SheetError

# The tables load only when something is imported: `draw` and `days` start without them.
if TYPE_CHECKING:
    from models.intake import Preview, Written
    from models.rows import Table

PARTLY = 3
UNUSABLE = 2

LIMITS = Limits(size=512 * 1024 * 1024, unpacked=4 * 1024 * 1024 * 1024, rows=1_100_000, columns=200, cells=40_000_000)
"""What a file may cost here: it does not come over the network, and one person waits for it."""


def add_parsers(subparsers: Any) -> None:
    """Register `import`."""
    parser = subparsers.add_parser(
        "import",
        help="导入名录、清单或计划",
        description="读入 .xlsx、.csv 或 .docx 里的一张表，先显示预览；加 --yes 才写入。有的行不能导入时退出码为 3。",
    )
    parser.add_argument("file", metavar="FILE", help="表格文件")
    parser.add_argument(
        "--kind", choices=tuple(SHAPES), help="；".join(f"{kind} {KIND_NAMES[kind]}" for kind in SHAPES)
    )
    parser.add_argument("--yes", action="store_true", help="确认写入")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出预览")
    parser.add_argument("--marked", metavar="OUT.xlsx", help="把标注了原因的副本写到这个文件")
    parser.set_defaults(run=_import)


def _import(arguments: argparse.Namespace) -> int:
    from bot import run
    from models import intake, people
    from models.act import Act, Refused
    from models.base import writing
    from templates import sheets, workbook

    path = Path(arguments.file)
    try:
        if path.stat().st_size > LIMITS.size:
            raise SheetError(f"文件超过 {LIMITS.size // 1024 // 1024} MB。请分成几个文件导入。")
        table = sheets.read(path.name, path.read_bytes(), arguments.kind, LIMITS)
    except SheetError as error:
        print(f"{path.name}：{error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"{path} 打不开：{error.strerror}。请检查文件名和权限。", file=sys.stderr)
        return UNUSABLE

    found = settings.load()
    if not found.database_url and not (found.data / "office.db").exists():
        raise SettingError("这里还没有办公室。请先运行：python -m bot init --policy 名称 --unit 单位 --admin 姓名")
    engine, _ = run.open_office(found)
    clock = settings.Clock(found.clock)
    done: Written | None = None
    try:
        with writing(engine) as session:
            root = people.root(session)
            if root is None:
                raise SettingError(
                    "这里还没有办公室。请先运行：python -m bot init --policy 名称 --unit 单位 --admin 姓名"
                )
            policy = run.policy_loader(found)(root.policy or "")
            act = Act(session, clock(), None, policy, secrets.token_bytes, "cli", simulated=clock.simulated)
            ready = intake.preview(act, table)
            if arguments.yes and (ready.new or ready.changed):
                done = intake.write(act, ready)
    except Refused as error:
        print(error.sentence, file=sys.stderr)
        return UNUSABLE
    if arguments.marked and ready.refused:
        marked = workbook.marked_copy(table, [(r.row, r.column, r.reason) for r in ready.refused], now=clock())
        Path(arguments.marked).write_bytes(marked)
    if arguments.json:
        print(json.dumps(ready.as_json(), ensure_ascii=False))
    else:
        _show(table, ready, done)
    return PARTLY if ready.refused else 0


def _show(table: "Table", ready: "Preview", done: "Written | None") -> None:
    print(f"{KIND_NAMES[ready.kind]}，{len(table.rows):,} 行")
    print(f"新增 {ready.new:,}，变更 {ready.changed:,}，不变 {ready.same:,}，不能导入 {ready.refused_rows:,}")
    if ready.gone:
        print(f"库中另有 {ready.gone:,} 条不在这个文件里，保持不动")
    for refusal in ready.refused:
        print(f"第 {refusal.row} 行 {refusal.column}：{refusal.reason}")
    for doubt in ready.warnings:
        print(f"请留意 第 {doubt.row} 行 {doubt.column}：{doubt.sentence}（照原样导入）")
    for note in ready.notes:
        print(note)
    if done is not None:
        print(f"已写入：新增 {done.new:,}，变更 {done.changed:,}")
        if done.enrolled:
            print(f"其中 {done.enrolled} 人是新人员，还没有绑定账号")
    elif ready.new or ready.changed:
        print("还没有写入；加 --yes 写入")
    elif ready.taken:
        print("与库中完全一致，没有需要写入的内容")
