"""Drawing from a large register: preview and announcement are prepared beside the chat and published shortly (§5.1)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from handlers.answer import Answer, column, key
from handlers.outside import Outside, ticking
from handlers.registry import Ask
from models import announcement, ceremony, pool
from models.act import Act, Refused
from models.announcement import Ready
from models.ceremony import Ceremony
from models.draw import Draw
from models.plan import Task
from templates.texts import Html, say

Make = Callable[[Ask, Ceremony], Answer]
"""What answers from the registers and writes nothing: a function of a module, since it runs in another process."""

Said = Callable[[Ask, list[Draw], dict[int, str]], Answer]


def needed(act: Act, task_ids: Sequence[int]) -> bool:
    """Whether one of the tasks draws from a large register. Refuses here what the asker may not, or cannot, draw."""
    tasks = [act.session.get_one(Task, each) for each in task_ids]
    if not any(pool.large(act.session, each) for each in tasks):
        return False
    for each in tasks:
        announcement.allowed(act, each, alone=len(tasks) == 1)
    return True


def shown(ask: Ask, row: Ceremony, make: Make, *, edit: bool = True, privately: bool = False) -> Answer:
    """What `make` answers, at once; from a large register the message asks to wait and becomes the answer."""
    if not needed(ask.act, row.tasks):
        return make(ask, row)
    act, ids, asked = Outside(ask.act).act, _ids(row), _asked(ask)

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        found = ask.kit.apart(_answer, act, make, ids, asked, ticking(tell, "draw.preparing_since"))
        return (replace(found, edit=True, privately=False, toast=""),)

    toast = "" if ask.private or not privately else "准备好后私信发给您"
    return Answer(say("draw.preparing"), edit=edit and not privately, privately=privately, toast=toast, work=work)


def announced(ask: Ask, row: Ceremony, said: Said) -> Answer:
    """发布公告 of a large register: the files are made beside the chat, and published if nothing changed meanwhile."""
    outside, ids = Outside(ask.act), _ids(row)

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        try:
            ready: Ready = ask.kit.apart(_freeze, outside.act, ids, ticking(tell, "draw.freezing_since"))
            # Where the office closes, this ends here: nothing is published that nobody is told of.
            tell(say("draw.freezing"))
            with outside.writing() as act:
                found = announcement.announce_ready(act, _row(act, ids), ready)
                if found is not None:
                    return (replace(said(replace(ask, act=act), *found), edit=True),)
            why = say("draw.moved_on")
        except Refused as refused:
            why = say("common.refused", sentence=refused.sentence)
        return (
            Answer(
                why, column(key("重新预览", "draw_show", *ids), key("取消", "cancel", outside.act.person_id)), edit=True
            ),
        )

    return Answer(say("draw.freezing"), edit=True, work=work)


def _answer(act: Act, make: Make, ids: tuple[int, int], asked: dict[str, Any]) -> Answer:
    return make(Ask(act=act, **asked), _row(act, ids))


def _freeze(act: Act, ids: tuple[int, int]) -> Ready:
    return announcement.freeze(act, _row(act, ids))


def _row(act: Act, ids: tuple[int, int]) -> Ceremony:
    row_id, task_id = ids
    return ceremony.get(act.session, row_id) if row_id else ceremony.alone(act, task_id)


def _ids(row: Ceremony) -> tuple[int, int]:
    return row.id or 0, row.tasks[0] if len(row.tasks) == 1 else 0


def _asked(ask: Ask) -> dict[str, Any]:
    """What an answer depends on of a question, without what another process cannot take."""
    return {name: getattr(ask, name) for name in ("chat_id", "private", "message_id", "user_id", "args")}
