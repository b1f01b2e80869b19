"""The registers on paper: Word tables of items, entities, inspectors and experts, to be printed or published."""

from handlers.answer import Answer, column, key, rows
from handlers.issue import hand_out
from handlers.registry import Ask, button
from models import papers_register, people
from models.act import Refused
from models.act import key as id_of
from models.views_register import RegisterView
from templates.texts import Html, say

LISTS = {
    "item_list": "抽查事项清单",
    "entity_list": "检查对象名录库",
    "inspector_list": "执法检查人员名录库",
    "expert_list": "专家库",
}
_SHOWN = 12


@button("register_papers")
def menu(ask: Ask) -> Answer | None:
    """Which register is wanted as a Word table."""
    _private(ask)
    papers_register.entity_parts(ask.act)  # NoRight for whoever may not have it
    keys = [key(name, f"doc_{kind}") for kind, name in LISTS.items()]
    return Answer(say("paper.registers"), (*rows(keys, 2), *column(key("取消", "cancel"))))


@button("doc_item_list")
def items(ask: Ask) -> Answer | None:
    """抽查事项清单."""
    return _out(ask, papers_register.item_list(ask.act), say("paper.item_list"))


@button("doc_inspector_list")
def inspectors(ask: Ask) -> Answer | None:
    """执法检查人员名录库."""
    return _out(ask, papers_register.inspector_list(ask.act), say("paper.inspector_list"))


@button("doc_expert_list")
def experts(ask: Ask) -> Answer | None:
    """专家库."""
    return _out(ask, papers_register.expert_list(ask.act), say("paper.expert_list"))


@button("doc_entity_list")
def entities(ask: Ask) -> Answer | None:
    """检查对象名录库: all of it, or kind by kind where it is too long."""
    parts = papers_register.entity_parts(ask.act)
    if ask.args:
        if ask.number() >= len(parts):
            raise Refused(str(say("common.button_old")))
        view = papers_register.entity_list(ask.act, parts[ask.number()][0])
    elif len(parts) > 1 and sum(count for _, count in parts) > papers_register.LIMIT:
        keys = [
            key(f"{kind[:14] or '未分类'} {count:,}", "doc_entity_list", at)
            for at, (kind, count) in enumerate(parts[:_SHOWN])
        ]
        return Answer(say("paper.entity_parts", limit=f"{papers_register.LIMIT:,}"), rows(keys, 2))
    else:
        view = papers_register.entity_list(ask.act)
    return _out(ask, view, say("paper.entity_list", n=f"{len(view.rows):,}"))


def _out(ask: Ask, view: RegisterView, text: Html) -> Answer:
    _private(ask)
    root = people.root(ask.act.session)
    return hand_out(ask, view, "unit", id_of(root) if root else 0, text)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(str(say("registers.export_private")))
