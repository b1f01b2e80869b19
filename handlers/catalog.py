"""The list of conversations: importing them fills the registry (DESIGN §1)."""

from handlers import (
    adjustment,
    admin,
    agenda,
    attention,
    audit,
    backfill,
    batch,
    collection,
    completion,
    deadline,
    draw,
    event,
    explain,
    export,
    find,
    letter,
    paper,
    plan,
    publication,
    registers,
    report,
    report_form,
    report_offer,
    result,
    schedule,
    start,
    summary,
    undo,
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
    backfill,
    deadline,
    schedule,
    agenda,
    report,
    report_form,
    report_offer,
    collection,
    summary,
    registers,
    explain,
    undo,
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
