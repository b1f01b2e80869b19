// The page's start: finds out how people sign in, then shows the columns of those who are signed in.

import { mode, samplePeople } from "./api.js";
import { el, button, iconButton, walkWithArrows } from "./dom.js";
import { icon, mark } from "./icons.js";
import { column } from "./column.js";
import { keepFor, keepPeople, people as keptPeople } from "./keys.js";
import { hue, initials } from "./names.js";
import { MOST_COLUMNS, peoplePicker } from "./people.js";
import { openDialog } from "./popup.js";
import { linkScreen, numberScreen, pinScreen } from "./signin.js";

const NARROWEST_PX = 300;
const PHONE_PX = 700;
const root = document.getElementById("app");

let office = { sample: false, title: "签筒" };
let everyone = [];
let columns = [];
let active = 0;
const unread = new Map();

function show(node) {
  root.className = "app";
  root.replaceChildren(node);
}

function showTitle() {
  const count = [...unread.values()].reduce((sum, one) => sum + one, 0);
  document.title = `${count ? `(${count}) ` : ""}${office.title}`;
}

function brand() {
  return el(
    "span",
    { class: "brand" },
    mark(),
    el("span", { class: "brand-title" }, office.title),
    office.sample ? el("span", { class: "badge" }, "示例") : null,
  );
}

function stopAll() {
  for (const one of columns) one.stop();
  columns = [];
  unread.clear();
  showTitle();
}

function showPicker() {
  stopAll();
  keepPeople([]);
  show(
    el(
      "main",
      { class: "start" },
      el(
        "header",
        { class: "start-head" },
        brand(),
        el("h1", null, "选择身份"),
        el("p", null, "这里是示例单位，人员和数据都是虚构的。点姓名进入；勾选「并排」可以同时看几个人。"),
      ),
      peoplePicker(everyone, showColumns),
    ),
  );
}

function showSignIn(known, notice) {
  stopAll();
  show(pinScreen(office.title, known, (person) => showColumns([person]), notice));
}

function expired(person) {
  keepPeople([]);
  if (office.sample) start();
  else showSignIn(person, "登录已失效，请重新登录。");
}

function pickInDialog(title, choose) {
  const free = everyone.filter((person) => !columns.some((one) => one.person.id === person.id));
  openDialog(title, (body, close) => {
    body.append(
      peoplePicker(free, ([person]) => {
        close();
        choose(person);
      }, { several: false }),
    );
  }, { className: "picker-dialog" });
}

const persons = () => columns.map((one) => one.person);

function activate(index) {
  active = index;
  arrange();
  columns[active]?.look();
}

/** Columns beside each other where there is room, else tabs. */
function arrange() {
  const beside = columns.length > 1 && window.innerWidth >= Math.max(PHONE_PX, columns.length * NARROWEST_PX);
  root.classList.toggle("is-beside", beside);
  root.classList.toggle("is-tabs", columns.length > 1 && !beside);
  root.classList.toggle("is-single", columns.length === 1);
  for (const [index, one] of columns.entries()) {
    one.node.classList.toggle("is-active", index === active);
    const tab = root.querySelector(`#tab-${one.person.id}`);
    tab?.setAttribute("aria-selected", String(index === active));
    tab?.setAttribute("tabindex", index === active ? "0" : "-1");
  }
}

function tabs() {
  const node = el("div", { class: "tabs", role: "tablist", "aria-label": "身份" }, persons().map((person, index) =>
    button(
      {
        class: "tab",
        role: "tab",
        id: `tab-${person.id}`,
        "aria-controls": `column-${person.id}`,
        onClick: () => activate(index),
      },
      el("span", { class: `avatar hue-${hue(person)}`, "aria-hidden": "true" }, initials(person.name)),
      el("span", { class: "tab-name" }, person.name),
      el("span", { class: "unread", hidden: true }),
    ),
  ));
  walkWithArrows(node, ".tab");
  return node;
}

function countUnread(person, count) {
  unread.set(person.id, count);
  showTitle();
  const dot = root.querySelector(`#tab-${person.id} .unread`);
  if (dot) {
    dot.hidden = count === 0;
    dot.textContent = count > 99 ? "99+" : String(count);
  }
}

function columnFor(person, alone) {
  const at = () => columns.findIndex((one) => one.person.id === person.id);
  return column(person, {
    alone: () => alone,
    expired: () => expired(person),
    unread: (count) => countUnread(person, count),
    switchPerson: office.sample
      ? () => pickInDialog(
        "换一个身份",
        (other) => showColumns(persons().map((one) => (one.id === person.id ? other : one))),
      )
      : null,
    leave: office.sample
      ? null
      : () => {
          keepPeople([]);
          showSignIn(person, "已退出登录。");
        },
    close: alone ? null : () => showColumns(persons().filter((_, index) => index !== at())),
  });
}

function addButton() {
  const label = "并排查看另一个人";
  const add = () =>
    pickInDialog("并排查看", (person) => {
      active = columns.length;
      showColumns([...persons(), person]);
    });
  const look = { class: "quiet add-person", "aria-label": label, title: label, onClick: add };
  return button(look, icon("plus"), el("span", null, "并排"));
}

function showColumns(list) {
  const kept = new Map(columns.map((one) => [one.person.id, one]));
  const alone = list.length === 1;
  const wasAlone = columns.length === 1;
  for (const [id, one] of kept) {
    // A column whose head changes (alone or not) is built anew; the others stay as they are.
    if (list.some((person) => person.id === id) && alone === wasAlone) continue;
    one.stop();
    kept.delete(id);
    unread.delete(id);
  }
  keepPeople(list);
  columns = list.map((person) => kept.get(person.id) ?? columnFor(person, alone));
  active = Math.min(active, columns.length - 1);
  const add = office.sample && columns.length < MOST_COLUMNS ? addButton() : null;
  const all = office.sample ? iconButton(icon("people"), "重新选择身份", showPicker) : null;
  root.replaceChildren(
    el(
      "header",
      { class: "topbar" },
      brand(),
      columns.length > 1 ? tabs() : null,
      el("span", { class: "topbar-actions" }, add, all),
    ),
    el("main", { class: "columns" }, columns.map((one) => one.node)),
  );
  root.className = "app has-columns";
  arrange();
  showTitle();
}

async function start() {
  stopAll();
  show(el("p", { class: "loading" }, "正在打开…"));
  try {
    office = { ...office, ...(await mode()) };
    office.title ||= "签筒";
    keepFor(office.sample);
    showTitle();
    const token = /^\/link\/([^/]+)\/?$/.exec(window.location.pathname)?.[1];
    const kept = keptPeople();
    if (office.sample) everyone = await samplePeople();
    if (token && !office.sample) {
      const welcome = (person) => {
        window.history.replaceState(null, "", "/");
        keepPeople([person]);
        show(numberScreen(office.title, person, () => showColumns([person])));
      };
      const instead = () => {
        window.history.replaceState(null, "", "/");
        showSignIn(null);
      };
      show(linkScreen(office.title, decodeURIComponent(token), welcome, instead));
    } else if (office.sample) {
      const known = kept.map((one) => everyone.find((person) => person.id === one.id)).filter(Boolean);
      if (known.length) showColumns(known);
      else showPicker();
    } else if (kept.length) showColumns(kept.slice(0, 1));
    else showSignIn(null);
  } catch (error) {
    show(el(
      "main",
      { class: "welcome" },
      el(
        "div",
        { class: "welcome-card" },
        el("p", { role: "alert" }, error.message),
        button({ class: "primary", onClick: start }, "再试一次"),
      ),
    ));
  }
}

window.addEventListener("resize", arrange);
// A file let go beside a chat would otherwise take the place of the page.
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", (event) => event.preventDefault());
start();
