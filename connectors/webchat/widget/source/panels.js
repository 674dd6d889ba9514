// What is shown instead of the composer: forms before a chat, codes, questions.

const panel = h("section", { class: "panel", hidden: true });
let panelKey = "";

const KNOWN_FIELDS = ["name", "email", "phone", "order", "message"];

/** Shows a panel once; drawing again leaves what was typed. */
function showPanel(key, make) {
  if (key === panelKey) return;
  panelKey = key;
  panel.replaceChildren(key ? make() : "");
  panel.hidden = !key;
}

/** Draws what the person asked for, above whatever else would be shown. */
let question = null;

function askQuestion(next) {
  question = next;
  change({});
  queueMicrotask(focusInside);
}

function fieldLabel(field) {
  return inLanguage(field.label || {}) || (KNOWN_FIELDS.includes(field.name) ? t(`field_${field.name}`) : field.name);
}

const COMPLETE = { name: "name", email: "email", phone: "tel", code: "one-time-code" };

function fieldView({ name, type, required, options, label, trouble }) {
  const id = `field-${name}`;
  const common = { id, name, required, "aria-invalid": trouble && "true" };
  const typed = { ...common, maxlength: 2000, autocomplete: COMPLETE[name], inputmode: name === "code" && "numeric", dir: "auto" };
  const words = h("label", { for: id }, fieldLabel({ name, label }), !required && h("small", null, ` · ${t("optional")}`));
  if (type === "checkbox") return h("div", null, h("input", { ...common, type, value: "✓" }), words);
  const choices = () => ["", ...options].map((option) => h("option", { value: option }, option));
  const input = type === "select" ? h("select", common, choices())
    : type === "textarea" ? h(type, { ...typed, rows: 3 }) : h("input", { ...typed, type });
  return h("div", null, words, input);
}

/** A form whose answer is handed on as {name: text}; the browser itself says what is missing. */
function formView(words, fields, button, answered, cancel) {
  const submit = (event) => {
    event.preventDefault();
    answered(Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim())));
  };
  return h("form", { onsubmit: submit },
    fields.map(fieldView),
    words && h("p", { role: "alert" }, words),
    h("div", { class: "buttons" },
      cancel && h("button", { type: "button", class: "quiet", onclick: () => askQuestion(null) }, t("cancel")),
      h("button", { class: "primary" }, button)));
}

/** Draws the form before the first message, the site's own or the one for when nobody is there. */
function firstForm() {
  const { form = [], offline_form = [] } = chat.site;
  const away = chat.availability === "away" && offline_form.length > 0;
  const fields = away ? offline_form : form;
  if (!fields.length || isUnderWay() || chat.identity || kept("form") === chat.visitor) return null;
  return () => showPanel(`form ${away}`, () => formView("", fields, t(away ? "leave" : "start"), ({ message, ...fields }) => {
    if (Object.keys(fields).length) sendDurable({ type: "form", fields, offline: away });
    keep("form", chat.visitor);
    if (message) sendMessage(message, []);
    askQuestion(null);
  }));
}

/** Proves an e-mail address by a code; `then` is done when it is proven. */
function askEmail(then) {
  afterProof = then;
  const field = { name: "email", type: "email", required: true };
  askQuestion(() => showPanel("email", () => formView(t("email_ask"), [field], t("code_send"), ({ email }) => {
    sendDurable({ type: "verify", email });
    askCode(email);
  }, true)));
}

let afterProof = null;

function askCode(email) {
  change({ verifying: "sent" });
  const field = { name: "code", required: true, label: { "": t("code_ask", { email }) } };
  askQuestion(() => showPanel(`code ${chat.verifying}`, () => {
    const trouble = chat.verifying !== "sent" && t(`code_${chat.verifying}`);
    return formView(trouble, [{ ...field, trouble }], t("code_check"), ({ code }) => sendDurable({ type: "code", code }), true);
  }));
}

function verified(state, email) {
  if (state === "proven") {
    askQuestion(null);
    tell(t("code_proven", { email }));
    if (afterProof) afterProof();
    afterProof = null;
  } else if (state === "sent" && !question) askCode(email);
}

function sendTranscript() {
  sendDurable({ type: "transcript" });
  tell(t("transcript_sent", { email: chat.email }));
}

function askEnd() {
  askQuestion(() => showPanel("end", () => formView(t("end_ask"), [], t("end"), () => {
    sendDurable({ type: "end" });
    askQuestion(null);
  }, true)));
}
