"""An office lives through 2022 and 2026 day by day; every message is held against tables written from the notices.

The dates in the tables were worked out from the State Council's notices of the holidays of these years, with nothing of
the program: limit, the days of the four reminders (five, three and one working days before the aim, and the aim
itself), and the working days on which the limit is at most three working days ahead, when the leader's summary says so.
All report on the aim, after nine.
"""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.chat.client import ChatPerson, Message, words
from tests.test_talk_report import Life, labels, living


class Row(NamedTuple):
    """One duty of one period: limit, days of the reminders 5, 3, 1, 0, days on which the leader reads of it."""

    title: str
    period: str
    limit: str
    reminders: str
    leader: str


YEARS: dict[int, tuple[Row, ...]] = {
    2022: (
        Row("月报表", "2022年1月", "01-20", "01-12 01-14 01-18 01-19", "01-17 01-18 01-19"),
        Row("工作方案", "2022年", "02-15", "02-07 02-09 02-11 02-14", "02-10 02-11 02-14"),
        Row("月报表", "2022年2月", "02-20", "02-11 02-15 02-17 02-18", "02-16 02-17 02-18"),
        Row("月报表", "2022年3月", "03-20", "03-11 03-15 03-17 03-18", "03-16 03-17 03-18"),
        Row("平台、清单、两库、标注和表单", "2022年", "03-31", "03-24 03-28 03-30 03-31", "03-28 03-29 03-30 03-31"),
        Row("工作总结", "2022年第1次", "04-02", "03-25 03-29 03-31 04-01", "03-30 03-31 04-01"),
        Row("月报表", "2022年4月", "04-20", "04-12 04-14 04-18 04-19", "04-15 04-18 04-19"),
        Row("月报表", "2022年5月", "05-20", "05-12 05-16 05-18 05-19", "05-17 05-18 05-19"),
        Row("月报表", "2022年6月", "06-20", "06-10 06-14 06-16 06-17", "06-15 06-16 06-17"),
        Row("工作总结", "2022年第2次", "07-02", "06-24 06-28 06-30 07-01", "06-29 06-30 07-01"),
        Row("月报表", "2022年7月", "07-20", "07-12 07-14 07-18 07-19", "07-15 07-18 07-19"),
        Row("月报表", "2022年8月", "08-20", "08-12 08-16 08-18 08-19", "08-17 08-18 08-19"),
        Row("月报表", "2022年9月", "09-20", "09-09 09-14 09-16 09-19", "09-15 09-16 09-19"),
        Row("工作总结", "2022年第3次", "10-09", "09-26 09-28 09-30 10-08", "09-29 09-30 10-08"),
        Row("月报表", "2022年10月", "10-20", "10-12 10-14 10-18 10-19", "10-17 10-18 10-19"),
        Row("月报表", "2022年11月", "11-20", "11-11 11-15 11-17 11-18", "11-16 11-17 11-18"),
        Row("工作总结", "2022年第4次", "12-20", "12-12 12-14 12-16 12-19", "12-15 12-16 12-19"),
        Row("月报表", "2022年12月", "12-20", "12-12 12-14 12-16 12-19", "12-15 12-16 12-19"),
    ),
    2026: (
        Row("月报表", "2026年1月", "01-20", "01-12 01-14 01-16 01-19", "01-15 01-16 01-19"),
        Row("工作方案", "2026年", "02-15", "02-09 02-11 02-13 02-14", "02-12 02-13 02-14"),
        Row("月报表", "2026年2月", "02-20", "02-09 02-11 02-13 02-14", "02-12 02-13 02-14"),
        Row("月报表", "2026年3月", "03-20", "03-12 03-16 03-18 03-19", "03-17 03-18 03-19"),
        Row("平台、清单、两库、标注和表单", "2026年", "03-31", "03-24 03-26 03-30 03-31", "03-26 03-27 03-30 03-31"),
        Row("工作总结", "2026年第1次", "04-02", "03-25 03-27 03-31 04-01", "03-30 03-31 04-01"),
        Row("月报表", "2026年4月", "04-20", "04-10 04-14 04-16 04-17", "04-15 04-16 04-17"),
        Row("月报表", "2026年5月", "05-20", "05-12 05-14 05-18 05-19", "05-15 05-18 05-19"),
        Row("月报表", "2026年6月", "06-20", "06-11 06-15 06-17 06-18", "06-16 06-17 06-18"),
        Row("工作总结", "2026年第2次", "07-02", "06-24 06-26 06-30 07-01", "06-29 06-30 07-01"),
        Row("月报表", "2026年7月", "07-20", "07-10 07-14 07-16 07-17", "07-15 07-16 07-17"),
        Row("月报表", "2026年8月", "08-20", "08-12 08-14 08-18 08-19", "08-17 08-18 08-19"),
        Row("月报表", "2026年9月", "09-20", "09-11 09-15 09-17 09-18", "09-16 09-17 09-18"),
        Row("工作总结", "2026年第3次", "10-09", "09-23 09-28 09-30 10-08", "09-29 09-30 10-08"),
        Row("月报表", "2026年10月", "10-20", "10-12 10-14 10-16 10-19", "10-15 10-16 10-19"),
        Row("月报表", "2026年11月", "11-20", "11-12 11-16 11-18 11-19", "11-17 11-18 11-19"),
        Row("工作总结", "2026年第4次", "12-20", "12-11 12-15 12-17 12-18", "12-16 12-17 12-18"),
        Row("月报表", "2026年12月", "12-20", "12-11 12-15 12-17 12-18", "12-16 12-17 12-18"),
    ),
}
# After these days the office is shut down and opened again; one lies between two ticks of a day with a reminder.
RESTARTS = ("01-14", "03-31", "07-16", "10-08")
LEADER, ADMIN = "示例领导甲", "示例管理员"


def day_of(year: int, text: str) -> date:
    return date.fromisoformat(f"{year}-{text}")


def spoken(day: date) -> str:
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def reminders(year: int) -> dict[date, list[str]]:
    """What each liaison reads on which day."""
    found: dict[date, list[str]] = defaultdict(list)
    for row in YEARS[year]:
        days = [day_of(year, each) for each in row.reminders.split()]
        for day, left in zip(days, (5, 3, 1, 0), strict=True):
            rest = f"还有 {left} 个工作日" if left else "建议今天报送"
            limit = spoken(day_of(year, row.limit))
            found[day].append(f"• {spoken(days[3])}前：{row.title}（{row.period}），最晚 {limit}，{rest}")
    return found


def summaries(year: int, units: int) -> dict[date, str]:
    """The first line of the leader's summary on each day that has one."""
    due: dict[date, int] = defaultdict(int)
    for row in YEARS[year]:
        for each in row.leader.split():
            due[day_of(year, each)] += units
    return {day: f"今日要点：逾期 0 项，3 个工作日内到期 {n} 项，待批 0 项。" for day, n in due.items()}


async def hands_in(person: ChatPerson, year: int, day: date) -> None:
    """Reports what is to be reported that day, by the buttons of the day's reminder."""
    due = [row for row in YEARS[year] if day_of(year, row.reminders.split()[3]) == day]
    if not due:
        return
    told = await person.until(lambda message: "建议今天报送" in words(message) and due[0].period in words(message))
    if "已用其他方式报送" in labels(told):
        await person.presses("已用其他方式报送", message=told)
        await person.until("✅ 回执", after=told)
        return
    names = {f"{row.title} {row.period}" for row in due}
    # The form of the fourth 工作总结 is the 年度总结.
    names |= {f"年度总结 {year}年" for row in due if row.period.endswith("第4次")}
    for label in labels(told):
        if label.partition(" · ")[2] in names:
            await person.presses(label, message=told)
            form = await person.until(lambda message: "已用其他方式报送" in labels(message), after=told)
            await person.presses("已用其他方式报送", message=form)
            told_of = label.partition(" · ")[2].partition(" ")[0]
            await person.until(lambda message, what=told_of: "✅ 回执" in words(message) and what in words(message))


Seen = dict[str, dict[int, str]]


async def keep(life: Life, seen: Seen) -> None:
    """Note what everybody has read so far; a question in between shows that nothing is on its way."""
    for name, person in life.people.items():
        if "联络员" in name or name in (LEADER, ADMIN):
            asked = await person.says("帮助")
            await person.until("您可以办理", after=asked)
            said = seen.setdefault(name, {})
            said.update({message["message_id"]: words(message) for message in person.messages()})


def told(said: dict[int, str], mark: str) -> list[list[str]]:
    """The messages with this mark, in their order, by lines."""
    return [text.split("\n") for _, text in sorted(said.items()) if mark in text]


@pytest.mark.parametrize("year", YEARS)
async def test_a_year_of_messages_is_what_the_notices_say(year: int, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text(f"{year}-01-01T08:00:00+08:00", "ascii")
    expected, told_to_leader, seen = reminders(year), summaries(year, 8), Seen()
    last_read: Message = {"message_id": 0}
    day, last = date(year, 1, 1), date(year, 12, 31)
    while day <= last:
        async with living(tmp_path / "data", clock) as life:
            running = True
            while running and day <= last:
                for _ in range(2):
                    life.at(datetime.combine(day, time(9)).isoformat())
                # What a day says is read on that day; what it should not say is found at the end.
                if day in told_to_leader:
                    line = told_to_leader[day]
                    last_read = await life.who(LEADER).until(line, after=last_read)
                for name, person in life.people.items():
                    if day in expected and "联络员" in name:
                        await person.until(expected[day][0])
                        await hands_in(person, year, day)
                running = f"{day:%m-%d}" not in RESTARTS
                day += timedelta(days=1)
            await keep(life, seen)
    holds(seen, year)


def holds(seen: Seen, year: int) -> None:
    """All that was said in the year is what the tables say, in their order, and nothing else."""
    expected = [lines for _, lines in sorted(reminders(year).items())]
    heads = ["🔔 报送提醒" if len(lines) == 1 else f"🔔 报送提醒（{len(lines)} 项）" for lines in expected]
    liaisons = [name for name in seen if "联络员" in name]
    assert len(liaisons) == 8
    for name in liaisons:
        said = told(seen[name], "🔔")
        assert [text[0] for text in said] == heads
        assert [sorted(text[1:]) for text in said] == [sorted(lines) for lines in expected]
    days = [text for _, text in sorted(summaries(year, len(liaisons)).items())]
    assert [text[0] for text in told(seen[LEADER], "今日要点")] == days
    # The dates of this year in January, since nobody confirmed them, and those of the next in December.
    assert [text[0] for text in told(seen[ADMIN], "全年期限")] == [f"{year} 年全年期限", f"{year + 1} 年全年期限"]
