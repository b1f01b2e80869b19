// What the reader sees and does: the steps with their marks, files dropped in, one entity looked up. Texts only, never markup.

const MARKS = { ok: "✓", failed: "✗", unchecked: "－" };
const SAID = { ok: "相符", failed: "不符", unchecked: "未检查" };
const STATES = { open: "已公告，等待掷骰", withdrawn: "已撤回", lapsed: "未成（到期掷骰不足）", lost: "密码遗失", drawn: "已抽取", closed: "已完成" };
const RECORD_BYTES = 32 * 2 ** 20;
const ROWS_SHOWN = 500;

// What each step looks at, for someone who sees it the first time.
const MEANT = [
  [/^记录格式$/, "记录的每一项都在、类型正确，没有多余或重复的内容。"],
  [/^公告摘要$/, "把公告全文重新计算 SHA-256 摘要。公告里写定了名录、数量和链头，改一个字摘要就不同。"],
  [/^群里公布的摘要$/, "您粘贴的摘要，都应当是这份记录里的公告或抽取的摘要。"],
  [/^文件 /, "文件的摘要应当与掷骰之前公告的相同，逐行格式正确、没有重复。"],
  [/^类别与抽取数量$/, "每一类有多少户、按比例应当抽多少户，从 pool.tsv 重新数一遍。"],
  [/^每户都派得出人$/, "公告之前就应当保证：不论抽到谁，都有足够的、不需回避的人去。"],
  [/^密码链$/, "密码在掷骰之前就定下了：把第 k 个密码连续散列 k 次，应当得到公告里的链头。"],
  [/^掷骰或号码$/, "只计最先满足次数和见证人数的掷骰，按规定写成一串，就是公开的随机数。"],
  [/^抽取结果$/, "由密码和随机数算出每一户的位置，每类取位置最小的若干户，再与公布的结果逐户比对。"],
  [/^其他名单$/, "专家等名单用同一把钥匙抽取，重新算一遍。"],
  [/^随机匹配$/, "谁去查谁也由同一把钥匙决定，重新匹配一遍，与公布的检查组逐行比对。"],
  [/^匹配约束与均衡$/, "另用一种方法检查：人数、单位、专长、回避都符合，并且没有更均衡的派法。"],
  [/^第 \d+ 次递补$/, "有人回避、不能去或检查对象不在了，递补同样先公告、再掷骰，重新算一遍。"],
  [/^失效的递补公告$/, "到截止时间掷骰不够的递补公告也留在记录里：编号不能跳，掷骰确实不够，前一份没有到期就没有再公告。"],
  [/^公开版$/, "公开的名单、各类的分界位置、检查组的编号，应当与抽取结果一致。"],
];

const $ = (id) => document.getElementById(id);

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const stratumName = (name, strata) => (name !== "*" ? name : strata?.length > 1 ? "其余" : "全部");
const fileSize = (size) => (size < 2 ** 20 ? `${Math.max(1, Math.ceil(size / 1024))} KB` : `${(size / 2 ** 20).toFixed(1)} MB`);
const moment = (text) => text.slice(0, 16).replace("T", " ");

const page = {
  text: null, // the record as text, or a File
  files: new Map(),
  embedded: {}, // name -> {size, base64 or null}
  posted: [],
  dropped: new Set(),
  unknown: [],
  current: null,
  turn: 0,
};

function fromBase64(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

/** A 统一社会信用代码 in its one form: full width becomes ASCII, no blanks, capitals. */
const plainCode = (text) => text.normalize("NFKC").replace(/[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/gu, "").toUpperCase();

/** Why an 18-character code cannot be one (GB 32100-2015); null if it can. */
function creditFault(code) {
  const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  if (code.length !== 18) return null;
  let sum = 0, weight = 1;
  for (const character of code.slice(0, 17)) {
    const value = alphabet.indexOf(character);
    if (value < 0) return `代码里不应当有“${character}”，请对照营业执照核对。`;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return alphabet[(31 - (sum % 31)) % 31] === code[17] ? null : "这个代码的校验码不对，可能抄错了一位，请对照营业执照核对。";
}

/** Everything about one entity: a list of [sentence, kind], kind "yes", "no", "warn" or "". */
async function explain(verification, typed) {
  const said = [], say = (text, kind = "") => said.push([text, kind]);
  if (!verification.record) return [["记录没有通过格式检查，无法查询。", "warn"]];
  if (!verification.draws.length) return [["这份记录还没有抽取结果，位置要等密码公布以后才能计算。", "warn"]];
  const labels = [...new Set([plainCode(typed), typed.trim().normalize("NFC")])].filter((label) => labelFault(label) === null);
  if (!labels.length) return [["请输入统一社会信用代码，或名录库里的编号。", "warn"]];
  const failed = verification.checks.filter((check) => check.result === "failed");
  if (failed.length) say(`这份记录有 ${failed.length} 项不符（首先是“${failed[0].name}”），下面的结果不作数。`, "warn");
  const key = await verification.key(), { record } = verification;
  const place = (label) => positionsOf(key, [label])[0].position;
  const order = (label) => (verification.drawn ?? verification.selected ?? []).findIndex((row) => row.label === label);
  const pool = verification.sound.get("pool.tsv");
  let label = labels[0], stratum = null;
  if (pool) {
    const wanted = labels.map((each) => bytes(each));
    await pool.scan((buffer, from, tab, to, of) => {
      wanted.forEach((own, i) => {
        if (own.length === tab - from && !compareBytes(own, buffer.subarray(from, tab))) { label = labels[i]; stratum = of; }
      });
    });
  } else {
    label = labels.find((each) => order(each) >= 0) ?? label;
  }
  const position = place(label), at = order(label);
  if (pool && stratum !== null) {
    const entry = verification.announced.strata.find((each) => each.name === stratum);
    const expand = expander(key), mine = position;
    let before = 0, size = 0;
    const first = parseInt(mine.slice(0, 8), 16);
    await pool.scan((buffer, from, tab, to, of) => {
      if (of !== stratum) return;
      size++;
      const words = expand(buffer, from, tab), high = words[0] >>> 0;
      if (high < first || (high === first && hexOfWords(words) < mine)) before++;
    });
    const quota = entry ? quotaOf(entry, size) : 0, drawn = before < quota;
    say(`“${label}”在抽取范围内，属于类别“${stratumName(stratum, verification.announced.strata)}”：这一类共 ${size} 户，应当抽取 ${quota} 户。`);
    say(`它的位置是 ${position}，在这一类里由小到大排第 ${before + 1}。`);
    const last = (verification.selected ?? []).filter((row) => row.stratum === stratum).at(-1);
    if (last) say(`这一类的分界位置（最后抽中的一户）是 ${last.position}。`);
    say(drawn ? `排在前 ${quota} 名以内，所以抽中。` : `没有排进前 ${quota} 名，所以没有抽中。`, drawn ? "yes" : "no");
    if (drawn && at >= 0) say(`它的抽取顺序是第 ${at + 1}。`);
    if (drawn !== at >= 0) say("这与公布的抽取结果不一致，请向发布单位询问。", "warn");
  } else if (pool) {
    say(`“${label}”不在这次的抽取范围里（pool.tsv 里没有它），所以不会被抽中。`, "no");
    const reason = (verification.sound.get("excluded.tsv") ?? []).find(([entity]) => entity === label)?.[1];
    if (reason) say(`它被列在 excluded.tsv 里，没有列入的原因是：${reason}。`);
    else if (!verification.sound.has("excluded.tsv")) say("没有列入的原因在 excluded.tsv 里，这里没有核对无误的这份文件。");
    const fault = creditFault(label);
    if (fault) say(fault, "warn");
  } else {
    say(`“${label}”的位置是 ${position}。`);
    if (at >= 0) say(`它在公布的抽取结果里，抽取顺序第 ${at + 1}，所以抽中。`, "yes");
    else if (verification.drawn ?? verification.selected) say("它不在公布的抽取结果里，没有抽中。", "no");
    say("这里没有核对无误的 pool.tsv，看不出它属于哪一类、是否在抽取范围内。下面按每一类分别比较：位置不大于分界位置的抽中。");
    const below = [];
    for (const { name, position: cutoff } of record.public?.cutoffs ?? []) {
      const inside = position <= cutoff;
      if (inside) below.push(name);
      say(`类别“${stratumName(name, verification.announced?.strata)}”的分界位置是 ${cutoff}：如果属于这一类，应当${inside ? "抽中" : "没有抽中"}。`);
    }
    if (at < 0 && below.length && below.length === (record.public?.cutoffs ?? []).length) {
      say("按位置，不论属于哪一类都应当抽中。如果它在抽取范围内，请向发布单位询问。", "warn");
    }
    const fault = creditFault(label);
    if (fault) say(fault, "warn");
  }
  for (const entry of verification.draws.slice(1)) {
    for (const change of entry.changes ?? []) {
      if (!("stratum" in change)) continue;
      if (change.out === label) say(`第 ${entry.k} 次递补：它不在了（${entry.notice.explanation}），${change.in ? `由“${change.in}”代替` : "没有可以代替的检查对象"}。`);
      if (change.in === label) say(`第 ${entry.k} 次递补：它代替“${change.out}”被抽中。`, "yes");
    }
  }
  if (verification.isPublic && verification.draws.length > 1) say("抽取之后还有递补，公开版里只有它们的摘要。");
  return said;
}

/** What every reader must know first: rehearsal, dice of the operator's own, a simulated clock, throws waived. */
function warnings(record) {
  const { announcement: announced, draws = [] } = record, found = [];
  if (announced.mode === "rehearsal") found.push("这是演练，不是正式抽取。");
  if (announced.randomness.kind === "local-dice") {
    found.push("骰子由运营者自己的机器掷出（local-dice）。这样的结果可以重新计算，但不能证明运营者没有挑选点数。");
  }
  if (announced.clock) found.push("时钟是模拟的，记录里的时间不是真实时间。");
  if (announced.randomness.kind === "hand") found.push("骰子在现场由人掷出，点数由一人录入、另一人确认；点数是否属实，在场的人才知道。");
  if (draws.some((entry) => "waived" in entry)) found.push("有递补没有重新掷骰，运营者能够预知其结果（operator could foresee）。");
  return found;
}

/** The public randomness in words, and where numbers were entered, by whom. */
function source(rule, sources) {
  const by = sources?.length ? `，${sources[0].entered_by}录入，${sources[0].confirmed_by}确认` : "";
  if (rule.kind === "lottery") return `公开彩票“${rule.game}”第 ${rule.issue} 期的开奖号码${by}。开奖号码可以自行查询`;
  if (rule.kind === "hand") return `现场掷 ${rule.dice.slice(1)} 面骰子 ${rule.count} 次${by}`;
  return `见证人掷 ${rule.emoji}，不少于 ${rule.min_bits} 比特、${rule.min_witnesses} 位见证人`;
}

function facts(verification) {
  const { announced, record } = verification, { task } = announced;
  const rows = [
    ["任务", `${task.name}（计划 ${task.plan_no}，任务 ${task.task_no}，第 ${task.batch} 批）`],
    ["公告", `第 ${announced.serial} 号，第 ${announced.attempt} 次，${moment(announced.announced_at)} 由${announced.announced_by}发布`],
    ["状态", STATES[record.state] + (verification.isPublic ? "，公开版" : "")],
    ["抽取", announced.strata.map((entry) => `${stratumName(entry.name, announced.strata)} ${entry.size} 户抽 ${entry.quota} 户`).join("；")],
    ["随机数来源", source(announced.randomness, record.randomness?.sources)],
    [["lottery", "hand"].includes(announced.randomness.kind) ? "录入截止" : "掷骰截止", moment(announced.deadline)],
  ];
  if (verification.draws.length) rows.push(["抽取时间", moment(verification.draws[0].drawn_at)]);
  rows.push(["公告摘要", record.announcement_sha256], ["链头", announced.chain.head]);
  const code = verification.draws[0]?.code ?? record.code;
  if (code) rows.push(["公布的密码", code]);
  if (record.randomness) rows.push(["公开的随机数", record.randomness.value]);
  if (verification.prk) rows.push(["由两者得到的钥匙", verification.prk]);
  return rows;
}

function show(verification) {
  const { checks, record } = verification;
  const failed = checks.some((check) => check.result === "failed"), open = checks.some((check) => check.result === "unchecked");
  $("summary").className = failed ? "failed" : open ? "unchecked" : "ok";
  $("verdict").textContent = record || failed ? summary(checks) : "没有核验：没有可以读取的记录。";
  const also = [];
  if (record?.public && open) also.push("公开版不带检查人员名单等文件，标 － 的各项由监督的人用全部文件复核。");
  if (record && !record.draws?.length) also.push("这份公告没有抽取结果。");
  else if (record && !page.posted.length) {
    also.push("这一行只说明记录前后一致。还请把群里当场公布的摘要粘贴到下面比对：从头伪造的记录也能自己前后一致。");
  }
  $("also").textContent = also.join("");
  $("warnings").replaceChildren(...(record ? warnings(record) : []).map((text) => node("p", {}, text)));
  $("facts").replaceChildren(...(record ? facts(verification) : []).flatMap(([term, value]) => [node("dt", {}, term), node("dd", {}, value)]));
  $("checks").replaceChildren(...checks.map(({ name, result, detail }) => node(
    "li", { class: result },
    node("span", { class: "mark", role: "img", "aria-label": SAID[result] }, MARKS[result]),
    node("div", {}, node("h3", {}, name), node("p", { class: "detail" }, detail), node("p", { class: "meant" }, MEANT.find(([of]) => of.test(name))?.[1] ?? "")),
  )));
  const rows = verification.drawn ?? verification.selected ?? [];
  $("drawn").hidden = !rows.length;
  $("drawn-count").textContent = rows.length > ROWS_SHOWN ? `抽取顺序（共 ${rows.length} 户，列出前 ${ROWS_SHOWN} 户）` : `抽取顺序（${rows.length} 户）`;
  $("drawn-rows").replaceChildren(...rows.slice(0, ROWS_SHOWN).map((row, i) => node(
    "tr", {}, node("td", {}, String(i + 1)), node("td", {}, row.label), node("td", {}, row.stratum === undefined ? "" : stratumName(row.stratum, verification.announced?.strata)),
    node("td", { class: "hex" }, row.position),
  )));
  const { witness } = verification;
  $("engine").textContent = !witness ? "" : witness.subtle
    ? `计算用的是网页里的 SHA-256，其中 ${witness.asked} 次由浏览器自带的 WebCrypto 同时算出，结果相同。`
    : "这个浏览器打开本地文件时不提供 WebCrypto，计算用的是网页里的 SHA-256，已用公开的标准答案检验。";
}

/** The files that the record names, and whether they are here. */
function showFiles() {
  const record = page.current?.record;
  const names = new Set([...page.files.keys()]);
  if (record) {
    const shown = record.public;
    const full = [...NAMES, ...(record.announcement.lists ?? []).map((listed) => listFile(listed.name))];
    const results = ["selected.tsv", "teams.tsv", ...(record.draws?.[0]?.lists ?? []).map((listed) => listResultFile(listed.name))];
    const made = record.draws?.length ? results : [];
    const wanted = !shown ? [...full, ...made] : "selected" in shown ? ["selected.public.tsv", "teams.public.tsv"] : ["pool.tsv", "selected.tsv", "teams.public.tsv"];
    wanted.forEach((name) => names.add(name));
  }
  $("files").replaceChildren(...[...names].map((name) => {
    const source = page.files.get(name), large = page.embedded[name] && page.embedded[name].base64 === null;
    const where = source ? `${page.dropped.has(name) ? "您放入的" : "在网页里"}，${fileSize(source.size)}`
      : large ? `没有放进网页（${fileSize(page.embedded[name].size)}），请放入这个文件` : "没有，可以放入";
    return node("li", { class: source ? "here" : "missing" }, node("b", {}, name), `　${where}`);
  }), ...page.unknown.map((text) => node("li", { class: "missing" }, text)));
}

async function run() {
  const turn = ++page.turn;
  const say = (doing, share) => {
    if (turn !== page.turn) throw new Error("另一次核验已经开始");
    $("doing").textContent = `正在核验：${doing} ${Math.floor(100 * share)}%`;
    $("progress").value = share;
  };
  $("working").hidden = false;
  $("summary").className = "";
  $("verdict").textContent = "正在核验……";
  $("also").textContent = "";
  let verification;
  try {
    const witness = new Witness(globalThis.crypto?.subtle);
    await selfTest(witness);
    let text = page.text;
    if (text === null) throw new Lacking("网页里没有记录，请放入 record.json。");
    if (text instanceof Blob) {
      if (text.size > RECORD_BYTES) throw new Lacking(`${text.name} 有 ${fileSize(text.size)}，不像是抽取记录，没有读取。请放入 record.json。`);
      text = new Uint8Array(await text.arrayBuffer());
    }
    verification = await verify(text, page.files, page.posted, { witness, say });
    if (verification.record && verification.draws.length) verification.prk = hex(await verification.key());
  } catch (error) {
    const detail = error instanceof Wrong || error instanceof Lacking ? error.message : `网页出错，没有核验：${error.name}: ${error.message}`;
    verification = { checks: [{ name: "记录格式", result: error instanceof Wrong ? "failed" : "unchecked", detail }], record: null };
  }
  if (turn !== page.turn) return;
  page.current = verification;
  show(verification);
  showFiles();
  $("working").hidden = true;
  $("found").replaceChildren();
  document.body.dataset.done = String(turn);
}

/** Take files that the reader dropped or chose: a .json is the record, .tsv files by their names. */
function take(list) {
  const known = /^(?:pool|inspectors|demands|recusals|excluded|selected|teams|selected\.public|teams\.public|list\.[a-z0-9-]+(?:\.selected)?)\.tsv$/;
  page.unknown = [];
  for (const file of list) {
    const name = file.name.replace(/ ?\(\d+\)(?=\.[a-z]+$)/, "");
    if (/\.json$/i.test(name)) {
      page.text = file;
      page.files = new Map([...page.files].filter(([each]) => page.dropped.has(each)));
      page.embedded = {};
      $("which").textContent = `现在核验的是您放入的 ${file.name}。`;
    } else if (known.test(name)) {
      page.files.set(name, Object.assign(Source.ofFile(file), { name }));
      page.dropped.add(name);
    } else {
      page.unknown.push(/\.zip$/i.test(name) ? `${file.name}：请先解压，再放入里面的文件。` : `${file.name}：不是抽取记录的文件，没有使用。`);
    }
  }
  return run();
}

async function lookUp(event) {
  event.preventDefault();
  const typed = $("code").value, verification = page.current;
  const put = (...said) => $("found").replaceChildren(...said.map(([text, kind]) => node("p", kind ? { class: kind } : {}, text)));
  if (!verification || !$("working").hidden) {
    put(["核验还没有做完，请稍候。", "warn"]);
  } else if (!typed.trim()) {
    put(["请输入统一社会信用代码，或名录库里的编号。", "warn"]);
  } else {
    put(["正在查找……", ""]);
    try {
      put([`查询：${typed.trim()}`, "asked"], ...await explain(verification, typed));
    } catch (error) {
      put([`没有查成：${error.message}`, "warn"]);
    }
  }
  $("found").dataset.asked = typed;
}

function compareDigests(event) {
  event.preventDefault();
  const found = $("posted").value.match(/(?:[0-9a-fA-F][\s]*){64}/g) ?? [];
  page.posted = found.map((text) => text.replace(/\s/g, "").toLowerCase());
  $("posted-said").textContent = page.posted.length ? `找到 ${page.posted.length} 个摘要。` : "没有找到 64 位十六进制的摘要，请从群消息里完整复制。";
  return run();
}

function start() {
  try {
    page.text = $("record").textContent;
    page.embedded = JSON.parse($("embedded").textContent);
    for (const [name, { base64 }] of Object.entries(page.embedded)) {
      if (base64 !== null) page.files.set(name, Source.ofBytes(name, fromBase64(base64)));
    }
  } catch (error) {
    page.text = null;
    $("which").textContent = `网页里的记录读不出来（${error.message}），请放入 record.json。`;
  }
  $("chooser").addEventListener("change", () => { const chosen = [...$("chooser").files]; $("chooser").value = ""; take(chosen); });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); document.body.classList.add("dragging"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  });
  $("look-up").addEventListener("submit", lookUp);
  $("compare").addEventListener("submit", compareDigests);
  return run();
}

globalThis.qiantong = Object.freeze({
  sha256, hmac, hex, unhex, bytes, expander, readJson, canonical, digestOf, compare, labelFault, quotaOf, encodedSources, randomnessOf,
  countingThrows, positionsOf, hashed, select, match, demand, pair, optimal, constraintFault, manning, substitute, verify, summary, explain,
  Source, Pool, Pace, Witness, Wrong, Lacking, Teams, grouped, hexOfWords,
});
start();
