"""The list of conversations: importing them fills the registry (DESIGN §1)."""

from handlers import (
    adjustment,
    admin,
    attention,
    audit,
    completion,
    deadline,
    draw,
    export,
    find,
    paper,
    plan,
    publication,
    registers,
    report,
    result,
    start,
    summary,
    visit,
)

CONVERSATIONS = (
    start,
    admin,
    plan,
    completion,
    adjustment,
    draw,
    visit,
    result,
    publication,
    deadline,
    report,
    summary,
    registers,
    attention,
    export,
    find,
    audit,
    paper,
)

# Commands that make sense in a group; the others belong into the private chat.
IN_GROUPS = frozenset({"draw", "progress", "deadlines", "help", "cancel", "bind", "verify"})


def load() -> int:
    """Make sure that every conversation is registered; returns how many there are."""
    return len(CONVERSATIONS)
