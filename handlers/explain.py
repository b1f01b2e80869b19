"""指定: what a header, a unit's or a class's name in an imported file means; it is remembered for the next file."""

from handlers.answer import Answer, column, key, rows
from handlers.preview import CANCEL
from handlers.registers import kept, look
from handlers.registry import Ask, button
from models import completion, importword, intake, people
from models.act import Refused
from templates import columns
from templates.texts import say


@button("import_columns")
def which(ask: Ask) -> Answer | None:
    """The columns of the previewed file that nobody knows."""
    kept(ask)
    keys = [key(f"「{title[:16]}」", "import_title", ask.args[0], n) for n, title in enumerate(_held(ask, "unknown"))]
    return Answer(say("registers.which_title"), column(*keys, CANCEL))


@button("import_title")
def fields(ask: Ask) -> Answer | None:
    """Which field one of them is."""
    kept(ask)
    kind, title = _kind(ask), _held(ask, "unknown")[ask.number(1)]
    keys = [key(each.title, "import_column", ask.args[0], ask.number(1), each.name) for each in columns.SHAPES[kind]]
    ignored = key("不导入这一列", "import_column", ask.args[0], ask.number(1), importword.NOTHING)
    return Answer(say("registers.which_field", title=title), (*rows(keys, 2), (ignored,), (CANCEL,)))


@button("import_column")
def told(ask: Ask) -> Answer | None:
    """A column is told: remembered, and the file is looked at again."""
    name, data = kept(ask)
    kind, title, field = _kind(ask), _held(ask, "unknown")[ask.number(1)], ask.args[2]
    intake.may_import(ask.act, kind)
    if field != importword.NOTHING and field not in {each.name for each in columns.SHAPES[kind]}:
        raise Refused(say("common.button_old"))
    importword.learn(ask.act, importword.header_scope(kind), columns.folded(title), field)
    return look(ask, name, data, kind=kind, task=_task(ask))


@button("import_word")
def word(ask: Ask) -> Answer | None:
    """Which unit or which class a word of the file is."""
    kept(ask)
    scope, said = _word(ask)
    mark, at = ask.args[0], ask.number(1)
    keys = [key(label, "import_meaning", mark, at, n) for n, (label, _) in enumerate(_choices(ask, scope))]
    text = say(f"registers.which_{scope}", word=said)
    return Answer(text, (*rows(keys, 2), (CANCEL,)))


@button("import_meaning")
def meant(ask: Ask) -> Answer | None:
    """A word is told: remembered, and the file is looked at again."""
    name, data = kept(ask)
    scope, said = _word(ask)
    intake.may_import(ask.act, _kind(ask))
    choices = _choices(ask, scope)
    if not 0 <= ask.number(2) < len(choices):
        raise Refused(say("common.button_old"))
    importword.learn(ask.act, scope, said, choices[ask.number(2)][1])
    return look(ask, name, data, kind=_kind(ask), task=_task(ask))


def _choices(ask: Ask, scope: str) -> list[tuple[str, str]]:
    """What a word may mean: label and meaning."""
    if scope == importword.RISK_CLASS:
        return [(f"{each.code} {each.label}".strip(), each.code) for each in ask.act.policy.classes]
    root = people.root(ask.act.session)
    names = [unit.name for unit in completion.units(ask.act.session, root.id or 0)] if root else []
    return [(name, name) for name in names]


def _held(ask: Ask, what: str) -> list[str]:
    found = ask.dialogue.data.get(what, []) if ask.dialogue is not None else []
    if len(ask.args) > 1 and not 0 <= ask.number(1) < len(found):
        raise Refused(say("common.button_old"))
    return list(found)


def _word(ask: Ask) -> tuple[str, str]:
    """Scope and word that a press is about."""
    scope, said = list(_held(ask, "words")[ask.number(1)])
    return scope, said


def _kind(ask: Ask) -> str:
    return str(ask.dialogue.data["kind"]) if ask.dialogue is not None else ""


def _task(ask: Ask) -> int | None:
    return ask.dialogue.data.get("task") if ask.dialogue is not None else None
