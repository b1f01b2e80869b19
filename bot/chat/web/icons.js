// The page's line icons and the few emoji that the office uses, drawn here so that no emoji font is needed.

import { svg } from "./dom.js";

const LINES = {
  back: ["M15 5l-7 7 7 7"],
  reply: ["M9 7l-5 5 5 5", "M4 12h9a6 6 0 0 1 6 6v1"],
  more: ["M6 12h.01", "M12 12h.01", "M18 12h.01"],
  attach: ["M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14.5 7.5"],
  send: ["M4 12l16-8-5 16-3.5-6.5z", "M11.5 13.5L20 4"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  plus: ["M12 5v14", "M5 12h14"],
  edit: ["M4 20h4L19 9l-4-4L4 16z", "M13.5 6.5l4 4"],
  forward: ["M15 7l5 5-5 5", "M20 12h-9a6 6 0 0 0-6 6v1"],
  copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
  down: ["M6 10l6 6 6-6"],
  download: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
  people: [
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
    "M3 20c0-4 2.5-6 6-6s6 2 6 6",
    "M16 4.5a3.3 3.3 0 0 1 0 6",
    "M17.5 14.3c2.3.7 3.5 2.6 3.5 5.7",
  ],
  swap: ["M4 8h13l-3-3", "M20 16H7l3 3"],
  leave: ["M10 4H5v16h5", "M14 8l4 4-4 4", "M18 12H9"],
  command: ["M15 4L9 20"],
  link: ["M14 5h5v5", "M19 5l-8 8", "M17 14v5H5V7h5"],
  file: ["M6 3h8l4 4v14H6z", "M14 3v4h4"],
  search: ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M16.2 16.2L21 21"],
  chat: ["M4 5h16v11H10l-5 4v-4H4z"],
  keyboard: ["M3 6h18v12H3z", "M7 10h.01", "M11 10h.01", "M15 10h.01", "M8 14h8"],
};

/** A line icon by name, hidden from screen readers (its button carries the name). */
export function icon(name) {
  const paths = LINES[name].map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, paths);
}

/** The product's mark: a cup with three lots. */
export function mark() {
  return svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("rect", { width: 32, height: 32, rx: 7, class: "mark-ground" }),
    svg("path", { d: "M12 14 10 5M16 14V4M20 14l2-9", class: "mark-lots" }),
    svg("path", { d: "M9 14h14l-1.5 13h-11z", class: "mark-cup" }),
    svg("path", { d: "M13.5 20.5h5", class: "mark-band" }),
  );
}

const EMOJI = {
  "🎰": () => [
    svg("rect", { x: 2, y: 4, width: 18, height: 17, rx: 3, fill: "#b3261e" }),
    svg("rect", { x: 4, y: 8.5, width: 14, height: 7.5, rx: 1.2, fill: "#fff" }),
    svg("path", { d: "M8.7 8.5v7.5M13.3 8.5v7.5", stroke: "#b3261e", "stroke-width": 0.9 }),
    svg(
      "path",
      {
        d: "M5.2 10.5h2l-1.2 3.6M9.9 10.5h2l-1.2 3.6M14.5 10.5h2l-1.2 3.6",
        stroke: "#b3261e",
        "stroke-width": 1.1,
        fill: "none",
      },
    ),
    svg("path", { d: "M20 13h1.7V7", stroke: "#8a8f98", "stroke-width": 1.4, fill: "none" }),
    svg("circle", { cx: 21.7, cy: 6, r: 1.7, fill: "#e0a100" }),
    svg("path", { d: "M6 18.6h10", stroke: "#f3c9c5", "stroke-width": 1.2 }),
  ],
  "🎲": () => [
    svg("rect", { x: 3, y: 3, width: 18, height: 18, rx: 4, fill: "#fff", stroke: "#5b6672", "stroke-width": 1.2 }),
    ...[[8, 8], [16, 8], [12, 12], [8, 16], [16, 16]].map(([cx, cy]) => svg(
      "circle",
      { cx, cy, r: 1.7, fill: "#b3261e" },
    )),
  ],
  "📣": () => [
    svg("path", { d: "M3 10v5l4 .6L18 20V5L7 9.4z", fill: "#d9822b" }),
    svg("path", { d: "M3 10v5l4 .6V9.4z", fill: "#b3261e" }),
    svg("path", { d: "M7.5 16l1.3 4.6h2.6L10.2 17z", fill: "#8a4b12" }),
    svg(
      "path",
      {
        d: "M20 9.5c1.6 1.4 1.6 4.6 0 6",
        stroke: "#d9822b",
        "stroke-width": 1.6,
        fill: "none",
        "stroke-linecap": "round",
      },
    ),
  ],
  "✅": () => [
    svg("rect", { x: 3, y: 3, width: 18, height: 18, rx: 4, fill: "#1d7a46" }),
    svg(
      "path",
      {
        d: "M7.5 12.5l3 3 6-7",
        stroke: "#fff",
        "stroke-width": 2.2,
        fill: "none",
        "stroke-linecap": "round",
        "stroke-linejoin": "round",
      },
    ),
  ],
  "❌": () => [
    svg("path", { d: "M6 6l12 12M18 6L6 18", stroke: "#c5281c", "stroke-width": 3.4, "stroke-linecap": "round" }),
  ],
  "⚠": () => [
    svg("path", { d: "M12 3.5l10 17.5H2z", fill: "#e0a100", stroke: "#e0a100", "stroke-linejoin": "round" }),
    svg("path", { d: "M12 9.5v5.5M12 18v.01", stroke: "#3a2a00", "stroke-width": 2, "stroke-linecap": "round" }),
  ],
  "⏰": () => [
    svg("circle", { cx: 12, cy: 13, r: 7.5, fill: "#fff", stroke: "#b3261e", "stroke-width": 2.2 }),
    svg(
      "path",
      {
        d: "M12 9v4.4l2.8 1.7M4 6.5L7 4M20 6.5L17 4",
        stroke: "#b3261e",
        "stroke-width": 1.8,
        fill: "none",
        "stroke-linecap": "round",
      },
    ),
  ],
  "📄": () => [
    svg("path", { d: "M6 3h8l4 4v14H6z", fill: "#fff", stroke: "#5b6672", "stroke-width": 1.2 }),
    svg("path", { d: "M9 11h6M9 14h6M9 17h4", stroke: "#5b6672", "stroke-width": 1.2 }),
  ],
  "📷": () => [
    svg("path", { d: "M3 7h5l1.5-2.5h5L16 7h5v12H3z", fill: "#5b6672" }),
    svg("circle", { cx: 12, cy: 13, r: 3.8, fill: "#dfe7ee" }),
  ],
};

const KNOWN = new RegExp(`(${Object.keys(EMOJI).join("|")})\\uFE0F?`, "u");

/** A drawn emoji; screen readers hear the character itself. */
export function emoji(character) {
  return svg("svg", { class: "emoji", viewBox: "0 0 24 24", role: "img", "aria-label": character }, EMOJI[character]());
}

/** `text` as nodes, with the emoji that are drawn here in place of their characters. */
export function withEmoji(text) {
  return text.split(KNOWN).filter((part) => part !== "").map((part) => (part in EMOJI ? emoji(part) : part));
}
