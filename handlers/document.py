"""核验文书: a .docx dropped into the private chat is told apart, and one of ours is held against what was issued."""

from pathlib import PurePath

from handlers import template
from handlers.answer import Answer, column, key
from handlers.registry import Ask, Incoming, button, files, form
from models import dialogue, issued, letter, people, subject
from models.act import Act
from models.act import key as id_of
from models.issued import Finding
from models.letter import Letter
from models.letterhead import STAFF
from models.people import Person
from templates import word_check, word_guard, word_mark
from templates.texts import Html, lines, say

_WORD = frozenset({".docx", ".docm", ".dotx", ".dotm"})
_FORM = "check_document"
_TABLES = {"unit", "plan", "plan_version"}  # what registers and plans on paper are issued for
_SAID = {"whole": "document.whole", "saved": "document.saved", "altered": "document.altered"}


@files
def dropped(ask: Ask) -> Answer | None:
    """A Word file that answers nothing: a template by its fields, a document of ours by its mark.

    What is neither is left to the others: a table to import, or nobody's (handlers.stray).
    """
    file = ask.file
    if file is None or not ask.private or ask.reply_to is not None or not _is_word(file):
        return None
    staff = _staff(ask.act)
    try:
        if word_check.has_fields(file.data):
            return template.ask_kind(ask) if staff else Answer(say("template.only_staff"))
    except word_guard.Unsafe as error:
        # A table of an import may hold what a template may not; who else sends such a file is told.
        return None if staff and _plain_table(file) else Answer(say("document.unsafe", reason=str(error)))
    found = word_mark.printed(file.data)
    if found is not None and issued.examine(ask.act.session, found).verdict != "foreign":
        return examined(ask, file, hint=staff)
    if staff and not word_check.has_table(file.data):
        return examined(ask, file)
    return None


@button("check_document")
def ask_file(ask: Ask) -> Answer | None:
    """核验文书: asks for the file."""
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, {}, ask.act.now)
    return Answer(say("document.ask_file"), column(key("取消", "cancel")), privately=True)


@form(_FORM)
def given(ask: Ask) -> Answer | None:
    """The file to be held against what was issued."""
    if ask.file is None or not _is_word(ask.file):
        return Answer(say("document.not_docx" if ask.file else "document.ask_file"), column(key("取消", "cancel")))
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return examined(ask, ask.file)


def examined(ask: Ask, file: Incoming, *, hint: bool = False) -> Answer:
    """What 核验 says; who may know what a document is about is told that too."""
    found = word_mark.printed(file.data)
    finding = issued.examine(ask.act.session, found) if found else Finding("foreign", None, None)
    row = finding.issued
    if row is None:
        return Answer(say("document.foreign"))
    said = [say(_SAID[finding.verdict], title=row.title), *_number(ask.act, finding)]
    said.append(say("document.made", at=f"{row.made_at:%Y-%m-%d %H:%M}"))
    if issued.may_know(ask.act, row):
        maker = ask.act.session.get(Person, row.maker_id) if row.maker_id else None
        said.append(say("document.by", name=maker.name) if maker else Html(""))
        what = subject.named(ask.act.session, row.subject, row.subject_id)
        said.append(say("document.about", what=what) if what else Html(""))
        said.append(say("document.digest", digest=file.digest))
    else:
        said.append(say("document.hidden"))
    if hint and row.subject in _TABLES and word_check.has_table(file.data):
        said.append(say("document.import_hint"))
    return Answer(lines(*said))


def _number(act: Act, finding: Finding) -> list[Html]:
    """The number it was signed with, whether that still holds, or that it was signed later."""
    number, row = finding.letter, finding.issued
    if number is None and row is not None:
        later = _later(act, row.subject, row.subject_id, row.title)
        return [say("document.signed_since", number=later.number)] if later else []
    if number is None:
        return []
    said = [say("document.number", number=number.number)]
    if number.void_at is not None:
        said.append(say("document.void", at=f"{number.void_at:%Y-%m-%d}", reason=number.void_reason))
    return said


def _later(act: Act, about: str, number: int, title: str) -> Letter | None:
    """The letter that was signed after a copy without number had gone out."""
    found = letter.of_row(act.session, about, number)
    return next((each for each in found if each.title == title and each.void_at is None), None)


def _is_word(file: Incoming) -> bool:
    return file.kind == "document" and PurePath(file.name).suffix.lower() in _WORD


def _plain_table(file: Incoming) -> bool:
    return PurePath(file.name).suffix.lower() == ".docx" and b"vbaProject" not in file.data


def _staff(act: Act) -> bool:
    root = people.root(act.session)
    return root is not None and act.may(STAFF, id_of(root))
