"""The list of conversations: importing them fills the registry (DESIGN §1)."""

from handlers import (
    adjustment,
    admin,
    attention,
    audit,
    batch,
    completion,
    deadline,
    draw,
    event,
    export,
    find,
    letter,
    paper,
    plan,
    publication,
    registers,
    report,
    result,
    schedule,
    start,
    summary,
    upkeep,
    verify,
    visit,
    witness,
)

CONVERSATIONS = (
    start,
    admin,
    plan,
    completion,
    adjustment,
    draw,
    witness,
    verify,
    visit,
    event,
    result,
    publication,
    deadline,
    schedule,
    report,
    summary,
    registers,
    attention,
    export,
    find,
    upkeep,
    audit,
    paper,
    letter,
    batch,
)

# Commands that make sense in a group; the others belong into the private chat.
IN_GROUPS = frozenset({"draw", "progress", "deadlines", "help", "cancel", "bind", "verify"})


def load() -> int:
    """Make sure that every conversation is registered; returns how many there are."""
    return len(CONVERSATIONS)
