"""The collector: importing this module imports every table (DESIGN §1)."""

from sqlmodel import SQLModel

from models import (
    attachment,
    audit,
    dialogue,
    draw,
    duty,
    entity,
    event,
    followup,
    holidays,
    inspector,
    item,
    letter,
    outbox,
    people,
    plan,
    publication,
    result,
    visit,
)

METADATA = SQLModel.metadata

ROOMS = (
    attachment,
    audit,
    dialogue,
    draw,
    duty,
    entity,
    event,
    followup,
    holidays,
    inspector,
    item,
    letter,
    outbox,
    people,
    plan,
    publication,
    result,
    visit,
)
