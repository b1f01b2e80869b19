"""An announcement taken by itself, and its place among the office's: what is wrong with either (protocol §3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from models import form
from models.drawfiles import NAMES
from models.form import PROTOCOL, digest_of
from models.quota import Quota, parse_exact
from models.throws import DRAW_BITS, hand_bits_enough, randomness_form

NO_PREVIOUS = "0" * 64
LIST_NAME = "[a-z][a-z0-9-]{0,39}"

_stratum_form = form.fields(
    {"name": form.label, "size": form.number(0), "quota": form.number(0)},
    {"ratio": form.matching("[1-9][0-9]{0,17}/[1-9][0-9]{0,17}", "“1/20”这样的分数"), "count": form.number(1)},
)
_announcement_form = form.fields(
    {
        "protocol": form.fixed(PROTOCOL),
        "match": form.fixed("match/1"),
        "mode": form.fixed("bot", "rehearsal"),
        "chat": form.fixed("telegram", "local"),
        "serial": form.number(1),
        "previous": form.hex32,
        "task": form.fields(
            {"plan_no": form.text, "task_no": form.text, "name": form.text, "batch": form.number(1)},
        ),
        "attempt": form.number(1),
        "as_of": form.day,
        "announced_by": form.label,
        "announced_at": form.time,
        "deadline": form.time,
        "reveal_by": form.time,
        "files": form.fields(dict.fromkeys(NAMES, form.hex32)),
        "strata": form.array(_stratum_form, at_least=1),
        "randomness": randomness_form(DRAW_BITS),
        "chain": form.fields({"head": form.hex32, "length": form.number(2, 4096)}),
    },
    {
        "lists": form.array(
            form.fields(
                {
                    "name": form.matching(LIST_NAME, "小写字母开头的英文名称"),
                    "file": form.hex32,
                    "size": form.number(1),
                    "quota": form.number(1),
                }
            )
        ),
        "clock": form.fixed("simulated"),
    },
)


def check_announcement(announcement: Any) -> list[str]:
    """What is wrong with an announcement taken by itself: form, quotas, times. Chinese sentences, [] if nothing."""
    found = list(_announcement_form(announcement, "announcement"))
    if found:
        return found
    if not announcement["announced_at"] < announcement["deadline"] <= announcement["reveal_by"]:
        found.append("公告时间、截止时间、公布密码的时间应当依次向后。")
    if (announcement["serial"] == 1) != (announcement["previous"] == NO_PREVIOUS):
        found.append("第 1 号公告的 previous 应当是 64 个 0，其余公告应当是前一号公告的摘要。")
    for kind in ("strata", "lists"):
        names = [entry["name"] for entry in announcement.get(kind, ())]
        if len(set(names)) != len(names):
            found.append(f"announcement.{kind} 有重复的名称。")
    for entry in announcement["strata"]:
        found += _check_stratum(entry)
    if not sum(entry["quota"] for entry in announcement["strata"]):
        found.append("抽取总数是 0。")
    found += [
        f"名单“{entry['name']}”的抽取人数超过了名单人数。"
        for entry in announcement.get("lists", ())
        if entry["quota"] > entry["size"]
    ]
    rule = announcement["randomness"]
    if (announcement["chat"] == "local") != (rule["kind"] == "local-dice") and rule["kind"] in ("dice", "local-dice"):
        found.append("本地聊天的骰子应当写明 local-dice，其他聊天的骰子写 dice。")
    if rule["kind"] == "hand" and not hand_bits_enough(rule, DRAW_BITS):
        found.append(f"规定的掷骰少于 {DRAW_BITS} 比特。")
    return found


def broken_links(announcements: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the serials of an office's announcements (§3): Chinese sentences, [] if the chain is whole.

    Every announcement from serial 1 on, withdrawn, lapsed and lost ones too, in any order.
    """
    found, before, expected = [], NO_PREVIOUS, 1
    for announcement in sorted(announcements, key=lambda announcement: announcement["serial"]):
        serial = announcement["serial"]
        if serial > expected:
            missing = f"{expected}" if serial == expected + 1 else f"{expected} 至 {serial - 1}"
            found.append(f"缺少第 {missing} 号公告。")
        elif serial < expected:
            found.append(f"第 {serial} 号公告有两份。")
        elif announcement["previous"] != before:
            found.append(f"第 {serial} 号公告没有接在第 {serial - 1} 号之后。")
        before, expected = digest_of(announcement), serial + 1
    return found


def _check_stratum(entry: Mapping[str, Any]) -> list[str]:
    name, size = entry["name"], entry["size"]
    if ("ratio" in entry) == ("count" in entry):
        return [f"类别“{name}”应当写比例或数量之一。"]
    try:
        quota = Quota(ratio=parse_exact(entry["ratio"])) if "ratio" in entry else Quota(count=entry["count"])
    except ValueError as error:
        return [str(error)]
    if quota.of(size) != entry["quota"]:
        return [f"类别“{name}”有 {size} 户，应当抽取 {quota.of(size)} 户，写的是 {entry['quota']} 户。"]
    return []
