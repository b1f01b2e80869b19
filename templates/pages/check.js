// Whether a record holds: the checks of §9 in the order, with the names and the sentences of the command line.

/** The browser's own functions (WebCrypto) as a second opinion on what sha256.js computes, where the browser has them. */
class Witness {
  constructor(subtle) {
    this.subtle = subtle ?? null;
    this.asked = 0;
  }

  /** Throws Wrong unless WebCrypto gives the same. */
  async agree(kind, own, data, key) {
    if (!this.subtle) return own;
    this.asked++;
    let other;
    if (kind === "hash") other = await this.subtle.digest("SHA-256", data);
    else other = await this.subtle.sign("HMAC", key, data);
    if (hex(new Uint8Array(other)) !== hex(own)) throw new Wrong("浏览器自带的算法与网页里的算法算出的结果不同，请换一台设备再试。");
    return own;
  }

  hash(data) {
    return this.agree("hash", sha256(data), data);
  }

  async key(raw) {
    return this.subtle ? this.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]) : null;
  }

  async hmac(raw, message) {
    return this.agree("hmac", hmac(raw, message), message, await this.key(raw));
  }
}

/** Whether this page computes right at all, by published answers (FIPS 180-4, RFC 4231, §10). Throws Wrong. */
async function selfTest(witness) {
  const answers = [
    [await witness.hash(bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [await witness.hmac(bytes("Jefe"), bytes("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    [bytesOf(expander(unhex("48c755b5ee5971412ba3921b479c296bb3f7fa0cc0f0109059fddc9fd3c60b5a"))(bytes("A\tI1"))),
      "c6686c19ea94d92d30fef2daa42b517c6cf22d5ad85dc3531e8d862afd5a4e47"],
  ];
  for (const [found, wanted] of answers) if (hex(found) !== wanted) throw new Wrong("这个浏览器算不出标准答案，请换一台设备再试。");
}

/**
 * Check a record (bytes, or text) against its files (Map of name to Source) and digests seen in the group.
 * Gives {checks: [{name, result, detail}], record, …what was established}. Never throws.
 */
async function verify(text, files, posted = [], { witness = new Witness(globalThis.crypto?.subtle), say = () => {} } = {}) {
  let record;
  const failed = (detail) => ({ checks: [{ name: "记录格式", result: "failed", detail }], record: null });
  try {
    let read = text;
    if (typeof text !== "string") {
      try {
        read = decoder.decode(text);
      } catch {
        return failed("不是 UTF-8 编码的文本。");
      }
    }
    record = readJson(read);
    const faults = recordFaults(record);
    if (faults.length) return failed(faults[0] + (faults.length > 1 ? `（另有 ${faults.length - 1} 处）` : ""));
  } catch (error) {
    if (error instanceof Wrong) return failed(error.message);
    return failed(`读不懂这份记录：${error.message}`);
  }
  const verification = new Verification(record, files, posted, witness, say);
  await verification.run();
  return verification;
}

class Verification {
  constructor(record, files, posted, witness, say) {
    Object.assign(this, { record, files, witness, say });
    this.announced = record.announcement;
    this.draws = record.draws ?? [];
    this.isPublic = "public" in record;
    this.posted = posted.map((seen) => seen.toLowerCase());
    this.checks = [{ name: "记录格式", result: "ok", detail: "格式符合 qiantong-draw/1。" }];
    this.sound = new Map(); // files whose digest and form are right: rows, or a Pool
    this.sizes = null;
    this.selected = this.teams = this.standing = this.drawn = null;
    this.pace = new Pace((share) => this.say(this.doing, share));
  }

  async run() {
    await this.step("公告摘要", () => this.announcement());
    if (this.posted.length) await this.step("群里公布的摘要", () => this.postedDigests());
    for (const name of NAMES) await this.step(`文件 ${name}`, () => this.file(name, this.announced.files[name]));
    for (const listed of this.announced.lists ?? []) {
      await this.step(`文件 ${listFile(listed.name)}`, () => this.file(listFile(listed.name), listed.file));
    }
    await this.step("类别与抽取数量", () => this.strata());
    await this.step("每户都派得出人", () => this.manned());
    await this.step("密码链", () => this.chain());
    if ("randomness" in this.record) await this.step("掷骰或号码", () => this.throws());
    if (!this.draws.length) return;
    await this.step("抽取结果", () => this.selection());
    if ((this.announced.lists ?? []).length) await this.step("其他名单", () => this.lists());
    await this.step("随机匹配", () => this.matched());
    await this.step("匹配约束与均衡", () => this.balance());
    for (const entry of this.draws.slice(1)) await this.step(`第 ${entry.k} 次递补`, () => this.event(entry));
    if ("lapsed" in this.record || this.draws.slice(1).some((entry) => attemptOf(entry) > 1)) {
      await this.step("失效的递补公告", () => this.lapsed());
    }
    if (this.isPublic) await this.step("公开版", () => this.publicEdition());
  }

  async step(name, look) {
    this.doing = name;
    this.say(name, 0);
    try {
      this.checks.push({ name, result: "ok", detail: await look() });
    } catch (error) {
      if (error instanceof Wrong) this.checks.push({ name, result: "failed", detail: error.message });
      else if (error instanceof Lacking) this.checks.push({ name, result: "unchecked", detail: error.message });
      else this.checks.push({ name, result: "unchecked", detail: `这一步没有做完：${error.name}: ${error.message}` });
    }
  }

  /** The bytes of a file whose digest is as wanted. */
  async bytesOf(name, wanted) {
    const source = this.files.get(name);
    if (!source) throw new Lacking(`没有文件 ${name}。`);
    const { digest, data } = await source.read(this.pace);
    if (digest !== wanted) throw new Wrong(`${name} 的摘要与记录不符，文件被改动过。`);
    if (!data) throw new Lacking(`${name} 超过 ${HOLD / 2 ** 20} MB，网页放不下，请用命令行核对。`);
    return data;
  }

  need(...names) {
    for (const name of names) if (!this.sound.has(name)) throw new Lacking(`没有核对无误的 ${name}。`);
  }

  async announcement() {
    const digest = hex(await this.witness.hash(bytes(canonical(this.announced))));
    if (digest !== this.record.announcement_sha256) throw new Wrong("公告内容与 announcement_sha256 不符，公告被改动过。");
    const notes = [];
    if (this.announced.mode === "rehearsal") notes.push("这是演练");
    if (this.announced.clock) notes.push("时钟是模拟的");
    return digest + (notes.length ? `（${notes.join("，")}）` : "");
  }

  postedDigests() {
    const known = new Set([digestOf(this.announced)]);
    for (const entry of this.draws) {
      known.add(entry.sha256 ?? digestOf(entry));
      if ("notice_sha256" in entry) known.add(entry.notice_sha256);
      for (const made of entry.addenda ?? []) known.add(digestOf(made));
      for (const digest of entry.addenda_sha256 ?? []) known.add(digest);
    }
    for (const entry of this.record.lapsed ?? []) {
      known.add(entry.notice_sha256);
      for (const made of entry.addenda ?? []) known.add(digestOf(made));
      for (const digest of entry.addenda_sha256 ?? []) known.add(digest);
    }
    for (const seen of this.posted) {
      if (!known.has(seen)) throw new Wrong(`群里公布的 ${seen} 不是这份记录里任何公告或抽取的摘要。`);
    }
    return `群里公布的 ${this.posted.length} 个摘要都与记录相符。`;
  }

  async file(name, wanted) {
    const source = this.files.get(name);
    if (!source) throw new Lacking(`没有文件 ${name}。`);
    if (name === "pool.tsv") {
      const pool = new Pool(source, this.pace), sizes = new Map();
      let rows = 0;
      const { digest, fault } = await pool.scan((buffer, from, tab, to, stratum) => {
        sizes.set(stratum, (sizes.get(stratum) ?? 0) + 1);
        rows++;
      }, true);
      if (digest !== wanted) throw new Wrong(`${name} 的摘要与记录不符，文件被改动过。`);
      if (fault) throw fault;
      this.sizes = sizes;
      this.sound.set(name, pool);
      return `摘要相符，${rows} 行。`;
    }
    const data = await this.bytesOf(name, wanted);
    const rows = (READERS[name] ?? listRows)(data, name);
    this.sound.set(name, rows);
    return `摘要相符，${rows.length} 行。`;
  }

  async strata() {
    this.need("pool.tsv");
    const sizes = new Map(this.sizes);
    for (const entry of this.announced.strata) {
      if ((sizes.get(entry.name) ?? 0) !== entry.size) throw new Wrong(`类别“${entry.name}”的户数与 pool.tsv 不符。`);
      sizes.delete(entry.name);
    }
    for (const name of sizes.keys()) throw new Wrong(`pool.tsv 里的类别“${name}”没有公告。`);
    for (const listed of this.announced.lists ?? []) {
      const rows = this.sound.get(listFile(listed.name));
      if (rows && rows.length !== listed.size) throw new Wrong(`名单“${listed.name}”的人数与 ${listFile(listed.name)} 不符。`);
    }
    const leftOut = new Set((this.sound.get("excluded.tsv") ?? []).map(([entity]) => entity));
    if (leftOut.size) {
      await this.sound.get("pool.tsv").scan((buffer, from, tab) => {
        const label = decoder.decode(buffer.subarray(from, tab));
        if (leftOut.has(label)) throw new Wrong(`“${label}”同时在 pool.tsv 和 excluded.tsv 里。`);
      });
    }
    return `各类户数与 pool.tsv 一致，共抽取 ${this.announced.strata.reduce((sum, entry) => sum + entry.quota, 0)} 户。`;
  }

  async manned() {
    this.need("pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv");
    const why = manning(this.sound.get("demands.tsv"), this.sound.get("inspectors.tsv"), this.sound.get("recusals.tsv"));
    await this.sound.get("pool.tsv").scan((buffer, from, tab, to, stratum) => {
      const entity = decoder.decode(buffer.subarray(from, tab)), reason = why(entity, stratum);
      if (reason) throw new Wrong(`检查对象“${entity}”派不出检查组：${reason}。`);
    });
    return "范围内每一户单独看都派得出检查组。";
  }

  async chain() {
    const { head, length } = this.announced.chain;
    const codes = this.draws.map((entry) => [entry.k, entry.code]);
    if ("code" in this.record) codes.push([1, this.record.code]);
    const opens = async (code, k) => {
      let value = unhex(code);
      for (let i = 0; i < k; i++) value = await this.witness.hash(value);
      return hex(value) === head;
    };
    for (const [k, code] of codes) {
      if (k > length - 1 || !(await opens(code, k))) throw new Wrong(`第 ${k} 个密码散列 ${k} 次不是公告的链头，不是这条链上的密码。`);
    }
    if ("secret" in this.record && !(await opens(this.record.secret, length))) throw new Wrong(`secret 散列 ${length} 次不是公告的链头。`);
    if (!codes.length) throw new Lacking("密码还没有公布。");
    return `${codes.length} 个密码都在公告的链上。`;
  }

  throws() {
    const given = this.record.randomness, rule = this.announced.randomness, { announced_by: announcer, deadline } = this.announced;
    const wrong = throwsFault(rule, given, announcer, deadline, this.draws.length > 0);
    if (wrong) throw new Wrong(wrong);
    if (this.record.state === "lapsed" && !throwsFault(rule, given, announcer, deadline)) throw new Wrong("掷骰已经足够，应当抽取，不应当未成。");
    const value = "throws" in given ? randomnessOf(given.throws) : encodedSources(given.sources.map((source) => source.numbers));
    if (value !== given.value) throw new Wrong(`随机数应当是 ${value}，记录写的是 ${given.value}。`);
    if (this.draws.length) {
      if (digestOf(given.throws ?? given.sources) !== this.draws[0].throws_sha256) throw new Wrong("掷骰或号码与 draws[0].throws_sha256 不符。");
      if (this.draws[0].drawn_at < this.announced.announced_at) throw new Wrong("抽取时间早于公告时间。");
    }
    return value + (rule.kind === "local-dice" ? "（本地聊天的骰子由运营者自己的机器掷出，不能对运营者构成证明）" : "");
  }

  /** PRK₁ (§5). */
  async key() {
    return this.witness.hmac(unhex(this.draws[0].code), bytes(this.record.randomness.value));
  }

  async selection() {
    const first = this.draws[0];
    let selected = null;
    if (this.files.has("selected.tsv")) {
      selected = selectedRows(await this.bytesOf("selected.tsv", first.selected.sha256), "selected.tsv");
      if (selected.length !== first.selected.count) throw new Wrong("selected.tsv 的行数与记录不符。");
      await this.positions(selected);
    }
    if (!this.sound.has("pool.tsv")) {
      if (selected) this.selected = selected;
      throw new Lacking("没有核对无误的 pool.tsv，只能逐户核对已抽中的位置。");
    }
    const announced = this.announced.strata.filter((entry) => entry.size);
    if (announced.length !== this.sizes.size || announced.some((entry) => this.sizes.get(entry.name) !== entry.size)) {
      throw new Lacking("类别与 pool.tsv 不符，无法重算。");
    }
    const again = await select(await this.key(), this.sound.get("pool.tsv"), this.announced.strata);
    this.selected = this.drawn = again;
    if (again.length !== first.selected.count) throw new Wrong(`重算抽中 ${again.length} 户，记录是 ${first.selected.count} 户。`);
    if (!selected) throw new Lacking("没有文件 selected.tsv，重算的结果无从比对。");
    const differs = again.findIndex((row, i) => ["position", "label", "stratum"].some((part) => row[part] !== selected[i][part]));
    if (differs >= 0) throw new Wrong(`重算第 ${differs + 1} 户是“${again[differs].label}”，selected.tsv 是“${selected[differs].label}”。`);
    return `由密码和随机数重算，抽中的 ${again.length} 户与 selected.tsv 逐户相同。`;
  }

  /** Every row's position is that of its label, by WebCrypto too, and the rows ascend. */
  async positions(rows) {
    const raw = await this.key(), expand = expander(raw), key = await this.witness.key(raw);
    for (let i = 0; i < rows.length; i++) {
      const info = bytes(rows[i].label), own = bytesOf(expand(info));
      if (hex(own) !== rows[i].position) throw new Wrong(`“${rows[i].label}”的位置重算不符。`);
      const message = new Uint8Array([...info, 1]);
      await this.witness.agree("hmac", own, message, key);
      await this.pace.rest(i / rows.length);
    }
    if (rows.some((row, i) => i && rows[i - 1].position >= row.position)) throw new Wrong("抽中的检查对象没有按位置由小到大排列。");
  }

  async lists() {
    const recorded = new Map((this.draws[0].lists ?? []).map((entry) => [entry.name, entry]));
    const names = this.announced.lists.map((listed) => listed.name);
    if (recorded.size !== names.length || names.some((name) => !recorded.has(name))) throw new Wrong("draws[0].lists 与公告的名单不符。");
    for (const { name, quota } of this.announced.lists) {
      const rows = positionRows(await this.bytesOf(listResultFile(name), recorded.get(name).sha256), listResultFile(name));
      this.need(listFile(name));
      const again = lowest(await this.key(), this.sound.get(listFile(name)), quota, name);
      const same = rows.length === again.length && rows.every((row, i) => row.position === again[i].position && row.label === again[i].label);
      if (!same || rows.length !== recorded.get(name).count) throw new Wrong(`名单“${name}”重算不符。`);
    }
    return "其他名单重算相符。";
  }

  recused() {
    return new Set(this.sound.get("recusals.tsv").map(([entity, inspector]) => pair(entity, inspector)));
  }

  async matched() {
    if (!this.selected) throw new Lacking("抽取结果没有核对，无法重算匹配。");
    this.need("inspectors.tsv", "demands.tsv", "recusals.tsv");
    const people = this.sound.get("inspectors.tsv"), demands = this.sound.get("demands.tsv"), recused = this.recused();
    const known = new Demands(demands), lines = this.selected.flatMap((row) => known.of(row.label, row.stratum));
    const teams = await match(await this.key(), this.selected.map((row) => row.label), lines, people, recused, this.pace);
    this.teams = teams;
    this.standing = Standing.afterDraw(this.selected, teams, demands, people, recused);
    const again = teams.rows(), first = this.draws[0];
    if (again.length !== first.teams.count) throw new Wrong(`重算派员 ${again.length} 人次，记录是 ${first.teams.count} 人次。`);
    const rows = teamRows(await this.bytesOf("teams.tsv", first.teams.sha256), "teams.tsv");
    if (rows.length !== again.length || rows.some((row, i) => compareRows(row, again[i]))) throw new Wrong("重算的检查组与 teams.tsv 不同。");
    return `重算的 ${again.length} 人次与 teams.tsv 逐行相同。`;
  }

  async balance() {
    if (!this.teams) throw new Lacking("匹配没有重算。");
    const people = this.sound.get("inspectors.tsv"), recused = this.recused();
    const wrong = constraintFault(this.teams, people, recused);
    if (wrong) throw new Wrong(wrong);
    if (!(await optimal(this.teams, people, recused, this.pace))) throw new Wrong("还有调换能使人员负担更均衡，匹配不是最优。");
    const found = this.teams.loads();
    let low = people.length ? Infinity : 0, high = 0;
    for (const { label } of people) { const load = found.get(label) ?? 0; low = Math.min(low, load); high = Math.max(high, load); }
    return `每户人数、单位、专长和回避都符合，负担最均衡（每人 ${low} 到 ${high} 户）。`;
  }

  async event(entry) {
    if (this.isPublic) throw new Lacking("公开版只有递补的摘要。");
    const { notice, addenda = [] } = entry;
    if (digestOf(notice) !== entry.notice_sha256) throw new Wrong("递补公告与 notice_sha256 不符。");
    const before = digestOf(this.draws[entry.k - 2]);
    if (entry.previous !== before || notice.previous !== before) throw new Wrong("previous 不是前一次抽取的摘要。");
    if (notice.k !== entry.k || notice.reason !== entry.reason) throw new Wrong("递补公告的序号或原因与记录不符。");
    if (notice.announcement !== digestOf(this.announced)) throw new Wrong("递补公告不属于这份抽取公告。");
    if (canonical(notice.addenda) !== canonical(addenda.map(digestOf))) throw new Wrong("补充的人员名单与递补公告的摘要不符。");
    for (const made of addenda) {
      if (made.k !== entry.k || made.announcement !== notice.announcement) throw new Wrong("补充的人员名单不属于这次递补。");
      if (made.announced_at > notice.announced_at) throw new Wrong("补充人员名单的公布晚于递补公告。");
    }
    if (digestOf(entry.throws ?? entry.sources) !== entry.throws_sha256) throw new Wrong("掷骰或号码与 throws_sha256 不符。");
    const wrong = throwsFault(notice.randomness, entry, notice.announced_by, notice.deadline);
    if (wrong) throw new Wrong(wrong);
    if (!this.standing || !this.sound.has("pool.tsv")) throw new Lacking("前面的结果没有核对，无法重算递补。");
    const pool = this.sound.get("pool.tsv"), standing = this.standing.enlarged(addenda);
    this.standing = null;
    if (canonical(await restated(standing, pool, notice)) !== canonical(notice.places)) {
      throw new Wrong("递补公告所列的位置或可递补人员与重算不符。");
    }
    const own = randomnessOf(entry.throws ?? []) + encodedSources((entry.sources ?? []).map((source) => source.numbers));
    const key = await this.witness.hmac(unhex(entry.code), bytes(this.record.randomness.value + own));
    const { changes, after } = await fill(standing, pool, notice, key);
    if (canonical(changes) !== canonical(entry.changes)) throw new Wrong("重算的递补结果与记录不符。");
    this.standing = after;
    const waived = "waived" in entry ? "（未重新掷骰，运营者能够预知：operator could foresee）" : "";
    return `${changes.length} 处变动重算相符${waived}。`;
  }

  /** Notices that got too few throws: none is missing, and none had enough. */
  lapsed() {
    const lapsed = this.record.lapsed ?? [];
    const numbers = [...lapsed, ...this.draws.slice(1)].map((entry) => [entry.k, attemptOf(entry)]);
    for (const k of [...new Set(numbers.map(([of]) => of))].sort((a, b) => a - b)) {
      if (k > this.draws.length + 1) throw new Wrong(`第 ${k} 次递补之前的递补还没有完成，不应有它的公告。`);
      const attempts = numbers.filter(([of]) => of === k).map(([, attempt]) => attempt);
      if (attempts.some((attempt, i) => attempt !== i + 1)) {
        throw new Wrong(`第 ${k} 次递补的公告应当依次是第 1 次到最后一次，记录里缺少或者颠倒了失效的公告。`);
      }
    }
    if (lapsed.some((entry, i) => i && lapsed[i - 1].k > entry.k)) throw new Wrong("失效的递补公告没有按先后排列。");
    if (this.isPublic) throw new Lacking("公开版只有失效公告的摘要。");
    for (const entry of lapsed) this.lapsedOne(entry);
    lapsed.forEach((one, i) => {
      const after = lapsed[i + 1];
      const then = after && after.k === one.k ? after.notice : (this.draws[one.k - 1] ?? {}).notice;
      if (then && then.announced_at < one.notice.deadline) throw new Wrong(`第 ${one.k} 次递补在前一份公告截止之前又公告了一次。`);
    });
    return `${lapsed.length} 份递补公告到期掷骰不够，都有记录，公开码没有因此使用。`;
  }

  lapsedOne(entry) {
    const { notice, k, addenda = [] } = entry;
    if (digestOf(notice) !== entry.notice_sha256) throw new Wrong("失效的递补公告与 notice_sha256 不符。");
    if (notice.k !== k || notice.announcement !== digestOf(this.announced)) throw new Wrong("失效的递补公告不属于这份记录，或者序号不符。");
    if (notice.previous !== digestOf(this.draws[k - 2])) throw new Wrong("失效的递补公告的 previous 不是前一次抽取的摘要。");
    if (canonical(notice.addenda) !== canonical(addenda.map(digestOf))) throw new Wrong("失效的递补公告与补充的人员名单不符。");
    if (digestOf(entry.throws) !== entry.throws_sha256) throw new Wrong("失效的递补公告的掷骰与 throws_sha256 不符。");
    const wrong = throwsFault(notice.randomness, entry, notice.announced_by, notice.deadline, false);
    if (wrong) throw new Wrong(`失效的递补公告：${wrong}`);
    if (!throwsFault(notice.randomness, entry, notice.announced_by, notice.deadline)) {
      throw new Wrong("失效的递补公告掷骰已经足够，应当递补，不应当失效。");
    }
  }

  async publicEdition() {
    const shown = this.record.public, first = this.draws[0];
    let rows;
    if ("selected" in shown) {
      rows = positionRows(await this.bytesOf("selected.public.tsv", shown.selected.sha256), "selected.public.tsv");
      if (rows.length !== shown.selected.count || rows.length !== first.selected.count) throw new Wrong("selected.public.tsv 的行数与记录不符。");
      await this.positions(rows);
      this.drawn = rows;
    } else if (this.selected) {
      rows = this.selected;
    } else {
      throw new Lacking("没有抽取结果的文件。");
    }
    const labels = new Set(rows.map((row) => row.label)), highest = new Set(rows.map((row) => row.position));
    const expected = new Set(this.announced.strata.filter((entry) => entry.quota).map((entry) => entry.name));
    const cut = new Set(shown.cutoffs.map((entry) => entry.name));
    if (cut.size !== expected.size || shown.cutoffs.length !== expected.size || [...cut].some((name) => !expected.has(name))) {
      throw new Wrong("各类的分界位置与公告的类别不符。");
    }
    for (const entry of shown.cutoffs) {
      if (!highest.has(entry.position)) throw new Wrong(`类别“${entry.name}”的分界位置不是抽中的位置。`);
    }
    if (this.selected) {
      const last = new Map(this.selected.map((row) => [row.stratum, row.position]));
      if (shown.cutoffs.some((entry) => entry.position !== last.get(entry.name))) throw new Wrong("各类的分界位置与抽取结果不符。");
    }
    const teams = teamRows(await this.bytesOf("teams.public.tsv", shown.teams.sha256), "teams.public.tsv");
    if (teams.length !== shown.teams.count || teams.length !== first.teams.count) throw new Wrong("teams.public.tsv 的行数与记录不符。");
    const visited = new Set(teams.map((row) => row[0]));
    if (visited.size !== labels.size || [...visited].some((label) => !labels.has(label))) throw new Wrong("teams.public.tsv 的检查对象与抽取结果不符。");
    const numbers = [...new Set(teams.map((row) => row[2]))];
    if (numbers.some((number, i) => number !== String(i + 1))) throw new Wrong("teams.public.tsv 的人员没有按出现次序编号。");
    return "公开的结果、分界位置和检查组编号相符。";
  }
}

/** Which notice of its event an entry is about; 1 where it does not say. */
const attemptOf = (entry) => ("notice" in entry ? entry.notice.attempt : entry.attempt) ?? 1;

/** The last line: never that all holds where something failed or was not checked. */
function summary(checks) {
  const failed = checks.filter((check) => check.result === "failed"), unchecked = checks.filter((check) => check.result === "unchecked");
  if (failed.length) return `核验不通过：有 ${failed.length} 项不符，首先是“${failed[0].name}”。`;
  if (unchecked.length) {
    return `能检查的 ${checks.length - unchecked.length} 项都相符，还有 ${unchecked.length} 项未检查，不能断定整份记录属实。`;
  }
  return `核验通过：${checks.length} 项检查全部相符。`;
}
