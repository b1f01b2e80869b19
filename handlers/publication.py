"""公示: one list of what waits to be published, whatever it is, its papers, and 登记公示 (DESIGN §5.5)."""

from collections.abc import Sequence

from handlers import registry
from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, form, notice
from models import backfill, dialogue, draw, publication, publishing
from models.act import Act, Refused
from models.outbox import Outbox
from models.plan import Task
from models.publishing import Owed
from models.words import Role
from templates.texts import Html, lines, say

# A message that people read on a phone holds so many.
_SHOWN = 20
_CANCEL = key("取消", "cancel")
# The paper that goes with each kind: its label and its button, by the kind's group.
_PAPERS = {
    publishing.RESULTS: ("公示表 .docx", "doc_publication"),
    publishing.PLAN: ("计划表 .docx", "doc_plan_version"),
    publishing.WORK_PLAN: ("工作方案 .docx", "doc_work_plan"),
}


@command("publish", "公示", "查看待公示的内容，登记公示", roles={Role.STAFF, Role.ADMIN}, who="工作人员")
def pending(ask: Ask) -> Answer | None:
    """One 待公示 list: results, plans, work plans, disposals, items, the most urgent first."""
    publishing.owe(ask.act)
    backfill.owe(ask.act)
    found = publishing.pending(ask.act)
    waiting = len(backfill.pending(ask.act))
    platform = [key(f"平台回填（{waiting} 项）", "backfills")] if waiting else []
    if not found:
        return Answer(say("publication.none"), column(*platform))
    more = say("publication.more", n=len(found) - _SHOWN) if len(found) > _SHOWN else ""
    shown = [_line(ask.act, each) for each in found[:_SHOWN]]
    rows = [_keys(each) for each in found[:_SHOWN]]
    return Answer(lines(say("publication.list"), *shown, more), (*rows, *column(*platform)))


def _line(act: Act, owed: Owed) -> Html:
    late = say("publication.late") if owed.due < act.now.date() else ""
    return say(
        "publication.line",
        kind=publishing.NAMES[owed.kind],
        title=owed.title if owed.title != publishing.NAMES[owed.kind] else "",
        n=owed.count,
        unit=publishing.UNITS[owed.kind],
        due=f"{owed.due.month} 月 {owed.due.day} 日",
        estimated=say("report.estimated") if owed.estimated else "",
        late=late,
    )


def _keys(owed: Owed) -> tuple[Key, ...]:
    """登记公示 of one line, with its paper where there is one; the label begins with which line is meant."""
    name = owed.title.split()[0][:14]
    if owed.kind == publishing.PLAN:
        name = f"计划第 {owed.title.rpartition(' 第 ')[2]}"
    what = {publishing.WORK_PLAN: " 方案", publishing.DISPOSALS: " 处理结果"}.get(owed.kind, "")
    found = []
    if owed.kind in _PAPERS and _PAPERS[owed.kind][1] in registry.BUTTONS:
        label, button_ = _PAPERS[owed.kind]
        found.append(key(f"{name} {label}", button_, owed.group))
    return (*found, key(f"{name}{what} 登记公示", "publish", owed.group, owed.kind))


@notice("all_checked")
def all_checked(act: Act, row: Outbox) -> Answer | None:
    """To the staff: everything is checked, the table is ready."""
    drawn = draw.get(act.session, int(row.data["draw"]))
    task = act.session.get_one(Task, drawn.task_id)
    keys = column(key("公示表 .docx", "doc_publication", drawn.id or 0), key("登记公示", "publish", drawn.id or 0))
    return Answer(say("publication.ready", no=task.plan_no, name=task.name), keys)


@button("publish")
def where(ask: Ask) -> Answer | None:
    """登记公示: through which channel. Without a kind it is the results of a draw."""
    if not ask.private:
        raise Refused("请在与我的私聊里登记公示。")
    return _where(ask, ask.args[1] if len(ask.args) > 1 else publishing.RESULTS, ask.number())


@button("plan_publish")
def of_version(ask: Ask) -> Answer | None:
    """登记公示 of a version of the plan on a message of a former version."""
    return _where(ask, publishing.PLAN, ask.number())


def _where(ask: Ask, kind: str, group: int) -> Answer:
    title = publishing.named(ask.act, kind, group)
    channels: Sequence[str] = ask.act.policy.publication.channels
    keys = [key(name, "publish_on", group, n, kind) for n, name in enumerate(channels)]
    if kind not in (publishing.RESULTS, publishing.BY_HAND):
        keys.append(key("不公示，写明理由", "publish_not", group, kind))
    return Answer(say("publication.where", title=title), column(*keys, _CANCEL))


@button("publish_not")
def not_at_all(ask: Ask) -> Answer | None:
    """不公示: asks why."""
    title = publishing.named(ask.act, ask.args[1], ask.number())
    data = {"group": ask.number(), "kind": ask.args[1]}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "publish_not", data, ask.act.now)
    return Answer(say("publication.why_not", title=title), column(_CANCEL), edit=True)


@form("publish_not")
def reason(ask: Ask) -> Answer | None:
    """Why something is not published."""
    if ask.dialogue is None or not ask.text.strip():
        return Answer(say("visit.reason_as_text"))
    kind = str(ask.dialogue.data["kind"])
    count = publishing.waive(ask.act, kind, int(ask.dialogue.data["group"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    values = {"kind": publishing.NAMES[kind], "n": count, "unit": publishing.UNITS[kind], "reason": ask.text.strip()}
    return Answer(say("publication.waived", **values))


@button("publish_on")
def link(ask: Ask) -> Answer | None:
    """The link, or 没有链接."""
    data = {
        "draw": ask.number(),
        "channel": ask.act.policy.publication.channels[ask.number(1)],
        "kind": ask.args[2] if len(ask.args) > 2 else publishing.RESULTS,
    }
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "publish", data, ask.act.now)
    return Answer(say("publication.link"), column(key("没有链接", "publish_done"), _CANCEL), edit=True)


@form("plan_publish")
@form("publish")
def link_text(ask: Ask) -> Answer | None:
    """The link as text."""
    if not ask.text.startswith(("http://", "https://")):
        return Answer(say("publication.link_wrong"))
    return _register(ask, ask.text)


@button("publish_done")
def without_link(ask: Ask) -> Answer | None:
    """Registered without a link."""
    return _register(ask, "")


def _register(ask: Ask, text: str) -> Answer:
    if ask.dialogue is None or ask.dialogue.form not in {"publish", "plan_publish"}:
        raise Refused("这次登记已经完成或者取消。请重新发送 /publish。")
    data = dict(ask.dialogue.data)
    if "version" in data:  # a form that a former version opened
        data |= {"draw": data["version"], "kind": publishing.PLAN}
    kind, group = str(data.get("kind", publishing.RESULTS)), int(data["draw"])
    count, closed = publishing.register(ask.act, kind, group, channel=str(data["channel"]), link=text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    unit = publishing.UNITS[kind]
    done = say("publication.registered", kind=publishing.NAMES[kind], n=count, unit=unit, channel=data["channel"])
    if kind != publishing.RESULTS:
        return Answer(done)
    return Answer(lines(done, say("publication.closed") if closed else _left(ask, group)))


def _left(ask: Ask, draw_id: int) -> Html:
    """What keeps a task from being closed, in figures, and where to go on."""
    unpublished, measures = publication.left(ask.act.session, draw_id)
    return lines(
        say("publication.left_visits", n=unpublished) if unpublished else "",
        say("publication.left_followups", n=measures) if measures else "",
    )
