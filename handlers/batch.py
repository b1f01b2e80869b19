"""成批出具: the papers of one draw, one by one for staff, or all of them as an archive and one file to print."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlmodel import Session

from handlers import issue
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, Kit, button
from models import batch, draw, letter
from models.act import Act, Refused
from models.act import key as id_of
from models.base import reading, writing
from models.draw import Draw
from models.issued import Print
from models.letter import Letter
from models.plan import Task
from models.views import NoticeView
from templates import word, word_batch
from templates.texts import Html, lines, say

WHAT = "检查通知书"
_PAGE = 30
_STEP = 50  # documents between two words about how far it is


@button("batch")
def choose(ask: Ask) -> Answer | None:
    """Which draw."""
    _private(ask)
    found = batch.dispatched(ask.act)
    if not found:
        return Answer(say("batch.none"))
    keys = [key(f"{_what(drawn)} · {task.plan_no} · {n} 户", "batch_of", id_of(drawn)) for drawn, task, n in found]
    return Answer(say("batch.choose"), column(*keys))


@button("batch_of")
def menu(ask: Ask) -> Answer | None:
    """What there is for one draw."""
    _private(ask)
    number = ask.number()
    many, signed = batch.counts(ask.act, number)
    if not many:
        raise Refused(str(say("batch.none")))
    drawn = draw.get(ask.act.session, number)
    task = ask.act.session.get_one(Task, drawn.task_id)
    keys = [key("全部检查通知书", "batch_notices", number)]
    if signed < many and letter.may_sign(ask.act, "draw", number):
        keys.append(key("签发全部检查通知书", "batch_sign", number))
    keys.append(key("逐户取文书", "batch_visits", number, 0))
    text = say("batch.menu", what=_what(drawn), no=task.plan_no, name=task.name, n=many, signed=signed)
    return Answer(text, column(*keys))


@button("batch_visits")
def visits(ask: Ask) -> Answer | None:
    """The visits of a draw, one button each, page by page."""
    _private(ask)
    number, first = ask.number(), ask.number(1)
    pairs = batch.visits_of(ask.act, number)
    shown = pairs[first : first + _PAGE]
    keys: list[Key] = [key(f"{one.order}　{entity.name[:20]}", "papers", id_of(one)) for one, entity in shown]
    if first + _PAGE < len(pairs):
        keys.append(key("后面的", "batch_visits", number, first + _PAGE))
    many = say("batch.visits_more", first=first + 1, last=first + len(shown), n=len(pairs))
    return Answer(lines(say("batch.visits"), many if len(pairs) > _PAGE else ""), column(*keys))


@button("batch_sign")
def ask_to_sign(ask: Ask) -> Answer | None:
    """签发全部: asked once more, since a number that was given cannot be taken back."""
    _private(ask)
    many, signed = batch.counts(ask.act, ask.number())
    keys = column(key("确认签发", "batch_signed", ask.number()), key("取消", "cancel"))
    return Answer(say("batch.ask_sign", n=many - signed), keys)


@button("batch_notices")
def notices(ask: Ask) -> Answer | None:
    """全部检查通知书 as they stand: signed ones with their number, the others with blanks."""
    return _begin(ask, sign=False)


@button("batch_signed")
def signed_notices(ask: Ask) -> Answer | None:
    """签发全部检查通知书, and hand them out."""
    return _begin(ask, sign=True)


# --- the work --------------------------------------------------------------------------------------------------------


@dataclass
class _Run:
    """One run for one draw, in a thread, with transactions of its own."""

    engine: Engine
    act: Act
    kit: Kit
    draw_id: int
    sign: bool

    def __call__(self, tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        began = time.monotonic()
        with reading(self.engine) as session:
            act = replace(self.act, session=session)
            views = [(number, view, _title(view)) for number, view in batch.notices(act, self.draw_id)]
            template = issue.template_for(act, self.kit, "notice")
            held = letter.signed(act, "Notice", "visit", (number for number, _, _ in views))
        if self.sign:
            with writing(self.engine) as session:
                held = batch.sign_all(replace(self.act, session=session), self.draw_id, views)
        stamped = [(number, self._stamped(view, held.get(number)), title) for number, view, title in views]
        files: list[tuple[str, bytes]] = []
        prints: list[tuple[int, Print, str, Letter | None]] = []
        kept: dict[int, str] = {}
        for at, (number, view, title) in enumerate(stamped):
            if at % _STEP == 0:
                tell(say("batch.working", what=WHAT, done=at, total=len(stamped)))
            row = held.get(number)
            data = self._document(view, row, template, kept)
            files.append((word.file_name(view), data))
            prints.append((number, issue.print_of(data), title, row))
        tell(say("batch.packing", what=WHAT, total=len(stamped)))
        merged = list(_merged([view for _, view, _ in stamped], {"notice": template} if template else {}))
        zips = list(word_batch.archives(files))
        self._keep(prints, kept, merged)
        tell(say("batch.sending", what=WHAT, total=len(stamped)))
        name = f"检查通知书-{stamped[0][1].task.no}-第{stamped[0][1].task.batch}批"
        answers = [
            Answer(
                say("batch.zip", what=WHAT, n=n)
                if len(zips) == 1
                else say("batch.zip_part", what=WHAT, part=part, n=n),
                file=File(f"{name}{'' if len(zips) == 1 else f'-第{part}包'}.zip", data),
            )
            for part, (data, n) in enumerate(zips, 1)
        ]
        answers += [
            Answer(
                say("batch.merged", what=WHAT, n=last - first + 1)
                if len(merged) == 1
                else say("batch.merged_part", what=WHAT, part=part, first=first, last=last),
                file=File(f"{name}-合并打印{'' if len(merged) == 1 else f'-第{part}份'}.docx", data),
            )
            for part, (data, first, last) in enumerate(merged, 1)
        ]
        said = [say("batch.done", what=WHAT, total=len(stamped), seconds=f"{time.monotonic() - began:.0f}")]
        numbers = sorted((row for row in held.values()), key=lambda row: row.serial)
        said.append(
            say("batch.signed", first=numbers[0].number, last=numbers[-1].number, n=len(numbers))
            if numbers
            else say("batch.unsigned")
        )
        return (*answers, Answer(lines(*said)))

    def _stamped(self, view: NoticeView, row: Letter | None) -> NoticeView:
        if row is not None:
            return letter.numbered(view, row)
        return replace(view, number_word=letter.code_of(self.act, view))

    def _document(self, view: NoticeView, row: Letter | None, template: bytes | None, kept: dict[int, str]) -> bytes:
        """One document; a letter that was signed before is the one that was signed."""
        if row is not None and row.digest:
            return self.kit.read_file(row.digest)
        data = word.fill(view, template)
        if row is not None:
            kept[id_of(row)] = self.kit.keep_file(data)
        return data

    def _keep(
        self,
        prints: list[tuple[int, Print, str, Letter | None]],
        kept: dict[int, str],
        merged: list[tuple[bytes, int, int]],
    ) -> None:
        """Note what was made, in one short transaction."""
        with writing(self.engine) as session:
            act = replace(self.act, session=session)
            batch.keep(act, kept)
            batch.issue_all(act, prints)
            for data, _, _ in merged:
                issue.register(act, data, "draw", self.draw_id, title=f"{WHAT}合并打印文件")
            act.record(
                "hand_out",
                "draw",
                self.draw_id,
                after={
                    "document": "notice",
                    "count": len(prints),
                    "merged": [hashlib.sha256(data).hexdigest() for data, _, _ in merged],
                    "private": True,
                },
            )


def _begin(ask: Ask, *, sign: bool) -> Answer:
    _private(ask)
    many, _ = batch.counts(ask.act, ask.number())
    if not many:
        raise Refused(str(say("batch.none")))
    if sign and not letter.may_sign(ask.act, "draw", ask.number()):
        raise Refused("您不能签发，请由领导签发。")
    engine = ask.act.session.get_bind()
    assert isinstance(engine, Engine)
    run = _Run(engine, _lasting(ask.act), ask.kit, ask.number(), sign)
    return Answer(say("batch.started", what=WHAT, total=many), work=run)


def _lasting(act: Act) -> Act:
    """The act without its transaction, for one that begins later."""
    return replace(act, session=Session())


def _merged(views: list[NoticeView], templates: dict[str, bytes]) -> Iterator[tuple[bytes, int, int]]:
    """All in one file to print, with the first and last number in it; in halves while it is beyond the chat's limit."""
    data = word.merge(views, templates)
    if len(data) <= word_batch.FILE_LIMIT or len(views) == 1:
        yield data, views[0].serial, views[-1].serial
        return
    middle = len(views) // 2
    yield from _merged(views[:middle], templates)
    yield from _merged(views[middle:], templates)


def _what(drawn: Draw) -> str:
    return f"第 {drawn.serial} 号抽取" if drawn.serial else "平台抽取"


def _title(view: NoticeView) -> str:
    return word.file_name(view).removesuffix(".docx")


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
