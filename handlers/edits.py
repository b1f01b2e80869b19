"""How one edit of the plan reads, in a request and in a version."""

from typing import Any

from models import adjustment
from templates.columns import SHAPES
from templates.texts import Html, lines, say

TITLES = {each.name: each.title for each in SHAPES["plan"]}
"""What the eleven columns are called."""


def edit_line(stored: dict[str, Any]) -> Html:
    """One edit in words, as a version keeps it."""
    head = say("adjust.edit", how=adjustment.HOW[stored["how"]], no=stored["plan_no"], name=stored["name"])
    if stored["how"] != adjustment.CHANGE:
        return head
    fields = stored["fields"].items()
    parts = [
        say("adjust.field", title=TITLES[n], before=old or "（空）", after=new or "（空）") for n, (old, new) in fields
    ]
    return lines(head, *parts)
