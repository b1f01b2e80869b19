"""导出 and 下载模板: the registers, the list and the plan as files, and empty ones to fill in (DESIGN §4)."""

from collections.abc import Mapping
from dataclasses import replace

from handlers.answer import Answer, File, column, key, rows
from handlers.registry import Ask, button
from models import completion, export, intake, people, platformdraw
from models.act import Act, Refused
from models.words import Role
from templates import blanks, workbook
from templates.columns import EXPORT_NAMES, KIND_NAMES
from templates.texts import say


@button("export")
def choose(ask: Ask) -> Answer | None:
    """Which register is wanted as a file."""
    answer = _choices(ask, "export_kind", "registers.export_which", EXPORT_NAMES)
    return replace(answer, keys=(column(key("Word 表格（打印、公示用）", "register_papers"))[0], *answer.keys))


@button("blank")
def choose_blank(ask: Ask) -> Answer | None:
    """Which table is wanted to be filled in."""
    return _choices(ask, "blank_kind", "registers.blank_which", KIND_NAMES)


@button("export_kind")
def hand_out(ask: Ask) -> Answer | None:
    """The register as it would be imported, without what is sealed."""
    _private(ask)
    kind = _kind(ask, EXPORT_NAMES)
    records = export.records(ask.act, kind)
    data = workbook.write_xlsx(kind, records, without=export.SEALED, now=ask.act.now)
    name = f"{EXPORT_NAMES[kind]}-{ask.act.now:%Y%m%d}.xlsx"
    what = "registers.exported_results" if kind == "result" else "registers.exported"
    text = say(what, kind=EXPORT_NAMES[kind], n=f"{len(records):,}")
    return Answer(text, file=File(name, data))


@button("blank_kind")
def hand_out_blank(ask: Ask) -> Answer | None:
    """A table to fill in, with the office's own words to choose from."""
    _private(ask)
    kind = _kind(ask, KIND_NAMES)
    intake.may_import(ask.act, kind)
    data = blanks.blank(kind, _lists(ask.act, kind), now=ask.act.now)
    return Answer(say("registers.blank", kind=KIND_NAMES[kind]), file=File(f"{KIND_NAMES[kind]}-模板.xlsx", data))


def _choices(ask: Ask, name: str, text: str, names: Mapping[str, str]) -> Answer:
    _private(ask)
    kinds = [kind for kind in names if kind != "people" or Role.ADMIN in _roles(ask)]
    if not _roles(ask) & {Role.STAFF, Role.ADMIN}:
        intake.may_import(ask.act, kinds[0])
    return Answer(say(text), (*rows([key(names[kind], name, kind) for kind in kinds], 2), *column(_CANCEL)))


_CANCEL = key("取消", "cancel")


def _roles(ask: Ask) -> set[Role]:
    return people.roles(ask.act.session, ask.act.person_id)


def _kind(ask: Ask, names: Mapping[str, str]) -> str:
    kind = ask.args[0] if ask.args else ""
    if kind not in names:
        raise Refused(say("common.button_old"))
    return kind


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))


def _lists(act: Act, kind: str) -> dict[str, list[str]]:
    """Words that the office uses in a column."""
    session = act.session
    root = people.root(session)
    units = [unit.name for unit in completion.units(session, root.id or 0)] if root else []
    kinds = [value for value, _ in completion.spread(session, "kinds", {})]
    districts = [value for value, _ in completion.spread(session, "districts", {})]
    classes = [each.code for each in act.policy.classes]
    return {
        "plan": {"lead_text": units},
        "entity": {"kind": kinds, "district": districts, "risk_class": classes},
        "inspector": {"unit": units},
        "people": {"unit": units},
        "expert": {"unit": units},
        "platform": {"task_no": [each.task_no for each in platformdraw.waiting(act)]},
    }.get(kind, {})
