"""Many texts sealed at once: Fernet itself opens each, and makes the same of the same time and random bytes."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from models.base import SHANGHAI, Keyring

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
KEY = "the key of the tests"
RING = Keyring()
RING.use(KEY)


def fernet() -> Fernet:
    """Fernet with the key that a keyring makes of its text."""
    root = hashlib.sha256(b"qiantong key\x00" + KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(hmac.digest(root, b"seal", "sha256")))


@given(st.lists(st.text(max_size=60)))
def test_each_opens_again(texts: list[str]) -> None:
    tokens = RING.seal_all(texts, NOW, secrets.token_bytes)
    assert [RING.open(each).decode() for each in tokens] == texts
    assert len(set(tokens)) == len(texts)


@given(st.lists(st.text(max_size=60)))
def test_it_is_what_fernet_makes(texts: list[str]) -> None:
    vectors = [hashlib.sha256(bytes([at % 256])).digest()[:16] for at in range(len(texts))]
    tokens = RING.seal_all(texts, NOW, lambda n: b"".join(vectors)[:n])
    theirs = fernet()
    at = int(NOW.timestamp())
    assert tokens == [
        theirs._encrypt_from_parts(each.encode(), at, vector) for each, vector in zip(texts, vectors, strict=True)
    ]
