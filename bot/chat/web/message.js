// One message (or album) in the log: who, when, what it answers, text, files, dice, buttons.

import { el, button, iconButton } from "./dom.js";
import { icon, emoji, withEmoji } from "./icons.js";
import { clock, whole, fullName, initials, hue } from "./names.js";
import { richText } from "./text.js";
import { diceView, diceWords } from "./dice.js";
import { inlineKeyboard } from "./keyboard.js";
import { attachedFile, documentView, photoView } from "./media.js";

/** A message in one line, for quotes and the chat list. */
export function summary(message) {
  const words = message.text ?? message.caption;
  if (message.dice) return diceWords(message.dice);
  const service = serviceText(message);
  if (service) return service;
  if (message.photo) return words ? `[照片] ${words}` : "[照片]";
  const file = attachedFile(message);
  if (file) return `[文件] ${file.file_name ?? ""}${words ? ` ${words}` : ""}`;
  return words ?? "（这种消息不能在此显示）";
}

/** The sentence of a service message, or null if it is an ordinary one. */
export function serviceText(message) {
  const who = fullName(message.from);
  const names = (list) => list.map(fullName).join("、");
  if (message.new_chat_members?.length) {
    const joined = message.new_chat_members;
    return joined.length === 1 && joined[0].id === message.from?.id ? `${who} 加入了群` : `${who} 邀请 ${names(joined)} 加入了群`;
  }
  if (message.left_chat_member) {
    const left = message.left_chat_member;
    return left.id === message.from?.id ? `${who} 离开了群` : `${who} 将 ${fullName(left)} 移出了群`;
  }
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} 创建了群`;
  if (message.new_chat_title) return `${who} 将群名改为「${message.new_chat_title}」`;
  if (message.pinned_message) return `${who} 置顶了「${summary(message.pinned_message).slice(0, 40)}」`;
  if (message.migrate_to_chat_id) return "本群已升级，消息在新的群里继续";
  if (message.migrate_from_chat_id) return "本群由原来的群升级而来";
  return null;
}

function origin(message) {
  const from = message.forward_origin;
  if (!from) return null;
  const name = fullName(from.sender_user ?? from.sender_chat ?? from.chat) || from.sender_user_name || "未知";
  return el("p", { class: "forwarded" }, icon("forward"), `转发自 ${name}`);
}

function quote(message, context) {
  const answered = message.reply_to_message;
  if (!answered) return null;
  const text = summary(answered).replace(/\s+/gu, " ").slice(0, 120);
  return button(
    { class: `quote hue-${hue(answered.from)}`, title: "跳到这条消息", onClick: () => context.scrollTo(answered.message_id) },
    el("span", { class: "quote-name" }, context.nameOf(answered)),
    el("span", { class: "quote-text" }, withEmoji(text)),
  );
}

function meta(message) {
  const edited = message.edit_date ? el(
    "span",
    { class: "edited", title: `编辑于 ${whole(message.edit_date)}` },
    "已编辑",
  ) : null;
  return el(
    "span",
    { class: "meta" },
    edited,
    el(
      "time",
      { datetime: new Date(message.date * 1000).toISOString(), title: whole(message.date) },
      clock(message.date),
    ),
  );
}

function sender(message, name) {
  const badge = message.from?.is_bot ? el("span", { class: "bot-badge" }, "机器人") : null;
  return el("p", { class: `sender hue-${hue(message.from)}` }, name, badge);
}

function avatar(message, letters) {
  return el("span", { class: `avatar hue-${hue(message.from)}`, "aria-hidden": "true" }, letters);
}

function photoGrid(photos, context) {
  const look = { class: `photos count-${Math.min(photos.length, 4)}` };
  return el("div", look, photos.map((one) => photoView(one, context)));
}

/** Whether a message by a bot speaks of throwing 🎰, so that the throw is offered beside it. */
function invitesThrow(message) {
  return Boolean(message.from?.is_bot && (message.text ?? "").includes("🎰") && (message.text ?? "").includes("回复"));
}

function tools(message, context) {
  const parts = [];
  if (invitesThrow(message)) {
    parts.push(iconButton(emoji("🎰"), "回复并掷 🎰", () => context.throwDice("🎰", message)));
  }
  parts.push(iconButton(icon("reply"), "回复", () => context.reply(message), { class: "icon-button tool-reply" }));
  parts.push(iconButton(
    icon("more"),
    "更多操作",
    (event) => context.menu(message, event.currentTarget),
    { "aria-haspopup": "menu", class: "icon-button tool-more" },
  ));
  return el("div", { class: "tools" }, parts);
}

/**
 * The article for `messages`: one, or the members of an album.
 * `fresh`: it just came in; `first`: its sender is to be named.
 */
export function messageView(messages, context, { fresh = false, first = true } = {}) {
  const message = messages[0];
  const common = { "data-id": message.message_id, tabindex: "-1" };
  const service = serviceText(message);
  if (service) return el("article", { ...common, class: "service" }, el("span", null, withEmoji(service)));

  const own = message.from?.id === context.person.id;
  const name = context.nameOf(message);
  const spoken = messages.find((one) => one.caption) ?? message;
  const text = spoken.text ?? spoken.caption;
  const marks = spoken.entities ?? spoken.caption_entities;
  const photos = messages.filter((one) => one.photo);
  const files = messages.filter((one) => !one.photo && attachedFile(one));
  const known = text || photos.length || files.length || message.dice;
  const body = [
    !own && first && context.inGroup ? sender(message, name) : null,
    origin(message),
    quote(message, context),
    photos.length ? photoGrid(photos, context) : null,
    files.map((one) => documentView(attachedFile(one), context)),
    message.dice ? diceView(message.dice, fresh) : null,
    text ? el("div", { class: "text" }, richText(text, marks, context), meta(spoken)) : null,
    known ? null : el("p", { class: "text unknown" }, "（这种消息不能在此显示）"),
    text ? null : meta(spoken),
  ];
  const classes = [
    "message",
    own && "is-own",
    first && "is-first",
    message.dice && "is-dice",
    photos.length && !text && "is-photo",
    fresh && "is-fresh",
  ];
  return el(
    "article",
    { ...common, class: classes.filter(Boolean).join(" "), "aria-label": `${own ? "我" : name}，${clock(message.date)}` },
    own ? null : avatar(message, first ? initials(name) : null),
    el(
      "div",
      { class: "stack" },
      el("div", { class: "bubble" }, body),
      message.reply_markup?.inline_keyboard ? inlineKeyboard(message, context) : null,
    ),
    tools(message, context),
  );
}
