"""A Word file that nobody else knew what to do with: 核验 says that it was not made here."""

from handlers import document
from handlers.answer import Answer
from handlers.registry import Ask, files


@files
def left(ask: Ask) -> Answer | None:
    """The last to be asked (handlers.catalog imports it late): no template, no table to import, none of ours."""
    file = ask.file
    if file is None or not ask.private or ask.reply_to is not None or not file.name.lower().endswith(".docx"):
        return None
    return document.examined(ask, file)
