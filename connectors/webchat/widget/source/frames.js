// Frames in and out: what the relay's protocol says, apart from how it is carried.

let identity = null;
let oneTimeLink = null;
let said = {};
/** The `identity` that the last hello was about. */
let offered = null;

const connection = createConnection({ hello, frame: receive, state: connectionState });

function connectionState(state) {
  if (state === chat.state) return;
  change({ state });
  tellStatus();
}

function tellStatus() {
  emit("status", { connection: chat.state, availability: chat.availability, queue: chat.queue });
}

async function hello() {
  let jwt = null;
  offered = identity;
  try {
    jwt = typeof identity === "function" ? await identity() : identity;
  } catch (error) {
    console.error(error);
  }
  said = {
    type: "hello",
    token: kept("token"),
    after: chat.visitor ? lastSeq() : null,
    identity: jwt || null,
    page: pageAddress(),
    title: document.title,
    referrer: document.referrer,
    language: asked || navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    link: oneTimeLink,
    visible: !document.hidden,
  };
  return said;
}

/** Stores what must not be lost, shows it, and sends it as soon as there is a connection. */
function sendDurable(frame, files = []) {
  const entry = remember({ ...frame, id: newId() }, files);
  placeUnsent();
  change({});
  connection.open();
  connection.send(entry.frame);
  return entry.frame.id;
}

function sendMessage(text, files) {
  change({ ended: false });
  sendDurable({ type: "message", text, files: files.map((file) => file.id) }, files);
}

function sendUnsent() {
  unsent().filter(mayGo).forEach((entry) => connection.send(entry.frame));
}

let toldPage = location.href;

function tellPage() {
  if (toldPage === location.href) return;
  toldPage = location.href;
  connection.send({ type: "page", page: pageAddress(), title: document.title });
}

/** This browser has all there is, whether or not it was looked at. */
function tellReceived() {
  if (unread()) connection.send({ type: "received", seq: lastSeq() });
}

/** The person has seen all there is. */
function markRead() {
  const seq = lastSeq();
  if (seq <= chat.read.visitor || !unread()) return;
  change({ read: { ...chat.read, visitor: seq } });
  connection.send({ type: "read", seq });
  tabs.postMessage({ visitor: chat.visitor, read: seq });
}

tabs.onmessage = ({ data }) => {
  if (data.visitor === chat.visitor && data.read > chat.read.visitor) {
    change({ read: { ...chat.read, visitor: data.read } });
  } else if (data.left) {
    change(nobody());
    connection.restart();
  }
};

/** Forgets the visitor: the next hello is a stranger's, or of who signed in in another tab. */
function forget() {
  if (kept("token") === said.token) keep("token", null);
  change(nobody());
}

/** Errors after which the same frame may go again. */
const LATER = ["too-many", "unavailable", "draining"];

let typingTimer = 0;

/** One is missing before it: both come with the next welcome, in their places. */
const skips = (seq) => lastSeq() && seq > lastSeq() + 1 && (connection.restart(), true);

const RECEIVERS = {
  welcome(frame) {
    const other = chat.visitor && chat.visitor !== frame.visitor;
    keep("token", (said.token = frame.token));
    oneTimeLink = null;
    if (other) {
      // What came goes on from somebody else's last message.
      change(nobody());
      return connection.restart();
    }
    siteSaid(frame.site);
    if (frame.fresh) change({ messages: [], more: frame.more });
    placeHistory(frame.history);
    tellReceived();
    // All that it says of visitor and site is what we know from now on.
    change({
      ...frame,
      more: chat.more || frame.more,
      read: { ...frame.read, visitor: Math.max(frame.read.visitor, chat.read.visitor) },
    });
    placeUnsent();
    sendUnsent();
    if (identity !== offered) identify(identity);
    return tellStatus();
  },

  message(frame) {
    if (skips(frame.seq)) return;
    if (frame.from === "agent") change({ typing: null });
    if (place(frame)) arrived(frame);
    tellReceived();
    return change({});
  },

  ack({ id, seq, sent_at }) {
    if (skips(seq)) return;
    settled(id);
    const mine = chat.messages.find((one) => one.id === id);
    if (mine && seq) {
      const wasPending = mine.pending;
      place({ from: "visitor", id, seq, sent_at });
      if (wasPending) emit("message", { ...mine });
    }
    change({});
  },

  typing({ name, stopped }) {
    clearTimeout(typingTimer);
    change({ typing: stopped ? null : name || t("agent") });
    typingTimer = setTimeout(() => change({ typing: null }), 8e3);
  },

  read: ({ seq }) => change({ read: { ...chat.read, agent: Math.max(seq, chat.read.agent) } }),

  delivered: ({ seq }) => change({ delivered: Math.max(seq, chat.delivered) }),

  availability(frame) {
    change(frame);
    tellStatus();
  },

  history({ messages, more }) {
    placeHistory(messages);
    change({ more });
  },

  verification({ state, email }) {
    change({ verifying: state, ...(state === "proven" ? { email } : {}) });
    verified(state, email);
  },

  ended: () => change({ ended: true, queue: null }),

  error({ code, id, retry_after, message }) {
    // A page that gives new proofs is asked for one by the next hello.
    if (code === "bad-token" || (code === "identity-needed" && !(typeof identity === "function" && said.identity))) forget();
    else if (code === "bad-identity" || code === "no-identity") {
      console.error(`omnitui: ${message}`);
      identity = null;
    } else if (code === "blocked") change({ state: "blocked" });
    if (LATER.includes(code)) setTimeout(sendUnsent, (retry_after || 10) * 1e3);
    else if (id) settled(id);
    const mine = id && chat.messages.find((one) => one.id === id);
    if (mine && !LATER.includes(code)) mine.failed = code;
    change({});
    if (code === "too-many") tell(t("too_many"));
  },
};

function receive(frame) {
  if (Object.hasOwn(RECEIVERS, frame.type)) RECEIVERS[frame.type](frame);
}

function siteSaid(site) {
  siteTexts = site.texts || {};
  labelled.forEach((label) => label());
  change({ site });
  drawTheme();
}

/** What a closed widget needs, without a connection. */
async function askSite() {
  const answer = await fetch(address("site"));
  if (!answer.ok) return;
  const site = await answer.json();
  siteSaid(site);
  change({ availability: site.availability, limits: site.limits });
  tellStatus();
}
