"""Command line: `import` shows what a file would change, and writes it with --yes (DESIGN §4, §11)."""

import argparse
import gc
import hashlib
import json
import math
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot import settings
from bot.files import Files
from bot.progress import Progress
from bot.settings import SettingError
from templates.columns import KIND_NAMES, SHAPES, folded
from templates.grid import LARGE
from templates.sheets import SheetError

# The tables load only when something is imported: `draw` and `days` start without them.
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from handlers.outside import Outside
    from models.act import Act
    from models.cells import Doubt, Refusal
    from models.importrun import ImportRun
    from models.intake import Preview, Written
    from models.rows import Table

_LONG = 1_000_000
PARTLY = 3
UNUSABLE = 2

# What the system says of a file, in words of ours; anything else in its own.
_WHY: dict[type[OSError], str] = {
    FileNotFoundError: "没有这个文件",
    PermissionError: "没有读写权限",
    IsADirectoryError: "这是文件夹，不是文件",
}

_NO_OFFICE = "这里还没有办公室。请先运行：python -m bot init --policy 名称 --unit 单位 --admin 姓名"


def add_parsers(subparsers: Any) -> None:
    """Register `import`."""
    parser = subparsers.add_parser(
        "import",
        help="导入名录、清单、计划、平台抽取结果或放假安排",
        description="读入 .xlsx、.csv 或 .docx 里的一张表，先显示预览；加 --yes 才写入。有的行不能导入时退出码为 3，"
        "文件读不了时为 2。",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", metavar="FILE", nargs="?", help="表格文件")
    what.add_argument("--undo", action="store_true", help="撤销今天最近一次导入；先显示是哪一次，加 --yes 才撤销")
    parser.add_argument(
        "--kind", choices=tuple(SHAPES), help="；".join(f"{kind} {KIND_NAMES[kind]}" for kind in SHAPES)
    )
    parser.add_argument("--yes", action="store_true", help="确认写入")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出预览；提醒写到标准错误")
    parser.add_argument("--marked", metavar="OUT.xlsx", help="把标注了原因的副本写到这个文件")
    parser.add_argument("--task", metavar="NO", help="平台抽取结果属于哪一项任务：计划编号或任务编号")
    parser.add_argument(
        "--column",
        metavar="表头=列名",
        action="append",
        default=[],
        help="不认识的表头是哪一列，例如 主体代码=统一社会信用代码",
    )
    parser.set_defaults(run=_import)


def _import(arguments: argparse.Namespace) -> int:
    from models.act import Refused

    # Every row stays alive to the end: to look for cycles among millions of them again and again takes a third of the
    # time and finds nothing.
    gc.disable()
    try:
        return _undo(arguments) if arguments.undo else _import_file(arguments, Path(arguments.file))
    except SheetError as error:
        print(f"{Path(arguments.file).name}：{error}", file=sys.stderr)
    except Refused as error:
        print(error.sentence, file=sys.stderr)
    except OSError as error:
        why = _WHY.get(type(error), error.strerror)
        print(f"{error.filename or arguments.file} 打不开：{why}。请检查文件名和权限。", file=sys.stderr)
    finally:
        gc.enable()
    return UNUSABLE


class _Office:
    """The office of the data folder, opened."""

    def __init__(self) -> None:
        from bot import run

        self.settings = settings.load()
        if not self.settings.database_url and not (self.settings.data / "office.db").exists():
            raise SettingError(_NO_OFFICE)
        self.engine, _ = run.open_office(self.settings)
        self.clock = settings.Clock(self.settings.clock)
        self.files = Files(self.settings.data / "files")

    def act(self, session: Any) -> "Act":
        """Whoever runs the command line: the administrator of the machine."""
        from bot import run
        from models import people
        from models.act import Act

        root = people.root(session)
        if root is None:
            raise SettingError(_NO_OFFICE)
        policy = run.policy_loader(self.settings)(root.policy or "")
        return Act(session, self.clock(), None, policy, secrets.token_bytes, "cli", simulated=self.clock.simulated)

    def outside(self) -> "Outside":
        """What the command line does, in transactions of its own."""
        from handlers.outside import Outside
        from models.base import reading

        with reading(self.engine) as session:
            return Outside(self.act(session))


def _import_file(arguments: argparse.Namespace, path: Path) -> int:
    if path.stat().st_size > LARGE.size:
        raise SheetError(f"文件超过 {LARGE.size // 1024 // 1024} MB。请分成几个文件导入。")
    data = path.read_bytes()
    # What is read in a moment says nothing on the way.
    with Progress("导入", 0 if len(data) >= _LONG else math.inf) as progress:
        return _import_data(arguments, path, data, progress)


def _import_data(arguments: argparse.Namespace, path: Path, data: bytes, progress: Progress) -> int:
    from models import importparts, importword, intake
    from models.base import reading, writing
    from templates import sheets, workbook

    office = _Office()
    with reading(office.engine) as session:
        learnt = importword.headers(session)
    said = _said(arguments)
    # Outside any transaction: the bot goes on while a large file is read.
    progress.say("正在读取")
    table = sheets.read(path.name, data, arguments.kind, LARGE, _with(learnt, said))
    done: Written | None = None
    progress.say(f"正在核对 {len(table.rows):,} 行")
    digest = hashlib.sha256(data).hexdigest()
    if table.kind in importparts.KINDS and len(table.rows) > importparts.PART:
        with reading(office.engine) as session:
            ready = intake.preview(office.act(session), table)
        if arguments.yes:
            with writing(office.engine) as session:
                _learn(office.act(session), table, said)
        if arguments.yes and (ready.new or ready.changed):
            office.files.keep(data)
            done = _in_parts(office, path.name, digest, ready, progress)
    else:
        with writing(office.engine) as session:
            act = office.act(session)
            ready = intake.preview(act, table, task_id=_task(act, arguments.task))
            if arguments.yes:
                _learn(act, table, said)
            if arguments.yes and (ready.new or ready.changed):
                progress.say(f"正在写入 {ready.new + ready.changed:,} 行")
                done = intake.write(act, ready, digest=digest, name=path.name)
    if arguments.marked and ready.refused:
        marked = workbook.marked_copy(table, [(r.row, r.column, r.reason) for r in ready.refused], now=office.clock())
        Path(arguments.marked).write_bytes(marked)
    progress.clear()
    if arguments.json:
        print(json.dumps(ready.as_json(), ensure_ascii=False))
        _remarks(ready, sys.stderr)
    else:
        _show(table, ready, done)
    return PARTLY if ready.refused else 0


def _in_parts(office: _Office, name: str, digest: str, ready: "Preview", progress: Progress) -> "Written":
    """Write many rows so that the running office answers others meanwhile; what was cut off before is gone on with."""
    from handlers import import_large
    from models import importparts
    from models.base import writing
    from models.importrun import ImportRun
    from models.intake import Written

    with writing(office.engine) as session:
        act = office.act(session)
        run_id = importparts.resume(act, ready.kind, digest)
        if run_id is None:
            run_id = importparts.begin(act, ready.kind, importparts.counts(ready), digest=digest, name=name).id or 0
        attempt = importparts.claim(act, run_id, importparts.COMMAND, alone=False) or 0
    outside = office.outside()
    _shown(import_large.put(outside, run_id, attempt, ready), outside, run_id, attempt, progress, "已写入 {:,} 行")
    with outside.reading() as act:
        run = act.session.get_one(ImportRun, run_id)
    return Written(run.kind, run.new, run.changed, run=run)


def _shown(
    work: "Generator[int, None, None]", outside: "Outside", run_id: int, attempt: int, progress: Progress, text: str
) -> None:
    """Go through all parts, saying how far it is; where that ends in the middle, the run is stopped by name."""
    from models import importparts

    try:
        for done in work:
            progress.say(text.format(done))
    except BaseException as error:
        reason = "命令被中断" if isinstance(error, KeyboardInterrupt) else getattr(error, "sentence", "程序出错")
        with outside.writing() as act:
            importparts.stop(act, run_id, attempt, reason)
        raise


def _said(arguments: argparse.Namespace) -> dict[str, str]:
    """Headers as told on the command line: folded title → title of the field."""
    found = {}
    for each in arguments.column:
        title, mark, meaning = each.partition("=")
        if not (title.strip() and mark and meaning.strip()):
            raise SheetError(f"--column「{each}」看不懂。请写成 表头=列名，例如 主体代码=统一社会信用代码。")
        if all(folded(meaning) != folded(c.title) for shape in SHAPES.values() for c in shape):
            raise SheetError(f"--column 里的「{meaning}」不是任何一种表的列名。请照下载模板里的列名写。")
        found[folded(title)] = folded(meaning)
    return found


def _with(learnt: "Mapping[str, Mapping[str, str]]", said: dict[str, str]) -> dict[str, dict[str, str]]:
    """What was learnt of headers with what is told now; only fields that a kind has."""
    merged = {kind: dict(learnt.get(kind, {})) for kind in SHAPES}
    for kind, shape in SHAPES.items():
        by_title = {folded(column.title): column.name for column in shape}
        merged[kind] |= {title: by_title[meaning] for title, meaning in said.items() if meaning in by_title}
    return merged


def _learn(act: "Act", table: "Table", said: dict[str, str]) -> None:
    from models import importword

    fields = {folded(column.title): column.name for column in SHAPES[table.kind]}
    used = {folded(title): name for name, title in table.titles.items()}
    for title, meaning in said.items():
        if used.get(title) == fields.get(meaning):
            importword.learn(act, importword.header_scope(table.kind), title, fields[meaning])


def _task(act: "Act", number: str | None) -> int | None:
    """The id of the task that --task names."""
    from models import platformdraw
    from models.act import Refused

    if number is None:
        return None
    found = [task for task in platformdraw.waiting(act) if number in (task.plan_no, task.task_no)]
    if len(found) != 1:
        raise Refused(f"没有编号为「{number}」、在平台抽取的任务，或者不止一项。请写计划编号。")
    return found[0].id


def _undo(arguments: argparse.Namespace) -> int:
    from handlers import import_large
    from models import importparts, intake
    from models.act import Refused
    from models.base import writing
    from models.importrun import ImportRun

    office, attempt = _Office(), None
    with writing(office.engine) as session:
        act = office.act(session)
        runs = intake.undoable(act)
        if not runs:
            raise Refused("今天没有可以撤销的导入。")
        run = runs[0]
        if arguments.yes and importparts.too_many(run):
            importparts.begin_undo(act, run)
            attempt = importparts.claim(act, run.id or 0, importparts.COMMAND, alone=False)
        elif arguments.yes:
            intake.undo(act, run.id or 0)
    if attempt is not None:
        outside = office.outside()
        with Progress("撤销", 0) as progress:
            work = import_large.put_back(outside, run.id or 0, attempt)
            _shown(work, outside, run.id or 0, attempt, progress, "已退回 {:,} 条")
        with outside.reading() as act:
            run = act.session.get_one(ImportRun, run.id)
    if arguments.json:
        print(json.dumps(_run_json(run), ensure_ascii=False))
    else:
        print(f"{run.at:%H:%M} 的{KIND_NAMES[run.kind]}：新增 {run.new:,}，变更 {run.changed:,}")
        if attempt is not None and run.done < run.new + run.changed:
            print(f"其中 {run.new + run.changed - run.done:,} 条已经被后来办理的事项用到，没有撤销")
        print("已撤销" if arguments.yes else "还没有撤销；加 --yes 撤销")
    return 0


def _run_json(run: "ImportRun") -> dict[str, Any]:
    return {
        "kind": run.kind,
        "at": run.at.isoformat(),
        "new": run.new,
        "changed": run.changed,
        "undone": run.undone_at is not None,
    }


def _show(table: "Table", ready: "Preview", done: "Written | None") -> None:
    print(f"{KIND_NAMES[ready.kind]}，{len(table.rows):,} 行")
    print(f"新增 {ready.new:,}，变更 {ready.changed:,}，不变 {ready.same:,}，不能导入 {ready.refused_rows:,}")
    if ready.gone:
        print(f"库中另有 {ready.gone:,} 条不在这个文件里，保持不动")
    for refusal in ready.refused:
        print(f"{_place(refusal)}：{refusal.reason}")
    _remarks(ready, sys.stdout)
    if done is not None:
        print(f"已写入：新增 {done.new:,}，变更 {done.changed:,}（当天可以用 import --undo 撤销）")
        if done.run is not None and done.run.left:
            print(f"有 {done.run.left:,} 行在写入期间已由别人录入或者改动，保持不动")
        if done.enrolled:
            print(f"其中 {done.enrolled} 人是新人员，还没有绑定账号")
        if done.draws:
            print("请在工作群或者私聊里派发任务")
    elif ready.new or ready.changed:
        print("还没有写入；加 --yes 写入")
    elif ready.taken:
        print("与库中完全一致，没有需要写入的内容")


def _remarks(ready: "Preview", out: TextIO) -> None:
    """What is odd and taken as written, and what was seen and not taken."""
    for doubt in ready.warnings:
        print(f"请留意 {_place(doubt)}：{doubt.sentence}（照原样导入）", file=out)
    for note in ready.notes:
        print(note, file=out)


def _place(of: "Refusal | Doubt") -> str:
    return f"第 {of.row} 行 {of.column}".rstrip()
