"""The store: engine, transactions, and the column types for instants and for text kept encrypted."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from sqlalchemy import Connection, DateTime, Engine, LargeBinary, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, create_engine

SHANGHAI = ZoneInfo("Asia/Shanghai")
_CHANGES = "qiantong_changes"
# PKCS #7 by how much of the last block is filled.
_PADDING = [bytes([16 - filled]) * (16 - filled) for filled in range(16)]
# A token that is not empty inside: version 0x80 and time, IV, one block or more, signature.
_VERSION, _HEAD, _SIGNATURE = 0x80, 9, 32
_SHORTEST = _HEAD + 16 + 16 + _SIGNATURE
# base64 as URLs have it into the one that binascii reads.
_STANDARD = bytes.maketrans(b"-_", b"+/")


class WrongKey(Exception):
    """The encryption key does not open what is stored."""


class Keyring:
    """The office's key: seals personal data and secrets, and hashes what must be unique without being readable."""

    def __init__(self) -> None:
        self._fernet: Fernet | None = None
        self._seal_key = b""
        self._hash_key = b""

    def use(self, key: str) -> None:
        """Take the key from settings; any text of 16 characters or more."""
        root = hashlib.sha256(b"qiantong key\x00" + key.encode()).digest()
        self._seal_key = hmac.digest(root, b"seal", "sha256")
        self._fernet = Fernet(base64.urlsafe_b64encode(self._seal_key))
        self._hash_key = hmac.digest(root, b"hash", "sha256")

    def take(self, other: "Keyring") -> None:
        """The key that another process of the same office uses."""
        self.__dict__.update(other.__dict__)

    def seal(self, data: bytes) -> bytes:
        """Encrypt and authenticate."""
        return self._key().encrypt(data)

    def seal_all(self, texts: Sequence[str], now: datetime, entropy: Callable[[int], bytes]) -> list[bytes]:
        """Seal many texts as `seal` does, each with random bytes of its own, in a quarter of the time.

        The format is Fernet's (version 0x80): time, IV, AES-128-CBC with PKCS #7, HMAC-SHA-256, in base64.
        """
        self._key()
        head = bytes([_VERSION]) + int(now.timestamp()).to_bytes(8, "big")
        # CBC side by side: the first blocks of all texts go through the cipher at once, then all second blocks, …
        cipher = Cipher(AES(self._seal_key[16:]), ECB()).encryptor()  # noqa: S305 — each block is mixed with the one before
        encoded = [each.encode() for each in texts]
        padded = [each + _PADDING[len(each) % 16] for each in encoded]
        vectors = entropy(16 * len(padded))
        bodies = [vectors[at : at + 16] for at in range(0, len(vectors), 16)]
        start, left = 0, list(range(len(padded)))
        while left:
            blocks = b"".join([padded[at][start : start + 16] for at in left])
            before = b"".join([bodies[at][-16:] for at in left])
            mixed = int.from_bytes(blocks, "big") ^ int.from_bytes(before, "big")
            sealed = cipher.update(mixed.to_bytes(len(blocks), "big"))
            for place, at in enumerate(left):
                bodies[at] += sealed[16 * place : 16 * place + 16]
            start += 16
            left = [at for at in left if len(padded[at]) > start]
        signed = [head + body for body in bodies]
        return [
            base64.urlsafe_b64encode(each + sign) for each, sign in zip(signed, self._signatures(signed), strict=True)
        ]

    def open(self, data: bytes) -> bytes:
        """Decrypt; WrongKey where the key is another one."""
        try:
            return self._key().decrypt(data)
        except InvalidToken as error:
            raise WrongKey("数据是用另一把密钥加密的，请检查 QIANTONG_KEY") from error

    def open_all(self, tokens: Sequence[bytes]) -> list[str]:
        """Open many sealed texts as `open` does each, in a quarter of the time; WrongKey as there."""
        self._key()
        opened = self._opened(tokens)
        # Whatever is odd in one of them: Fernet itself says whether it opens.
        return [self.open(each).decode() for each in tokens] if opened is None else opened

    def _opened(self, tokens: Sequence[bytes]) -> list[str] | None:
        """The texts of tokens in Fernet's plain form, each signature verified; None where one is anything else."""
        if not tokens:
            return []
        try:
            parts = list(map(binascii.a2b_base64, b"\n".join(tokens).translate(_STANDARD).split(b"\n")))
        except binascii.Error:
            return None
        sizes = set(map(len, parts))
        if len(parts) != len(tokens) or any(size < _SHORTEST or (size - _SHORTEST) % 16 for size in sizes):
            return None
        if set(map(itemgetter(0), parts)) != {_VERSION}:
            return None
        given = b"".join([each[-_SIGNATURE:] for each in parts])
        if not hmac.compare_digest(given, b"".join(self._signatures([each[:-_SIGNATURE] for each in parts]))):
            return None
        # CBC side by side: all blocks through the cipher at once, each mixed with the one before it. What comes out for
        # the first block of each, which is its IV, is left out.
        bodies = [each[_HEAD:-_SIGNATURE] for each in parts]
        whole = b"".join(bodies)
        cipher = Cipher(AES(self._seal_key[16:]), ECB()).decryptor()  # noqa: S305 — each block is mixed with the one before
        mixed = int.from_bytes(cipher.update(whole), "big") ^ int.from_bytes(whole[:-16], "big")
        plain = mixed.to_bytes(len(whole), "big")
        texts, end = [], 0
        for body in bodies:
            start, end = end + 16, end + len(body)
            padding = plain[end - 1]
            if not 1 <= padding <= 16 or not plain.endswith(_PADDING[16 - padding], end - 16, end):
                return None
            texts.append(plain[start : end - padding].decode())
        return texts

    def hash(self, text: str) -> str:
        """Keyed hash, hex, for columns that must be unique but not readable."""
        self._key()
        return hmac.new(self._hash_key, text.encode(), "sha256").hexdigest()

    def _signatures(self, parts: Iterable[bytes]) -> list[bytes]:
        """HMAC-SHA-256 of each part (RFC 2104), with the key's own two blocks hashed once for all."""
        block = self._seal_key[:16].ljust(64, b"\x00")
        inner, outer = (hashlib.sha256(bytes(each ^ pad for each in block)) for pad in (0x36, 0x5C))
        found = []
        for part in parts:
            first, second = inner.copy(), outer.copy()
            first.update(part)
            second.update(first.digest())
            found.append(second.digest())
        return found

    def _key(self) -> Fernet:
        if self._fernet is None:
            raise WrongKey("没有设置密钥 QIANTONG_KEY")
        return self._fernet


KEYRING = Keyring()


class Instant(TypeDecorator[datetime]):
    """A point in time: aware when written, kept as UTC, read back as Asia/Shanghai."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        # SQLite drops the zone; what it returns is the UTC that was written.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SHANGHAI)


class Sealed(TypeDecorator[str]):
    """Text encrypted at rest (DESIGN §9)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else KEYRING.seal(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        return None if value is None else KEYRING.open(value).decode()


def open_store(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql+psycopg://…`, set up as TOOLBOX says."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: Any) -> None:
        # The driver must not open transactions by itself: BEGIN is ours, below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once in SQLite: writers begin as writers.
        reading = connection.get_execution_options().get("qiantong_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
        connection.info[_CHANGES] = _changes(connection)

    return engine


def wrote(session: Session) -> bool:
    """Whether anything was written in the transaction so far, as the store itself knows."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return _changes(connection) != connection.info[_CHANGES]
    return bool(connection.scalar(text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")))


def _changes(connection: Connection) -> int:
    """Rows that this SQLite connection has written since it was opened."""
    return int(connection.connection.driver_connection.total_changes)  # type: ignore[union-attr]


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back on any error."""
    with (
        Session(engine.execution_options(qiantong_reading=False), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that only reads."""
    with Session(engine.execution_options(qiantong_reading=True), expire_on_commit=False) as session:
        yield session
