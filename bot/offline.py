"""What the command line does without a database or a chat: make a draw, check a record, count working days."""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from models import form, verify
from models.drawfiles import NAMES
from models.positions import draw_order, prk, valid_label
from models.quota import Quota, parse_exact

RECORD_LIMIT = 64 * 2**20
"""A record is small; a file beyond this is none."""

_HEX = re.compile("[0-9a-fA-F]{64}")
_SALT_LINE = re.compile(r"# [0-9a-f]{64}")


class _Unusable(Exception):
    """Input that cannot be used: exit 2 with this one Chinese line."""


def add_parsers(subparsers: Any) -> None:
    """Register `draw`, `verify` and `days` on the object that `ArgumentParser.add_subparsers` returned."""
    draw = _add(
        subparsers,
        "draw",
        "按公开的随机数和密码抽取：不用数据库，也不用聊天",
        "每行输出一个抽中的对象：位置（十六进制）、空格、名称，按抽取顺序。",
    )
    draw.add_argument("--pool", required=True, metavar="FILE", help="pool.tsv，或每行一个名称的文件；- 表示标准输入")
    draw.add_argument("--randomness", required=True, metavar="TEXT", help="公开的随机数，例如 17.64.3./22.9.41./")
    draw.add_argument("--code", required=True, metavar="HEX", help="公布的密码，64 位十六进制")
    draw.add_argument(
        "--ratio", action="append", default=[], metavar="R", help="比例，如 1/50、5%%；分类别时写 A=1/50，可多次给出"
    )
    draw.add_argument(
        "--count", action="append", default=[], metavar="N", help="数量，如 9；分类别时写 D=9，可多次给出"
    )
    draw.set_defaults(run=run_draw)
    check = _add(
        subparsers,
        "verify",
        "核验一份抽取记录",
        "每项检查输出一行。退出码：0 能检查的都相符，1 有不符，2 无法读取或不是 JSON。",
    )
    check.add_argument("record", metavar="RECORD.json", help="抽取记录")
    check.add_argument("--files", metavar="DIR", help="存放各 .tsv 文件的文件夹，默认是记录所在的文件夹")
    check.add_argument(
        "--posted", action="append", default=[], metavar="HEX", help="群里公布过的摘要，与记录比对，可多次给出"
    )
    check.add_argument("--json", action="store_true", help="以 JSON 输出")
    check.set_defaults(run=run_verify)
    days = _add(
        subparsers,
        "days",
        "计算工作日：某日之后第几个工作日，或某日之前最后一个工作日",
        "按国务院放假安排计算，开始的当日不计入；放假安排尚未公布的年份按周一至周五估算，日期后注明「暂估」。",
    )
    days.add_argument("date", metavar="DATE", help="日期，例如 2022-09-16")
    which = days.add_mutually_exclusive_group(required=True)
    which.add_argument("--add", metavar="N", help="之后第 N 个工作日，N 不小于 0")
    which.add_argument("--before", action="store_true", help="之前最后一个工作日，不含当日")
    days.set_defaults(run=run_days)


def _add(subparsers: Any, name: str, what: str, details: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what, description=f"{what}。{details}")
    return parser


def run_draw(args: argparse.Namespace) -> int:
    """`draw`: print the selection; 0, or 2 with one line on standard error and nothing on standard output."""
    try:
        if not _HEX.fullmatch(args.code):
            raise _Unusable("密码应当是 64 位十六进制数字。")
        if not args.randomness:
            raise _Unusable("随机数是空的。")
        try:
            randomness = args.randomness.encode()
        except UnicodeEncodeError:
            raise _Unusable("随机数不是 UTF-8 编码。") from None
        pool = list(_pool(_read(args.pool)))
        if not pool:
            raise _Unusable("名单是空的，没有可以抽取的对象。")
        sizes: dict[str, int] = {}
        for _, stratum in pool:
            sizes[stratum] = sizes.get(stratum, 0) + 1
        quotas = {name: quota.of(sizes[name]) for name, quota in _quotas(args.ratio, args.count, sizes).items()}
    except _Unusable as error:
        print(error, file=sys.stderr)
        return 2
    selected = draw_order(prk(bytes.fromhex(args.code), randomness), pool, quotas, sizes)
    lines = (f"{row.position.hex()} {row.label}\n".encode() for row in selected)
    sys.stdout.flush()
    sys.stdout.buffer.write(b"".join(lines))
    sys.stdout.buffer.flush()
    return 0


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError):
        raise _Unusable(f"读不到文件 {name}。") from None


def _pool(data: bytes) -> Iterator[tuple[str, str]]:
    """(label, stratum) of a pool.tsv or of one label a line, in any order, salt line or not."""
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        raise _Unusable("名单不是 UTF-8 编码。") from None
    if lines[-1] == "":
        lines.pop()
    start = 1 if lines and _SALT_LINE.fullmatch(lines[0]) else 0
    strata = len(lines) > start and "\t" in lines[start]
    seen: set[str] = set()
    for at, line in enumerate(lines[start:], start + 1):
        label, tab, stratum = line.partition("\t") if strata else (line, "", "*")
        if strata and not tab:
            raise _Unusable(f"名单第 {at} 行没有类别一栏。")
        for value in (label, stratum):
            if (reason := valid_label(value)) is not None:
                raise _Unusable(f"名单第 {at} 行的“{_shown(value)}”{reason}。")
        if label in seen:
            raise _Unusable(f"名单第 {at} 行的“{label}”重复。")
        seen.add(label)
        yield label, stratum


def _shown(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value[:40])


def _quotas(ratios: list[str], counts: list[str], sizes: Mapping[str, int]) -> dict[str, Quota]:
    """The quota of each stratum from `--ratio` and `--count`, split at the last `=`."""
    own: dict[str, Quota] = {}
    general: Quota | None = None
    for option, given in [("ratio", text) for text in ratios] + [("count", text) for text in counts]:
        name, named, text = given.rpartition("=")
        quota = _quota(option, text)
        if not named:
            if general is not None:
                raise _Unusable("不带类别的比例或数量只能给一个。")
            general = quota
        elif name not in sizes:
            raise _Unusable(f"名单里没有类别“{_shown(name)}”。")
        elif name in own:
            raise _Unusable(f"类别“{name}”给了两次比例或数量。")
        else:
            own[name] = quota
    if general is None and not own:
        raise _Unusable("请用 --ratio 或 --count 给出抽取比例或数量。")
    for stratum in sizes:
        if stratum not in own:
            if general is None:
                raise _Unusable(f"类别“{stratum}”没有给出比例或数量。")
            own[stratum] = general
    return own


def _quota(option: str, text: str) -> Quota:
    try:
        if option == "ratio":
            return Quota(ratio=parse_exact(text))
        if not re.fullmatch("[0-9]{1,18}", text):
            raise _Unusable(f"数量“{_shown(text)}”应当是不小于 1 的整数。")
        return Quota(count=int(text))
    except ValueError as error:
        raise _Unusable(_shown_line(str(error))) from None


def _shown_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


class _Folder(Mapping[str, bytes | memoryview]):
    """The files of a folder by name, read when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> bytes | memoryview:
        path = self.folder / name
        if not path.is_file():
            raise KeyError(name)
        try:
            with path.open("rb") as file:
                # Mapped, so that a file of any size can be digested before anything of it is held in memory.
                return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)) if path.stat().st_size else b""
        except (OSError, ValueError):
            raise _Unusable(f"读不到文件 {path}。") from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (self.folder / name).is_file()

    def __iter__(self) -> Iterator[str]:
        return (name for name in NAMES if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def run_verify(args: argparse.Namespace) -> int:
    """`verify`: one line for each check; 0 if all that could be checked holds, 1 if not, 2 if it cannot be read."""
    path = Path(args.record)
    folder = Path(args.files) if args.files is not None else path.parent
    try:
        if any(not _HEX.fullmatch(seen) for seen in args.posted):
            raise _Unusable("--posted 后面应当是 64 位十六进制的摘要。")
        if not folder.is_dir():
            raise _Unusable(f"没有文件夹 {folder}。")
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= RECORD_LIMIT else b""
        except (OSError, ValueError):
            raise _Unusable(f"读不到文件 {path}。") from None
        if size > RECORD_LIMIT:
            raise _Unusable(f"{path} 超过 {RECORD_LIMIT // 2**20} MB，不是抽取记录。")
        try:
            form.load(data)
        except form.NotJson as error:
            raise _Unusable(f"{path} {error}") from None
        except form.FormError:
            pass  # verify names it as a check that fails
        checks = verify.verify(data, _Folder(folder), args.posted)
    except _Unusable as error:
        print(error, file=sys.stderr)
        return 2
    failed = any(check.result == "failed" for check in checks)
    if args.json:
        listed = [{"name": c.name, "result": c.result, "detail": c.detail} for c in checks]
        print(json.dumps({"ok": not failed, "checks": listed}, ensure_ascii=False, indent=1))
    else:
        words = {"ok": "相符", "failed": "不符", "unchecked": "未检查"}
        for check in checks:
            print(f"[{words[check.result]}] {check.name}：{_shown_line(check.detail)}")
        print(verify.summary(checks))
    return 1 if failed else 0


def run_days(args: argparse.Namespace) -> int:
    """`days`: print the date alone, ` 暂估` after it where no notice covers it; 0, or 2 with one line of reason."""
    # The notices are loaded only where they are needed.
    from models.holidays import calendar

    try:
        try:
            # `date.fromisoformat` also takes 20220916 and 2022-W37-5, which nobody here writes.
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", args.date):
                raise ValueError
            day = date.fromisoformat(args.date)
        except ValueError:
            raise _Unusable(f"日期“{_shown(args.date)}”不对，请写成 2022-09-16 这样的形式。") from None
        if not args.before and not re.fullmatch("[0-9]{1,6}", args.add):
            raise _Unusable(f"工作日数“{_shown(args.add)}”应当是不小于 0 的整数。")
        try:
            print(calendar().before(day) if args.before else calendar().add(day, int(args.add)))
        except ValueError as error:
            raise _Unusable(str(error)) from None
    except _Unusable as error:
        print(error, file=sys.stderr)
        return 2
    return 0
