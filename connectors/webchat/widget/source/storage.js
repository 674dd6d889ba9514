// What is kept in this browser for this site; in memory where the browser forbids that.

const PREFIX = `omnitui:${SITE}:`;
const memory = new Map();

/** Keeps a value for all tabs, or in `sessionStorage` for this one; null forgets it. */
function keep(key, value, area = "localStorage") {
  memory.delete(key);
  try {
    if (value === null) window[area].removeItem(PREFIX + key);
    else window[area].setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    if (value !== null) memory.set(key, value);
  }
}

function kept(key, area = "localStorage") {
  if (memory.has(key)) return memory.get(key);
  try {
    return JSON.parse(window[area].getItem(PREFIX + key));
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
  return [...stored, ...[...memory.keys()].map((key) => PREFIX + key)]
    .filter((key) => key.startsWith(PREFIX + beginning))
    .map((key) => key.slice(PREFIX.length));
}

/** Other tabs of this site. */
const tabs = new BroadcastChannel(PREFIX);

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
        .request(PREFIX, { signal: AbortSignal.timeout?.(15e3) }, () => new Promise((done) => resolve(done)))
        .catch(pass);
    }
  });
}
