"""Files that were handed in, kept in the data folder under their digest (DESIGN §9)."""

import hashlib
import os
from pathlib import Path


class Files:
    """A folder of files named by the SHA-256 of their bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep the bytes; returns the digest in hex. Written beside and moved, so that a file is there whole or not."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.getpid()}")
            beside.write_bytes(data)
            beside.replace(path)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes behind a digest; FileNotFoundError where they are gone."""
        return self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
