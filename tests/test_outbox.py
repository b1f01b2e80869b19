"""The outbox as rows: each message once, in order within its chat, and a named state whatever happens to it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from models import outbox
from models.base import writing
from models.outbox import MAYBE_SENT, Outbox
from models.words import OutboxState
from tests.sample_office import NOW, SampleOffice

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SampleOffice]:
    opened = SampleOffice.opened(tmp_path)
    yield opened
    opened.engine.dispose()


def row(key: str, *, to: int | None = 1, group: int | None = None, **values: object) -> Outbox:
    """A message to a person, or to a group."""
    defaults: dict[str, object] = {"kind": "left", "created_at": NOW, "not_before": NOW}
    return Outbox(key=key, person_id=None if group else to, group_id=group, **(defaults | values))


def put(store: SampleOffice, *rows: Outbox) -> None:
    with writing(store.engine) as session:
        for each in rows:
            assert outbox.put(session, each)


def claimed(store: SampleOffice, limit: int = 50, *, at: timedelta = timedelta()) -> list[str]:
    with writing(store.engine) as session:
        return [each.key for each in outbox.claim(session, NOW + at, limit)]


def named(session: Session, key: str) -> Outbox:
    found = outbox.by_key(session, key)
    assert found is not None
    return found


def states(store: SampleOffice) -> dict[str, str]:
    with store.read() as session:
        return {each.key: each.state for each in session.exec(select(Outbox).order_by(col(Outbox.id)))}


def try_once(session: Session, key: str) -> Outbox:
    """The row's request goes out."""
    outbox.sending(session, named(session, key).id or 0, NOW)
    session.expire_all()
    return named(session, key)


def test_a_key_is_said_once(store: SampleOffice) -> None:
    with writing(store.engine) as session:
        assert outbox.put(session, row("a"))
        assert not outbox.put(session, row("a", to=2))
        assert session.exec(select(Outbox.person_id)).all() == [1]


def test_a_message_undone_with_its_fact_was_never_there(store: SampleOffice) -> None:
    with pytest.raises(RuntimeError), store.act("staff1") as act:
        act.tell("left", "a", person=act.person)
        raise RuntimeError
    assert states(store) == {}


def test_oldest_first_and_only_what_is_due(store: SampleOffice) -> None:
    put(store, row("a"), row("later", to=2, not_before=LATER), row("b", to=3), row("c", to=4))
    assert claimed(store, 2) == ["a", "b"]
    assert claimed(store) == ["c"]
    assert claimed(store) == []
    assert claimed(store, at=timedelta(hours=2)) == ["later"]


def test_a_chat_in_which_something_is_under_way_keeps_its_later_messages(store: SampleOffice) -> None:
    put(store, row("a"), row("g1", group=1), row("b", to=2))
    assert claimed(store) == ["a", "g1", "b"]
    put(store, row("a2"), row("g2", group=1), row("c", to=3))
    assert claimed(store) == ["c"]
    with writing(store.engine) as session:
        for key in ("a", "g1"):
            sent = try_once(session, key)
            outbox.sent(session, sent.id or 0, now=NOW, chat_id=1, message_id=1, text="")
    assert claimed(store) == ["a2", "g2"]


def test_what_must_be_tried_again_goes_before_what_came_later(store: SampleOffice) -> None:
    put(store, row("a"), row("a2"))
    assert claimed(store, 1) == ["a"]
    with writing(store.engine) as session:
        tried = try_once(session, "a")
        outbox.again(session, tried.id or 0, now=NOW, seconds=30, reason="稍候")
    assert claimed(store) == []
    assert claimed(store, at=timedelta(seconds=30)) == ["a", "a2"]


def test_a_message_for_later_holds_nobody_up(store: SampleOffice) -> None:
    put(store, row("tomorrow", not_before=LATER), row("now"))
    assert claimed(store) == ["now"]


def test_what_was_not_tried_goes_back_as_it_was(store: SampleOffice) -> None:
    put(store, row("a"), row("b", to=2))
    with writing(store.engine) as session:
        rows = outbox.claim(session, NOW)
        try_once(session, "b")
        outbox.release(session, [each.id or 0 for each in rows])
    assert states(store) == {"a": "queued", "b": "sending"}


def test_after_a_death_the_untried_are_queued_and_the_tried_are_doubtful(store: SampleOffice) -> None:
    staff = store.made.people["staff1"]
    put(
        store,
        row("untried", to=3, dispatcher_id=staff),
        row("person", to=4, dispatcher_id=staff),
        row("group", group=1, dispatcher_id=staff),
        row("edit", to=5, dispatcher_id=staff, edits="untried"),
        row("queued", to=6, not_before=LATER),
    )
    claimed(store)
    with writing(store.engine) as session:
        for key in ("person", "group", "edit"):
            try_once(session, key)
    with writing(store.engine) as session:
        assert outbox.recover(session, NOW) == 3
    assert states(store) == {
        "untried": "queued",
        "person": "uncertain",
        "group": "queued",
        "edit": "queued",
        "queued": "queued",
        f"undelivered:{_id(store, 'person')}": "queued",
    }
    with store.read() as session:
        assert named(session, "group").reason == named(session, "edit").reason == MAYBE_SENT
        assert named(session, "untried").reason == ""
        told = named(session, f"undelivered:{_id(store, 'person')}")
        assert told.person_id == staff
    with writing(store.engine) as session:
        assert outbox.recover(session, NOW) == 0
    assert len(states(store)) == 6


def test_what_another_process_is_sending_is_left_alone(store: SampleOffice) -> None:
    put(store, row("old"), row("new", to=2))
    assert claimed(store, 1) == ["old"]
    assert claimed(store, at=timedelta(minutes=9)) == ["new"]
    with writing(store.engine) as session:
        outbox.recover(session, LATER, before=NOW + timedelta(minutes=5))
    assert states(store) == {"old": "queued", "new": "taken"}


def test_nothing_is_doubted_for_ever(store: SampleOffice) -> None:
    put(store, row("group", group=1))
    for _ in range(2):
        claimed(store)
        with writing(store.engine) as session:
            outbox.doubtful(session, try_once(session, "group"), now=NOW, reason="没有回音")
        assert states(store) == {"group": "queued"}
    claimed(store)
    with writing(store.engine) as session:
        outbox.doubtful(session, try_once(session, "group"), now=NOW, reason="没有回音")
    assert states(store)["group"] == OutboxState.UNCERTAIN


@pytest.mark.parametrize(
    ("receiver", "dispatcher", "kind", "told"),
    [
        ("inspector01", "staff2", "left", "staff2"),
        ("inspector01", None, "left", "admin"),
        ("staff2", "staff2", "left", "admin"),
        ("admin", None, "left", "staff1"),
        ("group", "staff2", "left", "staff2"),
        ("group", None, "left", "admin"),
        ("staff2", "staff1", "undelivered", None),
    ],
)
def test_somebody_else_is_told_once(
    receiver: str, dispatcher: str | None, kind: str, told: str | None, store: SampleOffice
) -> None:
    people = store.made.people
    group = 1 if receiver == "group" else None
    by = people[dispatcher] if dispatcher else None
    put(store, row("a", to=people.get(receiver), group=group, dispatcher_id=by, kind=kind))
    with writing(store.engine) as session:
        lost = named(session, "a")
        assert outbox.tell_undelivered(session, lost, NOW) is (told is not None)
        assert not outbox.tell_undelivered(session, lost, NOW)
        receivers = session.exec(select(Outbox.person_id).where(Outbox.key != "a")).all()
        assert [store.who(each) for each in receivers] == ([told] if told else [])


def test_a_rewrite_and_an_answer_find_their_message_in_the_same_chat(store: SampleOffice) -> None:
    put(store, row("a"), row("b", edits="a"), row("other", to=2, edits="a"), row("answer", replies="a"))
    with writing(store.engine) as session:
        assert outbox.face(session, named(session, "b")) is None
        outbox.sent(session, named(session, "a").id or 0, now=NOW, chat_id=7, message_id=70, text="x")
        session.expire_all()
        assert outbox.face(session, named(session, "b")) == 70
        assert outbox.face(session, named(session, "answer")) == 70
        assert outbox.face(session, named(session, "other")) is None
        assert outbox.face(session, named(session, "a")) is None


def test_the_rewrite_of_a_message_that_never_arrived_takes_its_place(store: SampleOffice) -> None:
    put(store, row("a"), row("b", edits="a"), row("c", edits="a"))
    with writing(store.engine) as session:
        outbox.failed(session, named(session, "a").id or 0, reason="没有接受")
        outbox.sent(session, named(session, "b").id or 0, now=NOW, chat_id=7, message_id=71, text="x")
        session.expire_all()
        assert outbox.face(session, named(session, "c")) == 71
        found = outbox.by_message(session, 7, 71)
        assert found is not None and found.key == "b"


def _id(store: SampleOffice, key: str) -> int:
    with store.read() as session:
        return named(session, key).id or 0
