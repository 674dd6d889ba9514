// `window.omnitui`: what a page may do with the chat. A page may make it an array before the
// widget has loaded and push calls to it: omnitui.push(["open"]), omnitui.push(["on", "message", f]).

const METHODS = {
  open: () => open(),
  close: () => close(),
  toggle: () => toggle(),
  show: () => showLauncher(true),
  hide: () => showLauncher(false),
  identify,
  logout,
  on: (event, listener) => {
    on(event, listener);
    if (event === "ready" && ready) listener();
  },
  off,
  push: (...calls) => calls.forEach(([method, ...values]) => METHODS[method](...values)),
};

let ready = false;

function showLauncher(shown) {
  hiddenByPage = !shown;
  if (!shown && dialog.open) close();
  change({});
}

/** Signs the visitor in: a JWT of the site's, or a function that gives (a promise of) one. */
async function identify(proof) {
  identity = proof;
  if (chat.state !== "on") {
    connection.open();
    return;
  }
  const frame = await hello();
  if (frame.identity) connection.send({ type: "identify", identity: frame.identity });
}

/** Forgets the visitor here and in the other tabs; the next one starts afresh. */
function logout() {
  identity = null;
  keptKeys("").forEach((key) => keep(key, null));
  text.value = "";
  change(nobody());
  tabs.postMessage({ left: true });
  if (dialog.open) connection.restart();
  else connection.close();
}

/** A one-time link leads here: what it proves is taken out of the address bar at once. */
function takeLink() {
  const match = /[#&]omnitui=([^&]+)/.exec(location.hash);
  if (!match) return;
  oneTimeLink = match[1];
  history.replaceState(history.state, "", pageAddress());
  open();
}

function watch() {
  document.addEventListener("visibilitychange", () => {
    connection.send({ type: "visible", visible: !document.hidden });
    change({});
  });
  for (const event of ["online", "offline", "popstate", "hashchange"]) addEventListener(event, () => change({}));
  if (window.navigation) window.navigation.addEventListener("navigatesuccess", tellPage);
  (window.visualViewport || window).addEventListener("resize", drawRoom);
  darkPage.addEventListener("change", drawTheme);
}

function start() {
  root.append(dialog, launcher);
  host.attachShadow({ mode: "open" }).append(root);
  host.shadowRoot.adoptedStyleSheets = [style, room, brand];
  document.body.append(host);
  const before = window.omnitui;
  window.omnitui = METHODS;
  watch();
  drawTheme();
  text.value = kept("draft") || "";
  if (kept("token") || unsent().length) connection.open();
  else askSite().catch(() => setTimeout(askSite, 3e4));
  takeLink();
  if (kept("open", "sessionStorage")) open(true);
  change({});
  ready = true;
  emit("ready");
  if (Array.isArray(before)) METHODS.push(...before);
}

if (!SITE) console.error("omnitui: the script tag needs data-site.");
else if (!window.omnitui || Array.isArray(window.omnitui)) {
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
}
