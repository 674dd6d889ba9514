// What is shown instead of the composer: forms before a chat, codes, questions.

const panel = h("section", { class: "panel", hidden: true });
let panelKey = "";

/** What the person asked for, above whatever else would be shown: gives a panel as below. */
let question = null;

function askQuestion(next) {
  question = next;
  change({});
  queueMicrotask(focusInside);
}

/** Shows [key, words, fields, button, answered] once; drawing again leaves what was typed. */
function drawPanel() {
  const [key = "", ...form] = question ? question() : firstForm();
  if (key === panelKey) return;
  panelKey = key;
  const focused = host.shadowRoot.activeElement;
  const takesFocus = key && (focused === text || panel.contains(focused));
  panel.replaceChildren(key ? formView(...form) : "");
  panel.hidden = !key;
  if (takesFocus) panel.querySelector("input,textarea,select,button").focus();
}

const COMPLETE = { name: "name", email: "email", phone: "tel", code: "one-time-code" };

function fieldView({ name, type = "text", required, options, label, trouble }) {
  const attributes = {
    name, type, required, maxlength: 2000, autocomplete: COMPLETE[name], inputmode: name === "code" && "numeric", dir: "auto",
    value: type === "checkbox" && "✓", "aria-invalid": trouble && "true",
  };
  const key = `field_${name}`;
  const words = (inLanguage(label || {}) || (TEXTS[key] ? t(key) : name)) + (required ? " *" : "");
  const input = h({ textarea: type, select: type }[type] || "input", attributes);
  if (type === "select") input.append(...["", ...options].map((option) => h("option", null, option)));
  return h("label", null, type === "checkbox" ? [input, words] : [words, input]);
}

/** A form whose answer is handed on as {name: text}; the browser itself says what is missing. */
function formView(words, fields, button, answered) {
  const onsubmit = (event) => {
    event.preventDefault();
    answered(Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim())));
  };
  return h("form", { onsubmit },
    fields.map(fieldView),
    words && h("p", { role: "alert" }, words),
    h("div", { class: "buttons" },
      question && h("button", { type: "button", class: "quiet", onclick: () => askQuestion(null) }, t("cancel")),
      h("button", { class: "primary" }, button)));
}

/** The form before the first message: the site's own, or the one for when nobody is there. */
function firstForm() {
  const { form, offline_form } = chat.site;
  const away = chat.availability === "away" && offline_form?.length > 0;
  const fields = away ? offline_form : form;
  if (chat.state !== "on" || !fields?.length || isUnderWay() || chat.identity || kept("form") === chat.visitor) return [];
  return [`form ${away}`, "", fields, t(away ? "leave" : "start"), ({ message, ...fields }) => {
    if (Object.keys(fields).length) sendDurable({ type: "form", fields, offline: away });
    keep("form", chat.visitor);
    if (message) sendMessage(message, []);
    askQuestion(null);
  }];
}

let afterProof = null;

/** Proves an e-mail address by a code; `then` is done when it is proven. */
function askEmail(then, trouble) {
  afterProof = then;
  askQuestion(() => [trouble || "email", trouble, [{ name: "email", type: "email", required: true }], t("code_send"), ({ email }) => {
    sendDurable({ type: "verify", email });
    askCode(email);
  }]);
}

function askCode(email) {
  change({ verifying: "sent" });
  askQuestion(() => {
    const trouble = chat.verifying !== "sent" && t(`code_${chat.verifying}`);
    const field = { name: "code", required: true, label: { "": t("code_ask", { email }) }, trouble };
    return [trouble || "code", trouble, [field], t("code_check"), ({ code }) => sendDurable({ type: "code", code })];
  });
}

function verified(state, email) {
  if (state === "proven") {
    askQuestion(null);
    tell(`${email} ✓`);
    afterProof?.();
    afterProof = null;
  } else if (state === "sent" && !question) askCode(email);
  else if (state === "refused" && question) askEmail(afterProof, t(`code_${state}`));
}

function sendTranscript() {
  sendDurable({ type: "transcript" });
  tell(t("transcript_sent", { email: chat.email }));
}

function askEnd() {
  askQuestion(() => ["end", `${t("end")}?`, [], t("end"), () => {
    sendDurable({ type: "end" });
    askQuestion(null);
  }]);
}
