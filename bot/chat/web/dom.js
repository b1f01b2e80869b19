// Small helpers that build page elements; text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** Fill `node` with attributes, listeners (`onClick` …) and children (nodes, strings; null is left out). */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** An HTML element. */
export function el(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** A `<button type=button>`: `label` is shown, or read aloud only if `props` brings an icon child. */
export function button(props, ...children) {
  return el("button", { type: "button", ...props }, ...children);
}

/** A button with an icon alone; `label` is its name for screen readers and its tooltip. */
export function iconButton(icon, label, onClick, props) {
  return button({ class: "icon-button", "aria-label": label, title: label, onClick, ...props }, icon);
}

/** Let the arrow keys, Home and End walk over the controls that `selector` finds in `container`. */
export function walkWithArrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step === undefined && event.key !== "Home" && event.key !== "End") return;
    if (event.target.matches("input:not([type=checkbox]), textarea")) return;
    const all = [
      ...container.querySelectorAll(selector),
    ].filter((node) => !node.disabled && node.offsetParent !== null);
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement);
    let next = at + (step ?? 0);
    if (event.key === "Home") next = 0;
    if (event.key === "End") next = all.length - 1;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
  });
}
