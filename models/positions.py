"""Codes, keys and positions of a draw: the hash chain, HKDF, and who comes first (protocol §§1, 3, 5)."""

import hashlib
import hmac
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, runtime_checkable

LONGEST_LABEL = 128
CHAIN_LENGTH = 64

_PLAIN_LABEL = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def valid_label(text: str) -> str | None:
    """None if `text` is a label by protocol §1, else the reason why not, in Chinese."""
    if not text:
        return "是空的"
    if text[0] in "#=@":
        return f"不能以“{text[0]}”开头"
    if _PLAIN_LABEL.fullmatch(text):
        return None if len(text) <= LONGEST_LABEL else f"超过 {LONGEST_LABEL} 个字节"
    if any(unicodedata.category(c) in _HIDDEN for c in text):
        return "含有看不见的字符（换行、制表符、零宽字符等）"
    if text != text.strip():
        return "首尾有空格"
    if unicodedata.normalize("NFC", text) != text:
        return "字符没有按 Unicode NFC 规范化"
    return None if len(text.encode()) <= LONGEST_LABEL else f"超过 {LONGEST_LABEL} 个字节"


def as_label(text: str) -> str:
    """`text`, such as a reason that someone typed, as a label: hidden characters become spaces, the rest is cut off.

    Two texts may become the same label, so this is for reasons and names of strata, never for entities or people.
    Raises ValueError where nothing is left.
    """
    seen = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in unicodedata.normalize("NFC", text))
    shown = " ".join(seen.split()).lstrip("#=@ ")
    label = shown.encode()[:LONGEST_LABEL].decode(errors="ignore").strip()
    if not label:
        raise ValueError("内容是空的，请写明。")
    return unicodedata.normalize("NFC", label)


def chain(secret: bytes, length: int = CHAIN_LENGTH) -> bytes:
    """The head Hⁿ(secret) that is published before the draw; `secret` is 32 raw bytes."""
    return _hashed(secret, length)


def code(secret: bytes, length: int, k: int) -> bytes:
    """The k-th code, Hⁿ⁻ᵏ(secret), 1 ≤ k ≤ n − 1: the secret itself is never a code."""
    if not 1 <= k <= length - 1:
        raise ValueError(f"密码链只有 {length - 1} 个密码，没有第 {k} 个。")
    return _hashed(secret, length - k)


def opens(code: bytes, k: int, head: bytes) -> bool:
    """Whether `code` is the k-th code of the chain with that head: hashing it k times gives the head."""
    return hmac.compare_digest(_hashed(code, k), head)


def _hashed(value: bytes, times: int) -> bytes:
    for _ in range(times):
        value = hashlib.sha256(value).digest()
    return value


def prk(code: bytes, randomness: str | bytes) -> bytes:
    """HKDF-Extract (RFC 5869 §2.2) with the code as salt and the public randomness as key material."""
    return hmac.digest(code, randomness.encode() if isinstance(randomness, str) else randomness, "sha256")


def expander(prk: bytes) -> Callable[[bytes], bytes]:
    """A function from info to HKDF-Expand(prk, info, 32) (RFC 5869 §2.3).

    The two inner states of the HMAC are hashed once and copied, which halves the time of each call.
    """
    inner, outer = _states(prk)

    def expand(info: bytes) -> bytes:
        first = inner.copy()
        first.update(info + b"\x01")
        second = outer.copy()
        second.update(first.digest())
        return second.digest()

    return expand


def _states(prk: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The inner and the outer state of HMAC-SHA256 under `prk`, to be copied for each message (RFC 2104 §4)."""
    block = prk.ljust(64, b"\0")
    return hashlib.sha256(bytes(b ^ 0x36 for b in block)), hashlib.sha256(bytes(b ^ 0x5C for b in block))


def hmacs(prk: bytes) -> Callable[[bytes, Iterable[bytes]], list[bytes]]:
    """A function from a start and many ends to HMAC-SHA256(prk, start ‖ end) of each end, in their order.

    The bulk form of `expander`: the two inner states are copied in one loop without a call for each. HKDF-Expand's
    closing 01 belongs to the ends.
    """
    inner, outer_state = _states(prk)
    outer = outer_state.copy

    def each(start: bytes, ends: Iterable[bytes]) -> list[bytes]:
        begun = inner.copy()
        begun.update(start)
        copy = begun.copy
        found: list[bytes] = []
        add = found.append
        for end in ends:
            first = copy()
            first.update(end)
            second = outer()
            second.update(first.digest())
            add(second.digest())
        return found

    return each


def positions(prk: bytes, labels: Iterable[str], *, of_list: str | None = None) -> Iterable[tuple[bytes, str]]:
    """(position, label) for each label, in the order given; `of_list` names a list other than the pool (§5)."""
    expand = expander(prk)
    prefix = b"" if of_list is None else f"\t{of_list}\t".encode()
    for label in labels:
        yield expand(prefix + label.encode()), label


def lowest(prk: bytes, labels: Collection[str], k: int, *, of_list: str | None = None) -> list[tuple[bytes, str]]:
    """The `k` lowest (position, label) pairs, ascending; all of them if there are fewer than `k`."""
    limit = _threshold(len(labels), k)
    kept = sorted(pair for pair in positions(prk, labels, of_list=of_list) if pair[0] < limit)
    if len(kept) < min(k, len(labels)):
        kept = sorted(positions(prk, labels, of_list=of_list))
    return kept[:k]


class Selected(NamedTuple):
    """One selected label; tuples compare by position, which is the draw order."""

    position: bytes
    label: str
    stratum: str


class Block(NamedTuple):
    """A part of a pool in columns, as bytes: each label with the closing 01 of HKDF-Expand, and its stratum."""

    infos: list[bytes]
    strata: Sequence[bytes]


@runtime_checkable
class InBlocks(Protocol):
    """A pool that can be gone through block by block, so that a large one is never held in whole."""

    def blocks(self) -> Iterable[Block]:
        """The labels in any order, in blocks of any size; from the beginning at each call."""


def draw_order(
    prk: bytes,
    pool: InBlocks | Iterable[tuple[str, str]],
    quotas: Mapping[str, int],
    sizes: Mapping[str, int],
) -> list[Selected]:
    """Each stratum's quota in ascending order of position, all strata together in draw order (§5).

    `pool` comes in blocks or yields (label, stratum) and must be iterable twice; `sizes` is how many labels each
    stratum has. Of each stratum only positions under a threshold are kept and sorted; the result is that of sorting
    everything.
    """
    limits = {name.encode(): _threshold(sizes.get(name, 0), quota) for name, quota in quotas.items()}
    chosen = _chosen(_keep(prk, pool, lambda strata: limits), quotas, sizes, limits)
    return _from_all(prk, pool, quotas) if chosen is None else chosen


def draw_order_uncounted(
    prk: bytes, pool: InBlocks, quota: Callable[[str, int], int]
) -> tuple[list[Selected], dict[str, int]]:
    """`draw_order` and the sizes of the strata in one passage of a pool that nobody has counted yet.

    `quota(stratum, n)` is how many of `n` are taken. The threshold falls as more labels are seen; at the end only
    what is under the lowest counts, so that nothing that was left out on the way could have come before it.
    """
    sizes: Counter[bytes] = Counter()
    limits: dict[bytes, bytes] = {}

    def seen(strata: Sequence[bytes]) -> Mapping[bytes, bytes]:
        many = Counter(strata)
        sizes.update(many)
        for name in many:
            limit = _threshold(sizes[name], quota(name.decode(), sizes[name]))
            limits[name] = min(limit, limits.get(name, _ALL))
        return limits

    kept = _keep(prk, pool, seen)
    counted = {name.decode(): many for name, many in sizes.items()}
    quotas = {name: quota(name, many) for name, many in counted.items()}
    chosen = _chosen(kept, quotas, counted, limits)
    return _from_all(prk, pool, quotas) if chosen is None else chosen, counted


def _from_all(prk: bytes, pool: InBlocks | Iterable[tuple[str, str]], quotas: Mapping[str, int]) -> list[Selected]:
    """The selection with every position sorted: where a threshold left too few, which almost never happens."""
    every = dict.fromkeys((name.encode() for name in quotas), _ALL)
    return _chosen(_keep(prk, pool, lambda strata: every), quotas, {}, every) or []


_ALL = b"\xff" * 33
"""Above every position: nothing is left out."""

_BLOCK = 8192


def _in_blocks(pool: Iterable[tuple[str, str]]) -> Iterator[Block]:
    rows = iter(pool)
    while part := list(islice(rows, _BLOCK)):
        yield Block([label.encode() + b"\x01" for label, _ in part], [stratum.encode() for _, stratum in part])


def _keep(
    prk: bytes,
    pool: InBlocks | Iterable[tuple[str, str]],
    limits_of: Callable[[Sequence[bytes]], Mapping[bytes, bytes]],
) -> list[bytes]:
    """Position ‖ label ‖ 01 ‖ stratum of the labels below the limit of their stratum, ascending.

    `limits_of` is asked with the strata of each block. Kept as one string of bytes each: they sort fast, and nothing
    of a block stays behind in memory among what the next one needs.
    """
    inner, outer = (state.copy for state in _states(prk))
    kept: list[bytes] = []
    for infos, strata in pool.blocks() if isinstance(pool, InBlocks) else _in_blocks(pool):
        limits = limits_of(strata)
        highest = max(limits.values(), default=_ALL)
        # One loop from label to threshold, written out: at a register's size a call for each label would be felt.
        for info, stratum in zip(infos, strata, strict=True):
            first = inner()
            first.update(info)
            second = outer()
            second.update(first.digest())
            position = second.digest()
            if position < highest and position < limits[stratum]:
                kept.append(position + info + stratum)
    kept.sort()
    return kept


def _chosen(
    kept: Sequence[bytes], quotas: Mapping[str, int], sizes: Mapping[str, int], limits: Mapping[bytes, bytes]
) -> list[Selected] | None:
    """The quotas from what was kept; None if fewer are under a stratum's limit than are to be taken and are there."""
    missing = dict(quotas)
    names = {name: name for name in quotas}
    under = {name.decode(): limit for name, limit in limits.items()}
    chosen: list[Selected] = []
    for row in kept:
        position = row[:32]
        label, _, stratum = row[32:].decode().partition("\x01")
        if missing[stratum] and position < under[stratum]:
            missing[stratum] -= 1
            chosen.append(Selected(position, label, names[stratum]))
    return None if any(many and sizes.get(name, 0) >= quotas[name] for name, many in missing.items()) else chosen


def _threshold(n: int, k: int) -> bytes:
    """A position under which, of `n` uniform ones, the `k` lowest almost surely lie: (k + 7√k + 60) / n."""
    wanted = k + 7 * math.isqrt(k) + 60
    return _ALL if wanted >= n else (wanted * 2**256 // n).to_bytes(32, "big")
