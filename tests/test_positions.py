"""Codes, keys and positions: the vector of the protocol, and the order of a draw."""

import hashlib
import hmac
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import positions
from models.positions import as_label, chain, code, draw_order, expander, lowest, opens, prk, valid_label

SECRET = bytes(range(32))
RANDOMNESS = "17.64.3./22.9.41./"


def plain_hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 written out from RFC 2104, to hold the fast one against."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()


def test_the_vector_of_the_protocol() -> None:
    assert chain(SECRET, 64).hex() == "2a05790d9ee117fdb350cbd54c81624c792c118e6e8909fa0c1dfee21aec5d9e"
    first = code(SECRET, 64, 1)
    assert first.hex() == "1e6750d20957e49e2cd9827a2197a8b321fff95b07dfe02f20661a91de8d4cdd"
    key = prk(first, RANDOMNESS)
    assert key.hex() == "48c755b5ee5971412ba3921b479c296bb3f7fa0cc0f0109059fddc9fd3c60b5a"
    assert [(position.hex()[:12], label) for position, label in lowest(key, ["A", "B", "C", "D", "E"], 5)] == [
        ("484559096faa", "B"),
        ("77df8309b5a0", "C"),
        ("8316e33d9df7", "E"),
        ("899731e596ab", "A"),
        ("c9ae1637278f", "D"),
    ]
    assert expander(key)(b"A\tI1").hex() == "c6686c19ea94d92d30fef2daa42b517c6cf22d5ad85dc3531e8d862afd5a4e47"


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_fast_hmac_is_the_standard_one(key: bytes, info: bytes) -> None:
    assert expander(key)(info) == plain_hmac(key, info + b"\x01") == hmac.digest(key, info + b"\x01", "sha256")
    assert prk(key, info) == plain_hmac(key, info)


@pytest.mark.parametrize("k", [1, 2, 63])
def test_a_code_opens_the_chain_at_its_own_number_only(k: int) -> None:
    head = chain(SECRET, 64)
    assert opens(code(SECRET, 64, k), k, head)
    assert not opens(code(SECRET, 64, k), k + 1, head)


@pytest.mark.parametrize("k", [0, 64, 65])
def test_the_secret_and_the_head_are_no_codes(k: int) -> None:
    with pytest.raises(ValueError, match="63 个密码"):
        code(SECRET, 64, k)


@pytest.mark.parametrize(
    "label", ["91130300MA0EXAMPLE", "冀执法001", "a b", "é", "a=#@", "𠮷野家", "x" * 128, "企" * 42, "!", "a'b\"c"]
)
def test_what_is_a_label(label: str) -> None:
    assert valid_label(label) is None


TOO_LONG = ["x" * 129, "企" * 43]
HIDDEN = ["a\tb", "a\n", "a\r", "a\x00", "\x7f", "a\u200b", "\ufeffa", "a\u2028b", "a\u00ad", "\ud800"]


@pytest.mark.parametrize(
    "label", ["", " a", "a ", "\u3000a", "\u00a0a", "#a", "=a", "@a", "e\u0301", *TOO_LONG, *HIDDEN]
)
def test_what_is_none(label: str) -> None:
    assert valid_label(label)


@settings(deadline=None)
@given(st.text())
def test_a_typed_reason_becomes_a_label_or_is_asked_for_again(text: str) -> None:
    try:
        label = as_label(text)
    except ValueError as refusal:
        assert str(refusal).endswith("。")
    else:
        assert valid_label(label) is None and as_label(label) == label


def test_a_long_reason_is_cut_between_characters() -> None:
    assert as_label(" 亲属\t关系\n") == "亲属 关系"
    assert as_label("亲" * 60) == "亲" * 42


labels = st.lists(st.text("abcdefgh甲乙丙0123456789", min_size=1, max_size=6), unique=True, max_size=60)


@settings(deadline=None)
@given(labels, st.integers(1, 20), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(pool: list[str], k: int, shuffler: object) -> None:
    key = prk(SECRET, "1./")
    shuffled = list(pool)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lowest(key, pool, k) == lowest(key, shuffled, k)


@settings(deadline=None)
@given(labels, st.integers(1, 30))
def test_taking_more_keeps_those_already_taken(pool: list[str], k: int) -> None:
    key = prk(SECRET, "2./")
    assert lowest(key, pool, k + 5)[: min(k, len(pool))] == lowest(key, pool, k)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4000), st.integers(1, 60), st.binary(min_size=32, max_size=32))
def test_the_threshold_gives_what_sorting_everything_gives(n: int, k: int, key: bytes) -> None:
    pool = [f"E{i}" for i in range(n)]
    everything = sorted((plain_hmac(key, label.encode() + b"\x01"), label) for label in pool)
    assert lowest(key, pool, k) == everything[:k]
    strata = [(label, "AB"[i % 2]) for i, label in enumerate(pool)]
    sizes = Counter(stratum for _, stratum in strata)
    quotas = {stratum: min(k, size) for stratum, size in sizes.items()}
    of = dict(strata)
    expected = sorted(
        pair for stratum in sizes for pair in [p for p in everything if of[p[1]] == stratum][: quotas[stratum]]
    )
    assert [(row.position, row.label) for row in draw_order(key, strata, quotas, sizes)] == expected


def test_a_threshold_that_was_too_low_falls_back_to_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    key, pool = prk(SECRET, "3./"), [f"E{i}" for i in range(500)]
    expected = lowest(key, pool, 40)
    strata = [(label, "*") for label in pool]
    in_order = draw_order(key, strata, {"*": 40}, {"*": 500})
    monkeypatch.setattr(positions, "_threshold", lambda n, k: bytes(32))
    assert lowest(key, pool, 40) == expected
    assert draw_order(key, strata, {"*": 40}, {"*": 500}) == in_order


def test_another_list_has_positions_of_its_own() -> None:
    key = prk(SECRET, RANDOMNESS)
    (position, _), *_ = lowest(key, ["A"], 1, of_list="experts")
    assert position == plain_hmac(key, b"\texperts\tA\x01")
