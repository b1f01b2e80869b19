"""后续处置: the list, the card of one with its steps, the kinds that staff choose, 转为另一种, and who is told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handlers import followup_paper
from handlers.answer import Answer, Key, column, key, rows
from handlers.registry import Ask, button, command, form, notice
from models import dialogue, followup, people, recheck, result, step, visit
from models.act import Act, NoRight, Refused
from models.entity import Entity
from models.followup import Followup
from models.outbox import Outbox
from models.people import Person
from models.plan import Task
from models.step import Step
from models.visit import Visit
from models.words import Outcome, Role, Stage, StepKind, chinese
from templates.texts import Html, lines, say

_SHOWN = 30
_CANCEL = key("取消", "cancel")
# What staff can do in each stage, first what is most likely; the number of the follow-up comes in between.
_DO = "followup_do"
_TERM = key("定期限", _DO, "term")
_REPORT = key("登记整改报告", _DO, "report")
_APPOINT = key("安排复查", _DO, "appoint")
_RECHECK = key("录入复查结果", _DO, "recheck")
_NEXT: dict[Stage, tuple[Key, ...]] = {
    Stage.TERM: (_TERM,),
    Stage.CORRECTING: (_REPORT, key("改期限", _DO, "term")),
    Stage.REPORTED: (_APPOINT, _RECHECK),
    Stage.APPOINTED: (_RECHECK, key("另行安排复查", _DO, "appoint")),
    Stage.FAILED: (key("另定期限", _DO, "term"),),
    Stage.RECEIVER: (key("写明接收单位", _DO, "receiver"),),
    Stage.SEND: (key("登记送出", _DO, "send"), key("改接收单位", _DO, "receiver")),
    Stage.RECEIPT: (key("登记回执", _DO, "receipt"),),
    Stage.APPROVAL: (key("登记审批", _DO, "approve"),),
    Stage.PLACE: (key("写明列入、公开在哪里", _DO, "place"),),
    Stage.FILE: (key("存入文件", _DO, "keep"),),
    Stage.READY: (key("销号", _DO, "close"),),
}
_ANOTHER = key("转为另一种处置", _DO, "lead")


@command(
    "followup",
    "后续处置",
    "查看和办理后续处置、移送、复查、销号",
    roles={Role.STAFF, Role.ADMIN, Role.INSPECTOR},
    who="工作人员、检查人员",
)
def followups(ask: Ask) -> Answer | None:
    """Open follow-ups, the most urgent first."""
    act = ask.act
    mine = [each for each in followup.pending(act.session) if followup.may_see(act, each[1])]
    more = [key("增加处置种类", "followup_visits")] if people.roles(act.session, act.person_id) & followup.STAFF else []
    if not mine:
        return Answer(say("followup.none"), column(*more), privately=not ask.private)
    steps = step.of_many(act.session, [row.id or 0 for row, _ in mine])
    shown, keys = [], []
    for n, (row, one) in enumerate(mine[:_SHOWN], start=1):
        name = act.session.get_one(Entity, one.entity_id).name
        at = followup.stage(act.policy, row, steps[row.id or 0])
        shown.append(
            say(
                "followup.line",
                n=n,
                entity=name,
                label=followup.words_of(row),
                stage=chinese(at),
                due=_day(row),
                late=_late(act, row),
            )
        )
        keys.append(key(f"{n}　{followup.words_of(row)[:10]} · {name[:12]}", "followup", row.id or 0))
    rest = say("followup.more", n=len(mine) - _SHOWN) if len(mine) > _SHOWN else ""
    title = say("followup.list", n=len(mine))
    return Answer(lines(title, *shown, rest), column(*keys, *more), privately=not ask.private)


@button("followup")
def show(ask: Ask) -> Answer | None:
    """The card of one follow-up: where it stands, what was done, what can be done."""
    return card(ask, ask.number())


@button("close_followup")
def as_before(ask: Ask) -> Answer | None:
    """销号 under a message from before steps were asked for: the card says what is still to be done."""
    return card(ask, ask.number())


@form("close_followup")
def note_as_before(ask: Ask) -> Answer | None:
    """A note that was asked for before an update of the assistant: nothing is closed by it, and the card says why."""
    number = int(ask.dialogue.data["followup"]) if ask.dialogue else 0
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return card(ask, number, note=say("followup.as_before"))


def card(ask: Ask, number: int, *, note: str = "", edit: bool = False) -> Answer:
    """The card, for staff of the unit, the visit's team and who is sent to recheck; `note` stands above it."""
    act = ask.act
    row = act.session.get(Followup, number)
    if row is None:
        raise Refused("没有找到这项后续处置，请重新发送 /followup。")
    one = visit.get(act.session, row.visit_id)
    steps = step.of(act.session, number)
    sent = recheck.appointed(act, row, steps)
    own = visit.inspector_of(act.session, act.person_id)
    rechecks = sent is not None and own is not None and own.id in sent.people
    if not rechecks and not followup.may_see(act, one):
        raise NoRight("这项后续处置属于该户的检查组和工作人员，您不能查看。")
    text = lines(note, *told(act, row, one, steps))
    return Answer(text, _keys(act, row, one, steps, rechecks), edit=edit, privately=not ask.private)


def told(act: Act, row: Followup, one: Visit, steps: Sequence[Step]) -> list[Html]:
    """A follow-up in words: what, where it stands, and every step with its day and who wrote it in."""
    task = act.session.get_one(Task, one.task_id)
    found = result.latest(act.session, one.id or 0)
    before = act.session.get(Followup, row.after_id) if row.after_id else None
    at = followup.stage(act.policy, row, steps)
    opened = row.closed_at is None
    parts = [
        say("followup.head", label=followup.words_of(row), entity=act.session.get_one(Entity, one.entity_id).name),
        say("followup.task", no=task.plan_no, name=task.name),
        say("followup.stage", stage=chinese(at)),
        say("followup.due", due=_day(row), late=_late(act, row)) if opened else "",
        say("followup.after", label=followup.words_of(before)) if before else "",
        say("followup.found", text=found.findings) if found and found.findings else "",
        say("followup.term", day=f"{row.term.month} 月 {row.term.day} 日") if row.term else "",
        say("followup.receiver", text=row.receiver) if row.receiver else "",
        say("followup.place", text=row.place) if row.place else "",
    ]
    return [Html(each) for each in parts if each] + [step_line(act, each) for each in steps]


def step_line(act: Act, each: Step) -> Html:
    """One step as a line: day, what, whether it passed, words, number, files, who."""
    verdict = ""
    if each.passed is not None:
        yes, no = ("受理", "不受理") if each.kind == StepKind.RECEIPT else ("合格", "不合格")
        verdict = f"：{yes if each.passed else no}"
    who = "、".join(each_.name for each_ in recheck.people_of(act.session, each)) if each.people else ""
    said = [
        f"到 {each.due.month} 月 {each.due.day} 日" if each.due and each.kind == StepKind.TERM else "",
        who,
        each.text if each.kind != StepKind.APPOINTED else "",
        each.number,
        f"照片和文件 {len(each.digests)} 份" if each.digests else "",
    ]
    return say(
        "followup.step",
        day=f"{each.day:%m-%d}",
        what=chinese(StepKind(each.kind)) + verdict,
        text="，".join(part for part in said if part),
        by=act.session.get_one(Person, each.by_id).name,
    )


# --- choosing kinds --------------------------------------------------------------------------------------------------


@button("followup_visits")
def which_visit(ask: Ask) -> Answer | None:
    """增加处置种类: of which visit; those with problems, the newest first."""
    keys = []
    for one, entity, labels in result.with_problems(ask.act, _SHOWN):
        short = labels if len(labels) <= 14 else f"{labels[:13]}…"
        keys.append(key(f"{entity.name[:16]}{f'（{short}）' if short else ''}", "followup_add", one.id or 0))
    if not keys:
        return Answer(say("followup.no_visits"), privately=not ask.private)
    return Answer(say("followup.which_visit"), column(*keys), privately=not ask.private)


@button("followup_add")
def kinds(ask: Ask) -> Answer | None:
    """增加处置种类 of a visit: one or several of the profile's kinds."""
    _private(ask)
    followup.may_add(ask.act, ask.number())
    data: dict[str, Any] = {"visit": ask.number(), "chosen": []}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "followup_add", data, ask.act.now)
    return _choose(ask, data, edit=False)


@button("followup_kind")
def toggle(ask: Ask) -> Answer | None:
    """Mark or unmark a kind."""
    data = _data(ask)
    code = followup.choices(ask.act.policy)[ask.number()].code
    chosen = list(data["chosen"])
    data["chosen"] = [each for each in chosen if each != code] if code in chosen else [*chosen, code]
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "followup_add", data, ask.act.now)
    return _choose(ask, data)


@button("followup_open")
def opened(ask: Ask) -> Answer | None:
    """确定: each chosen kind is a follow-up of its own, with what it still needs."""
    data = _data(ask)
    made = followup.add(ask.act, int(data["visit"]), data["chosen"])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    one = visit.get(ask.act.session, int(data["visit"]))
    return Answer(_opened(ask.act, one, made), column(*(_open_key(each) for each in made)), edit=True, toast="已确定")


@form("followup_add")
def buttons_only(ask: Ask) -> Answer | None:
    """While kinds are being chosen only the buttons answer."""
    return Answer(say("followup.use_buttons"))


def _choose(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    act = ask.act
    one = visit.get(act.session, int(data["visit"]))
    chosen = data["chosen"]
    found = result.latest(act.session, one.id or 0)
    standing = {row.measure: row for row in followup.of_visit(act.session, one.id or 0) if row.closed_at is None}
    keys = [
        key(f"{'☑' if each.code in chosen else '☐'} {each.label}", "followup_kind", n)
        for n, each in enumerate(followup.choices(act.policy))
        if each.code not in standing
    ]
    text = lines(
        say("followup.choose", entity=act.session.get_one(Entity, one.entity_id).name),
        say("followup.found", text=found.findings) if found and found.findings else "",
        say("followup.standing", labels="、".join(map(followup.words_of, standing.values()))) if standing else "",
    )
    return Answer(text, column(*keys, key("确定", "followup_open"), _CANCEL), edit=edit)


# --- who is told -----------------------------------------------------------------------------------------------------


@notice("followups_opened")
def ask_staff(act: Act, row: Outbox) -> Answer | None:
    """To whoever sent the task out: a passed result has problems, and what follows has to be settled."""
    one = visit.get(act.session, int(row.data["visit"]))
    made = [each for each in followup.of_visit(act.session, one.id or 0) if each.closed_at is None]
    if not made:
        return None
    found = result.latest(act.session, one.id or 0)
    text = lines(
        _opened(act, one, made), say("followup.found", text=found.findings) if found and found.findings else ""
    )
    return Answer(text, column(*map(_open_key, made), key("增加处置种类", "followup_add", one.id or 0)))


@notice("recheck")
def sent_out(act: Act, row: Outbox) -> Answer | None:
    """To each who is sent to recheck."""
    found = act.session.get_one(Followup, int(row.data["followup"]))
    sent = recheck.appointed(act, found, step.of(act.session, found.id or 0))
    if sent is None or sent.id != int(row.data["step"]):
        return None
    return Answer(recheck_card(act, found, sent), recheck_keys(found))


@notice("rechecked")
def recheck_made(act: Act, row: Outbox) -> Answer | None:
    """To the staff: what the recheck found, and what can be decided now."""
    found = act.session.get_one(Followup, int(row.data["followup"]))
    if found.closed_at is not None:
        return None
    one = visit.get(act.session, found.visit_id)
    steps = step.of(act.session, found.id or 0)
    text = lines(say("followup.rechecked", names=row.data["names"]), *told(act, found, one, steps))
    return Answer(text, _keys(act, found, one, steps, False))


def recheck_card(act: Act, row: Followup, sent: Step) -> Html:
    """What, where, when and with whom to recheck."""
    one = visit.get(act.session, row.visit_id)
    entity = act.session.get_one(Entity, one.entity_id)
    found = result.latest(act.session, one.id or 0)
    names = "、".join(each.name for each in recheck.people_of(act.session, sent))
    return lines(
        say("followup.recheck_card", entity=entity.name, address=entity.address or "—"),
        say("followup.recheck_day", day=f"{sent.day.month} 月 {sent.day.day} 日", names=names),
        say("followup.found", text=found.findings) if found and found.findings else "",
        say("visit.discipline", text=act.policy.discipline),
    )


def recheck_keys(row: Followup) -> tuple[tuple[Key, ...], ...]:
    """What somebody who is sent to recheck can press."""
    number = row.id or 0
    return ((replace(_RECHECK, args=(number, *_RECHECK.args)), key("文书", "followup_papers", number)),)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _keys(act: Act, row: Followup, one: Visit, steps: Sequence[Step], rechecks: bool) -> tuple[tuple[Key, ...], ...]:
    """What this person can do with it now."""
    number = row.id or 0
    at = followup.stage(act.policy, row, steps)
    task = act.session.get_one(Task, one.task_id)
    does: list[Key] = []
    if act.may(followup.STAFF, task.unit_id or 0):
        todo = list(_NEXT.get(at, ()))
        if at == Stage.CORRECTING and row.term is not None and row.term <= act.now.date():
            todo += [_APPOINT, _RECHECK]
        if row.closed_at is None and at != Stage.READY:
            todo.append(_ANOTHER)
        does = [replace(each, args=(number, *each.args)) for each in todo]
        if row.closed_at is not None and row.outcome == Outcome.SETTLED:
            does.append(key("增加处置种类", "followup_add", row.visit_id))
    elif rechecks:
        does = [replace(_RECHECK, args=(number, *_RECHECK.args))]
    if followup_paper.paper_keys(row):
        does.append(key("文书", "followup_papers", number))
    return rows(does, 2)


def _opened(act: Act, one: Visit, made: Sequence[Followup]) -> Html:
    """The follow-ups of a visit that were opened, each with what has to be done first."""
    entity = act.session.get_one(Entity, one.entity_id)
    steps = step.of_many(act.session, [each.id or 0 for each in made])
    shown = [
        say(
            "followup.opened_line",
            label=followup.words_of(each),
            stage=chinese(followup.stage(act.policy, each, steps[each.id or 0])),
            due=_day(each),
        )
        for each in made
    ]
    return lines(say("followup.opened", entity=entity.name, n=len(made)), *shown)


def _open_key(row: Followup) -> Key:
    return key(f"办理：{followup.words_of(row)[:24]}", "followup", row.id or 0)


def _data(ask: Ask) -> dict[str, Any]:
    """The kinds marked so far; a button of a choice that is done says so."""
    if ask.dialogue is None or ask.dialogue.form != "followup_add":
        raise Refused("这次选择已经完成或者取消。请重新发送 /followup。")
    return dict(ask.dialogue.data)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")


def _day(row: Followup) -> str:
    return f"{row.due.month} 月 {row.due.day} 日"


def _late(act: Act, row: Followup) -> Html:
    return say("followup.late") if row.due < act.now.date() else Html("")
