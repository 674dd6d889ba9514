// What is shown instead of the composer: forms before a chat, codes, questions.

const panel = h("section", { class: "panel", hidden: true });
let panelKey = "";

const KNOWN_FIELDS = ["name", "email", "phone", "order", "message"];

/** Shows a panel once; drawing again leaves what was typed. */
function showPanel(key, make) {
  if (key === panelKey) return;
  panelKey = key;
  panel.replaceChildren(...(key ? make() : []));
  panel.hidden = !key;
}

/** A question that the person asked for, above whatever else would be shown. */
let question = null;

function askQuestion(next) {
  question = next;
  change({});
  if (next) queueMicrotask(() => queueMicrotask(() => (panel.querySelector("input,button") || panel).focus()));
  else emit("answered");
}

function fieldLabel(field) {
  return inLanguage(field.label || {}) || (KNOWN_FIELDS.includes(field.name) ? t(`field_${field.name}`) : field.name);
}

const COMPLETE = { name: "name", email: "email", phone: "tel" };

function fieldView(field) {
  const id = `field-${field.name}`;
  const common = {
    id, name: field.name, required: field.required, maxlength: 2000, autocomplete: COMPLETE[field.name], dir: "auto",
  };
  const label = h("label", { for: id }, fieldLabel(field), !field.required && h("small", null, ` · ${t("optional")}`));
  if (field.type === "checkbox") {
    return h("div", { class: "check" }, h("input", { ...common, type: "checkbox", value: "✓", maxlength: null, dir: null }), label);
  }
  let input;
  if (field.type === "textarea") input = h("textarea", { ...common, rows: 3 });
  else if (field.type === "select") {
    const choices = field.options.map((option) => h("option", null, option));
    input = h("select", { ...common, maxlength: null, dir: null }, !field.required && h("option", { value: "" }), choices);
  } else input = h("input", { ...common, type: field.type || "text" });
  return h("div", null, label, input);
}

/** A form whose answer is handed on as {name: text}; the browser itself says what is missing. */
function formView(words, fields, button, answered, cancel) {
  const submit = (event) => {
    event.preventDefault();
    answered(Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim())));
  };
  return [
    h("form", { onsubmit: submit },
      words && h("p", null, words),
      fields.map(fieldView),
      h("div", { class: "buttons" },
        cancel && h("button", { type: "button", class: "quiet", onclick: () => askQuestion(null) }, t("cancel")),
        h("button", { class: "primary" }, button))),
  ];
}

/** The form that stands before the first message: the site's own, or the one for hours when nobody is there. */
function firstForm() {
  const { form = [], offline_form = [] } = chat.site;
  const away = chat.availability === "away" && offline_form.length > 0;
  const fields = away ? offline_form : form;
  if (!fields.length || isUnderWay() || chat.identity || kept("form") === chat.visitor) return null;
  const key = away ? "away" : "form";
  return () => showPanel(key, () => formView("", fields, t(away ? "leave" : "start"), ({ message, ...answers }) => {
    if (Object.keys(answers).length) sendDurable({ type: "form", fields: answers, offline: away });
    keep("form", chat.visitor);
    if (message) sendMessage(message, []);
    change({});
    queueMicrotask(() => emit("answered"));
  }));
}

const VERIFY_WORDS = { wrong: "code_wrong", expired: "code_expired", refused: "code_refused" };

/** Proves an e-mail address by a code, then does what it was wanted for. */
function askEmail(purpose) {
  const email = { name: "email", type: "email", required: true };
  askQuestion(() => showPanel("email", () => formView(t("email_ask"), [email], t("code_send"), (answers) => {
    sendDurable({ type: "verify", email: answers.email });
    askCode(answers.email, purpose);
  }, true)));
}

let wantedFor = "";
let wantedEmail = "";

function askCode(email, purpose) {
  wantedFor = purpose;
  wantedEmail = email;
  change({ verifying: "sent" });
  askQuestion(() => showPanel(`code ${chat.verifying}`, () => {
    const view = formView(t("code_ask", { email: wantedEmail }), [], t("code_check"), ({ code }) => sendDurable({ type: "code", code }), true);
    const words = VERIFY_WORDS[chat.verifying];
    view[0].firstChild.after(
      h("input", {
        name: "code", class: "code", required: true, inputmode: "numeric", pattern: "[0-9 ]{6,8}", maxlength: 8,
        autocomplete: "one-time-code", "aria-label": t("code_label"), "aria-invalid": words && "true",
      }),
      words ? h("p", { role: "alert", class: "trouble" }, t(words)) : "",
    );
    return view;
  }));
}

on("verification", ({ state, email }) => {
  if (state === "proven") {
    askQuestion(null);
    emit("notice", t("code_proven", { email }));
    if (wantedFor === "transcript") sendTranscript();
    wantedFor = "";
  } else if (state === "sent" && !question) askCode(email, "");
});

function sendTranscript() {
  sendDurable({ type: "transcript" });
  emit("notice", t("transcript_sent", { email: chat.email }));
}

function askEnd() {
  askQuestion(() => showPanel("end", () => formView(t("end_ask"), [], t("end"), () => {
    sendDurable({ type: "end" });
    askQuestion(null);
  }, true)));
}
