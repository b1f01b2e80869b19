"""A register of entities in one .xlsx: read beside bare readers, written beside a bare `executemany`, read in again.

`make bench` takes 100,000 rows; `python -m bench.import_scale 1000000` as many as it is told. Each step is a process of
its own, so that its memory can be told.
"""

import gc
import json
import os
import secrets
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from bench import hall, machine
from bench.figure import Figure
from handlers import import_large
from handlers.outside import Outside
from models import codes, importparts, intake, office, tables
from models.act import Act
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.rows import Table
from templates import sheets
from templates.grid import LARGE
from templates.policies import load

ROWS = 100_000
READING, OPENPYXL, WRITING, MEMORY = 1.6, 0.3, 3.0, 1_500
AGAIN = 1.5
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
POLICY = "qinhuangdao-2022"

Took = tuple[float, float]
"""Seconds by the clock, and of the processor, which other programs prolong less."""

TITLES = (
    *("统一社会信用代码", "名录库编号", "检查对象名称", "对象类别", "行业", "所在区县"),
    *("地址", "联系人", "联系电话", "信用风险等级", "经营状态", "更新日期"),
)


def measure(work: Path, rows: int = ROWS) -> list[Figure]:
    """Times of one run and their ratios. The faster of two turns counts for what is read, at up to 200,000 rows."""
    file, later = work / "register.xlsx", work / "later.xlsx"
    make(file, rows)
    make(later, rows, a_month_later)
    # What is held against each other runs one after the other.
    steps = {"write": file, "executemany": file}
    steps |= {"calamine": file, "ours": file, "again": file, "later": later, "openpyxl": file}
    found: dict[str, list[tuple[float, float, float]]] = {step: [] for step in steps}
    for turn in range(2 if rows <= 200_000 else 1):
        for step, each in steps.items():
            if turn == 0 or step not in ("openpyxl", "write", "executemany"):
                found[step].append(_child(step, each, work))
    best, busy, _ = ({step: min(each[at] for each in turns) for step, turns in found.items()} for at in range(3))
    most = {step: max(memory for _, _, memory in turns) for step, turns in found.items()}
    size = f"{rows:,} entities of {len(TITLES)} columns, {file.stat().st_size / 1e6:.0f} MB"

    def ratio(name: str, ours: str, bare: str, wanted: float) -> Figure:
        value = best[ours] / best[bare]
        note = f"{size}: {best[ours]:.2f} s against {best[bare]:.2f} s; load {os.getloadavg()[0]:.1f}"
        return Figure(name, f"{value:.2f} ×", f"at most {wanted} ×", value <= wanted, note)

    def again(name: str, step: str) -> Figure:
        value = busy[step] / busy["ours"]
        note = f"{busy[step]:.2f} s of the processor against {busy['ours']:.2f} s"
        note = f"{size}: {note}; by the clock {best[step]:.2f} s against {best['ours']:.2f} s"
        return Figure(name, f"{value:.2f} ×", f"at most {AGAIN} ×", value <= AGAIN, note)

    def memory(name: str, *names: str) -> Figure:
        value = max(most[each] for each in names)
        return Figure(name, f"{value:,.0f} MB", f"at most {MEMORY:,} MB", value <= MEMORY, size)

    return [
        ratio("reading and validating against bare calamine", "ours", "calamine", READING),
        ratio("reading and validating against openpyxl's read-only mode", "ours", "openpyxl", OPENPYXL),
        ratio("writing against a bare executemany", "write", "executemany", WRITING),
        memory("memory of an import", "ours", "write"),
        again("preview against a register that has the same rows, against the first one", "again"),
        again("the same with 1 % of the rows changed", "later"),
        memory("memory of a preview against a register that has the rows", "again", "later"),
    ]


def make(path: Path, rows: int, texts: Callable[[int], tuple[str, ...]] | None = None) -> None:
    """A workbook as spreadsheets save it: shared strings, cells with their names, dates as numbers with a format."""
    strings: dict[str, int] = {}
    texts = texts or entity

    def shared(number: int, cells: tuple[str, ...]) -> str:
        return "".join(
            f'<c r="{chr(65 + at)}{number}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>' if text else ""
            for at, text in enumerate(cells)
        )

    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kinds}sharedStrings+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kinds}styles+xml"/></Types>',
        )
        package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
        archive.writestr(
            "_rels/.rels",
            f'<Relationships {package}><Relationship Id="a" Type="{links}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships {package}><Relationship Id="a" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="b" Type="{links}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="c" Type="{links}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{links}"><sheets><sheet name="名录" sheetId="1" r:id="a"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet {main}><fonts count="1"><font/></fonts><fills count="1"><fill>'
            '<patternFill patternType="none"/></fill></fills>'
            '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
            '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<?xml version="1.0" encoding="UTF-8"?><worksheet {main}><sheetData>'.encode())
            sheet.write(f'<row r="1">{shared(1, TITLES)}</row>'.encode())
            for start in range(0, rows, 5_000):
                lines = [
                    f'<row r="{r}">{shared(r, texts(r - 2))}<c r="L{r}" s="1"><v>{46000 + r % 80}</v></c></row>'
                    for r in range(start + 2, min(start + 5_000, rows) + 2)
                ]
                sheet.write("".join(lines).encode())
            sheet.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<?xml version="1.0" encoding="UTF-8"?><sst {main}>'.encode())
            part.write("".join(f"<si><t>{text}</t></si>" for text in strings).encode())
            part.write(b"</sst>")


_SORTS = ("食品生产企业", "食盐批发企业", "药品零售企业", "特种设备使用单位", "餐饮服务提供者")
_DISTRICTS = ("海港区", "山海关区", "北戴河区", "抚宁区", "昌黎县", "卢龙县", "青龙县")


def entity(n: int) -> tuple[str, ...]:
    """The texts of the nth row: a code, a name, an address and a contact of its own; the last cell is its date."""
    return (
        codes.make_credit_code(n),
        f"HB{n:08d}",
        f"示例第{n}号商贸有限责任公司",
        _SORTS[n % 5],
        f"F52{n % 97:02d}",
        _DISTRICTS[n % 7],
        f"{_DISTRICTS[n % 7]}示例大街{n % 3000}号{n % 40}栋{n % 12 + 1:02d}室",
        f"示例联系人{n % 50_000}",
        f"0335-{n % 10_000_000:07d}",
        "ABCD"[n % 4],
        "存续" if n % 50 else "停业",
    )


def a_month_later(n: int) -> tuple[str, ...]:
    """The same, but that each hundredth row has moved, and each second of these is in another class."""
    texts = list(entity(n))
    if n % 100 == 0:
        texts[6] += "（迁址）"
    if n % 200 == 0:
        texts[9] = "ABCD"[(n + 1) % 4]
    return tuple(texts)


def _child(step: str, file: Path, work: Path) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and megabytes, of a step in a process of its own."""
    with hall.process(["-m", "bench.import_scale", step, str(file), str(work)], hall.environment(work), work) as child:
        assert child.stdout is not None
        said = child.stdout.read()
        if child.wait() != 0:
            raise RuntimeError((work / "stderr.txt").read_text()[-2000:])
    seconds, busy, memory = json.loads(said.splitlines()[-1])
    return float(seconds), float(busy), float(memory)


def _now() -> Took:
    return time.perf_counter(), time.process_time()


def _since(at: Took) -> Took:
    seconds, busy = _now()
    return seconds - at[0], busy - at[1]


def _calamine(file: Path, work: Path) -> Took:
    from python_calamine import CalamineWorkbook

    at = _now()
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    seconds = _since(at)
    assert len(rows[0]) == len(TITLES)
    return seconds


def _openpyxl(file: Path, work: Path) -> Took:
    from openpyxl import load_workbook

    at = _now()
    sheet = load_workbook(file, read_only=True).active
    assert sheet is not None
    for _ in sheet.iter_rows(values_only=True):
        pass
    return _since(at)


def _ours(file: Path, work: Path) -> Took:
    """As `python -m bot import` reads and judges."""
    engine = _office(work / "read.db")
    gc.disable()
    at = _now()
    table = _table(file)
    with reading(engine) as session:
        ready = intake.preview(Act(session, NOW, None, load(POLICY), bytes, "cli"), table)
    seconds = _since(at)
    assert ready.new == len(table.rows) and not ready.refused
    return seconds


def _again(file: Path, work: Path) -> Took:
    """As `_ours`, against the register that `_write` has left, which has all rows as they are."""
    seconds, ready = _against(file, work)
    assert (ready.same, ready.new, ready.changed, ready.gone) == (len(ready.taken), 0, 0, 0)
    return seconds


def _later(file: Path, work: Path) -> Took:
    """The same, of a file of which a hundredth has changed."""
    seconds, ready = _against(file, work)
    rows = len(ready.taken)
    assert (ready.changed, ready.same, len(ready.warnings)) == (
        -(-rows // 100),
        rows - -(-rows // 100),
        -(-rows // 200),
    )
    return seconds


def _against(file: Path, work: Path) -> tuple[Took, intake.Preview]:
    KEYRING.use(hall.KEY)
    engine = open_store(f"sqlite:///{work / 'write.db'}")
    gc.disable()
    at = _now()
    table = _table(file)
    with reading(engine) as session:
        ready = intake.preview(Act(session, NOW, None, load(POLICY), bytes, "cli"), table)
    seconds = _since(at)
    assert not ready.refused
    return seconds, ready


def _write(file: Path, work: Path) -> Took:
    """The writing alone, part by part as `python -m bot import --yes` does it, pauses for others included."""
    engine = _office(work / "write.db")
    gc.disable()
    table = _table(file)
    with reading(engine) as session:
        outside = Outside(Act(session, NOW, None, load(POLICY), secrets.token_bytes, "cli", simulated=True))
        ready = intake.preview(Act(session, NOW, None, load(POLICY), bytes, "cli"), table)
    at = _now()
    with outside.writing() as act:
        asked = importparts.counts(ready)
        run_id = importparts.begin(act, ready.kind, asked, digest="0" * 64, name=file.name).id or 0
        attempt = importparts.claim(act, run_id, importparts.COMMAND, alone=False) or 0
    for _ in import_large.put(outside, run_id, attempt, ready):
        pass
    seconds = _since(at)
    assert ready.new == len(table.rows)
    return seconds


def _executemany(file: Path, work: Path) -> Took:
    """The rows that `_write` has left, as they stand in its table, into the same table of an empty office."""
    with sqlite3.connect(work / "write.db") as source:
        rows = source.execute("SELECT * FROM entity").fetchall()
    _office(work / "bare.db").dispose()
    target = sqlite3.connect(work / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        target.execute(f"PRAGMA {pragma}")
    at = _now()
    target.execute("BEGIN IMMEDIATE")
    target.executemany(f"INSERT INTO entity VALUES ({','.join('?' * len(rows[0]))})", rows)
    target.execute("COMMIT")
    return _since(at)


def _table(file: Path) -> Table:
    return sheets.read(file.name, file.read_bytes(), None, LARGE)


def _office(path: Path) -> Engine:
    path.unlink(missing_ok=True)
    KEYRING.use(hall.KEY)
    engine = open_store(f"sqlite:///{path}")
    tables.METADATA.create_all(engine)
    with writing(engine) as session:
        founding = Act(session, NOW, None, load(POLICY), bytes, "cli")
        office.establish(founding, name="示例市双随机办", policy=POLICY, admin="示例管理员")
    return engine


def _peak() -> float:
    """The most memory of this process so far, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


_STEPS: dict[str, Callable[[Path, Path], Took]] = {
    "calamine": _calamine,
    "ours": _ours,
    "openpyxl": _openpyxl,
    "write": _write,
    "executemany": _executemany,
    "again": _again,
    "later": _later,
}


def main() -> None:
    """A step in this process, or a whole run of so many rows."""
    if sys.argv[1] in _STEPS:
        print(json.dumps([*_STEPS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3])), _peak()]))
        return
    print(machine.describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="qiantong-bench-import-") as work:
        for figure in measure(Path(work), int(sys.argv[1])):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
