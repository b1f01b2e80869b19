"""What the command line does without a database or a chat: make a draw, check a record, count working days."""

import argparse
import json
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from bot.progress import Progress
from models import form, verify
from models.drawfiles import NAMES
from models.plainlist import ListFault, PlainList
from models.positions import draw_order_uncounted, prk
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
        quotas = _Quotas(args.ratio, args.count)
        with _mapped(args.pool) as data, Progress("正在抽取") as progress:
            pool = PlainList(data, progress.share)
            selected, sizes = draw_order_uncounted(prk(bytes.fromhex(args.code), randomness), pool, quotas.of)
        if not sizes:
            raise _Unusable("名单是空的，没有可以抽取的对象。")
        quotas.check(sizes)
    except (_Unusable, ListFault) as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.flush()
    sys.stdout.buffer.writelines(f"{row.position.hex()} {row.label}\n".encode() for row in selected)
    sys.stdout.buffer.flush()
    return 0


@contextmanager
def _mapped(name: str) -> Iterator[mmap | bytes]:
    """The content of a file, or of standard input, without holding it: what is no plain file is kept on disk first."""
    with ExitStack() as opened:
        try:
            source = sys.stdin.buffer if name == "-" else opened.enter_context(Path(name).open("rb"))
            if not _plain_file(source):
                kept = opened.enter_context(TemporaryFile())
                copyfileobj(source, kept, 2**20)
                kept.flush()
                source = kept
            size = os.fstat(source.fileno()).st_size
            # Nothing can be mapped of an empty file.
            data = opened.enter_context(mmap(source.fileno(), 0, access=ACCESS_READ)) if size else b""
        except (OSError, ValueError):
            raise _Unusable(f"读不到文件 {name}。") from None
        yield data


def _plain_file(source: BinaryIO) -> bool:
    """Whether it is a file on disk that stands at its beginning."""
    try:
        return stat.S_ISREG(os.fstat(source.fileno()).st_mode) and source.tell() == 0
    except (OSError, ValueError):
        return False


def _shown(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value[:40])


class _Quotas:
    """The quota of each stratum from `--ratio` and `--count`, split at the last `=`."""

    def __init__(self, ratios: list[str], counts: list[str]) -> None:
        self.own: dict[str, Quota] = {}
        self.general: Quota | None = None
        for option, given in [("ratio", text) for text in ratios] + [("count", text) for text in counts]:
            name, named, text = given.rpartition("=")
            quota = _quota(option, text)
            if not named:
                if self.general is not None:
                    raise _Unusable("不带类别的比例或数量只能给一个。")
                self.general = quota
            elif name in self.own:
                raise _Unusable(f"类别“{_shown(name)}”给了两次比例或数量。")
            else:
                self.own[name] = quota
        if self.general is None and not self.own:
            raise _Unusable("请用 --ratio 或 --count 给出抽取比例或数量。")

    def of(self, stratum: str, n: int) -> int:
        """How many are taken of `n` in a stratum."""
        quota = self.own.get(stratum, self.general)
        if quota is None:
            raise _Unusable(f"类别“{stratum}”没有给出比例或数量。")
        return quota.of(n)

    def check(self, sizes: Mapping[str, int]) -> None:
        """Refuse a quota for a stratum that the list does not have."""
        for name in self.own:
            if name not in sizes:
                raise _Unusable(f"名单里没有类别“{_shown(name)}”。")


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
