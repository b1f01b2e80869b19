"""Dates that staff and administrators set: a deadline moved or added, days of rest entered, a year confirmed."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from sqlmodel import select

from handlers.answer import Answer, column, key, rows
from handlers.deadline import DAYS, LINES, day_text, own_units, what_text
from handlers.registry import Ask, button, form, notice
from models import cells, dialogue, duty, holidays, people, year
from models.act import Act, Refused
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState
from models.outbox import Outbox
from models.people import Person, Unit
from models.words import Role
from templates.texts import Html, lines, say

_STAFF = {Role.STAFF, Role.ADMIN}
_DATE = re.compile(r"((?:\d{4}\s*[年./-]\s*)?\d{1,2}\s*[月./-]\s*\d{1,2}\s*[日号]?)")
_WORKING = {"休": False, "放假": False, "休息": False, "班": True, "上班": True, "补班": True}


@button("dates")
def dates(ask: Ask) -> Answer | None:
    """调整期限: what staff can do about dates."""
    _require(ask)
    today = _today(ask.act)
    known = holidays.calendar(ask.act.session).known_until
    keys = [key("调整一项期限", "date_move"), key("增加一项期限", "date_add"), key("登记放假安排", "date_rest")]
    for each in sorted({today.year, (today + timedelta(days=DAYS)).year}):
        if year.confirmed(ask.act.session, each) is None and year.dates(ask.act.session, each):
            keys.append(key(f"{each} 年全年期限", "date_year", each))
    return Answer(say("schedule.what", known=known.year), column(*keys))


@button("date_move")
def choose(ask: Ask) -> Answer | None:
    """Which deadline is to be moved."""
    _require(ask)
    found = duty.gathered(ask.act, 120)[:LINES]
    if not found:
        raise Refused("今后 120 天没有可以调整的期限。")
    keys = [
        key(
            f"{each.due.deadline.title} {duty.period_text(each.due.deadline)}"
            + (f" · {each.count} 个单位" if each.count > 1 else f" · {each.units[0]}"),
            "date_move_one",
            each.due.deadline.id or 0,
        )
        for each in found
    ]
    return Answer(say("schedule.choose"), column(*keys, key("取消", "cancel")))


@button("date_move_one")
def units(ask: Ask) -> Answer | None:
    """For all units that owe the same, or for one of them."""
    row = _deadline(ask)
    same = _same(ask.act, row)
    if len(same) == 1:
        return _ask_date(ask, [row.id or 0])
    names = {each.id: each.name for each in ask.act.session.exec(select(Unit))}
    keys = [key(str(names[each.unit_id]), "date_move_unit", each.id or 0) for each in same[:20]]
    every = key(f"全部 {len(same)} 个单位", "date_move_all", row.id or 0)
    return Answer(say("schedule.whose", what=_what(ask.act, row)), ((every,), *rows(keys, 2), (key("取消", "cancel"),)))


@button("date_move_all")
def move_all(ask: Ask) -> Answer | None:
    """All units that owe the same report by the same day."""
    return _ask_date(ask, [each.id or 0 for each in _same(ask.act, _deadline(ask))])


@button("date_move_unit")
def move_unit(ask: Ask) -> Answer | None:
    """One unit alone."""
    return _ask_date(ask, [_deadline(ask).id or 0])


@form("date_move")
def moved(ask: Ask) -> Answer | None:
    """The new outer limit and the reason, in one line; nothing is moved before both are understood."""
    if ask.dialogue is None:
        return None
    limit, reason = _date_and_text(ask)
    if not reason:
        raise Refused("请在日期后面写明理由，例如：2026-12-25 上级通知推迟。")
    ids = [int(each) for each in ask.dialogue.data["ids"]]
    rows_ = [duty.move(ask.act, each, limit, reason) for each in ids]
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    row = rows_[0]
    return Answer(
        say(
            "schedule.moved",
            what=say("report.own", title=row.title, period=duty.period_text(row)),
            n=len(rows_),
            limit=day_text(row.limit),
            aim=day_text(row.aim),
            estimated=say("report.estimated") if row.estimated else Html(),
        )
    )


@button("date_add")
def begin(ask: Ask) -> Answer | None:
    """增加期限: for which units."""
    _require(ask)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "date_add", {"units": []}, ask.act.now)
    return _choose_units(ask, [])


@button("date_add_unit")
def toggle(ask: Ask) -> Answer | None:
    """Mark or unmark a unit; 0 stands for all."""
    form_ = _open_form(ask, "date_add")
    able = _reporting(ask.act)
    chosen = {int(each) for each in form_.data["units"]}
    if ask.number() == 0:
        chosen = set() if chosen == set(able) else set(able)
    elif ask.number() in able:
        chosen ^= {ask.number()}
    form_.data = {**form_.data, "units": sorted(chosen)}
    ask.act.session.add(form_)
    return _choose_units(ask, sorted(chosen), edit=True)


@form("date_add")
def added(ask: Ask) -> Answer | None:
    """Date, what, and why, one a line."""
    if ask.dialogue is None:
        return None
    chosen = [int(each) for each in ask.dialogue.data["units"]]
    if not chosen:
        raise Refused("还没有选择单位。请先在上面的按钮中选择，再发送日期和内容。")
    limit, rest = _date_and_text(ask)
    title, _, reason = rest.replace(";", "；").partition("；")
    reason = reason.strip().removeprefix("依据").lstrip("：: ")
    if not title.strip() or not reason.strip():
        raise Refused("请按这个样子写：2026-12-25 专项检查情况；依据市局 12 月 1 日通知。日期、内容、依据缺一不可。")
    made = duty.add(ask.act, title, limit, chosen, reason)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    row = made[0]
    return Answer(say("schedule.added", title=row.title, n=len(made), limit=day_text(row.limit), aim=day_text(row.aim)))


@button("date_rest")
def rest(ask: Ask) -> Answer | None:
    """放假安排: how days are entered, by lines or by file."""
    _require(ask)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "date_rest", {}, ask.act.now)
    return Answer(say("schedule.rest"), column(key("取消", "cancel")))


@form("date_rest")
def rested(ask: Ask) -> Answer | None:
    """The first line names the notice, each other is a day and 休 or 班; nothing is written unless all are read."""
    if ask.dialogue is None:
        return None
    found, source = _days(ask)
    for day, working in sorted(found.items()):
        holidays.set_day(ask.act, day, working, source)
    changed = duty.recompute(ask.act)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    shown = [say("schedule.rest_line", day=day_text(day), what="上班" if on else "休息") for day, on in found.items()]
    return Answer(lines(say("schedule.rested", n=len(found), changed=changed), *shown[:LINES]))


@button("date_year")
def whole_year(ask: Ask) -> Answer | None:
    """The dates of a year with the button that confirms them."""
    _require(ask)
    return _year(ask.act, ask.number())


@button("date_confirm")
def confirm(ask: Ask) -> Answer | None:
    """确认全年期限."""
    count = year.confirm(ask.act, ask.number())
    return Answer(
        lines(_dates(ask.act, ask.number()), say("schedule.confirmed", year=ask.number(), n=count)), edit=True
    )


@notice("year_dates")
def year_dates(act: Act, row: Outbox) -> Answer | None:
    """The coming year's dates, put before the administrator; nothing once they are confirmed."""
    if year.confirmed(act.session, int(row.data["year"])) is not None:
        return None
    return _year(act, int(row.data["year"]))


@notice("deadline_moved")
def deadline_moved(act: Act, row: Outbox) -> Answer | None:
    """A deadline that staff moved, told to whoever owes it."""
    deadline = act.session.get(Deadline, row.data["deadline"])
    if deadline is None or deadline.state != DeadlineState.OPEN:
        return None
    return Answer(
        say(
            "schedule.told_moved",
            what=_what(act, deadline),
            before=day_text(date.fromisoformat(row.data["before"])),
            limit=day_text(deadline.limit),
            aim=day_text(deadline.aim),
            reason=deadline.moved,
        )
    )


@notice("deadline_added")
def deadline_added(act: Act, row: Outbox) -> Answer | None:
    """Something that staff ask for once, told to whoever owes it."""
    deadline = act.session.get(Deadline, row.data["deadline"])
    if deadline is None or deadline.state != DeadlineState.OPEN:
        return None
    asker = act.session.get_one(Person, row.data["by"])
    text = say(
        "schedule.told_added",
        what=_what(act, deadline),
        limit=day_text(deadline.limit),
        aim=day_text(deadline.aim),
        reason=deadline.moved,
        by=asker.name,
    )
    return Answer(text, column(key("报送", "reported", deadline.id or 0)))


def _year(act: Act, number: int) -> Answer:
    shown = _dates(act, number)
    if year.confirmed(act.session, number) is not None:
        return Answer(lines(shown, say("schedule.confirmed_before", year=number)))
    return Answer(shown, column(key("确认全年期限", "date_confirm", number), key("调整一项期限", "date_move")))


def _dates(act: Act, number: int) -> Html:
    shown = [
        say(
            "schedule.year_line",
            title=each.title,
            aim=day_text(each.aim),
            estimated=say("report.estimated") if each.estimated else Html(),
            limit=day_text(each.limit),
            moved=say("schedule.year_moved") if each.moved else Html(),
            n=each.units,
        )
        for each in year.dates(act.session, number)
    ]
    return lines(say("schedule.year_title", year=number), *shown)


def _choose_units(ask: Ask, chosen: list[int], *, edit: bool = False) -> Answer:
    able = _reporting(ask.act)
    if not able:
        raise Refused("还没有设联络员的单位。请先由管理员在 /people 中设置联络员。")
    keys = [key(("✓ " if each in chosen else "") + name, "date_add_unit", each) for each, name in able.items()]
    every = key("全部单位", "date_add_unit", 0)
    text = say("schedule.add", n=len(chosen))
    return Answer(text, ((every,), *rows(keys[:60], 2), (key("取消", "cancel"),)), edit=edit)


def _reporting(act: Act) -> dict[int, str]:
    """The units that report and that the actor answers for, by id."""
    session = act.session
    mine = [each for each in duty.reporting_units(session, act.policy.name) if act.may(_STAFF, each)]
    return {each: session.get_one(Unit, each).name for each in mine}


def _ask_date(ask: Ask, ids: Iterable[int]) -> Answer:
    found = list(ids)
    row = ask.act.session.get_one(Deadline, found[0])
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "date_move", {"ids": found}, ask.act.now)
    what = say("report.own", title=row.title, period=duty.period_text(row))
    return Answer(
        say("schedule.ask_date", what=what, n=len(found), limit=day_text(row.limit)), column(key("取消", "cancel"))
    )


def _date_and_text(ask: Ask) -> tuple[date, str]:
    """`2026-12-25 上级通知推迟` or `12月25日 …`: the date, and what follows it."""
    text = ask.text.strip()
    found = re.match(
        r"(\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*[日号]?|\d{1,2}\s*月\s*\d{1,2}\s*[日号]?)", text
    )
    if not found:
        raise Refused("没有看懂日期。请把日期写在最前面，例如：2026-12-25 上级通知推迟。")
    written, today = found[1], _today(ask.act)
    try:
        if re.match(r"\d{4}", written):
            day = cells.read_date(written)
        else:
            day = cells.read_date(f"{today.year}-{written}")
            # A day that is long past means that of the year to come.
            if day is not None and (today - day).days > 180:
                day = cells.read_date(f"{today.year + 1}-{written}")
    except ValueError as error:
        raise Refused(str(error)) from error
    if day is None:
        raise Refused("没有看懂日期。请把日期写在最前面，例如：2026-12-25 上级通知推迟。")
    return day, text[found.end() :].strip(" ，,：:\n")


def _days(ask: Ask) -> tuple[dict[date, bool], str]:
    found: dict[date, bool] = {}
    source = ""
    for number, raw in enumerate(filter(None, (each.strip() for each in ask.text.splitlines())), start=1):
        parts = re.fullmatch(r"(.+?)\s*(休|放假|休息|班|上班|补班)", raw)
        if parts is None and number == 1:
            source = raw
            continue
        try:
            day = cells.read_date(parts[1]) if parts else None
        except ValueError as error:
            raise Refused(f"第 {number} 行：{error}") from error
        if parts is None or day is None:
            raise Refused(
                f"第 {number} 行「{raw[:20]}」没有看懂，一天也没有登记。请写成：2027-02-06 班，或者 2027-02-08 休。"
            )
        found[day] = _WORKING[parts[2]]
    if not source:
        raise Refused("请在第一行写明放假安排的来源，例如：国务院办公厅关于 2027 年部分节假日安排的通知。")
    if not found:
        raise Refused("没有看到日期。请从第二行起，每行写一天，例如：2027-02-08 休。")
    return found, source


def _same(act: Act, row: Deadline) -> list[Deadline]:
    """What else is open with the same code, period and limit, in the units of the actor."""
    found = select(Deadline).where(
        Deadline.code == row.code,
        Deadline.period == row.period,
        Deadline.limit == row.limit,
        Deadline.state == DeadlineState.OPEN,
    )
    return [each for each in act.session.exec(found.order_by("unit_id")) if act.may(_STAFF, each.unit_id)]


def _deadline(ask: Ask) -> Deadline:
    row = ask.act.session.get(Deadline, ask.number())
    if row is None:
        raise Refused("没有找到这一项期限，请发送 /deadlines 查看。")
    ask.act.require(_STAFF, row.unit_id)
    if row.state != DeadlineState.OPEN:
        raise Refused("这一项已经报送，不需要再调整期限。")
    return row


def _open_form(ask: Ask, name: str) -> dialogue.Dialogue:
    found = dialogue.current(ask.act.session, ask.chat_id, ask.act.person_id)
    if found is None or found.form != name:
        raise Refused("这一步已经结束。请发送 /deadlines 重新开始。")
    return found


def _require(ask: Ask) -> None:
    office = people.root(ask.act.session)
    ask.act.require(_STAFF, office.id if office and office.id else 0)
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")


def _what(act: Act, row: Deadline) -> Html:
    return what_text(row, [act.session.get_one(Unit, row.unit_id).name], 1, own_units(act))


def _today(act: Act) -> date:
    return act.now.astimezone(SHANGHAI).date()
