"""Many documents at once: each by itself in archives of a size that the chat takes, and all in one file to print."""

import io
import zipfile
from collections.abc import Iterable, Iterator

FILE_LIMIT = 45 * 2**20
"""What a bot may send is 50 MB; the rest is for what goes around it (Telegram Bot API, sendDocument)."""

_STAMP = (1980, 1, 1, 0, 0, 0)
_ENTRY = 200  # bytes that an entry takes beside its data and twice its name


def archives(files: Iterable[tuple[str, bytes]], limit: int = FILE_LIMIT) -> Iterator[tuple[bytes, int]]:
    """Files as ZIPs of at most `limit` bytes, each with how many it holds; a name that comes again gets a number.

    A .docx is packed already, so it is stored as it is. Raises ValueError for a file beyond the limit.
    """
    out, size, count = io.BytesIO(), 0, 0
    opened = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)
    names: set[str] = set()
    for name, data in files:
        room = len(data) + 2 * len(name.encode()) + _ENTRY
        if room > limit:
            raise ValueError(f"{name} 太大，聊天里发不了。")
        if size + room > limit:
            opened.close()
            yield out.getvalue(), count
            out, size, count = io.BytesIO(), 0, 0
            opened = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)
            names = set()
        opened.writestr(zipfile.ZipInfo(_free(name, names), _STAMP), data)
        size, count = size + room, count + 1
    opened.close()
    if count:
        yield out.getvalue(), count


def _free(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}{dot}{ending}"
    taken.add(found)
    return found
