// SHA-256 and HMAC (FIPS 180-4, RFC 2104) without waiting: a pool has hundreds of thousands of labels, and the browser's own
// functions answer one at a time. What they answer is compared in witness.js.

function fractions(root, count) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push(Math.floor((root(n) % 1) * 2 ** 32));
  }
  return found;
}
const ROUND = new Int32Array(fractions(Math.cbrt, 64));
const START = new Int32Array(fractions(Math.sqrt, 8));
const schedule = new Int32Array(64);

/** One block of 64 bytes at `at`, worked into `state` (8 words). */
function compress(state, bytes, at) {
  const w = schedule;
  for (let i = 0; i < 16; i++, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

/** A digest that takes its input in pieces: update(bytes) …, then digest() once. */
class Sha256 {
  constructor() {
    this.state = START.slice();
    this.block = new Uint8Array(64);
    this.held = 0;
    this.length = 0;
  }

  update(bytes) {
    let at = 0;
    this.length += bytes.length;
    if (this.held) {
      const taken = Math.min(64 - this.held, bytes.length);
      this.block.set(bytes.subarray(0, taken), this.held);
      this.held += taken;
      at = taken;
      if (this.held < 64) return this;
      compress(this.state, this.block, 0);
      this.held = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) compress(this.state, bytes, at);
    this.block.set(bytes.subarray(at));
    this.held = bytes.length - at;
    return this;
  }

  digest() {
    const end = new Uint8Array(this.held < 56 ? 64 : 128);
    end.set(this.block.subarray(0, this.held));
    end[this.held] = 0x80;
    const bits = new DataView(end.buffer);
    bits.setUint32(end.length - 8, Math.floor(this.length / 2 ** 29));
    bits.setUint32(end.length - 4, (this.length * 8) % 2 ** 32);
    for (let at = 0; at < end.length; at += 64) compress(this.state, end, at);
    return bytesOf(this.state);
  }
}

function bytesOf(words) {
  const out = new Uint8Array(4 * words.length);
  const view = new DataView(out.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word));
  return out;
}

function sha256(bytes) {
  return new Sha256().update(bytes).digest();
}

function padded(key, byte) {
  const block = new Uint8Array(64).fill(byte);
  (key.length > 64 ? sha256(key) : key).forEach((b, i) => { block[i] ^= b; });
  return block;
}

function hmac(key, message) {
  const inner = new Sha256().update(padded(key, 0x36)).update(message).digest();
  return new Sha256().update(padded(key, 0x5c)).update(inner).digest();
}

/** HKDF-Expand(key, info, 32) = HMAC(key, info ‖ 01) for many infos: expand(bytes, from, to) gives 8 words, reused. */
function expander(key) {
  const inner = START.slice(), outer = START.slice(), state = new Int32Array(8);
  compress(inner, padded(key, 0x36), 0);
  compress(outer, padded(key, 0x5c), 0);
  let message = new Uint8Array(512);
  const last = new Uint8Array(64);
  last[32] = 0x80;
  last[62] = 3; // (64 + 32) · 8 bits
  return function expand(info, from = 0, to = info.length) {
    const n = to - from;
    const blocks = Math.ceil((n + 10) / 64);
    if (blocks * 64 > message.length) message = new Uint8Array(blocks * 64);
    for (let i = 0; i < n; i++) message[i] = info[from + i];
    message[n] = 1;
    message[n + 1] = 0x80;
    message.fill(0, n + 2, blocks * 64);
    const bits = (64 + n + 1) * 8;
    for (let i = 1, rest = bits; i <= 4; i++, rest = Math.floor(rest / 256)) message[blocks * 64 - i] = rest & 255;
    state.set(inner);
    for (let at = 0; at < blocks * 64; at += 64) compress(state, message, at);
    for (let i = 0; i < 8; i++) {
      const word = state[i];
      last[4 * i] = word >>> 24; last[4 * i + 1] = word >>> 16; last[4 * i + 2] = word >>> 8; last[4 * i + 3] = word;
    }
    state.set(outer);
    compress(state, last, 0);
    return state;
  };
}

function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

function hexOfWords(words) {
  let text = "";
  for (const word of words) text += (word >>> 0).toString(16).padStart(8, "0");
  return text;
}

function unhex(text) {
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.substr(2 * i, 2), 16);
  return out;
}
