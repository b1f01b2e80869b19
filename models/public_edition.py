"""The public edition of a record: the same draw without the names of people and of what was not drawn (protocol §8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.drawfiles import parse_table, selected_rows, table
from models.form import Json, digest, digest_of


def public_edition(
    record: Mapping[str, Any],
    named: Mapping[str, bytes],
    *,
    show_pool: bool,
    salts: Sequence[bytes],
) -> tuple[Json, dict[str, bytes]]:
    """The public edition of a record whose code is published, and its files by name (§8).

    `named` holds selected.tsv, teams.tsv and, with `show_pool`, pool.tsv. Inspectors become numbers by first
    appearance; of later draws only digests remain. `salts` are 32 fresh random bytes for teams.public.tsv and
    selected.public.tsv: with the salt of the full files the names behind their digests could be guessed.
    """
    selected = selected_rows(named["selected.tsv"])
    numbers: dict[str, str] = {}
    public_rows = [
        (entity, unit, numbers.setdefault(inspector, str(len(numbers) + 1)))
        for _, (entity, unit, inspector) in parse_table(named["teams.tsv"], 3, "teams.tsv", in_order=True)
    ]
    files = {"teams.public.tsv": table(public_rows, salts[0], in_order=True)}
    if show_pool:
        files |= {name: named[name] for name in ("pool.tsv", "selected.tsv")}
    else:
        rows = [(row.position.hex(), row.label) for row in selected]
        files["selected.public.tsv"] = table(rows, salts[1], in_order=True)
    cutoffs: dict[str, str] = {}
    for row in selected:
        cutoffs[row.stratum] = row.position.hex()
    made = dict(record)
    made["draws"] = [record["draws"][0], *(_as_digests(entry) for entry in record["draws"][1:])]
    if "lapsed" in record:
        made["lapsed"] = [_lapsed_as_digests(entry) for entry in record["lapsed"]]
    made["public"] = {
        "cutoffs": [{"name": name, "position": cutoffs[name]} for name in sorted(cutoffs, key=str.encode)],
        "teams": {"count": len(public_rows), "sha256": digest(files["teams.public.tsv"])},
    }
    if not show_pool:
        made["public"]["selected"] = {"count": len(selected), "sha256": digest(files["selected.public.tsv"])}
    return made, files


def _as_digests(entry: Mapping[str, Any]) -> Json:
    """An event without names: `sha256` digests the full entry, which is what was posted."""
    kept = {key: entry[key] for key in ("k", "code", "reason", "notice_sha256", "throws_sha256", "previous")}
    if "waived" in entry:
        kept["waived"] = entry["waived"]
    if "addenda" in entry:
        kept["addenda_sha256"] = [digest_of(item) for item in entry["addenda"]]
    if entry["notice"].get("attempt", 1) > 1:
        kept["attempt"] = entry["notice"]["attempt"]
    kept["changes_sha256"] = changes_digest(entry)
    kept["sha256"] = digest_of(entry)
    return kept


def _lapsed_as_digests(entry: Mapping[str, Any]) -> Json:
    """A lapsed notice without names: its numbers and what was posted."""
    kept = {"k": entry["k"], "attempt": entry["notice"].get("attempt", 1), "notice_sha256": entry["notice_sha256"]}
    if "addenda" in entry:
        kept["addenda_sha256"] = [digest_of(item) for item in entry["addenda"]]
    return kept


def changes_digest(entry: Mapping[str, Any]) -> str:
    """The digest of an event's changes, with the salt of its notice so that names cannot be guessed from it."""
    return digest_of({"changes": entry["changes"], "salt": entry["notice"]["salt"]})
