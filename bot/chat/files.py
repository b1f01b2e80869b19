"""Files: taken in from a call, kept in the data folder, and described as the Bot API does."""

import asyncio
import mimetypes
import re
import secrets
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.datastructures import UploadFile

from bot.chat.store import Store
from bot.chat.wire import UPLOAD_BYTES, ApiError, bad

DOWNLOAD_BYTES = 20 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
FOLDERS = {"document": "documents", "photo": "photos", "video": "videos"}
NAMES = {"document": "Document", "photo": "Photo", "video": "Video"}


@dataclass
class Taken:
    """An uploaded file that lies in the data folder but belongs to no message yet."""

    disk: str
    name: str
    mime: str | None
    size: int


async def take(store: Store, upload: UploadFile) -> Taken:
    """Copy an upload into the data folder, off the event loop. Raises ApiError 413 above 50 MB."""
    disk = secrets.token_hex(16)
    path = store.files / disk

    def copy() -> int:
        upload.file.seek(0)
        with path.open("wb") as target:
            shutil.copyfileobj(upload.file, target, 1 << 20)
            return target.tell()

    size = await asyncio.to_thread(copy)
    taken = Taken(disk, clean(upload.filename or "file"), upload.content_type, size)
    if size > UPLOAD_BYTES:
        discard(store, taken)
        raise ApiError(413, "Request Entity Too Large")
    return taken


def discard(store: Store, taken: Taken) -> None:
    """Remove an upload, unless it became part of a message."""
    if store.one("SELECT 1 FROM file WHERE disk = ?", taken.disk) is None:
        (store.files / taken.disk).unlink(missing_ok=True)


def clean(name: str) -> str:
    """A file's own name, without folders and control characters, at most 200 characters."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/").rpartition("/")[2]).strip()
    if len(name) > 200:
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix[:20]
        name = stem[: 200 - len(suffix)] + suffix
    return name if name not in ("", ".", "..") else "file"


def keep(store: Store, taken: Taken, kind: str, *, width: int = 0, height: int = 0, duration: int = 0) -> Any:
    """Enter an upload as a document, photo or video; the media object for a Message.

    Raises ApiError 400 for an empty file, and for a photo that is no picture or above 10 MB.
    """
    if taken.size == 0:
        raise bad("file must be non-empty")
    mime = mimetypes.guess_type(taken.name)[0] or taken.mime or "application/octet-stream"
    suffix = re.sub(r"[^.a-zA-Z0-9]", "", PurePosixPath(taken.name).suffix)[:12].lower()
    if kind == "photo":
        if taken.size > PHOTO_BYTES:
            raise bad(
                f"file of size {taken.size} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
            )
        picture = measure(store.files / taken.disk)
        if picture is None:
            raise bad("IMAGE_PROCESS_FAILED")
        mime, width, height = picture
        if width + height > 10000 or min(width, height) * 20 < max(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        suffix = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}[mime]
    with store.write() as db:
        file_id = f"{kind[0].upper()}{secrets.token_urlsafe(30)}"
        path = f"{FOLDERS[kind]}/file_{store.next('file')}{suffix}"
        db.execute(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file_id,
                secrets.token_urlsafe(11),
                kind,
                taken.name,
                mime,
                taken.size,
                width,
                height,
                duration,
                path,
                taken.disk,
            ),
        )
    return media(store, file_id, kind)


def media(store: Store, file_id: str, kind: str) -> Any:
    """The media object of a stored file: a Document, a Video, or a list of PhotoSize."""
    row = store.one("SELECT * FROM file WHERE file_id = ?", file_id)
    if row is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if row["kind"] != kind:
        raise bad(f"can't use file of type {NAMES[row['kind']]} as {NAMES[kind]}")
    shown: dict[str, Any] = {"file_id": file_id, "file_unique_id": row["unique_id"], "file_size": row["size"]}
    if kind == "photo":
        return [{**shown, "width": row["width"], "height": row["height"]}]
    shown |= {"file_name": row["name"], "mime_type": row["mime"]}
    if kind == "video":
        shown |= {"width": row["width"], "height": row["height"], "duration": row["duration"]}
    return shown


def measure(path: Path) -> tuple[str, int, int] | None:
    """Type, width and height of a JPEG, PNG, GIF or WebP picture; None for anything else."""
    with path.open("rb") as source:
        head = source.read(32)
        if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
            width, height = struct.unpack(">II", head[16:24])
            return ("image/png", width, height) if width and height else None
        if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
            width, height = struct.unpack("<HH", head[6:10])
            return ("image/gif", width, height) if width and height else None
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(head)
        if head.startswith(b"\xff\xd8"):
            source.seek(2)
            while True:
                mark = source.read(4)
                if len(mark) < 4 or mark[0] != 0xFF:
                    return None
                size = int.from_bytes(mark[2:4], "big")
                if 0xC0 <= mark[1] <= 0xCF and mark[1] not in (0xC4, 0xC8, 0xCC):
                    frame = source.read(5)
                    if len(frame) < 5:
                        return None
                    height, width = struct.unpack(">HH", frame[1:5])
                    return ("image/jpeg", width, height) if width and height else None
                source.seek(max(size - 2, 0), 1)
    return None


def _webp(head: bytes) -> tuple[str, int, int] | None:
    if head[12:16] == b"VP8X" and len(head) >= 30:
        return "image/webp", int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 " and len(head) >= 30:
        width, height = struct.unpack("<HH", head[26:30])
        return "image/webp", width & 0x3FFF, height & 0x3FFF
    return None


def for_bot(store: Store, file_id: str, bot_id: int) -> Any:
    """The row of a file that passed through one of a bot's chats; None otherwise."""
    return store.one(
        "SELECT file.* FROM file WHERE file_id = ? AND EXISTS (SELECT 1 FROM file_chat WHERE file_chat.file_id ="
        " file.file_id AND (bot_id = ? OR chat_id IN (SELECT chat_id FROM member WHERE person_id = ?)))",
        file_id,
        bot_id,
        bot_id,
    )


def for_person(store: Store, file_id: str, person_id: int) -> Any:
    """The row of a file that was in one of a person's chats; None otherwise."""
    return store.one(
        "SELECT file.* FROM file WHERE file_id = ? AND EXISTS (SELECT 1 FROM file_chat WHERE file_chat.file_id ="
        " file.file_id AND (chat_id = ? OR chat_id IN (SELECT chat_id FROM member WHERE person_id = ?"
        " AND status IN ('creator', 'administrator', 'member'))))",
        file_id,
        person_id,
        person_id,
    )
