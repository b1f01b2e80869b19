"""Groups: made, joined, left, given administrators, and turned into supergroups."""

from collections.abc import Sequence

from bot.chat import accounts, messages, updates
from bot.chat.accounts import PRESENT, Chat, Person
from bot.chat.store import Store
from bot.chat.wire import ApiError, bad, dump

FIRST_GROUP = 4_000_001
FIRST_SUPERGROUP = 2_000_000_001
SUPERGROUP = -1_000_000_000_000


def create(store: Store, type: str, title: str, members: Sequence[int], bots: Sequence[int]) -> int:
    """A new group's id (below zero; a supergroup's begins with -100). The first member becomes its creator.

    Raises ApiError 400 for another type or an empty title, 404 for an unknown member.
    """
    if type not in ("group", "supergroup"):
        raise bad("the type of a chat is group or supergroup")
    if not title.strip() or len(title) > 128:
        raise bad("a chat needs a title of 1-128 characters")
    persons = known(store, members, bots=False)
    machines = known(store, bots, bots=True)
    with store.write() as db:
        chat_id = _new_id(store, type)
        db.execute("INSERT INTO chat (id, type, title) VALUES (?, ?, ?)", (chat_id, type, title.strip()))
        chat = Chat(chat_id, type, title.strip())
        for index, person in enumerate([*persons, *machines]):
            standing = "creator" if index == 0 and persons else "member"
            db.execute("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", (chat_id, person.id, standing))
        maker = accounts.owner(store, chat_id)
        for person in persons:
            _tell_person(store, chat, person, accounts.status(store, chat_id, person.id))
        for bot in machines:
            _tell_standing(store, chat, maker or bot, bot, "left", "member")
        if maker is not None and type == "group":
            messages.post(store, chat, maker, {"group_chat_created": True})
        elif maker is not None and machines:
            messages.post(store, chat, maker, {"new_chat_members": [bot.json() for bot in machines]})
    return chat_id


def add(store: Store, chat_id: int, person_ids: Sequence[int]) -> None:
    """Let people and bots into a group; those who are in already stay as they are."""
    with store.write() as db:
        chat = existing(store, chat_id)
        actor = accounts.owner(store, chat_id)
        for person in known(store, person_ids):
            before = accounts.status(store, chat_id, person.id)
            if before in PRESENT:
                continue
            standing = "creator" if actor is None and not person.is_bot else "member"
            db.execute("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", (chat_id, person.id, standing))
            actor = actor or person
            _tell_person(store, chat, person, standing)
            _tell_standing(store, chat, actor, person, before, standing)
            messages.post(store, chat, actor, {"new_chat_members": [person.json()]})


def remove(store: Store, chat_id: int, person_ids: Sequence[int], actor: Person | None = None) -> None:
    """Take people and bots out of a group; with an actor who is the one removed, as leaving of one's own accord."""
    with store.write() as db:
        chat = existing(store, chat_id)
        for person in known(store, person_ids):
            before = accounts.status(store, chat_id, person.id)
            if before not in PRESENT:
                continue
            by = actor or accounts.owner(store, chat_id) or person
            after = "kicked" if person.is_bot and by.id != person.id else "left"
            messages.post(store, chat, by, {"left_chat_member": person.json()})
            db.execute("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", (chat_id, person.id, after))
            _tell_person(store, chat, person, after)
            _tell_standing(store, chat, by, person, before, after)


def promote(store: Store, chat_id: int, person_ids: Sequence[int]) -> None:
    """Make members of a group administrators."""
    with store.write() as db:
        chat = existing(store, chat_id)
        actor = accounts.owner(store, chat_id)
        for person in known(store, person_ids):
            before = accounts.status(store, chat_id, person.id)
            if before not in PRESENT:
                raise bad(f"{person.id} is not a member of the chat")
            if before == "member":
                db.execute(
                    "UPDATE member SET status = 'administrator' WHERE chat_id = ? AND person_id = ?",
                    (chat_id, person.id),
                )
                _tell_person(store, chat, person, "administrator")
                _tell_standing(store, chat, actor or person, person, before, "administrator")


def migrate(store: Store, chat_id: int) -> int:
    """Turn a group into a supergroup and give its new id; what was said stays in the old one."""
    with store.write() as db:
        old = existing(store, chat_id)
        if old.type != "group":
            raise bad("only a group can become a supergroup")
        new_id = _new_id(store, "supergroup")
        new = Chat(new_id, "supergroup", old.title)
        db.execute("INSERT INTO chat (id, type, title) VALUES (?, 'supergroup', ?)", (new_id, old.title))
        db.execute("INSERT INTO member SELECT ?, person_id, status FROM member WHERE chat_id = ?", (new_id, chat_id))
        actor = accounts.owner(store, chat_id)
        if actor is not None:
            messages.post(store, old, actor, {"migrate_to_chat_id": new_id})
        db.execute("UPDATE chat SET migrated_to = ? WHERE id = ?", (new_id, chat_id))
        for person, standing in accounts.members(store, new_id):
            _tell_person(store, new, person, standing)
        if actor is not None:
            messages.post(store, new, actor, {"migrate_from_chat_id": chat_id})
    return new_id


def existing(store: Store, chat_id: int) -> Chat:
    """A group that is in use. Raises ApiError 404 if there is none, 400 if it became a supergroup."""
    chat = accounts.find_chat(store, chat_id) if chat_id < 0 else None
    if chat is None:
        raise ApiError(404, "Not Found: no such chat")
    if chat.migrated_to is not None:
        raise migrated(chat.migrated_to)
    return chat


def migrated(new_id: int) -> ApiError:
    """The refusal of a call to a group that became a supergroup."""
    return ApiError(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": new_id},
    )


def _new_id(store: Store, type: str) -> int:
    if type == "group":
        return -store.next("group", FIRST_GROUP)
    return SUPERGROUP - store.next("supergroup", FIRST_SUPERGROUP)


def known(store: Store, person_ids: Sequence[int], *, bots: bool | None = None) -> list[Person]:
    """The people with these ids; with `bots` only bots, or only people. Raises ApiError 404 for one that is unknown."""
    found = []
    for person_id in person_ids:
        person = accounts.find(store, person_id)
        if person is None or bots not in (None, person.is_bot):
            raise ApiError(404, f"Not Found: nobody has the id {person_id}")
        found.append(person)
    return found


def _tell_person(store: Store, chat: Chat, person: Person, standing: str) -> None:
    """The event by which a person's own list of chats changes."""
    if not person.is_bot:
        body = {"chat": accounts.chat_json(store, chat), "member": accounts.member_json(person, standing)}
        messages.tell(store, [person.id], "member", chat.id, None, dump(body))


def _tell_standing(store: Store, chat: Chat, actor: Person, person: Person, before: str, after: str) -> None:
    """my_chat_member for the bot itself, chat_member for the administrator bots."""
    change = {
        "chat": accounts.chat_json(store, chat),
        "from": actor.json(),
        "date": store.now(),
        "old_chat_member": accounts.member_json(person, before),
        "new_chat_member": accounts.member_json(person, after),
    }
    if person.is_bot:
        updates.queue(store, person.id, "my_chat_member", change)
    for other, standing in accounts.members(store, chat.id):
        if other.is_bot and other.id != person.id and standing == "administrator":
            updates.queue(store, other.id, "chat_member", change)
