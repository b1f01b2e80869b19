"""The collector: importing this module imports every table (DESIGN §1)."""

from sqlmodel import SQLModel

from models import (
    attachment,
    audit,
    ceremony,
    dialogue,
    draw,
    duty,
    entity,
    event,
    expert,
    followup,
    holidays,
    inspector,
    item,
    letter,
    outbox,
    people,
    plan,
    planversion,
    publication,
    result,
    scenario,
    source,
    visit,
)

METADATA = SQLModel.metadata

ROOMS = (
    attachment,
    audit,
    ceremony,
    dialogue,
    draw,
    duty,
    entity,
    event,
    expert,
    followup,
    holidays,
    inspector,
    item,
    letter,
    outbox,
    people,
    plan,
    planversion,
    publication,
    result,
    scenario,
    source,
    visit,
)
