"""Command line: `export` writes a register, a list, the plan or the results as files (DESIGN §4, §11)."""

import argparse
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from bot import settings
from bot.settings import SettingError
from templates.columns import EXPORT_NAMES

UNUSABLE = 2


def add_parsers(subparsers: Any) -> None:
    """Register `export`."""
    parser = subparsers.add_parser(
        "export",
        help="导出名录、清单、计划或检查结果",
        description="把名录库、清单、计划或检查结果写成 .xlsx 或 .csv，与导入的格式相同，原样导入不会有任何变化。"
        "文件里有个人信息，请妥善保管。",
    )
    kinds = "；".join(f"{kind} {name}" for kind, name in EXPORT_NAMES.items())
    parser.add_argument("--kind", choices=tuple(EXPORT_NAMES), required=True, help=kinds)
    parser.add_argument("--out", metavar="FILE", required=True, help="写到这个文件，.xlsx 或者 .csv")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出行数和文件名")
    parser.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    from bot import run
    from models import export, people
    from models.act import Act, Refused
    from models.base import writing
    from templates import workbook

    path, kind = Path(arguments.out), arguments.kind
    if path.suffix.lower() not in {".xlsx", ".csv"}:
        print(f"{path.name} 的扩展名不是 .xlsx，也不是 .csv。请改文件名。", file=sys.stderr)
        return UNUSABLE
    found = settings.load()
    no_office = "这里还没有办公室。请先运行：python -m bot init --policy 名称 --unit 单位 --admin 姓名"
    if not found.database_url and not (found.data / "office.db").exists():
        raise SettingError(no_office)
    engine, _ = run.open_office(found)
    clock = settings.Clock(found.clock)
    try:
        with writing(engine) as session:
            root = people.root(session)
            if root is None:
                raise SettingError(no_office)
            policy = run.policy_loader(found)(root.policy or "")
            act = Act(session, clock(), None, policy, secrets.token_bytes, "cli", simulated=clock.simulated)
            records = export.records(act, kind)
            if path.suffix.lower() == ".csv":
                data = workbook.write_csv(kind, records)
            else:
                data = workbook.write_xlsx(kind, records, now=clock())
            path.write_bytes(data)
    except Refused as error:
        print(error.sentence, file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"{path} 写不进去：{_why(error)}", file=sys.stderr)
        return UNUSABLE
    if arguments.json:
        print(json.dumps({"kind": kind, "rows": len(records), "file": str(path)}, ensure_ascii=False))
    else:
        print(f"已导出{EXPORT_NAMES[kind]} {len(records):,} 行：{path}")
    return 0


def _why(error: OSError) -> str:
    """What kept a file from being written, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "没有这个文件夹。请先建好文件夹，或者换一个地方。"
    if isinstance(error, PermissionError):
        return "没有写入的权限，或者文件正被别的程序打开。请关闭它，或者换一个地方。"
    if isinstance(error, IsADirectoryError):
        return "这是一个文件夹。请写明文件名。"
    return f"系统提示「{error.strerror}」。请检查磁盘和权限。"
