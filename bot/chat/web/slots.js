// Shares out the few connections that a browser keeps open to one server.

// Browsers open at most six connections per server over all tabs. Each person watched holds one while waiting for
// news; at most four may, so that pressing a button never waits for a free connection. The others ask again and again.
const SLOTS = 4;

/** Take one of the waiting places: answers a function that gives it back, or null if none is free. */
export async function takeSlot() {
  if (!navigator.locks) return () => {};
  for (let number = 0; number < SLOTS; number += 1) {
    const release = await new Promise((resolve) => {
      navigator.locks.request(`qiantong.slot.${number}`, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(null);
        return new Promise((free) => resolve(free));
      });
    });
    if (release) return release;
  }
  return null;
}
