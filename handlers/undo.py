"""撤销导入: today's imports, and undoing one as long as nothing was built on it (DESIGN §4)."""

from handlers.answer import Answer, column, key
from handlers.import_large import undo_key
from handlers.preview import CANCEL
from handlers.registry import Ask, button
from models import importparts, intake
from models.act import Refused
from models.importrun import ImportRun, RunState
from models.people import Person
from templates.columns import KIND_NAMES
from templates.texts import Html, lines, say


@button("imports")
def today(ask: Ask) -> Answer | None:
    """What was imported today, each with a button that undoes it."""
    _private(ask)
    found = intake.undoable(ask.act)
    if not found:
        raise Refused(say("registers.no_imports"))
    keys = [undo_key(run, f"撤销 {run.at:%H:%M} {KIND_NAMES[run.kind]}") for run in found[:10]]
    return Answer(lines(say("registers.imports"), *(_line(ask, run) for run in found[:10])), column(*keys, CANCEL))


@button("import_undo")
def ask_once_more(ask: Ask) -> Answer | None:
    """撤销导入, once more in full before it is done."""
    _private(ask)
    run = intake.found(ask.act, ask.number())
    if run.undone_at is not None:
        raise Refused(say("registers.undone_before"))
    text = lines(say("registers.undo_sure"), _line(ask, run))
    return Answer(text, ((key("确认撤销", "import_undo_yes", run.id or 0), CANCEL),))


@button("import_undo_yes")
def undo(ask: Ask) -> Answer | None:
    """撤销导入 is done, or refused with what stands in the way."""
    _private(ask)
    run = intake.found(ask.act, ask.number())
    if importparts.too_many(run):
        importparts.begin_undo(ask.act, run)
        return Answer(say("registers.undo_begun"), edit=True)
    intake.undo(ask.act, ask.number())
    return Answer(
        say("registers.undone", kind=KIND_NAMES[run.kind], new=f"{run.new:,}", changed=f"{run.changed:,}"), edit=True
    )


def _line(ask: Ask, run: ImportRun) -> Html:
    person = ask.act.session.get(Person, run.person_id) if run.person_id else None
    line = say(
        "registers.import_line",
        at=f"{run.at:%H:%M}",
        kind=KIND_NAMES[run.kind],
        new=f"{run.new:,}",
        changed=f"{run.changed:,}",
        who=person.name if person else "命令行",
    )
    return lines(line, say("registers.import_stopped")) if run.state == RunState.STOPPED else line


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
