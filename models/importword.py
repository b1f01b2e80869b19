"""Words of the office's files that somebody has explained once: headers, units, risk classes (DESIGN §4)."""

import unicodedata
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from models.act import Act
from models.base import Instant

UNIT = "unit"
RISK_CLASS = "risk_class"
# A header that somebody has said is not to be imported.
NOTHING = "-"


class ImportWord(SQLModel, table=True):
    """One word and what it means: a field for a header (scope `header:<kind>`), a unit's name, the code of a class."""

    __tablename__ = "import_word"
    __table_args__ = (UniqueConstraint("scope", "word"),)

    id: int | None = Field(default=None, primary_key=True)
    scope: str
    word: str
    meaning: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


def header_scope(kind: str) -> str:
    """Where the headers of a kind of table are kept."""
    return f"header:{kind}"


def folded(word: str) -> str:
    """A word as it is compared: NFKC, no blanks."""
    return "".join(unicodedata.normalize("NFKC", word).split())


def meanings(session: Session, scope: str) -> dict[str, str]:
    """What the words of a scope mean, by folded word."""
    return dict(session.exec(select(ImportWord.word, ImportWord.meaning).where(ImportWord.scope == scope)).all())


def headers(session: Session) -> dict[str, dict[str, str]]:
    """Kind → folded header → field, for all kinds."""
    found: dict[str, dict[str, str]] = {}
    for row in session.exec(select(ImportWord)):
        place, _, kind = row.scope.partition(":")
        if place == "header":
            found.setdefault(kind, {})[row.word] = row.meaning
    return found


def learn(act: Act, scope: str, word: str, meaning: str) -> None:
    """Remember what a word means, in place of what was said of it before. The caller checks the right."""
    found = act.session.exec(
        select(ImportWord).where(ImportWord.scope == scope, ImportWord.word == folded(word))
    ).first()
    before = found.meaning if found else None
    row = found or ImportWord(scope=scope, word=folded(word), meaning=meaning, at=act.now)
    row.meaning, row.at, row.person_id = meaning, act.now, act.actor.id if act.actor else None
    act.session.add(row)
    act.session.flush()
    act.record("import_word", scope, row.id, before={"meaning": before}, after={"word": row.word, "meaning": meaning})
