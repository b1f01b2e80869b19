"""发文字号: one sequence for each unit, kind and year, given at signing, without gaps, once (DESIGN §7)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, func, select

from models import people
from models.act import Act, NoRight, Refused, key
from models.base import SHANGHAI, Instant
from models.letterhead import STAFF
from models.people import Unit
from models.subject import unit_of
from models.views import AnnouncementView, AssignmentView, ChaseView, LetterView, NoticeView
from models.views_followup import RecheckView, RectificationView, TransferView
from models.words import Role

_LOCK = 7268  # PostgreSQL's advisory lock for giving numbers
_LIVE = text("void_at IS NULL")
SAMPLE_CODE = "示例"

# Kinds that have a sequence of their own, and the word that follows 机关代字 in their numbers. All others are 公文 and
# share one sequence.
SERIES: dict[type[LetterView], tuple[str, str]] = {
    AnnouncementView: ("抽取公告", "抽公"),
    AssignmentView: ("任务通知书", "任通"),
    NoticeView: ("检查通知书", "检通"),
    RectificationView: ("责令改正通知书", "责改"),
    RecheckView: ("复查意见书", "复查"),
    TransferView: ("移送函", "移送"),
}
GENERAL = ("公文", "")

View = TypeVar("View", bound=LetterView)


class Letter(SQLModel, table=True):
    """One number that was given. A void one stays, so that the sequence has no gap that nobody can explain."""

    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "year", "serial"),
        # A letter has one number that holds.
        Index(
            "ix_letter_live",
            *("paper", "subject", "subject_id", "part"),
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: str  # what has a sequence of its own: 检查通知书, 公文
    year: int
    serial: int
    code: str  # 机关代字
    paper: str = ""  # which document it is, as its view is called: Notice
    subject: str  # of which row it is the letter, as in the audit
    subject_id: int = Field(index=True)
    part: int = 0  # which of several letters of that row; 0 where there is one
    title: str = ""  # as the file is called
    recipient: str = ""  # 主送
    given_at: datetime = Field(sa_type=Instant)
    giver_id: int = Field(foreign_key="person.id")
    digest: str = ""  # of the document as signed
    void_at: datetime | None = Field(default=None, sa_type=Instant)
    void_reason: str = ""

    @property
    def number(self) -> str:
        """As it is printed: 秦双随机办检通〔2026〕3号."""
        return f"{self.code}〔{self.year}〕{self.serial}号"


# --- giving and voiding ----------------------------------------------------------------------------------------------


def signers(act: Act) -> frozenset[Role]:
    """Who may sign letters, by the profile; administrators stand in for staff."""
    named = {Role(each) for each in act.policy.office.signers}
    return frozenset(named | {Role.ADMIN}) if Role.STAFF in named else frozenset(named)


def may_sign(act: Act, subject: str, subject_id: int) -> bool:
    """Whether the actor may sign the letters of a row."""
    return act.may(signers(act), unit_of(act.session, subject, subject_id))


def of(act: Act, paper: str, subject: str, subject_id: int, part: int = 0) -> Letter | None:
    """The number that a letter has, if one was given and is not void."""
    found = select(Letter).where(
        Letter.paper == paper,
        Letter.subject == subject,
        Letter.subject_id == subject_id,
        Letter.part == part,
        col(Letter.void_at).is_(None),
    )
    return act.session.exec(found).first()


def give(
    act: Act,
    *,
    unit_id: int,
    kind: str,
    code: str,
    subject: str,
    subject_id: int,
    paper: str = "",
    part: int = 0,
    title: str = "",
    recipient: str = "",
    right_in: int | None = None,
) -> Letter:
    """Give a letter that is being signed the next number of its unit, kind and year; once: it keeps the one it has.

    For those who sign in the unit `right_in` (that of the sequence where it is None). Raises Refused where there is no
    机关代字.
    """
    act.require(signers(act), unit_id if right_in is None else right_in)
    session = act.session
    lock(act, code)
    had = of(act, paper or kind, subject, subject_id, part)
    if had is not None:
        return had
    session.get_one(Unit, unit_id)
    year = act.now.astimezone(SHANGHAI).year
    row = Letter(
        unit_id=unit_id,
        kind=kind,
        year=year,
        serial=last_serial(session, unit_id, kind, year) + 1,
        code=code,
        paper=paper or kind,
        subject=subject,
        subject_id=subject_id,
        part=part,
        title=title,
        recipient=recipient,
        given_at=act.now,
        giver_id=act.person_id,
    )
    session.add(row)
    session.flush()
    act.record("number", subject, subject_id, after={"letter": key(row), "kind": kind, "number": row.number})
    return row


def lock(act: Act, code: str) -> None:
    """Whoever gives numbers waits for whoever is giving some. Raises Refused where there is no 机关代字."""
    if not re.fullmatch(r"[^\s〔〕\[\]0-9]{2,20}", code):
        raise Refused("还没有设置机关代字，不能编号。请在政策配置里写明，例如“秦双随机办”。")
    if act.session.get_bind().dialect.name == "postgresql":
        # SQLite's writers begin one after the other; PostgreSQL's must wait for each other here.
        act.session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def last_serial(session: Session, unit_id: int, kind: str, year: int) -> int:
    """The last number of a sequence, void ones too; 0 before the first."""
    same = (Letter.unit_id == unit_id, Letter.kind == kind, Letter.year == year)
    return session.exec(select(func.max(Letter.serial)).where(*same)).one() or 0


def void(act: Act, letter_id: int, reason: str) -> Letter:
    """Mark a number as void: it is kept and never given again. For those who may sign it, with the reason."""
    row = voidable(act, letter_id)
    if not reason.strip():
        raise Refused("请写明作废的原因。")
    row.void_at, row.void_reason = act.now, reason.strip()[:200]
    act.session.add(row)
    act.session.flush()
    after = {"letter": letter_id, "number": row.number, "reason": row.void_reason}
    act.record("void_number", row.subject, row.subject_id, after=after)
    return row


def voidable(act: Act, letter_id: int) -> Letter:
    """A number that the actor may void, or a polite refusal."""
    row = act.session.get(Letter, letter_id)
    if row is None:
        raise Refused("没有找到这个发文字号。")
    if not act.may(STAFF, row.unit_id) and not may_sign(act, row.subject, row.subject_id):
        raise NoRight
    if row.void_at is not None:
        raise Refused(f"{row.number} 已经作废，不能再作废一次。")
    return row


def registered(act: Act, year: int) -> list[Letter]:
    """发文登记: the numbers of a year, newest first: all for staff and leaders of the office, else those one gave."""
    root = people.root(act.session)
    if root is None:
        return []
    found = select(Letter).where(Letter.year == year).order_by(col(Letter.given_at).desc(), col(Letter.id).desc())
    if not act.may(STAFF | {Role.LEADER}, key(root)):
        found = found.where(Letter.giver_id == act.person_id)
    return list(act.session.exec(found))


# --- letters as views ------------------------------------------------------------------------------------------------


def paper_of(view: LetterView) -> str:
    """Which document a view is, as it stands in the register: Notice."""
    return type(view).__name__.removesuffix("View")


def part_of(view: LetterView) -> int:
    """Which of several letters of one row: a draw has a 任务通知书 for each inspector, a deadline its reminders."""
    if isinstance(view, AssignmentView):
        return view.serial
    return view.times if isinstance(view, ChaseView) else 0


def recipient_of(view: LetterView) -> str:
    """主送, for the register."""
    if isinstance(view, NoticeView):
        return view.entity.name
    if isinstance(view, AssignmentView):
        return "、".join(each.name for each in view.inspectors)
    if isinstance(view, ChaseView):
        return view.unit
    entity = getattr(view, "entity", None)
    return str(
        getattr(view, "receiver", "") or getattr(entity, "name", "") or "、".join(getattr(view, "addressees", ()))
    )


def code_of(act: Act, view: LetterView) -> str:
    """机关代字 with the word of the kind, as it stands before 〔; empty where the office has none. A sample says so."""
    word = SERIES.get(type(view), GENERAL)[1]
    own = SAMPLE_CODE if view.sample else act.policy.office.letter_code
    return own + word if own else ""


def stamped(act: Act, view: View, subject: str, subject_id: int) -> tuple[View, Letter | None]:
    """A letter with the number and date that it was signed with; with its 机关代字 and blanks where it was not yet."""
    row = of(act, paper_of(view), subject, subject_id, part_of(view))
    if row is None:
        return replace(view, number="", number_word=code_of(act, view)), None
    return numbered(view, row), row


def numbered(view: View, row: Letter) -> View:
    """A letter with a number and its date of signing, which is its 成文日期 (GB/T 9704 §7.3.5)."""
    return replace(view, number=row.number, number_word=row.code, issued=row.given_at.astimezone(SHANGHAI).date())


def sign(act: Act, view: View, subject: str, subject_id: int, title: str) -> tuple[View, Letter]:
    """签发: the letter with its number, given now or before. A 演练 is never numbered."""
    if view.rehearsal:
        raise Refused("演练的文书不编发文字号。")
    root = people.root(act.session)
    if root is None:
        raise Refused("还没有建立办公室，不能编号。")
    row = give(
        act,
        unit_id=key(root),
        kind=SERIES.get(type(view), GENERAL)[0],
        code=code_of(act, view),
        subject=subject,
        subject_id=subject_id,
        paper=paper_of(view),
        part=part_of(view),
        title=title,
        recipient=recipient_of(view),
        right_in=unit_of(act.session, subject, subject_id),
    )
    return numbered(view, row), row


def keep(act: Act, row: Letter, digest: str) -> None:
    """Note the document that was signed: whoever asks again is given these very bytes."""
    row.digest = digest
    act.session.add(row)
    act.session.flush()


def signed(act: Act, paper: str, subject: str, ids: Iterable[int]) -> dict[int, Letter]:
    """The numbers that hold for letters of many rows, by the row's id."""
    found = select(Letter).where(
        Letter.paper == paper, Letter.subject == subject, Letter.part == 0, col(Letter.void_at).is_(None)
    )
    wanted = set(ids)
    return {each.subject_id: each for each in act.session.exec(found) if each.subject_id in wanted}


def of_row(session: Session, subject: str, subject_id: int) -> list[Letter]:
    """All numbers that letters of a row were ever given, newest first."""
    found = select(Letter).where(Letter.subject == subject, Letter.subject_id == subject_id)
    return list(session.exec(found.order_by(col(Letter.id).desc())))
