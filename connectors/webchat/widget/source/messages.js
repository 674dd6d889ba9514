// One message as it is shown.

const views = new WeakMap();

/** The state of one's own message, as a key of the texts. */
function markOf(message) {
  if (message.failed) return { blocked: "blocked", "too-large": "too_large" }[message.failed] || "failed";
  if (!message.seq) return "sending";
  if (message.seq <= chat.read.agent) return "read";
  return message.seq <= chat.delivered ? "delivered" : "sent";
}

function fileView(file) {
  const url = new URL(file.url, RELAY).href;
  const chip = anchor(url, "file", icon("file"), h("bdi", null, file.name), h("small", null, `${megabytes(file.size)} MB`));
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return chip;
  const image = h("img", { src: url, alt: file.name, onerror: () => shown.replaceWith(chip), onload: stay });
  const shown = anchor(url, "image", image);
  return shown;
}

function wordsOf(message) {
  if (message.deleted) return [h("em", null, t("deleted"))];
  return message.format === "markdown" ? markdown(message.text) : [h("p", null, inline(message.text, BARE_LINK))];
}

/** The element of a message, made anew only when something about it has changed. */
function messageView(message, today, first, last, newestMine) {
  const mine = message.from === "visitor";
  const mark = mine && (newestMine || message.failed || !message.seq) ? markOf(message) : "";
  const state = JSON.stringify([message, mark, today, first, last]);
  const view = views.get(message) || { element: h("div") };
  if (view.state === state) return view.element;
  view.state = state;
  views.set(message, view);
  const kinds = { mine, first, last, failed: message.failed };
  view.element.className = ["message", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" ");
  const name = mine ? t("you") : message.name || t("agent");
  const files = message.deleted ? [] : message.files || [];
  view.element.replaceChildren(
    ...(today ? [h("h3", { class: "day" }, today)] : []),
    h("div", { class: first && !mine ? "name" : "name hidden" }, h("bdi", null, name)),
    ...(message.text || message.deleted ? [h("div", { class: "bubble", dir: "auto" }, wordsOf(message))] : []),
    ...files.map(fileView),
    ...(last || mark || message.edited
      ? [h("div", { class: `meta ${mark}` }, message.edited && !message.deleted && `${t("edited")} · `,
          h("time", null, clock(message.sent_at)), mark && ` · ${t(mark)}`)]
      : []),
  );
  return view.element;
}
