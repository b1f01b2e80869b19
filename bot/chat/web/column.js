// One person's column: who it is, the chats, the open chat.

import { el, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { hue, initials } from "./names.js";
import { chatList } from "./chatlist.js";
import { chatPane } from "./chat.js";
import { openAlert, toaster } from "./popup.js";
import { Session } from "./session.js";

// Narrower screens show either the list of chats or a chat (chat.css uses the same width).
const PHONE_PX = 700;

/**
 * A column for `person` (`{id, name, key, unit?, roles?}`).
 * `host`: `switchPerson()`, `close()` or null, `leave()` or null, `expired()`, `unread(count)`.
 */
export function column(person, host) {
  const session = new Session(person);
  const toasts = toaster();
  const drafts = new Map();
  let pane = null;
  let open = null;
  let settled = false;

  const detail = el("p", { class: "person-detail" });
  const head = el(
    "header",
    { class: "person-head" },
    el("span", { class: `avatar hue-${hue(person)}`, "aria-hidden": "true" }, initials(person.name)),
    el(
      "div",
      { class: "person-text" },
      el("h1", { class: "person-name" }, person.name),
      detail,
    ),
    host.switchPerson ? iconButton(icon("swap"), `换一个身份（现在是${person.name}）`, host.switchPerson) : null,
    host.leave ? iconButton(icon("leave"), "退出登录", host.leave) : null,
    host.close ? iconButton(icon("close"), `关闭${person.name}这一列`, host.close) : null,
  );
  const banner = el("p", { class: "banner", role: "status", hidden: true });
  const list = chatList(session, { choose: (chat) => openChat(chat, true), start });
  const place = el("div", { class: "pane-place" }, el("p", { class: "empty" }, "请选择一个会话。"));
  const node = el(
    "section",
    { class: "column", id: `column-${person.id}`, "aria-label": person.name, "data-person": person.id },
    head,
    banner,
    list.node,
    place,
    toasts.place,
  );

  function showPerson() {
    detail.textContent = [person.unit, ...(person.roles ?? [])].filter(Boolean).join(" · ");
    detail.title = detail.textContent;
  }

  function openChat(chat, byHand) {
    if (pane) {
      drafts.set(open.id, pane.draft());
      pane.close();
    }
    open = chat;
    pane = chatPane(chat, session, { toast: toasts.show, back, start }, drafts.get(chat.id));
    place.replaceChildren(pane.node);
    node.classList.add("has-chat");
    list.update(chat.id);
    // On a touch screen focus would raise the keyboard over the messages.
    if (byHand && window.matchMedia("(hover: hover)").matches) pane.focus();
  }

  function back() {
    if (!pane) return;
    drafts.set(open.id, pane.draft());
    pane.close();
    pane = null;
    node.classList.remove("has-chat");
    place.replaceChildren(el("p", { class: "empty" }, "请选择一个会话。"));
    const from = open.id;
    open = null;
    list.update(null);
    list.node.querySelector(`[data-chat="${from}"]`)?.focus();
  }

  /** Begin (or continue) the private chat with a bot; answers whether that was possible. */
  async function start(bot, payload = "", { quiet = false } = {}) {
    try {
      await session.api.start(bot, payload);
      await session.refreshChats();
      const chat = session.list().find((one) => one.type === "private");
      if (chat && chat !== open) openChat(chat, true);
      return true;
    } catch (error) {
      if (!quiet || error.code !== 404) toasts.show(error.message, { error: true });
      return quiet && error.code === 404 ? false : true;
    }
  }

  function settle() {
    if (settled || session.state !== "live") return;
    settled = true;
    const first = session.list()[0];
    if (first && !open && window.innerWidth >= PHONE_PX) openChat(first, host.alone());
    else if (!open) list.node.querySelector("button")?.focus();
  }

  session.addEventListener("chats", () => {
    list.update(open?.id ?? null);
    const chats = session.list();
    host.unread(chats.reduce((sum, chat) => sum + chat.unread, 0));
    if (!open || session.state !== "live" || chats.includes(open)) return;
    // A group that was upgraded goes on under a new id: stay with it.
    const successor = chats.find((chat) => chat.id === open.last?.migrate_to_chat_id);
    if (successor) openChat(successor, false);
    else back();
  });
  session.addEventListener("state", () => {
    const offline = session.state === "offline";
    banner.hidden = !offline;
    banner.textContent = offline ? "连接中断，正在重连…" : "";
    node.classList.toggle("is-offline", offline);
    if (session.state === "expired") host.expired();
    list.update(open?.id ?? null);
    settle();
  });
  session.addEventListener("answer", ({ detail: answer }) => {
    if (answer.text && answer.show_alert) openAlert(person.name, answer.text);
    else if (answer.text) toasts.show(answer.text);
  });
  session.addEventListener("person", showPerson);
  showPerson();
  list.update(null);
  session.start();

  return {
    node,
    person,
    look: () => pane?.look(),
    stop: () => {
      pane?.close();
      session.stop();
    },
  };
}
