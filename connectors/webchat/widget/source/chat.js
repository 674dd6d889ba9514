// What the widget knows about the chat, and whom it tells about changes.

/** What is known of a visitor at first. */
const nobody = () => ({
  visitor: null,
  messages: [],
  more: false,
  read: { agent: 0, visitor: 0 },
  delivered: 0,
  email: null,
  identity: null,
  typing: null,
  ended: false,
  verifying: null,
});

const chat = {
  ...nobody(),
  /** off, connecting, on, lost, blocked */
  state: "off",
  site: {},
  limits: {},
  availability: null,
  queue: null,
  wait: null,
};

let listeners = [];

function on(event, listener) {
  listeners.push([event, listener]);
}

function off(event, listener) {
  listeners = listeners.filter(([name, one]) => name !== event || (listener && one !== listener));
}

/** Tells the page; what its listeners throw is told in the console and does not stop us. */
function emit(event, detail) {
  for (const [name, listener] of listeners) {
    if (name === event) queueMicrotask(() => listener(detail));
  }
}

let drawing = false;

/** Changes what is known; the window is drawn once after all changes of this turn. */
function change(values) {
  Object.assign(chat, values);
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    draw();
    tellUnread();
  });
}

let toldUnread = 0;

function unread() {
  return chat.messages.filter((one) => one.from === "agent" && !one.deleted && one.seq > chat.read.visitor).length;
}

function tellUnread() {
  const count = unread();
  if (count !== toldUnread) emit("unread", (toldUnread = count));
}

/** Whether this visitor has a chat that goes on. */
function isUnderWay() {
  return chat.messages.length > 0 && !chat.ended;
}

/** What is placed now is history, not news to be read out. */
let quiet = true;

function placeHistory(messages) {
  quiet = true;
  messages.forEach(place);
}

/** Puts a message where it belongs; one that is known (by seq or the visitor's id) is renewed. */
function place(message) {
  const known = chat.messages.find(
    (one) => (message.seq && one.seq === message.seq) || (message.from === "visitor" && one.id && one.id === message.id),
  );
  if (known) Object.assign(known, { pending: false, failed: null }, message);
  else chat.messages.push(message);
  chat.messages.sort((one, other) => (one.seq || Infinity) - (other.seq || Infinity) || one.sent_at - other.sent_at);
  return !known;
}

function lastSeq() {
  return Math.max(0, ...chat.messages.map((one) => one.seq || 0));
}

/** Shows what waits in the outbox, from this page or one before it. */
function placeUnsent() {
  for (const { frame, files, at } of unsent().filter(mayGo)) {
    if (frame.type === "message") place({ from: "visitor", id: frame.id, text: frame.text, files, sent_at: at, pending: true });
  }
}
