"""自有模板: a .docx with fields dropped in private is checked, tried and kept; 启用, 停用, 恢复自带 (DESIGN §7)."""

from typing import Any

from handlers import registry
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, button, form
from models import dialogue, own_template
from models.act import Refused
from models.act import key as id_of
from models.own_template import OwnTemplate
from models.people import Person
from templates import word, word_check
from templates.specimen import specimen
from templates.texts import lines, say

_FIRST = 6  # kinds that are offered before the others
_SHOWN = 10  # errors that are told at once
_FORM = "template"


def ask_kind(ask: Ask) -> Answer:
    """A template was dropped: which kind of document it is for."""
    file = ask.file
    assert file is not None
    own_template.require(ask.act)
    digest = ask.kit.keep_file(file.data)
    order = word_check.nearest(file.data)
    data = {"digest": digest, "name": file.name, "size": file.size}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    keys = [_kind_key(each, digest) for each in order[:_FIRST]]
    more = key(str(say("template.more")), "template_more", digest[:16])
    return Answer(say("template.which", name=file.name), column(*keys, more, key("取消", "cancel")))


@button("template_more")
def more(ask: Ask) -> Answer | None:
    """All kinds."""
    data = _waiting(ask, ask.args[0])
    keys = [_kind_key(each, data["digest"]) for each in word_check.nearest(ask.kit.read_file(data["digest"]))]
    return Answer(say("template.which", name=data["name"]), column(*keys, key("取消", "cancel")), edit=True)


@button("template_for")
def given(ask: Ask) -> Answer | None:
    """The kind is named: the template is checked and tried; a sound one is kept as the next version."""
    own_template.require(ask.act)
    kind, data = ask.args[0], _waiting(ask, ask.args[1])
    what = name_of(kind)
    trial = word_check.check(kind, ask.kit.read_file(data["digest"]))
    if trial.sample is None:
        shown = [f"{at}. {each}" for at, each in enumerate(trial.errors[:_SHOWN], 1)]
        left = len(trial.errors) - _SHOWN
        return Answer(
            lines(
                say("template.bad", what=what, n=len(trial.errors)),
                *shown,
                say("template.bad_more", n=left) if left > 0 else "",
                *trial.notes,
                say("template.bad_hint"),
            )
        )
    row = own_template.add(ask.act, kind, name=data["name"], digest=data["digest"], size=data["size"])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    keys = [key("启用", "template_use", id_of(row))] if row.used_since is None else []
    text = lines(
        say("template.good", what=what, version=row.version), *trial.notes, say("template.use_hint", what=what)
    )
    file = File(f"试填-{what}-第{row.version}版.docx", trial.sample)
    return Answer(say("template.trial", what=what), file=file, also=(Answer(text, column(*keys)),))


@form(_FORM)
def waiting(ask: Ask) -> Answer | None:
    """While the kind is asked for: another template takes the place of the first."""
    if ask.file is not None and ask.file.kind == "document":
        for run in registry.FILES:
            answer = run(ask)
            if answer is not None:
                return answer
    return Answer(say("template.form_waiting"), column(key("取消", "cancel")))


# --- what is in use --------------------------------------------------------------------------------------------------


@button("templates")
def listed(ask: Ask) -> Answer | None:
    """All kinds, those with an own template named."""
    _private(ask)
    own_template.require(ask.act)
    used = own_template.in_use(ask.act.session)
    shown = [say("template.own", what=name_of(kind), version=row.version) for kind, row in used.items()]
    kinds = [kind for kind, _, _ in word.KINDS.values()]
    keys = [key(f"{'★ ' if kind in used else ''}{name_of(kind)}", "template_of", kind) for kind in kinds]
    pairs = tuple(tuple(keys[at : at + 2]) for at in range(0, len(keys), 2))
    return Answer(lines(say("template.list"), *shown), pairs)


@button("template_of")
def of_kind(ask: Ask) -> Answer | None:
    """One kind: what is in use, its versions, and what can be done."""
    _private(ask)
    own_template.require(ask.act)
    return _page(ask, _known(ask.args[0]))


@button("template_shipped")
def shipped(ask: Ask) -> Answer | None:
    """The shipped template, to be edited in Word."""
    own_template.require(ask.act)
    kind = _known(ask.args[0])
    file = File(f"自带模板-{name_of(kind)}.docx", word.shipped(kind))
    return Answer(say("template.shipped_file", what=name_of(kind)), file=file, privately=True)


@button("template_version")
def version(ask: Ask) -> Answer | None:
    """A version's file, as it came."""
    own_template.require(ask.act)
    row = own_template.get(ask.act.session, ask.number())
    what = name_of(row.kind)
    try:
        data = ask.kit.read_file(row.digest)
    except FileNotFoundError:
        raise Refused("这一版模板的文件找不到了，请重新发送。") from None
    file = File(f"自有模板-{what}-第{row.version}版.docx", data)
    return Answer(say("template.version_file", what=what, version=row.version), file=file, privately=True)


@button("template_use")
def use(ask: Ask) -> Answer | None:
    """启用 a version; it is checked once more, since what ships may have changed."""
    own_template.require(ask.act)
    row = own_template.get(ask.act.session, ask.number())
    try:
        trial = word_check.check(row.kind, ask.kit.read_file(row.digest))
    except FileNotFoundError:
        raise Refused("这一版模板的文件找不到了，请重新发送。") from None
    if trial.errors:
        raise Refused(f"这一版模板现在不能用了：{trial.errors[0]}")
    own_template.use(ask.act, id_of(row))
    text = say("template.used", what=name_of(row.kind), version=row.version)
    return Answer(text, column(key("恢复自带", "template_restore", row.kind)), toast="已启用")


@button("template_restore")
def restore(ask: Ask) -> Answer | None:
    """停用 the version in use: the shipped template again."""
    row = own_template.restore(ask.act, _known(ask.args[0]))
    text = say("template.restored", what=name_of(row.kind), version=row.version)
    return Answer(text, toast="已恢复自带模板")


# --- pieces ----------------------------------------------------------------------------------------------------------


def name_of(kind: str) -> str:
    """What a kind is called: 检查通知书."""
    owner = next((each for each, (name, _, _) in word.KINDS.items() if name == kind), None)
    if owner is None:
        raise Refused("没有这种文书。")
    return word.title_of(specimen(owner))


def _known(kind: str) -> str:
    name_of(kind)
    return kind


def _kind_key(kind: str, digest: str) -> Key:
    return key(name_of(kind), "template_for", kind, digest[:16])


def _waiting(ask: Ask, digest: str) -> dict[str, Any]:
    """The file of the open question; refused where the button belongs to an older one."""
    open_ = ask.dialogue
    if open_ is None or open_.form != _FORM or open_.data["digest"][:16] != digest:
        raise Refused(str(say("template.expired")))
    return dict(open_.data)


def _page(ask: Ask, kind: str) -> Answer:
    session = ask.act.session
    active = own_template.active(session, kind)
    now = say("template.now_shipped")
    if active is not None and active.used_since is not None:
        at = f"{active.used_since:%Y-%m-%d}"
        now = say("template.now_own", version=active.version, name=active.name, at=at)
    keys = [key("取自带模板", "template_shipped", kind)]
    shown = []
    for row in own_template.versions(session, kind)[:_SHOWN]:
        shown.append(_line(ask, row))
        keys.append(key(f"第 {row.version} 版：取文件", "template_version", id_of(row)))
        if row.used_since is None:
            keys.append(key(f"第 {row.version} 版：启用", "template_use", id_of(row)))
    if active is not None:
        keys.append(key("停用，恢复自带", "template_restore", kind))
    return Answer(lines(say("template.kind", what=name_of(kind), now=now), *shown), column(*keys))


def _line(ask: Ask, row: OwnTemplate) -> str:
    by = ask.act.session.get_one(Person, row.added_by)
    return say("template.version", version=row.version, name=row.name, at=f"{row.added_at:%Y-%m-%d %H:%M}", by=by.name)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
