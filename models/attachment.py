"""Files that people hand in: kept by digest, with time and sender, under names without names (DESIGN §5.3, §9)."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from models.act import Act
from models.base import Instant


class Attachment(SQLModel, table=True):
    """One file handed in for a subject (a visit, a deadline, a follow-up). The bytes lie under their digest."""

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    subject_id: int = Field(index=True)
    kind: str
    digest: str = Field(index=True)
    size: int
    sent_by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


def attach(act: Act, subject: str, subject_id: int, *, kind: str, digest: str, size: int) -> Attachment:
    """Keep that a file was handed in."""
    row = Attachment(
        subject=subject,
        subject_id=subject_id,
        kind=kind,
        digest=digest,
        size=size,
        sent_by=act.person_id,
        at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    act.record("attach", subject, subject_id, after={"kind": kind, "digest": digest, "size": size})
    return row


def of(session: Session, subject: str, subject_id: int) -> list[Attachment]:
    """The files of a subject, oldest first."""
    found = select(Attachment).where(Attachment.subject == subject, Attachment.subject_id == subject_id)
    return list(session.exec(found.order_by(col(Attachment.id))))
