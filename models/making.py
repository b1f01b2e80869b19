"""Making a draw from what is frozen, without the store: what it needs, what it costs, what comes of it (§5.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models import record
from models.form import Json
from models.throws import Source, Throw

LARGE = 50_000
"""Labels in a pool from which on a draw is made beside the chat: about a tenth of a second of waiting for everybody."""


@dataclass(frozen=True)
class Making:
    """All that decides a draw. None of it changes once there are enough throws, so it can be computed again."""

    draw_id: int
    announcement: Json
    files: record.Files
    code: bytes
    throws: tuple[Throw, ...]
    sources: tuple[Source, ...]
    drawn_at: str
    salts: tuple[bytes, ...]

    @property
    def at(self) -> datetime:
        """When it was drawn: the moment in the record."""
        return datetime.fromisoformat(self.drawn_at)

    def made(self, seen: Callable[[int, int], None] | None = None) -> record.Drawn:
        """The draw (protocol §§5, 6). `seen` is told on the way how many bytes of how many of the pool are done."""
        return record.make_draw(
            self.announcement,
            self.files,
            code=self.code,
            throws=self.throws,
            sources=self.sources,
            drawn_at=self.drawn_at,
            salts=self.salts,
            seen=seen,
        )


def large(announcement: Json) -> bool:
    """Whether the draw of an announcement is made beside the chat."""
    return sum(stratum["size"] for stratum in announcement["strata"]) >= LARGE
