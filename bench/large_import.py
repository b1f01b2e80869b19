"""A register of 200,000 entities through the chat, out again, and in by the command line: how long others wait."""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench import hall, import_scale, machine
from bench.figure import Figure
from bench.large_draw import meanwhile
from bot.chat.client import ChatAdmin

ROWS = 200_000
TARGET = 0.5


def measure(work: Path, rows: int = ROWS) -> list[Figure]:
    """The file is dropped, 确认 is pressed, and 撤销导入; the office is a process of its own, as people run it."""
    data, file = work / "data", work / "register.xlsx"
    hall.make(data)
    import_scale.make(file, rows)
    with hall.process(["-m", "bot", "run"], hall.environment(data), work) as office:
        assert office.stdout is not None
        found = asyncio.run(_import(office.stdout.readline().strip().rstrip("/"), file, data))
    figures = []
    for step, (seconds, waits, shown) in found.items():
        middle = sorted(waits)[len(waits) // 2]
        note = f"{step} took {seconds:.1f} s; asked {len(waits)} times, in the middle {middle:.3f} s"
        figures.append(
            Figure(
                f"longest wait of another person for /help while {rows:,} entities come in: {step}",
                f"{max(waits):.2f} s",
                f"at most {TARGET} s",
                max(waits) <= TARGET,
                note + (f"; progress shown {shown} times" if shown else ""),
            )
        )
    return figures


async def _import(address: str, file: Path, data: Path) -> dict[str, tuple[float, list[float], int]]:
    people = await ChatAdmin(address, hall.ADMIN_KEY).sample()
    clerk, other = people["示例工作人员甲"], next(each for name, each in people.items() if "检查人员" in name)
    found = {}
    sent = await clerk.sends_file(file.read_bytes(), name="register.xlsx")
    ready = clerk.until("预览 ·", after=sent, within=hall.PATIENCE)
    preview, found["preview"] = await meanwhile(other, ready, (clerk, clerk.id), "正在读取")
    await clerk.presses("确认", message=preview, wait=0)
    done = clerk.until("已导入", after=preview, within=hall.PATIENCE)
    written, found["writing"] = await meanwhile(other, done, (clerk, clerk.id), "正在写入")
    await clerk.presses("撤销导入", message=written)
    sure = await clerk.until("撤销这次导入", after=written)
    await clerk.presses("确认撤销", message=sure, wait=0)
    undone = clerk.until("已撤销", after=sure, within=hall.PATIENCE)
    _, found["undoing"] = await meanwhile(other, undone, (clerk, clerk.id), "正在撤销")
    command = asyncio.create_task(_command(file, data))
    _, found["command line"] = await meanwhile(other, command, (clerk, clerk.id), "正在写入")
    for person in people.values():
        await person.aclose()
    return found


async def _command(file: Path, data: Path) -> None:
    """`python -m bot import FILE --yes` on the data of the running office."""
    arguments = [sys.executable, "-m", "bot", "import", str(file), "--yes"]
    child = await asyncio.create_subprocess_exec(
        *arguments, env=hall.environment(data), stdout=asyncio.subprocess.DEVNULL
    )
    if await child.wait() != 0:
        raise RuntimeError("the command failed")


def main() -> None:
    """A run of its own: `python -m bench.large_import [ROWS]`."""
    print(machine.describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="qiantong-bench-import-") as work:
        for figure in measure(Path(work), int(sys.argv[1]) if sys.argv[1:] else ROWS):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
