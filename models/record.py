"""A draw from announcement to record: making it, and its substitutions (protocol §§3, 5, 7, 8)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models import substitution
from models.announcement_form import NO_PREVIOUS, check_announcement
from models.drawfiles import NAMES as NAMES
from models.drawfiles import SALT_BYTES as SALT_BYTES
from models.drawfiles import FileFault as FileFault
from models.drawfiles import Files as Files
from models.drawfiles import (
    Pool,
    demand_rows,
    inspector_rows,
    list_result_file,
    list_rows,
    recusal_rows,
    selected_rows,
)
from models.drawfiles import parse_table as parse_table
from models.drawfiles import table as table
from models.form import PROTOCOL as PROTOCOL
from models.form import Json
from models.form import canonical as canonical
from models.form import digest as digest
from models.form import digest_of as digest_of
from models.form import stamp as stamp
from models.manning import Unmannable, unmannable
from models.match import Demand, Demands, Person, Teams, match
from models.positions import CHAIN_LENGTH, Selected, chain, draw_order, lowest, opens, prk
from models.quota import Quota
from models.substitution import Place as Place
from models.substitution import Standing as Standing
from models.substitution import addendum as addendum
from models.throws import Source as Source
from models.throws import Throw as Throw
from models.throws import as_json, encoded, problems
from models.throws import counting as counting
from models.throws import dice as dice
from models.throws import randomness as randomness


class Refused(ValueError):
    """An announcement that cannot be made; `reasons` holds, for each entity that cannot be manned, why."""

    def __init__(self, message: str, reasons: Mapping[str, Unmannable] | None = None) -> None:
        super().__init__(message)
        self.reasons = dict(reasons or {})


def refusals(files: Files) -> dict[str, Unmannable]:
    """The entities of the pool that cannot be manned, each with its reason (§3). Raises `FileFault`."""
    return unmannable(
        Pool(files.pool),
        demand_rows(files.demands),
        inspector_rows(files.inspectors),
        {(entity, inspector) for entity, inspector, _ in recusal_rows(files.recusals)},
    )


@dataclass(frozen=True)
class Checked:
    """What an announcement says of its files, which takes long to find out where the pool is large."""

    sizes: Mapping[str, int]
    digests: Mapping[str, str]

    @classmethod
    def of(cls, files: Files) -> "Checked":
        """Goes through all files. Raises `FileFault` for a bad one, `Refused` where an entity cannot be manned."""
        sizes = Pool(files.pool).sizes()
        files.check()
        _require_manned(files)
        return cls(sizes, files.digests())


def announcement(
    *,
    files: Files,
    checked: Checked | None = None,
    strata: Mapping[str, Quota],
    secret: bytes,
    mode: str,
    chat: str,
    serial: int,
    previous: str = NO_PREVIOUS,
    plan_no: str,
    task_no: str,
    task_name: str,
    batch: int = 1,
    attempt: int = 1,
    as_of: date,
    announced_by: str,
    announced_at: str,
    deadline: str,
    reveal_by: str,
    randomness: Mapping[str, Any],
    lists: Mapping[str, int] | None = None,
    chain_length: int = CHAIN_LENGTH,
    simulated_clock: bool = False,
) -> Json:
    """The announcement (公告) of §3; its canonical form is what is posted and digested.

    `strata` gives each stratum of the pool its quota, `lists` the quota of each other list in `files`. Times are as
    `stamp` writes them, `previous` is the digest of the office's announcement before; `checked` are the same files
    where they were gone through before. Raises `Refused` for an empty pool, an unknown stratum or an entity that
    cannot be manned, `FileFault` for a bad file, ValueError for a bad field.
    """
    sizes = Pool(files.pool).sizes() if checked is None else checked.sizes
    if not sizes:
        raise Refused("抽取范围内没有检查对象，不能发布公告。")
    if missing := sorted(set(sizes) - set(strata)):
        raise Refused(f"类别“{missing[0]}”没有规定抽取比例或数量，不能发布公告。")
    if len(secret) != 32:
        raise ValueError("密钥必须是 32 个字节。")
    made: Json = {
        "protocol": PROTOCOL,
        "match": "match/1",
        "mode": mode,
        "chat": chat,
        "serial": serial,
        "previous": previous,
        "task": {"plan_no": plan_no, "task_no": task_no, "name": task_name, "batch": batch},
        "attempt": attempt,
        "as_of": as_of.isoformat(),
        "announced_by": announced_by,
        "announced_at": announced_at,
        "deadline": deadline,
        "reveal_by": reveal_by,
        "files": dict(files.digests() if checked is None else checked.digests),
        "strata": [
            _stratum(name, strata[name], sizes[name]) for name in sorted(strata, key=str.encode) if name in sizes
        ],
        "randomness": dict(randomness),
        "chain": {"head": chain(secret, chain_length).hex(), "length": chain_length},
    }
    if files.lists:
        made["lists"] = [
            _list(name, files.lists[name], (lists or {}).get(name)) for name in sorted(files.lists, key=str.encode)
        ]
    if simulated_clock:
        made["clock"] = "simulated"
    for problem in check_announcement(made):
        raise ValueError(problem)
    if checked is None:
        files.check()
        _require_manned(files)
    return made


def _require_manned(files: Files) -> None:
    if reasons := refusals(files):
        entity, reason = next(iter(reasons.items()))
        more = f"等 {len(reasons)} 户" if len(reasons) > 1 else ""
        raise Refused(f"检查对象“{entity}”{more}派不出检查组，不能发布公告：{reason}。", reasons)


def _stratum(name: str, quota: Quota, size: int) -> Json:
    made: Json = {"name": name, "size": size, "quota": quota.of(size)}
    if quota.ratio is None:
        made["count"] = quota.count
    else:
        made["ratio"] = f"{quota.ratio.numerator}/{quota.ratio.denominator}"
    return made


def _list(name: str, data: bytes, quota: int | None) -> Json:
    size = len(list_rows(data, name))
    if not quota or quota > size:
        raise Refused(f"名单“{name}”有 {size} 人，抽取人数应当在 1 到 {size} 之间。")
    return {"name": name, "file": digest(data), "size": size, "quota": quota}


@dataclass(frozen=True)
class Drawn:
    """A draw that was made: its entry in the record, its two files, and what they hold."""

    entry: Json
    randomness: Json
    selected: list[Selected]
    teams: Teams
    selected_tsv: bytes
    teams_tsv: bytes
    lists: dict[str, list[tuple[bytes, str]]]
    list_files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """What is posted: the digest of canonical draws[0]."""
        return digest_of(self.entry)

    def named(self) -> dict[str, bytes]:
        """The files of the draw by name."""
        return {"selected.tsv": self.selected_tsv, "teams.tsv": self.teams_tsv} | self.list_files


def select(announcement: Mapping[str, Any], pool: Iterable[tuple[str, str]], key: bytes) -> list[Selected]:
    """The selection of §5 in draw order; `pool` must be iterable twice and have the strata that were announced."""
    quotas = {entry["name"]: entry["quota"] for entry in announcement["strata"]}
    return draw_order(key, pool, quotas, {entry["name"]: entry["size"] for entry in announcement["strata"]})


def send(
    selected: Sequence[Selected],
    demands: Iterable[Demand],
    people: Iterable[Person],
    recusals: Collection[tuple[str, str]],
    key: bytes,
) -> Teams:
    """The teams of §6 for a selection."""
    known = Demands(demands)
    lines = [line for row in selected for line in known.of(row.label, row.stratum)]
    return match(key, [row.label for row in selected], lines, people, recusals)


def make_draw(
    announcement: Mapping[str, Any],
    files: Files,
    *,
    code: bytes,
    throws: Sequence[Throw] = (),
    sources: Sequence[Source] = (),
    drawn_at: str,
    salts: Sequence[bytes],
    seen: Callable[[int, int], None] | None = None,
) -> Drawn:
    """Make the draw from the counting throws, or the sources, and code 1 (§§5, 6).

    `salts` are 32 fresh random bytes for selected.tsv, teams.tsv and each other list in the announcement's order.
    `seen` is told on the way how many bytes of how many of the pool are done.
    Raises ValueError where files, code or throws are not those of the announcement.
    """
    for name, found in files.digests().items():
        if announcement["files"][name] != found:
            raise ValueError(f"{name} 与公告的摘要不符，不能抽取。")
    if not opens(code, 1, bytes.fromhex(announcement["chain"]["head"])):
        raise ValueError("密码与公告的链头不符，不能抽取。")
    given: list[Throw | Source] = [*throws, *sources]
    for problem in problems(
        announcement["randomness"],
        given,
        announcer=announcement["announced_by"],
        deadline=announcement["deadline"],
    ):
        raise ValueError(problem)
    value = randomness(throws) if throws else encoded(source.numbers for source in sources)
    key = prk(code, value)
    selected = select(announcement, Pool(files.pool, seen), key)
    recusals = {(entity, inspector) for entity, inspector, _ in recusal_rows(files.recusals)}
    teams = send(selected, demand_rows(files.demands), inspector_rows(files.inspectors), recusals, key)
    selected_tsv = selected_file(selected, salts[0])
    team_rows = teams.rows()
    teams_tsv = table(team_rows, salts[1], in_order=True)
    entry: Json = {
        "k": 1,
        "code": code.hex(),
        "reason": "draw",
        "drawn_at": drawn_at,
        "throws_sha256": digest_of(as_json(given)),
        "selected": {"count": len(selected), "sha256": digest(selected_tsv)},
        "teams": {"count": len(team_rows), "sha256": digest(teams_tsv)},
    }
    lists: dict[str, list[tuple[bytes, str]]] = {}
    list_files: dict[str, bytes] = {}
    for listed, salt in zip(announcement.get("lists", ()), salts[2:], strict=True):
        name = listed["name"]
        lists[name] = lowest(key, list_rows(files.lists[name], name), listed["quota"], of_list=name)
        data = table(((position.hex(), label) for position, label in lists[name]), salt, in_order=True)
        list_files[list_result_file(name)] = data
        entry.setdefault("lists", []).append({"name": name, "count": len(lists[name]), "sha256": digest(data)})
    kind = "throws" if throws else "sources"
    return Drawn(
        entry, {"value": value, kind: as_json(given)}, selected, teams, selected_tsv, teams_tsv, lists, list_files
    )


def selected_file(selected: Iterable[Selected], salt: bytes) -> bytes:
    """selected.tsv: position hex, label, stratum, in draw order."""
    return table(((row.position.hex(), row.label, row.stratum) for row in selected), salt, in_order=True)


def record(
    announcement: Json,
    *,
    state: str,
    randomness: Json | None = None,
    draws: Sequence[Json] = (),
    code: bytes | None = None,
    secret: bytes | None = None,
    lapsed: Sequence[Json] = (),
) -> Json:
    """The record of §8; fields that do not exist yet are left out.

    `lapsed` are the notices of events that got too few throws, as `lapsed_notice` makes them, oldest first. `code` is
    given for a lapsed announcement alone, whose first code is published; `secret` once the task is closed.
    """
    made: Json = {
        "protocol": PROTOCOL,
        "announcement": announcement,
        "announcement_sha256": digest_of(announcement),
        "state": state,
    }
    if randomness is not None:
        made["randomness"] = randomness
    if draws:
        made["draws"] = list(draws)
    if lapsed:
        made["lapsed"] = list(lapsed)
    if code is not None:
        made["code"] = code.hex()
    if secret is not None:
        made["secret"] = secret.hex()
    return made


def lapsed_notice(notice: Json, throws: Sequence[Throw] = (), addenda: Sequence[Json] = ()) -> Json:
    """The trace of a notice whose deadline passed with too few throws: the notice, and the throws there were."""
    made: Json = {
        "k": notice["k"],
        "notice": notice,
        "notice_sha256": digest_of(notice),
        "throws": as_json(throws),
        "throws_sha256": digest_of(as_json(throws)),
    }
    if addenda:
        made["addenda"] = list(addenda)
    return made


def standing(record: Mapping[str, Any], files: Files, selected_tsv: bytes | None = None) -> Standing:
    """Who sits where after all draws of a record; `selected_tsv`, where at hand, spares going through the pool.

    The record is taken to be true: check it with `verify` where it comes from elsewhere.
    """
    first, *events = record["draws"]
    value = record["randomness"]["value"]
    key = prk(bytes.fromhex(first["code"]), value)
    announced = record["announcement"]
    pool = Pool(files.pool)
    selected = selected_rows(selected_tsv) if selected_tsv is not None else select(announced, pool, key)
    demands, people = demand_rows(files.demands), inspector_rows(files.inspectors)
    recusals = {(entity, inspector) for entity, inspector, _ in recusal_rows(files.recusals)}
    now = Standing.after_draw(selected, send(selected, demands, people, recusals, key), demands, people, recusals)
    for entry in events:
        now = substitution.enlarged(now, entry.get("addenda", ()))
        _, now = substitution.fill(now, pool, entry["notice"], event_prk(entry, value))
    return now


def event_prk(entry: Mapping[str, Any], value: str) -> bytes:
    """PRKₖ of an event of the record (§7), from its code, the draw's randomness and its own throws."""
    given: Sequence[Mapping[str, Any]] = entry.get("throws", ())
    own = randomness(Throw(t["by"], t["message"], t["value"], t["at"]) for t in given)
    own += encoded(source["numbers"] for source in entry.get("sources", ()))
    return prk(bytes.fromhex(entry["code"]), value + own)


def event_notice(
    record: Mapping[str, Any],
    files: Files,
    *,
    places: Sequence[Place],
    reason: str,
    explanation: str,
    approved_by: str,
    announced_by: str,
    announced_at: str,
    deadline: str,
    randomness: Mapping[str, Any],
    salt: bytes,
    away: Collection[str] = (),
    recusals: Iterable[tuple[str, str, str]] = (),
    addenda: Sequence[Json] = (),
    attempt: int = 1,
    selected_tsv: bytes | None = None,
) -> Json:
    """The notice of the record's next event; post its digest (`digest_of`) before any throw for it.

    `reason` is `recusal`, `unable` or `gone`; `randomness` is `dice(min_bits=12, …)` or `{"kind": "waived"}`. Raises
    `Unmatchable` where nobody is left for a place: the ways out are an addendum, another date, withdrawal.
    """
    now = substitution.enlarged(standing(record, files, selected_tsv), addenda)
    return substitution.notice(
        now,
        Pool(files.pool),
        announcement_sha256=record["announcement_sha256"],
        previous=digest_of(record["draws"][-1]),
        k=len(record["draws"]) + 1,
        places=places,
        reason=reason,
        explanation=explanation,
        approved_by=approved_by,
        announced_by=announced_by,
        announced_at=announced_at,
        deadline=deadline,
        randomness=randomness,
        salt=salt,
        away=away,
        recusals=recusals,
        addenda=addenda,
        attempt=attempt,
    )


@dataclass(frozen=True)
class Substituted:
    """An event that was carried out: its entry in the record and the standing after it."""

    entry: Json
    standing: Standing

    @property
    def changes(self) -> list[Json]:
        """What changed, in the order of §7."""
        changes: list[Json] = self.entry["changes"]
        return changes

    @property
    def digest(self) -> str:
        """What is posted: the digest of the canonical entry."""
        return digest_of(self.entry)


def make_substitution(
    record: Mapping[str, Any],
    files: Files,
    notice: Json,
    *,
    code: bytes,
    throws: Sequence[Throw] = (),
    sources: Sequence[Source] = (),
    addenda: Sequence[Json] = (),
    selected_tsv: bytes | None = None,
) -> Substituted:
    """Carry out the event of a notice from its counting throws and code k (§7).

    Raises ValueError where code, throws or addenda are not those of the notice.
    """
    k, announced = notice["k"], record["announcement"]
    if k != len(record["draws"]) + 1 or notice["previous"] != digest_of(record["draws"][-1]):
        raise ValueError("递补公告与记录不相接，不能递补。")
    if not opens(code, k, bytes.fromhex(announced["chain"]["head"])):
        raise ValueError("密码与公告的链头不符，不能递补。")
    if notice["addenda"] != [digest_of(item) for item in addenda]:
        raise ValueError("补充的人员名单与递补公告的摘要不符，不能递补。")
    given: list[Throw | Source] = [*throws, *sources]
    for problem in problems(notice["randomness"], given, announcer=notice["announced_by"], deadline=notice["deadline"]):
        raise ValueError(problem)
    entry: Json = {
        "k": k,
        "code": code.hex(),
        "reason": notice["reason"],
        "notice": notice,
        "notice_sha256": digest_of(notice),
        "throws_sha256": digest_of(as_json(given)),
        "previous": notice["previous"],
        ("sources" if sources else "throws"): as_json(given),
    }
    if notice["randomness"]["kind"] == "waived":
        entry["waived"] = substitution.WAIVED
    if addenda:
        entry["addenda"] = list(addenda)
    before = substitution.enlarged(standing(record, files, selected_tsv), addenda)
    key = event_prk(entry, record["randomness"]["value"])
    entry["changes"], after = substitution.fill(before, Pool(files.pool), notice, key)
    return Substituted(entry, after)


def with_state(record: Mapping[str, Any], state: str, secret: bytes | None = None) -> Json:
    """The record in another state, with the secret once the task is closed."""
    made = dict(record) | {"state": state}
    if secret is not None:
        made["secret"] = secret.hex()
    return made
