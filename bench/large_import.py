"""A register of 200,000 new entities through the chat, and how long somebody else waits for /help meanwhile."""

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
    """The file is dropped and 确认 is pressed; the office is a process of its own, as people run it."""
    data, file = work / "data", work / "register.xlsx"
    hall.make(data)
    import_scale.make(file, rows)
    with hall.process(["-m", "bot", "run"], hall.environment(data), work) as office:
        assert office.stdout is not None
        found = asyncio.run(_import(office.stdout.readline().strip().rstrip("/"), file.read_bytes()))
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


async def _import(address: str, body: bytes) -> dict[str, tuple[float, list[float], int]]:
    people = await ChatAdmin(address, hall.ADMIN_KEY).sample()
    clerk, other = people["示例工作人员甲"], next(each for name, each in people.items() if "检查人员" in name)
    found = {}
    sent = await clerk.sends_file(body, name="register.xlsx")
    ready = clerk.until("预览 ·", after=sent, within=hall.PATIENCE)
    preview, found["preview"] = await meanwhile(other, ready, (clerk, clerk.id), "正在读取")
    await clerk.presses("确认", message=preview, wait=0)
    done = clerk.until("已导入", after=preview, within=hall.PATIENCE)
    _, found["writing"] = await meanwhile(other, done, (clerk, clerk.id), "正在写入")
    for person in people.values():
        await person.aclose()
    return found


def main() -> None:
    """A run of its own: `python -m bench.large_import [ROWS]`."""
    print(machine.describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="qiantong-bench-import-") as work:
        for figure in measure(Path(work), int(sys.argv[1]) if sys.argv[1:] else ROWS):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
