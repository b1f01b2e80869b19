"""What people read and press about deadlines and reports, conversation by conversation."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from handlers import collection, paper, registry, report, summary
from handlers.answer import Answer
from handlers.registry import Ask, Incoming, Kit
from models import dialogue, holidays, reminder
from models import summary as summaries
from models.act import Act, NoRight, Refused
from models.attachment import Attachment
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.words import Role
from templates.policies import load

PRIVATE = 100


@dataclass
class Talk:
    """One person after the other speaks to the bot in private; the clock is moved by hand."""

    engine: Engine
    people: dict[str, int]
    now: datetime = datetime(2022, 4, 12, 9, 0, tzinfo=SHANGHAI)
    kept: list[bytes] = field(default_factory=list)

    @contextmanager
    def ask(self, who: str) -> Iterator[Ask]:
        with writing(self.engine) as session:
            person = session.get(Person, self.people[who])
            act = Act(session, self.now, person, load("qinhuangdao-2022"), lambda n: bytes(n), "test")
            chat_id = PRIVATE + self.people[who]
            open_form = dialogue.current(session, chat_id, self.people[who])
            kit = Kit(keep_file=self.keep)
            yield Ask(act=act, chat_id=chat_id, private=True, message_id=1, dialogue=open_form, kit=kit)

    def keep(self, data: bytes) -> str:
        self.kept.append(data)
        return f"{len(self.kept):064x}"

    def says(self, who: str, command: str, *, private: bool = True) -> Answer:
        with self.ask(who) as ask:
            return answered(registry.COMMANDS[command].run(replace(ask, private=private)))

    def presses(self, who: str, answer: Answer, label: str) -> Answer:
        [pressed] = [each for row in answer.keys for each in row if each.label.startswith(label)]
        _, name, *args = pressed.data.split(".")
        with self.ask(who) as ask:
            return answered(registry.BUTTONS[name](replace(ask, args=tuple(args))))

    def gives(self, who: str, file: Incoming | None, text: str = "") -> Answer:
        with self.ask(who) as ask:
            assert ask.dialogue is not None
            return answered(registry.FORMS[ask.dialogue.form](replace(ask, file=file, text=text)))

    def hears(self, who: str) -> list[Answer]:
        """What the rows queued for a person say now; a row that has nothing to say any more is left out."""
        with self.ask(who) as ask:
            rows = ask.act.session.exec(
                select(Outbox).where(Outbox.person_id == self.people[who]).order_by(col(Outbox.id))
            )
            found = [registry.NOTICES[row.kind](ask.act, row) for row in rows]
        return [answer for answer in found if answer is not None]

    def tick(self, day: date, clock: time = time(9)) -> None:
        self.now = datetime.combine(day, clock, SHANGHAI)
        with writing(self.engine) as session:
            reminder.tick(Act(session, self.now, None, load("qinhuangdao-2022"), lambda n: bytes(n), "tick"))


def answered(answer: Answer | None) -> Answer:
    assert answer is not None
    return answer


def labels(answer: Answer) -> list[str]:
    return [each.label for row in answer.keys for each in row]


def document(name: str, data: bytes = b"rows") -> Incoming:
    return Incoming(kind="document", name=name, data=data, digest="0" * 64)


@pytest.fixture
def new_office(tmp_path: Path) -> Talk:
    """A city office with 盐业处 (联络员) and 示例县 (县联络员), 工作人员, 领导 and 检查人员; nothing is planned yet."""
    assert paper
    assert report
    assert collection
    assert summary
    KEYRING.use("0123456789abcdef")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    made = Talk(engine, {})
    with writing(engine) as session:
        root = Unit(name="示例市双随机办", kind="office", policy="qinhuangdao-2022", sample=True)
        session.add(root)
        session.flush()
        units = {"root": root.id}
        for name in ("盐业处", "示例县"):
            unit = Unit(name=name, parent_id=root.id)
            session.add(unit)
            session.flush()
            units[name] = unit.id
        for who, where, role in (
            ("工作人员", "root", Role.STAFF),
            ("领导", "root", Role.LEADER),
            ("联络员", "盐业处", Role.LIAISON),
            ("县联络员", "示例县", Role.LIAISON),
            ("检查人员", "盐业处", Role.INSPECTOR),
        ):
            person = Person(key=who, name=who, label=who, unit_id=units[where] or 0)
            session.add(person)
            session.flush()
            session.add(Grant(person_id=person.id, unit_id=units[where], role=role))
            made.people[who] = person.id or 0
    return made


@pytest.fixture
def talk(new_office: Talk) -> Talk:
    """The same office since 2022-04-06."""
    new_office.tick(date(2022, 4, 6))
    return new_office


def test_deadlines_show_aim_limit_and_working_days_left(talk: Talk) -> None:
    talk.tick(date(2022, 4, 12))
    answer = talk.says("联络员", "deadlines")
    assert str(answer.text).split("\n") == [
        "<b>期限</b> · 今后 60 天",
        "报送",
        "• 4月19日（周二）前：月报表（2022年4月），最晚 4月20日（周三），还有 5 个工作日",
        "• 5月19日（周四）前：月报表（2022年5月），最晚 5月20日（周五），还有 26 个工作日",
    ]
    assert labels(answer)[:2] == ["填报 · 月报表 2022年4月", "填报 · 月报表 2022年5月"]


def test_staff_see_all_units_in_one_line(talk: Talk) -> None:
    talk.tick(date(2022, 4, 22))
    answer = talk.says("工作人员", "deadlines")
    assert "• ⚠️ 月报表（2022年4月）· 2 个单位：盐业处、示例县：最晚 4月20日（周三），已逾期 2 个工作日" in answer.text
    assert not any("填报" in label for label in labels(answer))


def test_whoever_owes_nothing_is_told_so(talk: Talk) -> None:
    assert talk.says("检查人员", "deadlines").text == "今后 60 天没有要报送或者办理的事项。"


def test_in_a_group_there_are_figures_and_no_buttons(talk: Talk) -> None:
    assert talk.says("联络员", "deadlines", private=False).keys == ()
    with pytest.raises(Refused, match="私聊"):
        talk.says("联络员", "report", private=False)


def test_an_estimated_date_is_marked_wherever_it_is_shown(new_office: Talk) -> None:
    new_office.tick(date(2026, 12, 21))
    assert (
        "• 2月12日（周五）（暂估）前：工作方案（2027年），最晚 2月15日（周一）"
        in new_office.says("联络员", "deadlines").text
    )


def test_the_liaison_is_reminded_and_reports_with_a_file(talk: Talk) -> None:
    talk.tick(date(2022, 4, 12))
    [reminded] = talk.hears("联络员")
    assert str(reminded.text).split("\n") == [
        "🔔 报送提醒",
        "• 4月19日（周二）前：月报表（2022年4月），最晚 4月20日（周三），还有 5 个工作日",
    ]
    assert labels(reminded) == ["开始填报", "零报告", "下载表格 .xlsx", "已用其他方式报送", "知道了"]
    assert reminded.file is not None
    assert reminded.file.name == "2022年4月月报表-盐业处.xlsx"
    shown = talk.presses("联络员", reminded, "开始填报")
    assert (
        "统计期间 3月20日至4月12日，已按台账填好 20 项，待您补 3 项：计划调整次数、培训次数、回访户数。" in shown.text
    )
    unread = talk.gives("联络员", document("四月月报.pdf"))
    assert labels(unread) == ["只报送文件", "返回"]
    receipt = talk.presses("联络员", unread, "只报送文件")
    assert re.fullmatch(
        r"✅ <b>回执 2022-\d{6}</b>\n2022年4月月报表 · 盐业处\n文件，附文件，4月12日 09:00 收到，报送人 联络员",
        str(receipt.text),
    )
    assert talk.kept == [b"rows"]
    with reading(talk.engine) as session:
        assert [row.digest for row in session.exec(select(Attachment))] == [f"{1:064x}"]
        assert dialogue.current(session, PRIVATE + talk.people["联络员"], talk.people["联络员"]) is None


def test_a_queued_reminder_of_what_was_reported_meanwhile_is_not_sent(talk: Talk) -> None:
    talk.tick(date(2022, 4, 12))
    [reminded] = talk.hears("联络员")
    talk.presses("联络员", reminded, "零报告")
    assert talk.hears("联络员") == []


def test_reminders_that_could_not_go_out_for_days_are_said_once(talk: Talk) -> None:
    for day in (12, 14, 18, 19):
        talk.tick(date(2022, 4, day))
    [told] = talk.hears("联络员")
    assert "建议今天报送" in told.text


def form_of_april(talk: Talk) -> Answer:
    return talk.presses("联络员", talk.says("联络员", "report"), "填报 · 月报表 2022年4月")


def test_a_nil_report_takes_one_tap_after_the_question(talk: Talk) -> None:
    asked = form_of_april(talk)
    done = talk.presses("联络员", asked, "零报告")
    assert "零报告" in done.text
    with pytest.raises(Refused, match="已经报送或者取消"):
        talk.presses("联络员", asked, "已用其他方式报送")


def test_a_late_correction_says_its_version_and_how_late(talk: Talk) -> None:
    talk.presses("联络员", form_of_april(talk), "零报告")
    talk.now += timedelta(days=16)
    listed = talk.presses("联络员", talk.says("联络员", "report"), "已报送的")
    assert "2022年4月月报表 · 盐业处：4月6日 报送，第 1 版，待审核" in listed.text
    again = talk.presses("联络员", listed, "更正 · 2022年4月月报表")
    assert "（更正，第 2 版）" in again.text
    shown = talk.gives("联络员", None, "培训 2")
    asked = talk.presses("联络员", shown, "提交")
    assert "请回复更正的原因" in asked.text
    done = talk.gives("联络员", None, "漏报 2 次培训")
    assert str(done.text).endswith("收到，报送人 联络员，第 2 版，逾期 2 天")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (document("macro.exe"), "macro.exe"),
        (document("无后缀"), "不能作为报送材料"),
        (document("空.xlsx", b""), "是空的"),
    ],
)
def test_a_file_that_is_no_report_is_refused_and_the_form_stays(talk: Talk, file: Incoming, says: str) -> None:
    form_of_april(talk)
    with pytest.raises(Refused, match=says):
        talk.gives("联络员", file)
    unread = talk.gives("联络员", Incoming("photo", "", b"jpeg", "0" * 64))
    assert "回执" in talk.presses("联络员", unread, "只报送文件").text


def test_a_sheet_that_cannot_be_read_says_why_and_may_go_along_as_a_file(talk: Talk) -> None:
    form_of_april(talk)
    unread = talk.gives("联络员", document("月报.xlsx", b"rows"))
    assert "内容却不是 .xlsx 表格" in unread.text
    assert labels(unread) == ["只报送文件", "返回"]


def test_words_instead_of_figures_say_what_to_write(talk: Talk) -> None:
    form_of_april(talk)
    with pytest.raises(Refused, match="没有读到数字"):
        talk.gives("联络员", None, "马上发")
    with pytest.raises(Refused, match="待补的有 3 项（计划调整次数、培训次数、回访户数），收到 2 个数"):
        talk.gives("联络员", None, "5 3")


def test_another_unit_may_not_press_the_button(talk: Talk) -> None:
    mine = talk.says("联络员", "report")
    for who in ("县联络员", "检查人员", "领导"):
        with pytest.raises(NoRight):
            talk.presses(who, mine, "填报 · 月报表 2022年4月")
    assert "盐业处" in talk.presses("工作人员", mine, "填报 · 月报表 2022年4月").text


def test_seen_is_noted_in_the_message_and_only_for_its_reader(talk: Talk) -> None:
    talk.tick(date(2022, 4, 12))
    [reminded] = talk.hears("联络员")
    with pytest.raises(Refused, match="发给联络员的"):
        talk.presses("县联络员", reminded, "知道了")
    after = talk.presses("联络员", reminded, "知道了")
    assert after.edit
    assert str(after.text).endswith("✓ 已知悉（09:00）")
    assert labels(after) == ["开始填报", "零报告", "下载表格 .xlsx", "已用其他方式报送"]


def test_the_leader_reads_one_message_for_all_units(talk: Talk) -> None:
    talk.tick(date(2022, 4, 21))
    with talk.ask("领导") as ask:
        summaries.tick(replace(ask.act, actor=None))
    [told] = talk.hears("领导")
    assert "月报表（2022年4月）· 2 个单位：盐业处、示例县，最晚 4月20日（周三），逾期 1 个工作日" in told.text


def test_several_on_one_day_are_one_message(new_office: Talk) -> None:
    new_office.tick(date(2022, 12, 12))
    [told] = new_office.hears("联络员")
    assert str(told.text).startswith("🔔 报送提醒（2 项）\n")
    assert labels(told) == ["填报 · 月报表 2022年12月", "填报 · 年度总结 2022年", "知道了"]


def test_a_changed_calendar_is_told(new_office: Talk) -> None:
    new_office.tick(date(2026, 12, 24))
    with new_office.ask("工作人员") as ask:
        # an invented notice for the test
        holidays.set_year(ask.act, 2027, {date(2027, 2, 12): False}, "测试用的放假安排")
    new_office.tick(date(2026, 12, 25))
    told = new_office.hears("联络员")[-1]
    assert "• 工作方案（2027年）：建议日由 2月12日（周五） 改为 2月11日（周四），最晚 2月15日（周一）" in told.text


def test_staff_chase_and_take_the_letter(talk: Talk) -> None:
    talk.tick(date(2022, 4, 22))
    talk.presses("联络员", form_of_april(talk), "零报告")
    board = talk.says("工作人员", "collect")
    assert "▪ 月报表（2022年4月），4月19日（周二）前，最晚 4月20日（周三）：已报送 1/2" in board.text
    assert "⚠️ 逾期未报送：示例县" in board.text
    assert "逾期报送：盐业处" in board.text
    assert talk.presses("工作人员", board, "催报（").text == "已提醒 1 人：县联络员。今天不会重复提醒。"
    assert "没有需要提醒的人" in talk.presses("工作人员", board, "催报（").text
    letter = talk.presses("工作人员", board, "催报通知 · 示例县")
    assert letter.file is not None
    assert letter.file.name.endswith(".docx")
    text = "\n".join(each.text for each in Document(io.BytesIO(letter.file.data)).paragraphs)
    assert "示例县" in text
    assert "催报" in text


def test_far_ahead_nobody_is_chased(talk: Talk) -> None:
    board = talk.says("工作人员", "collect")
    assert "未报送：盐业处、示例县" in board.text
    assert labels(board) == []
    talk.tick(date(2022, 4, 12))
    assert labels(talk.says("工作人员", "collect"))[0] == "催报（未报送的全部提醒）"
