"""Handing documents out: filled on the template in use, signed ones as they were signed, each with its digest kept."""

import hashlib

from handlers import registry
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, Kit
from models import issued, letter, own_template
from models.act import Act, Refused
from models.act import key as id_of
from models.issued import Print
from models.letter import Letter
from models.letterhead import STAFF
from models.people import Person
from models.subject import unit_of
from models.views import LetterView, PaperView
from templates import word, word_mark
from templates.texts import Html, lines, say

SIGN = "sign"


def hand_out(ask: Ask, view: PaperView, subject: str, number: int, text: Html, *, public: bool = False) -> Answer:
    """The document with its name; which bytes went to whom stays on the record.

    Where the last argument of the button is `sign`, a letter is signed first.
    """
    row: Letter | None = None
    notes: list[Html] = []
    if isinstance(view, LetterView):
        if ask.args[-1:] == (SIGN,):
            view, row = letter.sign(ask.act, view, subject, number, _title(view))
        else:
            view, row = letter.stamped(ask.act, view, subject, number)
        notes.append(_signed(ask.act, row) if row else say("letter.unsigned"))
    data, changed = made(ask.act, ask.kit, view, row)
    if changed:
        notes.append(say("letter.changed"))
    register(ask.act, data, subject, number, title=_title(view), row=row)
    ask.act.record(
        "hand_out",
        subject,
        number,
        after={
            "document": type(view).__name__.removesuffix("View").lower(),
            "sha256": hashlib.sha256(data).hexdigest(),
            "private": ask.private or not public,
        },
    )
    file = File(word.file_name(view), data)
    if not ask.private and public:
        return Answer(text, file=file)
    keys = _keys(ask, view, subject, number, row) if ask.private and isinstance(view, LetterView) else []
    answer = Answer(lines(text, *notes), column(*keys), file=file)
    if ask.private:
        return answer
    return Answer(answer.text, file=file, privately=True, toast=str(say("paper.sent_privately")))


def paper(ask: Ask, view: PaperView, subject: str, number: int) -> File:
    """A document that goes out with another answer: on the template in use, its digest kept."""
    data, _ = made(ask.act, ask.kit, view, None)
    register(ask.act, data, subject, number, title=_title(view))
    return File(word.file_name(view), data)


def made(act: Act, kit: Kit, view: PaperView, row: Letter | None) -> tuple[bytes, bool]:
    """The document, and whether a signed one would be another today: it stays as it was signed, byte by byte."""
    data = word.fill(view, template_for(act, kit, word.kind_of(view)))
    digest = hashlib.sha256(data).hexdigest()
    if row is None or row.digest == digest:
        return data, False
    if row.digest:
        try:
            return kit.read_file(row.digest), True
        except FileNotFoundError:
            raise Refused(f"{row.number} 签发时的文件找不到了，请联系管理员，或者作废后重新签发。") from None
    letter.keep(act, row, kit.keep_file(data))
    return data, False


def template_for(act: Act, kit: Kit, kind: str) -> bytes | None:
    """The office's own template of a kind; None where the shipped one is in use."""
    own = own_template.active(act.session, kind)
    if own is None:
        return None
    try:
        return kit.read_file(own.digest)
    except FileNotFoundError:
        raise Refused(f"自有模板（第 {own.version} 版）的文件找不到了。请重新发送模板，或者恢复自带模板。") from None


def register(act: Act, data: bytes, subject: str, number: int, *, title: str, row: Letter | None = None) -> None:
    """Keep mark and digests of a document that goes out."""
    issued.issue(act, print_of(data), subject, number, title=title, letter_id=row.id if row else None)


def print_of(data: bytes) -> Print:
    """Mark and digests of a document that we made."""
    found = word_mark.printed(data)
    if found is None:
        raise ValueError("what was made is no Word document")
    return found


def _title(view: PaperView) -> str:
    return word.file_name(view).removesuffix(".docx")


def _signed(act: Act, row: Letter) -> Html:
    giver = act.session.get_one(Person, row.giver_id)
    return say("letter.signed", number=row.number, by=giver.name, at=f"{row.given_at:%Y-%m-%d %H:%M}")


def _keys(ask: Ask, view: LetterView, subject: str, number: int, row: Letter | None) -> list[Key]:
    name = f"doc_{word.kind_of(view)}"
    args = tuple(each for each in ask.args if each != SIGN)
    if row is not None:
        own = ask.act.may(STAFF, row.unit_id) or letter.may_sign(ask.act, subject, number)
        return [key("作废文号", "void", id_of(row))] if own else []
    if view.rehearsal or name not in registry.BUTTONS:
        return []
    if letter.may_sign(ask.act, subject, number):
        return [key("签发", "sign", name, *args)]
    if ask.act.may(STAFF, unit_of(ask.act.session, subject, number)):
        return [key("请领导签发", "sign_ask", name, *args)]
    return []
