// One person's live view of the server: their chats and messages, kept current by the event feed.

import { Api } from "./api.js";
import { takeSlot } from "./slots.js";

const WAIT_SECONDS = 25;
const SILENT_SECONDS = 15;
const ASK_AGAIN_MS = 1000;
const HIDDEN_MS = 5000;
const LONGEST_PAUSE_MS = 15000;

/** A chat as this person sees it; messages ascend by id. */
class Chat {
  constructor(id) {
    this.id = id;
    this.type = id > 0 ? "private" : "group";
    this.title = "";
    this.messages = new Map();
    this.unread = 0;
    this.present = false;
    this.members = 0;
    this.bot = null;
    this.blocked = false;
  }

  get last() {
    let last = null;
    for (const message of this.messages.values()) last = message;
    return last;
  }

  put(message) {
    const inOrder = this.messages.has(message.message_id) || !this.last || this.last.message_id < message.message_id;
    this.messages.set(message.message_id, message);
    if (!inOrder) this.messages = new Map([...this.messages].sort(([a], [b]) => a - b));
  }
}

/**
 * Emits "person" (unit and roles are known), "state" (loading, live, offline, expired), "chats" (list or unread
 * changed), "loaded" (the past is here: what follows is news), "message" and "edited" (detail: {chat, message}),
 * "deleted" (detail: {chat, id}), "answer" (detail: an answer to a press, come late).
 */
export class Session extends EventTarget {
  constructor(person) {
    super();
    this.person = person;
    this.api = new Api(person.key);
    this.chats = new Map();
    // Bots with whom no private chat was begun yet: `{username, title}`.
    this.strangers = [];
    this.state = "loading";
    this.#stopping = new AbortController();
  }

  #stopping;
  #after = 0;
  #wake = () => {};
  #late = new Set();

  get id() {
    return this.person.id;
  }

  start() {
    const wake = () => this.#wake();
    const signal = this.#stopping.signal;
    window.addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    this.#run();
  }

  stop() {
    this.#stopping.abort();
    this.#wake();
    this.api.close();
  }

  /** The chats in which the person is, newest news first; the group stays above on a tie. */
  list() {
    const date = (chat) => chat.last?.date ?? 0;
    return [...this.chats.values()].filter((chat) => chat.present).sort((a, b) => date(b) - date(a) || a.id - b.id);
  }

  /** The chat has been looked at up to its newest message. */
  async markRead(chat) {
    if (chat.unread === 0 || !chat.last) return;
    chat.unread = 0;
    this.#emit("chats");
    try {
      await this.api.read(chat.id, chat.last.message_id);
    } catch {
      // The server counts them as unread still: the next list of chats will say so.
    }
  }

  /** Press a button; an answer that comes later than the server waits is emitted as "answer". */
  async press(message, data) {
    const answer = await this.api.press(message.chat.id, message.message_id, data);
    if (!answer.answered) this.#late.add(`${message.chat.id}/${message.message_id}/${data}`);
    return answer;
  }

  /** Take in a message that the server answered, without waiting for its event. */
  take(message) {
    this.#put(message, "message", true);
  }

  /** Fetch the list of chats anew. */
  async refreshChats() {
    const fresh = await this.api.chats();
    for (const chat of this.chats.values()) chat.present = false;
    this.strangers = fresh.filter((one) => one.started === false).map((one) => ({
      username: one.bot,
      title: one.title,
    }));
    for (const { id, started, ...known } of fresh) {
      const chat = started === false ? null : this.#chat(id);
      if (chat && !chat.present) Object.assign(chat, { blocked: false, ...known, present: true });
    }
    this.#emit("chats");
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.#emit("state");
  }

  #chat(id) {
    if (!this.chats.has(id)) this.chats.set(id, new Chat(id));
    return this.chats.get(id);
  }

  #put(message, type, live) {
    const chat = this.#chat(message.chat.id);
    const known = chat.messages.get(message.message_id);
    // What the server answered comes again as an event: the same message is no change.
    if (known && JSON.stringify(known) === JSON.stringify(message)) return;
    chat.put(message);
    if (!live) return;
    if (!known && message.from?.id !== this.id) chat.unread += 1;
    this.#emit(known ? "edited" : type, { chat, message });
    this.#emit("chats");
  }

  async #apply(event, live) {
    if (event.message && event.type !== "deleted") {
      this.#put(event.message, event.type, live);
      const chat = this.#chat(event.message.chat.id);
      if (live && !chat.present) await this.refreshChats();
    }
    if (event.type === "deleted") {
      const chat = this.#chat(event.message.chat.id);
      const id = event.message.message_id;
      chat.messages.delete(id);
      if (live) this.#emit("deleted", { chat, id });
    }
    if (event.type === "member" && live) await this.refreshChats();
    if (event.type === "answer") {
      const { chat_id: chat, message_id: message, data } = event.answer;
      if (this.#late.delete(`${chat}/${message}/${data}`)) this.#emit("answer", event.answer);
    }
    this.#after = Math.max(this.#after, event.seq);
  }

  /** News since the last, waited for; a connection that has gone silent is given up. */
  async #events(wait) {
    const giveUp = new AbortController();
    const abort = () => giveUp.abort();
    const timer = setTimeout(abort, (wait + SILENT_SECONDS) * 1000);
    this.#stopping.signal.addEventListener("abort", abort);
    try {
      return await this.api.events(this.#after, wait, giveUp.signal);
    } finally {
      clearTimeout(timer);
      this.#stopping.signal.removeEventListener("abort", abort);
    }
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Learn the person's unit, roles and username, which signing in does not tell. */
  async #introduce() {
    try {
      const { unit, roles, username } = await this.api.me();
      Object.assign(this.person, { unit, roles, username });
      this.#emit("person");
    } catch {
      // They are shown beside the name only; if the server is away, the feed says so.
    }
  }

  async #run() {
    const signal = this.#stopping.signal;
    let live = false;
    let failures = 0;
    this.#introduce();
    while (!signal.aborted) {
      let release = null;
      const wasLive = live;
      try {
        if (!live || failures > 0) await this.refreshChats();
        release = live && !document.hidden ? await takeSlot() : null;
        const wait = release ? WAIT_SECONDS : 0;
        const events = await this.#events(wait);
        failures = 0;
        for (const event of events) await this.#apply(event, live);
        if (!live && events.length > 0) continue;
        if (!live) {
          live = true;
          this.#emit("loaded");
          this.#emit("chats");
        }
        this.#setState("live");
      } catch (error) {
        if (signal.aborted) return;
        if (error.code === 401) {
          this.#setState("expired");
          return;
        }
        failures += 1;
        this.#setState("offline");
      } finally {
        release?.();
      }
      if (failures > 0) await this.#pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures));
      else if (wasLive && !release) await this.#pause(document.hidden ? HIDDEN_MS : ASK_AGAIN_MS);
    }
  }
}
