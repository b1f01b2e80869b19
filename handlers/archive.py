"""A record and its files as one archive, as it is handed out."""

import io
import zipfile
from collections.abc import Mapping

from handlers.answer import File
from models import draw, form
from models.act import Act
from models.draw import Draw

# A fixed time stamp: the same record gives the same bytes.
_STAMP = (2020, 1, 1, 0, 0, 0)


def public_archive(act: Act, drawn: Draw) -> File:
    """The public edition of a draw; refused while its code is withheld."""
    made, files = draw.public_edition(act, drawn)
    named = {"record.json": form.canonical(made), **files}
    return File(f"抽取记录-公开版-第{drawn.serial}号.zip", packed(named))


def packed(named: Mapping[str, bytes]) -> bytes:
    """Files by name as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(named):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), named[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
