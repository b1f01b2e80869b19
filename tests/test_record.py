"""From announcement to record: files, throws that count, the draw, substitutions, the public edition."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import record, throws
from models.announcement_form import broken_links, check_announcement
from models.drawfiles import FileFault, demand_rows, inspector_rows, pool_rows, recusal_rows, selected_rows
from models.form import FormError, NotJson, load, stamp
from models.match import Demand, Person, Unmatchable
from models.positions import code
from models.public_edition import public_edition
from models.quota import Quota
from models.record import Files, Source, Throw
from models.verify import verify
from tests.draws import AT, SECRET, drawn_story, made_announcement, made_files, made_throws, salt, substituted

# Form


def test_canonical_json_and_its_digest() -> None:
    assert record.canonical({"b": [1, "企"], "a": {}}) == '{"a":{},"b":[1,"企"]}'.encode()
    assert record.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_times_are_those_of_beijing() -> None:
    assert stamp(datetime(2026, 3, 1, 1, 2, 3, 999, tzinfo=UTC)) == "2026-03-01T09:02:03+08:00"
    with pytest.raises(ValueError, match="时区"):
        stamp(datetime(2026, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", [b"", b"{", b"\xff{}", b"\xef\xbb\xbf{}", b"{'a':1}", "企".encode("gbk")])
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(NotJson, match="。"):
        load(text)


DEEP = [b"[" * 40 + b"]" * 40, b"[" * 100_000 + b"]" * 100_000]
NUMBERS = [b"NaN", b"[1.5]", b"-Infinity", b"1e3", b"9" * 5000]


@pytest.mark.parametrize("text", [b'{"a":1,"a":1}', b'"\\ud800"', b'{"\\udfff":1}', *NUMBERS, *DEEP])
def test_json_that_is_not_allowed(text: bytes) -> None:
    with pytest.raises(FormError, match="。"):
        load(text)


# Files


def test_a_file_is_sorted_as_bytes_under_its_salt() -> None:
    data = record.table([("b", "2"), ("a", ""), ("é", "1"), ("z", "0")], bytes(32))
    assert data == ("# " + "00" * 32 + "\na\t\nb\t2\nz\t0\né\t1\n").encode()
    assert [row for _, row in record.parse_table(data, 2, "x.tsv")] == [["a", ""], ["b", "2"], ["z", "0"], ["é", "1"]]


def test_files_come_back_as_they_went_in() -> None:
    files = made_files()
    assert Demand("E07", "市局", 3) in demand_rows(files.demands)
    assert Person("甲0", "市局", frozenset({"食品"})) in inspector_rows(files.inspectors)
    assert len(list(pool_rows(files.pool))) == 40
    assert Files.from_names(files.named()) == files
    assert files.digests()["pool.tsv"] == hashlib.sha256(files.pool).hexdigest()


HEAD = b"# " + b"ab" * 32 + b"\n"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "第 1 行"),
        (b"E1\tA\n", "第 1 行"),
        (b"# " + b"AB" * 32 + b"\nE1\tA\n", "第 1 行"),
        (HEAD + b"E1\tA", "末尾没有换行"),
        (HEAD + b"E2\tA\nE1\tA\n", "没有按字节排序"),
        (HEAD + b"E1\tA\nE1\tB\n", "重复"),
        (HEAD + b"E1\n", "应当有 2 栏"),
        (HEAD + b"E1\tA\tB\n", "应当有 2 栏"),
        (HEAD + b"\n", "应当有 2 栏"),
        (HEAD + b"E1\tA\r\n", "看不见的字符"),
        (HEAD + b" E1\tA\n", "首尾有空格"),
        (HEAD + b"#E1\tA\n", "不能以"),
        (HEAD + b"E1\t\n", "是空的"),
        (HEAD + b"\xff\tA\n", "UTF-8"),
    ],
)
def test_a_file_that_is_not_by_the_protocol_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(FileFault, match=complaint):
        list(pool_rows(data))


@pytest.mark.parametrize("line", ["E1\t甲\t0\t", "E1\t甲\t01\t", "E1\t甲\t-1\t", "E1\t甲\t1\tb,a", "E1\t甲\t1\ta,,b"])
def test_a_demand_line_that_cannot_be_is_refused(line: str) -> None:
    with pytest.raises(FileFault):
        demand_rows(HEAD + line.encode() + b"\n")


def test_an_entity_is_either_in_the_pool_or_left_out() -> None:
    with pytest.raises(FileFault, match="同时在"):
        Files.of(pool=[("E1", "*")], inspectors=[], demands=[], excluded=[("E1", "已注销")], salts=[bytes(32)] * 5)


# The announcement


def test_an_announcement_holds_what_is_frozen() -> None:
    files = made_files(experts=True)
    announced = made_announcement(files)
    assert check_announcement(announced) == []
    assert announced["strata"] == [
        {"name": "A", "size": 36, "ratio": "1/5", "quota": 8},
        {"name": "D", "size": 4, "count": 2, "quota": 2},
    ]
    assert announced["files"] == files.digests()
    assert announced["chain"]["head"] == "2a05790d9ee117fdb350cbd54c81624c792c118e6e8909fa0c1dfee21aec5d9e"
    assert announced["lists"] == [
        {"name": "experts", "file": record.digest(files.lists["experts"]), "size": 6, "quota": 2}
    ]


def test_an_empty_pool_is_refused() -> None:
    files = Files.of(pool=[], inspectors=[], demands=[], salts=[bytes(32)] * 5)
    with pytest.raises(record.Refused, match="没有检查对象"):
        made_announcement(files)


def test_an_entity_that_nobody_can_visit_is_refused_by_name() -> None:
    files = Files.of(
        pool=[("E1", "*"), ("E2", "*")],
        inspectors=[Person("I1", "县局"), Person("I2", "县局")],
        demands=[Demand("=*", "县局", 2)],
        recusals=[("E2", "I1", "亲属")],
        salts=[bytes(32)] * 5,
    )
    with pytest.raises(record.Refused, match="E2") as refused:
        made_announcement(files, strata={"*": Quota(count=1)})
    assert list(refused.value.reasons) == ["E2"] == list(record.refusals(files))


@pytest.mark.parametrize(
    "changed",
    [
        {"strata": {"A": Quota(count=1)}},
        {"mode": "platform"},
        {"chat": "local"},
        {"serial": 0},
        {"serial": 2},
        {"deadline": AT.format(0)},
        {"reveal_by": AT.format(29)},
        {"announced_by": "@x"},
        {"previous": "ab" * 32},
        {"randomness": record.dice(min_bits=23)},
        {"randomness": record.dice(min_witnesses=0)},
        {"randomness": record.dice("🎯")},
        {"randomness": {"kind": "hand", "dice": "d6", "count": 9}},
        {"secret": b"short"},
        {"chain_length": 1},
        {"task_name": "a\nb"},
    ],
)
def test_what_cannot_be_announced(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="。"):
        made_announcement(made_files(), **changed)


def test_an_announcement_left_out_is_noticed() -> None:
    files, made = made_files(), [made_announcement(made_files())]
    for serial in (2, 3, 4):
        made.append(made_announcement(files, serial=serial, previous=record.digest_of(made[-1])))
    assert broken_links(reversed(made)) == []
    assert broken_links(made[1:]) == ["缺少第 1 号公告。"]
    assert broken_links([made[0], made[3]]) == ["缺少第 2 至 3 号公告。"]
    assert broken_links([made[0], *made]) == ["第 1 号公告有两份。"]
    forged = made_announcement(files, serial=2, previous=record.digest_of(made[0]), attempt=2)
    assert broken_links([made[0], forged, *made[2:]]) == ["第 3 号公告没有接在第 2 号之后。"]


# Throws


def test_36_bits_are_6_slots_or_14_dice() -> None:
    assert throws.throws_needed("🎰", 36) == 6
    assert throws.throws_needed("🎲", 36) == 14


def test_the_counting_throws_are_the_shortest_prefix_by_message() -> None:
    rule: dict[str, Any] = {"emoji": "🎰", "min_bits": 36, "min_witnesses": 2, "announcer": "工作人员1"}
    given = made_throws((1, 2, 3, 4, 5, 6, 7, 8))
    assert record.counting(reversed(given), **rule) == given[:6]
    assert record.counting(given[:5], **rule) is None
    alone = [replace(throw, by="见证人1") for throw in given]
    assert record.counting(alone, **rule) is None
    late_second = [*alone[:7], replace(given[7], by="见证人2")]
    assert record.counting(late_second, **rule) == late_second
    with_staff = [replace(throw, by="工作人员1") if n < 4 else throw for n, throw in enumerate(given)]
    assert record.counting(with_staff, **rule) == with_staff[:6]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(1, 64)), max_size=30), st.randoms())
def test_later_throws_never_change_which_count(thrown: list[tuple[str, int]], shuffler: Any) -> None:
    given = [Throw(by, 10 + n, value, AT.format(1)) for n, (by, value) in enumerate(thrown)]
    rule: dict[str, Any] = {"emoji": "🎰", "min_bits": 36, "min_witnesses": 2, "announcer": "丙"}
    counted = record.counting(given, **rule)
    shuffled = list(given)
    shuffler.shuffle(shuffled)
    assert record.counting(shuffled, **rule) == counted
    if counted:
        assert counted == given[: len(counted)]
        assert record.counting(counted[:-1], **rule) is None


def test_a_person_is_one_source_in_order_of_first_throw() -> None:
    assert record.randomness(made_throws()) == "17.64.3./22.9.41./"
    assert record.randomness(reversed(made_throws())) == "17.64.3./22.9.41./"
    assert record.randomness([]) == ""


# The draw


def test_a_draw_is_what_a_few_lines_of_hmac_make_of_it() -> None:
    story = drawn_story(experts=True)
    key = hmac.digest(bytes.fromhex(story.record["draws"][0]["code"]), b"17.64.3./22.9.41./", "sha256")
    positions = {
        label: hmac.digest(key, label.encode() + b"\x01", "sha256") for label, _ in pool_rows(story.files.pool)
    }
    chosen = []
    for stratum, quota in (("A", 8), ("D", 2)):
        of = [label for label, its in pool_rows(story.files.pool) if its == stratum]
        chosen += sorted(of, key=positions.__getitem__)[:quota]
    chosen.sort(key=positions.__getitem__)
    assert [row.label for row in selected_rows(story.drawn.selected_tsv)] == chosen
    assert [row[0] for row in story.drawn.teams.rows()] == sorted(
        (row[0] for row in story.drawn.teams.rows()), key=chosen.index
    )
    expert = min(
        (f"专家{n}" for n in range(6)),
        key=lambda name: hmac.digest(key, f"\texperts\t{name}\x01".encode(), "sha256"),
    )
    assert story.drawn.lists["experts"][0][1] == expert


@pytest.mark.parametrize(
    "changed",
    [
        {"code": code(SECRET, 64, 2)},
        {"throws": made_throws()[:5]},
        {"throws": [*made_throws(), *made_throws(first=200)]},
        {"throws": [replace(throw, at=AT.format(30)) for throw in made_throws()]},
        {"throws": [replace(throw, value=65) for throw in made_throws()]},
        {"throws": (), "sources": [Source((1, 2, 3), "工作人员1", "工作人员2")]},
        {"throws": ()},
        {"files": replace(made_files(), excluded=HEAD)},
    ],
)
def test_a_draw_that_is_not_as_announced_is_refused(changed: dict[str, Any]) -> None:
    files = made_files()
    given: dict[str, Any] = {
        "files": files,
        "code": code(SECRET, 64, 1),
        "throws": made_throws(),
        "drawn_at": AT.format(20),
        "salts": [salt("s"), salt("t")],
    }
    with pytest.raises(ValueError, match="。"):
        record.make_draw(made_announcement(files), **(given | changed))


# Substitution


def test_the_one_recused_leaves_and_never_comes_back() -> None:
    story = drawn_story()
    entity, unit, leaver = story.drawn.teams.rows()[0]
    after = substituted(story)
    (change,) = after.record["draws"][1]["changes"]
    assert change["entity"] == entity and change["unit"] == unit and change["out"] == leaver
    rows = record.standing(after.record, after.files).rows()
    assert (entity, unit, change["in"]) in rows and (entity, unit, leaver) not in rows
    third = substituted(after, lambda made: [record.Place(entity, change["in"])])
    assert third.record["draws"][2]["changes"][0]["in"] not in {leaver, change["in"]}
    notice = third.record["draws"][2]["notice"]
    assert leaver not in notice["places"][0]["eligible"]
    assert notice["previous"] == record.digest_of(third.record["draws"][1])


def test_the_substitute_is_whoever_has_the_lowest_load_and_then_the_lowest_t() -> None:
    story = drawn_story()
    strata = dict(pool_rows(story.files.pool))
    entity, unit, leaver = next(row for row in story.drawn.teams.rows() if strata[row[0]] == "A")
    after = substituted(story, lambda made: [record.Place(entity, leaver)])
    entry = after.record["draws"][1]
    assert [(t["by"], t["value"]) for t in entry["throws"]] == [("见证人2", 14), ("见证人2", 15)]
    key = hmac.digest(code(SECRET, 64, 2), b"17.64.3./22.9.41./14.15./", "sha256")
    rows = [row for row in story.drawn.teams.rows() if row != (entity, unit, leaver)]
    free = {f"甲{n}" for n in range(8)} - {name for its, _, name in story.drawn.teams.rows() if its == entity}
    free -= {name for its, name, _ in recusal_rows(story.files.recusals) if its == entity}
    assert set(entry["notice"]["places"][0]["eligible"]) == free
    expected = min(
        free,
        key=lambda name: (
            sum(row[2] == name for row in rows),
            hmac.digest(key, f"{entity}\t{name}\x01".encode(), "sha256"),
        ),
    )
    assert entry["changes"][0]["in"] == expected


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_happens_after_a_draw_its_record_holds(data: st.DataObject) -> None:
    story = drawn_story()
    for _ in range(data.draw(st.integers(1, 4))):
        rows = record.standing(story.record, story.files).rows()
        reason = data.draw(st.sampled_from(["recusal", "unable", "gone"]))
        if reason == "gone":
            entities = data.draw(
                st.lists(st.sampled_from(sorted({row[0] for row in rows})), min_size=1, max_size=3, unique=True)
            )
            places = [record.Place(entity) for entity in entities]
        else:
            chosen = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=3, unique=True))
            places = [record.Place(entity, name) for entity, _, name in chosen]
        waived, away = data.draw(st.booleans()), data.draw(st.sets(st.sampled_from(["甲4", "甲5", "甲6"]), max_size=1))
        try:
            story = substituted(story, lambda made, places=places: places, reason=reason, waived=waived, away=away)
        except Unmatchable as refusal:
            assert str(refusal).endswith("。")
        checks = verify(story.record, story.named, story.posted)
        assert {check.result for check in checks} == {"ok"}
    now = record.standing(story.record, story.files)
    changes = [change for entry in story.record["draws"][1:] for change in entry["changes"]]
    assert len(now.seats) == 10 - sum(change["in"] == "" for change in changes)
    for entity, team in now.seats.items():
        seats = 3 if entity == "E07" or now.selected[entity] == "D" else 2
        assert len(team) == len({name for _, name in team}) == seats


def test_an_entity_that_is_gone_is_replaced_within_its_stratum() -> None:
    story = drawn_story()
    gone = story.drawn.selected[0]
    after = substituted(story, reason="gone")
    entry = after.record["draws"][1]
    swap, *seats = entry["changes"]
    assert swap["out"] == gone.label and swap["stratum"] == gone.stratum
    value = story.record["randomness"]["value"] + record.randomness(
        [Throw(t["by"], t["message"], t["value"], t["at"]) for t in entry["throws"]]
    )
    key = hmac.digest(bytes.fromhex(entry["code"]), value.encode(), "sha256")
    left = [
        label
        for label, stratum in pool_rows(story.files.pool)
        if stratum == gone.stratum and label not in {row.label for row in story.drawn.selected}
    ]
    new = min(left, key=lambda label: hmac.digest(key, label.encode() + b"\x01", "sha256"))
    assert swap["in"] == new and {seat["entity"] for seat in seats} == {new}
    standing = record.standing(after.record, after.files)
    assert gone.label not in standing.seats and list(standing.seats)[-1] == new


def test_two_people_in_a_county_need_someone_lent() -> None:
    story = drawn_story()
    county = next(row for row in story.drawn.teams.rows() if row[1] == "县局")
    others = {f"乙{n}" for n in range(3)} - {county[2]}
    place = [record.Place(county[0], county[2])]
    with pytest.raises(Unmatchable, match="补充人员名单"):
        substituted(story, lambda made: place, away=others)
    lent = record.addendum(
        announcement_sha256=story.record["announcement_sha256"],
        k=2,
        people=[(Person("甲5", "县局"), "市局")],
        reason="县局人员不足，市局派人支援",
        approved_by="工作人员2",
        announced_by="工作人员1",
        announced_at=AT.format(39),
        salt=salt("addendum"),
    )
    after = substituted(story, lambda made: place, away=others, addenda=[lent])
    (change,) = after.record["draws"][1]["changes"]
    assert change == {"entity": county[0], "unit": "县局", "out": county[2], "in": "甲5"}


@pytest.mark.parametrize(
    "places",
    [[("E98", None)], [("E98", "甲0")], [("first", "乙9")], [("first", "one"), ("first", "one")], []],
)
def test_a_place_that_does_not_exist_cannot_be_filled(places: list[tuple[str, str | None]]) -> None:
    story = drawn_story()
    entity, _, inspector = story.drawn.teams.rows()[0]
    named = [record.Place(entity if e == "first" else e, inspector if i == "one" else i) for e, i in places]
    with pytest.raises(ValueError, match="。"):
        substituted(story, lambda made: named)


def test_all_of_an_inspectors_places_are_filled_in_one_event() -> None:
    story = drawn_story()
    name = max((f"甲{n}" for n in range(3, 8)), key=lambda name: story.drawn.teams.loads.get(name, 0))
    places = [record.Place(entity, who) for entity, _, who in story.drawn.teams.rows() if who == name]
    after = substituted(story, lambda made: list(reversed(places)), reason="unable", away={name})
    changes = after.record["draws"][1]["changes"]
    assert [change["entity"] for change in changes] == [place.entity for place in places]
    assert name not in {row[2] for row in record.standing(after.record, after.files).rows()}


def test_waived_throws_are_named_as_what_they_are() -> None:
    entry = substituted(drawn_story(), waived=True).record["draws"][1]
    assert entry["waived"] == "operator could foresee" and entry["throws"] == []


def test_a_substitution_that_is_not_as_announced_is_refused() -> None:
    story = drawn_story()
    notice = substituted(story).record["draws"][1]["notice"]
    good = [Throw("见证人1", 300 + n, 5, AT.format(50)) for n in range(2)]

    def make(**changed: Any) -> record.Substituted:
        given: dict[str, Any] = {"notice": notice, "code": code(SECRET, 64, 2), "throws": good}
        return record.make_substitution(story.record, story.files, **(given | changed))

    assert make().digest == record.digest_of(make().entry)
    for changed in (
        {"code": code(SECRET, 64, 3)},
        {"throws": good[:1]},
        {"throws": [replace(throw, at=AT.format(59)) for throw in good]},
        {"notice": notice | {"k": 3}},
        {"notice": notice | {"previous": "0" * 64}},
        {"addenda": [{}]},
    ):
        with pytest.raises(ValueError, match="。"):
            make(**changed)


# The public edition


@pytest.mark.parametrize("show_pool", [True, False])
def test_the_public_edition_names_no_inspector(show_pool: bool) -> None:
    story = substituted(drawn_story(experts=True))
    made, files = public_edition(story.record, story.named, show_pool=show_pool, salts=[salt("p"), salt("q")])
    everything = record.canonical(made) + b"".join(files.values())
    for person in inspector_rows(story.files.inspectors):
        assert person.label.encode() not in everything
    assert set(files) == {"teams.public.tsv"} | ({"pool.tsv", "selected.tsv"} if show_pool else {"selected.public.tsv"})
    assert files["teams.public.tsv"].splitlines()[1].endswith(b"\t1")
    assert made["draws"][0] == story.record["draws"][0]
    assert made["draws"][1]["sha256"] == record.digest_of(story.record["draws"][1])


def test_an_entity_sees_its_own_position_against_the_cut_off() -> None:
    story = drawn_story()
    made, _ = public_edition(story.record, story.named, show_pool=False, salts=[salt("p"), salt("q")])
    key = hmac.digest(bytes.fromhex(made["draws"][0]["code"]), made["randomness"]["value"].encode(), "sha256")
    cutoff = {entry["name"]: entry["position"] for entry in made["public"]["cutoffs"]}
    drawn = {row.label for row in story.drawn.selected}
    for label, stratum in pool_rows(story.files.pool):
        position = hmac.digest(key, label.encode() + b"\x01", "sha256").hex()
        assert (position <= cutoff[stratum]) == (label in drawn)


def test_a_lottery_and_dice_by_hand_make_draws_too() -> None:
    files = made_files()
    for rule, sources, value in (
        ({"kind": "lottery", "game": "双色球", "issue": "2026021"}, [(3, 8, 15), (2,)], "3.8.15./2./"),
        ({"kind": "hand", "dice": "d6", "count": 10}, [(6, 1, 2, 3, 4, 5, 6, 1, 2, 2)], "6.1.2.3.4.5.6.1.2.2./"),
    ):
        announced = made_announcement(files, randomness=rule, strata={"A": Quota(ratio=Fraction(1, 9)), "D": Quota(1)})
        drawn = record.make_draw(
            announced,
            files,
            code=code(SECRET, 64, 1),
            sources=[Source(numbers, "工作人员1", "工作人员2") for numbers in sources],
            drawn_at=AT.format(20),
            salts=[salt("s"), salt("t")],
        )
        assert drawn.randomness["value"] == value
