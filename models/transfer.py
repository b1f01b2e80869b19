"""移送: sent to the office that has the right, and its receipt (S1: 转办、移送; S4: 涉嫌犯罪的，移送司法机关)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from models import followup, holidays, letter, step
from models.act import Act, Refused
from models.base import SHANGHAI
from models.followup import Followup
from models.words import Stage, StepKind

# Working days within which a receipt is waited for where the profile names none.
_DAYS = 5


def number_of_letter(act: Act, followup_id: int) -> tuple[str, date] | None:
    """文号 and day of the signed 移送函, which staff need not write again."""
    signed = letter.of(act, "Transfer", "followup", followup_id)
    return (signed.number, signed.given_at.astimezone(SHANGHAI).date()) if signed else None


def send(act: Act, followup_id: int, day: date, number: str = "") -> Followup:
    """送出: on which day, under which number; from then on the receipt is due."""
    row = followup.get(act, followup_id)
    at = followup.stage(act.policy, row, step.of(act.session, followup_id))
    if at == Stage.RECEIVER:
        raise Refused("请先写明接收单位，再登记送出。")
    if at != Stage.SEND:
        raise Refused("这一项现在不需要登记送出。")
    kind = act.policy.followup(row.measure)
    waits = (kind.workdays if kind else None) or _DAYS
    row.due = holidays.calendar(act.session).add(step.past(act, day), waits).date
    act.session.add(row)
    taken = step.take(act, followup_id, StepKind.SENT, day, text=row.receiver, number=number.strip(), due=row.due)
    act.record("send_transfer", "followup", followup_id, after=step.said(taken))
    return row


def receive(
    act: Act,
    followup_id: int,
    day: date,
    number: str,
    files: Sequence[dict[str, Any]],
    paper: str,
    *,
    accepted: bool,
) -> Followup:
    """登记回执: date, number, photo or where the paper lies. Not accepted, the matter waits for another receiver."""
    row = followup.get(act, followup_id)
    steps = step.of(act.session, followup_id)
    if followup.stage(act.policy, row, steps) != Stage.RECEIPT:
        raise Refused("这一项还没有登记送出，或者已经登记过回执。")
    sent = step.last(steps, StepKind.SENT)
    if sent is not None and day < sent.day:
        raise Refused(f"回执日期不能早于送出日期（{sent.day.month} 月 {sent.day.day} 日）。")
    if not files and len(paper.strip()) < 2:
        raise Refused("请发来回执的照片或者文件；没有电子件的，请写明纸质回执由谁收到、存在哪里。")
    text = "；".join(each for each in (row.receiver, paper.strip()) if each)
    step.past(act, day)
    taken = step.take(act, followup_id, StepKind.RECEIPT, day, files, text=text, number=number.strip(), passed=accepted)
    act.record("receive_receipt", "followup", followup_id, after=step.said(taken))
    if not accepted:
        row.receiver = ""
        act.session.add(row)
    return row
