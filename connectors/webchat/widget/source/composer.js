// Where the visitor writes.

const TYPING_EVERY = 3e3;

const text = labels(h("textarea", {
  rows: 1, dir: "auto", oninput: written, onkeydown: keyed, onpaste: pasted, onblur: stoppedTyping,
}), "write", "aria-label", "placeholder");
const picker = h("input", { type: "file", multiple: true, hidden: true, onchange: picked });
const attach = iconButton("attach", "attach", () => picker.click());
const sendButton = iconButton("send", "send", null, { type: "submit", class: "icon send" });
const chips = h("div", { class: "chips" });
const composer = h("form", { class: "composer", onsubmit: submitted }, chips, h("div", { class: "field" }, attach, text, sendButton), picker);
const chipViews = new WeakMap();

let typingTold = 0;

function grow() {
  text.rows = 1;
  while (text.rows < 6 && text.scrollHeight > text.clientHeight + 2) text.rows += 1;
}

function written() {
  grow();
  keep("draft", text.value || null);
  if (!text.value) stoppedTyping();
  else if (Date.now() - typingTold > TYPING_EVERY && connection.send({ type: "typing" })) typingTold = Date.now();
  change({});
}

function stoppedTyping() {
  if (typingTold) connection.send({ type: "typing", stopped: true });
  typingTold = 0;
}

function keyed(event) {
  const touch = matchMedia("(pointer: coarse)").matches;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
  event.preventDefault();
  submitted(event);
}

function submitted(event) {
  event.preventDefault();
  const words = text.value.trim();
  if (!maySend()) return;
  if (new TextEncoder().encode(words).length > (chat.limits.message_bytes || Infinity)) {
    tell(t("too_large"));
    return;
  }
  typingTold = 0;
  text.value = "";
  keep("draft", null);
  grow();
  sendMessage(words, takeUploads());
  toNewest();
  text.focus();
}

function maySend() {
  return chat.state !== "blocked" && (text.value.trim() || uploads.length) && uploads.every((one) => one.file);
}

function picked() {
  upload(picker.files);
  picker.value = "";
  text.focus();
}

function pasted(event) {
  const { files } = event.clipboardData;
  if (!files.length || !mayUpload()) return;
  event.preventDefault();
  upload(files);
}

function chipView(one) {
  if (!chipViews.has(one)) {
    const remove = () => {
      one.cancel();
      uploads = uploads.filter((other) => other !== one);
      change({});
      text.focus();
    };
    const label = `${t("remove")} ${one.name}`;
    const removeButton = h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick: remove }, icon("close"));
    chipViews.set(one, h("div", { class: "chip" }, h("bdi", null, one.name),
      h("progress", { max: 1, value: 0, "aria-label": one.name }), removeButton));
  }
  const view = chipViews.get(one);
  view.querySelector("progress").value = one.done;
  view.querySelector("progress").hidden = !!one.file;
  return view;
}

function drawComposer() {
  composer.hidden = !panel.hidden || chat.state === "blocked";
  attach.hidden = !mayUpload();
  set(picker, "accept", chat.limits.upload_types);
  sendButton.disabled = !maySend();
  arrange(chips, uploads.map(chipView));
}
