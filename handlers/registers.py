"""导入: a table dropped into the private chat → preview with every row that cannot be taken → 确认 writes it."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

from handlers import gone, import_large, preview, registry
from handlers.answer import Answer, Key, column, key
from handlers.importlog import log_keys
from handlers.outside import Outside, ticking
from handlers.preview import CANCEL, Dropped, Shown
from handlers.registry import Ask, Incoming, button, command, files, form
from models import audit, dialogue, importparts, intake, missing, people
from models.act import Act, Refused
from models.intake import Preview, Written
from models.words import Role
from templates.columns import KIND_NAMES
from templates.grid import weight
from templates.texts import Html, lines, say

IMPORTERS = frozenset({Role.STAFF, Role.ADMIN})

# What a person drops when a table is meant; anything else is left to the other conversations.
TABLES = frozenset({".xlsx", ".csv", ".docx", ".xls", ".xlsm", ".xlsb", ".ods", ".et", ".tsv", ".txt", ".doc"})

Tell = Callable[[Html], None]

LARGE = 1_000_000
"""The weight (grid.weight) from which on a file is read beside the chat: a tenth of a second, some 6,000 rows."""


@command("import", "导入", "导入名录库、事项清单或者年度计划", roles=IMPORTERS, who="工作人员")
def import_(ask: Ask) -> Answer | None:
    """Ask for the file; it may as well be dropped without asking."""
    if not ask.private:
        raise Refused(say("registers.private_only"))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "import", {}, ask.act.now)
    return Answer(say("registers.ask_file"), column(*log_keys(ask.act), CANCEL))


@files
def dropped(ask: Ask) -> Answer | None:
    """A table dropped into the private chat by somebody who may import, and not as an answer to anything."""
    file = ask.file
    if file is None or not ask.private or ask.reply_to is not None or not _is_table(file):
        return None
    if not people.roles(ask.act.session, ask.act.person_id) & IMPORTERS:
        return None
    return look(ask, file.name, file.data)


@form("import")
def given(ask: Ask) -> Answer | None:
    """A table while the import is open: looked at, in place of one before it. Other files go where they belong."""
    if ask.file is not None and _is_table(ask.file):
        return look(ask, ask.file.name, ask.file.data)
    if ask.file is not None:
        for run in registry.FILES:
            answer = run(ask)
            if answer is not None:
                return answer
        if ask.file.kind == "document":
            # No table, and nobody else's: the reader says what it is and what to do.
            return look(ask, ask.file.name, ask.file.data)
    waiting = ask.dialogue is not None and ask.dialogue.data.get("counts")
    return Answer(say("registers.want_answer" if waiting else "registers.want_file"), column(CANCEL))


@button("import_kind")
def chosen(ask: Ask) -> Answer | None:
    """The person says which of several kinds the file is."""
    name, data = kept(ask)
    return look(ask, name, data, kind=ask.args[1])


@button("import_task")
def task(ask: Ask) -> Answer | None:
    """The person says which task a list drawn on a platform belongs to."""
    name, data = kept(ask)
    return look(ask, name, data, kind="platform", task=ask.number(1))


@button("import_again")
def again(ask: Ask) -> Answer | None:
    """The file of an import that was stopped, looked at once more: what is in already shows as the same."""
    if not ask.private:
        raise Refused(say("registers.private_only"))
    run = intake.found(ask.act, ask.number())
    try:
        data = ask.kit.read_file(run.digest)
    except FileNotFoundError as error:
        raise Refused(say("registers.file_gone")) from error
    return look(ask, run.name, data, kind=run.kind)


@button("gone_file")
def lacking(ask: Ask) -> Answer | None:
    """What of the register a previewed file lacks, as a list."""
    if not ask.private:
        raise Refused(say("registers.private_only"))
    try:
        digest = base64.urlsafe_b64decode(f"{ask.args[0]}=").hex()
        file, data = Dropped("", digest, missing.KINDS[ask.number(1)]), ask.kit.read_file(digest)
    except (FileNotFoundError, ValueError, IndexError) as error:
        raise Refused(say("registers.file_gone")) from error
    if weight(data) < LARGE:
        found = intake.preview(ask.act, preview.read(ask.act, file, data)).gone_ids
        return gone.gone_answer(ask, file.kind or "", [each for each in found if isinstance(each, int)])
    later = partial(_lacking_later, ask, data, file)
    return Answer(say("registers.reading_list"), work=_beside(ask, later))


def _lacking_later(ask: Ask, data: bytes, file: Dropped, outside: Outside, tell: Tell) -> Answer:
    ids, made = ask.kit.apart(import_large.lacking, outside.act, file, data, lambda _: None)
    with outside.writing() as act:
        found = gone.listed(replace(ask, act=act), file.kind or "", ids, made)
    tell(say("gone.made"))
    return found


@button("import_yes")
def confirmed(ask: Ask) -> Answer | None:
    """确认: judged once more against what is there now, and written if it is still what was shown."""
    name, data = kept(ask)
    assert ask.dialogue is not None
    held = ask.dialogue.data
    if held["kind"] in importparts.KINDS and sum(held["counts"][:2]) > importparts.PART:
        importparts.begin(ask.act, held["kind"], held["counts"], digest=held["digest"], name=name)
        dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
        return Answer(say("registers.begun", name=name), edit=True)
    if weight(data) >= LARGE:
        return Answer(say("registers.writing", name=name), work=_beside(ask, partial(_confirm_later, ask, data, held)))
    return _confirm(ask, data, held, _judged(ask.act, data, held))


def _judged(act: Act, data: bytes, held: dict[str, Any]) -> Preview:
    table = preview.read(act, Dropped.of(held), data)
    return intake.preview(act, table, task_id=held.get("task"))


def _confirm(ask: Ask, data: bytes, held: dict[str, Any], ready: Preview) -> Answer:
    """Write what was judged, if it is still what was shown."""
    if importparts.counts(ready) != held.get("counts"):
        anew = preview.shown(ask.act, Dropped.of(held), data)
        return Answer(say("registers.moved_on"), also=(_open(ask, data, anew),))
    done = intake.write(ask.act, ready, digest=held["digest"], name=held["name"])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(_said_done(done, ready), column(*_next_keys(done)), edit=True)


def _confirm_later(ask: Ask, data: bytes, held: dict[str, Any], outside: Outside, tell: Tell) -> Answer:
    """The same beside the chat: read and judged outside any transaction that writes."""
    with outside.reading() as act:
        at = audit.head(act.session)
        ready = _judged(act, data, held)
    with outside.writing() as act:
        open_ = dialogue.current(act.session, ask.chat_id, act.person_id)
        if open_ is None or open_.data != held:
            raise Refused(say("registers.expired"))
        if audit.head(act.session) != at:
            # Something was written meanwhile, perhaps to the same register: it is judged against what is there now.
            ready = _judged(act, data, held)
        return _confirm(replace(ask, act=act, dialogue=open_), data, held, ready)


def _said_done(done: Written, ready: Preview) -> Html:
    return lines(
        say("registers.done", kind=KIND_NAMES[done.kind], new=f"{done.new:,}", changed=f"{done.changed:,}"),
        say("registers.done_refused", n=ready.refused_rows) if ready.refused else "",
        say("registers.done_plan") if done.kind == "plan" else "",
        say("registers.done_people", n=done.enrolled) if done.enrolled else "",
        say("registers.done_platform") if done.draws else "",
    )


def _next_keys(done: Written) -> list[Key]:
    """What follows an import: sending the drawn tasks out, and undoing it."""
    keys = [key("派发任务", "dispatch", each.id or 0) for each in done.draws]
    return [*keys, import_large.undo_key(done.run)] if done.run is not None else keys


def _is_table(file: Incoming) -> bool:
    return file.kind == "document" and PurePath(file.name).suffix.lower() in TABLES


def kept(ask: Ask) -> tuple[str, bytes]:
    """The file of the open preview; refused where the button belongs to an older one."""
    open_ = ask.dialogue
    if open_ is None or open_.form != "import" or open_.data.get("digest", "")[:16] != ask.args[0]:
        raise Refused(say("registers.expired"))
    try:
        return open_.data["name"], ask.kit.read_file(open_.data["digest"])
    except FileNotFoundError as error:
        raise Refused(say("registers.file_gone")) from error


def look(ask: Ask, name: str, data: bytes, *, kind: str | None = None, task: int | None = None) -> Answer:
    """Read and judge a file, keep it for 确认, and show what would happen; or ask what only a person can say.

    A large file is read and judged beside the chat, in a process of its own, and shown when that is done.
    """
    file = Dropped(name, hashlib.sha256(data).hexdigest(), kind, task)
    if weight(data) < LARGE:
        return _open(ask, data, preview.shown(ask.act, file, data))
    later = partial(_open_later, ask, data, file)
    return Answer(say("registers.reading", name=name), work=_beside(ask, later))


def _open_later(ask: Ask, data: bytes, file: Dropped, outside: Outside, tell: Tell) -> Answer:
    found: Shown = ask.kit.apart(
        import_large.shown, outside.act, file, data, ticking(tell, "registers.reading_since", name=file.name)
    )
    with outside.writing() as act:
        return _open(replace(ask, act=act), data, found)


def _open(ask: Ask, data: bytes, found: Shown) -> Answer:
    """Keep a file for the next press where there is one."""
    if found.kept:
        ask.kit.keep_file(data)
    if found.held is None:
        dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    else:
        dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "import", found.held, ask.act.now)
    return found.answer


def _beside(ask: Ask, work: Callable[[Outside, Tell], Answer]) -> Callable[[Tell], tuple[Answer, ...]]:
    """Work on a large file as it goes on in a thread, once the answer that announces it was sent."""
    outside = Outside(ask.act)

    def run(tell: Tell) -> tuple[Answer, ...]:
        answer = work(outside, tell)
        answers = [replace(answer, also=()), *answer.also]
        # What was waited for takes the place of the message that asked to wait; a document needs one of its own.
        at = next((n for n, each in enumerate(answers) if each.file is None), None)
        if at is not None:
            answers[at] = replace(answers[at], edit=True)
        return tuple(answers)

    return run
