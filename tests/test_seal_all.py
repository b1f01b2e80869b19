"""Many texts sealed or opened at once: Fernet itself opens each, makes the same, and opens or refuses the same."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import SHANGHAI, Keyring, WrongKey

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
KEY = "the key of the tests"
RING = Keyring()
RING.use(KEY)
TEXTS = st.lists(st.text(max_size=60))


def sealing_key() -> bytes:
    """The key that a keyring makes of its text: 16 bytes that sign, 16 that encrypt."""
    root = hashlib.sha256(b"qiantong key\x00" + KEY.encode()).digest()
    return hmac.digest(root, b"seal", "sha256")


def fernet() -> Fernet:
    """Fernet with the same key."""
    return Fernet(base64.urlsafe_b64encode(sealing_key()))


def said(opening: Callable[[], list[str]]) -> object:
    """What comes of opening: the texts, or which error."""
    try:
        return opening()
    except (WrongKey, UnicodeDecodeError) as error:
        return type(error)


@given(TEXTS)
def test_each_opens_again(texts: list[str]) -> None:
    tokens = RING.seal_all(texts, NOW, secrets.token_bytes)
    assert [RING.open(each).decode() for each in tokens] == texts
    assert len(set(tokens)) == len(texts)


@given(TEXTS)
def test_it_is_what_fernet_makes(texts: list[str]) -> None:
    vectors = [hashlib.sha256(bytes([at % 256])).digest()[:16] for at in range(len(texts))]
    tokens = RING.seal_all(texts, NOW, lambda n: b"".join(vectors)[:n])
    theirs = fernet()
    at = int(NOW.timestamp())
    assert tokens == [
        theirs._encrypt_from_parts(each.encode(), at, vector) for each, vector in zip(texts, vectors, strict=True)
    ]


@given(TEXTS)
def test_what_fernet_sealed_is_opened_at_once(texts: list[str]) -> None:
    assert RING.open_all([fernet().encrypt(each.encode()) for each in texts]) == texts


@st.composite
def spoilt(draw: st.DrawFn) -> list[bytes]:
    """Tokens of which one is not as it was sealed."""
    theirs = fernet()
    tokens = [theirs.encrypt(draw(st.binary(max_size=40))) for _ in range(draw(st.integers(1, 4)))]
    at = draw(st.integers(0, len(tokens) - 1))
    token, raw = tokens[at], base64.urlsafe_b64decode(tokens[at])
    place = draw(st.integers(0, len(raw) - 1))
    signed = raw[:place]
    tokens[at] = draw(
        st.sampled_from(
            [
                b"",
                b"A",
                token[:-1],
                token[: len(token) // 2],
                token + b"\n",
                token[:20] + b"\n" + token[20:],
                token[:20] + b"!" + token[20:],
                token.translate(bytes.maketrans(b"-_", b"+/")),
                token + token,
                base64.urlsafe_b64encode(raw[:place] + bytes([raw[place] ^ (1 << place % 8)]) + raw[place + 1 :]),
                base64.urlsafe_b64encode(raw[:place]),
                # Signed with the right key, but not what Fernet signs.
                base64.urlsafe_b64encode(signed + hmac.digest(sealing_key()[:16], signed, "sha256")),
                base64.urlsafe_b64encode(
                    (bent := bytes([draw(st.integers(0, 255))]) + raw[1:-32])
                    + hmac.digest(sealing_key()[:16], bent, "sha256")
                ),
                base64.urlsafe_b64encode(
                    (bent := raw[:-33] + bytes([raw[-33] ^ draw(st.integers(1, 255))]))
                    + hmac.digest(sealing_key()[:16], bent, "sha256")
                ),
                Fernet(Fernet.generate_key()).encrypt(b"of another office"),
            ]
        )
    )
    return tokens


@given(spoilt())
@settings(max_examples=500)
def test_it_opens_and_refuses_what_fernet_opens_and_refuses(tokens: list[bytes]) -> None:
    assert said(lambda: RING.open_all(tokens)) == said(lambda: [RING.open(each).decode() for each in tokens])


def test_another_key_opens_nothing() -> None:
    other = Keyring()
    other.use("the key of another office")
    with pytest.raises(WrongKey):
        other.open_all(RING.seal_all(["甲", "乙"], NOW, secrets.token_bytes))
    with pytest.raises(WrongKey, match="没有设置密钥"):
        Keyring().open_all([])
