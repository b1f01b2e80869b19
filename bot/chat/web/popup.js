// Menus, dialogs and short notices.

import { el, button, iconButton, walkWithArrows } from "./dom.js";
import { icon, withEmoji } from "./icons.js";

let closeOpenMenu = null;

/**
 * A menu beside `anchor` (an element, or a point `{x, y}`): `items` are `{label, icon?, run}`.
 * Arrow keys walk, Esc and a click elsewhere close; focus goes back to where it was.
 */
export function openMenu(anchor, items, label) {
  closeOpenMenu?.();
  const before = document.activeElement;
  const outside = new AbortController();
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label });
  const close = (restore) => {
    outside.abort();
    menu.remove();
    closeOpenMenu = null;
    if (anchor.setAttribute) anchor.setAttribute("aria-expanded", "false");
    if (restore && before?.isConnected) before.focus();
  };
  closeOpenMenu = close;
  for (const item of items) {
    const choose = () => {
      close(true);
      item.run();
    };
    menu.append(
      button(
        { role: "menuitem", class: "menu-item", onClick: choose },
        item.icon,
        el("span", null, withEmoji(item.label)),
      ),
    );
  }
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    close(true);
  });
  walkWithArrows(menu, "button");
  (document.querySelector("dialog[open]") ?? document.body).append(menu);
  if (anchor.setAttribute) anchor.setAttribute("aria-expanded", "true");
  const box = anchor.getBoundingClientRect?.() ?? { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + 6 + height <= window.innerHeight;
  const left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8));
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(8, below ? box.bottom + 6 : box.top - 6 - height)}px`;
  menu.querySelector("button")?.focus();
  const elsewhere = (event) => {
    if (!menu.contains(event.target)) close(false);
  };
  document.addEventListener("pointerdown", elsewhere, { signal: outside.signal, capture: true });
  window.addEventListener("resize", () => close(false), { signal: outside.signal });
}

/** A dialog over the page with `title`; Esc closes. `fill(body, close)` puts the content in. */
export function openDialog(title, fill, { className = "", plain = false } = {}) {
  const dialog = el("dialog", { class: `dialog ${className}`, "aria-label": title });
  const close = () => dialog.close();
  const body = el("div", { class: "dialog-body" });
  if (!plain) {
    dialog.append(
      el("header", { class: "dialog-head" }, el("h2", null, title), iconButton(icon("close"), "关闭", close)),
    );
  }
  dialog.append(body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close();
  });
  fill(body, close);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A sentence that must be read: closed by its one button. */
export function openAlert(title, text) {
  openDialog(title, (body, close) => {
    body.append(
      el("p", { class: "alert-text" }, withEmoji(text)),
      el("div", { class: "dialog-actions" }, button({ class: "primary", onClick: close, autofocus: true }, "知道了")),
    );
  }, { className: "alert" });
}

/** A place for short notices; answers `show(text, {error})`. One notice at a time, gone after some seconds. */
export function toaster() {
  const place = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
  let timer = null;
  const show = (text, { error = false } = {}) => {
    clearTimeout(timer);
    place.replaceChildren(el("p", { class: `toast${error ? " is-error" : ""}` }, withEmoji(text)));
    timer = setTimeout(() => place.replaceChildren(), Math.min(9000, 3500 + text.length * 80));
  };
  return { place, show };
}
