// One open chat: its head, its log, its composer, and what can be done with a message.

import { el, button, iconButton } from "./dom.js";
import { icon, emoji } from "./icons.js";
import { fullName } from "./names.js";
import { composer } from "./composer.js";
import { messageLog } from "./log.js";
import { openAlert, openDialog, openMenu } from "./popup.js";
import { deepLink, safeUrl } from "./text.js";

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https on a local network there is no clipboard interface: the older way by a selected field.
  const field = el("textarea", { class: "off-screen" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
  return undefined;
}

/**
 * The pane of `chat`. `host`: `toast(text, {error})`, `back()`, `start(bot, payload)`.
 * Answers `{node, close, look, draft, focus}`; `look()` says that the pane is before the person's eyes again.
 */
export function chatPane(chat, session, host, draft) {
  const { api, person } = session;
  const context = {
    api,
    person,
    session,
    inGroup: chat.type !== "private",
    toast: host.toast,
    nameOf: (message) => (message.from?.id === person.id ? "我" : fullName(message.from ?? message.sender_chat) || "未知"),
    answered,
    copy,
    open,
    menu,
    send: (text) => write.send(text),
    mention: (name) => write.mention(name),
    reply: (message) => write.reply(message),
    throwDice: (character, message) => write.throwDice(character, message),
    scrollTo: (id) => log.showMessage(id),
  };

  async function copy(text) {
    try {
      await copyText(text);
      host.toast("已复制。");
    } catch {
      host.toast("浏览器不允许复制，请选中文字后按 Ctrl+C。", { error: true });
    }
  }

  /** Show a bot's answer to a pressed button. */
  function answered({ text, show_alert: alert, url }) {
    if (url) open(url);
    if (text && alert) openAlert(chat.title, text);
    else if (text) host.toast(text);
  }

  /** Open a link: the bot's deep link here, any other in a new tab. */
  async function open(url) {
    const address = safeUrl(String(url));
    if (!address) return host.toast("这个链接不能打开。", { error: true });
    const target = deepLink(address);
    if (target && (await host.start(target.bot, target.payload, { quiet: true }))) return undefined;
    window.open(address, "_blank", "noopener,noreferrer");
    return undefined;
  }

  function forward(message) {
    openDialog("转发到", (body, close) => {
      const choose = async (target) => {
        close();
        try {
          session.take(await api.forward(chat.id, message.message_id, target.id));
          host.toast(`已转发到「${target.title}」。`);
        } catch (error) {
          host.toast(error.message, { error: true });
        }
      };
      body.append(el(
        "div",
        { class: "choices" },
        session.list().map((one) => button({ class: "choice-item", onClick: () => choose(one) }, one.title)),
      ));
    });
  }

  function menu(message, anchor) {
    const words = message.text ?? message.caption;
    const own = message.from?.id === person.id;
    const items = [
      { label: "回复", icon: icon("reply"), run: () => write.reply(message) },
      { label: "回复并掷 🎰", icon: emoji("🎰"), run: () => write.throwDice("🎰", message) },
      words && { label: "复制", icon: icon("copy"), run: () => copy(words) },
      { label: "转发", icon: icon("forward"), run: () => forward(message) },
      own && message.text && !message.forward_origin && {
        label: "编辑",
        icon: icon("edit"),
        run: () => write.edit(message),
      },
    ];
    openMenu(anchor, items.filter(Boolean), "对这条消息");
  }

  async function block(blocked) {
    try {
      await api.block(chat.bot, blocked);
      await session.refreshChats();
      host.toast(blocked ? "已停用，机器人不能再给您发消息。" : "已恢复。");
    } catch (error) {
      host.toast(error.message, { error: true });
    }
  }

  const chatMenu = (event) =>
    openMenu(
      event.currentTarget,
      [
        chat.blocked ? { label: "恢复机器人", icon: icon("chat"), run: () => block(false) } : {
          label: "停用机器人",
          icon: icon("close"),
          run: () => block(true),
        },
      ],
      "会话",
    );

  function kind() {
    if (chat.type === "private") return chat.blocked ? "机器人，已停用" : "与机器人的私聊";
    return chat.members ? `群聊 · ${chat.members} 人` : "群聊";
  }

  const title = el("h2", { class: "chat-head-title" }, chat.title);
  const kindLine = el("p", { class: "chat-head-kind" }, kind());
  const head = el(
    "header",
    { class: "chat-head" },
    iconButton(icon("back"), "返回会话列表", host.back, { class: "icon-button back" }),
    el("div", { class: "chat-head-text" }, title, kindLine),
    chat.bot ? iconButton(
      icon("more"),
      "会话操作",
      chatMenu,
      { class: "icon-button chat-more", "aria-haspopup": "menu" },
    ) : null,
  );
  const log = messageLog(chat, session, context);
  const write = composer(chat, context, draft);
  const drop = el("div", { class: "drop", hidden: true }, el("p", null, "松开鼠标，发送文件"));
  const node = el("section", { class: "chat-pane", "aria-label": chat.title }, head, log.node, write.node, drop);

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  node.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  node.addEventListener("dragleave", (event) => {
    if (!node.contains(event.relatedTarget)) drop.hidden = true;
  });
  node.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    drop.hidden = true;
    write.addFiles(event.dataTransfer.files);
  });

  const listening = new AbortController();
  const look = () => {
    title.textContent = chat.title;
    kindLine.textContent = kind();
    if (!document.hidden && node.offsetParent !== null) session.markRead(chat);
  };
  session.addEventListener("chats", look, { signal: listening.signal });
  session.addEventListener("message", () => write.refreshKeyboard(true), { signal: listening.signal });
  session.addEventListener("loaded", () => write.refreshKeyboard(false), { signal: listening.signal });
  document.addEventListener("visibilitychange", look, { signal: listening.signal });
  queueMicrotask(look);

  function close() {
    listening.abort();
    log.close();
  }

  return { node, close, look, draft: write.draft, focus: write.focus };
}
