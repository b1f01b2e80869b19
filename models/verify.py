"""Whether a record holds: every check of protocol §9, on full, partial and public records, for any input."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from models import form, substitution
from models.drawfiles import (
    NAMES,
    Pool,
    demand_rows,
    excluded_rows,
    inspector_rows,
    list_file,
    list_result_file,
    list_rows,
    position_rows,
    recusal_rows,
    selected_rows,
    team_rows,
)
from models.form import FormError, Json, NotJson, digest, digest_of
from models.manning import unmannable
from models.match import Teams, constraints, optimal
from models.positions import Selected, expander, lowest, opens, prk
from models.record import Files, Standing, event_prk, select, send
from models.record_form import form_problems
from models.throws import (
    Source,
    Throw,
    encoded,
    from_json,
    problems,
    randomness,
    sources_from_json,
)

Result = Literal["ok", "failed", "unchecked"]


@dataclass(frozen=True)
class Check:
    """One check: what was looked at, how it went, and a Chinese sentence."""

    name: str
    result: Result
    detail: str


class _Lacking(Exception):
    """A check cannot be made: what it lacks, in Chinese."""


class _Wrong(ValueError):
    """A check fails: why, in Chinese."""


def verify(
    record: bytes | Mapping[str, Any], files: Mapping[str, bytes | memoryview], posted: Sequence[str] = ()
) -> list[Check]:
    """Check a record against its files (bytes by file name) and the digests seen in the group.

    Never raises for any record or file: what is wrong is a failed check, what cannot be checked an unchecked one. Where
    the form fails, nothing else is looked at.
    """
    try:
        if isinstance(record, (bytes, bytearray, memoryview)):
            value: Any = form.load(bytes(record))
        else:
            form.check_plain(record)
            value = record
        wrong = form_problems(value)
    except (FormError, NotJson) as error:
        wrong = [str(error)]
    if wrong:
        more = f"（另有 {len(wrong) - 1} 处）" if len(wrong) > 1 else ""
        return [Check("记录格式", "failed", wrong[0] + more)]
    return _Verification(value, files, posted).checks()


_EMPTY = b"# " + b"0" * 64 + b"\n"
"""A file of no rows."""


class _Verification:
    """The checks of one record whose form is right, in order; each step may use what earlier ones established."""

    def __init__(self, record: Json, files: Mapping[str, bytes | memoryview], posted: Sequence[str]) -> None:
        self.record = record
        self.announced: Json = record["announcement"]
        self.draws: list[Json] = record.get("draws", [])
        self.public = "public" in record
        self.named = files
        self.posted = [seen.lower() for seen in posted]
        self.found: list[Check] = [Check("记录格式", "ok", "格式符合 qiantong-draw/1。")]
        self.sound: dict[str, bytes] = {}
        """Files whose digest and form are right."""
        self.sizes: dict[str, int] = {}
        self.selected: list[Selected] | None = None
        self.teams: Teams | None = None
        self.standing: Standing | None = None

    def checks(self) -> list[Check]:
        """All checks, in order."""
        self._do("公告摘要", self._announcement)
        if self.posted:
            self._do("群里公布的摘要", self._posted)
        for name in NAMES:
            self._do(f"文件 {name}", lambda name=name: self._file(name, self.announced["files"][name]))  # type: ignore[misc]
        for listed in self.announced.get("lists", ()):
            name = list_file(listed["name"])
            self._do(f"文件 {name}", lambda name=name, of=listed: self._file(name, of["file"]))  # type: ignore[misc]
        self._do("类别与抽取数量", self._strata)
        self._do("每户都派得出人", self._manning)
        self._do("密码链", self._chain)
        if "randomness" in self.record:
            self._do("掷骰或号码", self._throws)
        if self.draws:
            self._do("抽取结果", self._selection)
            if self.announced.get("lists"):
                self._do("其他名单", self._lists)
            self._do("随机匹配", self._match)
            self._do("匹配约束与均衡", self._balance)
            for entry in self.draws[1:]:
                self._do(f"第 {entry['k']} 次递补", lambda entry=entry: self._event(entry))  # type: ignore[misc]
            if "lapsed" in self.record or any(_attempt_of(entry) > 1 for entry in self.draws[1:]):
                self._do("失效的递补公告", self._lapsed)
            if self.public:
                self._do("公开版", self._public)
        return self.found

    def _do(self, name: str, step: Callable[[], str]) -> None:
        try:
            self.found.append(Check(name, "ok", step()))
        except _Lacking as lacking:
            self.found.append(Check(name, "unchecked", str(lacking)))
        except ValueError as wrong:
            self.found.append(Check(name, "failed", str(wrong)))

    def _bytes(self, name: str, wanted: str) -> bytes:
        """A file whose digest is as wanted."""
        data = self.named.get(name)
        if data is None:
            raise _Lacking(f"没有文件 {name}。")
        if digest(data) != wanted:
            raise _Wrong(f"{name} 的摘要与记录不符，文件被改动过。")
        return bytes(data)

    def _need(self, *names: str) -> None:
        for name in names:
            if name not in self.sound:
                raise _Lacking(f"没有核对无误的 {name}。")

    def _announcement(self) -> str:
        if digest_of(self.announced) != self.record["announcement_sha256"]:
            raise _Wrong("公告内容与 announcement_sha256 不符，公告被改动过。")
        notes = []
        if self.announced["mode"] == "rehearsal":
            notes.append("这是演练")
        if self.announced.get("clock"):
            notes.append("时钟是模拟的")
        return f"{self.record['announcement_sha256']}{'（' + '，'.join(notes) + '）' if notes else ''}"

    def _posted(self) -> str:
        known = {digest_of(self.announced)}
        for entry in self.draws:
            known.add(entry.get("sha256") or digest_of(entry))
            known |= {entry["notice_sha256"]} if "notice_sha256" in entry else set()
            known |= {digest_of(made) for made in entry.get("addenda", ())}
            known |= set(entry.get("addenda_sha256", ()))
        for entry in self.record.get("lapsed", ()):
            known.add(entry["notice_sha256"])
            known |= {digest_of(made) for made in entry.get("addenda", ())}
            known |= set(entry.get("addenda_sha256", ()))
        for seen in self.posted:
            if seen not in known:
                raise _Wrong(f"群里公布的 {seen} 不是这份记录里任何公告或抽取的摘要。")
        return f"群里公布的 {len(self.posted)} 个摘要都与记录相符。"

    def _file(self, name: str, wanted: str) -> str:
        data = self._bytes(name, wanted)
        readers: dict[str, Callable[[bytes], Any]] = {
            "pool.tsv": self._count_pool,
            "inspectors.tsv": inspector_rows,
            "demands.tsv": demand_rows,
            "recusals.tsv": recusal_rows,
            "excluded.tsv": excluded_rows,
        }
        rows = readers.get(name, lambda data: list_rows(data, name[5:-4]))(data)
        self.sound[name] = data
        return f"摘要相符，{rows if isinstance(rows, int) else len(rows)} 行。"

    def _count_pool(self, data: bytes) -> int:
        self.sizes = Pool(data).sizes()
        return sum(self.sizes.values())

    def _strata(self) -> str:
        self._need("pool.tsv")
        sizes = dict(self.sizes)
        for entry in self.announced["strata"]:
            if sizes.pop(entry["name"], 0) != entry["size"]:
                raise _Wrong(f"类别“{entry['name']}”的户数与 pool.tsv 不符。")
        if sizes:
            raise _Wrong(f"pool.tsv 里的类别“{next(iter(sizes))}”没有公告。")
        for listed in self.announced.get("lists", ()):
            name = list_file(listed["name"])
            if name in self.sound and len(list_rows(self.sound[name], listed["name"])) != listed["size"]:
                raise _Wrong(f"名单“{listed['name']}”的人数与 {name} 不符。")
        total = sum(entry["quota"] for entry in self.announced["strata"])
        left_out = {entity for entity, _ in excluded_rows(self.sound.get("excluded.tsv", _EMPTY))}
        if left_out:
            for label, _ in Pool(self.sound["pool.tsv"]):
                if label in left_out:
                    raise _Wrong(f"“{label}”同时在 pool.tsv 和 excluded.tsv 里。")
        return f"各类户数与 pool.tsv 一致，共抽取 {total} 户。"

    def _manning(self) -> str:
        self._need("pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv")
        files = self._files()
        reasons = unmannable(
            Pool(files.pool), demand_rows(files.demands), inspector_rows(files.inspectors), self._recusals()
        )
        for entity, reason in reasons.items():
            raise _Wrong(f"检查对象“{entity}”派不出检查组：{reason}。")
        return "范围内每一户单独看都派得出检查组。"

    def _files(self) -> Files:
        return Files.from_names({name: self.sound.get(name, b"") for name in NAMES})

    def _recusals(self) -> set[tuple[str, str]]:
        return {(entity, inspector) for entity, inspector, _ in recusal_rows(self.sound["recusals.tsv"])}

    def _chain(self) -> str:
        head, length = bytes.fromhex(self.announced["chain"]["head"]), self.announced["chain"]["length"]
        codes = [(entry["k"], entry["code"]) for entry in self.draws]
        if "code" in self.record:
            codes.append((1, self.record["code"]))
        for k, code in codes:
            if k > length - 1 or not opens(bytes.fromhex(code), k, head):
                raise _Wrong(f"第 {k} 个密码散列 {k} 次不是公告的链头，不是这条链上的密码。")
        if "secret" in self.record and not opens(bytes.fromhex(self.record["secret"]), length, head):
            raise _Wrong(f"secret 散列 {length} 次不是公告的链头。")
        if not codes:
            raise _Lacking("密码还没有公布。")
        return f"{len(codes)} 个密码都在公告的链上。"

    def _throws(self) -> str:
        given = self.record["randomness"]
        rule = self.announced["randomness"]
        items: list[Throw | Source] = [
            *from_json(given.get("throws", ())),
            *sources_from_json(given.get("sources", ())),
        ]
        announcer, deadline = self.announced["announced_by"], self.announced["deadline"]
        for wrong in problems(rule, items, announcer=announcer, deadline=deadline, complete=bool(self.draws)):
            raise _Wrong(wrong)
        if self.record["state"] == "lapsed" and not problems(rule, items, announcer=announcer, deadline=deadline):
            raise _Wrong("掷骰已经足够，应当抽取，不应当未成。")
        value = (
            randomness(from_json(given["throws"]))
            if "throws" in given
            else encoded(source["numbers"] for source in given["sources"])
        )
        if value != given["value"]:
            raise _Wrong(f"随机数应当是 {value}，记录写的是 {given['value']}。")
        if self.draws:
            if digest_of(given.get("throws", given.get("sources"))) != self.draws[0]["throws_sha256"]:
                raise _Wrong("掷骰或号码与 draws[0].throws_sha256 不符。")
            if self.draws[0]["drawn_at"] < self.announced["announced_at"]:
                raise _Wrong("抽取时间早于公告时间。")
        note = "（本地聊天的骰子由运营者自己的机器掷出，不能对运营者构成证明）" if rule["kind"] == "local-dice" else ""
        return f"{value}{note}"

    def _key(self) -> bytes:
        return prk(bytes.fromhex(self.draws[0]["code"]), self.record["randomness"]["value"])

    def _selection(self) -> str:
        first = self.draws[0]
        selected = None
        if "selected.tsv" in self.named:
            selected = selected_rows(self._bytes("selected.tsv", first["selected"]["sha256"]))
            if len(selected) != first["selected"]["count"]:
                raise _Wrong("selected.tsv 的行数与记录不符。")
            self._positions(selected)
        if "pool.tsv" not in self.sound:
            if selected is not None:
                self.selected = selected
            raise _Lacking("没有核对无误的 pool.tsv，只能逐户核对已抽中的位置。")
        if self.sizes != {entry["name"]: entry["size"] for entry in self.announced["strata"] if entry["size"]}:
            raise _Lacking("类别与 pool.tsv 不符，无法重算。")
        again = select(self.announced, Pool(self.sound["pool.tsv"]), self._key())
        self.selected = again
        if len(again) != first["selected"]["count"]:
            raise _Wrong(f"重算抽中 {len(again)} 户，记录是 {first['selected']['count']} 户。")
        if selected is None:
            raise _Lacking("没有文件 selected.tsv，重算的结果无从比对。")
        if selected != again:
            at = next(i for i, (a, b) in enumerate(zip(selected, again, strict=True)) if a != b)
            raise _Wrong(f"重算第 {at + 1} 户是“{again[at].label}”，selected.tsv 是“{selected[at].label}”。")
        return f"由密码和随机数重算，抽中的 {len(again)} 户与 selected.tsv 逐户相同。"

    def _positions(self, rows: Sequence[tuple[bytes, str] | Selected]) -> None:
        """Raise unless every row's position is that of its label and the rows ascend."""
        expand = expander(self._key())
        for row in rows:
            if expand(row[1].encode()) != row[0]:
                raise _Wrong(f"“{row[1]}”的位置重算不符。")
        if any(a[0] >= b[0] for a, b in pairwise(rows)):
            raise _Wrong("抽中的检查对象没有按位置由小到大排列。")

    def _lists(self) -> str:
        recorded = {entry["name"]: entry for entry in self.draws[0].get("lists", ())}
        if set(recorded) != {listed["name"] for listed in self.announced["lists"]}:
            raise _Wrong("draws[0].lists 与公告的名单不符。")
        for listed in self.announced["lists"]:
            name = listed["name"]
            data = self._bytes(list_result_file(name), recorded[name]["sha256"])
            rows = position_rows(data, list_result_file(name))
            self._need(list_file(name))
            labels = list_rows(self.sound[list_file(name)], name)
            again = lowest(self._key(), labels, listed["quota"], of_list=name)
            if rows != again or len(rows) != recorded[name]["count"]:
                raise _Wrong(f"名单“{name}”重算不符。")
        return "其他名单重算相符。"

    def _match(self) -> str:
        if self.selected is None:
            raise _Lacking("抽取结果没有核对，无法重算匹配。")
        self._need("inspectors.tsv", "demands.tsv", "recusals.tsv")
        files, first = self._files(), self.draws[0]
        people, demands, recusals = inspector_rows(files.inspectors), demand_rows(files.demands), self._recusals()
        teams = send(self.selected, demands, people, recusals, self._key())
        self.teams = teams
        self.standing = Standing.after_draw(self.selected, teams, demands, people, recusals)
        again = teams.rows()
        if len(again) != first["teams"]["count"]:
            raise _Wrong(f"重算派员 {len(again)} 人次，记录是 {first['teams']['count']} 人次。")
        rows = team_rows(self._bytes("teams.tsv", first["teams"]["sha256"]))
        if rows != again:
            raise _Wrong("重算的检查组与 teams.tsv 不同。")
        return f"重算的 {len(again)} 人次与 teams.tsv 逐行相同。"

    def _balance(self) -> str:
        """Constraints and optimality of the re-run teams, which `_match` compares with the file."""
        if self.teams is None:
            raise _Lacking("匹配没有重算。")
        people = inspector_rows(self.sound["inspectors.tsv"])
        for wrong in constraints(self.teams, people, self._recusals()):
            raise _Wrong(wrong)
        if not optimal(self.teams, people, self._recusals()):
            raise _Wrong("还有调换能使人员负担更均衡，匹配不是最优。")
        loads = [self.teams.loads.get(person.label, 0) for person in people]
        spread = f"每人 {min(loads, default=0)} 到 {max(loads, default=0)} 户"
        return f"每户人数、单位、专长和回避都符合，负担最均衡（{spread}）。"

    def _event(self, entry: Json) -> str:
        if self.public:
            raise _Lacking("公开版只有递补的摘要。")
        at = entry["k"] - 1
        notice = entry["notice"]
        if digest_of(notice) != entry["notice_sha256"]:
            raise _Wrong("递补公告与 notice_sha256 不符。")
        before = digest_of(self.draws[at - 1])
        if entry["previous"] != before or notice["previous"] != before:
            raise _Wrong("previous 不是前一次抽取的摘要。")
        if notice["k"] != entry["k"] or notice["reason"] != entry["reason"]:
            raise _Wrong("递补公告的序号或原因与记录不符。")
        if notice["announcement"] != digest_of(self.announced):
            raise _Wrong("递补公告不属于这份抽取公告。")
        addenda = entry.get("addenda", [])
        if notice["addenda"] != [digest_of(made) for made in addenda]:
            raise _Wrong("补充的人员名单与递补公告的摘要不符。")
        for made in addenda:
            if made["k"] != entry["k"] or made["announcement"] != notice["announcement"]:
                raise _Wrong("补充的人员名单不属于这次递补。")
            if made["announced_at"] > notice["announced_at"]:
                raise _Wrong("补充人员名单的公布晚于递补公告。")
        given = entry.get("throws", entry.get("sources"))
        if digest_of(given) != entry["throws_sha256"]:
            raise _Wrong("掷骰或号码与 throws_sha256 不符。")
        items: list[Throw | Source] = [
            *from_json(entry.get("throws", ())),
            *sources_from_json(entry.get("sources", ())),
        ]
        for wrong in problems(
            notice["randomness"], items, announcer=notice["announced_by"], deadline=notice["deadline"]
        ):
            raise _Wrong(wrong)
        if self.standing is None or "pool.tsv" not in self.sound:
            raise _Lacking("前面的结果没有核对，无法重算递补。")
        pool = Pool(self.sound["pool.tsv"])
        standing, self.standing = substitution.enlarged(self.standing, addenda), None
        stated = substitution.restated(standing, pool, notice)
        if stated != notice["places"]:
            raise _Wrong("递补公告所列的位置或可递补人员与重算不符。")
        changes, after = substitution.fill(standing, pool, notice, event_prk(entry, self.record["randomness"]["value"]))
        if changes != entry["changes"]:
            raise _Wrong("重算的递补结果与记录不符。")
        self.standing = after
        waived = "（未重新掷骰，运营者能够预知：operator could foresee）" if "waived" in entry else ""
        return f"{len(changes)} 处变动重算相符{waived}。"

    def _lapsed(self) -> str:
        """Notices that got too few throws: none is missing, and none had enough."""
        lapsed: list[Json] = self.record.get("lapsed", [])
        numbers = [(entry["k"], _attempt_of(entry)) for entry in lapsed]
        numbers += [(entry["k"], _attempt_of(entry)) for entry in self.draws[1:]]
        for k in sorted({k for k, _ in numbers}):
            if k > len(self.draws) + 1:
                raise _Wrong(f"第 {k} 次递补之前的递补还没有完成，不应有它的公告。")
            attempts = [attempt for of, attempt in numbers if of == k]
            if attempts != list(range(1, len(attempts) + 1)):
                raise _Wrong(f"第 {k} 次递补的公告应当依次是第 1 次到最后一次，记录里缺少或者颠倒了失效的公告。")
        if [k for k, _ in numbers[: len(lapsed)]] != sorted(k for k, _ in numbers[: len(lapsed)]):
            raise _Wrong("失效的递补公告没有按先后排列。")
        if self.public:
            raise _Lacking("公开版只有失效公告的摘要。")
        for entry in lapsed:
            self._lapsed_one(entry)
        for at, one in enumerate(lapsed):
            after = lapsed[at + 1] if at + 1 < len(lapsed) and lapsed[at + 1]["k"] == one["k"] else None
            then = after["notice"] if after is not None else self._notice_of(one["k"])
            if then is not None and then["announced_at"] < one["notice"]["deadline"]:
                raise _Wrong(f"第 {one['k']} 次递补在前一份公告截止之前又公告了一次。")
        return f"{len(lapsed)} 份递补公告到期掷骰不够，都有记录，公开码没有因此使用。"

    def _notice_of(self, k: int) -> Json | None:
        """The notice of event k that was carried out."""
        return self.draws[k - 1]["notice"] if k <= len(self.draws) else None

    def _lapsed_one(self, entry: Json) -> None:
        notice, k, addenda = entry["notice"], entry["k"], entry.get("addenda", [])
        if digest_of(notice) != entry["notice_sha256"]:
            raise _Wrong("失效的递补公告与 notice_sha256 不符。")
        if notice["k"] != k or notice["announcement"] != digest_of(self.announced):
            raise _Wrong("失效的递补公告不属于这份记录，或者序号不符。")
        if notice["previous"] != digest_of(self.draws[k - 2]):
            raise _Wrong("失效的递补公告的 previous 不是前一次抽取的摘要。")
        if notice["addenda"] != [digest_of(made) for made in addenda]:
            raise _Wrong("失效的递补公告与补充的人员名单不符。")
        if digest_of(entry["throws"]) != entry["throws_sha256"]:
            raise _Wrong("失效的递补公告的掷骰与 throws_sha256 不符。")
        rule, announcer, deadline = notice["randomness"], notice["announced_by"], notice["deadline"]
        thrown = from_json(entry["throws"])
        for wrong in problems(rule, thrown, announcer=announcer, deadline=deadline, complete=False):
            raise _Wrong(f"失效的递补公告：{wrong}")
        if not problems(rule, thrown, announcer=announcer, deadline=deadline):
            raise _Wrong("失效的递补公告掷骰已经足够，应当递补，不应当失效。")

    def _public(self) -> str:
        public, first = self.record["public"], self.draws[0]
        if "selected" in public:
            data = self._bytes("selected.public.tsv", public["selected"]["sha256"])
            rows = position_rows(data, "selected.public.tsv")
            if len(rows) != public["selected"]["count"] or len(rows) != first["selected"]["count"]:
                raise _Wrong("selected.public.tsv 的行数与记录不符。")
            self._positions(rows)
            labels = {label for _, label in rows}
            highest = {position.hex() for position, _ in rows}
        elif self.selected is not None:
            labels = {row.label for row in self.selected}
            highest = {row.position.hex() for row in self.selected}
        else:
            raise _Lacking("没有抽取结果的文件。")
        expected = {entry["name"] for entry in self.announced["strata"] if entry["quota"]}
        if {entry["name"] for entry in public["cutoffs"]} != expected or len(public["cutoffs"]) != len(expected):
            raise _Wrong("各类的分界位置与公告的类别不符。")
        for entry in public["cutoffs"]:
            if entry["position"] not in highest:
                raise _Wrong(f"类别“{entry['name']}”的分界位置不是抽中的位置。")
        if self.selected is not None:
            last = {row.stratum: row.position.hex() for row in self.selected}
            if any(entry["position"] != last.get(entry["name"]) for entry in public["cutoffs"]):
                raise _Wrong("各类的分界位置与抽取结果不符。")
        teams = team_rows(self._bytes("teams.public.tsv", public["teams"]["sha256"]), "teams.public.tsv")
        if len(teams) != public["teams"]["count"] or len(teams) != first["teams"]["count"]:
            raise _Wrong("teams.public.tsv 的行数与记录不符。")
        if {entity for entity, _, _ in teams} != labels:
            raise _Wrong("teams.public.tsv 的检查对象与抽取结果不符。")
        numbers = list(dict.fromkeys(number for _, _, number in teams))
        if numbers != [str(at) for at in range(1, len(numbers) + 1)]:
            raise _Wrong("teams.public.tsv 的人员没有按出现次序编号。")
        return "公开的结果、分界位置和检查组编号相符。"


def _attempt_of(entry: Json) -> int:
    """Which notice of its event an entry is about; 1 where it does not say."""
    if "notice" in entry:
        return int(entry["notice"].get("attempt", 1))
    return int(entry.get("attempt", 1))


def summary(checks: Sequence[Check]) -> str:
    """The last line: never that all holds where something failed or was not checked."""
    failed = [check for check in checks if check.result == "failed"]
    unchecked = [check for check in checks if check.result == "unchecked"]
    if failed:
        return f"核验不通过：有 {len(failed)} 项不符，首先是“{failed[0].name}”。"
    if unchecked:
        return (
            f"能检查的 {len(checks) - len(unchecked)} 项都相符，还有 {len(unchecked)} 项未检查，不能断定整份记录属实。"
        )
    return f"核验通过：{len(checks)} 项检查全部相符。"
