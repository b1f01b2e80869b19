// Where a message is written: text, reply, edit, commands, dice and files.

import { el, button, iconButton } from "./dom.js";
import { icon, emoji, withEmoji } from "./icons.js";
import { attachmentDialog } from "./attachments.js";
import { commandMenu } from "./commands.js";
import { DICE } from "./dice.js";
import { replyKeyboard, standingKeyboard } from "./keyboard.js";
import { summary } from "./message.js";
import { openMenu } from "./popup.js";

const TALLEST = 180;
const PLACEHOLDER = "输入消息";

/**
 * The composer of `chat`. `context` gives api, person, session, toast, nameOf.
 * Answers `{node, reply, edit, mention, send, throwDice, addFiles, focus, draft, refreshKeyboard}`.
 */
export function composer(chat, context, draft = "") {
  const { api } = context;
  const input = el(
    "textarea",
    {
      rows: 1,
      class: "input",
      placeholder: PLACEHOLDER,
      "aria-label": "消息",
      enterkeyhint: "send",
      autocomplete: "off",
    },
  );
  const bar = el("div", { class: "reply-bar", hidden: true });
  const keyboard = el("div", { class: "keyboard-place" });
  const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "选择文件" });
  const menu = commandMenu(input, () => api.commands(chat.id), (text) => {
    input.value = "";
    grow();
    send(text);
  });
  let replyTo = null;
  let editing = null;
  let queue = Promise.resolve();
  input.value = draft;

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(TALLEST, input.scrollHeight)}px`;
    input.classList.toggle("is-tall", input.scrollHeight > TALLEST);
  }

  function clearBar() {
    if (editing) input.value = "";
    replyTo = null;
    editing = null;
    bar.hidden = true;
    bar.replaceChildren();
    grow();
  }

  function showBar(words, message, extra) {
    const cancel = () => {
      clearBar();
      input.focus();
    };
    bar.replaceChildren(
      el("span", { class: "reply-bar-icon" }, icon(editing ? "edit" : "reply")),
      el(
        "span",
        { class: "reply-bar-text" },
        el("strong", null, words),
        el("span", null, withEmoji(summary(message).replace(/\s+/gu, " ").slice(0, 100))),
      ),
      extra,
      iconButton(icon("close"), editing ? "取消编辑" : "取消回复", cancel),
    );
    bar.hidden = false;
    input.focus();
  }

  function reply(message) {
    clearBar();
    replyTo = message;
    const dice = button({ class: "quiet throw", onClick: () => throwDice("🎰") }, "掷 ", emoji("🎰"));
    showBar(`回复 ${context.nameOf(message)}`, message, dice);
  }

  function edit(message) {
    clearBar();
    editing = message;
    input.value = message.text ?? message.caption ?? "";
    showBar("编辑消息", message);
    grow();
  }

  /** Run one call that changes something; a refusal is shown, and what was typed stays. */
  async function attempt(call) {
    try {
      const message = await call();
      if (message?.message_id) context.session.take(message);
      return true;
    } catch (error) {
      context.toast(error.message, { error: true });
      return false;
    }
  }

  /** Send `text`, after what was sent before it; a refused text goes back into the input. */
  function send(text, answered = replyTo) {
    if (answered && answered === replyTo) clearBar();
    queue = queue.then(async () => {
      if (await attempt(() => api.send(chat.id, text, answered?.message_id))) return;
      if (editing) {
        context.toast(`没有发出：${text}`, { error: true });
        return;
      }
      input.value = [text, input.value].filter(Boolean).join("\n");
      grow();
      if (answered && !replyTo) reply(answered);
    });
    return queue;
  }

  async function submit() {
    const text = input.value.trim();
    if (!text) return;
    menu.close();
    if (editing) {
      const { message_id } = editing;
      if (await attempt(() => api.edit(chat.id, message_id, text))) clearBar();
    } else {
      input.value = "";
      grow();
      send(text);
    }
  }

  /** Throw at once; the reply bar goes with the first click, so that a double click is one throw. */
  function throwDice(character, answered = replyTo) {
    if (answered && answered === replyTo) clearBar();
    return attempt(() => api.dice(chat.id, character, answered?.message_id));
  }

  function addFiles(list) {
    const files = [...list];
    if (files.length === 0) return;
    const answered = replyTo?.message_id;
    const caption = editing ? "" : input.value.trim();
    attachmentDialog(files, caption, async (file, kind, { caption: words, group }) => {
      context.session.take(await api.upload(chat.id, kind, file, { caption: words, replyTo: answered, group }));
      if (!editing) {
        input.value = "";
        clearBar();
      }
    });
  }

  function mention(name) {
    const space = input.value && !/\s$/u.test(input.value) ? " " : "";
    input.value += `${space}${name} `;
    grow();
    input.focus();
  }

  /** Show the reply keyboard that stands now; `fresh`: a message just came, so a wish for a reply is followed. */
  function refreshKeyboard(fresh) {
    const message = standingKeyboard(chat, context.person);
    const standing = keyboard.dataset.message;
    if (String(message?.message_id ?? "") === (standing ?? "")) return;
    keyboard.dataset.message = message?.message_id ?? "";
    keyboard.replaceChildren();
    input.placeholder = message?.reply_markup.input_field_placeholder || PLACEHOLDER;
    if (!message) return;
    if (message.reply_markup.force_reply) {
      if (fresh) reply(message);
    } else {
      const once = message.reply_markup.one_time_keyboard;
      keyboard.append(
        replyKeyboard(message, (text) => {
          send(text, replyTo ?? (chat.type === "private" ? null : message));
          if (once) keyboard.replaceChildren();
        }),
      );
    }
  }

  input.addEventListener("input", () => {
    grow();
    menu.refresh();
  });
  input.addEventListener("keydown", (event) => {
    // While a Chinese input method is composing, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (menu.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && !bar.hidden) {
      event.stopPropagation();
      clearBar();
    } else if (event.key === "ArrowUp" && input.value === "" && !event.shiftKey) {
      const own = [
        ...chat.messages.values(),
      ].reverse().find((one) => one.from?.id === context.person.id && one.text && !one.forward_origin);
      if (own) {
        event.preventDefault();
        edit(own);
      }
    }
  });
  input.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  input.addEventListener("blur", () => menu.close());
  picker.addEventListener("change", () => {
    addFiles(picker.files);
    picker.value = "";
  });

  const diceMenu = (event) =>
    openMenu(
      event.currentTarget,
      DICE.map((kind) => ({
        label: `${replyTo ? "回复并掷" : "掷"}${kind.name}`,
        icon: emoji(kind.emoji),
        run: () => throwDice(kind.emoji),
      })),
      "掷骰",
    );
  const openCommands = () => {
    input.value = "/";
    input.focus();
    menu.refresh();
  };
  const node = el(
    "form",
    { class: "composer", onSubmit: (event) => event.preventDefault() },
    menu.node,
    bar,
    el(
      "div",
      { class: "composer-row" },
      iconButton(icon("attach"), "发送文件或照片", () => picker.click()),
      iconButton(icon("command"), "命令", openCommands),
      input,
      iconButton(emoji("🎲"), "掷骰", diceMenu, { "aria-haspopup": "menu", class: "icon-button dice-button" }),
      iconButton(icon("send"), "发送", submit, { class: "icon-button send" }),
    ),
    keyboard,
    picker,
  );
  queueMicrotask(grow);
  refreshKeyboard(false);
  return {
    node,
    reply,
    edit,
    mention,
    send,
    throwDice,
    addFiles,
    refreshKeyboard,
    focus: () => input.focus(),
    draft: () => (editing ? "" : input.value),
  };
}
