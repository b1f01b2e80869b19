"""抽取公告 and 抽取记录: what a draw fixed beforehand and what then happened, read back as views."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, select

from models import draw, entering, event, expert, form, letterhead, positions, record, seating
from models.act import Act, Refused, key
from models.base import SHANGHAI
from models.draw import Draw
from models.drawfiles import (
    demand_rows,
    excluded_rows,
    inspector_rows,
    list_file,
    recusal_rows,
    selected_rows,
    team_rows,
)
from models.entity import Entity
from models.event import Event
from models.expert import Expert
from models.form import Json
from models.inspector import Inspector
from models.letterhead import OVERSEERS
from models.match import Demand
from models.people import Person
from models.plan import Task, stratum_quota
from models.throws import CHAT_DICE, throws_needed
from models.views import (
    AnnouncementView,
    ChangeView,
    DrawRecordView,
    ExtraListView,
    FileDigestView,
    RandomnessView,
    ReasonCountView,
    SelectedView,
    StratumView,
    SubstitutionView,
    ThrowView,
)
from models.words import DrawState, chinese

# What lists are called on paper, and real dice by their faces.
LISTS = {"experts": "专家"}
DICE = {6: "六面骰子", 8: "八面骰子", 10: "十面骰子", 12: "十二面骰子", 20: "二十面骰子"}


def announcement(act: Act, draw_id: int) -> AnnouncementView:
    """抽取公告, public to everybody bound: people under their labels, the unit to turn to instead of a person."""
    letterhead.require_bound(act)
    drawn = draw.get(act.session, draw_id)
    task = act.session.get_one(Task, drawn.task_id)
    draw.require_announced(drawn)
    made: Json = json.loads(drawn.announcement)
    files = draw.frozen_files(act.session, drawn)
    reasons = Counter(reason for _, reason in excluded_rows(files.excluded))
    return AnnouncementView(
        **_head(act.session, task, drawn),
        number="",
        number_word=letterhead.number_word(act, task),
        issued=drawn.announced_at.astimezone(SHANGHAI).date(),
        task=letterhead.task_view(act.session, task, drawn.batch),
        serial=drawn.serial,
        attempt=drawn.attempt,
        as_of=date.fromisoformat(made["as_of"]),
        announced_by=made["announced_by"],
        announced_at=_local(made["announced_at"]),
        deadline=_local(made["deadline"]),
        reveal_by=_local(made["reveal_by"]),
        simulated_clock=made.get("clock") == "simulated",
        strata=_strata(made),
        excluded=tuple(ReasonCountView(reason=reason, count=count) for reason, count in reasons.most_common()),
        inspectors=len(inspector_rows(files.inspectors)),
        recusals=len(recusal_rows(files.recusals)),
        team_rule=team_rule(demand_rows(files.demands)),
        lists=tuple(
            ExtraListView(name=LISTS.get(each["name"], each["name"]), size=each["size"], quota=each["quota"])
            for each in made.get("lists", ())
        ),
        randomness=_randomness(made["randomness"]),
        files=(
            *(FileDigestView(file=name, sha256=made["files"][name]) for name in record.NAMES),
            *(FileDigestView(file=list_file(each["name"]), sha256=each["file"]) for each in made.get("lists", ())),
        ),
        digest=drawn.digest,
        previous=made["previous"],
        head=made["chain"]["head"],
        chain_length=made["chain"]["length"],
        contact_name=letterhead.lead_unit(act.session, task),
        contact_phone="",
    )


def draw_record(act: Act, draw_id: int, *, names: bool) -> DrawRecordView:
    """抽取记录 of a draw that was made; with `names` for staff, administrators and leaders of the task's unit alone.

    The first code and what follows from it are withheld until it is published, the secret until the task is closed.
    """
    letterhead.require_bound(act)
    drawn = draw.get(act.session, draw_id)
    task = act.session.get_one(Task, drawn.task_id)
    if names:
        act.require(OVERSEERS, task.unit_id or 0)
    draw.require_announced(drawn)
    if drawn.drawn_at is None or drawn.randomness is None:
        raise Refused(f"第 {drawn.serial} 号公告{_why_not(drawn)}，没有抽取记录。")
    made: Json = json.loads(drawn.announcement)
    entries: list[Json] = [json.loads(each) for each in drawn.draws]
    given: Json = json.loads(drawn.randomness)
    first = entries[0]
    shown = drawn.revealed_at is not None
    files = draw.files_of(act.session, drawn)
    teams = team_rows(files["teams.tsv"])
    throws = tuple(_throw(each) for each in given.get("throws", ())) or _sources(act.session, drawn, given)
    experts = expert.of_draw(act.session, key(drawn))
    code = bytes.fromhex(first["code"])
    return DrawRecordView(
        **_head(act.session, task, drawn),
        task=letterhead.task_view(act.session, task, drawn.batch),
        serial=drawn.serial,
        attempt=drawn.attempt,
        state=chinese(DrawState(drawn.state)),
        as_of=date.fromisoformat(made["as_of"]),
        announced_at=_local(made["announced_at"]),
        announcement_digest=drawn.digest,
        head=made["chain"]["head"],
        strata=_strata(made),
        randomness_kind=made["randomness"]["kind"],
        randomness_source=_source(made["randomness"]),
        throws=throws,
        randomness=given["value"],
        drawn_at=_local(first["drawn_at"]),
        code=first["code"] if shown else "",
        prk=positions.prk(code, given["value"]).hex() if shown else "",
        reveal_by=_local(made["reveal_by"]),
        names_included=names,
        selected=_selected(act.session, files, teams, shown=shown) if names else (),
        inspectors=len({inspector for _, _, inspector in teams}),
        expert_count=sum(each["count"] for each in first.get("lists", ())),
        experts=tuple(_expert(each) for each in experts) if names else (),
        substitutions=tuple(
            _substitution(act.session, each, entries[each.k - 1], names=names)
            for each in event.of_draw(act.session, key(drawn))
        ),
        selected_digest=first["selected"]["sha256"],
        teams_digest=first["teams"]["sha256"],
        digest=form.digest_of(first),
        secret=draw.record_of(drawn).get("secret", ""),
        simulated_clock=made.get("clock") == "simulated",
        host=_signer(act.session, made["announced_by"], named=names),
        witnesses=tuple(
            _signer(act.session, label, named=names)
            for label in dict.fromkeys(label for each in throws for label in (each.by, each.confirmed_by) if label)
            if label != made["announced_by"]
        ),
    )


def _head(session: Session, task: Task, drawn: Draw) -> letterhead.Head:
    """What every paper of a draw bears; what was rehearsed stays marked whatever the task is set to later."""
    return {**letterhead.head(session, task), "rehearsal": draw.is_rehearsal(drawn)}


def _randomness(rule: Json) -> RandomnessView:
    """Which public randomness an announcement asks for, with the words of a paper."""
    if rule["kind"] in CHAT_DICE:
        return RandomnessView(
            kind=rule["kind"],
            throws=throws_needed(rule["emoji"], rule["min_bits"]),
            symbol=rule["emoji"],
            min_bits=rule["min_bits"],
            min_witnesses=rule["min_witnesses"],
        )
    if rule["kind"] == "hand":
        sides, count = int(rule["dice"][1:]), rule["count"]
        bits = (sides**count).bit_length() - 1
        name = DICE.get(sides, f"{sides}面骰子")
        return RandomnessView(kind="hand", throws=count, symbol=name, min_bits=bits, min_witnesses=2)
    symbol = f"{rule['game']}第{rule['issue']}期"
    return RandomnessView(kind="lottery", throws=0, symbol=symbol, min_bits=24, min_witnesses=0)


def _source(rule: Json) -> str:
    """What the numbers come from, where they were entered."""
    if rule["kind"] in CHAT_DICE:
        return ""
    asked = _randomness(rule)
    return f"{asked.symbol}{asked.throws}次" if rule["kind"] == "hand" else asked.symbol


def _sources(session: Session, drawn: Draw, given: Json) -> tuple[ThrowView, ...]:
    """Numbers that were entered by one and confirmed by another, a source each."""
    entered = [each for each in entering.of_ceremony(session, drawn.ceremony_id or 0) if each.state == "confirmed"]
    at = entered[-1].entered_at.astimezone(SHANGHAI) if entered else _local(json.loads(drawn.draws[0])["drawn_at"])
    return tuple(
        ThrowView(
            by=each["entered_by"],
            message=0,
            value=" ".join(str(number) for number in each["numbers"]),
            at=at,
            confirmed_by=each["confirmed_by"],
        )
        for each in given.get("sources", ())
    )


def _expert(found: Expert) -> str:
    return f"{found.name}（{'，'.join(filter(None, (found.employer, found.title)))}）" if found.employer else found.name


def team_rule(demands: list[Demand]) -> str:
    """The demand lines in a sentence, by stratum where strata differ."""
    by_stratum: dict[str, list[Demand]] = {}
    for each in demands:
        by_stratum.setdefault(each.entity.removeprefix("="), []).append(each)
    told = {name: _team(lines) for name, lines in by_stratum.items()}
    if len(set(told.values())) == 1:
        return f"每户派出{next(iter(told.values()))}"
    return "；".join(f"{name}类每户派出{text}" for name, text in told.items())


def _team(lines: list[Demand]) -> str:
    parts = []
    for each in lines:
        tags = f"（具备{'、'.join(sorted(each.tags))}专长）" if each.tags else ""
        parts.append(f"{each.unit}{each.count}名{tags}")
    return f"执法检查人员{sum(each.count for each in lines)}名：{'、'.join(parts)}"


def _strata(made: Json) -> tuple[StratumView, ...]:
    return tuple(
        StratumView(
            name=each["name"],
            size=each["size"],
            rule=stratum_quota(each.get("ratio") or str(each["count"])).text,
            quota=each["quota"],
        )
        for each in made["strata"]
    )


def _selected(
    session: Session, files: Mapping[str, bytes], teams: list[tuple[str, str, str]], *, shown: bool
) -> tuple[SelectedView, ...]:
    """The entities and teams as they were drawn; substitutions stand by themselves."""
    rows = selected_rows(files["selected.tsv"])
    entities = _names(session, Entity, {row.label for row in rows})
    inspectors = _names(session, Inspector, {inspector for _, _, inspector in teams})
    members: dict[str, list[str]] = {}
    for entity, _, inspector in teams:
        members.setdefault(entity, []).append(inspectors.get(inspector, inspector))
    return tuple(
        SelectedView(
            order=order,
            name=entities.get(row.label, row.label),
            code=row.label,
            stratum=row.stratum,
            team=tuple(members.get(row.label, ())),
            position=row.position.hex() if shown else "",
        )
        for order, row in enumerate(rows, start=1)
    )


def _substitution(session: Session, done: Event, entry: Json, *, names: bool) -> SubstitutionView:
    notice: Json = entry["notice"]
    changes: list[Json] = [each for each in entry["changes"] if "entity" in each]
    entities = _names(session, Entity, {each["entity"] for each in changes}) if names else {}
    inspectors = _names(session, Inspector, {each[seat] for each in changes for seat in ("out", "in")}) if names else {}
    gone: list[Json] = [each for each in entry["changes"] if "stratum" in each]
    replaced = _names(session, Entity, {each[side] for each in gone for side in ("out", "in")}) if names else {}
    return SubstitutionView(
        k=done.k,
        at=(done.done_at or done.announced_at).astimezone(SHANGHAI),
        # What was written about an entity may name it.
        reason=(notice["explanation"] if names or not gone else "检查对象已不在") + _again(notice),
        approver=_signer(session, notice["approved_by"], named=names),
        notice_digest=done.digest,
        throws=tuple(_throw(each) for each in entry.get("throws", ())),
        changes=tuple(
            ChangeView(
                entity=replaced.get(each["in"] or each["out"], ""),
                unit="检查对象",
                out=replaced.get(each["out"], ""),
                into=replaced.get(each["in"], "") if each["in"] else "名额空缺",
            )
            for each in gone
        )
        + tuple(
            ChangeView(
                entity=entities.get(each["entity"], ""),
                unit=each["unit"],
                out=inspectors.get(each["out"], ""),
                into=inspectors.get(each["in"], ""),
            )
            for each in changes
        ),
        digest=form.digest_of(entry),
    )


def _again(notice: Json) -> str:
    """How often the event was announced in vain before."""
    attempt = int(notice.get("attempt", 1))
    return f"（第 {attempt} 次公告，此前 {attempt - 1} 次到期掷骰不够而失效）" if attempt > 1 else ""


def _throw(each: Json) -> ThrowView:
    return ThrowView(
        by=each["by"], message=each["message"], value=str(each["value"]), at=_local(each["at"]), confirmed_by=""
    )


def _names(session: Session, table: type[Entity] | type[Inspector], labels: set[str]) -> dict[str, str]:
    return seating.by_label(session, table, table.name, labels)


def _signer(session: Session, label: str, *, named: bool) -> str:
    """A label, with the name behind it where names are given: the throws are listed under labels."""
    person = session.exec(select(Person).where(Person.label == label)).first() if named else None
    return f"{label}（{person.name}）" if person else label


def _why_not(drawn: Draw) -> str:
    return {
        DrawState.OPEN: "还在等待掷骰",
        DrawState.WITHDRAWN: "已经撤回",
        DrawState.LAPSED: "已经失效",
        DrawState.LOST: "的密钥已经遗失",
    }.get(DrawState(drawn.state), "还没有抽取")


def _local(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(SHANGHAI)
