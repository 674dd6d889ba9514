// The list of messages: days, groups, older ones on demand, and staying at the newest.

const GROUP = 3e5;

const earlier = labels(h("button", { type: "button", class: "pill", onclick: () => askEarlier() }), "earlier", "");
const typingView = h("div", { class: "typing", role: "status" });
const endMark = labels(h("p", { class: "day" }), "ended", "");
const greeting = h("div", { class: "greeting" });
const log = labels(h("div", { class: "log", role: "log", tabindex: "0", onscroll: () => scrolled() }), "messages", "aria-label");
const newer = labels(h("button", { type: "button", class: "pill newer", hidden: true, onclick: () => toNewest() }), "newer", "");

let atNewest = true;
let asking = false;

/** Everything in the log, in order; elements that were there stay the same ones. */
function logViews() {
  const { messages } = chat;
  const views = chat.more ? [earlier] : [greeting];
  const newestMine = messages.findLast((one) => one.from === "visitor" && one.seq);
  const together = (one, other) =>
    one && other && one.from === other.from && one.name === other.name && Math.abs(one.sent_at - other.sent_at) < GROUP
    && day(one.sent_at) === day(other.sent_at);
  messages.forEach((message, index) => {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    const today = day(message.sent_at);
    // Nothing needs to be said of today unless other days came before.
    const isNew = day(before ? before.sent_at : Date.now()) !== today;
    views.push(messageView(message, isNew && today, !together(before, message), !together(message, after), message === newestMine));
  });
  if (chat.ended) views.push(endMark);
  views.push(typingView);
  return views;
}

function drawLog() {
  greeting.textContent = t(chat.availability === "away" ? "greeting_away" : "greeting");
  const typing = chat.typing ? t("typing", { name: chat.typing }) : "";
  if (typingView.title !== typing) {
    typingView.title = typing;
    typingView.replaceChildren(...(typing ? [h("i"), h("i"), h("i"), h("span", { class: "hidden" }, typing)] : []));
  }
  const height = log.scrollHeight;
  const older = log.firstChild === earlier && log.scrollTop < 80;
  // A history that is read out message by message helps nobody: only what comes later is news.
  set(log, "aria-live", quiet ? "off" : "polite");
  quiet = false;
  arrange(log, logViews());
  if (asking && older) {
    log.scrollTop += log.scrollHeight - height;
    asking = false;
  } else if (atNewest) toNewest();
  else newer.hidden = !unread();
}

function toNewest() {
  log.scrollTop = log.scrollHeight;
  scrolled();
}

/** Something in the log has grown. */
function stay() {
  if (atNewest) toNewest();
}

function scrolled() {
  atNewest = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
  if (atNewest) newer.hidden = true;
  if (log.scrollTop < 40 && log.scrollHeight > log.clientHeight) askEarlier();
  markSeen();
}

function askEarlier() {
  const first = chat.messages.find((one) => one.seq);
  if (asking || !chat.more || !first) return;
  asking = connection.send({ type: "more", before: first.seq });
}
