"""The form of a record, full or public: its fields, and which of them state and randomness want (protocol §8)."""

from collections.abc import Iterator
from typing import Any

from models import form, substitution
from models.announcement_form import LIST_NAME, check_announcement
from models.form import Form, Json
from models.throws import sources_form, throws_form

STATES = ("open", "withdrawn", "lapsed", "lost", "drawn", "closed")
_count_form = form.fields({"count": form.number(0), "sha256": form.hex32})
_first_form = form.fields(
    {
        "k": form.number(1, 1),
        "code": form.hex32,
        "reason": form.fixed("draw"),
        "drawn_at": form.time,
        "throws_sha256": form.hex32,
        "selected": _count_form,
        "teams": _count_form,
    },
    {
        "lists": form.array(
            form.fields({"name": form.matching(LIST_NAME, "名单名称"), "count": form.number(1), "sha256": form.hex32}),
            at_least=1,
        )
    },
)
_waived = {"waived": form.fixed(substitution.WAIVED)}
_event = {
    "k": form.number(2, 4096),
    "code": form.hex32,
    "reason": form.fixed(*substitution.REASONS),
    "notice_sha256": form.hex32,
    "throws_sha256": form.hex32,
    "previous": form.hex32,
}
_event_form = form.fields(
    {**_event, "notice": substitution.notice_form, "changes": substitution.changes_form},
    {
        **_waived,
        "throws": throws_form,
        "sources": sources_form,
        "addenda": form.array(substitution.addendum_form, at_least=1),
    },
)
_attempt = {"attempt": form.number(2, 1000)}
_public_event_form = form.fields(
    {**_event, "changes_sha256": form.hex32, "sha256": form.hex32},
    {**_waived, **_attempt, "addenda_sha256": form.array(form.hex32, at_least=1)},
)
_lapsed = {"k": form.number(2, 4096), "notice_sha256": form.hex32}
_lapsed_form = form.fields(
    {**_lapsed, "notice": substitution.notice_form, "throws": throws_form, "throws_sha256": form.hex32},
    {"addenda": form.array(substitution.addendum_form, at_least=1)},
)
_public_lapsed_form = form.fields(
    {**_lapsed, "attempt": form.number(1, 1000)}, {"addenda_sha256": form.array(form.hex32, at_least=1)}
)
_randomness_form = form.fields({"value": form.text}, {"throws": throws_form, "sources": sources_form})


def _anything(value: Any, at: str) -> Iterator[str]:
    """No demand here: another check looks at it."""
    return iter(())


def _record_form(public: bool) -> Form:
    optional: dict[str, Form] = {
        "randomness": _randomness_form,
        "draws": form.array(_anything, at_least=1),
        "lapsed": form.array(_anything, at_least=1),
        "code": form.hex32,
        "secret": form.hex32,
    }
    if public:
        optional["public"] = form.fields(
            {
                "cutoffs": form.array(form.fields({"name": form.label, "position": form.hex32})),
                "teams": _count_form,
            },
            {"selected": _count_form},
        )
    return form.fields(
        {
            "protocol": form.fixed(form.PROTOCOL),
            "announcement": _anything,
            "announcement_sha256": form.hex32,
            "state": form.fixed(*STATES),
        },
        optional,
    )


def form_problems(record: Any) -> list[str]:
    """What is wrong with the record's form; [] if every later check can rely on it."""
    public = isinstance(record, dict) and "public" in record
    found = list(_record_form(public)(record, "record"))
    if found:
        return found
    found += check_announcement(record["announcement"])
    draws = record.get("draws", [])
    for at, entry in enumerate(draws):
        entry_form = _first_form if at == 0 else _public_event_form if public else _event_form
        found += entry_form(entry, f"draws[{at}]")
        if not found and entry["k"] != at + 1:
            found.append(f"draws[{at}].k 应当是 {at + 1}。")
        if not found and at and not public:
            found += _event_problems(entry, f"draws[{at}]")
    for at, entry in enumerate(record.get("lapsed", [])):
        found += (_public_lapsed_form if public else _lapsed_form)(entry, f"lapsed[{at}]")
        if not found and not public:
            found += substitution.check_notice(entry["notice"])
        if not found and not public and entry["notice"]["randomness"]["kind"] not in ("dice", "local-dice"):
            found.append(f"lapsed[{at}] 不是等待掷骰的递补公告。")
    if found:
        return found
    state = record["state"]
    drawn = state in ("drawn", "closed")
    if drawn != bool(draws):
        found.append(f"状态是 {state} 的记录{'缺少' if drawn else '不应有'} draws。")
    if drawn and "randomness" not in record:
        found.append(f"状态是 {state} 的记录缺少 randomness。")
    if state in ("open", "withdrawn") and "randomness" in record:
        found.append(f"状态是 {state} 的记录不应有 randomness。")
    if (state == "lapsed") != ("code" in record):
        found.append("只有未成（lapsed）的公告才公布 code，而且应当公布。")
    if (state == "closed") != ("secret" in record):
        found.append("只有已完成（closed）的记录才有 secret，而且应当有。")
    if "lapsed" in record and not drawn:
        found.append(f"状态是 {state} 的记录不应有 lapsed。")
    if public and not drawn:
        found.append("公开版只在抽取之后才有。")
    if "randomness" in record:
        found += _kind_problems(record["announcement"]["randomness"], record["randomness"], "randomness")
    return found


def _event_problems(entry: Json, at: str) -> list[str]:
    found = substitution.check_notice(entry["notice"])
    if not found:
        found = _kind_problems(entry["notice"]["randomness"], entry, at)
        if (entry["notice"]["randomness"]["kind"] == "waived") != ("waived" in entry):
            found.append(f"{at}.waived 与递补公告不符。")
    return found


def _kind_problems(rule: Json, holder: Json, at: str) -> list[str]:
    """Whether throws or sources are there, as the announced kind of randomness wants."""
    wanted = "throws" if rule["kind"] in ("dice", "local-dice", "waived") else "sources"
    other = "sources" if wanted == "throws" else "throws"
    if wanted not in holder:
        return [f"{at} 缺少“{wanted}”。"]
    return [f"{at} 不应有“{other}”。"] if other in holder else []
