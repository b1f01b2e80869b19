// One person's live view of the server: their chats and messages, kept current by the event feed.

import { Api } from "./api.js";
import { readUpTo, keepRead } from "./keys.js";
import { takeSlot } from "./slots.js";

const WAIT_SECONDS = 25;
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
    this.serverUnread = 0;
    this.present = false;
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
 * Emits: "state" (loading, live, offline, expired), "chats" (list or unread changed),
 * "message" / "edited" (detail: {chat, message}), "deleted" (detail: {chat, id}), "answer" (detail: {answer}).
 */
export class Session extends EventTarget {
  constructor(person) {
    super();
    this.person = person;
    this.api = new Api(person.key);
    this.chats = new Map();
    this.bots = new Map();
    this.state = "loading";
    this.#stopping = new AbortController();
  }

  #stopping;
  #after = 0;
  #wake = () => {};

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

  unread(chat) {
    const last = chat.last?.message_id ?? 0;
    const seen = readUpTo(this.id, chat.id);
    // A marker beyond the newest message is of an office that has been laid out anew since.
    if (seen === null || seen > last) return chat.serverUnread;
    let count = 0;
    for (const message of chat.messages.values()) {
      if (message.message_id > seen && message.from?.id !== this.id) count += 1;
    }
    return count;
  }

  markRead(chat) {
    const last = chat.last?.message_id;
    if (last === undefined || readUpTo(this.id, chat.id) === last) return;
    keepRead(this.id, chat.id, last);
    this.#emit("chats");
  }

  /** Take in a message that the server answered, without waiting for its event. */
  take(message) {
    this.#put(message, "message", true);
  }

  /** Fetch the list of chats anew. */
  async refreshChats() {
    const fresh = await this.api.chats();
    for (const chat of this.chats.values()) chat.present = false;
    for (const { id, type, title, unread } of fresh) {
      const chat = this.#chat(id);
      Object.assign(chat, { type, title, present: true, serverUnread: unread ?? 0 });
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
    const known = chat.messages.has(message.message_id);
    chat.put(message);
    if (message.from?.is_bot) this.bots.set(message.from.id, message.from);
    for (const member of message.new_chat_members ?? []) if (member.is_bot) this.bots.set(member.id, member);
    if (!live) return;
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
    if (event.type === "answer" && live) this.#emit("answer", { answer: event.answer });
    this.#after = Math.max(this.#after, event.seq);
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

  async #run() {
    const signal = this.#stopping.signal;
    let live = false;
    let failures = 0;
    while (!signal.aborted) {
      let release = null;
      try {
        if (!live || failures > 0) await this.refreshChats();
        release = live && !document.hidden ? await takeSlot() : null;
        const wait = release ? WAIT_SECONDS : 0;
        const limit = AbortSignal.timeout((wait + 15) * 1000);
        const events = await this.api.events(this.#after, wait, AbortSignal.any([signal, limit]));
        failures = 0;
        for (const event of events) await this.#apply(event, live);
        if (!live && events.length > 0) continue;
        if (!live) {
          live = true;
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
      else if (!release) await this.#pause(document.hidden ? HIDDEN_MS : this.state === "live" && live ? ASK_AGAIN_MS : 0);
    }
  }
}
