"""复核抽取: every announcement there ever was, with its state; checked on the spot, or taken along (PROTOCOL §9)."""

from dataclasses import replace

from handlers import archive
from handlers.answer import Answer, Key, column, key
from handlers.phrases import groups, marks
from handlers.registry import Ask, button, command
from handlers.witness import public_keys
from models import draw
from models.plan import Task
from models.words import DrawState, Role, chinese
from templates.texts import lines, say

_OVERSEERS = {Role.STAFF, Role.ADMIN, Role.LEADER}
_PAGE = 10


@command("verify", "复核抽取", "查看每次抽取的摘要，当场复核，取走记录文件", who="已绑定人员")
def verify_list(ask: Ask) -> Answer | None:
    """The newest announcements, one button each, and whether the whole chain of them is there; 核验文书 too."""
    shown = _list(ask, None)
    return replace(shown, keys=(*shown.keys, (key("核验文书", "check_document"),))) if ask.private else shown


@button("verify_list")
def earlier(ask: Ask) -> Answer | None:
    """Those before a serial: nothing that was ever announced goes out of sight."""
    return _list(ask, ask.number())


def _list(ask: Ask, before: int | None) -> Answer:
    session = ask.act.session
    found = draw.newest(session, _PAGE + 1, before=before)
    if not found:
        return Answer(say("draw.nothing_drawn"))
    keys: list[Key] = [
        key(
            f"第 {each.serial} 号 · {task.plan_no} · {_mark(each)}{chinese(DrawState(each.state))}",
            "verify",
            each.id or 0,
        )
        for each, task in found[:_PAGE]
    ]
    if len(found) > _PAGE:
        keys.append(key("更早的公告", "verify_list", found[_PAGE - 1][0].serial))
    broken = draw.broken_links(session)
    chain = "".join(broken) if broken else say("draw.chain_whole", n=draw.last_serial(session))
    return Answer(lines(say("draw.verify_choose"), chain), column(*keys), edit=before is not None)


def _mark(drawn: draw.Draw) -> str:
    return "演练 · " if draw.is_rehearsal(drawn) else ""


@button("verify")
def verify(ask: Ask) -> Answer | None:
    """Check a record now, line by line."""
    from models.verify import verify as check

    drawn = draw.get(ask.act.session, ask.number())
    record = draw.record_of(drawn)
    checks = check(record, draw.files_of(ask.act.session, drawn), [drawn.digest])
    signs = {"ok": "✓", "failed": "✗", "unchecked": "－"}
    task = ask.act.session.get_one(Task, drawn.task_id)
    supervises = ask.private and ask.act.may(_OVERSEERS, task.unit_id or 0)
    # What a failed check says may name an entity or the code: only those who supervise read it.
    shown = [
        f"{signs[each.result]} {each.name}" + (f"：{each.detail}" if supervises or each.result == "ok" else "")
        for each in checks
    ]
    result = "draw.verified" if all(each.result == "ok" for each in checks) else "draw.not_verified"
    head = say(
        "draw.verify_head",
        serial=drawn.serial,
        state=chinese(DrawState(drawn.state)),
        digest=groups(drawn.digest),
    )
    text = lines(head, *marks(record["announcement"]), *shown, say(result))
    keys = public_keys(drawn) if drawn.revealed_at is not None else []
    if supervises:
        keys.append(key("全部版复核网页", "verify_page_full", drawn.id or 0))
        keys.append(key("取全部文件", "record_full", drawn.id or 0))
    return Answer(text, column(*keys))


@button("verify_page")
def verify_page(ask: Ask) -> Answer | None:
    """复核网页: the public edition as a page that recomputes it wherever it is opened."""
    drawn = draw.get(ask.act.session, ask.number())
    return Answer(
        say("draw.verify_page", serial=drawn.serial),
        file=archive.public_page(ask.act, drawn),
        privately=True,
        toast="" if ask.private else "复核网页已私信发给您",
    )


@button("verify_page_full")
def verify_page_full(ask: Ask) -> Answer | None:
    """The same with everything in it, for those who supervise; it never goes to a group."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.full_page(ask.act, drawn)
    ask.act.record("hand_out_record", "draw", drawn.id)
    return Answer(say("draw.verify_page_full", serial=drawn.serial), file=file, privately=True)


@button("record_public")
def record_public(ask: Ask) -> Answer | None:
    """The public edition as one archive: record and files."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.public_archive(ask.act, drawn)
    return Answer(say("draw.public_files", serial=drawn.serial), file=file, privately=True)


@button("record_full")
def record_full(ask: Ask) -> Answer | None:
    """The full edition, for those who supervise; it holds names and the code, so it never goes to a group."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.full_archive(ask.act, drawn)
    ask.act.record("hand_out_record", "draw", drawn.id)
    return Answer(say("draw.full_files", serial=drawn.serial), file=file, privately=True)


@button("verify_how")
def verify_how(ask: Ask) -> Answer | None:
    """怎样复核."""
    drawn = draw.get(ask.act.session, ask.number())
    return Answer(
        say("draw.verify_how", serial=drawn.serial, digest=drawn.digest),
        column(key("现在复核", "verify", drawn.id or 0)),
        privately=True,
        toast="" if ask.private else "说明已私信发给您",
    )
