"""The page with which anyone recomputes a draw, in a real browser, from file:// and with no network at all."""

import copy
import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from models import record
from models.codes import make_credit_code
from models.form import FormError
from models.match import Demand, Person
from models.positions import code, positions, prk
from models.public_edition import public_edition
from models.quota import Quota
from models.record import Files
from templates import pages
from tests import vectors
from tests.draws import SECRET, made_announcement, made_throws, salt
from tests.parts import CHROMIUM
from tests.test_verify import STORY, parent

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

VECTORS = vectors.load()
PUBLIC, PUBLIC_FILES = public_edition(STORY.record, STORY.named, show_pool=False, salts=[salt("p"), salt("q")])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def offline(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser with its network off."""
    context = await browser.new_context(viewport={"width": 1000, "height": 900})
    await context.set_offline(True)
    yield context
    await context.close()


async def opened(context: BrowserContext, folder: Path, made: Mapping[str, Any], files: Mapping[str, bytes]) -> Page:
    """The page of a record, opened from a file; any error, message or request of it fails the test."""
    path = folder / "page.html"
    path.write_bytes(pages.verify_page(made, files))
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: request.url.startswith(("file:", "blob:", "data:")) or wrong.append(request.url))
    await page.goto(path.as_uri())
    await done(page)
    assert wrong == []
    return page


async def done(page: Page, turn: int = 1) -> None:
    """Until the page has checked `turn` times."""
    await page.wait_for_function("turn => Number(document.body.dataset.done) >= turn", arg=turn)


async def marks(page: Page) -> dict[str, str]:
    """The mark of each step by its name."""
    script = "rows => rows.map(row => [row.querySelector('h3').textContent, row.querySelector('.mark').textContent])"
    return dict(await page.eval_on_selector_all("#checks li", script))


async def verdict(page: Page) -> str:
    return await page.inner_text("#verdict")


async def drops(page: Page, files: Mapping[str, bytes]) -> None:
    """Drop files on the page and wait until they are checked."""
    turn = int(await page.evaluate("document.body.dataset.done"))
    script = """files => {
        const carried = new DataTransfer();
        for (const [name, text] of Object.entries(files)) {
            carried.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
        }
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));
    }"""
    await page.evaluate(script, {name: b64encode(data).decode() for name, data in files.items()})
    await done(page, turn + 1)


async def asks(page: Page, typed: str) -> str:
    """Type a code and read what is said of it."""
    await page.fill("#code", typed)
    await page.press("#code", "Enter")
    await page.wait_for_function("typed => document.getElementById('found').dataset.asked === typed", arg=typed)
    return await page.inner_text("#found")


# --- the program against the vectors that Python keeps too ---------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def program(offline: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page whose functions are called one by one."""
    return await opened(offline, tmp_path_factory.mktemp("page"), STORY.record, STORY.named)


async def test_hashes_labels_json_quotas_and_encodings_are_those_of_python(program: Page) -> None:
    wrong = await program.evaluate(
        """v => {
        const q = qiantong, wrong = [];
        const same = (what, found, wanted) => {
            if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push([what, found, wanted]);
        };
        const thrown = (run) => { try { run(); return null; } catch (error) { return error.message; } };
        for (const [text, wanted] of v.sha256) same(text, q.hex(q.sha256(q.bytes(text))), wanted);
        for (const [key, data, wanted] of v.hmac) same(key, q.hex(q.hmac(q.unhex(key), q.unhex(data))), wanted);
        const [p] = v.protocol;
        same('head', q.hex(q.hashed(q.unhex(p.secret), p.length)), p.head);
        for (const [k, code] of p.codes) same('code', q.hex(q.hashed(q.unhex(code), k)), p.head);
        const key = q.hmac(q.unhex(p.code), q.bytes(p.randomness));
        same('prk', q.hex(key), p.prk);
        same('t', q.hexOfWords(q.expander(key)(q.bytes(p.t[0] + '\\t' + p.t[1]))), p.t[2]);
        const place = (label, list = null) => q.positionsOf(key, [label], list)[0].position;
        for (const [start, label] of p.order) same(label, place(label).slice(0, 12), start);
        for (const [list, label, wanted] of v.positions) same(label, place(label, list), wanted);
        for (const [label, reason] of v.labels) same('label ' + label, q.labelFault(label), reason);
        for (const [text, canonical, digest] of v.canonical) {
            same(text, q.canonical(q.readJson(text)), canonical);
            same(text, q.digestOf(q.readJson(text)), digest);
        }
        for (const [text, reason] of v.bad_json) same(text.slice(0, 40), thrown(() => q.readJson(text)), reason);
        for (const [rule, n, quota] of v.quotas) {
            same([rule, n], q.quotaOf(typeof rule === 'number' ? { count: rule } : { ratio: rule }, n), quota);
        }
        for (const [sources, text] of v.sources) same(sources, q.encodedSources(sources), text);
        for (const { rule, announcer, throws, counting, randomness } of v.encodings) {
            const counted = q.countingThrows(throws, rule, announcer);
            same('counting', counted && counted.map((each) => each.message), counting);
            if (counted) same('randomness', q.randomnessOf(counted), randomness);
        }
        return wrong;
    }""",
        {name: VECTORS[name] for name in VECTORS if name not in ("records", "tampered", "spoiled", "matches", "draws")},
    )
    assert wrong == []


async def test_selections_and_matches_are_those_of_python(program: Page) -> None:
    wrong = await program.evaluate(
        """async v => {
        const q = qiantong, wrong = [], pace = new q.Pace();
        const same = (what, found, wanted) => {
            if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push([what, found, wanted]);
        };
        for (const { key, pool, strata, selected } of v.draws) {
            const source = q.Source.ofBytes('pool.tsv', q.bytes(pool));
            const found = await q.select(q.unhex(key), new q.Pool(source, pace), strata);
            same('draw', found.map((row) => [row.position, row.label, row.stratum]), selected);
        }
        for (const each of v.matches) {
            const demands = each.demands.map((given) => q.demand(...given));
            const people = each.people.map(([label, unit, tags]) => ({ label, unit, tags }));
            const recused = new Set(each.recusals.map((given) => q.pair(...given)));
            let rows;
            try {
                const teams = await q.match(q.unhex(each.key), each.order, demands, people, recused, pace);
                same('constraints', q.constraintFault(teams, people, recused), null);
                same('optimal', await q.optimal(teams, people, recused, pace), true);
                rows = teams.rows();
            } catch (error) {
                rows = error.message;
            }
            same('match', rows, each.rows);
            const why = q.manning(demands, people, each.recusals), found = {};
            for (const entity of each.order) if (why(entity, '')) found[entity] = why(entity, '');
            same('manning', found, each.unmannable);
        }
        return wrong;
    }""",
        {"draws": VECTORS["draws"], "matches": VECTORS["matches"]},
    )
    assert wrong == []


async def test_teams_that_could_be_better_balanced_are_found(program: Page) -> None:
    """Two people, all seats on one: the balance is judged apart from how the match is made."""
    found = await program.evaluate(
        """async () => {
        const q = qiantong, line = (entity) => q.demand(entity, '局', 1, []);
        const people = ['甲', '乙'].map((label) => ({ label, unit: '局', tags: [] }));
        const lines = ['E1', 'E2'].map(line), none = new Set(), pace = new q.Pace();
        const judged = (members) => q.optimal(new q.Teams(lines, members), people, none, pace);
        return Promise.all([[['甲'], ['甲']], [['甲'], ['乙']]].map(judged));
    }"""
    )
    assert found == [False, True]


CHECK = """async ({ record, files, posted }) => {
    const q = qiantong, made = typeof record === 'string' ? record : JSON.stringify(record);
    const named = new Map(Object.entries(files).map(([name, text]) => (
        [name, q.Source.ofBytes(name, typeof text === 'string' ? q.bytes(text) : q.unhex(text.hex))])));
    const { checks } = await q.verify(made, named, posted);
    return [checks.map(({ name, result, detail }) => [name, result, detail]), q.summary(checks)];
}"""


async def test_of_every_record_the_same_is_said_as_by_the_command_line(program: Page) -> None:
    for given in VECTORS["records"]:
        said, line = await program.evaluate(CHECK, {key: given[key] for key in ("record", "files", "posted")})
        assert said == given["said"], given["name"]
        results = {result for _, result, _ in said}
        assert ("全部相符" in line) == (results == {"ok"}), given["name"]


async def test_of_every_changed_field_the_same_checks_fail_as_on_the_command_line(program: Page) -> None:
    wrong = await program.evaluate(
        """async ({ full, tampered }) => {
        const q = qiantong, wrong = [];
        const file = ([name, text]) => [name, q.Source.ofBytes(name, q.bytes(text))];
        const named = new Map(Object.entries(full.files).map(file)), witness = new q.Witness(null);
        for (const { path, value, not_ok: wanted } of tampered) {
            const made = structuredClone(full.record), last = path.at(-1);
            const holder = path.slice(0, -1).reduce((at, key) => at[key], made);
            if (value !== undefined) holder[last] = value;
            else if (Array.isArray(holder)) holder.splice(last, 1);
            else delete holder[last];
            const { checks } = await q.verify(JSON.stringify(made), named, full.posted, { witness });
            const found = checks.filter((check) => check.result !== 'ok').map(({ name, result }) => [name, result]);
            if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push([path.join('.'), value, found, wanted]);
        }
        return wrong;
    }""",
        {
            "full": VECTORS["records"][0],
            # JavaScript writes 1.0 as 1: fractions are tried as text, below.
            "tampered": [each for each in VECTORS["tampered"] if not isinstance(each.get("value"), float)],
        },
    )
    assert wrong == []


async def test_of_spoiled_files_the_same_is_said_as_by_the_command_line(program: Page) -> None:
    full = VECTORS["records"][0]
    for given in VECTORS["spoiled"]:
        made = copy.deepcopy(full["record"])
        spoiled = bytes.fromhex(given["hex"])
        made["announcement"]["files"][given["name"]] = record.digest(spoiled)
        files = full["files"] | {given["name"]: {"hex": given["hex"]}}
        said, line = await program.evaluate(CHECK, {"record": made, "files": files, "posted": []})
        assert given["said"] in said
        assert [each[:2] for each in said if each[1] != "ok"] == given["not_ok"]
        assert line.startswith("核验不通过")


# --- what the reader sees ---------------------------------------------------------------------------------------------


async def test_a_true_record_holds_step_by_step(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, STORY.record, STORY.named)
    assert set((await marks(page)).values()) == {"✓"}
    assert await verdict(page) == "核验通过：20 项检查全部相符。"
    assert "还请把群里当场公布的摘要粘贴到下面比对" in await page.inner_text("#also")
    shown = await page.inner_text("#facts")
    for value in (
        STORY.record["announcement_sha256"],
        STORY.record["randomness"]["value"],
        VECTORS["protocol"][0]["prk"],
    ):
        assert value in shown
    assert "WebCrypto 同时算出" in await page.inner_text("#engine")
    assert "运营者能够预知" in await page.inner_text("#warnings")


async def test_digests_from_the_group_are_compared_as_people_paste_them(
    offline: BrowserContext, tmp_path: Path
) -> None:
    page = await opened(offline, tmp_path, STORY.record, STORY.named)
    grouped = [" ".join(digest[at : at + 4] for at in range(0, 64, 4)) for digest in STORY.posted]
    await page.fill("#posted", "\n".join(f"抽取结果摘要 {digest.upper()}" for digest in grouped))
    await page.click("text=比对 >> nth=-1")
    await done(page, 2)
    assert (await marks(page))["群里公布的摘要"] == "✓" and "全部相符" in await verdict(page)
    await page.fill("#posted", "ab" * 32)
    await page.click("#compare button")
    await done(page, 3)
    assert (await marks(page))["群里公布的摘要"] == "✗" and "核验不通过" in await verdict(page)


async def test_the_public_edition_says_what_was_not_checked(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, PUBLIC, PUBLIC_FILES)
    found = await marks(page)
    assert found["密码链"] == found["掷骰或号码"] == found["公开版"] == "✓"
    assert found["抽取结果"] == found["随机匹配"] == "－" and "✗" not in found.values()
    line = await verdict(page)
    assert "未检查" in line and "全部" not in line
    assert "由监督的人用全部文件复核" in await page.inner_text("#also")


TAMPERED = [
    (("announcement", "task", "name"), "另一项任务", "公告摘要"),
    (("announcement_sha256",), "0" * 64, "公告摘要"),
    (("announcement", "strata", 0, "quota"), 9, "记录格式"),
    (("announcement", "chain", "head"), "ab" * 32, "密码链"),
    (("announcement", "files", "pool.tsv"), "ab" * 32, "文件 pool.tsv"),
    (("announcement", "deadline"), "2026-03-01T09:06:00+08:00", "掷骰或号码"),
    (("randomness", "value"), "17.64.4./22.9.41./", "掷骰或号码"),
    (("randomness", "throws", 2, "value"), 63, "掷骰或号码"),
    (("draws", 0, "code"), code(bytes(32), 64, 1).hex(), "密码链"),
    (("draws", 0, "selected", "sha256"), "ab" * 32, "抽取结果"),
    (("draws", 0, "selected", "count"), 9, "抽取结果"),
    (("draws", 0, "teams", "sha256"), "ab" * 32, "随机匹配"),
    (("draws", 0, "lists", 0, "sha256"), "ab" * 32, "其他名单"),
    (("draws", 1, "changes", 0, "in"), "甲7", "第 2 次递补"),
    (("draws", 1, "notice", "explanation"), "别的原因", "第 2 次递补"),
    (("draws", 2, "previous"), "ab" * 32, "第 3 次递补"),
    (("secret",), "ab" * 32, "密码链"),
]


@pytest.mark.parametrize(("path", "value", "check"), TAMPERED, ids=lambda part: part if isinstance(part, str) else "")
async def test_a_tampered_record_is_marked_where_it_is_wrong(
    path: tuple[Any, ...], value: Any, check: str, offline: BrowserContext, tmp_path: Path
) -> None:
    made = copy.deepcopy(STORY.record)
    assert parent(made, path)[path[-1]] != value
    parent(made, path)[path[-1]] = value
    page = await opened(offline, tmp_path, made, STORY.named)
    assert (await marks(page))[check] == "✗"
    assert (await verdict(page)).startswith("核验不通过")
    assert "failed" in (await page.get_attribute("#summary", "class") or "")
    await page.close()


async def test_a_changed_file_is_named(offline: BrowserContext, tmp_path: Path) -> None:
    for name in STORY.named:
        files = dict(STORY.named) | {name: STORY.named[name].replace(b"\n", b" \n", 1)}
        page = await opened(offline, tmp_path, STORY.record, files)
        failed = [step for step, mark in (await marks(page)).items() if mark == "✗"]
        assert failed, name
        details = await page.locator("#checks li.failed .detail").all_inner_texts()
        assert any(name in detail for detail in details)
        await page.close()


async def test_local_dice_rehearsal_and_simulated_clock_are_said_plainly(
    offline: BrowserContext, tmp_path: Path
) -> None:
    for name, words, told in (
        ("local dice", ["不能证明运营者没有挑选点数", "时钟是模拟的"], ["见证人掷", "掷骰截止"]),
        ("lottery rehearsal", ["这是演练，不是正式抽取"], ["公开彩票“双色球”第 2026021 期的开奖号码", "录入截止"]),
        ("hand", ["骰子在现场由人掷出"], ["现场掷 6 面骰子", "录入截止"]),
    ):
        given = next(each for each in VECTORS["records"] if each["name"] == name)
        files = {file: text.encode() for file, text in given["files"].items()}
        page = await opened(offline, tmp_path, given["record"], files)
        shown = await page.inner_text("#warnings")
        assert all(word in shown for word in words), shown
        facts = await page.inner_text("#facts")
        assert all(word in facts for word in told), facts
        assert "✗" not in (await marks(page)).values()
        await page.close()


async def test_no_name_breaks_out_of_the_page(offline: BrowserContext, tmp_path: Path) -> None:
    """Markup, comments and line separators in names stay text, in the record and in the files."""
    evil = "</script><script>document.title='x'</script><!-- <img src=x onerror=alert(1)> {script} \u2028\u2029 & &lt;"
    label = "<img-src=x-onerror=document.title='x'>"
    files = Files.of(
        pool=[(label, "<b>"), ("E2", "<b>")],
        inspectors=[Person(name, "局") for name in ("甲", "乙")],
        demands=[Demand("=<b>", "局", 2)],
        salts=[salt(name) for name in record.NAMES],
    )
    announced = made_announcement(files, task_name=evil, strata={"<b>": Quota(count=2)})
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at="2026-03-01T09:11:00+08:00",
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    page = await opened(offline, tmp_path, made, files.named() | drawn.named())
    assert "全部相符" in await verdict(page)
    assert evil.split("\u2028")[0].strip() in await page.inner_text("#facts")
    assert await page.locator("img, #facts script").count() == 0
    assert await page.title() == "双随机抽取复核：第 1 号公告"
    assert "抽中" in await asks(page, label) and await page.title() == "双随机抽取复核：第 1 号公告"
    # Not even a script that did get in would run or reach anything.
    blocked = await page.evaluate(
        """async () => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        const reached = await fetch('https://example.org/').then(() => true, () => false);
        return [window.ran ?? false, reached];
    }"""
    )
    assert blocked == [False, False]


# --- one entity -------------------------------------------------------------------------------------------------------


async def test_anyone_sees_why_an_entity_was_or_was_not_drawn(offline: BrowserContext, tmp_path: Path) -> None:
    """Credit codes as people type them: in the pool or not, drawn or not, left out with the reason."""
    codes = [make_credit_code(serial) for serial in range(30)]
    files = Files.of(
        pool=[(each, "甲类" if at % 3 else "乙类") for at, each in enumerate(codes)],
        inspectors=[Person(name, "局") for name in ("甲", "乙", "丙")],
        demands=[Demand(f"={name}", "局", 2) for name in ("甲类", "乙类")],
        excluded=[(make_credit_code(77), "已注销")],
        salts=[salt(name) for name in record.NAMES],
    )
    announced = made_announcement(files, strata={name: Quota(count=4) for name in ("甲类", "乙类")})
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at="2026-03-01T09:11:00+08:00",
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    named = files.named() | drawn.named()
    page = await opened(offline, tmp_path, made, named)

    of_first = [row for row in drawn.selected if row.stratum == "甲类"]
    said = await asks(page, f" {of_first[2].label[:9].lower()} {of_first[2].label[9:]} ")
    assert "属于类别“甲类”：这一类共 20 户，应当抽取 4 户" in said
    assert f"{of_first[2].position.hex()}，在这一类里由小到大排第 3" in said and "所以抽中" in said
    assert of_first[3].position.hex() in said
    assert f"它的抽取顺序是第 {drawn.selected.index(of_first[2]) + 1}" in said

    left = next(each for at, each in enumerate(codes) if at % 3 == 0 and each not in {r.label for r in drawn.selected})
    said = await asks(page, "".join(chr(ord(c) + 0xFEE0) for c in left))
    assert "属于类别“乙类”" in said and "没有抽中" in said

    said = await asks(page, make_credit_code(77))
    assert "不在这次的抽取范围里" in said and "已注销" in said
    wrong = make_credit_code(5)[:-1] + ("0" if make_credit_code(5)[-1] != "0" else "1")
    assert "校验码不对" in await asks(page, wrong)
    assert "请输入" in await asks(page, "  ")

    public, public_files = public_edition(made, named, show_pool=False, salts=[salt("p"), salt("q")])
    page = await opened(offline, tmp_path, public, public_files)
    said = await asks(page, of_first[0].label)
    assert "所以抽中" in said and of_first[-1].position.hex() in said and "类别“乙类”的分界位置" in said
    said = await asks(page, left)
    assert "不在公布的抽取结果里" in said and "看不出它属于哪一类" in said
    key = prk(code(SECRET, 64, 1), made["randomness"]["value"])
    ((position, _),) = positions(key, [left])
    assert position.hex() in said


async def test_what_a_failed_record_says_of_an_entity_does_not_count(offline: BrowserContext, tmp_path: Path) -> None:
    made = copy.deepcopy(STORY.record)
    made["draws"][0]["code"] = code(bytes(32), 64, 1).hex()
    page = await opened(offline, tmp_path, made, STORY.named)
    assert "下面的结果不作数" in await asks(page, "E05")
    page = await opened(offline, tmp_path, record.record(STORY.record["announcement"], state="open"), {})
    assert "还没有抽取结果" in await asks(page, "E05")
    lapsed = next(each for each in VECTORS["records"] if each["name"].startswith("lapsed"))
    page = await opened(offline, tmp_path, lapsed["record"], {})
    assert (await marks(page))["密码链"] == "✓" and lapsed["record"]["code"] in await page.inner_text("#facts")


# --- files that the reader brings ------------------------------------------------------------------------------------


async def test_dropped_files_take_the_place_of_what_the_page_lacks(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, STORY.record, {})
    assert (await marks(page))["抽取结果"] == "－"
    await drops(page, {"pool (1).tsv": STORY.named["pool.tsv"], "selected.tsv": STORY.named["selected.tsv"]})
    assert (await marks(page))["抽取结果"] == "✓" and (await marks(page))["随机匹配"] == "－"
    await drops(page, {name: data for name, data in STORY.named.items() if name != "pool.tsv"})
    assert "全部相符" in await verdict(page)
    await drops(page, {"照片.jpg": b"x", "全部.zip": b"x"})
    shown = await page.inner_text("#files")
    assert "照片.jpg：不是抽取记录的文件" in shown and "请先解压" in shown


async def test_a_chosen_record_takes_the_place_of_the_one_in_the_page(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, PUBLIC, PUBLIC_FILES)
    for name, data in STORY.named.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "record.json").write_bytes(json.dumps(STORY.record, indent=1).encode())
    await page.set_input_files("#chooser", [tmp_path / name for name in [*STORY.named, "record.json"]])
    await done(page, 2)
    assert "全部相符" in await verdict(page)
    assert "您放入的 record.json" in await page.inner_text("#which")


TEXT = record.canonical(STORY.record)
UNREADABLE = {
    "empty": b"",
    "no JSON": b"<html>",
    "another encoding": TEXT.decode().encode("utf-16"),
    "not UTF-8": "记录".encode("gb18030"),
    "NaN": TEXT.replace(b'"batch":1', b'"batch":NaN', 1),
    "a fraction": TEXT.replace(b'"batch":1', b'"batch":1.0', 1),
    "a huge number": TEXT.replace(b'"batch":1', b'"batch":' + b"9" * 10_000, 1),
    "a doubled key": TEXT.replace(b'"state":', b'"state":"drawn","state":', 1),
    "deep nesting": b"[" * 200_000 + b"]" * 200_000,
    "open nesting": b'{"a":' * 100_000,
    "an array": b"[]",
    "null": b"null",
    "wrong types": b'{"protocol":1,"announcement":[],"announcement_sha256":{},"state":true}',
    "no announcement": b'{"protocol":"qiantong-draw/1","announcement":null,"announcement_sha256":"'
    + b"a" * 64
    + b'","state":"open"}',
    "a prototype": TEXT.replace(b'{"announcement":', b'{"__proto__":{"state":"drawn"},"announcement":', 1),
}


async def test_what_is_no_record_fails_its_form_and_never_leaves_the_page_blank(
    offline: BrowserContext, tmp_path: Path
) -> None:
    page = await opened(offline, tmp_path, STORY.record, STORY.named)
    for name, data in UNREADABLE.items():
        await drops(page, {"record.json": data})
        assert await marks(page) == {"记录格式": "✗"}, name
        assert (await verdict(page)).startswith("核验不通过：有 1 项不符，首先是“记录格式”"), name
    (tmp_path / "record.json").write_bytes(b" " * (33 * 2**20))
    await page.set_input_files("#chooser", tmp_path / "record.json")
    await done(page, len(UNREADABLE) + 2)
    assert await marks(page) == {"记录格式": "－"} and (await verdict(page)).startswith("没有核验")
    await drops(page, {"record.json": TEXT} | STORY.named)
    assert "全部相符" in await verdict(page)


async def test_a_large_pool_is_streamed_and_not_held(browser: Browser, tmp_path: Path) -> None:
    """120,000 labels, of which the page carries none: dropped, read in pieces, drawn as Python draws them."""
    labels = [(f"{n:018d}", "A" if n % 5 else "B") for n in range(120_000)]
    files = Files.of(
        pool=labels,
        inspectors=[Person(name, "局") for name in ("甲", "乙", "丙")],
        demands=[Demand("=A", "局", 2), Demand("=B", "局", 2)],
        salts=[salt(name) for name in record.NAMES],
    )
    announced = made_announcement(files, strata={"A": Quota(count=50), "B": Quota(count=10)})
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at="2026-03-01T09:11:00+08:00",
        salts=[salt("s"), salt("t")],
    )
    made = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    named = files.named() | drawn.named()
    html = pages.verify_page(made, named | {"pool.tsv": files.pool + b" " * pages.EMBEDDED_BYTES})
    assert len(html) < 200_000
    context = await browser.new_context()
    await context.set_offline(True)
    page = await opened(context, tmp_path, made, {name: data for name, data in named.items() if name != "pool.tsv"})
    (tmp_path / "pool.tsv").write_bytes(files.pool)
    await page.evaluate(
        """() => {
        const held = () => { throw new Error('held whole'); };
        Object.assign(Blob.prototype, { arrayBuffer: held, text: held, bytes: held });
        window.shares = [];
        new MutationObserver(() => shares.push(document.getElementById('doing').textContent))
            .observe(document.getElementById('doing'), { childList: true, characterData: true, subtree: true });
    }"""
    )
    await page.set_input_files("#chooser", tmp_path / "pool.tsv")
    await done(page, 2)
    assert "全部相符" in await verdict(page), await page.inner_text("#checks")
    assert any(re.search(r"[1-9][0-9]%", text) for text in await page.evaluate("shares")), "progress is shown"
    said = await asks(page, drawn.selected[0].label)
    assert "所以抽中" in said and "抽取顺序是第 1。" in said
    await context.close()


# --- without WebCrypto, on paper, on a phone ------------------------------------------------------------------------


async def test_a_browser_without_web_crypto_checks_as_well(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    await context.add_init_script("Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined })")
    page = await opened(context, tmp_path, STORY.record, STORY.named)
    assert "全部相符" in await verdict(page)
    assert "不提供 WebCrypto" in await page.inner_text("#engine")
    await context.close()


async def test_a_browser_that_computes_wrong_is_not_believed(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    await context.add_init_script(
        "SubtleCrypto.prototype.digest = async () => new Uint8Array(32).buffer; Math.imul = () => 0;"
    )
    page = await opened(context, tmp_path, STORY.record, STORY.named)
    assert (await verdict(page)).startswith("核验不通过")
    assert "请换一台设备再试" in await page.inner_text("#checks")
    await context.close()


async def test_without_javascript_the_page_says_that_nothing_was_checked(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context(java_script_enabled=False)
    (tmp_path / "page.html").write_bytes(pages.verify_page(STORY.record, STORY.named))
    page = await context.new_page()
    await page.goto((tmp_path / "page.html").as_uri())
    assert "现在没有核验" in await page.inner_text("body") and "还没有核验。" in await page.inner_text("body")
    await context.close()


async def test_it_prints_on_a4(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, STORY.record, STORY.named)
    pdf = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    assert boxes and all([round(float(n)) for n in box.split()] == [0, 0, 595, 842] for box in boxes)
    await page.emulate_media(media="print")
    assert not await page.is_visible("#look-up") and not await page.is_visible("#chooser")
    assert await page.is_visible("#verdict") and await page.is_visible("#checks")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_reads_on_a_phone_and_in_the_dark(scheme: Any, browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = await opened(context, tmp_path, STORY.record, STORY.named)
    await page.click("#drawn summary")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    colours = await page.evaluate(
        """() => [...document.querySelectorAll('#verdict, .detail, .meant, .mark, dt, button, #warnings p')].map(
        (node) => {
        const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        const light = (text) => {
            const [r, g, b] = text.match(/[0-9.]+/g).map(Number);
            return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        };
        let behind = node;
        while (/, 0\\)$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
        const styles = [getComputedStyle(node).color, getComputedStyle(behind).backgroundColor];
        const [a, b] = styles.map(light).sort((x, y) => y - x);
        return [node.tagName + node.className + node.id, (a + 0.05) / (b + 0.05)];
    })"""
    )
    assert [each for each in colours if each[1] < 4.5] == []
    await context.close()


async def test_everything_is_reached_by_keyboard(offline: BrowserContext, tmp_path: Path) -> None:
    page = await opened(offline, tmp_path, STORY.record, STORY.named)
    reached = []
    for _ in range(7):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert reached[:6] == ["code", "BUTTON", "SUMMARY", "posted", "BUTTON", "chooser"]
    unnamed = await page.evaluate(
        "[...document.querySelectorAll('input, textarea')].filter((each) => !each.labels.length).map((each) => each.id)"
    )
    assert unnamed == []


# --- making the page -----------------------------------------------------------------------------------------------


async def test_the_same_record_gives_the_same_page() -> None:
    assert pages.verify_page(STORY.record, STORY.named) == pages.verify_page(
        json.loads(record.canonical(STORY.record)), dict(reversed(STORY.named.items()))
    )


async def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(FormError):
        pages.verify_page(STORY.record | {"state": float("nan")}, {})


async def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = pages.verify_page(STORY.record, STORY.named).decode()
    assert not re.search(r"""(?:src|href)\s*=|https?://|@import|\bimport\s*\(|^\s*import\b""", html, re.MULTILINE)
    assert "default-src 'none'" in html
