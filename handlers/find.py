"""查找: an entity, inspector, expert or item, its card with history, and the buttons to keep it true (DESIGN §12)."""

from handlers import addition, byhand, history, rowhistory
from handlers.answer import Answer, Key, column, key, rows
from handlers.registry import Ask, button, command, form
from models import dialogue, lookup, visit
from models.act import Act, Refused
from models.lookup import Barred
from models.people import Unit
from models.words import EntityState, InspectorState, Role, chinese
from templates.texts import Html, lines, say

_CANCEL = key("取消", "cancel")


@command(
    "find",
    "查找",
    "查找检查对象、检查人员、专家和事项，请假、回避、更正",
    roles={Role.STAFF, Role.ADMIN},
    who="工作人员",
)
def find(ask: Ask) -> Answer | None:
    """Look at once where the words come along, else ask for them."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    if ask.text:
        return _search(ask)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "find", {}, ask.act.now)
    return Answer(say("find.what"), column(_CANCEL))


@form("find")
def given(ask: Ask) -> Answer | None:
    """What is to be found."""
    if ask.file is not None:
        return Answer(say("find.what"), column(_CANCEL))
    answer = _search(ask)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return answer


@button("find_entity")
def entity(ask: Ask) -> Answer | None:
    """The card of an entity."""
    return _entity(ask, ask.number())


@button("find_inspector")
def inspector(ask: Ask) -> Answer | None:
    """The card of an inspector."""
    return _inspector(ask, ask.number())


@button("find_expert")
def expert(ask: Ask) -> Answer | None:
    """The card of an expert."""
    return _expert(ask, ask.number())


@button("find_item")
def item(ask: Ask) -> Answer | None:
    """The card of an item."""
    return _item(ask, ask.number())


def _search(ask: Ask) -> Answer:
    found = lookup.search(ask.act, ask.text)
    if not found:
        return Answer(say("find.nothing", text=ask.text[:40]), (tuple(addition.ways_in()),))
    if len(found) == 1:
        return _FACES[found[0].kind](ask, found[0].id)
    keys = [key(f"{each.name[:30]} · {each.label[-6:]}", f"find_{each.kind}", each.id) for each in found]
    kinds = [each.kind for each in found]
    if max(kinds.count(kind) for kind in kinds) >= lookup.LIMIT:
        return Answer(say("find.many", limit=lookup.LIMIT), column(*keys))
    return Answer(say("find.several", n=len(found)), column(*keys))


def _entity(ask: Ask, number: int) -> Answer:
    act = ask.act
    found, past = lookup.of_entity(act, number)
    text = say(
        "find.entity",
        name=found.name,
        label=found.label,
        kind=found.kind or "—",
        district=found.district or "—",
        address=found.address or "—",
        more=_more(("行业", found.industry), ("标签", "、".join(found.tags)), ("许可证", found.licences)),
        risk=found.risk_class or "—",
        state=chinese(EntityState(found.state)),
        contact=lookup.masked(found.contact) or "—",
        phone=lookup.masked(found.phone) or "—",
    )
    barred = lookup.barred(act, entity_id=number)
    keys = [
        key("变更状态", "state", number),
        key("登记回避", "bar", "entity", number),
        key("登记一次检查", "hand", number),
        key("更正", "fix", "entity", number),
        *byhand.publish_keys(act, number),
    ]
    visits, all_visits = history.on_card("entity", number, past)
    changes, more = rowhistory.on_card(act, "entity", number)
    keys += all_visits + more
    shown = (text, _cap(act, number, found.risk_class), *map(_barred, barred), *visits, *changes)
    return Answer(lines(*shown), (*rows(keys, 2), *column(*_lifts(barred))))


def _inspector(ask: Ask, number: int) -> Answer:
    act = ask.act
    found, past = lookup.of_inspector(act, number)
    text = say(
        "find.inspector",
        name=found.name,
        label=found.label,
        unit=act.session.get_one(Unit, found.unit_id).name,
        state=chinese(InspectorState(found.state)),
        tags="、".join(found.specialties) or "—",
        until=found.valid_until.isoformat(),
        phone=lookup.masked(found.phone) or "—",
    )
    away = ""
    keys = [key("请假", "away", number)]
    if found.away_from is not None:
        last = found.away_to.isoformat() if found.away_to else "（没有写明）"
        away = say("find.away", first=found.away_from.isoformat(), last=last)
        keys.append(key("取消请假", "away_end", number))
    other = InspectorState.LEFT if found.state == InspectorState.ACTIVE else InspectorState.ACTIVE
    keys += [
        key("登记回避", "bar", "inspector", number),
        key("换证", "renew", number),
        key("更正", "fix", "inspector", number),
        key(f"改为{chinese(other)}", "post_ask", number, other),
    ]
    barred = lookup.barred(act, inspector_id=number)
    visits, all_visits = history.on_card("inspector", number, past)
    changes, more = rowhistory.on_card(act, "inspector", number)
    keys += all_visits + more
    shown = lines(text, away, *map(_barred, barred), *visits, *changes)
    return Answer(shown, (*rows(keys, 2), *column(*_lifts(barred))))


def _expert(ask: Ask, number: int) -> Answer:
    found, drawn = lookup.of_expert(ask.act, number)
    unit = ask.act.session.get(Unit, found.unit_id) if found.unit_id else None
    text = say(
        "find.expert",
        name=found.name,
        label=found.label,
        state="在库" if found.active else "退出",
        field=found.field or "—",
        title=found.title or "—",
        employer=found.employer or "—",
        until=found.valid_until.isoformat() if found.valid_until else "—",
        unit=unit.name if unit else "全办",
        phone=lookup.masked(found.phone) or "—",
    )
    past = [
        say("find.expert_drawn", at=f"{each.drawn_at:%Y-%m-%d}", serial=each.serial or "—", task=task.name)
        for each, task in drawn
        if each.drawn_at
    ]
    keys = [
        key("更正", "fix", "expert", number),
        key("改为退出" if found.active else "改为在库", "expert_ask", number, int(not found.active)),
    ]
    return Answer(lines(text, *(past or [say("find.no_history")])), rows(keys, 2))


def _item(ask: Ask, number: int) -> Answer:
    found = lookup.of_item(ask.act, number)
    text = say(
        "find.item",
        name=found.name,
        code=found.code,
        category=found.category,
        version=found.version,
        state="有效" if found.active else "停用",
        basis=found.basis.strip() or say("find.no_basis"),
        published=found.published_on.isoformat() if found.published_on else "没有公布",
    )
    keys = [key("改写依据" if found.basis.strip() else "补上依据", "basis", number)]
    if found.basis.strip() and found.published_on is None:
        keys.append(key("登记今天公布", "item_public", number))
    keys.append(key("更正", "fix", "item", number))
    changes, more = rowhistory.on_card(ask.act, "item", number)
    return Answer(lines(text, *changes), rows([*keys, *more], 2))


def _more(*said: tuple[str, str]) -> str:
    """A line of what not every entity has."""
    there = [f"{title} {text}" for title, text in said if text]
    return "\n" + "　".join(there) if there else ""


_FACES = {"entity": _entity, "inspector": _inspector, "expert": _expert, "item": _item}


def _cap(act: Act, number: int, risk_class: str) -> Html:
    scheme = act.policy.risk_class(risk_class)
    if scheme is None or scheme.yearly_cap is None:
        return Html("")
    count = visit.counted(act.session, act.now.year).get(number, 0)
    return say("find.capped", n=count, cap=scheme.yearly_cap) if count >= scheme.yearly_cap else Html("")


def _barred(each: Barred) -> Html:
    only = say("find.barred_only", task=each.task) if each.task else ""
    return say("find.barred", other=each.other, reason=each.reason, only=only)


def _lifts(barred: list[Barred]) -> list[Key]:
    return [key(f"解除回避：{each.other[:20]}", "lift", each.id) for each in barred[:10]]
