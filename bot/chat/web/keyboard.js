// Buttons that a bot offers: under a message (inline) or under the input (reply keyboard).

import { el, button } from "./dom.js";
import { icon, withEmoji } from "./icons.js";
import { safeUrl } from "./text.js";

async function press(key, node, message, context) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    const answer = await context.session.press(message, key.callback_data);
    if (answer.answered) context.answered(answer);
    else context.toast("机器人还没有答复，请稍候。");
  } catch (error) {
    context.toast(error.message, { error: true });
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function inlineKey(key, message, context) {
  const look = { class: `key${key.style ? ` is-${key.style}` : ""}` };
  if (key.url) {
    const url = safeUrl(key.url);
    return button(
      { ...look, onClick: () => (url ? context.open(url) : context.toast("这个链接不能打开。", { error: true })) },
      withEmoji(key.text),
      icon("link"),
    );
  }
  if (key.copy_text) {
    return button({ ...look, onClick: () => context.copy(key.copy_text.text) }, withEmoji(key.text), icon("copy"));
  }
  if (key.callback_data === undefined) {
    return button({ ...look, onClick: () => context.toast("这种按钮在本地聊天里不能使用。", { error: true }) }, withEmoji(key.text));
  }
  const node = button(look, el("span", { class: "key-text" }, withEmoji(key.text)));
  node.addEventListener("click", () => press(key, node, message, context));
  return node;
}

/** The buttons of a message's `inline_keyboard`, row by row. */
export function inlineKeyboard(message, context) {
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    el("div", { class: "key-row" }, row.map((key) => inlineKey(key, message, context))),
  );
  return el("div", { class: "keys", role: "group", "aria-label": "按钮" }, rows);
}

/** Whether a selective keyboard is meant for `person`: those mentioned, and the one who is answered. */
function meant(message, person) {
  if (!message.reply_markup.selective) return true;
  const text = message.text ?? "";
  const names = (entity) => text.slice(entity.offset, entity.offset + entity.length) === `@${person.username}`;
  const mentioned = (message.entities ?? []).some((entity) => entity.user?.id === person.id || names(entity));
  return mentioned || message.reply_to_message?.from?.id === person.id;
}

/** The bot message whose reply keyboard (or wish for a reply) stands now in `chat` for `person`, or null. */
export function standingKeyboard(chat, person) {
  for (const message of [...chat.messages.values()].reverse()) {
    const markup = message.reply_markup;
    if (!markup || markup.inline_keyboard || !meant(message, person)) continue;
    return markup.keyboard || markup.force_reply ? message : null;
  }
  return null;
}

/** The buttons of a reply keyboard: each sends its own text. */
export function replyKeyboard(message, send) {
  const rows = message.reply_markup.keyboard.map((row) =>
    el("div", { class: "key-row" }, row.map((key) => {
      const text = typeof key === "string" ? key : key.text;
      return button({ class: "key", onClick: () => send(text) }, withEmoji(text));
    })),
  );
  return el("div", { class: "keys reply-keys", role: "group", "aria-label": "快捷回复" }, rows);
}
