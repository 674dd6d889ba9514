// Elements by hand: every text is a text node, every handler a listener.

/** An element. `on…` are listeners; true is an empty attribute; null and false are none. */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on") && value) element.addEventListener(key.slice(2), value);
    else set(element, key, value);
  }
  element.append(...children.flat().filter(Boolean));
  return element;
}

/** Sets or takes away an attribute. */
function set(element, key, value) {
  if (value === false || value == null) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? "" : value);
}

const ICONS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  attach: "M12 5v14M5 12h14",
  more: "M5 8h14M5 16h14",
  file: "M14 3H6v18h12V7z",
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

/** A link that opens beside the page and tells the other side nothing about it. */
function anchor(href, name, ...children) {
  return h("a", { class: name, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
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
