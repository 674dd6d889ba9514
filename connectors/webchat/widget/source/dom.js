// Elements without innerHTML: every text is a text node, every handler a listener.

/** An element. `on…` are listeners; true is an empty attribute; null and false are none. */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on") && value) element.addEventListener(key.slice(2), value);
    else set(element, key, value);
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

/** Sets or takes away an attribute. */
function set(element, key, value) {
  if (value === false || value == null) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? "" : value);
}

const ICONS = {
  chat: "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.5 3.3 5.9L5.7 20.5l4-1.9c.7.2 1.5.2 2.3.2 5 0 9-3.4 9-7.7s-4-7.6-9-7.6z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  attach: "M20 11.5l-8 8a5 5 0 0 1-7.1-7.1l8.4-8.3a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.3a1.7 1.7 0 0 1-2.4-2.4l7.7-7.6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  file: "M14 3H6v18h12V7zM14 3v4h4",
  down: "M12 5v14M5.5 12.5L12 19l6.5-6.5",
  sent: "M5 12.5l4.5 4.5L19 7.5",
  twice: "M2 12.5l4.5 4.5L16 7.5M12 16.5l.5.5L22 7.5",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  set(svg, "viewBox", "0 0 24 24");
  set(svg, "aria-hidden", "true");
  set(path, "d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A round button that shows an icon and is called by the text of that key. */
function iconButton(name, key, onclick, attributes) {
  return labels(h("button", { type: "button", class: "icon", onclick, ...attributes }, icon(name)), key, "aria-label", "title");
}

/** Makes `parent` hold just these children, moving and removing only what has to be. */
function arrange(parent, children) {
  children.forEach((child, index) => {
    if (parent.childNodes[index] !== child) parent.insertBefore(child, parent.childNodes[index]);
  });
  while (parent.childNodes.length > children.length) parent.lastChild.remove();
}
