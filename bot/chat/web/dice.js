// Thrown dice, drawn large from their value; a fresh throw rolls first, unless motion is unwelcome.

import { el, svg } from "./dom.js";

export const DICE = [
  { emoji: "🎰", name: "老虎机" },
  { emoji: "🎲", name: "骰子" },
];

const REEL = [
  {
    name: "横条",
    draw: () => [
      svg("rect", { x: 4, y: 14, width: 40, height: 20, rx: 3, class: "reel-bar" }),
      svg("text", { x: 24, y: 29, class: "reel-bar-text" }, "BAR"),
    ],
  },
  {
    name: "葡萄",
    draw: () => [
      svg("path", { d: "M24 15c1-4 4-7 8-8", class: "reel-stalk" }),
      ...[
        [16, 19],
        [24, 18],
        [32, 19],
        [20, 26],
        [28, 26],
        [24, 33],
      ].map(([cx, cy]) => svg("circle", { cx, cy, r: 5, class: "reel-grape" })),
    ],
  },
  {
    name: "柠檬",
    draw: () => [
      svg(
        "path",
        { d: "M8 33c-3-10 5-22 20-22 3-3 6-3 8-1 2 2 2 5-1 8 0 14-10 22-20 20-3 2-9 1-7-5z", class: "reel-lemon" },
      ),
      svg("path", { d: "M16 27c1-5 5-8 10-9", class: "reel-shine" }),
    ],
  },
  { name: "七", draw: () => [svg("path", { d: "M11 9h27v6L26 40h-9l11-23H18v4h-7z", class: "reel-seven" })] },
];

const PIPS = {
  1: [[24, 24]],
  2: [[15, 33], [33, 15]],
  3: [[15, 33], [24, 24], [33, 15]],
  4: [[15, 15], [33, 15], [15, 33], [33, 33]],
  5: [[15, 15], [33, 15], [24, 24], [15, 33], [33, 33]],
  6: [[15, 14], [33, 14], [15, 24], [33, 24], [15, 34], [33, 34]],
};

/** The three reels of a 🎰 value 1–64, left to right, each 0–3: the digits of value − 1 in base 4, lowest first. */
export function reels(value) {
  const rest = value - 1;
  return [rest & 3, (rest >> 2) & 3, (rest >> 4) & 3];
}

function symbol(index) {
  return svg("svg", { class: "reel-symbol", viewBox: "0 0 48 48", "aria-hidden": "true" }, REEL[index].draw());
}

function slotMachine(value, rolling) {
  return el(
    "span",
    { class: "reels" },
    reels(value).map((index, place) => {
      // Rolling reels carry three symbols more, which pass by before the true one stands.
      const passing = rolling ? [1, 2, 3].map((step) => (index + step) % 4) : [];
      return el(
        "span",
        { class: `reel reel-${place}` },
        el("span", { class: "reel-strip" }, [index, ...passing].map(symbol)),
      );
    }),
  );
}

function die(value) {
  return svg(
    "svg",
    { class: "die", viewBox: "0 0 48 48", "aria-hidden": "true" },
    svg("rect", { x: 3, y: 3, width: 42, height: 42, rx: 9, class: "die-face" }),
    (PIPS[value] ?? []).map(([cx, cy]) => svg("circle", { cx, cy, r: 4, class: "die-pip" })),
  );
}

/** `🎰 17`, with the symbols named, for screen readers and quotes. */
export function diceWords({ emoji, value }) {
  const name = DICE.find((kind) => kind.emoji === emoji)?.name ?? emoji;
  const detail = emoji === "🎰" ? `（${reels(value).map((index) => REEL[index].name).join("、")}）` : "";
  return `${name}，掷出 ${value}${detail}`;
}

/** A message's `dice`, large. `fresh`: it was thrown just now, before the watcher's eyes. */
export function diceView(dice, fresh) {
  const rolling = fresh && !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const picture =
    dice.emoji === "🎰" ? slotMachine(dice.value, rolling)
    : dice.emoji === "🎲" ? die(dice.value)
    : el("span", { class: "dice-other" }, dice.emoji);
  return el(
    "div",
    {
      class: `dice${rolling ? " is-rolling" : ""}`,
      role: "img",
      "aria-label": diceWords(dice),
      "data-value": dice.value,
    },
    picture,
    el("span", { class: "dice-value" }, String(dice.value)),
  );
}
