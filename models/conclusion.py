"""采用外部结论: what another office or an institution concluded, taken as a check's result, with its source (S3)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from models import attachment, step
from models.act import Act, Refused
from models.words import External


@dataclass(frozen=True)
class Conclusion:
    """Whose it is (`kind`, `source`), its number (may be empty), its day, and the digest of the file that shows it."""

    kind: External
    source: str
    number: str
    day: date
    digest: str


def named(act: Act, visit_id: int, given: dict[str, Any]) -> Conclusion | None:
    """What a form names, judged; None where it names none. `given`: kind, source, number, day (ISO), digest.

    Refused where the profile does not allow it, or the source, the day or the document is missing.
    """
    if not given:
        return None
    if not act.policy.external_conclusions:
        raise Refused("本单位的规定里没有采用外部结论这一项，请按实际的检查方式录入。")
    source, number = str(given.get("source", "")).strip(), str(given.get("number", "")).strip()
    if not 2 <= len(source) <= 60:
        raise Refused("请写明结论是哪个部门或者机构作出的，写全称，2 到 60 个字。")
    if len(number) > 60:
        raise Refused("编号太长，请不超过 60 个字。")
    if not given.get("day"):
        raise Refused("请写明结论是哪一天作出的。")
    digest = str(given.get("digest", ""))
    if digest not in {each.digest for each in attachment.of(act.session, "visit", visit_id)}:
        raise Refused("采用外部结论须附结论文书的照片或者文件，请先发来。")
    day = step.past(act, date.fromisoformat(str(given["day"])))
    return Conclusion(External(given["kind"]), source, number, day, digest)


def text(source: str, day: date | None, number: str) -> str:
    """As people read it: 示例市消防救援支队2026年3月1日的结论（示例消检〔2026〕5号）; empty where there is none."""
    if not source:
        return ""
    when = f"{day.year}年{day.month}月{day.day}日" if day else ""
    return f"{source}{when}的结论" + (f"（{number}）" if number else "")
