// The messages of one chat, as a log that follows the newest and can be walked with the arrow keys.

import { el, button } from "./dom.js";
import { icon } from "./icons.js";
import { day } from "./names.js";
import { messageView, serviceText } from "./message.js";

const PAGE = 80;
const SAME_BREATH_SECONDS = 300;
const NEAR_END_PX = 90;

/** Messages as shown: the members of an album (same media_group_id, one after the other) are one entry. */
function entries(chat) {
  const list = [];
  for (const message of chat.messages.values()) {
    const last = list.at(-1);
    if (last && message.media_group_id && last[0].media_group_id === message.media_group_id) last.push(message);
    else list.push([message]);
  }
  return list;
}

/** The log of `chat`: `{node, close, toEnd, showMessage, isAtEnd}`. `context` is what messages act through. */
export function messageLog(chat, session, context) {
  const older = button({ class: "quiet older", onClick: showOlder }, "载入更早的消息");
  const list = el("div", { class: "log-list" });
  const node = el(
    "div",
    {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": `${chat.title} 的消息`,
      tabindex: "0",
    },
    older,
    list,
  );
  const count = el("span", null, "");
  const jump = button({ class: "jump", hidden: true, onClick: () => toEnd() }, icon("down"), count);
  const frame = el("div", { class: "log-frame" }, node, jump);
  const listening = new AbortController();
  let articles = new Map();
  let shown = PAGE;
  let stuck = true;
  let missed = 0;

  function leads(entry, before) {
    if (!before || serviceText(before[0])) return true;
    const previous = before.at(-1);
    const pause = entry[0].date - previous.date > SAME_BREATH_SECONDS;
    return pause || previous.from?.id !== entry[0].from?.id || day(previous.date) !== day(entry[0].date);
  }

  function nodesFor(entry, before, fresh) {
    const article = messageView(entry, context, { fresh, first: leads(entry, before) });
    for (const message of entry) articles.set(message.message_id, article);
    const newDay = !before || day(before[0].date) !== day(entry[0].date);
    return newDay ? [el("p", { class: "day" }, el("span", null, day(entry[0].date))), article] : [article];
  }

  function redraw() {
    // A redraw is no news: screen readers are told to wait until it is over.
    node.setAttribute("aria-busy", "true");
    articles = new Map();
    const all = entries(chat);
    const part = all.slice(-shown);
    older.hidden = part.length === all.length;
    list.replaceChildren(...part.flatMap((entry, index) => nodesFor(entry, part[index - 1], false)));
    if (all.length === 0) list.append(el("p", { class: "empty" }, "还没有消息。"));
    node.setAttribute("aria-busy", "false");
  }

  function showOlder() {
    const height = node.scrollHeight;
    shown += PAGE;
    redraw();
    node.scrollTop += node.scrollHeight - height;
    list.querySelector("article")?.focus({ preventScroll: true });
  }

  function toEnd() {
    stuck = true;
    missed = 0;
    jump.hidden = true;
    node.scrollTop = node.scrollHeight;
  }

  function added({ detail }) {
    if (detail.chat !== chat) return;
    const all = entries(chat);
    const entry = all.at(-1);
    const own = detail.message.from?.id === session.id;
    if (entry.length > 1 || entry[0] !== detail.message || articles.size === 0) {
      redraw();
    } else {
      list.append(...nodesFor(entry, all.at(-2), true));
    }
    if (stuck || own) toEnd();
    else {
      missed += 1;
      count.textContent = `${missed} 条新消息`;
      jump.hidden = false;
    }
  }

  function changed({ detail }) {
    const old = detail.chat === chat && articles.get(detail.message.message_id);
    if (!old) return;
    const all = entries(chat);
    const at = all.findIndex((entry) => entry.some((one) => one.message_id === detail.message.message_id));
    const focused = [...old.querySelectorAll("button, a")].indexOf(document.activeElement);
    const wasFocused = old === document.activeElement;
    const article = nodesFor(all[at], all[at - 1], false).at(-1);
    old.replaceWith(article);
    if (focused >= 0) ([...article.querySelectorAll("button, a")][focused] ?? article).focus({ preventScroll: true });
    else if (wasFocused) article.focus({ preventScroll: true });
    if (stuck) node.scrollTop = node.scrollHeight;
  }

  function removed({ detail }) {
    if (detail.chat === chat) redraw();
  }

  /** Scroll to a message, loading earlier ones if it is further up, and mark it for a moment. */
  function showMessage(id) {
    if (!articles.has(id) && chat.messages.has(id)) {
      shown = entries(chat).length;
      redraw();
    }
    const article = articles.get(id);
    if (!article) return context.toast("这条消息不在当前会话里。");
    stuck = false;
    article.scrollIntoView({ block: "center" });
    article.focus({ preventScroll: true });
    article.classList.remove("is-found");
    void article.offsetWidth;
    article.classList.add("is-found");
    return undefined;
  }

  function walk(event) {
    const article = event.target.closest("article");
    const onLog = event.target === node;
    if (!onLog && event.target !== article) return;
    const all = [...list.querySelectorAll("article")];
    const at = article ? all.indexOf(article) : all.length;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if (article && (event.key === "Enter" || event.key === "ContextMenu")) {
      event.preventDefault();
      const message = chat.messages.get(Number(article.dataset.id));
      if (message && !serviceText(message)) context.menu(message, article.querySelector(".bubble"));
    }
  }

  function openByPointer(event) {
    const article = event.target.closest("article.message");
    if (!article || event.target.closest("a, textarea") || !window.getSelection().isCollapsed) return;
    event.preventDefault();
    context.menu(chat.messages.get(Number(article.dataset.id)), { x: event.clientX, y: event.clientY });
  }

  node.addEventListener("scroll", () => {
    stuck = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_END_PX;
    if (stuck && missed) toEnd();
  });
  node.addEventListener("keydown", walk);
  node.addEventListener("contextmenu", openByPointer);
  const resized = new ResizeObserver(() => {
    if (stuck) node.scrollTop = node.scrollHeight;
  });
  resized.observe(list);
  resized.observe(node);
  session.addEventListener("message", added, { signal: listening.signal });
  session.addEventListener("edited", changed, { signal: listening.signal });
  session.addEventListener("deleted", removed, { signal: listening.signal });
  session.addEventListener("loaded", () => {
    redraw();
    toEnd();
  }, { signal: listening.signal });
  redraw();
  queueMicrotask(toEnd);

  function close() {
    listening.abort();
    resized.disconnect();
  }

  return { node: frame, close, showMessage };
}
