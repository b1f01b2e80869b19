"""Makes the sample office 示例市双随机办 in an empty store, through the same importer and rules as any office."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, select

from models import intake, office, planversion
from models.act import Act, key
from models.item import Item
from models.people import Unit
from models.plan import Plan, Task, complete
from models.policy import Policy
from models.rows import Table
from models.words import DrawMode, Role
from templates import samples, sheets

SOURCE = "sample"
DAYS = 60
"""The four completed tasks run from the day the office is made to so many days later."""

REASON = "示例办公室没有接入省平台，为演示抽取全过程在本群抽取"

ISSUED = "示例办公室印发的年度抽查计划（示例，没有文号）"


@dataclass(frozen=True)
class Sample:
    """What was made: ids by name, key and plan number; `unbound` are the keys of people who get no chat account.

    `warnings` are what the importer said about the plan's own slips.
    """

    office_id: int
    group_title: str
    units: dict[str, int]
    people: dict[str, int]
    names: dict[str, str]
    unbound: tuple[str, ...]
    tasks: dict[str, int]
    completed: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Completion:
    """What 补全 decides for one task; `demands` are unit, people for each entity, tags that they must hold."""

    serial: str
    unit: str
    kinds: list[str]
    districts: list[str]
    strata: dict[str, str]
    items: list[str]
    demands: list[tuple[str, int, list[str]]]


def build(
    session: Session,
    now: datetime,
    policy: Policy,
    *,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    chat: str = "local",
    simulated: bool = False,
) -> Sample:
    """Make the whole office in the caller's transaction; AlreadyFounded where there is one."""
    given = samples.office()
    nobody = Act(session, now, None, policy, entropy, SOURCE, chat, simulated)
    root, admin, _ = office.establish(
        nobody, name=given["name"], policy=policy.name, admin=given["admin"]["name"], sample=True
    )
    act = replace(nobody, actor=admin)
    units = {root.name: root}
    for each in given["unit"]:
        units[each["name"]] = office.add_unit(act, name=each["name"], parent=root, kind=each["kind"])
    hired = {admin.key: admin}
    for each in given["person"]:
        unit = units[each.get("unit", root.name)]
        roles = [Role(role) for role in each["roles"]]
        hired[each["key"]] = office.add_person(act, name=each["name"], unit=unit, roles=roles, key_name=each["key"])

    clerk = replace(nobody, actor=hired["staff1"])
    for file in ("items.xlsx", "entities.xlsx", "inspectors.xlsx", "recusals.xlsx"):
        _take(clerk, sheets.read(file, samples.read(file)))
    plan_table = moved(sheets.read("plan-2020.docx", samples.read("plan-2020.docx")), now.year)
    warnings = _take(clerk, plan_table)
    tasks = {task.plan_no: task for task in session.exec(select(Task))}
    _issue(clerk, session.exec(select(Plan)).one())
    completed = _complete(clerk, units, tasks)
    return Sample(
        office_id=key(root),
        group_title="双随机工作群（示例）",
        units={name: key(unit) for name, unit in units.items()},
        people={name: key(person) for name, person in hired.items()},
        names={name: person.name for name, person in hired.items()},
        unbound=tuple(each["key"] for each in given["person"] if not each.get("bound", True)),
        tasks={number: key(task) for number, task in tasks.items()},
        completed=completed,
        warnings=warnings,
    )


def moved(table: Table, year: int) -> Table:
    """The real plan of 2020 with its year moved, cell by cell, so that its slips stay slips (`202009` → `202609`)."""
    rows = tuple(
        replace(row, cells={name: text.replace("2020", str(year)) for name, text in row.cells.items()})
        for row in table.rows
    )
    return replace(table, rows=rows)


def _take(act: Act, table: Table) -> tuple[str, ...]:
    """Import a whole table; the shipped files have no row that cannot be taken."""
    ready = intake.preview(act, table)
    if ready.refused:
        raise ValueError(f"a sample row was refused: {ready.refused[0]}")
    intake.write(act, ready)
    return tuple(f"第 {doubt.row} 行 {doubt.column}：{doubt.sentence}" for doubt in ready.warnings)


def _issue(act: Act, plan: Plan) -> None:
    """The plan stands as approved and made public, as an office has it when the year's work begins."""
    version = planversion.adopt(act, plan, ISSUED)
    planversion.published(act, key(version), channel=act.policy.publication.channels[0], link="")


def _complete(act: Act, units: dict[str, Unit], tasks: dict[str, Task]) -> tuple[str, ...]:
    """补全 four tasks: plain, by classes, joint of two departments, and of a county with two certified people."""
    year = act.now.year
    today = act.now.date()
    by_class = {each.code: f"{each.ratio.numerator}/{each.ratio.denominator}" for each in act.policy.classes}
    wanted = (
        _Completion(
            "001", "安全生产处", ["民爆企业"], [], {"*": "1/20"}, ["MB-01", "MB-02"], [("安全生产处", 2, ["民爆"])]
        ),
        _Completion(
            "003",
            "盐业处",
            ["食盐企业"],
            [],
            {"*": "1/20"},
            ["YY-01", "YY-02", "FG-01"],
            [("盐业处", 1, ["盐业"]), ("政策法规处", 1, ["法制"])],
        ),
        _Completion(
            "004",
            "频率台站与监督检查处",
            ["无线电设台用户"],
            list(samples.TOWN_DISTRICTS),
            by_class,
            ["WX-01", "WX-02", "WX-03"],
            [("频率台站与监督检查处", 2, ["无线电"])],
        ),
        _Completion(
            "008",
            "示例甲县",
            ["无线电设台用户"],
            ["示例甲县"],
            {"*": "1/20"},
            ["WX-01", "WX-02", "WX-03"],
            [("示例甲县", 2, ["无线电"])],
        ),
    )
    items = {item.code: item for item in act.session.exec(select(Item))}
    done = []
    for each in wanted:
        task = tasks[f"{year}{each.serial}"]
        complete(
            act,
            task,
            unit=units[each.unit],
            mode=DrawMode.BOT,
            reason=REASON,
            scope={"kinds": each.kinds} | ({"districts": each.districts} if each.districts else {}),
            strata=each.strata,
            items=[items[code] for code in each.items],
            demands=[(units[name], count, tags) for name, count, tags in each.demands],
            starts=today,
            ends=today + timedelta(days=DAYS),
        )
        done.append(task.plan_no)
    return tuple(done)
