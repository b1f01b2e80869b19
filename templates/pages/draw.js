// Throws, positions and the selection (§§4, 5).

const encodedSources = (sources) => sources.map((numbers) => numbers.map((number) => `${number}.`).join("") + "/").join("");

/** The counting throws as the public randomness: one source per person, in order of first throw. */
function randomnessOf(throws) {
  const by = new Map();
  for (const each of [...throws].sort((a, b) => a.message - b.message)) {
    by.set(each.by, [...(by.get(each.by) ?? []), each.value]);
  }
  return encodedSources([...by.values()]);
}

/** The shortest prefix by message id with enough bits and witnesses; null if there is none. */
function countingThrows(throws, rule, announcer) {
  const prefix = [], witnesses = new Set();
  let outcomes = 1n;
  for (const each of [...throws].sort((a, b) => a.message - b.message)) {
    prefix.push(each);
    outcomes *= BigInt(SIDES[rule.emoji]);
    if (each.by !== announcer) witnesses.add(each.by);
    if (witnesses.size >= rule.min_witnesses && outcomes >= 2n ** BigInt(rule.min_bits)) return prefix;
  }
  return null;
}

/** What is wrong with the counting throws, or the numbers entered, of a draw or an event; null if nothing. */
function throwsFault(rule, holder, announcer, deadline, complete = true) {
  const throws = holder.throws ?? [], sources = holder.sources ?? [];
  if (rule.kind === "waived") return throws.length + sources.length ? "本次已声明不再掷骰，却有掷骰记录。" : null;
  if (rule.kind === "dice" || rule.kind === "local-dice") {
    for (const each of throws) {
      if (each.value > SIDES[rule.emoji]) return `消息 ${each.message} 的点数 ${each.value} 不是 ${rule.emoji} 的点数。`;
      if (each.at >= deadline) return `消息 ${each.message} 的掷骰不早于截止时间，不能计入。`;
    }
    if (throws.some((each, i) => i && throws[i - 1].message >= each.message)) return "掷骰没有按消息编号排列，或有重复的消息编号。";
    const counted = countingThrows(throws, rule, announcer);
    if (counted === null) return complete ? `掷骰不够：应当至少 ${rule.min_bits} 比特、${rule.min_witnesses} 位见证人。` : null;
    if (counted.length === throws.length) return null;
    return `只有前 ${counted.length} 次掷骰计入，记录里多出了 ${throws.length - counted.length} 次。`;
  }
  if (!sources.length) return complete ? "公告规定由两人录入号码，记录里没有这样的号码。" : null;
  for (const each of sources) {
    if (each.entered_by === each.confirmed_by) return `号码由“${each.entered_by}”录入，又由同一人确认，应当由另一人确认。`;
  }
  if (rule.kind === "lottery") {
    const wrong = sources.find((each) => each.numbers.some((number, i) => i && each.numbers[i - 1] > number));
    return wrong ? `号码 [${wrong.numbers.join(", ")}] 没有按从小到大排列。` : null;
  }
  const numbers = sources.flatMap((each) => each.numbers), sides = Number(rule.dice.slice(1));
  if (numbers.length !== rule.count && complete) return `公告规定掷 ${rule.count} 次，记录里有 ${numbers.length} 次。`;
  return numbers.some((number) => number < 1 || number > sides) ? `点数应当在 1 到 ${sides} 之间。` : null;
}

/** Hashed k times, the k-th code gives the head. */
function hashed(value, times) {
  for (let i = 0; i < times; i++) value = sha256(value);
  return value;
}

/** The first 32 bits under which, of n positions, the k lowest almost surely lie; Infinity to keep all. */
function threshold(n, k) {
  const wanted = k + 7 * Math.floor(Math.sqrt(k)) + 60;
  return wanted >= n ? Infinity : Math.ceil((wanted / n) * 2 ** 32);
}

const byPosition = (a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0);

/** Each stratum's quota in ascending order of position, all together in draw order (§5). */
async function select(key, pool, strata) {
  for (const all of [false, true]) {
    const expand = expander(key), kept = new Map();
    for (const { name, size, quota } of strata) kept.set(name, { quota, limit: all ? Infinity : threshold(size, quota), rows: [] });
    await pool.scan((buffer, from, tab, to, stratum) => {
      const own = kept.get(stratum), words = expand(buffer, from, tab);
      if (words[0] >>> 0 <= own.limit) own.rows.push({ position: hexOfWords(words), label: decoder.decode(buffer.subarray(from, tab)), stratum });
    });
    const groups = [...kept.values()];
    if (!all && groups.some(({ rows, quota, limit }) => rows.length < quota && limit !== Infinity)) continue;
    return groups.flatMap(({ rows, quota }) => rows.sort(byPosition).slice(0, quota)).sort(byPosition);
  }
}

function positionsOf(key, labels, ofList = null) {
  const expand = expander(key), prefix = ofList === null ? "" : `\t${ofList}\t`;
  return labels.map((label) => ({ position: hexOfWords(expand(bytes(prefix + label))), label }));
}

const lowest = (key, labels, k, ofList = null) => positionsOf(key, labels, ofList).sort(byPosition).slice(0, k);
