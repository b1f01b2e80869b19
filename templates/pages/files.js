// The plain text files of a draw (§2): read whole where they are small, line by line where they may be large.

const HOLD = 256 * 2 ** 20; // bytes of a file that is read whole; pool.tsv is streamed and has no limit
const LONGEST_LINE = 2 ** 16;
const SALT_LINE = /^# [0-9a-f]{64}$/;

/** Let the browser draw and listen when work has gone on for a while; `say` gets a share from 0 to 1. */
class Pace {
  constructor(say = () => {}) {
    this.say = say;
    this.since = performance.now();
  }

  async rest(share) {
    if (performance.now() - this.since < 40) return;
    this.say(share);
    await new Promise((resume) => { const channel = new MessageChannel(); channel.port1.onmessage = resume; channel.port2.postMessage(0); });
    this.since = performance.now();
  }
}

/** A file by name, in the page or dropped by the reader. */
class Source {
  constructor(name, size, chunks) {
    this.name = name;
    this.size = size;
    this.chunks = chunks; // () => async iterator of Uint8Array
  }

  static ofBytes(name, data) {
    return new Source(name, data.length, async function* () {
      for (let at = 0; at < data.length; at += 2 ** 18) yield data.subarray(at, at + 2 ** 18);
    });
  }

  static ofFile(file) {
    return new Source(file.name, file.size, async function* () {
      const reader = file.stream().getReader();
      for (; ;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    });
  }

  /** The digest, and the bytes where there are not too many. */
  async read(pace) {
    if (this.known) return this.known;
    const hash = new Sha256(), parts = [];
    let done = 0;
    for await (const chunk of this.chunks()) {
      for (let at = 0; at < chunk.length; at += 2 ** 18) {
        hash.update(chunk.subarray(at, at + 2 ** 18));
        await pace.rest((done + at) / this.size);
      }
      if (this.size <= HOLD) parts.push(chunk);
      done += chunk.length;
    }
    let data = null;
    if (this.size <= HOLD) {
      data = new Uint8Array(done);
      let at = 0;
      for (const part of parts) { data.set(part, at); at += part.length; }
    }
    this.known = { digest: hex(hash.digest()), data };
    return this.known;
  }
}

/** [line number, fields] of each line after the salt line; throws Wrong at the first that is not as §2 says. */
function* tableRows(data, width, name, inOrder = false) {
  let from = 0, previous = new Uint8Array(0);
  for (let at = 1; from < data.length || at === 1; at++) {
    const end = data.indexOf(10, from);
    if (at === 1) {
      const first = end < 0 ? "" : String.fromCharCode(...data.subarray(from, Math.min(end, from + 100)));
      if (!SALT_LINE.test(first)) throw new Wrong(`${name} 第 1 行应当是“# ”加 64 位小写十六进制的盐值。`);
      from = end + 1;
      continue;
    }
    if (end < 0) throw new Wrong(`${name} 第 ${at} 行末尾没有换行。`);
    const line = data.subarray(from, end);
    from = end + 1;
    if (!inOrder && compareBytes(line, previous) < 0) throw new Wrong(`${name} 第 ${at} 行没有按字节排序。`);
    previous = line;
    const parts = decoded(line, name, at).split("\t");
    if (parts.length !== width) throw new Wrong(`${name} 第 ${at} 行应当有 ${width} 栏，实际 ${parts.length} 栏。`);
    yield [at, parts];
  }
}

function compareBytes(a, b) {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

function decoded(line, name, at) {
  try {
    return decoder.decode(line);
  } catch {
    throw new Wrong(`${name} 第 ${at} 行不是 UTF-8 编码。`);
  }
}

function named(value, name, at) {
  const reason = labelFault(value);
  if (reason !== null) throw new Wrong(`${name} 第 ${at} 行的“${quoted(value)}”${reason}。`);
  return value;
}

function tagsOf(value, name, at) {
  const tags = value ? value.split(",") : [];
  tags.forEach((tag) => named(tag, name, at));
  if (tags.some((tag, i) => i && compare(tags[i - 1], tag) >= 0)) throw new Wrong(`${name} 第 ${at} 行的标签应当排序且不重复。`);
  return tags;
}

function positionText(value, name, at) {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new Wrong(`${name} 第 ${at} 行的位置应当是 64 位小写十六进制。`);
  return value;
}

function once(rows, key, name) {
  rows.forEach((row, i) => {
    if (i && key(rows[i - 1]) === key(row)) throw new Wrong(`${name} 第 ${i + 2} 行的“${key(row)}”重复。`);
  });
  return rows;
}

const READERS = {
  "inspectors.tsv": (data, name) => once([...tableRows(data, 3, name)].map(([at, [label, unit, tags]]) => (
    { label: named(label, name, at), unit: named(unit, name, at), tags: tagsOf(tags, name, at) })), (row) => row.label, name),
  "demands.tsv": (data, name) => [...tableRows(data, 4, name)].map(([at, [label, unit, count, tags]]) => {
    named(label.startsWith("=") ? label.slice(1) : label, name, at);
    if (!/^[1-9][0-9]{0,5}$/.test(count)) throw new Wrong(`${name} 第 ${at} 行的人数“${[...count].slice(0, 20).join("")}”应当是不小于 1 的整数。`);
    return demand(label, named(unit, name, at), Number(count), tagsOf(tags, name, at));
  }),
  "recusals.tsv": (data, name) => [...tableRows(data, 3, name)].map(([at, parts]) => parts.map((part) => named(part, name, at))),
  "excluded.tsv": (data, name) => once([...tableRows(data, 2, name)].map(([at, [entity, reason]]) => (
    [named(entity, name, at), named(reason, name, at)])), (row) => row[0], name),
};
const listRows = (data, name) => once([...tableRows(data, 1, name)].map(([at, [label]]) => named(label, name, at)), (row) => row, name);
const selectedRows = (data, name) => [...tableRows(data, 3, name, true)].map(([at, [position, label, stratum]]) => (
  { position: positionText(position, name, at), label: named(label, name, at), stratum: named(stratum, name, at) }));
const positionRows = (data, name) => [...tableRows(data, 2, name, true)].map(([at, [position, label]]) => (
  { position: positionText(position, name, at), label: named(label, name, at) }));
const teamRows = (data, name) => [...tableRows(data, 3, name, true)].map(([at, parts]) => parts.map((part) => named(part, name, at)));
const listFile = (name) => `list.${name}.tsv`;
const listResultFile = (name) => `list.${name}.selected.tsv`;

/** A pool.tsv that is gone through line by line, as often as needed, without being held. */
class Pool {
  constructor(source, pace) {
    this.source = source;
    this.pace = pace;
    this.strata = new Map(); // bytes of a stratum's name, as Latin-1 -> the name
  }

  /**
   * Every line's bytes: visit(buffer, from, tab, to, stratum, line number). `checked` looks at the form as well and gives the
   * digest: {digest, fault, rows}; else the form is taken to be right.
   */
  async scan(visit, checked = false) {
    const hash = checked ? new Sha256() : null, strata = this.strata, name = "pool.tsv";
    let carry = new Uint8Array(0), at = 1, done = 0, fault = null, before = null;

    const line = (buffer, from, to) => {
      if (at === 1) {
        if (!SALT_LINE.test(String.fromCharCode(...buffer.subarray(from, Math.min(to, from + 100))))) {
          throw new Wrong(`${name} 第 1 行应当是“# ”加 64 位小写十六进制的盐值。`);
        }
        return;
      }
      if (checked) {
        const own = buffer.subarray(from, to);
        if (before && compareBytes(own, before) < 0) throw new Wrong(`${name} 第 ${at} 行没有按字节排序。`);
        let tab = -1, tabs = 0, simple = true;
        for (let i = from; i < to; i++) {
          if (buffer[i] === 9) { if (!tabs++) tab = i; } else if (buffer[i] < 33 || buffer[i] > 126) simple = false;
        }
        const text = simple && tabs === 1 ? null : decoded(own, name, at);
        if (tabs !== 1) throw new Wrong(`${name} 第 ${at} 行应当有 2 栏，实际 ${tabs + 1} 栏。`);
        const first = buffer[from], second = buffer[tab + 1];
        const plain = simple && tab > from && tab < to - 1 && tab - from <= 128 && to - tab - 1 <= 128
          && ![35, 61, 64].includes(first) && ![35, 61, 64].includes(second);
        if (!plain) (text ?? decoded(own, name, at)).split("\t").forEach((part) => named(part, name, at));
        if (before && sameLabel(before, buffer, from, tab)) {
          throw new Wrong(`${name} 第 ${at} 行的“${decoder.decode(buffer.subarray(from, tab))}”重复。`);
        }
        before = own;
      }
      let tab = to - 1;
      while (buffer[tab] !== 9) tab--;
      const key = latin(buffer, tab + 1, to);
      let stratum = strata.get(key);
      if (stratum === undefined) strata.set(key, stratum = decoder.decode(buffer.subarray(tab + 1, to)));
      visit(buffer, from, tab, to, stratum, at);
    };

    for await (const chunk of this.source.chunks()) {
      for (let start = 0; start < chunk.length; start += 2 ** 18) {
        const piece = chunk.subarray(start, start + 2 ** 18);
        hash?.update(piece);
        if (!fault) {
          const buffer = new Uint8Array(carry.length + piece.length);
          buffer.set(carry);
          buffer.set(piece, carry.length);
          let from = 0;
          try {
            for (let end; (end = buffer.indexOf(10, from)) >= 0; from = end + 1, at++) line(buffer, from, end);
            carry = buffer.subarray(from);
            if (carry.length > LONGEST_LINE) throw new Wrong(`${name} 第 ${at} 行过长。`);
          } catch (error) {
            if (!(error instanceof Wrong) || !checked) throw error;
            fault = error; // the digest is still wanted: it says whether the file is the announced one at all
          }
        }
        done += piece.length;
        await this.pace.rest(done / this.source.size);
      }
    }
    if (!fault && at === 1) fault = new Wrong(`${name} 第 1 行应当是“# ”加 64 位小写十六进制的盐值。`);
    if (!fault && carry.length) fault = new Wrong(`${name} 第 ${at} 行末尾没有换行。`);
    return { digest: hash ? hex(hash.digest()) : null, fault };
  }
}

function sameLabel(before, buffer, from, tab) {
  const n = tab - from;
  if (before[n] !== 9) return false;
  for (let i = 0; i < n; i++) if (before[i] !== buffer[from + i]) return false;
  return true;
}

function latin(buffer, from, to) {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(buffer[i]);
  return text;
}
