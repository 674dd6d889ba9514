// The button on the page and the window of the chat.

const badge = h("span", { class: "badge" });
const launcher = h("button", {
  type: "button", class: "launcher", "aria-expanded": "false", onclick: () => toggle(),
}, icon("chat"), badge);
const title = h("h2", { id: "title" });
const status = h("p", { class: "status", role: "status" });
const notice = h("div", { class: "notice", role: "alert" });
const privacy = labels(anchor(null, "privacy"), "privacy", "");
const header = h("header", null, h("div", { class: "who" }, title, status), menuButton, iconButton("close", "close", () => close()));
const dialog = h("dialog", {
  class: "window", "aria-labelledby": "title", tabindex: "-1", onkeydown: escaped, onclose: closed,
  ondragover: dropped, ondrop: dropped,
}, header, menu, h("div", { class: "middle" }, log, newer), notice, panel, composer, privacy);

let hiddenByPage = false;
let noticeTimer = 0;

/** Opens the window. `byPage`: not the person's doing, so the focus stays where it is. */
function open(byPage) {
  if (dialog.open) return;
  const [focused, small] = [document.activeElement, matchMedia("(max-width: 480px)").matches];
  if (small) dialog.showModal();
  else dialog.show();
  set(launcher, "aria-expanded", "true");
  keep("open", small ? null : 1, "sessionStorage");
  connection.open();
  change({});
  if (byPage === true) {
    if (focused && focused !== document.body) focused.focus();
  } else focusInside();
  drawRoom();
  toNewest();
  emit("open");
}

function focusInside() {
  const touch = matchMedia("(pointer: coarse)").matches;
  (touch ? dialog : panel.querySelector("input,textarea,select,button") || text).focus();
}

function close() {
  dialog.close();
}

/** Also when the browser closed it: Esc in a modal dialog, a phone's back gesture. */
function closed() {
  openMenu(false);
  stoppedTyping();
  keep("open", null, "sessionStorage");
  set(launcher, "aria-expanded", "false");
  launcher.focus();
  change({});
  emit("close");
}

function toggle() {
  if (dialog.open) close();
  else open();
}

function escaped(event) {
  if (event.key !== "Escape" || event.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  if (!menu.hidden) openMenu(false);
  else if (question) askQuestion(null);
  else close();
}

/** Also while something is held over the window; there are no files to see yet then. */
function dropped(event) {
  if (!mayUpload()) return;
  event.preventDefault();
  upload(event.dataTransfer.files);
}

/** What is true right now, in one line. */
function statusWords() {
  if (!navigator.onLine) return t("offline");
  if (chat.state === "lost" || chat.state === "connecting") return t("connecting");
  if (chat.availability !== "online") return t("away");
  if (!chat.queue) return t("online");
  return t("queue", { n: chat.queue }) + (chat.wait ? ` · ${t("wait", { n: Math.ceil(chat.wait / 60) })}` : "");
}

function tell(words) {
  notice.textContent = words;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => (notice.textContent = ""), 8e3);
}

function draw() {
  const count = unread();
  badge.textContent = count > 99 ? "99+" : count || "";
  set(launcher, "aria-label", t("open") + (count ? `. ${t("newer")}: ${count}` : ""));
  launcher.hidden = hiddenByPage || !chat.availability || (chat.availability === "hidden" && !isUnderWay() && !dialog.open);
  title.textContent = chat.site.title || t("title");
  const words = statusWords();
  if (status.textContent !== words) status.textContent = words;
  status.className = `status ${chat.state === "on" && navigator.onLine ? chat.availability : ""}`;
  if (chat.state === "blocked") tell(t("blocked"));
  set(privacy, "href", chat.site.privacy_url || null);
  drawPanel();
  drawComposer();
  drawLog();
  markSeen();
  tellPage();
}

function markSeen() {
  if (dialog.open && !document.hidden && atNewest) markRead();
}
