"""Act: everything that a rule needs from outside, as one value (DESIGN §1), and what a rule says when it refuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import audit, outbox, people
from models.people import Group, Person
from models.policy import Policy
from models.words import Role


class Refused(Exception):
    """A rule says no. The message is one Chinese sentence: what is wrong and what to do."""

    def __init__(self, sentence: str, *, alert: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        # Shown as a dialog where a button was pressed, and worth a line in the log.
        self.alert = alert


class NoRight(Refused):
    """The person has not the right; said without telling more than that."""

    def __init__(self, sentence: str = "您没有办理这项工作的权限。如有需要，请联系管理员。") -> None:
        super().__init__(sentence, alert=True)


@dataclass(frozen=True)
class Act:
    """One person's act at one instant, inside one transaction."""

    session: Session
    now: datetime
    actor: Person | None
    policy: Policy
    # n fresh random bytes from the system.
    entropy: Callable[[int], bytes]
    # Where it came from: `chat:<chat id>/<message id>`, `cli`, `tick`.
    source: str
    # `telegram` or `local`; a simulated clock is said in every record.
    chat: str = "local"
    simulated: bool = False
    # 代办: the person for whom the actor acts, with paper (DESIGN §3).
    behalf: Person | None = None

    @property
    def person(self) -> Person:
        """The actor; NoRight where an act needs one and there is none."""
        if self.actor is None:
            raise NoRight
        return self.actor

    @property
    def person_id(self) -> int:
        """The actor's id."""
        return key(self.person)

    def may(self, roles: Iterable[Role], unit_id: int) -> bool:
        """Whether the actor has one of the roles in the unit."""
        return self.actor is not None and people.may(self.session, self.person_id, roles, unit_id)

    def require(self, roles: Iterable[Role], unit_id: int) -> None:
        """Go on only with one of the roles in the unit (default deny)."""
        if not self.may(roles, unit_id):
            raise NoRight

    def record(
        self,
        verb: str,
        subject: str,
        subject_id: int | None,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Write the audit row of this act."""
        row = audit.Audit(
            at=self.now,
            actor_id=self.actor.id if self.actor else None,
            behalf_id=self.behalf.id if self.behalf else None,
            verb=verb,
            subject=subject,
            subject_id=subject_id,
            source=self.source,
            clock="simulated" if self.simulated else "real",
            before=before,
            after=after,
            previous="",
            digest="",
        )
        audit.append(self.session, row)

    def tell(
        self,
        kind: str,
        key: str,
        *,
        person: Person | None = None,
        group: Group | None = None,
        dispatcher: Person | None = None,
        not_before: datetime | None = None,
        edits: str | None = None,
        replies: str | None = None,
        **data: Any,
    ) -> bool:
        """Queue one message, once: a second call with the same key adds nothing. Tells whether it was added."""
        if (person is None) == (group is None):
            raise ValueError("a message goes to one person or to one group")
        row = outbox.Outbox(
            key=key,
            kind=kind,
            person_id=person.id if person else None,
            group_id=group.id if group else None,
            dispatcher_id=dispatcher.id if dispatcher else None,
            data=data,
            edits=edits,
            replies=replies,
            created_at=self.now,
            not_before=not_before or self.now,
        )
        return outbox.put(self.session, row)


def key(row: Any) -> int:
    """The id of a row that is in the database."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} was not written yet")
    return int(row.id)
