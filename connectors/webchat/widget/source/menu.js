// The menu of a chat: sound, e-mail, transcript, end.

const menuButton = iconButton("more", "menu", () => openMenu(menu.hidden), { "aria-expanded": "false" });
const menu = h("div", { class: "menu", hidden: true });

function openMenu(open) {
  if (open === !menu.hidden) return;
  menu.hidden = !open;
  set(menuButton, "aria-expanded", String(open));
  if (open) {
    drawMenu();
    menu.firstChild.focus();
  } else menuButton.focus();
}

function soundIsOn() {
  return kept("sound") ?? chat.site.sound ?? false;
}

function entry(label, act, attributes) {
  return h("button", { type: "button", onclick: () => (openMenu(false), act()), ...attributes }, label);
}

function drawMenu() {
  const { verify, transcript } = chat.site;
  const mail = chat.email || verify !== false;
  menu.replaceChildren(...[
    entry(t("sound"), () => keep("sound", !soundIsOn()) || chime(), { role: "switch", "aria-checked": String(soundIsOn()) }),
    !chat.email && mail && entry(t("notify"), () => askEmail(null)),
    isUnderWay() && mail && transcript !== false && entry(t("transcript"), () => (chat.email ? sendTranscript() : askEmail(sendTranscript))),
    isUnderWay() && entry(t("end"), askEnd),
  ].filter(Boolean));
}

/** A soft tone, made here: no file that a page's policy might forbid. */
function chime() {
  if (!soundIsOn()) return;
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.value = 0.1;
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  tone.onended = () => audio.close();
}

function arrived(message) {
  emit("message", { ...message });
  if (message.from === "agent" && (document.hidden || !dialog.open)) chime();
}
