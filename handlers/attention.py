"""名录库: what of the registers needs attention, and the ways in and out (DESIGN §12)."""

from handlers.addition import ways_in
from handlers.answer import Answer, Key, column, key, rows
from handlers.importlog import log_keys
from handlers.registry import Ask, button, command
from models import attention, intake
from models.act import Refused
from models.attention import Need
from models.words import Role
from templates.texts import Html, lines, say

_SHOWN = 30
# So many cases can be noted by one press; more are not to be overlooked so lightly.
_AT_ONCE = 500
# What the administrator alone settles, with a link to an account.
_ACCOUNTS = frozenset({"accounts", "unbound"})
# The card on which a case can be seen to.
_CARDS = {
    "entity": "find_entity",
    "inspector": "find_inspector",
    "expert": "find_expert",
    "item": "find_item",
    "plan": "plan_version",
}


@command(
    "registers",
    "名录库",
    "查看名录库里需要处理的事项，导出，下载模板",
    roles={Role.STAFF, Role.ADMIN},
    who="工作人员",
)
def show(ask: Ask) -> Answer | None:
    """Counts of what needs attention, a button for each, then export, templates and import."""
    _private(ask)
    found = attention.needs(ask.act)
    told = [_line(need) for need in found] or [say("registers.nothing_needed")]
    keys = [key(f"查看：{_title(need)}", "needs", need.name) for need in found]
    ways = [*ways_in(), key("导出", "export"), key("下载模板", "blank")]
    if intake.undoable(ask.act):
        ways.append(key("撤销导入", "imports"))
    ways += log_keys(ask.act)
    text = lines(say("registers.needs"), *told, say("registers.ways"))
    return Answer(text, (*column(*keys), *rows(ways, 2)))


@button("needs")
def one(ask: Ask) -> Answer | None:
    """The cases of one kind, each with a button to its card."""
    _private(ask)
    need = next((each for each in attention.needs(ask.act) if each.name == ask.args[0]), None)
    if need is None:
        raise Refused(say("registers.need_closed"))
    more = say("registers.need_more", n=len(need.cases) - _SHOWN) if len(need.cases) > _SHOWN else ""
    text = lines(
        _line(need),
        *(each.text for each in need.cases[:_SHOWN]),
        more,
        _todo(ask, need),
        say("registers.need_partly") if need.partly else "",
    )
    return Answer(text, _keys(ask, need))


@button("noted")
def noted(ask: Ask) -> Answer | None:
    """知道了: the cases that were shown are named again only when there is something else to say of them."""
    _private(ask)
    left = attention.note(ask.act, ask.args[0], ask.number(1), ask.args[2])
    more = (key(f"看其余 {len(left.cases)} 项", "needs", left.name),) if left.cases else ()
    text = say("registers.noted", what=_title(left), n=ask.number(1))
    return Answer(text, (more,) if more else (), edit=True, toast="知道了")


def _keys(ask: Ask, need: Need) -> tuple[tuple[Key, ...], ...]:
    """What settles the cases of a need: their cards, links to accounts, or 知道了."""
    cases = need.cases[:_SHOWN]
    cards = [key(each.name[:20], _CARDS[each.kind], each.id) for each in cases if each.kind]
    if need.name in attention.NOTABLE:
        seen = attention.fingerprint(cases)
        if len(cases) == len(need.cases):
            return (*rows(cards, 2), (key("知道了", "noted", need.name, len(cases), seen),))
        some = [key(f"知道了（这 {len(cases)} 项）", "noted", need.name, len(cases), seen)]
        if len(need.cases) <= _AT_ONCE:
            whole = attention.fingerprint(need.cases)
            some.append(key(f"全部知道了（{len(need.cases)} 项）", "noted", need.name, len(need.cases), whole))
        return (*rows(cards, 2), *column(*some))
    if need.name in _ACCOUNTS and attention.may_invite(ask.act):
        links = [key(f"{each.name[:16]} · 发链接", "invite", each.person_id) for each in cases if each.person_id]
        return column(*links)
    return rows(cards, 2)


def _todo(ask: Ask, need: Need) -> Html:
    """What is to be done about the cases of a need, by whoever reads it."""
    if need.name not in _ACCOUNTS:
        return say(f"registers.todo_{need.name}")
    if attention.may_invite(ask.act):
        return say("registers.todo_invite")
    return say("registers.todo_accounts", who="、".join(attention.inviters(ask.act.session)[:3]))


def _title(need: Need) -> str:
    return str(say(f"registers.need_{need.name}"))


def _line(need: Need) -> str:
    return say("registers.need", what=_title(need), n=len(need.cases))


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
