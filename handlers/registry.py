"""The one registry: commands with their words and rights, buttons, forms and notices (DESIGN §1, §12)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.answer import Answer
from models.act import Act
from models.dialogue import Dialogue
from models.outbox import Outbox
from models.people import Group, Person
from models.words import Role


@dataclass(frozen=True)
class Incoming:
    """A file that a person sent: `kind` is photo, video or document; `digest` is its SHA-256, hex."""

    kind: str
    name: str
    data: bytes
    digest: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


@dataclass(frozen=True)
class Thrown:
    """A die as the chat reports it."""

    emoji: str
    value: int
    message_id: int
    forwarded: bool
    # Unix seconds, by the chat's own clock.
    date: int


@dataclass(frozen=True)
class Ask:
    """One thing that one person asks for, in one chat."""

    act: Act
    chat_id: int
    private: bool
    message_id: int
    user_id: int = 0
    chat_title: str = ""
    group: Group | None = None
    text: str = ""
    args: tuple[str, ...] = ()
    reply_to: int | None = None
    # Data of the buttons under the message that is answered: what that message is about.
    reply_data: tuple[str, ...] = ()
    file: Incoming | None = None
    thrown: Thrown | None = None
    dialogue: Dialogue | None = None
    # What wiring offers: `bot_username`, `read_file(digest) -> bytes`, `supergroup`, `link`.
    kit: "Kit" = field(default_factory=lambda: Kit())

    def with_args(self, *args: str) -> "Ask":
        """The same, as if the button had had these arguments."""
        return replace(self, args=args)

    def number(self, at: int = 0) -> int:
        """A button's argument as an id; ValueError where the data was made up."""
        return int(self.args[at])


@dataclass(frozen=True)
class Kit:
    """What the conversations need of the wiring."""

    bot_username: str = ""
    # Whether the chat is a supergroup, where message ids are the same for everybody (PROTOCOL §4).
    supergroup: bool = False
    read_file: Callable[[str], bytes] = lambda digest: b""
    keep_file: Callable[[bytes], str] = lambda data: ""
    # The personal link into a chat of our own; None where people join by a one-time token.
    link: Callable[[Act, Person], str | None] = lambda act, person: None
    # Runs a function of an act and plain values that reads much, in a process of its own and a transaction that only
    # reads; meanwhile calls the last argument about once a second.
    apart: Callable[..., Any] = lambda work, act, *args: _not_wired()


def _not_wired() -> None:
    raise NotImplementedError("no process for what reads much")


Handler = Callable[[Ask], Answer | None]


@dataclass(frozen=True)
class Command:
    """One line of DESIGN §12: the Latin name, the Chinese word, who may, what it does."""

    name: str
    word: str
    roles: frozenset[Role]
    who: str
    help: str
    run: Handler
    # Anyone, even without an account (only /start).
    open: bool = False


COMMANDS: dict[str, Command] = {}
BUTTONS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {}
NOTICES: dict[str, Callable[[Act, Outbox], Answer | None]] = {}
DICE: list[Handler] = []
FILES: list[Handler] = []
REPLIES: list[Handler] = []

EVERYONE: frozenset[Role] = frozenset(Role)


def command(
    name: str, word: str, help: str, *, roles: Iterable[Role] = EVERYONE, who: str, open: bool = False
) -> Callable[[Handler], Handler]:
    """Register a command; its right is checked before it runs, and by the rules again."""

    def register(run: Handler) -> Handler:
        _add(COMMANDS, name, Command(name, word, frozenset(roles), who, help, run, open))
        return run

    return register


def button(name: str) -> Callable[[Handler], Handler]:
    """Register what a button does; the rule it calls checks the presser's right."""

    def register(run: Handler) -> Handler:
        _add(BUTTONS, name, run)
        return run

    return register


def form(name: str) -> Callable[[Handler], Handler]:
    """Register what happens with a text, photo or file while this form is open."""

    def register(run: Handler) -> Handler:
        _add(FORMS, name, run)
        return run

    return register


def notice(kind: str) -> Callable[[Callable[[Act, Outbox], Answer | None]], Callable[[Act, Outbox], Answer | None]]:
    """Register how an outbox row of this kind reads; None means that there is nothing to say any more."""

    def register(render: Callable[[Act, Outbox], Answer | None]) -> Callable[[Act, Outbox], Answer | None]:
        _add(NOTICES, kind, render)
        return render

    return register


def dice(run: Handler) -> Handler:
    """Register who looks at thrown dice."""
    DICE.append(run)
    return run


def files(run: Handler) -> Handler:
    """Register who looks at a file that belongs to no open form; the first that answers has it."""
    FILES.append(run)
    return run


def replies(run: Handler) -> Handler:
    """Register who looks at a text in reply to a message of ours with buttons, before the form that is open."""
    REPLIES.append(run)
    return run


def word(text: str) -> Command | None:
    """The command behind a Chinese word."""
    return next((each for each in COMMANDS.values() if each.word == text), None)


def _add(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"registered twice: {name}")
    table[name] = value
