"""5,000 检查通知书 of one draw, numbered, packed and merged: how long it takes, and how long the chat waits."""

import asyncio
import hashlib
import time
from dataclasses import replace
from pathlib import Path

from sqlmodel import select

from bench.figure import Figure
from handlers.batch import _Run
from handlers.registry import Kit
from models import tables
from models.entity import Entity
from models.visit import Seat, Visit
from templates.texts import Html

MANY = 5000


def office_of(work: Path, many: int):  # type: ignore[no-untyped-def]
    """The sample office with a draw of so many visits that was sent out; the office and the draw's id."""
    from tests.sample_office import SampleOffice

    office = SampleOffice.opened(work)
    tables.METADATA.create_all(office.engine)
    draw_id = office.dispatched("003")
    with office.act("staff1") as act:
        session = act.session
        model = session.exec(select(Visit).where(Visit.draw_id == draw_id)).first()
        assert model is not None
        entity = session.get_one(Entity, model.entity_id)
        seats = session.exec(select(Seat).where(Seat.visit_id == model.id)).all()
        have = len(office.visits(draw_id))
        for at in range(have + 1, many + 1):
            values = entity.model_dump(exclude={"id"}) | {
                "label": f"91990100MA{at:08d}",
                "name": f"示例第{at}号企业有限公司",
            }
            one = Entity(**values)
            session.add(one)
            session.flush()
            visit = Visit(**model.model_dump(exclude={"id"}) | {"entity_id": one.id, "order": at})
            session.add(visit)
            session.flush()
            session.add_all(Seat(**each.model_dump(exclude={"id"}) | {"visit_id": visit.id}) for each in seats)
    return office, draw_id


async def _run(work: Path, many: int) -> tuple[float, float, int, int]:
    """Seconds in all, the longest that the loop waited, how many files came, and how often progress was said."""
    office, draw_id = office_of(work, many)
    folder = work / "files"
    folder.mkdir(exist_ok=True)

    def keep(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        return digest

    kit = Kit(read_file=lambda digest: (folder / digest).read_bytes(), keep_file=keep)
    with office.act("staff1") as act:
        run = _Run(office.engine, replace(act), kit, draw_id, sign=True)
    told: list[Html] = []
    began = time.perf_counter()
    task = asyncio.create_task(asyncio.to_thread(run, told.append))
    longest, last = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.01)
        now = time.perf_counter()
        longest, last = max(longest, now - last - 0.01), now
    answers = task.result()
    files = [each.file for each in answers if each.file]
    assert all(len(each.data) <= 50 * 2**20 for each in files)
    return time.perf_counter() - began, longest, len(files), len(told)


def measure(work: Path) -> list[Figure]:
    """One run; the files are written into `work`."""
    seconds, longest, files, told = asyncio.run(_run(work, MANY))
    note = f"{files} files under 50 MB, progress said {told} times"
    return [
        Figure(f"{MANY} notices numbered, packed and merged", f"{seconds:.0f} s", "≤ 120 s", seconds <= 120, note),
        Figure("longest wait of the chat meanwhile", f"{longest * 1000:.0f} ms", "≤ 500 ms", longest <= 0.5),
    ]
