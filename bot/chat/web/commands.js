// The menu of a chat's commands that opens over the input when "/" is typed.

import { el } from "./dom.js";

/**
 * Attach a command menu to `input`. `fetchCommands()` answers `[{command, description}]`, `run(text)` sends one.
 * Answers `{node, refresh, key, close}`; `key(event)` is true if the menu took the key.
 */
export function commandMenu(input, fetchCommands, run) {
  const id = `commands-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const node = el("ul", { class: "commands", role: "listbox", id, "aria-label": "命令", hidden: true });
  input.setAttribute("aria-controls", id);
  let known = [];
  let shown = [];
  let at = 0;

  function close() {
    node.hidden = true;
    shown = [];
    input.removeAttribute("aria-activedescendant");
  }

  function draw() {
    node.replaceChildren(
      ...shown.map((entry, index) =>
        el(
          "li",
          {
            role: "option",
            id: `${id}-${index}`,
            class: "command",
            "aria-selected": index === at ? "true" : "false",
            onPointerdown: (event) => event.preventDefault(),
            onClick: () => choose(index),
          },
          el("span", { class: "command-name" }, `/${entry.command}`),
          el("span", { class: "command-words" }, entry.description),
        ),
      ),
    );
    node.hidden = shown.length === 0;
    if (shown.length) input.setAttribute("aria-activedescendant", `${id}-${at}`);
    node.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function choose(index) {
    const { command } = shown[index];
    close();
    run(`/${command}`);
  }

  function filter() {
    const typed = /^\/([a-z0-9_]*)$/i.exec(input.value)?.[1].toLowerCase();
    if (typed === undefined) return close();
    shown = known.filter((entry) => entry.command.startsWith(typed));
    at = 0;
    return draw();
  }

  async function refresh() {
    if (input.value === "/") {
      try {
        known = await fetchCommands();
      } catch {
        // Without the list the commands can still be typed; /help of the bot names them.
        known = [];
      }
    }
    filter();
  }

  function key(event) {
    if (node.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      at = (at + step + shown.length) % shown.length;
      draw();
    } else if (event.key === "Enter" && !event.shiftKey) choose(at);
    else if (event.key === "Tab" && !event.shiftKey) {
      input.value = `/${shown[at].command} `;
      close();
    } else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { node, refresh, key, close };
}
