// The page's calls to the chat server: JSON in and out, the person's key in the Authorization header.

/** A refusal or failure; `message` is a Chinese sentence that can be shown, `code` the HTTP status (0: not reached). */
export class ApiError extends Error {
  constructor(code, message, retryAfter) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

const RELEASE_MS = 5000;

const SENTENCES = {
  0: "连不上服务器，请检查网络后再试。",
  400: "没有成功：内容不符合要求。",
  401: "登录已失效，请重新登录。",
  403: "您不能在这里这样做。",
  404: "没有找到。",
  413: "文件太大，最多 50 MB。",
  429: "操作太快，请稍候再试。",
};

function sentence(code, description) {
  if (description && /\p{Script=Han}/u.test(description)) return description;
  const known = SENTENCES[code] ?? `服务器出错（${code}），请稍候再试。`;
  return description && !(code in { 401: 1, 413: 1, 429: 1 }) ? `${known}（${description}）` : known;
}

async function call(path, { key, body, signal, method } = {}) {
  const headers = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: method ?? (body ? "POST" : "GET"),
      headers,
      body: body instanceof FormData || !body ? body : JSON.stringify(body),
      signal,
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, SENTENCES[0]);
  }
  return response;
}

async function result(path, options) {
  const response = await call(path, options);
  let answer = null;
  try {
    answer = await response.json();
  } catch (error) {
    if (options?.signal?.aborted) throw error;
  }
  if (!response.ok || !answer?.ok) {
    throw new ApiError(
      response.status,
      sentence(response.status, answer?.description),
      answer?.parameters?.retry_after,
    );
  }
  return answer.result;
}

/** `{sample, title}`: how people sign in here. */
export const mode = () => result("/auth/mode");
/** The sample office's people, each with a key. */
export const samplePeople = () => result("/sample/people");
/** Open a personal link: sets the PIN, answers `{key, id, name}`. */
export const openLink = (token, pin) => result("/auth/link", { body: { token, pin } });
/** Sign in again, by number (`{id}`) or by name (`{name}`): answers `{key, id, name}`. */
export const signIn = (who, pin) => result("/auth/pin", { body: { ...who, pin } });

/** The calls of one person. Every method answers the server's `result` or throws an ApiError. */
export class Api {
  #key;
  #files = new Map();

  constructor(key) {
    this.#key = key;
  }

  #get(path, signal) {
    return result(path, { key: this.#key, signal });
  }

  #post(path, body) {
    return result(path, { key: this.#key, body });
  }

  me() {
    return this.#get("/user/me");
  }

  chats() {
    return this.#get("/user/chats");
  }

  events(after, wait, signal) {
    return this.#get(`/user/events?after=${after}&wait=${wait}`, signal);
  }

  commands(chat) {
    return this.#get(`/user/commands?chat_id=${chat}`);
  }

  start(bot, payload) {
    return this.#post("/user/start", payload ? { bot, payload } : { bot });
  }

  send(chat, text, replyTo) {
    return this.#post("/user/send", { chat_id: chat, text, ...(replyTo && { reply_to: replyTo }) });
  }

  edit(chat, message, text) {
    return this.#post("/user/edit", { chat_id: chat, message_id: message, text });
  }

  dice(chat, emoji, replyTo) {
    return this.#post("/user/dice", { chat_id: chat, emoji, ...(replyTo && { reply_to: replyTo }) });
  }

  forward(from, message, to) {
    return this.#post("/user/forward", { from_chat_id: from, message_id: message, chat_id: to });
  }

  press(chat, message, data) {
    return this.#post("/user/press", { chat_id: chat, message_id: message, data, wait: 10 });
  }

  read(chat, message) {
    return this.#post("/user/read", { chat_id: chat, message_id: message });
  }

  block(bot, blocked) {
    return this.#post("/user/block", { bot, blocked });
  }

  upload(chat, kind, file, { caption, replyTo, group } = {}) {
    const form = new FormData();
    form.set("chat_id", chat);
    form.set("kind", kind);
    if (caption) form.set("caption", caption);
    if (replyTo) form.set("reply_to", replyTo);
    if (group) form.set("media_group_id", group);
    form.set("file", file, file.name || "文件");
    return this.#post("/user/file", form);
  }

  /** A file's address inside this page (a blob URL), fetched once with the key. */
  file(id) {
    if (!this.#files.has(id)) {
      const fetched = this.#blob(id).then((blob) => URL.createObjectURL(blob));
      fetched.catch(() => this.#files.delete(id));
      this.#files.set(id, fetched);
    }
    return this.#files.get(id);
  }

  async #blob(id) {
    const response = await call(`/user/file/${encodeURIComponent(id)}`, { key: this.#key });
    if (!response.ok) throw new ApiError(response.status, sentence(response.status, ""));
    return response.blob();
  }

  /** Give back the memory of the files that were fetched, once pictures that are just being read have been. */
  close() {
    const all = [...this.#files.values()];
    this.#files.clear();
    setTimeout(() => all.forEach((fetched) => fetched.then((url) => URL.revokeObjectURL(url), () => {})), RELEASE_MS);
  }
}
