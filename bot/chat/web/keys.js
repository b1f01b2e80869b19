// Who is signed in on this browser, and how far each has read; nothing else is kept.

const PEOPLE = "qiantong.people";
const READ = "qiantong.read";

let store = window.sessionStorage;

/** The sample office forgets with the tab; a real office stays signed in on the device. */
export function keepFor(sample) {
  store = sample ? window.sessionStorage : window.localStorage;
}

function load(name, otherwise) {
  try {
    return JSON.parse(store.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** The people of the open columns: `[{id, name, key, unit?, roles?}]`. */
export const people = () => load(PEOPLE, []);
export const keepPeople = (list) => store.setItem(PEOPLE, JSON.stringify(list));

/** The newest message id that `person` has seen in `chat`, or null if never opened here. */
export function readUpTo(person, chat) {
  return load(READ, {})[`${person}/${chat}`] ?? null;
}

export function keepRead(person, chat, message) {
  const all = load(READ, {});
  all[`${person}/${chat}`] = message;
  store.setItem(READ, JSON.stringify(all));
}
