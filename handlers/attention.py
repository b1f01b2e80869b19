"""名录库: what of the registers needs attention, and the ways in and out (DESIGN §12)."""

from handlers.addition import ways_in
from handlers.answer import Answer, column, key, rows
from handlers.importlog import log_keys
from handlers.registry import Ask, button, command
from models import attention, intake
from models.act import Refused
from models.attention import Need
from models.words import Role
from templates.texts import lines, say

_SHOWN = 30
# The card on which a case can be seen to.
_CARDS = {"entity": "find_entity", "inspector": "find_inspector", "item": "find_item", "plan": "plan_version"}


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
    text = lines(_line(need), *(each.text for each in need.cases[:_SHOWN]), more, say(f"registers.todo_{need.name}"))
    keys = [key(each.name[:20], _CARDS[each.kind], each.id) for each in need.cases[:_SHOWN] if each.kind]
    return Answer(text, rows(keys, 2))


def _title(need: Need) -> str:
    return str(say(f"registers.need_{need.name}"))


def _line(need: Need) -> str:
    return say("registers.need", what=_title(need), n=len(need.cases))


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
