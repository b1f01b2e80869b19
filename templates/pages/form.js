// What the protocol's texts and objects look like: labels, strict JSON, canonical JSON, the form of a record (§§1, 3, 7, 8).

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const bytes = (text) => encoder.encode(text);

/** A check fails: the message is one Chinese sentence. */
class Wrong extends Error {}
/** A check cannot be made: the message says what it lacks. */
class Lacking extends Error {}

/** Order of UTF-8 bytes, which is that of code points and not that of JavaScript's 16-bit units. */
function compare(a, b) {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) { // surrogates stand for what lies above U+FFFF
      x += x < 0xe000 ? 0x2000 : -0x800;
      y += y < 0xe000 ? 0x2000 : -0x800;
    }
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

function compareRows(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const found = compare(a[i], b[i]);
    if (found) return found;
  }
  return a.length - b.length;
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** null if `text` is a label by §1, else the reason why not. */
function labelFault(text) {
  if (text === "") return "是空的";
  if ("#=@".includes(text[0])) return `不能以“${text[0]}”开头`;
  if (HIDDEN.test(text)) return "含有看不见的字符（换行、制表符、零宽字符等）";
  if (text !== text.trim()) return "首尾有空格";
  if (text.normalize("NFC") !== text) return "字符没有按 Unicode NFC 规范化";
  return bytes(text).length <= 128 ? null : "超过 128 个字节";
}

/** Read JSON as the protocol allows it; throws Wrong for a doubled key, NaN, a fraction, a lone surrogate, deep nesting. */
function readJson(text) {
  let at = 0, deep = false, lone = false;
  const not = () => new Wrong("不是 JSON 格式。");
  const space = () => { while (at < text.length && " \t\n\r".includes(text[at])) at++; };
  const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  const plain = /[^"\\\u0000-\u001f]*/y;

  function string() {
    let found = "";
    for (at++; ;) {
      plain.lastIndex = at;
      const run = plain.exec(text)[0];
      found += run;
      at += run.length;
      if (text[at] === '"') { at++; break; }
      if (text[at] !== "\\") throw not();
      const escape = text[at + 1];
      const short = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[escape];
      if (short !== undefined) { found += short; at += 2; continue; }
      const code = text.substr(at + 2, 4);
      if (escape !== "u" || !/^[0-9a-fA-F]{4}$/.test(code)) throw not();
      found += String.fromCharCode(parseInt(code, 16));
      at += 6;
    }
    if (/\p{Cs}/u.test(found)) lone = true;
    return found;
  }

  function value(depth) {
    if (depth > 16) deep = true;
    if (depth > 900) throw new Wrong("嵌套层数过多。");
    space();
    const first = text[at];
    if (first === '"') return string();
    if (first === "{") {
      const made = Object.create(null);
      let doubled = null;
      at++;
      space();
      if (text[at] === "}") { at++; return made; }
      for (; ;) {
        space();
        if (text[at] !== '"') throw not();
        const key = string();
        space();
        if (text[at++] !== ":") throw not();
        const item = value(depth + 1);
        if (key in made && doubled === null) doubled = key;
        made[key] = item;
        space();
        if (text[at] === ",") { at++; continue; }
        if (text[at++] !== "}") throw not();
        if (doubled !== null) throw new Wrong(`“${[...doubled].slice(0, 40).join("")}”出现了两次。`);
        return made;
      }
    }
    if (first === "[") {
      const made = [];
      at++;
      space();
      if (text[at] === "]") { at++; return made; }
      for (; ;) {
        made.push(value(depth + 1));
        space();
        if (text[at] === ",") { at++; continue; }
        if (text[at++] !== "]") throw not();
        return made;
      }
    }
    for (const [word, meant] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) { at += word.length; return meant; }
    }
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (text.startsWith(word, at)) throw new Wrong(`数值“${word}”不是整数。`);
    }
    number.lastIndex = at;
    const found = number.exec(text);
    if (!found) throw not();
    at += found[0].length;
    if (found[1] || found[2]) throw new Wrong(`数值“${found[0].slice(0, 40)}”不是整数。`);
    if (found[0].length > 19) throw new Wrong("有一个数值过大。");
    const read = Number(found[0]) + 0; // + 0 makes -0 a plain 0
    return Number.isSafeInteger(read) ? read : BigInt(found[0]);
  }

  const made = value(0);
  space();
  if (at !== text.length) throw not();
  if (deep) throw new Wrong("嵌套层数过多。");
  if (lone) throw new Wrong("含有不成对的代理字符。");
  return made;
}

/** Canonical JSON (§1) of what readJson read. */
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value !== null && typeof value === "object") {
    return "{" + Object.keys(value).sort(compare).map((key) => JSON.stringify(key) + ":" + canonical(value[key])).join(",") + "}";
  }
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

const digestOf = (value) => hex(sha256(bytes(canonical(value))));

// Forms: each takes a value and where it stands and returns what is wrong with it, in Chinese sentences.

const quoted = (text) => [...String(text)].slice(0, 40).join("");
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const anything = () => [];

function aText(value, at) {
  if (typeof value !== "string") return [`${at} 应当是文字。`];
  return [...value].length > 2000 || /[\p{Cc}\p{Cs}]/u.test(value) ? [`${at} 过长或含有控制字符。`] : [];
}

function aLabel(value, at) {
  if (typeof value !== "string") return [`${at} 应当是文字。`];
  const reason = labelFault(value);
  return reason === null ? [] : [`${at} ${reason}。`];
}

const fixed = (...words) => (value, at) => (words.includes(value) ? [] : [`${at} 应当是 ${words.join(" 或 ")}。`]);

const MOST = Number.MAX_SAFE_INTEGER;
const number = (low, high = MOST) => (value, at) => {
  if (typeof value === "number" && value >= low && value <= high) return [];
  return [high < MOST ? `${at} 应当是 ${low} 到 ${high} 之间的整数。` : `${at} 应当是不小于 ${low} 的整数。`];
};

const matching = (pattern, words) => (value, at) => (
  typeof value === "string" && new RegExp(`^(?:${pattern})$`).test(value) ? [] : [`${at} 应当是${words}。`]
);
const hex32 = matching("[0-9a-f]{64}", " 64 位小写十六进制");

function dayExists(text) {
  const [year, month, day] = text.split("-").map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

function aDay(value, at) {
  const good = typeof value === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) && dayExists(value);
  return good ? [] : [`${at} 应当是“2026-03-01”这样的日期。`];
}

function aTime(value, at) {
  const good = typeof value === "string"
    && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\+08:00$/.test(value) && dayExists(value.slice(0, 10));
  return good ? [] : [`${at} 应当是“2026-03-01T09:00:00+08:00”这样的时间。`];
}

const array = (of, atLeast = 0) => (value, at) => {
  if (!Array.isArray(value)) return [`${at} 应当是数组。`];
  const few = value.length < atLeast ? [`${at} 至少应当有 ${atLeast} 项。`] : [];
  return few.concat(value.flatMap((item, i) => of(item, `${at}[${i}]`)));
};

const fields = (required, optional = {}) => (value, at) => {
  if (!isObject(value)) return [`${at} 应当是对象。`];
  const known = { __proto__: null, ...required, ...optional };
  const found = Object.keys(required).filter((key) => !(key in value)).map((key) => `${at} 缺少“${key}”。`);
  return found.concat(Object.keys(value).flatMap((key) => (
    key in known ? known[key](value[key], `${at}.${key}`) : [`${at} 有不认识的“${quoted(key)}”。`]
  )));
};

const byKey = (name, forms) => (value, at) => {
  if (!isObject(value)) return [`${at} 应当是对象。`];
  const kind = value[name];
  if (typeof kind !== "string" || !Object.hasOwn(forms, kind)) return [`${at}.${name} 应当是 ${Object.keys(forms).join(" 或 ")}。`];
  return forms[kind](value, at);
};

const orEmpty = (of) => (value, at) => (value === "" ? [] : of(value, at));
const either = (ofEntity, ofPerson) => (value, at) => (isObject(value) && "stratum" in value ? ofEntity : ofPerson)(value, at);

const PROTOCOL = "qiantong-draw/1";
const WAIVED = "operator could foresee";
const NAMES = ["pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv", "excluded.tsv"];
const SIDES = { "🎰": 64, "🎲": 6 };
const NO_PREVIOUS = "0".repeat(64);
const LIST_NAME = "[a-z][a-z0-9-]{0,39}";

function randomnessForm(bits, waivable) {
  const dice = fields({
    kind: fixed("dice", "local-dice"), emoji: fixed(...Object.keys(SIDES)), min_bits: number(bits, 256), min_witnesses: number(1, 100),
  });
  const forms = {
    dice,
    "local-dice": dice,
    hand: fields({ kind: fixed("hand"), dice: matching("d([2-9]|[1-9][0-9]|100)", "“d6”这样的骰子"), count: number(1, 1000) }),
    lottery: fields({ kind: fixed("lottery"), game: aLabel, issue: aLabel }),
  };
  if (waivable) forms.waived = fields({ kind: fixed("waived") });
  return byKey("kind", forms);
}

const FRACTION = "[1-9][0-9]{0,17}";
const announcementForm = fields({
  protocol: fixed(PROTOCOL), match: fixed("match/1"), mode: fixed("bot", "rehearsal"), chat: fixed("telegram", "local"),
  serial: number(1), previous: hex32,
  task: fields({ plan_no: aText, task_no: aText, name: aText, batch: number(1) }),
  attempt: number(1), as_of: aDay, announced_by: aLabel, announced_at: aTime, deadline: aTime, reveal_by: aTime,
  files: fields(Object.fromEntries(NAMES.map((name) => [name, hex32]))),
  strata: array(fields(
    { name: aLabel, size: number(0), quota: number(0) },
    { ratio: matching(`${FRACTION}/${FRACTION}`, "“1/20”这样的分数"), count: number(1) },
  ), 1),
  randomness: randomnessForm(24, false),
  chain: fields({ head: hex32, length: number(2, 4096) }),
}, {
  lists: array(fields({ name: matching(LIST_NAME, "小写字母开头的英文名称"), file: hex32, size: number(1), quota: number(1) })),
  clock: fixed("simulated"),
});
const throwsForm = array(fields({ by: aLabel, message: number(0), value: number(1, 64), at: aTime }));
const sourcesForm = array(fields({ numbers: array(number(0), 1), entered_by: aLabel, confirmed_by: aLabel }));
const countForm = fields({ count: number(0), sha256: hex32 });
const firstForm = fields({
  k: number(1, 1), code: hex32, reason: fixed("draw"), drawn_at: aTime, throws_sha256: hex32, selected: countForm, teams: countForm,
}, { lists: array(fields({ name: matching(LIST_NAME, "名单名称"), count: number(1), sha256: hex32 }), 1) });
const noticeForm = fields({
  protocol: fixed(PROTOCOL), announcement: hex32, k: number(2, 4096), previous: hex32, reason: fixed("recusal", "unable", "gone"),
  explanation: aText, approved_by: aLabel, announced_by: aLabel, announced_at: aTime, deadline: aTime,
  places: array(either(
    fields({ entity: aLabel, stratum: aLabel, eligible: number(0) }),
    fields({ entity: aLabel, unit: aLabel, out: aLabel, eligible: array(aLabel) }),
  ), 1),
  away: array(aLabel),
  recusals: array(fields({ entity: aLabel, inspector: aLabel, reason: aLabel })),
  addenda: array(hex32), randomness: randomnessForm(12, true), salt: hex32,
}, { attempt: number(2, 1000) });
const addendumForm = fields({
  protocol: fixed(PROTOCOL), announcement: hex32, k: number(2, 4096),
  people: array(fields({ label: aLabel, unit: aLabel, tags: array(aLabel), from: aLabel }), 1),
  reason: aText, approved_by: aLabel, announced_by: aLabel, announced_at: aTime, salt: hex32,
});
const changesForm = array(either(
  fields({ stratum: aLabel, out: aLabel, in: orEmpty(aLabel), position: orEmpty(hex32) }),
  fields({ entity: aLabel, unit: aLabel, out: orEmpty(aLabel), in: aLabel }),
));
const eventKeys = {
  k: number(2, 4096), code: hex32, reason: fixed("recusal", "unable", "gone"), notice_sha256: hex32, throws_sha256: hex32, previous: hex32,
};
const eventForm = fields(
  { ...eventKeys, notice: noticeForm, changes: changesForm },
  { waived: fixed(WAIVED), throws: throwsForm, sources: sourcesForm, addenda: array(addendumForm, 1) },
);
const publicEventForm = fields(
  { ...eventKeys, changes_sha256: hex32, sha256: hex32 },
  { waived: fixed(WAIVED), attempt: number(2, 1000), addenda_sha256: array(hex32, 1) },
);
const lapsedKeys = { k: number(2, 4096), notice_sha256: hex32 };
const lapsedForm = fields({ ...lapsedKeys, notice: noticeForm, throws: throwsForm, throws_sha256: hex32 }, { addenda: array(addendumForm, 1) });
const publicLapsedForm = fields({ ...lapsedKeys, attempt: number(1, 1000) }, { addenda_sha256: array(hex32, 1) });

function recordForm(isPublic) {
  const optional = {
    randomness: fields({ value: aText }, { throws: throwsForm, sources: sourcesForm }),
    draws: array(anything, 1), lapsed: array(anything, 1), code: hex32, secret: hex32,
  };
  if (isPublic) {
    optional.public = fields(
      { cutoffs: array(fields({ name: aLabel, position: hex32 })), teams: countForm }, { selected: countForm },
    );
  }
  return fields({
    protocol: fixed(PROTOCOL), announcement: anything, announcement_sha256: hex32,
    state: fixed("open", "withdrawn", "lapsed", "lost", "drawn", "closed"),
  }, optional);
}

/** How many a stratum of `size` gives (§1); throws Wrong for a ratio above 1. */
function quotaOf(stratum, size) {
  if (!("ratio" in stratum)) return Math.min(stratum.count, size);
  const [p, q] = stratum.ratio.split("/").map(BigInt);
  if (p > q) throw new Wrong(`比例“${stratum.ratio}”应当大于 0 且不超过 100%。`);
  return Number((p * BigInt(size) + q - 1n) / q);
}

const handEnough = (rule, bits) => BigInt(rule.dice.slice(1)) ** BigInt(rule.count) >= 2n ** BigInt(bits);

function announcementFaults(announced) {
  const found = announcementForm(announced, "announcement");
  if (found.length) return found;
  if (!(announced.announced_at < announced.deadline && announced.deadline <= announced.reveal_by)) {
    found.push("公告时间、截止时间、公布密码的时间应当依次向后。");
  }
  if ((announced.serial === 1) !== (announced.previous === NO_PREVIOUS)) {
    found.push("第 1 号公告的 previous 应当是 64 个 0，其余公告应当是前一号公告的摘要。");
  }
  for (const kind of ["strata", "lists"]) {
    const names = (announced[kind] ?? []).map((entry) => entry.name);
    if (new Set(names).size !== names.length) found.push(`announcement.${kind} 有重复的名称。`);
  }
  for (const entry of announced.strata) {
    if (("ratio" in entry) === ("count" in entry)) {
      found.push(`类别“${entry.name}”应当写比例或数量之一。`);
      continue;
    }
    try {
      const quota = quotaOf(entry, entry.size);
      if (quota !== entry.quota) found.push(`类别“${entry.name}”有 ${entry.size} 户，应当抽取 ${quota} 户，写的是 ${entry.quota} 户。`);
    } catch (error) {
      found.push(error.message);
    }
  }
  if (announced.strata.every((entry) => entry.quota === 0)) found.push("抽取总数是 0。");
  for (const entry of announced.lists ?? []) {
    if (entry.quota > entry.size) found.push(`名单“${entry.name}”的抽取人数超过了名单人数。`);
  }
  const rule = announced.randomness;
  if ((announced.chat === "local") !== (rule.kind === "local-dice") && ["dice", "local-dice"].includes(rule.kind)) {
    found.push("本地聊天的骰子应当写明 local-dice，其他聊天的骰子写 dice。");
  }
  if (rule.kind === "hand" && !handEnough(rule, 24)) found.push("规定的掷骰少于 24 比特。");
  return found;
}

function kindFaults(rule, holder, at) {
  const wanted = ["dice", "local-dice", "waived"].includes(rule.kind) ? "throws" : "sources";
  const other = wanted === "throws" ? "sources" : "throws";
  if (!(wanted in holder)) return [`${at} 缺少“${wanted}”。`];
  return other in holder ? [`${at} 不应有“${other}”。`] : [];
}

function noticeFaults(notice) {
  const found = [];
  if (notice.announced_at >= notice.deadline) found.push("notice.deadline 应当晚于 announced_at。");
  const rule = notice.randomness;
  if (rule.kind === "hand" && !handEnough(rule, 12)) found.push("notice.randomness 规定的掷骰少于 12 比特。");
  const gone = notice.places.filter((place) => "stratum" in place).length;
  if ((notice.reason === "gone") !== gone > 0 || ![0, notice.places.length].includes(gone)) {
    found.push("notice.places 与 reason 不符：一次递补只能有一个原因。");
  }
  return found;
}

/** What is wrong with a record's form; [] if every later check can rely on it. */
function recordFaults(record) {
  const isPublic = isObject(record) && "public" in record;
  let found = recordForm(isPublic)(record, "record");
  if (found.length) return found;
  found = announcementFaults(record.announcement);
  const draws = record.draws ?? [];
  draws.forEach((entry, at) => {
    found = found.concat((at === 0 ? firstForm : isPublic ? publicEventForm : eventForm)(entry, `draws[${at}]`));
    if (!found.length && entry.k !== at + 1) found.push(`draws[${at}].k 应当是 ${at + 1}。`);
    if (!found.length && at && !isPublic) {
      found.push(...noticeFaults(entry.notice));
      if (!found.length) {
        found.push(...kindFaults(entry.notice.randomness, entry, `draws[${at}]`));
        if ((entry.notice.randomness.kind === "waived") !== "waived" in entry) found.push(`draws[${at}].waived 与递补公告不符。`);
      }
    }
  });
  (record.lapsed ?? []).forEach((entry, at) => {
    found = found.concat((isPublic ? publicLapsedForm : lapsedForm)(entry, `lapsed[${at}]`));
    if (!found.length && !isPublic) {
      found.push(...noticeFaults(entry.notice));
      if (!found.length && !["dice", "local-dice"].includes(entry.notice.randomness.kind)) {
        found.push(`lapsed[${at}] 不是等待掷骰的递补公告。`);
      }
    }
  });
  if (found.length) return found;
  const state = record.state, drawn = state === "drawn" || state === "closed";
  if (drawn !== draws.length > 0) found.push(`状态是 ${state} 的记录${drawn ? "缺少" : "不应有"} draws。`);
  if (drawn && !("randomness" in record)) found.push(`状态是 ${state} 的记录缺少 randomness。`);
  if ((state === "open" || state === "withdrawn") && "randomness" in record) found.push(`状态是 ${state} 的记录不应有 randomness。`);
  if ((state === "lapsed") !== "code" in record) found.push("只有未成（lapsed）的公告才公布 code，而且应当公布。");
  if ((state === "closed") !== "secret" in record) found.push("只有已完成（closed）的记录才有 secret，而且应当有。");
  if ("lapsed" in record && !drawn) found.push(`状态是 ${state} 的记录不应有 lapsed。`);
  if (isPublic && !drawn) found.push("公开版只在抽取之后才有。");
  if ("randomness" in record) found.push(...kindFaults(record.announcement.randomness, record.randomness, "randomness"));
  return found;
}
