// Signing in to a real office: a personal link opened once, then number and PIN.

import { el, button } from "./dom.js";
import { mark } from "./icons.js";
import { openLink, signIn } from "./api.js";

const PIN_PATTERN = /^\d{4,12}$/;

function screen(title, form, ...notes) {
  return el(
    "main",
    { class: "welcome" },
    el(
      "div",
      { class: "welcome-card" },
      el("div", { class: "welcome-brand" }, mark(), el("h1", null, title)),
      form,
      ...notes,
    ),
  );
}

function field(label, props) {
  const input = el("input", { required: true, ...props });
  return { input, node: el("label", { class: "field" }, el("span", null, label), input) };
}

/** A form with `fields` and one button; `submit()` may throw, its sentence is shown. */
function form(fields, words, submit) {
  const error = el("p", { class: "form-error", role: "alert" });
  const go = button({ class: "primary", type: "submit" }, words);
  const node = el("form", { class: "form" }, fields.map((one) => one.node), error, go);
  node.noValidate = true;
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    go.disabled = true;
    try {
      await submit();
    } catch (problem) {
      error.textContent = problem.message;
      fields.at(-1).input.focus();
    } finally {
      go.disabled = false;
    }
  });
  queueMicrotask(() => (fields.find((one) => !one.input.value) ?? fields[0]).input.focus());
  return node;
}

const pinProps = { type: "password", inputmode: "numeric", maxlength: 12 };

function checkPin(pin) {
  if (!PIN_PATTERN.test(pin)) throw new Error("PIN 为 4 到 12 位数字，请重新输入。");
}

/** The screen of a personal link: set a PIN; `done({key, id, name})`. `instead()` goes to the sign-in by PIN. */
export function linkScreen(title, token, done, instead) {
  const pin = field("设置 PIN（4 到 12 位数字）", { ...pinProps, autocomplete: "new-password" });
  const again = field("再输入一次", { ...pinProps, autocomplete: "new-password" });
  const node = form([pin, again], "设置并进入", async () => {
    checkPin(pin.input.value);
    if (pin.input.value !== again.input.value) throw new Error("两次输入的 PIN 不一样，请重新输入。");
    done(await openLink(token, pin.input.value));
  });
  return screen(
    title,
    node,
    el("p", { class: "note" }, "这是您的个人链接，只能使用一次，请勿转发。以后用姓名和 PIN 登录。"),
    button({ class: "quiet", onClick: instead }, "已经设过 PIN，去登录"),
  );
}

/** The screen for those who have set a PIN; `known` is the person last signed in here, if any. */
export function pinScreen(title, known, done, notice = "") {
  const id = field("姓名或登录编号", { type: "text", autocomplete: "username", maxlength: 64 });
  const pin = field("PIN", { ...pinProps, autocomplete: "current-password" });
  if (known?.name) id.input.value = known.name;
  const node = form([id, pin], "登录", async () => {
    const typed = id.input.value.trim();
    if (!typed) throw new Error("请输入姓名或登录编号。");
    checkPin(pin.input.value);
    // Someone of this very name may be known by number, which is never ambiguous.
    const number = typed === known?.name ? known.id : /^\d+$/.test(typed) ? Number(typed) : null;
    done(await signIn(number === null ? { name: typed } : { id: number }, pin.input.value));
  });
  return screen(
    title,
    el("div", null, notice ? el("p", { class: "notice", role: "status" }, notice) : null, node),
    el("p", { class: "note" }, "还没有 PIN？请打开工作人员发给您的个人链接。忘记 PIN 时，请联系工作人员重新发一个链接。"),
  );
}

/** Shown once after the link: the number to sign in with. */
export function numberScreen(title, person, go) {
  return screen(
    title,
    el(
      "div",
      { class: "form" },
      el("p", null, `${person.name}，您好。PIN 已设置。`),
      el("p", { class: "login-number" }, "您的登录编号 ", el("strong", null, String(person.id))),
      button({ class: "primary", onClick: go, autofocus: true }, "进入"),
    ),
    el("p", { class: "note" }, "换设备或退出后，用姓名和 PIN 登录；有同名的人时，请用登录编号。"),
  );
}
