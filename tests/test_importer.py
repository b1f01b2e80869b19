"""The room that writes large imports: what it cannot take up now, it takes up at the next call."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from bot.importer import Importer
from models import importparts
from models.importrun import ImportRun, RunState
from models.policy import Policy
from templates.policies import load
from tests.test_intake import NOW, Office, bureau

__all__ = ["bureau"]


async def test_a_fault_before_a_run_is_taken_up_ends_nothing(bureau: Office) -> None:
    with bureau.act() as act:
        importparts.begin(act, "entity", [1, 0, 0, 0], digest="0" * 64, name="名录.xlsx")
    faults: Iterator[Exception] = iter([ConnectionError("the store went away")])
    ended = asyncio.Event()

    def policy(name: str) -> Policy:
        for fault in faults:
            asked.set()
            raise fault
        return load("qinhuangdao-2022")

    def gone(digest: str) -> bytes:
        raise FileNotFoundError(digest)

    asked = asyncio.Event()
    importer = Importer(
        engine=bureau.engine,
        clock=lambda: NOW,
        policy=policy,
        chat="local",
        simulated=True,
        read_file=gone,
        after=ended.set,
    )
    job = asyncio.create_task(importer.run())
    importer.wake()
    async with asyncio.timeout(10):
        await asked.wait()
        importer.wake()
        await ended.wait()
    (run,) = bureau.all(ImportRun)
    assert (run.state, run.attempt) == (RunState.STOPPED, 1) and "原文件已经不在服务器上" in run.reason
    job.cancel()
    with suppress(asyncio.CancelledError):
        await job
