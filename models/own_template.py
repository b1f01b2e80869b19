"""自有模板: a Word template of the office's own for one kind of document, in versions; one of them at most in use."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, func, select

from models import people
from models.act import Act, Refused, key
from models.base import Instant
from models.letterhead import STAFF


class OwnTemplate(SQLModel, table=True):
    """One version of a template. The file lies under its digest; versions are never deleted."""

    __tablename__ = "own_template"
    __table_args__ = (UniqueConstraint("kind", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)  # as the shipped template is called: notice
    version: int
    name: str  # of the file as it came
    digest: str
    size: int
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime = Field(sa_type=Instant)
    used_since: datetime | None = Field(default=None, sa_type=Instant)  # None: not in use


def require(act: Act) -> None:
    """Templates are the business of the office's own staff."""
    root = people.root(act.session)
    act.require(STAFF, key(root) if root else 0)


def add(act: Act, kind: str, *, name: str, digest: str, size: int) -> OwnTemplate:
    """Keep a template that was found sound, as the next version of its kind; the same file is kept once."""
    require(act)
    had = act.session.exec(select(OwnTemplate).where(OwnTemplate.kind == kind, OwnTemplate.digest == digest)).first()
    if had is not None:
        return had
    last = act.session.exec(select(func.max(OwnTemplate.version)).where(OwnTemplate.kind == kind)).one()
    row = OwnTemplate(
        kind=kind,
        version=(last or 0) + 1,
        name=name[:200],
        digest=digest,
        size=size,
        added_by=act.person_id,
        added_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    after = {"kind": kind, "version": row.version, "digest": digest}
    act.record("add_template", "template", key(row), after=after)
    return row


def use(act: Act, template_id: int) -> OwnTemplate:
    """启用: from now on documents of its kind are made with this version."""
    require(act)
    row = get(act.session, template_id)
    before = active(act.session, row.kind)
    if before is not None and before.id == row.id:
        raise Refused("这一版模板正在使用。")
    if before is not None:
        before.used_since = None
        act.session.add(before)
        act.session.flush()
    row.used_since = act.now
    act.session.add(row)
    act.session.flush()
    act.record(
        "use_template",
        "template",
        template_id,
        before={"version": before.version} if before else None,
        after={"kind": row.kind, "version": row.version, "digest": row.digest},
    )
    return row


def restore(act: Act, kind: str) -> OwnTemplate:
    """停用: documents of a kind are made with the shipped template again."""
    require(act)
    row = active(act.session, kind)
    if row is None:
        raise Refused("现在用的就是自带模板。")
    row.used_since = None
    act.session.add(row)
    act.session.flush()
    act.record("restore_template", "template", key(row), before={"kind": kind, "version": row.version})
    return row


def get(session: Session, template_id: int) -> OwnTemplate:
    """A version, or a polite refusal."""
    found = session.get(OwnTemplate, template_id)
    if found is None:
        raise Refused("没有找到这一版模板。")
    return found


def active(session: Session, kind: str) -> OwnTemplate | None:
    """The version in use; None where the shipped template is."""
    found = select(OwnTemplate).where(OwnTemplate.kind == kind, col(OwnTemplate.used_since).is_not(None))
    return session.exec(found).first()


def in_use(session: Session) -> dict[str, OwnTemplate]:
    """The versions in use, by kind."""
    found = session.exec(select(OwnTemplate).where(col(OwnTemplate.used_since).is_not(None)))
    return {each.kind: each for each in found}


def versions(session: Session, kind: str) -> list[OwnTemplate]:
    """All versions of a kind, newest first."""
    found = select(OwnTemplate).where(OwnTemplate.kind == kind).order_by(col(OwnTemplate.version).desc())
    return list(session.exec(found))
