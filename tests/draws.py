"""A draw made up for tests: small, complete, with two units, strata, own demand lines, recusals and an expert list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any

from models import record
from models.match import Demand, Person
from models.positions import code
from models.quota import Quota
from models.record import Drawn, Files, Throw

SECRET = bytes(range(32))
AT = "2026-03-01T09:{:02d}:00+08:00"


def salt(name: str) -> bytes:
    """A salt for tests: fixed by its name."""
    return sha256(name.encode()).digest()


def made_files(experts: bool = False, people: int = 8) -> Files:
    """Forty entities in two classes, two units, four recusals; E07 has lines of its own."""
    return Files.of(
        pool=[(f"E{n:02d}", "D" if n % 10 == 0 else "A") for n in range(40)],
        inspectors=[
            *(Person(f"甲{n}", "市局", frozenset({"食品"} if n < 3 else ())) for n in range(people)),
            *(Person(f"乙{n}", "县局") for n in range(3)),
        ],
        demands=[
            Demand("=A", "市局", 2),
            Demand("=D", "市局", 1, frozenset({"食品"})),
            Demand("=D", "市局", 1),
            Demand("=D", "县局", 1),
            Demand("E07", "市局", 3),
        ],
        recusals=[("E01", "甲0", "亲属"), ("E10", "甲1", "亲属"), ("E11", "甲2", "任职"), ("E12", "甲3", "任职")],
        excluded=[("E99", "已注销")],
        salts=[salt(name) for name in record.NAMES],
        lists={"experts": ([f"专家{n}" for n in range(6)], salt("experts"))} if experts else None,
    )


def made_announcement(files: Files, **changed: Any) -> dict[str, Any]:
    """An announcement over these files."""
    given: dict[str, Any] = {
        "files": files,
        "strata": {"A": Quota(ratio=Fraction(1, 5)), "D": Quota(count=2)},
        "secret": SECRET,
        "mode": "bot",
        "chat": "telegram",
        "serial": 1,
        "plan_no": "2026001",
        "task_no": "01",
        "task_name": "示例任务",
        "as_of": date(2026, 3, 1),
        "announced_by": "工作人员1",
        "announced_at": AT.format(0),
        "deadline": AT.format(30),
        "reveal_by": "2026-04-30T23:59:59+08:00",
        "randomness": record.dice(),
        "lists": dict.fromkeys(files.lists, 2),
    }
    return record.announcement(**(given | changed))


def made_throws(values: Sequence[int] = (17, 22, 64, 9, 3, 41), first: int = 101) -> list[Throw]:
    """Throws of two witnesses in turn."""
    return [Throw(f"见证人{1 + n % 2}", first + n, value, AT.format(5 + n)) for n, value in enumerate(values)]


@dataclass
class Story:
    """A record and its files as they grow."""

    files: Files
    record: dict[str, Any]
    drawn: Drawn
    named: dict[str, bytes] = field(default_factory=dict)

    @property
    def posted(self) -> list[str]:
        """The digests that the group saw."""
        digests = [self.record["announcement_sha256"], *map(record.digest_of, self.record["draws"])]
        for entry in self.record["draws"][1:]:
            digests += [entry["notice_sha256"], *map(record.digest_of, entry.get("addenda", ()))]
        digests += [entry["notice_sha256"] for entry in self.record.get("lapsed", ())]
        return digests


def drawn_story(experts: bool = False, people: int = 8) -> Story:
    """Announced and drawn."""
    files = made_files(experts, people)
    announced = made_announcement(files)
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at=AT.format(11),
        salts=[salt("selected"), salt("teams"), *(salt(name) for name in files.lists)],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    return Story(files, made, drawn, files.named() | drawn.named())


def substituted(
    story: Story,
    choose: Callable[[Mapping[str, Any]], list[record.Place]] | None = None,
    *,
    reason: str = "recusal",
    waived: bool = False,
    **changed: Any,
) -> Story:
    """One event more; by default the first inspector of teams.tsv is recused from the first entity."""
    k = len(story.record["draws"]) + 1
    now = record.standing(story.record, story.files)
    entity, _, inspector = now.rows()[0]
    places = choose(story.record) if choose else [record.Place(entity, None if reason == "gone" else inspector)]
    addenda = changed.pop("addenda", ())
    notice = record.event_notice(
        story.record,
        story.files,
        places=places,
        reason=reason,
        explanation="与检查对象有利害关系",
        approved_by="工作人员2",
        announced_by="工作人员1",
        announced_at=AT.format(40),
        deadline=AT.format(59),
        randomness={"kind": "waived"} if waived else record.dice(min_bits=12, min_witnesses=1),
        salt=salt(f"notice {k}"),
        addenda=addenda,
        **changed,
    )
    done = record.make_substitution(
        story.record,
        story.files,
        notice,
        code=code(SECRET, 64, k),
        throws=[]
        if waived
        else [Throw(f"见证人{k}", 200 + 10 * k + n, 7 * k + n, AT.format(50 + n)) for n in range(2)],
        addenda=addenda,
    )
    made = dict(story.record) | {"draws": [*story.record["draws"], done.entry]}
    return Story(story.files, made, story.drawn, story.named)


def lapsed(story: Story, thrown: int = 1) -> Story:
    """A notice of the next event that got too few throws."""
    k = len(story.record["draws"]) + 1
    before = [entry for entry in story.record.get("lapsed", ()) if entry["k"] == k]
    entity, _, inspector = record.standing(story.record, story.files).rows()[0]
    notice = record.event_notice(
        story.record,
        story.files,
        places=[record.Place(entity, inspector)],
        reason="recusal",
        explanation="检查人员申请回避",
        approved_by="工作人员2",
        announced_by="工作人员1",
        announced_at=AT.format(30 + 4 * len(before)),
        deadline=AT.format(33 + 4 * len(before)),
        randomness=record.dice(min_bits=12, min_witnesses=1),
        salt=salt(f"lapsed {k} {len(before)}"),
        attempt=len(before) + 1,
    )
    throws = [Throw("见证人9", 300 + 10 * len(before) + n, 33, AT.format(31)) for n in range(thrown)]
    entry = record.lapsed_notice(notice, throws)
    made = dict(story.record) | {"lapsed": [*story.record.get("lapsed", []), entry]}
    return Story(story.files, made, story.drawn, story.named)
