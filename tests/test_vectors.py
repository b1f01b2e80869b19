"""The shared vectors hold for the Python side; test_verify_page.py holds the page's program against the same file."""

import copy
import hashlib
import hmac
import json
from fractions import Fraction
from typing import Any

import pytest

from models import form, positions, record, throws
from models.drawfiles import Pool
from models.manning import unmannable
from models.match import Demand, Person, Unmatchable, match
from models.quota import Quota
from models.verify import verify
from tests import vectors
from tests.test_verify import parent

VECTORS = vectors.load()


def each(name: str) -> list[Any]:
    """The vectors of one kind."""
    found: list[Any] = VECTORS[name]
    assert found, f"no vectors of {name}"
    return found


def test_hashes_are_those_that_the_standards_print() -> None:
    for text, wanted in each("sha256"):
        assert hashlib.sha256(text.encode()).hexdigest() == wanted
    for key, data, wanted in each("hmac"):
        assert hmac.digest(bytes.fromhex(key), bytes.fromhex(data), "sha256").hex() == wanted


def test_the_vector_of_the_protocol() -> None:
    (given,) = each("protocol")
    secret = bytes.fromhex(given["secret"])
    assert positions.chain(secret, given["length"]).hex() == given["head"]
    assert positions.code(secret, given["length"], 1).hex() == given["code"]
    for k, code in given["codes"]:
        assert positions.opens(bytes.fromhex(code), k, bytes.fromhex(given["head"]))
    key = positions.prk(bytes.fromhex(given["code"]), given["randomness"])
    assert key.hex() == given["prk"]
    found = sorted(positions.positions(key, [label for _, label in given["order"]]))
    assert [[position.hex()[:12], label] for position, label in found] == given["order"]
    entity, inspector, wanted = given["t"]
    assert positions.expander(key)(f"{entity}\t{inspector}".encode()).hex() == wanted
    for of_list, label, wanted in each("positions"):
        assert next(iter(positions.positions(key, [label], of_list=of_list)))[0].hex() == wanted


def test_labels_json_quotas_and_encodings() -> None:
    for label, reason in each("labels"):
        assert positions.valid_label(label) == reason
    for text, canonical, digest in each("canonical"):
        value = form.load(text.encode())
        assert form.canonical(value).decode() == canonical and form.digest_of(value) == digest
    for text, reason in each("bad_json"):
        with pytest.raises(ValueError, match=r"。$") as refused:
            form.load(text.encode())
        assert str(refused.value) == reason
    for rule, n, quota in each("quotas"):
        assert (Quota(count=rule) if isinstance(rule, int) else Quota(ratio=Fraction(rule))).of(n) == quota
    for sources, text in each("sources"):
        assert throws.encoded(sources) == text
    for given in each("encodings"):
        rule, thrown = given["rule"], throws.from_json(given["throws"])
        counted = throws.counting(
            thrown,
            emoji=rule["emoji"],
            min_bits=rule["min_bits"],
            min_witnesses=rule["min_witnesses"],
            announcer=given["announcer"],
        )
        assert (counted and [throw.message for throw in counted]) == given["counting"]
        assert counted is None or throws.randomness(counted) == given["randomness"]


def test_selections() -> None:
    for given in each("draws"):
        sizes = {entry["name"]: entry["size"] for entry in given["strata"]}
        quotas = {entry["name"]: entry["quota"] for entry in given["strata"]}
        pool = Pool(given["pool"].encode())
        chosen = positions.draw_order(bytes.fromhex(given["key"]), pool, quotas, sizes)
        assert [[row.position.hex(), row.label, row.stratum] for row in chosen] == given["selected"]


def test_matches() -> None:
    answers = set()
    for given in each("matches"):
        demands = [Demand(entity, unit, count, frozenset(tags)) for entity, unit, count, tags in given["demands"]]
        people = [Person(label, unit, frozenset(tags)) for label, unit, tags in given["people"]]
        recusals = {(entity, inspector) for entity, inspector in given["recusals"]}
        try:
            rows: Any = [
                list(row)
                for row in match(bytes.fromhex(given["key"]), given["order"], demands, people, recusals).rows()
            ]
        except Unmatchable as error:
            rows = str(error)
        assert rows == given["rows"]
        why = unmannable([(entity, "") for entity in given["order"]], demands, people, recusals)
        assert {entity: str(reason) for entity, reason in why.items()} == given["unmannable"]
        answers.add(isinstance(rows, str))
    assert answers == {True, False}, "both possible and impossible matches are wanted"


def test_records_and_what_is_said_of_them() -> None:
    for given in each("records"):
        files = {name: text.encode() for name, text in given["files"].items()}
        assert vectors.outcome(given["record"], files, given["posted"]) == given["said"], given["name"]


def test_records_changed_in_one_field() -> None:
    full = each("records")[0]
    files = {name: text.encode() for name, text in full["files"].items()}
    for given in each("tampered"):
        made = copy.deepcopy(full["record"])
        if "value" in given:
            parent(made, given["path"])[given["path"][-1]] = given["value"]
        else:
            del parent(made, given["path"])[given["path"][-1]]
        checks = verify(json.dumps(made).encode(), files, full["posted"])
        assert [[check.name, check.result] for check in checks if check.result != "ok"] == given["not_ok"], given[
            "path"
        ]
        assert any(result == "failed" for _, result in given["not_ok"]), given["path"]


def test_files_that_are_not_as_they_should_be() -> None:
    full = each("records")[0]
    files = {name: text.encode() for name, text in full["files"].items()}
    for given in each("spoiled"):
        spoiled = bytes.fromhex(given["hex"])
        made = copy.deepcopy(full["record"])
        made["announcement"]["files"][given["name"]] = record.digest(spoiled)
        said = vectors.outcome(made, files | {given["name"]: spoiled}, [])
        assert given["said"] in said
        assert [each[:2] for each in said if each[1] != "ok"] == given["not_ok"]
