// How people, chats, times and sizes are written on the page.

// The office is in China: its times are shown in its own time zone wherever the browser stands.
const ZONE = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric", weekday: "long" });
const WHOLE = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, dateStyle: "long", timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "numeric", day: "numeric" });
const HUES = 8;

/** `14:02`, from seconds since 1970. */
export const clock = (seconds) => CLOCK.format(seconds * 1000);
/** `4月10日 星期五`. */
export const day = (seconds) => DAY.format(seconds * 1000).replace("日", "日 ");
/** Day and time in full, for tooltips. */
export const whole = (seconds) => WHOLE.format(seconds * 1000);
/** The time if it is of the newest day known, else the date: for the chat list. */
export function stamp(seconds, newest) {
  return day(seconds) === day(newest) ? clock(seconds) : SHORT.format(seconds * 1000);
}

/** A user's or chat's name as shown. */
export function fullName(who) {
  if (!who) return "";
  if (who.title) return who.title;
  if (who.name) return who.name;
  const parts = [who.first_name, who.last_name].filter(Boolean);
  return parts.join(parts.every((part) => /\p{Script=Han}/u.test(part)) ? "" : " ");
}

/** A round picture made of the name; the colour follows the id. */
export function initials(name) {
  const letters = [...name.replace(/[（(].*$/u, "").trim()];
  return letters.length <= 2 ? letters.join("") : letters.slice(-2).join("");
}

/** The number of someone's colour; bots have the first, which nobody else has. */
export function hue(who) {
  if (!who || who.is_bot || who.type === "private") return 0;
  return 1 + (Math.abs(Number(who.id) || 0) % (HUES - 1));
}

/** `84 KB`, from bytes. */
export function size(bytes) {
  if (bytes === undefined || bytes === null) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
