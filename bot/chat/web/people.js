// Choosing whom to be in the sample office: people by unit, one or several side by side.

import { el, button, walkWithArrows } from "./dom.js";
import { icon } from "./icons.js";
import { hue, initials } from "./names.js";

export const MOST_COLUMNS = 4;

// The casts that show the story best, each with what to take where an office lacks a role: a draw in the group needs
// two witnesses, a task goes from staff to an inspector to a reviewer.
const CASTS = [
  { name: "看一次抽取", choices: [["工作人员", "见证人", "见证人"], ["工作人员", "检查人员", "领导"]] },
  { name: "看一次检查", choices: [["工作人员", "检查人员", "复核人"]] },
];

function byUnit(people) {
  const units = new Map();
  for (const person of people) {
    const unit = person.unit || "其他";
    if (!units.has(unit)) units.set(unit, []);
    units.get(unit).push(person);
  }
  return units;
}

/** One person for each of `roles`, rather someone of few roles; null if there are not enough people. */
function cast(roles, people) {
  const chosen = [];
  const simple = [...people].sort((a, b) => (a.roles?.length ?? 0) - (b.roles?.length ?? 0));
  for (const role of roles) {
    const one = simple.find((person) => person.roles?.includes(role) && !chosen.includes(person));
    if (!one) return null;
    chosen.push(one);
  }
  return chosen;
}

/** The buttons that open a cast side by side. */
function castButtons(people, choose) {
  const buttons = CASTS.map(({ name, choices }) => {
    const chosen = choices.map((roles) => cast(roles, people)).find(Boolean);
    if (!chosen) return null;
    const names = chosen.map((person) => person.name).join("、");
    return button({ class: "cast", onClick: () => choose(chosen) }, el("strong", null, name), el("span", null, names));
  });
  return buttons.some(Boolean) ? el("div", { class: "casts" }, buttons) : null;
}

function roleTags(person) {
  return el("span", { class: "roles" }, (person.roles ?? []).map((role) => el("span", { class: "role" }, role)));
}

/**
 * The list of `people` by unit with a search field; `choose(people)` is called with one or several.
 * `several`: whether people can be ticked to be watched side by side.
 */
export function peoplePicker(people, choose, { several = true } = {}) {
  const ticked = new Set();
  const search = el(
    "input",
    { type: "search", class: "search-input", placeholder: "查找姓名、单位、角色", "aria-label": "查找姓名、单位、角色" },
  );
  const none = el("p", { class: "empty", hidden: true }, "没有找到，请换个词。");
  const groups = el("div", { class: "units" });
  const go = button({ class: "primary", onClick: () => choose([...ticked]) });
  const bar = el("div", { class: "side-bar", hidden: true }, go, button({ class: "quiet", onClick: clear }, "清除"));
  walkWithArrows(groups, ".person-card");

  function refreshBar() {
    bar.hidden = ticked.size === 0;
    go.textContent = ticked.size > 1 ? `${ticked.size} 人并排进入` : "进入";
    for (const box of groups.querySelectorAll("input")) box.disabled = !box.checked && ticked.size >= MOST_COLUMNS;
  }

  function clear() {
    ticked.clear();
    for (const box of groups.querySelectorAll("input")) box.checked = false;
    refreshBar();
  }

  function card(person) {
    const box = el("input", {
      type: "checkbox",
      "aria-label": `并排查看：${person.name}`,
      onChange: () => {
        if (box.checked) ticked.add(person);
        else ticked.delete(person);
        refreshBar();
      },
    });
    return el(
      "li",
      { class: "person", "data-words": `${person.name} ${person.unit} ${(person.roles ?? []).join(" ")}` },
      button(
        { class: "person-card", "data-person": person.id, onClick: () => choose([person]) },
        el("span", { class: `avatar hue-${hue(person)}`, "aria-hidden": "true" }, initials(person.name)),
        el("span", { class: "person-card-name" }, person.name),
        roleTags(person),
      ),
      several ? el("label", { class: "beside", title: "并排查看" }, box, el("span", null, "并排")) : null,
    );
  }

  for (const [unit, members] of byUnit(people)) {
    groups.append(el(
      "section",
      { class: "unit" },
      el("h2", null, unit, el("span", { class: "unit-count" }, ` ${members.length} 人`)),
      el("ul", null, members.map(card)),
    ));
  }
  search.addEventListener("input", () => {
    const words = search.value.trim().split(/\s+/u);
    for (const row of groups.querySelectorAll(".person")) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
    }
    for (const unit of groups.querySelectorAll(".unit")) {
      unit.hidden = !unit.querySelector(".person:not([hidden])");
    }
    none.hidden = Boolean(groups.querySelector(".unit:not([hidden])"));
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    [...groups.querySelectorAll(".person-card")].find((node) => node.offsetParent !== null)?.focus();
  });
  const quick = several ? castButtons(people, choose) : null;
  return el(
    "div",
    { class: "picker" },
    quick,
    el("div", { class: "search" }, icon("search"), search),
    groups,
    none,
    bar,
  );
}
