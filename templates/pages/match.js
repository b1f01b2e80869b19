// Who is sent where: the match of §6, whether an entity can be manned (§3), and substitutes (§7).

/** One demand line; lines of one entity are taken in the byte order of `key`. */
function demand(entity, unit, count, tags) {
  return { entity, unit, count, tags, key: `${unit}\t${count}\t${[...tags].sort(compare).join(",")}` };
}

const fits = (person, line) => person.unit === line.unit && line.tags.every((tag) => person.tags.includes(tag));
const pair = (entity, inspector) => `${entity}\t${inspector}`; // no label holds a tab

function grouped(items, key) {
  const found = new Map();
  for (const item of items) {
    const own = found.get(key(item));
    if (own) own.push(item); else found.set(key(item), [item]);
  }
  return found;
}

/** Demand lines by entity: an entity's own, or else those of its stratum. */
class Demands {
  constructor(lines) {
    this.lines = grouped(lines, (line) => line.entity);
    for (const own of this.lines.values()) own.sort((a, b) => compare(a.key, b.key));
  }

  named(entity) {
    return this.lines.has(entity);
  }

  of(entity, stratum) {
    return this.lines.get(entity) ?? (this.lines.get(`=${stratum}`) ?? []).map((d) => demand(entity, d.unit, d.count, d.tags));
  }
}

/** The teams of a selection: [{lines, members}], rows() as in teams.tsv. `recused` is a Set of pair(entity, inspector). */
async function match(key, order, demands, people, recused, pace) {
  const known = new Demands(demands);
  const lines = order.flatMap((entity) => known.of(entity, ""));
  const members = lines.map(() => []);
  const roster = [...people].sort((a, b) => compare(a.label, b.label));
  const token = expander(key);
  const places = grouped(lines.map((line, at) => at), (at) => lines[at].unit);
  for (const [unit, own] of places) {
    const found = await new UnitMatch(own.map((at) => lines[at]), roster.filter((person) => person.unit === unit), recused, token).fill(pace);
    own.forEach((at, i) => { members[at] = found[i]; });
  }
  return new Teams(lines, members);
}

class Teams {
  constructor(lines, members) {
    this.lines = lines;
    this.members = members;
  }

  /** [entity, unit, inspector] in draw order, and within an entity as bytes. */
  rows() {
    const all = this.lines.flatMap((line, at) => this.members[at].map((member) => [line.entity, line.unit, member]));
    return [...grouped(all, (row) => row[0]).values()].flatMap((rows) => rows.sort(compareRows));
  }

  loads() {
    const found = new Map();
    for (const member of this.members.flat()) found.set(member, (found.get(member) ?? 0) + 1);
    return found;
  }
}

/** The match of one unit: chains of exchanges never leave a unit. People are numbers in byte order of their labels. */
class UnitMatch {
  constructor(lines, people, recused, token) {
    Object.assign(this, { lines, people, token });
    this.names = people.map((person) => bytes(`\t${person.label}`));
    this.siblings = grouped(lines.map((line, at) => at), (at) => lines[at].entity);
    this.wide = []; // of each kind of line (its tags), who holds them
    const kinds = new Map();
    this.kind = lines.map((line) => {
      const tags = line.key.slice(line.key.lastIndexOf("\t"));
      if (!kinds.has(tags)) {
        kinds.set(tags, this.wide.length);
        this.wide.push(people.flatMap((person, i) => (fits(person, line) ? [i] : [])));
      }
      return kinds.get(tags);
    });
    this.recused = recused;
    this.barred = new Map();
    for (const entity of this.siblings.keys()) {
      const own = new Set(people.flatMap((person, i) => (recused.has(pair(entity, person.label)) ? [i] : [])));
      if (own.size) this.barred.set(entity, own);
    }
    this.on = lines.map(() => new Set());
    this.onEntity = new Map([...this.siblings.keys()].map((entity) => [entity, new Set()]));
    this.serves = people.map(() => new Set());
    this.load = new Int32Array(people.length);
    this.seats = people.map(() => new Int32Array(this.wide.length)); // seats of each person on each kind of line
    this.tokens = new Map();
  }

  async fill(pace) {
    for (let at = 0; at < this.lines.length; at++) {
      for (let seat = 0; seat < this.lines[at].count; seat++) this.seat(at);
      await pace.rest(at / this.lines.length);
    }
    return this.on.map((on) => [...on].sort((a, b) => a - b).map((i) => this.people[i].label));
  }

  /** t(e, i) of §6. */
  t(entity, i) {
    let own = this.tokens.get(entity);
    if (!own) this.tokens.set(entity, own = { bytes: bytes(entity), found: new Map() });
    let found = own.found.get(i);
    if (!found) {
      const name = this.names[i], info = new Uint8Array(own.bytes.length + name.length);
      info.set(own.bytes);
      info.set(name, own.bytes.length);
      own.found.set(i, found = hexOfWords(this.token(info)));
    }
    return found;
  }

  byToken(entity, who) {
    return who.map((i) => [this.t(entity, i), i]).sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, i]) => i);
  }

  /** A lower bound of the loads that a search from this line can meet: it follows kinds of lines instead of lines. */
  bound(start) {
    const waiting = [this.kind[start]], seen = new Set(waiting), reached = new Set();
    for (let kind; (kind = waiting.pop()) !== undefined;) {
      for (const i of this.wide[kind]) {
        if (reached.has(i)) continue;
        reached.add(i);
        if (seen.size < this.wide.length) {
          this.seats[i].forEach((count, other) => { if (count && !seen.has(other)) { seen.add(other); waiting.push(other); } });
        }
      }
    }
    let least = Infinity;
    for (const i of reached) least = Math.min(least, this.load[i]);
    return least;
  }

  free(at, i) {
    const barred = this.barred.get(this.lines[at].entity);
    return !barred || !barred.has(i);
  }

  seat(at) {
    const { entity } = this.lines[at], bound = this.bound(at), busy = this.onEntity.get(entity);
    const direct = this.wide[this.kind[at]].filter((i) => this.load[i] === bound && !busy.has(i) && this.free(at, i));
    if (direct.length) this.join(this.byToken(entity, direct)[0], at);
    else this.search(at, bound);
  }

  /** The breadth-first search of §6 for one seat of line `start`, and the moves that it ends in. */
  search(start, bound) {
    const moves = new Map([[start, null]]), queue = [start], from = new Map();
    let best = -1;
    for (let next = 0; next < queue.length && (best < 0 || this.load[best] > bound); next++) {
      const at = queue[next], { entity } = this.lines[at], busy = this.onEntity.get(entity);
      const worth = this.wide[this.kind[at]].filter((i) => (
        this.free(at, i) && !this.on[at].has(i) && (busy.has(i) || !from.has(i))
      ));
      for (const i of this.byToken(entity, worth)) {
        if (busy.has(i)) {
          const sibling = this.siblings.get(entity).find((other) => this.on[other].has(i));
          if (!moves.has(sibling)) { moves.set(sibling, [i, at]); queue.push(sibling); }
          continue;
        }
        from.set(i, at);
        if (best < 0 || this.load[i] < this.load[best]) {
          best = i;
          if (this.load[i] <= bound) break;
        }
        for (const served of [...this.serves[i]].sort((a, b) => a - b)) {
          if (!moves.has(served)) { moves.set(served, [i, at]); queue.push(served); }
        }
      }
    }
    if (best < 0) throw new Wrong(`检查对象“${this.lines[start].entity}”在“${this.lines[start].unit}”找不到足够的检查人员。`);
    let at = from.get(best);
    this.join(best, at);
    while (at !== start) {
      const [mover, to] = moves.get(at);
      this.leave(mover, at);
      this.join(mover, to);
      at = to;
    }
  }

  join(i, at) {
    this.on[at].add(i);
    this.onEntity.get(this.lines[at].entity).add(i);
    this.serves[i].add(at);
    this.seats[i][this.kind[at]]++;
    this.load[i]++;
  }

  leave(i, at) {
    this.on[at].delete(i);
    this.onEntity.get(this.lines[at].entity).delete(i);
    this.serves[i].delete(at);
    this.seats[i][this.kind[at]]--;
    this.load[i]--;
  }
}

/** The first thing wrong with teams apart from their balance; null if nothing is. */
function constraintFault(teams, people, recused) {
  const roster = grouped(people, (person) => person.label), onEntity = new Map();
  for (let at = 0; at < teams.lines.length; at++) {
    const line = teams.lines[at], members = teams.members[at];
    if (!onEntity.has(line.entity)) onEntity.set(line.entity, new Set());
    const on = onEntity.get(line.entity);
    if (members.length !== line.count) return `检查对象“${line.entity}”应当由“${line.unit}”派 ${line.count} 人，实际 ${members.length} 人。`;
    for (const name of members) {
      if (!(roster.get(name) ?? []).some((person) => fits(person, line))) return `检查人员“${name}”不符合检查对象“${line.entity}”的派员要求。`;
      if (recused.has(pair(line.entity, name))) return `检查人员“${name}”应当回避检查对象“${line.entity}”。`;
      if (on.has(name)) return `检查人员“${name}”在检查对象“${line.entity}”上出现了两次。`;
      on.add(name);
    }
  }
  return null;
}

/** Whether no chain of exchanges lowers the sum of squared loads, judged apart from how the match is made (§6). */
async function optimal(teams, people, recused, pace) {
  const { lines } = teams, members = teams.members.map((team) => new Set(team));
  const onEntity = new Map(), siblings = grouped(lines.map((line, at) => at), (at) => lines[at].entity);
  const roster = grouped(people, (person) => person.label), serves = new Map([...roster.keys()].map((name) => [name, 0]));
  const open = new Map();
  lines.forEach((line, at) => {
    if (!onEntity.has(line.entity)) onEntity.set(line.entity, new Set());
    for (const name of members[at]) { onEntity.get(line.entity).add(name); serves.set(name, (serves.get(name) ?? 0) + 1); }
    const kind = `${line.unit}\t${line.tags.join(",")}`;
    if (!open.has(kind)) open.set(kind, { line, unmarked: [] });
    open.get(kind).unmarked.push(at);
  });
  const marked = new Uint8Array(lines.length), reached = new Set();
  const sources = [...roster.keys()].sort((a, b) => serves.get(a) - serves.get(b));
  for (const source of sources) {
    if (reached.has(source)) continue;
    const least = serves.get(source), waiting = [source];
    reached.add(source);
    for (let name; (name = waiting.pop()) !== undefined;) {
      const freed = [];
      for (const group of open.values()) {
        if (!roster.get(name).some((person) => fits(person, group.line))) continue;
        group.unmarked = group.unmarked.filter((at) => {
          const { entity } = lines[at];
          if (marked[at]) return false;
          if (onEntity.get(entity).has(name) || recused.has(pair(entity, name))) return true;
          marked[at] = 1;
          freed.push(at);
          return false;
        });
      }
      for (let next = 0; next < freed.length; next++) {
        const at = freed[next];
        for (const other of siblings.get(lines[at].entity)) {
          if (!marked[other] && [...members[at]].some((member) => (roster.get(member) ?? []).some((person) => fits(person, lines[other])))) {
            marked[other] = 1;
            freed.push(other);
          }
        }
        for (const member of members[at]) {
          if (serves.get(member) >= least + 2) return false;
          if (!reached.has(member)) { reached.add(member); waiting.push(member); }
        }
      }
      await pace.rest(reached.size / roster.size);
    }
  }
  return true;
}

/** Numbers of the lines, [[choice, count]], that together want more different people than there are; [] if none (Hall). */
function shortage(wanted) {
  const taken = new Map(), choices = wanted.map(([choice]) => [...choice].sort(compare));
  for (let line = 0; line < wanted.length; line++) {
    for (let seat = 0; seat < wanted[line][1]; seat++) {
      const tried = [line], came = new Map();
      let free = null;
      for (let next = 0; next < tried.length && free === null; next++) {
        for (const name of choices[tried[next]]) {
          if (came.has(name)) continue;
          came.set(name, tried[next]);
          if (!taken.has(name)) { free = name; break; }
          if (!tried.includes(taken.get(name))) tried.push(taken.get(name));
        }
      }
      if (free === null) return tried.sort((a, b) => a - b);
      for (; ;) {
        const at = came.get(free);
        const moved = [...came].find(([name, of]) => of !== at && taken.get(name) === at)?.[0];
        taken.set(free, at);
        if (at === line) break;
        free = moved;
      }
    }
  }
  return [];
}

/** Why lines, of one entity alone, cannot be met by different people; null if they can. */
function lacks(lines, byUnit, barred) {
  const seats = lines.reduce((sum, line) => sum + line.count, 0);
  if (!seats) return "没有派员要求，不知道由哪个单位派人";
  if (seats < 2) return `派员要求一共只有 ${seats} 人，每户应当不少于 2 人`;
  const found = [];
  for (const unit of new Set(lines.map((line) => line.unit))) {
    const own = lines.filter((line) => line.unit === unit);
    const choices = own.map((line) => new Set(
      (byUnit.get(unit) ?? []).filter((person) => fits(person, line) && !barred.has(person.label)).map((person) => person.label),
    ));
    const short = shortage(own.map((line, i) => [choices[i], line.count]));
    if (!short.length) continue;
    const skills = new Set(short.map((at) => own[at].tags).filter((tags) => tags.length).map((tags) => [...tags].sort(compare).join("、")));
    const skill = skills.size ? `具备“${[...skills].sort(compare).join("”或“")}”的` : "";
    const able = new Set(short.flatMap((at) => [...choices[at]]));
    const needed = short.reduce((sum, at) => sum + own[at].count, 0);
    found.push(`“${unit}”需派出${skill}检查人员 ${needed} 人，现在能派的只有 ${able.size} 人`);
  }
  return found.length ? found.join("；") : null;
}

/** A judge of entities taken alone: why(entity, stratum) is null where it can be manned. */
function manning(demands, people, recusals) {
  const known = new Demands(demands), byUnit = grouped(people, (person) => person.unit), barred = new Map();
  for (const [entity, name] of recusals) {
    if (!barred.has(entity)) barred.set(entity, new Set());
    barred.get(entity).add(name);
  }
  const usual = new Map(), nobody = new Set();
  return (entity, stratum) => {
    if (barred.has(entity) || known.named(entity)) return lacks(known.of(entity, stratum), byUnit, barred.get(entity) ?? nobody);
    if (!usual.has(stratum)) usual.set(stratum, lacks(known.of(entity, stratum), byUnit, nobody));
    return usual.get(stratum);
  };
}

/** Who sits where at one moment, and all that decides who may step in. */
class Standing {
  static afterDraw(selected, teams, demands, people, recused) {
    const now = new Standing();
    now.demands = new Demands(demands);
    now.people = [...people];
    now.recused = new Set(recused);
    now.selected = new Map(selected.map((row) => [row.label, row.stratum]));
    now.seats = new Map(selected.map((row) => [row.label, []]));
    now.ever = new Set();
    teams.lines.forEach((line, at) => teams.members[at].forEach((name) => {
      now.seats.get(line.entity).push({ line, name });
      now.ever.add(pair(line.entity, name));
    }));
    return now;
  }

  /** The same with the people of roster addenda. */
  enlarged(addenda) {
    const added = addenda.flatMap((made) => made.people.map(({ label, unit, tags }) => ({ label, unit, tags })));
    return Object.assign(new Standing(), this, { people: [...this.people, ...added] });
  }

  eligible(line, away, recused) {
    const found = this.people.filter((person) => fits(person, line) && !away.includes(person.label)
      && ![this.ever, this.recused, recused].some((set) => set.has(pair(line.entity, person.label))));
    return [...new Set(found.map((person) => person.label))].sort(compare);
  }

  seat(entity, name) {
    const found = (this.seats.get(entity) ?? []).find((seat) => seat.name === name);
    if (!found) throw new Wrong(`检查人员“${name}”现在不在检查对象“${entity}”的检查组里。`);
    return found;
  }

  /** The labels of a stratum that were never selected. */
  async leftIn(stratum, pool) {
    const found = [];
    await pool.scan((buffer, from, tab, to, of) => {
      if (of !== stratum) return;
      const label = decoder.decode(buffer.subarray(from, tab));
      if (!this.selected.has(label)) found.push(label);
    });
    return found;
  }
}

/** The places as a notice must state them. */
async function restated(standing, pool, notice) {
  const order = new Map([...standing.seats.keys()].map((entity, at) => [entity, at]));
  const recused = new Set(notice.recusals.map((row) => pair(row.entity, row.inspector)));
  const places = notice.places.map((place) => ({ entity: place.entity, out: place.out ?? "" }));
  for (const place of places) if (!order.has(place.entity)) throw new Wrong(`检查对象“${place.entity}”现在不在抽取结果里。`);
  if (new Set(places.map((place) => pair(place.entity, place.out))).size !== places.length) throw new Wrong("同一个位置写了两次。");
  places.sort((a, b) => order.get(a.entity) - order.get(b.entity) || compare(a.out, b.out));
  const stated = [];
  for (const { entity, out } of places) {
    if (!out) {
      const stratum = standing.selected.get(entity);
      stated.push({ entity, stratum, eligible: (await standing.leftIn(stratum, pool)).length });
    } else {
      const { line } = standing.seat(entity, out);
      stated.push({ entity, unit: line.unit, out, eligible: standing.eligible(line, notice.away, recused) });
    }
  }
  return stated;
}

/** The changes that an event makes under its key, and the standing after it (§7). */
async function fill(standing, pool, notice, key) {
  const after = Object.assign(new Standing(), standing, {
    recused: new Set([...standing.recused, ...notice.recusals.map((row) => pair(row.entity, row.inspector))]),
    selected: new Map(standing.selected),
    seats: new Map([...standing.seats].map(([entity, team]) => [entity, [...team]])),
    ever: new Set(standing.ever),
  });
  const changes = [], wanted = [], gone = new Map(), replaced = new Map();
  for (const place of notice.places) {
    const { entity } = place;
    if ("stratum" in place) {
      if (!after.seats.has(entity)) throw new Wrong(`检查对象“${entity}”现在不在抽取结果里。`);
      const stratum = after.selected.get(entity);
      gone.set(stratum, [...(gone.get(stratum) ?? []), entity]);
      after.seats.delete(entity);
    } else {
      const seat = after.seat(entity, place.out);
      after.seats.set(entity, after.seats.get(entity).filter((other) => other !== seat));
      wanted.push({ line: seat.line, out: seat.name });
    }
  }
  for (const [stratum, entities] of gone) {
    const found = lowest(key, await standing.leftIn(stratum, pool), entities.length);
    entities.forEach((entity, at) => replaced.set(entity, found[at] ?? null));
  }
  for (const { entity } of notice.places) {
    if (!replaced.has(entity)) continue;
    const stratum = standing.selected.get(entity), { position, label } = replaced.get(entity) ?? { position: "", label: "" };
    changes.push({ stratum, out: entity, in: label, position });
    if (!label) continue;
    after.selected.set(label, stratum);
    after.seats.set(label, []);
    for (const line of after.demands.of(label, stratum)) for (let i = 0; i < line.count; i++) wanted.push({ line, out: "" });
  }
  const names = substitute(key, wanted.map(({ line }) => line), after, notice.away);
  wanted.forEach(({ line, out }, at) => {
    changes.push({ entity: line.entity, unit: line.unit, out, in: names[at] });
    after.seats.get(line.entity).push({ line, name: names[at] });
    after.ever.add(pair(line.entity, names[at]));
  });
  return { changes, after };
}

/** Who takes each vacated place: lowest load, then lowest t; passing over anyone without whom others could not be filled. */
function substitute(key, places, standing, away) {
  const [expand, load, taken] = [expander(key), new Map(), new Set()];
  const seated = (entity, name) => { load.set(name, (load.get(name) ?? 0) + 1); taken.add(pair(entity, name)); };
  for (const [entity, seats] of standing.seats) for (const { name } of seats) seated(entity, name);
  const choice = (line) => new Set(standing.people.filter((person) => {
    const own = pair(line.entity, person.label);
    return fits(person, line) && !away.includes(person.label) && !taken.has(own) && !standing.ever.has(own) && !standing.recused.has(own);
  }).map((person) => person.label));
  return places.map((line, at) => {
    const later = places.slice(at + 1).filter((other) => other.entity === line.entity);
    const order = [...choice(line)].map((name) => ({ name, load: load.get(name) ?? 0, t: hexOfWords(expand(bytes(pair(line.entity, name)))) }))
      .sort((a, b) => a.load - b.load || (a.t < b.t ? -1 : 1));
    const found = order.find(({ name }) => !shortage(later.map((other) => {
      const rest = choice(other);
      rest.delete(name);
      return [rest, 1];
    })).length);
    if (!found) throw new Wrong(`检查对象“${line.entity}”在“${line.unit}”已没有可以递补的检查人员，请先补充人员名单，或改期、撤回。`);
    seated(line.entity, found.name);
    return found.name;
  });
}
