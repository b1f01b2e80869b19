"""The five profiles at work: the same office does the same things, and each profile answers by its own clauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from handlers import registry
from handlers import visit as visit_talk
from handlers.registry import Ask
from models import attachment, codes, duty, intake, office, pool, publication, reminder, result, tables
from models.act import Act, Refused, key
from models.base import KEYRING, SHANGHAI, open_store, writing
from models.duty import Deadline
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.people import Person, Unit
from models.plan import Plan, Task, complete
from models.policy import Policy
from models.visit import Seat, Visit
from models.words import DrawMode, PlanState, Role, VisitState
from templates import samples, sheets, workbook
from templates.policies import load

HEBEI, QINHUANGDAO, XIPING, TANGSHAN, SHIJIAZHUANG = ALL = (
    "hebei-gxt-2020",
    "qinhuangdao-2022",
    "xiping-2020",
    "tangshan-gaoxin-2017",
    "sjz-yingji-2024",
)
NOW = datetime(2022, 1, 4, 9, 0, tzinfo=SHANGHAI)


@dataclass
class Bureau:
    """One office under one profile: 工作人员, 联络员, a task of 2022-09 and two inspectors on one visit of it."""

    engine: Engine
    policy: Policy
    ids: dict[str, int]

    @contextmanager
    def act(self, who: str | None = "工作人员", now: datetime = NOW) -> Iterator[Act]:
        with writing(self.engine) as session:
            actor = session.get_one(Person, self.ids[who]) if who else None
            yield Act(session, now, actor, self.policy, lambda n: bytes(n), "cli")

    def get(self, session: Session) -> tuple[Task, Unit, Item, Visit]:
        return (
            session.exec(select(Task)).one(),
            session.get_one(Unit, self.ids["unit"]),
            session.exec(select(Item)).one(),
            session.exec(select(Visit)).one(),
        )

    def complete(
        self,
        *,
        people: int = 2,
        mode: DrawMode = DrawMode.BOT,
        reason: str = "",
        strata: dict[str, str] | None = None,
    ) -> str:
        """补全; `ok`, or the sentence of the refusal."""
        try:
            with self.act() as act:
                task, unit, item, _ = self.get(act.session)
                complete(
                    act,
                    task,
                    unit=unit,
                    mode=mode,
                    scope={},
                    strata=strata or {"*": "1/20"},
                    items=[item],
                    demands=[(unit, people, [])],
                    starts=date(2022, 9, 1),
                    ends=date(2022, 9, 30),
                    reason=reason,
                )
        except Refused as refused:
            return refused.sentence
        return "ok"


@pytest.fixture(params=ALL)
def bureau(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bureau]:
    assert tables
    assert visit_talk
    KEYRING.use("a key for tests only")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    made = Bureau(engine, load(request.param), {})
    with made.act(None) as act:
        session = act.session
        root, _, _ = office.establish(act, name="示例局", policy=request.param, admin="管理员")
        made.ids["unit"] = key(root)
        for name, roles in (("工作人员", [Role.STAFF]), ("联络员", [Role.LIAISON])):
            made.ids[name] = key(office.add_person(act, name=name, unit=root, roles=roles))
        plan = Plan(unit_id=key(root), year=2022, state=PlanState.PUBLISHED, made_at=NOW)
        entity = Entity(label=codes.make_credit_code(1), name="示例甲公司")
        item = Item(code="01", name="示例事项", basis="《示例条例》第一条")
        session.add_all([plan, entity, item])
        session.flush()
        words = dict.fromkeys(
            ("plan_no", "plan_name", "task_no", "name", "kind", "item_text", "scope_text", "lead_text"), "示例"
        )
        task = Task(plan_id=key(plan), row=1, ratio_text="5%", joint_text="无", period_text="2022年9月", **words)
        session.add(task)
        session.flush()
        visit = Visit(
            task_id=key(task),
            entity_id=key(entity),
            order=1,
            stratum="*",
            state=VisitState.SENT,
            due=date(2022, 9, 30),
            drawn_at=NOW,
        )
        session.add(visit)
        session.flush()
        for number in (1, 2):
            person = office.add_person(act, name=f"检查人员{number}", unit=root, roles=[Role.INSPECTOR])
            made.ids[person.name] = key(person)
            inspector = Inspector(
                label=f"99000000{number}",
                name=person.name,
                unit_id=key(root),
                valid_until=date(2030, 1, 1),
                person_id=person.id,
            )
            session.add(inspector)
            session.flush()
            session.add(Seat(visit_id=key(visit), unit_id=key(root), inspector_id=key(inspector)))
    yield made
    engine.dispose()


def of(bureau: Bureau, **answers: object) -> object:
    """The answer of this bureau's profile, else `default`."""
    short = {HEBEI: "hebei", QINHUANGDAO: "qinhuangdao", XIPING: "xiping", TANGSHAN: "tangshan"}
    return answers.get(short.get(bureau.policy.name, "shijiazhuang"), answers["default"])


def test_whether_a_task_may_be_drawn_here_at_all(bureau: Bureau) -> None:
    without = bureau.complete()
    expected = of(bureau, default="ok", qinhuangdao="请写明理由", xiping="请写明理由", shijiazhuang="平台之外无抽查")
    assert str(expected) in without
    assert str(of(bureau, default="ok", shijiazhuang="平台之外无抽查")) in bureau.complete(reason="没有接入平台")
    assert bureau.complete(mode=DrawMode.REHEARSAL) == "ok"


def test_where_a_new_plan_row_is_to_be_drawn(bureau: Bureau) -> None:
    with bureau.act() as act:
        ready = intake.preview(act, sheets.read("plan-2020.docx", samples.read("plan-2020.docx")))
        intake.write(act, ready)
    with bureau.act() as act:
        modes = {task.mode for task in act.session.exec(select(Task).where(Task.plan_no == "2020001"))}
    platform = DrawMode.PLATFORM
    assert modes == {of(bureau, default=DrawMode.BOT, qinhuangdao=platform, xiping=platform, shijiazhuang=platform)}


def test_one_person_is_never_enough(bureau: Bureau) -> None:
    assert "至少派出 2 名持证人员" in bureau.complete(people=1, reason="没有接入平台")


def test_from_when_the_20_working_days_of_publication_count(bureau: Bureau) -> None:
    """Checked on 2022-09-16, the task ends on 2022-09-30."""
    with bureau.act() as act:
        owed = publication.owe(act, bureau.get(act.session)[3], date(2022, 9, 16))
        assert owed.due == of(bureau, default=date(2022, 10, 19), xiping=date(2022, 11, 2))


def test_whether_a_visit_needs_a_photo(bureau: Bureau) -> None:
    def submit() -> str:
        try:
            with bureau.act("检查人员1") as act:
                result.submit(act, key(bureau.get(act.session)[3]), {"categories": ["no_problem"]})
        except Refused as refused:
            return refused.sentence
        return "ok"

    first = submit()
    assert str(of(bureau, default="ok", xiping="影像资料")) in first
    if first != "ok":
        with bureau.act("检查人员1") as act:
            attachment.attach(act, "visit", key(bureau.get(act.session)[3]), kind="photo", digest="0" * 64, size=1)
        assert submit() == "ok"


def test_which_reports_a_liaison_owes_in_a_year(bureau: Bureau) -> None:
    with bureau.act(None) as act:
        duty.plan_year(act, 2022)
    with bureau.act() as act:
        owed = sorted(act.session.exec(select(Deadline.code).distinct()))
    expected = ["monthly_report", "platform_setup", "summary_report", "work_plan"]
    assert owed == of(bureau, default=[], qinhuangdao=expected)


def test_who_is_reminded_on_a_reporting_day(bureau: Bureau) -> None:
    with bureau.act(None, NOW + timedelta(days=8)) as act:
        assert reminder.tick(act) == of(bureau, default=0, qinhuangdao=1)


def test_which_risk_classes_the_register_takes(bureau: Bureau) -> None:
    """Without a scheme of its own a bureau keeps whatever class it is given."""
    titles = ["统一社会信用代码", "检查对象名称", "信用风险等级"]
    rows = [[codes.make_credit_code(n), f"示例公司{n}", risk_class] for n, risk_class in ((2, "D"), (3, "E"))]
    with bureau.act() as act:
        ready = intake.preview(act, sheets.read("a.xlsx", workbook.xlsx(titles, rows), "entity"))
    assert len(ready.taken) == of(bureau, default=1, hebei=2, xiping=2, tangshan=2)


def test_what_the_card_says_about_discipline(bureau: Bureau) -> None:
    with bureau.act("检查人员1") as act:
        visit = bureau.get(act.session)[3]
        card = registry.BUTTONS["visit"](Ask(act, chat_id=1, private=True, message_id=1, args=(str(visit.id),)))
    assert card is not None
    # 西平 and 唐山高新区 have a sentence of their own document each.
    expected = of(
        bureau,
        default="不得妨碍正常生产经营活动，不得索取或者收受财物",
        xiping="不得妨碍检查对象正常的生产经营活动，不得索取或收受检查对象的财物",
        tangshan="不得妨碍市场主体正常的生产经营活动，不得索取或收受市场主体的财物",
    )
    assert str(expected) in card.text


def test_without_a_legal_basis_there_is_no_inspection_anywhere(bureau: Bureau) -> None:
    with bureau.act() as act:
        item = bureau.get(act.session)[2]
        item.basis = " "
        act.session.add(item)
    assert "没有检查依据的事项不得检查" in bureau.complete(mode=DrawMode.REHEARSAL)


def test_the_blacklisted_are_a_stratum_of_their_own_where_the_task_has_one(bureau: Bureau) -> None:
    with bureau.act() as act:
        act.session.add(Entity(label=codes.make_credit_code(2), name="示例乙公司", tags=["黑名单"]))
    assert bureau.complete(mode=DrawMode.REHEARSAL, strata={"黑名单": "1/2", "*": "1/20"}) == "ok"
    with bureau.act() as act:
        frozen = pool.build(act, bureau.get(act.session)[0], already=set())
    assert dict(frozen.pool) == {codes.make_credit_code(1): "*", codes.make_credit_code(2): "黑名单"}
