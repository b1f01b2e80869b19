"""The answers that Python and JavaScript must both give: `python -m tests.vectors` writes them to vectors.json.

Known answers (FIPS 180-4, RFC 4231, docs/protocol.md §10) are written out here; what the models compute is kept
as it was when it was first written, so that neither program can change alone.
"""

import copy
import json
import random
from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from models import form, positions, record, throws
from models.manning import unmannable
from models.match import Demand, Person, Unmatchable, match
from models.public_edition import public_edition
from models.quota import Quota
from models.throws import Throw
from models.verify import verify
from tests.draws import SECRET, made_announcement, made_files, salt
from tests.test_verify import STORY, nearby, parent, paths, states

FILE = Path(__file__).with_name("vectors.json")
PROTOCOL_RANDOMNESS = "17.64.3./22.9.41./"

HASHES = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a" * 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"],
]
# RFC 4231, cases 1, 2, 3 and 6: key and data in hex.
HMACS = [
    ["0b" * 20, b"Hi There".hex(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
    [
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
]
LABELS = [
    *("91990000000000017T", "某某公司", "a b", "!", "é", "𠮷野家", "A-1/2", "x" * 128, "中" * 42, "\ue000", "a.b,c"),
    *(
        "",
        "#1",
        "=A",
        "@x",
        " a",
        "a ",
        "a\tb",
        "a\nb",
        "\ufeffa",
        "a\u200bb",
        "a\u2028",
        "e\u0301",
        "x" * 129,
        "中" * 43,
    ),
    *("\u3000甲", "甲\u3000", "\u0085", "a\u00adb", "\u00a0a"),
]
CANONICAL = [
    '{"b":1,"a":2}',
    ' { "z" : [ ] , "a" : { } }\n',
    '["\\u4e2d\\ud83c\\udfb0","\\/","\\u002f"]',
    '{"\\uffff":1,"\\ud83c\\udfb0":2,"\\ue000":3,"z":4,"":5}',
    '["\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f\\u007f","\\u2028\\u2029","</script><!--"]',
    '{"10":1,"9":2,"__proto__":3,"constructor":[true,false,null]}',
    "[0,-0,-1,9007199254740991,9007199254740993,-999999999999999999]",
    "[" * 16 + "]" * 16,
    '"\\"\\\\"',
]
BAD_JSON = [
    *(
        "",
        "{",
        "[1,]",
        '{"a":1,}',
        "{a:1}",
        "'a'",
        "01",
        "1.",
        ".5",
        "+1",
        "tru",
        '"\t"',
        '"\\x"',
        '"\\u12"',
        '"',
        "1 2",
    ),
    *(
        '{"a":1,"a":1}',
        "1.0",
        "1e3",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "9" * 20,
        '"\\ud800"',
        '{"\\udfff":1}',
        "\ufeff1",
    ),
    *("[" * 17 + "1" + "]" * 17, "[" * 5000 + "]" * 5000),
]


def draws() -> Iterator[dict[str, Any]]:
    """Selections with strata of many sizes, in a pool with names in several scripts."""
    chance = random.Random(7)
    for n in (1, 2, 9, 70, 400):
        names = ["A", "乙类", "𠮷", "*"][: 1 + n % 4]
        pool = sorted({(f"{chance.choice('E甲𠮷é')}{i}", chance.choice(names)) for i in range(n)})
        key = chance.randbytes(32)
        sizes = {name: sum(of == name for _, of in pool) for name in names}
        quotas = {name: Quota(ratio=Fraction(chance.randint(1, 9), 10)).of(size) for name, size in sizes.items()}
        chosen = positions.draw_order(key, pool, quotas, sizes)
        tsv = record.table(pool, salt(f"pool {n}"))
        yield {
            "key": key.hex(),
            "pool": tsv.decode(),
            "strata": [{"name": name, "size": sizes[name], "quota": quotas[name]} for name in names],
            "selected": [[row.position.hex(), row.label, row.stratum] for row in chosen],
        }


def matches() -> Iterator[dict[str, Any]]:
    """Matches from loose to impossible: units, tags, own lines, recusals, people who are scarce."""
    chance = random.Random(11)
    for size in range(60):
        units = ["市局", "县局"][: 1 + size % 2]
        tags = ["食品", "药品", "特种设备"]
        people = [
            Person(f"{unit[0]}{n}", unit, frozenset(tag for tag in tags if chance.random() < 0.5))
            for unit in units
            for n in range(chance.randint(2, 7))
        ]
        entities = [f"E{n}" for n in range(1 + size // 3)]
        demands = []
        for entity in entities:
            lines = {
                (unit, count, frozenset(chance.sample(tags, chance.choice([0, 0, 0, 1, 2]))))
                for unit in units
                for count in chance.sample([1, 1, 2], chance.choice([1, 2]))
            }
            demands += [Demand(entity, *line) for line in lines]
        recusals = {(chance.choice(entities), chance.choice(people).label) for _ in range(size % 7)}
        key = chance.randbytes(32)
        try:
            rows: Any = match(key, entities, demands, people, recusals).rows()
        except Unmatchable as error:
            rows = str(error)
        why = unmannable([(entity, "") for entity in entities], demands, people, recusals)
        yield {
            "key": key.hex(),
            "order": entities,
            "demands": [[d.entity, d.unit, d.count, sorted(d.tags, key=str.encode)] for d in demands],
            "people": [[p.label, p.unit, sorted(p.tags, key=str.encode)] for p in people],
            "recusals": sorted(recusals),
            "rows": rows,
            "unmannable": {entity: str(reason) for entity, reason in why.items()},
        }


def encodings() -> Iterator[dict[str, Any]]:
    """Throws of several people, and how many of them count."""
    chance = random.Random(13)
    for emoji, bits, witnesses, n in (
        ("🎰", 36, 2, 9),
        ("🎲", 36, 2, 20),
        ("🎰", 24, 3, 9),
        ("🎰", 24, 1, 3),
        ("🎲", 12, 1, 6),
    ):
        thrown = [
            Throw(
                f"见证人{chance.randint(1, 3)}", m, chance.randint(1, throws.SIDES[emoji]), "2026-03-01T09:05:00+08:00"
            )
            for m in chance.sample(range(100, 200), n)
        ]
        counted = throws.counting(thrown, emoji=emoji, min_bits=bits, min_witnesses=witnesses, announcer="见证人3")
        yield {
            "rule": throws.dice(emoji, bits, witnesses),
            "announcer": "见证人3",
            "throws": throws.as_json(thrown),
            "counting": None if counted is None else [each.message for each in counted],
            "randomness": None if counted is None else throws.randomness(counted),
        }


def outcome(made: Any, files: dict[str, bytes], posted: list[str]) -> list[list[str]]:
    """What verify says, without what every true record says as well."""
    data = made if isinstance(made, bytes) else json.dumps(made).encode()
    return [[each.name, each.result, each.detail] for each in verify(data, files, posted)]


def whole_records() -> Iterator[dict[str, Any]]:
    """Records that hold as far as they go, with all that is said about them."""
    full = {name: data.decode() for name, data in STORY.named.items()}
    yield {"name": "full", "record": STORY.record, "files": full, "posted": STORY.posted}
    for show_pool in (True, False):
        made, files = public_edition(STORY.record, STORY.named, show_pool=show_pool, salts=[salt("p"), salt("q")])
        named = {name: data.decode() for name, data in files.items()}
        yield {
            "name": f"public {'with' if show_pool else 'without'} pool",
            "record": made,
            "files": named,
            "posted": STORY.posted,
        }
    for at, (state, made) in enumerate(states()):
        named = {name: data.decode() for name, data in made_files().named().items()}
        yield {"name": f"{state} {at}", "record": made, "files": named, "posted": []}
    files = made_files()
    for name, changed, sources in (
        ("hand", {"randomness": {"kind": "hand", "dice": "d6", "count": 10}}, [[3, 1, 6, 2, 5, 4, 4, 1, 2, 6]]),
        (
            "lottery rehearsal",
            {"randomness": {"kind": "lottery", "game": "双色球", "issue": "2026021"}, "mode": "rehearsal"},
            [[3, 8, 15, 20, 27, 33], [7]],
        ),
        ("local dice", {"chat": "local", "randomness": record.dice(local=True), "simulated_clock": True}, None),
    ):
        announced = made_announcement(files, **changed)
        entered = [throws.Source(tuple(numbers), "工作人员1", "工作人员2") for numbers in sources or ()]
        thrown = [] if sources else [Throw(f"见证人{n}", n, n, "2026-03-01T09:05:00+08:00") for n in range(1, 7)]
        drawn = record.make_draw(
            announced,
            files,
            code=positions.code(SECRET, 64, 1),
            throws=thrown,
            sources=entered,
            drawn_at="2026-03-01T09:20:00+08:00",
            salts=[salt("s"), salt("t")],
        )
        made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
        named = {name: data.decode() for name, data in (files.named() | drawn.named()).items()}
        yield {"name": name, "record": made, "files": named, "posted": [drawn.digest]}


def tampered() -> Iterator[dict[str, Any]]:
    """The full record with each field changed or left out, and with files changed: which checks do not hold then."""
    for path in paths(STORY.record):
        original = parent(STORY.record, path)[path[-1]]
        for new in [*nearby(original)[:4], ...]:
            if new == original and type(new) is type(original):
                continue
            made = copy.deepcopy(STORY.record)
            if new is ...:
                del parent(made, path)[path[-1]]
                change: dict[str, Any] = {"path": path}
            else:
                parent(made, path)[path[-1]] = new
                change = {"path": path, "value": new}
            said = outcome(made, STORY.named, STORY.posted)
            yield change | {"not_ok": [each[:2] for each in said if each[1] != "ok"]}


def spoiled_files() -> Iterator[dict[str, Any]]:
    """The full record whose files are not as §2 says though their digests fit: what is said of the file."""
    name_of = {
        "pool.tsv": b"E05\tA\n",
        "excluded.tsv": b"E99\t",
        "recusals.tsv": b"E01\t",
        "inspectors.tsv": b"\xe4\xb9\x991\t",
    }
    for name, line in name_of.items():
        data = STORY.named[name]
        at = data.index(line)
        end = data.index(b"\n", at) + 1
        own = data[at:end]
        for spoiled in (
            b"",
            b"# 0\n",
            data[2:],
            data[:-1],
            data + data[at:end],
            data[:end] + own + data[end:],
            data.replace(own, own.replace(b"\t", b" ", 1)),
            data.replace(own, own[:-1] + b"\t\n"),
            data.replace(own, own[:-1] + b"\r\n"),
            data.replace(own, own[:-1] + b"\xff\n"),
            data.replace(own, b"#" + own),
            data.replace(own, own[:-1] + b" \n"),
            data.replace(own, own[:-1] + "e\u0301\n".encode()),
            data.replace(own, own[:-1] + b"x" * 200 + b"\n"),
        ):
            made = copy.deepcopy(STORY.record)
            made["announcement"]["files"][name] = form.digest(spoiled)
            said = outcome(made, STORY.named | {name: spoiled}, [])
            yield {
                "name": name,
                "hex": spoiled.hex(),
                "said": next(each for each in said if each[0] == f"文件 {name}"),
                "not_ok": [each[:2] for each in said if each[1] != "ok"],
            }


def build() -> dict[str, Any]:
    """All vectors."""
    code = positions.code(SECRET, 64, 1)
    key = positions.prk(code, PROTOCOL_RANDOMNESS)
    records = list(whole_records())
    for each in records:
        named = {name: text.encode() for name, text in each["files"].items()}
        each["said"] = outcome(each["record"], named, each["posted"])
    return {
        "sha256": HASHES,
        "hmac": HMACS,
        "protocol": {
            "secret": SECRET.hex(),
            "length": 64,
            "randomness": PROTOCOL_RANDOMNESS,
            "head": "2a05790d9ee117fdb350cbd54c81624c792c118e6e8909fa0c1dfee21aec5d9e",
            "code": "1e6750d20957e49e2cd9827a2197a8b321fff95b07dfe02f20661a91de8d4cdd",
            "prk": "48c755b5ee5971412ba3921b479c296bb3f7fa0cc0f0109059fddc9fd3c60b5a",
            "order": [
                ["484559096faa", "B"],
                ["77df8309b5a0", "C"],
                ["8316e33d9df7", "E"],
                ["899731e596ab", "A"],
                ["c9ae1637278f", "D"],
            ],
            "t": ["A", "I1", "c6686c19ea94d92d30fef2daa42b517c6cf22d5ad85dc3531e8d862afd5a4e47"],
            "codes": [[k, positions.code(SECRET, 64, k).hex()] for k in (1, 2, 3, 62, 63)],
        },
        "positions": [
            [None, label, next(iter(positions.positions(key, [label])))[0].hex()]
            for label in ("A", "91990000000000017T", "某某公司", "𠮷", "x" * 63, "x" * 118, "x" * 128, "中" * 42)
        ]
        + [["experts", "专家1", next(iter(positions.positions(key, ["专家1"], of_list="experts")))[0].hex()]],
        "labels": [[label, positions.valid_label(label)] for label in LABELS],
        "canonical": [
            [text, form.canonical(form.load(text.encode())).decode(), form.digest_of(form.load(text.encode()))]
            for text in CANONICAL
        ],
        "bad_json": [[text, refusal(text)] for text in BAD_JSON],
        "quotas": [
            [ratio, n, Quota(ratio=Fraction(ratio)).of(n)]
            for ratio in ("1/20", "1/40", "7/100", "1/3", "1/1", "1/1000", "999999999999999999/999999999999999999")
            for n in (0, 1, 2, 19, 20, 21, 100, 812, 1_000_003)
        ]
        + [[count, n, Quota(count=count).of(n)] for count in (1, 9) for n in (0, 1, 9, 10)],
        "sources": [[[[17, 64, 3], [22, 9, 41]], PROTOCOL_RANDOMNESS], [[[0]], "0./"], [[], ""]],
        "encodings": list(encodings()),
        "draws": list(draws()),
        "matches": list(matches()),
        "records": records,
        "tampered": list(tampered()),
        "spoiled": list(spoiled_files()),
    }


def refusal(text: str) -> str:
    """Why a text is not read."""
    try:
        form.load(text.encode())
    except ValueError as error:
        return str(error)
    raise AssertionError(f"{text[:40]!r} was read")


def written() -> str:
    """vectors.json as it should stand: one vector a line, so that a change can be seen."""
    lines = []
    for name, value in build().items():
        items = value if isinstance(value, list) else [value]
        dumped = ",\n".join(json.dumps(item, ensure_ascii=True, separators=(",", ":")) for item in items)
        lines.append(f"{json.dumps(name)}: [\n{dumped}\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load() -> dict[str, Any]:
    """The vectors as they are kept."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


if __name__ == "__main__":
    text = written()
    FILE.write_text(text, "utf-8")
    print(FILE.name, len(text), sha256(text.encode()).hexdigest()[:16])
