// Colours, direction and the room there is: all by constructed sheets and attributes of our
// own elements, since a page's policy may forbid inline styles.

const root = h("div", { class: "root", lang: LANGUAGE });
const host = h("omnitui-chat");
const style = new CSSStyleSheet();
const room = new CSSStyleSheet();
const brand = new CSSStyleSheet();
const darkPage = matchMedia("(prefers-color-scheme: dark)");

/** Black or white, whichever can be read on that colour (WCAG 2.2; its luminance, nearly). */
function readableOn(color) {
  const [red, green, blue] = color.match(/[\d.]+/g).map((value) => (value / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.183 ? "#000" : "#fff";
}

function drawTheme() {
  const { theme, position } = options;
  const dark = theme === "dark" || (theme !== "light" && darkPage.matches);
  set(root, "data-theme", dark ? "dark" : "light");
  set(root, "data-position", position || chat.site.position || "right");
  set(root, "dir", options.dir || getComputedStyle(document.documentElement).direction);
  const own = `--site-color:${chat.site.color || "initial"}`;
  brand.replaceSync(`:host{${own}}`);
  brand.replaceSync(`:host{${own};--on-color:${readableOn(getComputedStyle(launcher).backgroundColor)}}`);
}

/** On a phone the window fills what the on-screen keyboard leaves. */
function drawRoom() {
  const { height, offsetTop } = window.visualViewport || { height: innerHeight, offsetTop: 0 };
  room.replaceSync(`:host{--room:${height}px;--room-top:${offsetTop}px}`);
  stay();
}

style.replaceSync(CSS);
