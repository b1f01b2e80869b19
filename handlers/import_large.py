"""A large import beside the chat: what its process does, and what whoever imported is told of it."""

import gc
import time
from collections.abc import Generator

from handlers import gone, preview
from handlers.answer import Answer, Key, column, key
from handlers.gone import Made
from handlers.outside import Outside
from handlers.preview import Dropped, Shown
from handlers.registry import notice
from models import importparts, importrun, intake
from models.act import Act, Refused
from models.importrun import ImportRun, RunState
from models.intake import Preview
from models.outbox import Outbox
from templates.columns import KIND_NAMES
from templates.sheets import Limits
from templates.texts import Html, lines, say

Progress = Generator[int, None, None]

_PAUSE = 0.03
"""Seconds that lie between two parts at least: whoever waits for SQLite looks again after 25 ms at first."""


def shown(act: Act, file: Dropped, data: bytes) -> Shown:
    """What a large file shows (preview.shown). A process of its own does it."""
    gc.disable()  # all that is read stays: to look for cycles among it again and again finds nothing
    return preview.shown(act, file, data)


def lacking(act: Act, file: Dropped, data: bytes) -> tuple[list[int], Made]:
    """What of the register a large file lacks (gone.made). A process of its own does it."""
    gc.disable()
    ids = [each for each in intake.preview(act, preview.read(act, file, data)).gone_ids if isinstance(each, int)]
    return ids, gone.made(act, file.kind or "", ids)


def written(act: Act, run_id: int, attempt: int, data: bytes, limits: Limits | None) -> Progress:
    """Write a run that was taken up, part by part; yields how many rows are done. A process of its own does it."""
    gc.disable()
    outside = Outside.instead(act)
    with outside.reading() as now:
        run = importrun.get(now.session, run_id)
        table = preview.read(now, Dropped(run.name, run.digest, run.kind), data, limits)
        ready = intake.preview(now, table)
        if not run.done and importparts.counts(ready) != run.asked:
            raise Refused(say("registers.moved_meanwhile"))
    yield from put(outside, run_id, attempt, ready)


def put(outside: Outside, run_id: int, attempt: int, ready: Preview) -> Progress:
    """Write what was judged, part by part; yields how many rows are done."""
    given, ended = importparts.rows(outside.act, ready), 0.0
    for part in importparts.parts(outside.act, outside.dialect, given):
        # Others had their turn while this part was made ready; where that was quick, they have the rest of it now.
        time.sleep(max(0.0, ended + _PAUSE - time.monotonic()))
        with outside.writing() as now:
            done = importparts.write(now, run_id, attempt, part)
        ended = time.monotonic()
        yield done
    time.sleep(_PAUSE)
    with outside.writing() as now:
        importparts.finish(now, run_id, attempt, ready, given)


def undone(act: Act, run_id: int, attempt: int) -> Progress:
    """Undo a run that was taken up, as `put_back`. A process of its own does it."""
    gc.disable()
    yield from put_back(Outside.instead(act), run_id, attempt)


def put_back(outside: Outside, run_id: int, attempt: int) -> Progress:
    """Undo a run, part by part, if nothing was built on it; yields how many rows are put back."""
    with outside.reading() as now:
        importparts.obstacles(now, run_id)
    while True:
        with outside.writing() as now:
            done = importparts.undo(now, run_id, attempt)
            if done is None:
                importparts.finish_undo(now, run_id, attempt)
                return
        yield done
        time.sleep(_PAUSE)


@notice(importparts.TOLD)
def told(act: Act, row: Outbox) -> Answer | None:
    """How far a run is, or what became of it."""
    run = importrun.get(act.session, row.data["run"])
    said = row.data["said"]
    if said in (RunState.WRITING, RunState.UNDOING):
        return Answer(_progress(run, said, row.data["done"]))
    kind, over = KIND_NAMES[run.kind], run.undone_at is not None
    if said == "done":
        text = lines(
            say("registers.done", kind=kind, new=f"{run.new:,}", changed=f"{run.changed:,}"),
            say("registers.done_left", n=f"{run.left:,}") if run.left else "",
            say("registers.done_refused", n=f"{run.asked[3]:,}") if run.asked[3] else "",
        )
        return Answer(text, () if over else column(undo_key(run)))
    if said == "undone":
        kept = run.new + run.changed - run.done
        text = lines(
            say("registers.undone", kind=kind, new=f"{run.new:,}", changed=f"{run.changed:,}"),
            say("registers.undone_but", n=f"{kept:,}") if kept else "",
        )
        return Answer(text)
    inside = run.new + run.changed
    total = inside if said == "undo_stopped" else run.total
    values = {"kind": kind, "reason": run.reason, "done": f"{run.done:,}", "total": f"{total:,}"}
    if said == "undo_stopped":
        name = "registers.undo_stopped" if run.done else "registers.undo_refused"
        return Answer(say(name, **values), () if over else column(undo_key(run)))
    keys = [key("重新预览", "import_again", run.id or 0), *([undo_key(run)] if inside else [])]
    return Answer(
        say("registers.stopped" if inside else "registers.not_begun", **values), () if over else column(*keys)
    )


def undo_key(run: ImportRun, label: str = "撤销导入") -> Key:
    """撤销导入 of one run."""
    return key(label, "import_undo", run.id or 0)


def _progress(run: ImportRun, said: str, done: int) -> Html:
    """How far a run is, or how far it came."""
    undoing = said == RunState.UNDOING
    total = run.new + run.changed if undoing else run.total
    if run.state == said:
        name = "registers.undoing" if undoing else "registers.writing_part"
    else:
        name = "registers.undid" if undoing else "registers.wrote"
    return say(name, name=run.name, kind=KIND_NAMES[run.kind], done=f"{done:,}", total=f"{total:,}")
