// A person's chats with unread counts, and the bots with whom a private chat can be started.

import { el, button, walkWithArrows } from "./dom.js";
import { icon, withEmoji } from "./icons.js";
import { fullName, hue, initials, stamp } from "./names.js";
import { summary } from "./message.js";

/** The list as an element with `update(openChatId)`; `choose(chat)` opens a chat, `start(username)` begins one. */
export function chatList(session, { choose, start }) {
  const list = el("ul", { class: "chat-items" });
  const node = el("nav", { class: "chat-list", "aria-label": "会话" }, list);
  walkWithArrows(node, "button");

  function item(chat, openId, newest) {
    const { unread } = chat;
    const last = chat.last;
    const speaker = last?.from?.id === session.id ? "我" : fullName(last?.from);
    const who = speaker && chat.type !== "private" ? `${speaker}：` : "";
    const title = chat.title || "会话";
    return el(
      "li",
      null,
      button(
        {
          class: "chat-item",
          "data-chat": chat.id,
          "aria-current": chat.id === openId ? "true" : null,
          onClick: () => choose(chat),
        },
        el(
          "span",
          { class: `avatar hue-${hue(chat)}`, "aria-hidden": "true" },
          chat.type === "private" ? initials(title) : icon("people"),
        ),
        el("span", { class: "chat-title" }, title),
        last ? el("time", { class: "chat-time" }, stamp(last.date, newest)) : null,
        el(
          "span",
          { class: "chat-last" },
          last ? withEmoji(who + summary(last).replace(/\s+/gu, " ").slice(0, 60)) : "还没有消息",
        ),
        unread ? el(
          "span",
          { class: "unread", "aria-label": `${unread} 条未读` },
          unread > 99 ? "99+" : String(unread),
        ) : null,
      ),
    );
  }

  function stranger({ username, title }) {
    return el(
      "li",
      null,
      button(
        { class: "chat-item is-start", onClick: () => start(username) },
        el("span", { class: "avatar hue-0", "aria-hidden": "true" }, icon("chat")),
        el("span", { class: "chat-title" }, title),
        el("span", { class: "chat-last" }, "开始私聊"),
      ),
    );
  }

  function update(openId) {
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.chat : null;
    const chats = session.list();
    const newest = Math.max(0, ...chats.map((chat) => chat.last?.date ?? 0));
    list.replaceChildren(...chats.map((chat) => item(chat, openId, newest)), ...session.strangers.map(stranger));
    if (list.childElementCount === 0) {
      list.append(el("li", { class: "empty" }, session.state === "loading" ? "正在载入…" : "还没有会话。"));
    }
    if (focused) list.querySelector(`[data-chat="${focused}"]`)?.focus();
  }

  return { node, update };
}
