"""Documents that were made: their digests, so that one that comes back can be told from one that was altered."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from models import visit
from models.act import Act
from models.base import Instant
from models.letter import Letter
from models.letterhead import OVERSEERS
from models.subject import unit_of
from models.words import Role


class Issued(SQLModel, table=True):
    """One document as it went out, once for the same bytes. `mark` is what the document itself carries."""

    id: int | None = Field(default=None, primary_key=True)
    mark: str = Field(index=True)
    digest: str = Field(unique=True)  # of the file
    words: str  # digest of its text alone
    title: str  # as the file is called
    subject: str
    subject_id: int = Field(index=True)
    made_at: datetime = Field(sa_type=Instant)
    maker_id: int | None = Field(default=None, foreign_key="person.id")
    letter_id: int | None = Field(default=None, foreign_key="letter.id")


@dataclass(frozen=True)
class Print:
    """What is kept of a made document: its mark, the digests of file and text."""

    mark: str
    digest: str
    words: str


def issue(act: Act, made: Print, subject: str, subject_id: int, *, title: str, letter_id: int | None = None) -> Issued:
    """Note that a document was made; the same bytes are noted once, with whoever asked for them first."""
    had = act.session.exec(select(Issued).where(Issued.digest == made.digest)).first()
    if had is not None:
        return had
    row = Issued(
        mark=made.mark,
        digest=made.digest,
        words=made.words,
        title=title,
        subject=subject,
        subject_id=subject_id,
        made_at=act.now,
        maker_id=act.actor.id if act.actor else None,
        letter_id=letter_id,
    )
    act.session.add(row)
    act.session.flush()
    return row


@dataclass(frozen=True)
class Finding:
    """What 核验 says of a document: `whole`, `saved` (stored anew, the same text), `altered`, or `foreign`."""

    verdict: str
    issued: Issued | None
    letter: Letter | None


def examine(session: Session, given: Print) -> Finding:
    """Hold a document against what was made. A copy is whole by its bytes; its text by the digest of the text."""
    same = session.exec(select(Issued).where(Issued.digest == given.digest)).first()
    if same is not None:
        return _finding(session, "whole", same)
    if not given.mark:
        return Finding("foreign", None, None)
    found = session.exec(select(Issued).where(Issued.mark == given.mark).order_by(col(Issued.id).desc())).all()
    if not found:
        return Finding("foreign", None, None)
    kept = next((each for each in found if each.words == given.words), None)
    return _finding(session, "saved", kept) if kept else _finding(session, "altered", found[0])


def may_know(act: Act, row: Issued) -> bool:
    """Whether somebody may read what a document is about: those who supervise, its maker, and the visit's team."""
    if act.actor is not None and row.maker_id == act.person_id:
        return True
    if act.may(OVERSEERS | {Role.REVIEWER}, unit_of(act.session, row.subject, row.subject_id)):
        return True
    if row.subject != "visit":
        return False
    return act.person_id in {each.person_id for _, each in visit.team(act.session, row.subject_id)}


def _finding(session: Session, verdict: str, row: Issued) -> Finding:
    number = session.get(Letter, row.letter_id) if row.letter_id else None
    return Finding(verdict, row, number)
