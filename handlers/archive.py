"""A record and its files as they are handed out: one archive, or one page that recomputes them."""

import io
import zipfile
from collections.abc import Mapping

from handlers.answer import File
from models import draw, form
from models.act import Act
from models.draw import Draw
from models.plan import Task
from models.words import DrawState, Role
from templates import pages

# A fixed time stamp: the same record gives the same bytes.
_STAMP = (2020, 1, 1, 0, 0, 0)


def public_archive(act: Act, drawn: Draw) -> File:
    """The public edition of a draw; refused while its code is withheld."""
    made, files = draw.public_edition(act, drawn)
    named = {"record.json": form.canonical(made), **files}
    return File(f"抽取记录-公开版-第{drawn.serial}号.zip", packed(named))


def full_archive(act: Act, drawn: Draw) -> File:
    """The full edition with all files, for staff and leaders of the unit who supervise."""
    task = act.session.get_one(Task, drawn.task_id)
    act.require({Role.STAFF, Role.ADMIN, Role.LEADER}, task.unit_id or 0)
    named = {"record.json": form.canonical(draw.record_of(drawn)), **draw.files_of(act.session, drawn)}
    return File(f"抽取记录-全部-第{drawn.serial}号.zip", packed(named))


def public_page(act: Act, drawn: Draw) -> File:
    """The page that recomputes the public edition in the reader's browser; refused while the code is withheld.

    A lapsed announcement has no public edition: its record names nobody and is carried as it is.
    """
    lapsed = drawn.state == DrawState.LAPSED
    made, files = (draw.record_of(drawn), {}) if lapsed else draw.public_edition(act, drawn)
    return File(f"复核-第{drawn.serial}号.html", pages.verify_page(made, files))


def full_page(act: Act, drawn: Draw) -> File:
    """The page with the full edition in it, names and codes included, for staff and leaders of the unit."""
    task = act.session.get_one(Task, drawn.task_id)
    act.require({Role.STAFF, Role.ADMIN, Role.LEADER}, task.unit_id or 0)
    page = pages.verify_page(draw.record_of(drawn), draw.files_of(act.session, drawn))
    return File(f"复核-全部-第{drawn.serial}号.html", page)


def packed(named: Mapping[str, bytes]) -> bytes:
    """Files by name as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(named):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), named[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
