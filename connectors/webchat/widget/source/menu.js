// The menu of a chat: sound, e-mail, transcript, end.

const menuButton = iconButton("more", "menu", () => openMenu(menu.hidden), { "aria-expanded": "false", "aria-controls": "menu" });
const menu = h("div", { class: "menu", id: "menu", hidden: true });

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

/** Two soft tones, made here: no file that a page's policy might forbid. */
function chime() {
  if (!soundIsOn() || typeof AudioContext !== "function") return;
  const audio = new AudioContext();
  [660, 880].forEach((pitch, index) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + index * 0.12;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  });
  setTimeout(() => audio.close(), 1e3);
}

function arrived(message) {
  emit("message", { ...message });
  if (message.from === "agent" && (document.hidden || !dialog.open)) chime();
}
