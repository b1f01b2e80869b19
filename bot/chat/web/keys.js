// Who is signed in on this browser; nothing else is kept.

const PEOPLE = "qiantong.people";

let store = window.sessionStorage;

/** The sample office forgets with the tab; a real office stays signed in on the device. */
export function keepFor(sample) {
  store = sample ? window.sessionStorage : window.localStorage;
}

/** The people of the open columns: `[{id, name, key, unit?, roles?}]`. */
export function people() {
  try {
    return JSON.parse(store.getItem(PEOPLE)) ?? [];
  } catch {
    return [];
  }
}

export function keepPeople(list) {
  store.setItem(PEOPLE, JSON.stringify(list));
}
