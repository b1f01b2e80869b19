// A message's text with its entities, as page elements.

import { el, button } from "./dom.js";
import { withEmoji } from "./icons.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/** `address` as a URL that may be opened (http or https), or null. */
export function safeUrl(address) {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

/** A deep link of the bot (`https://t.me/NAME?start=PAYLOAD`) as `{bot, payload}`, or null. */
export function deepLink(url) {
  if (!/^(www\.)?(t\.me|telegram\.me)$/i.test(url.hostname)) return null;
  const bot = /^\/([A-Za-z]\w{3,31})\/?$/.exec(url.pathname)?.[1];
  return bot ? { bot, payload: url.searchParams.get("start") ?? "" } : null;
}

/** A link that opens outside, or the bot's private chat if it is a deep link; plain text if it may not be opened. */
function link(address, children, actions) {
  const url = safeUrl(address);
  if (!url) return el("span", null, children);
  return el(
    "a",
    {
      href: url.href,
      target: "_blank",
      rel: "noopener noreferrer",
      onClick: (event) => {
        if (!deepLink(url)) return;
        event.preventDefault();
        actions.open(url);
      },
    },
    children,
  );
}

function wrap(entity, raw, children, actions) {
  if (entity.type in TAGS) return el(TAGS[entity.type], null, children);
  if (entity.type === "url") return link(raw, children, actions);
  if (entity.type === "text_link") return link(entity.url, children, actions);
  if (entity.type === "bot_command") {
    return button({ class: "text-button", title: "发送这条命令", onClick: () => actions.send(raw) }, children);
  }
  if (entity.type === "mention") {
    return button({ class: "text-button", title: "在输入框里提到", onClick: () => actions.mention(raw) }, children);
  }
  if (entity.type === "spoiler") {
    const show = (event) => event.currentTarget.setAttribute("aria-pressed", "true");
    return button({ class: "spoiler", title: "点击显示", "aria-pressed": "false", onClick: show }, children);
  }
  return el("span", { class: `entity-${entity.type}` }, children);
}

function build(text, from, to, entities, actions) {
  const nodes = [];
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    next += 1;
    if (end <= start) continue;
    const inside = [];
    while (next < entities.length && entities[next].offset < end) inside.push(entities[next++]);
    nodes.push(...withEmoji(text.slice(at, start)));
    nodes.push(wrap(entity, text.slice(start, end), build(text, start, end, inside, actions), actions));
    at = end;
  }
  nodes.push(...withEmoji(text.slice(at, to)));
  return nodes;
}

/**
 * Nodes for `text`; offsets and lengths of `entities` are in UTF-16 units, as JavaScript counts.
 * `actions`: `send(text)`, `mention(text)`, `open(url)`.
 */
export function richText(text, entities, actions) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, 0, text.length, sorted, actions);
}
