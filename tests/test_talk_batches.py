"""Batches, mixed ratios, experts and rehearsals in the chat, and what cannot be drawn here (DESIGN §4, §5.1)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from models import announcement, draw, figures, people, pool, publication, seating, visit
from models.act import Refused
from models.audit import Audit
from models.base import KEYRING
from models.draw import Draw
from models.entity import Entity
from models.expert import DrawnExpert, Expert
from models.office import bind_group
from models.people import Person, Unit
from models.plan import Task, TaskUnit
from models.verify import verify
from models.visit import Visit
from models.words import DrawMode, DrawState, TaskState
from tests.sample_office import KEY, OTHER_KEY, SampleOffice, policy
from tests.talk import Talk, words
from tests.test_talk_ceremony import draws, holds_by_command, labels, marks, sees, takes_full_record, year
from tests.test_talk_sources import preview


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    """A copy of the sample office."""
    return SampleOffice.opened(tmp_path)


# --- batches ---------------------------------------------------------------------------------------------------------


async def test_a_task_in_two_batches(talk: Talk, tmp_path: Path) -> None:
    """Half now, the rest later: the second leaves out those drawn, and then there is nothing left."""
    clerk, group = talk.clerk, talk.group
    shown = first = await preview(talk, "001")
    assert "抽取：77 户 × 5% = 4 户" in words(shown)
    await clerk.presses("分批抽取", group, message=shown)
    asked = await sees(clerk, shown, "本批抽应抽户数的几分之几", group)
    await clerk.presses("二分之一", group, message=asked)
    shown = await sees(clerk, asked, "应抽合计 4 户，以前批次已抽 0 户，本批 2 户，之后还剩 2 户", group)
    await clerk.presses("发布公告", group, message=shown)
    said = await clerk.until("公告 第 1 号", group, after=shown)
    assert "全部 77 户，抽 2 户" in words(said)
    await talk.throws(said)
    result = await clerk.until("抽取完成", group, after=said)
    assert "抽中 2 户" in words(result) and "还有 2 户留待以后批次，可以再发送 /draw 抽取第 2 批" in words(result)

    listed = await talk.answer(clerk, "/draw", group)
    label = next(each for each in labels(listed) if each.startswith(f"{year(talk)}001"))
    assert label.endswith("第 2 批")
    await clerk.presses(label, group, message=listed)
    shown = await sees(clerk, listed, "预览", group)
    assert "（第 2 批）" in words(shown) and "本任务已抽 2" in words(shown)
    assert "应抽合计 4 户，以前批次已抽 2 户，本批 2 户，之后还剩 0 户" in words(shown)
    await clerk.presses("发布公告", group, message=shown)
    second = await clerk.until("公告 第 2 号（本任务第 1 次）", group, after=shown)
    await talk.throws(second)
    await clerk.until("（公告第 2 号）", group, after=second)
    for serial in (1, 2):
        record, files = await takes_full_record(talk, serial)
        assert {check.result for check in verify(record, files)} == {"ok"}
        holds_by_command({"record.json": record, **files}, tmp_path / str(serial))
    with talk.reading() as session:
        drawn = session.exec(select(Visit.entity_id)).all()
    assert len(drawn) == len(set(drawn)) == 4
    listed = await talk.answer(clerk, "/draw", group)
    assert not any(each.startswith(f"{year(talk)}001") for each in labels(listed))
    # A button of before: it says what became of the task.
    late = await clerk.presses("", group, message=first, data=f"1.draw_task.{task_of(talk, '001')}", stale=True)
    assert f"任务 {year(talk)}001 已经抽取（公告第 1、2 号）：应抽 4 户，已抽 4 户，没有可以再抽的" in late["text"]


def task_of(talk: Talk, number: str) -> int:
    with talk.reading() as session:
        return session.exec(select(Task.id).where(Task.plan_no == f"{year(talk)}{number}")).one() or 0


async def test_what_is_left_is_given_up_with_a_reason(talk: Talk) -> None:
    """不再抽取: on the record; the task is no longer in the list."""
    clerk, group = talk.clerk, talk.group
    shown = await preview(talk, "001")
    await clerk.presses("分批抽取", group, message=shown)
    await sees(clerk, shown, "几分之几", group)
    await clerk.presses("四分之一", group, message=shown)
    shown = await sees(clerk, shown, "本批 1 户，之后还剩 3 户", group)
    await clerk.presses("发布公告", group, message=shown)
    await talk.throws(await clerk.until("公告 第 1 号", group, after=shown))
    await clerk.until("抽取完成", group)
    shown = await preview(talk, "001")
    await clerk.presses("不再抽取剩余", group, message=shown)
    asked = await clerk.until("还有 3 户应抽未抽。不再抽取的，请写明理由", group, after=shown)
    await clerk.says("年度计划已调整", group, reply_to=asked)
    await clerk.until("剩余的 3 户不再抽取，理由已留痕", group, after=asked)
    listed = await talk.answer(clerk, "/draw", group)
    assert not any(each.startswith(f"{year(talk)}001") for each in labels(listed))
    late = await clerk.presses("发布公告", group, message=shown, stale=True)
    assert "应抽 4 户，已抽 1 户，没有留待以后批次抽取的" in late["text"]
    with talk.reading() as session:
        row = session.exec(select(Audit).where(Audit.verb == "drop_rest")).one()
    assert row.before == {"left": 3} and row.after == {"reason": "年度计划已调整"}


def test_each_stratum_has_its_own_rest(office: SampleOffice) -> None:
    """Quota = due in all − drawn so far, stratum by stratum; one that has had its due is left out with the reason."""
    with office.act("staff1") as act:
        task = office.task(act.session, "004")
        first = announcement.preview(act, task, share=None)
        half = announcement.preview(act, task, share=announcement.Fraction(1, 2))
    for whole, part in zip(first.strata, half.strata, strict=True):
        assert part.due == whole.due == whole.quota and part.quota == -(-whole.due // 2)
    with office.act("staff1") as act:
        task = office.task(act.session, "004")
        row = announcement.ceremony.alone(act, task.id or 0)
        announcement.ceremony.choose(act, row, task.id or 0, "share", "1/2")
        made, _ = announcement.announce_all(act, row)
        draw_id = made[0].id or 0
        assert made[0].left == first.quota - half.quota
    for n in range(6):
        office.throw(draw_id, ("witness1", "witness2")[n % 2], 5 * n + 2)
    with office.act("staff1") as act:
        second = announcement.preview(act, office.task(act.session, "004"))
    for one, two in zip(half.strata, second.strata, strict=True):
        assert two.drawn == one.quota and two.quota == two.due - one.quota
    assert second.reasons["本任务已抽"] == half.quota
    odd = [each.name for each in second.strata if each.quota == 0 and each.size]
    assert all(stratum not in {name for _, stratum in second.pool} for name in odd for stratum in [name])
    with office.read() as session:
        assert verify(draw.record_of(draw.get(session, draw_id)), draw.files_of(session, draw.get(session, draw_id)))


def test_a_stratum_that_has_had_its_due_is_left_out_with_the_reason(office: SampleOffice) -> None:
    """D is taken whole by the first batch of a half; it is not drawn from again."""
    with office.act("staff1") as act:
        task = office.task(act.session, "004")
        task.strata = {"A": "1", "B": "6"}
        act.session.add(task)
        act.session.flush()
        row = announcement.ceremony.alone(act, task.id or 0)
        announcement.ceremony.choose(act, row, task.id or 0, "share", "1/2")
        (made,), _ = announcement.announce_all(act, row)
    for n in range(6):
        office.throw(made.id or 0, ("witness1", "witness2")[n % 2], 5 * n + 2)
    with office.act("staff1") as act:
        second = announcement.preview(act, office.task(act.session, "004"))
        assert {each.name: (each.due, each.drawn, each.quota) for each in second.strata} == {
            "A": (1, 1, 0),
            "B": (6, 3, 3),
        }
        assert {stratum for _, stratum in second.pool} == {"B"} and second.reasons["所在类别已抽足"] > 0
        again = announcement.announce(act, office.task(act.session, "004"))
        assert [each["name"] for each in json.loads(again.announcement)["strata"]] == ["B"]
        assert again.batch == 2 and again.left == 0


def test_so_many_times_a_year_each_time_is_a_batch(office: SampleOffice) -> None:
    """`5%；2次/年`: each time takes its part, no entity twice."""
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.times = 2
        act.session.add(task)
        frozen = announcement.preview(act, task)
    assert (frozen.due, frozen.quota, frozen.left) == (8, 4, 4)


def test_a_typed_base_decides_what_is_due(office: SampleOffice) -> None:
    """年度监管任务的5%: of the number typed, not of the register; announced as the count that it is."""
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.base, task.base_reason = 200, "年度监管任务 200 户"
        act.session.add(task)
        made = announcement.announce(act, task)
        (stratum,) = json.loads(made.announcement)["strata"]
    assert stratum == {"name": "*", "size": 77, "count": 10, "quota": 10}


def test_the_task_closes_with_its_last_batch(office: SampleOffice) -> None:
    """After the first batch it stays open although everything of it is published."""
    with office.act("staff1") as act:
        row = announcement.ceremony.alone(act, office.task(act.session, "001").id or 0)
        announcement.ceremony.choose(act, row, row.tasks[0], "share", "1/2")
        (made,), _ = announcement.announce_all(act, row)
    ids = [made.id or 0]
    for at in range(2):
        if at:
            ids.append(office.announce("001"))
        for n in range(6):
            office.throw(ids[at], ("witness1", "witness2")[n % 2], 5 * n + 2 + at)
        with office.act("staff1") as act:
            visit.dispatch(act, ids[at])
        office.checked(ids[at])
        with office.act("staff1") as act:
            assert publication.register(act, ids[at], channel="门户网站", link="")[1]
        with office.read() as session:
            assert draw.get(session, ids[at]).state == DrawState.CLOSED
            assert office.task(session, "001").state == (TaskState.CLOSED if at else TaskState.DRAWN)


# --- strata ----------------------------------------------------------------------------------------------------------


async def test_ratios_and_counts_are_mixed_in_the_chat(talk: Talk, tmp_path: Path) -> None:
    """换比例 at the preview: each class its own ratio or count, on the record, and verified."""
    clerk, group = talk.clerk, talk.group
    shown = await preview(talk, "004")
    await clerk.presses("换比例", group, message=shown)
    asked = await clerk.until("请按「类别 比例或户数」逐项写明", group, after=shown)
    assert "A 级 2%" in words(asked)
    for text, sentence in (
        ("Z 5%", "「Z 5%」里的类别看不懂"),
        ("A 2%；A 3%", "类别「A」写了两次"),
        ("A 0.05", "没有写百分号"),
    ):
        said = await clerk.says(text, group, reply_to=asked)
        await clerk.until(sentence, group, after=said)
    await clerk.says("A 1%；B 1/20；C 3户；D 100%", group, reply_to=asked)
    shown = await clerk.until("C 级", group, after=asked)
    assert "× 3户 = 3" in words(shown) and "× 1% =" in words(shown) and "× 5% =" in words(shown)
    await clerk.presses("发布公告", group, message=shown)
    said = await clerk.until("公告 第 1 号", group, after=shown)
    await talk.throws(said)
    await clerk.until("抽取完成", group, after=said)
    record, files = await takes_full_record(talk, 1)
    strata = {each["name"]: each for each in json.loads(record)["announcement"]["strata"]}
    assert strata["A"]["ratio"] == "1/100" and strata["B"]["ratio"] == "1/20" and strata["C"]["count"] == 3
    assert {check.result for check in verify(record, files)} == {"ok"}
    with talk.reading() as session:
        assert session.exec(select(Audit).where(Audit.verb == "change_strata")).one().after["strata"]["C"] == "3"


def test_several_units_send_people_to_each_entity(office: SampleOffice) -> None:
    """Joint demands of three units with different counts and specialties."""
    with office.act("staff1") as act:
        task = office.task(act.session, "003")
        third = act.session.exec(select(Unit).where(Unit.name == "安全生产处")).one()
        act.session.add(TaskUnit(task_id=task.id or 0, unit_id=third.id or 0, count=2, tags=["民爆"]))
    draw_id = office.draw("003")
    for each in office.visits(draw_id):
        with office.read() as session:
            team = visit.team(session, each.id or 0)
        assert len(team) == 4 and len({seat.unit_id for seat, _ in team}) == 3
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert {check.result for check in verify(draw.record_of(drawn), draw.files_of(session, drawn))} == {"ok"}


# --- experts ---------------------------------------------------------------------------------------------------------


def put_experts(talk: Talk, count: int = 5) -> None:
    """A 专家库 of the sample office; one of them has an account."""
    with talk.writing() as session:
        person = session.exec(select(Person).where(col(Person.name).contains("专家"))).first()
        for n in range(1, count + 1):
            session.add(
                Expert(
                    label=f"ZJ{n:03d}",
                    name=f"示例专家{n}",
                    employer="示例大学",
                    title="教授",
                    person_id=person.id if person and n == 1 else None,
                )
            )


async def test_experts_are_drawn_along_and_told(talk: Talk, tmp_path: Path) -> None:
    """Chosen at the preview, announced as a list with its quota, drawn by the protocol, named on paper, told."""
    clerk, group = talk.clerk, talk.group
    put_experts(talk)
    shown = await preview(talk, "001")
    assert "随行专家：" not in words(shown), "the profile wants none"
    await clerk.presses("随行专家", group, message=shown)
    asked = await sees(clerk, shown, "抽几名随行专家", group)
    assert labels(asked) == ["不抽专家", "1 名", "2 名", "3 名", "4 名", "5 名", "返回"]
    await clerk.presses("5 名", group, message=asked)
    shown = await sees(clerk, asked, "随行专家：专家库 5 名，抽 5 名", group)
    await clerk.presses("发布公告", group, message=shown)
    said = await clerk.until("公告 第 1 号", group, after=shown)
    assert "随行专家 5 名，抽 5 名" in words(said)
    (listed,) = json.loads(draws(talk)[0].announcement)["lists"]
    assert (listed["name"], listed["size"], listed["quota"]) == ("experts", 5, 5)
    await talk.throws(said)
    result = await clerk.until("抽取完成", group, after=said)
    assert "抽中随行专家 5 名" in words(result) and "示例专家" not in words(result).replace("示例专家库", "")

    await clerk.presses("派发任务", group, message=result)
    note = await clerk.until("收不到任务，请另行通知并代办")
    assert "示例专家2（专家）" in words(note) and "示例专家1（专家）" not in words(note)
    expert = next(person for name, person in talk.people.items() if "专家" in name)
    card = await expert.until("您被随机抽取为随行专家")
    assert "检查人员：" in words(card) and "检查结论由执法人员作出" in words(card) and "共 4 户" in words(card)

    record, files = await takes_full_record(talk, 1)
    checks = verify(record, files)
    assert {check.result for check in checks} == {"ok"} and "其他名单" in {check.name for check in checks}
    assert len(files["list.experts.selected.tsv"].splitlines()) == 6
    holds_by_command({"record.json": record, **files}, tmp_path / "full")


def test_the_profile_that_wants_experts_draws_one_unless_staff_say_otherwise(office: SampleOffice) -> None:
    """One by default; whose term ends before the task does is not in the list; without any, none is drawn."""
    wants = replace(policy(), expert_pool=True)
    with office.act("staff1") as act:
        chosen = replace(act, policy=wants)
        task = office.task(act.session, "001")
        assert announcement.preview(chosen, task).expert_quota == 0
        act.session.add(Expert(label="ZJ1", name="示例专家一"))
        act.session.add(Expert(label="ZJ2", name="示例专家二", valid_until=office.now.date()))
        act.session.add(Expert(label="ZJ3", name="示例专家三", active=False))
        act.session.flush()
        assert announcement.preview(chosen, task).experts == ("ZJ1",)
        assert announcement.preview(chosen, task, experts=0).expert_quota == 0
        assert announcement.preview(act, task).expert_quota == 0
        made = announcement.announce(chosen, task)
    for n in range(6):
        office.throw(made.id or 0, ("witness1", "witness2")[n % 2], 5 * n + 2)
    with office.read() as session:
        assert [each.order for each in session.exec(select(DrawnExpert))] == [1]


# --- rehearsals ------------------------------------------------------------------------------------------------------


async def test_a_rehearsal_is_marked_everywhere_gives_nobody_a_task_and_can_be_checked_at_once(
    talk: Talk, tmp_path: Path
) -> None:
    """演练: drawn like any other, closed at once with its code, and the task waits for the real draw."""
    clerk, group = talk.clerk, talk.group
    with talk.writing() as session:
        row = session.exec(select(Task).where(Task.plan_no == f"{year(talk)}001")).one()
        row.mode = DrawMode.REHEARSAL
        session.add(row)
    shown = await preview(talk, "001")
    assert "🔸 演练" in words(shown)
    await clerk.presses("发布公告", group, message=shown)
    said = await clerk.until("公告 第 1 号", group, after=shown)
    assert "🔸 演练，不作为正式抽取" in words(said)
    await talk.throws(said)
    result = await clerk.until("抽取完成", group, after=said)
    assert "🔸 演练" in words(result) and "抽中 4 户" in words(result) and "演练到此结束：不派发任务" in words(result)
    assert "派发任务" not in labels(result) and "现在复核" in labels(result)
    with talk.reading() as session:
        assert session.exec(select(Visit)).all() == []
        assert session.exec(select(Task.state).where(Task.plan_no == f"{year(talk)}001")).one() == TaskState.COMPLETED
        root = people.root(session)
        assert figures.yearly(session, people.below(session, root.id or 0), year(talk))[0] == 0
    made = draws(talk)[0]
    assert made.state == DrawState.CLOSED and made.revealed_at is not None

    record, files = await takes_full_record(talk, 1)
    checks = verify(record, files)
    assert {check.result for check in checks} == {"ok"} and "这是演练" in checks[1].detail
    assert "这是演练" in holds_by_command({"record.json": record, **files}, tmp_path / "full")
    listed = await talk.answer(clerk, "/verify")
    assert f"第 1 号 · {year(talk)}001 · 演练 · 已办结" in labels(listed)

    # The real draw afterwards starts at its own beginning; what was rehearsed stays marked as such.
    with talk.writing() as session:
        row = session.exec(select(Task).where(Task.plan_no == f"{year(talk)}001")).one()
        row.mode, row.mode_reason = DrawMode.BOT, "示例"
        session.add(row)
    real = await talk.announces(f"{year(talk)}001")
    assert "公告 第 2 号（本任务第 1 次）" in words(real) and "（第 1 批）" in words(real) and "演练" not in words(real)
    await clerk.presses("抽取记录 .docx", group, message=result)
    sent = await clerk.until(lambda m: "抽取记录" in str(m.get("document", {}).get("file_name")), group)
    assert sent["document"]["file_name"].startswith("演练-")


def test_nothing_of_a_rehearsal_is_sent_out(office: SampleOffice) -> None:
    """Whoever asks for it nevertheless gets a sentence."""
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.mode = DrawMode.REHEARSAL
        act.session.add(task)
    draw_id = office.draw("001")
    with office.act("staff1") as act, pytest.raises(Refused, match="演练只演到抽取，不派发任务"):
        draw.dispatch(act, draw_id)
    assert office.said("cards") == []


# --- what cannot be drawn here ---------------------------------------------------------------------------------------


async def test_a_task_of_the_platform_says_so(talk: Talk) -> None:
    """Counted in the list, refused in a preview, named in a ceremony."""
    clerk, group = talk.clerk, talk.group
    with talk.writing() as session:
        row = session.exec(select(Task).where(Task.plan_no == f"{year(talk)}003")).one()
        row.mode = DrawMode.PLATFORM
        session.add(row)
    listed = await talk.answer(clerk, "/draw", group)
    assert "另有 1 项定在省平台抽取，不能在这里抽" in words(listed)
    assert not any(f"{year(talk)}003" in each for each in labels(listed))
    with talk.writing() as session:
        row.mode = DrawMode.BOT
        session.add(row)
    shown = await marks(talk, "001", "008")
    with talk.writing() as session:
        row = session.exec(select(Task).where(Task.plan_no == f"{year(talk)}008")).one()
        row.mode = DrawMode.PLATFORM
        session.add(row)
    await clerk.presses("发布公告", group, message=shown)
    told = await sees(clerk, shown, "已发布公告第 1 号", group)
    assert f"任务 {year(talk)}008 在省平台抽取，请在平台抽取后把名单导入本助手" in words(told)


@pytest.mark.parametrize(
    ("changes", "reason", "sentence"),
    [
        ({"bot_draw": "refused"}, "示例", "平台之外无抽查"),
        ({"bot_draw": "with_reason"}, "", "没有写明在本群抽取的理由"),
    ],
)
def test_the_profile_is_asked_again_when_it_is_drawn(
    office: SampleOffice, changes: Mapping[str, str], reason: str, sentence: str
) -> None:
    """Completed under one profile, drawn under another: what that forbids is refused."""
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.mode_reason = reason
        act.session.add(task)
        other = replace(act, policy=replace(act.policy, **changes))
        with pytest.raises(Refused, match=sentence):
            announcement.preview(other, task)


def test_ids_of_more_labels_than_a_statement_holds(office: SampleOffice) -> None:
    """A province's draw: asked for in blocks."""
    with office.act("staff1") as act:
        known = list(act.session.exec(select(Entity.label).limit(3)))
        found = seating.ids_of(act.session, Entity, [*known, *(f"X{n}" for n in range(40_000))])
    assert set(found) == set(known)


@given(
    sizes=st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 300), min_size=1),
    rules=st.lists(st.sampled_from(["1/50", "1/20", "1/3", "1/1", "1", "9", "70"]), min_size=5, max_size=5),
    shares=st.lists(st.sampled_from([None, 2, 3, 4]), min_size=1, max_size=6),
    times=st.integers(1, 3),
)
def test_batches_together_take_what_is_due_and_never_more(
    sizes: dict[str, int], rules: list[str], shares: list[int | None], times: int
) -> None:
    """Whatever part each batch takes, the last one takes the rest, stratum by stratum."""
    task = Task(
        plan_id=1, row=1, plan_no="", plan_name="", task_no="", name="", kind="", ratio_text="", item_text="",
        scope_text="", lead_text="", joint_text="", period_text="", times=times,
        strata={name: rules["ABCDE".index(name)] for name in sizes},
    )  # fmt: skip
    drawn = dict.fromkeys(sizes, 0)
    due: dict[str, int] = {}
    for part in [*shares, 1]:
        left = {name: size - drawn[name] for name, size in sizes.items()}
        share = None if part is None else Fraction(1, part)
        strata, quotas = pool.batch(task, left, drawn, share)
        for each in strata:
            assert due.setdefault(each.name, each.due) == each.due, "what is due does not change by drawing"
            assert 0 <= each.quota <= each.due - each.drawn
            assert quotas[each.name].of(left[each.name]) == each.quota if each.quota else each.name not in quotas
            drawn[each.name] += each.quota
    assert drawn == due


def test_announcements_into_different_groups_are_not_merged(office: SampleOffice) -> None:
    """Throws in reply can only be seen where the message is."""
    with office.act("admin") as act:
        county = act.session.exec(select(Unit).where(Unit.name == "示例甲县")).one()
        bind_group(act, chat_id=-1002, title="示例甲县工作群", unit=county)
    with office.act("staff1") as act:
        row = announcement.ceremony.draft(act, [office.task(act.session, each).id or 0 for each in ("001", "008")])
        with pytest.raises(Refused, match=r"要发布到不同的工作群.*示例甲县工作群.*不能合并，请分别抽取"):
            announcement.announce_all(act, row)


def test_a_lost_key_leaves_each_of_a_ceremony_on_the_record(office: SampleOffice) -> None:
    """遗失: said of each, no code, and the next attempt counts on."""
    with office.act("staff1") as act:
        row = announcement.ceremony.draft(act, [office.task(act.session, each).id or 0 for each in ("001", "008")])
        announcement.announce_all(act, row)
    KEYRING.use(OTHER_KEY)
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        assert draw.tick(act) == 2
    KEYRING.use(KEY)
    with office.read() as session:
        assert {each.state for each in session.exec(select(Draw))} == {DrawState.LOST}
    assert len(office.said("lapsed")) == 2
    office.announce("001")
    with office.read() as session:
        found = session.exec(select(Draw).order_by(col(Draw.serial).desc())).first()
        assert (found.serial, found.attempt, found.batch) == (3, 2, 1)
        assert draw.broken_links(session) == []


@pytest.mark.parametrize("end", ["open", "withdrawn", "lapsed", "lost"])
def test_the_record_of_what_was_not_drawn_holds_too(office: SampleOffice, end: str) -> None:
    """With a lottery and a list of experts: nothing fails, and what is not there yet is not called checked."""
    with office.act("staff1") as act:
        act.session.add(Expert(label="ZJ1", name="示例专家一"))
        act.session.flush()
        row = announcement.ceremony.alone(act, office.task(act.session, "001").id or 0)
        announcement.ceremony.choose(act, row, row.tasks[0], "experts", 1)
        rule = {"kind": "lottery", "game": "双色球", "issue": "2026031"}
        announcement.ceremony.ask_for(act, row, rule, office.now + timedelta(hours=10))
        (made,), _ = announcement.announce_all(act, row)
    if end == "withdrawn":
        with office.act("staff1") as act:
            draw.withdraw(act, made.id or 0)
    if end in ("lapsed", "lost"):
        office.later(days=3)
        KEYRING.use(OTHER_KEY if end == "lost" else KEY)
        with office.act(None) as act:
            assert draw.tick(act) == 1
        KEYRING.use(KEY)
    with office.read() as session:
        found = draw.get(session, made.id or 0)
        assert found.state == end
        results = {each.name: each.result for each in verify(draw.record_of(found), draw.files_of(session, found))}
    assert "failed" not in results.values() and results["文件 list.experts.tsv"] == "ok"
    assert results["密码链"] == ("ok" if end == "lapsed" else "unchecked")
