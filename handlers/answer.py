"""What a conversation answers: text, buttons, a file, a toast; nothing of the chat's own types."""

from collections.abc import Callable
from dataclasses import dataclass, field

from templates.texts import Html

# Bumped when the meaning of button data changes: buttons of older messages are then told so politely.
DATA_VERSION = "1"


@dataclass(frozen=True)
class Key:
    """One button: its label, the name of what it does, and plain arguments (ids)."""

    label: str
    name: str
    args: tuple[str | int, ...] = ()

    @property
    def data(self) -> str:
        """What the chat carries: 1–64 bytes, looked up and authorised at each press (TOOLBOX)."""
        text = ".".join([DATA_VERSION, self.name, *map(str, self.args)])
        if len(text.encode()) > 64:
            raise ValueError(f"button data is too long: {text}")
        return text


def key(label: str, name: str, *args: str | int) -> Key:
    """A button."""
    return Key(label, name, args)


@dataclass(frozen=True)
class File:
    """A file that goes out with an answer."""

    name: str
    data: bytes
    photo: bool = False


@dataclass(frozen=True)
class Answer:
    """One message, or the new face of one."""

    text: Html = field(default_factory=Html)
    keys: tuple[tuple[Key, ...], ...] = ()
    # Rewrite the message whose button was pressed instead of sending a new one.
    edit: bool = False
    # Rewrite it also where it is the caption of a document, which otherwise stays as it was sent.
    caption: bool = False
    file: File | None = None
    # A short line over the chat for whoever pressed; `alert` makes it a dialog.
    toast: str = ""
    alert: bool = False
    # Send to the person in private, though the question came in a group.
    privately: bool = False
    also: tuple["Answer", ...] = field(default=())
    # What goes on in a thread after this was sent: it says how far it is, which rewrites this message, and what came of
    # it is sent as further answers. It has transactions of its own, short ones.
    work: Callable[[Callable[[Html], None]], "tuple[Answer, ...]"] | None = None


def column(*keys: Key) -> tuple[tuple[Key, ...], ...]:
    """Buttons one below the other."""
    return tuple((each,) for each in keys)


def rows(keys: list[Key], width: int) -> tuple[tuple[Key, ...], ...]:
    """Buttons in rows of a width."""
    return tuple(tuple(keys[at : at + width]) for at in range(0, len(keys), width))
