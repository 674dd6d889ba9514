// What was written and not yet acknowledged. One entry a key, so that tabs don't overwrite
// each other; an entry goes only when the relay has acknowledged or refused it for good.

const OUTBOX = "out:";
let lastWritten = 0;

/** 128 random bits, for frames that the relay stores once however often they are sent. */
function newId() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(/[^\w]/g, "-");
}

/** Entries, oldest first: {frame, at, visitor, signed, files}. */
function unsent() {
  return keptKeys(OUTBOX).map((key) => kept(key)).filter(Boolean).sort((one, other) => one.at - other.at);
}

function remember(frame, files) {
  lastWritten = Math.max(Date.now(), lastWritten + 1);
  const entry = { frame, files, at: lastWritten, visitor: chat.visitor, signed: !!chat.identity };
  keep(OUTBOX + frame.id, entry);
  return entry;
}

function settled(id) {
  keep(OUTBOX + id, null);
}

/** What a signed-in visitor wrote is never sent as somebody else; it waits for them. */
function mayGo(entry) {
  return !entry.signed || entry.visitor === chat.visitor;
}
