"""A true record holds, one changed anywhere does not, and what cannot be checked is never called right."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import record
from models.match import Person
from models.positions import code
from models.public_edition import public_edition
from models.record import Throw
from models.verify import Check, summary, verify
from tests.draws import (
    AT,
    SECRET,
    Story,
    drawn_story,
    lapsed,
    made_announcement,
    made_files,
    made_throws,
    salt,
    substituted,
)


def whole_story() -> Story:
    """Drawn with experts; a recusal, an entity gone after two lapsed notices, a waived event with a loan; closed."""
    story = lapsed(lapsed(substituted(drawn_story(experts=True)), thrown=0))
    story = substituted(story, reason="gone", attempt=3)
    lent = record.addendum(
        announcement_sha256=story.record["announcement_sha256"],
        k=4,
        people=[(Person("丙1", "市局"), "邻市")],
        reason="支援",
        approved_by="工作人员2",
        announced_by="工作人员1",
        announced_at=AT.format(39),
        salt=salt("addendum"),
    )
    story = substituted(story, waived=True, addenda=[lent], recusals=[("E03", "甲4", "亲属")], away={"甲5"})
    story.record = record.with_state(story.record, "closed", SECRET)
    return story


STORY = whole_story()


def results(checks: list[Check]) -> set[str]:
    return {check.result for check in checks}


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if check.result == "failed"]


def test_a_true_record_holds_in_every_check() -> None:
    for form in (STORY.record, record.canonical(STORY.record), json.dumps(STORY.record, indent=2).encode()):
        checks = verify(form, STORY.named, STORY.posted)
        assert results(checks) == {"ok"}
        assert summary(checks).startswith("核验通过")


def test_a_posted_digest_that_is_not_of_this_record_fails() -> None:
    assert failed(verify(STORY.record, STORY.named, [*STORY.posted, "ab" * 32])) == ["群里公布的摘要"]


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every scalar and of every key and element."""
    if at:
        yield at
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*at, key))


def parent(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value


def nearby(value: Any) -> list[Any]:
    """Values of the same type that a forger might put, and of other types."""
    if isinstance(value, bool) or value is None:
        return [0]
    if isinstance(value, int):
        return [value + 1, value - 1, str(value), True, float(value)]
    if isinstance(value, str):
        changed = [value + "x", "", 7]
        if value and value[-1] in "0123456789abcdef":
            changed.append(value[:-1] + ("1" if value[-1] == "0" else "0"))
        if "T" in value and value.endswith("+08:00"):
            changed.append(value[:17] + ("01" if value[17:19] == "00" else "00") + value[19:])
        return changed
    if isinstance(value, list):
        return [[*value, value[0]] if value else ["x"], {}, list(reversed(value)) if len(value) > 1 else 0]
    return [[], "x", value | {"other": 1}]


ALL_PATHS = list(paths(STORY.record))


def with_change(path: tuple[Any, ...], new: Any) -> dict[str, Any]:
    made = copy.deepcopy(STORY.record)
    parent(made, path)[path[-1]] = new
    return made


@pytest.mark.parametrize("path", ALL_PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_record_changed_in_one_place_fails(path: tuple[Any, ...]) -> None:
    original = parent(STORY.record, path)[path[-1]]
    for new in nearby(original):
        if new == original and type(new) is type(original):
            continue
        checks = verify(with_change(path, new), STORY.named, STORY.posted)
        assert failed(checks), f"{path}: {original!r} -> {new!r}"
    without = copy.deepcopy(STORY.record)
    del parent(without, path)[path[-1]]
    assert failed(verify(without, STORY.named, STORY.posted)), f"{path} left out"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL_PATHS), json_values)
def test_any_value_in_any_place_fails_and_never_crashes(path: tuple[Any, ...], new: Any) -> None:
    original = parent(STORY.record, path)[path[-1]]
    if new == original and type(new) is type(original):
        return
    made = with_change(path, new)
    assert failed(verify(made, STORY.named, STORY.posted))
    assert failed(verify(json.dumps(made).encode(), STORY.named, STORY.posted))


@settings(max_examples=200, deadline=None)
@given(json_values | st.binary(max_size=50))
def test_what_is_no_record_fails_and_never_crashes(value: Any) -> None:
    checks = verify(value, {})
    assert [check.name for check in checks] == ["记录格式"] and failed(checks)
    assert summary(checks).startswith("核验不通过")


def test_nesting_doubled_keys_and_nan_fail_the_form() -> None:
    text = record.canonical(STORY.record)
    for bad in (
        b"[" * 200_000 + b"]" * 200_000,
        text.replace(b'"state":', b'"state":"drawn","state":', 1),
        text.replace(b'"batch":1', b'"batch":NaN', 1),
        text.replace(b'"batch":1', b'"batch":' + b"9" * 10_000, 1),
        text.decode().encode("utf-16"),
    ):
        assert failed(verify(bad, STORY.named)) == ["记录格式"]
    looped: dict[str, Any] = {}
    looped["announcement"] = looped
    assert failed(verify(looped, {})) == ["记录格式"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_changed_in_one_byte_fails(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(STORY.named)))
    content = bytearray(STORY.named[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert failed(verify(STORY.record, STORY.named | {name: bytes(content)}, STORY.posted))


@pytest.mark.parametrize("name", sorted(STORY.named))
def test_a_file_that_is_not_there_leaves_checks_open(name: str) -> None:
    checks = verify(STORY.record, {key: data for key, data in STORY.named.items() if key != name}, STORY.posted)
    assert results(checks) == {"ok", "unchecked"}
    assert "未检查" in summary(checks) and "全部" not in summary(checks)


def test_without_files_only_what_the_record_itself_shows_is_checked() -> None:
    checks = verify(STORY.record, {})
    assert [check.name for check in checks if check.result == "ok"] == [
        "记录格式",
        "公告摘要",
        "密码链",
        "掷骰或号码",
        "失效的递补公告",
    ]
    assert not failed(checks)


# A forger who recomputes every digest that he can


def reworked(story: Story, files: dict[str, bytes]) -> dict[str, Any]:
    """The record with the digests of other result files put in."""
    made = copy.deepcopy(story.record)
    for name, data in files.items():
        made["draws"][0][name.removesuffix(".tsv")] |= {"sha256": record.digest(data)}
    return made


def test_another_selection_with_fitting_digests_fails() -> None:
    story = drawn_story()
    rows = [row.label for row in story.drawn.selected]
    left = next(f"E{n:02d}" for n in range(40) if f"E{n:02d}" not in rows and n % 10)
    other = story.drawn.selected_tsv.replace(rows[0].encode(), left.encode())
    made = reworked(story, {"selected.tsv": other})
    assert "抽取结果" in failed(verify(made, story.named | {"selected.tsv": other}))


def test_another_team_with_fitting_digests_fails() -> None:
    story = drawn_story()
    entity, unit, name = story.drawn.teams.rows()[0]
    on = {row[2] for row in story.drawn.teams.rows() if row[0] == entity}
    other_name = next(f"甲{n}" for n in range(8) if f"甲{n}" not in on)
    line, new = (f"{entity}\t{unit}\t{who}\n".encode() for who in (name, other_name))
    other = story.drawn.teams_tsv.replace(line, new)
    made = reworked(story, {"teams.tsv": other})
    assert failed(verify(made, story.named | {"teams.tsv": other})) == ["随机匹配"]


def test_another_substitute_with_fitting_digests_fails() -> None:
    story = substituted(drawn_story())
    made = copy.deepcopy(story.record)
    (change,) = made["draws"][1]["changes"]
    (place,) = made["draws"][1]["notice"]["places"]
    change["in"] = next(name for name in place["eligible"] if name != change["in"])
    assert failed(verify(made, story.named)) == ["第 2 次递补"]


def test_a_notice_that_leaves_someone_out_with_fitting_digests_fails() -> None:
    story = substituted(drawn_story())
    made = copy.deepcopy(story.record)
    notice = made["draws"][1]["notice"]
    (change,) = made["draws"][1]["changes"]
    notice["places"][0]["eligible"] = [name for name in notice["places"][0]["eligible"] if name != change["in"]]
    made["draws"][1]["notice_sha256"] = record.digest_of(notice)
    assert failed(verify(made, story.named)) == ["第 2 次递补"]


def test_throws_chosen_to_taste_with_fitting_digests_fail() -> None:
    files = made_files()
    announced = made_announcement(files)
    chosen = made_throws((1, 1, 1, 1, 1, 1))
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=chosen,
        drawn_at=AT.format(20),
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    named = files.named() | drawn.named()
    seen = [record.digest_of(announced), drawn.digest]
    assert results(verify(made, named, seen)) == {"ok"}
    made["randomness"] = {"value": "1.1.2./1.1.1./", "throws": made["randomness"]["throws"]}
    assert "掷骰或号码" in failed(verify(made, named, seen))


def test_a_code_from_another_chain_fails_at_the_chain() -> None:
    made = copy.deepcopy(drawn_story().record)
    made["draws"][0]["code"] = code(bytes(32), 64, 1).hex()
    checks = verify(made, drawn_story().named)
    assert failed(checks)[0] == "密码链"


# Records that are not whole


def states() -> Iterator[tuple[str, dict[str, Any]]]:
    announced = made_announcement(made_files())
    thrown = made_throws()[:3]
    few = {
        "value": record.randomness(thrown),
        "throws": [{"by": t.by, "message": t.message, "value": t.value, "at": t.at} for t in thrown],
    }
    yield "open", record.record(announced, state="open")
    yield "withdrawn", record.record(announced, state="withdrawn")
    yield "lost", record.record(announced, state="lost", randomness=few)
    yield "lapsed", record.record(announced, state="lapsed", randomness=few, code=code(SECRET, 64, 1))
    yield "lapsed", record.record(announced, state="lapsed", code=code(SECRET, 64, 1))


@pytest.mark.parametrize(("state", "made"), list(states()))
def test_announcements_that_were_not_drawn_are_checked_as_far_as_they_go(state: str, made: dict[str, Any]) -> None:
    checks = verify(made, made_files().named(), [made["announcement_sha256"]])
    assert not failed(checks)
    assert ("unchecked" in results(checks)) == (state != "lapsed")
    for other in {"open", "withdrawn", "lapsed", "drawn", "closed"} - {state}:
        if {state, other} == {"open", "withdrawn"}:
            continue
        assert failed(verify(made | {"state": other}, made_files().named())), other


def test_an_announcement_with_enough_throws_cannot_lapse() -> None:
    drawn = drawn_story()
    made = record.record(
        drawn.record["announcement"],
        state="lapsed",
        randomness=drawn.record["randomness"],
        code=code(SECRET, 64, 1),
    )
    assert failed(verify(made, drawn.named)) == ["掷骰或号码"]


@pytest.mark.parametrize("show_pool", [True, False])
def test_the_public_edition_is_checked_and_says_what_is_open(show_pool: bool) -> None:
    made, files = public_edition(STORY.record, STORY.named, show_pool=show_pool, salts=[salt("p"), salt("q")])
    posted = STORY.posted
    checks = verify(made, files, posted)
    assert not failed(checks)
    by_name = {check.name: check.result for check in checks}
    assert by_name["抽取结果"] == ("ok" if show_pool else "unchecked")
    assert by_name["公开版"] == by_name["密码链"] == by_name["掷骰或号码"] == "ok"
    assert by_name["随机匹配"] == by_name["第 2 次递补"] == "unchecked"
    for path in list(paths(made)):
        original = parent(made, path)[path[-1]]
        if path[0] in {"draws", "announcement"} or isinstance(original, (dict, list)):
            continue
        for new in nearby(original):
            changed = copy.deepcopy(made)
            parent(changed, path)[path[-1]] = new
            assert failed(verify(changed, files, posted)), f"{path}: {original!r} -> {new!r}"
    for name in files:
        assert failed(verify(made, files | {name: files[name].replace(b"E", b"F", 1)}, posted))


def test_dice_of_a_local_chat_are_said_to_prove_nothing_against_the_operator() -> None:
    files = made_files()
    announced = made_announcement(files, chat="local", randomness=record.dice(local=True), simulated_clock=True)
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=[Throw(f"见证人{n}", n, n, AT.format(1)) for n in range(1, 7)],
        drawn_at=AT.format(20),
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    details = {check.name: check.detail for check in verify(made, files.named() | drawn.named())}
    assert "不能对运营者构成证明" in details["掷骰或号码"]
    assert "时钟是模拟的" in details["公告摘要"]


# --- notices that lapsed ---------------------------------------------------------------------------------------------


def retold(change: Any) -> list[str]:
    """What fails where somebody retells the lapsed notices and makes all digests fit again."""
    made = copy.deepcopy(STORY.record)
    change(made["lapsed"])
    for entry in made["lapsed"]:
        entry["notice_sha256"] = record.digest_of(entry["notice"])
        entry["throws_sha256"] = record.digest_of(entry["throws"])
    if not made["lapsed"]:
        del made["lapsed"]
    return [f"{check.name}：{check.detail}" for check in verify(made, STORY.named) if check.result == "failed"]


def test_a_lapsed_notice_that_is_left_out_is_missed() -> None:
    """The next notice of the same number says that it is the second: the gap shows, whichever was left out."""
    for at in (0, 1):
        assert retold(lambda lapsed, at=at: lapsed.pop(at)) == [
            "失效的递补公告：第 3 次递补的公告应当依次是第 1 次到最后一次，记录里缺少或者颠倒了失效的公告。"
        ]
    assert len(retold(lambda lapsed: lapsed.clear())) == 1
    assert "缺少或者颠倒" in retold(lambda lapsed: lapsed.reverse())[0]


def test_a_notice_with_enough_throws_did_not_lapse() -> None:
    """Throws that decided, and a result that somebody did not like: that is no lapse."""
    more = {"by": "见证人8", "message": 305, "value": 5, "at": AT.format(32)}
    assert retold(lambda lapsed: lapsed[0]["throws"].append(more)) == []
    enough = [more | {"message": 306 + n} for n in range(2)]
    assert retold(lambda lapsed: lapsed[0].update(throws=enough)) == [
        "失效的递补公告：失效的递补公告掷骰已经足够，应当递补，不应当失效。"
    ]
    late = more | {"at": AT.format(38)}
    assert "不早于截止时间" in retold(lambda lapsed: lapsed[0]["throws"].append(late))[0]


def test_a_second_notice_waits_for_the_end_of_the_first() -> None:
    def longer(lapsed: Any) -> None:
        lapsed[0]["notice"]["deadline"] = AT.format(35)

    assert retold(longer) == ["失效的递补公告：第 3 次递补在前一份公告截止之前又公告了一次。"]


def test_a_last_notice_that_lapsed_stands_though_nothing_followed() -> None:
    story = lapsed(drawn_story())
    assert results(verify(story.record, story.named, story.posted)) == {"ok"}
    without = {key: value for key, value in story.record.items() if key != "lapsed"}
    assert failed(verify(without, story.named, story.posted)) == ["群里公布的摘要"], "who saw it posted misses it"


def test_the_public_edition_names_no_lapsed_notice_but_counts_them() -> None:
    made, files = public_edition(STORY.record, STORY.named, show_pool=True, salts=[salt("p"), salt("q")])
    assert [sorted(entry) for entry in made["lapsed"]] == [["attempt", "k", "notice_sha256"]] * 2
    found = {check.name: check.result for check in verify(made, files, STORY.posted)}
    assert found["失效的递补公告"] == "unchecked" and "failed" not in found.values()
    made["lapsed"].pop(0)
    assert failed(verify(made, files)) == ["失效的递补公告"]
