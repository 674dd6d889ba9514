// What is kept in this browser for this site; in memory where the browser forbids that.

const PREFIX = `omnitui:${SITE}:`;
const memory = new Map();

/** Keeps a value for all tabs; null forgets it. */
function keep(key, value) {
  memory.delete(key);
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    if (value !== null) memory.set(key, value);
  }
}

function kept(key) {
  if (memory.has(key)) return memory.get(key);
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

/** The keys that begin so, in no order. */
function keptKeys(beginning) {
  let stored = [];
  try {
    stored = Object.keys(localStorage);
  } catch {
    // Memory is all there is.
  }
  return [...stored.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)), ...memory.keys()]
    .filter((key) => key.startsWith(beginning));
}

/** This tab's own: whether the window is open survives going to the next page, not more. */
function keepOpen(open) {
  try {
    sessionStorage.setItem(PREFIX + "open", open ? "1" : "");
  } catch {
    // The next page starts closed.
  }
}

function keptOpen() {
  try {
    return sessionStorage.getItem(PREFIX + "open");
  } catch {
    return "";
  }
}

/** Other tabs of this site. */
const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel(PREFIX) : { postMessage() {} };

/**
 * While nobody in this browser is known yet, tabs say hello one after the other, so that they
 * become one visitor. Resolves with what lets the next one go on.
 */
function turn() {
  return new Promise((resolve) => {
    const pass = () => resolve(() => {});
    if (kept("token") || !navigator.locks) pass();
    else {
      navigator.locks
        .request(PREFIX, { signal: AbortSignal.timeout(15e3) }, () => new Promise((done) => resolve(done)))
        .catch(pass);
    }
  });
}
