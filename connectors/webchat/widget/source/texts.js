// Which language the widget speaks, and its texts.

const LANGUAGES = ["en", "uk", "ru", "pl"];

/** What a page, a person or a browser asks for, as far as we speak it. */
const asked = [options.lang, document.documentElement.lang, ...navigator.languages]
  .map((name) => (name || "").slice(0, 2).toLowerCase())
  .find((name) => LANGUAGES.includes(name));
const LANGUAGE = asked || "en";
/** The person's own variant of it, for dates: English with or without a.m. and p.m. */
const LOCALE = navigator.languages.find((name) => name.startsWith(LANGUAGE)) || LANGUAGE;

/** Letters of a Cyrillic text come as ASCII ones, which compress better: see packing.py. */
function letter(ascii) {
  const found = LETTERS[0][LETTERS[1].indexOf(ascii.toLowerCase())];
  return found ? (ascii >= "A" && ascii <= "Z" ? found.toUpperCase() : found) : ascii;
}

/** {key: text} of the widget's language. */
function unpack() {
  const place = LANGUAGES.indexOf(LANGUAGE) + 1;
  const cyrillic = place === 2 || place === 3;
  const row = PACKED[place].replace(/\{\w+\}|[\w<>]/g, (all) => (cyrillic ? letter(all) : all)).split("|");
  return Object.fromEntries(PACKED[0].split("|").map((key, index) => [key, row[index]]));
}

const TEXTS = unpack();

let siteTexts = {};

/** What a table by language holds for ours; "" is for all others. */
function inLanguage(table) {
  return table[LANGUAGE] ?? table[""] ?? table.en;
}

/** The text of that key, the site's own before ours, with `{name}` filled in. */
function t(key, values = {}) {
  const text = siteTexts[LANGUAGE]?.[key] || siteTexts[""]?.[key] || TEXTS[key];
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

const labelled = [];

/** Keeps those attributes (and with "" the words) of an element at a text, whatever the site changes. */
function labels(element, key, ...attributes) {
  labelled.push(() => {
    for (const name of attributes) {
      if (name) element.setAttribute(name, t(key));
      else element.textContent = t(key);
    }
  });
  labelled.at(-1)();
  return element;
}

function clock(at) {
  return new Date(at).toLocaleTimeString(LOCALE, { timeStyle: "short" });
}

function day(at) {
  return new Date(at).toLocaleDateString(LOCALE, { dateStyle: "long" });
}

function megabytes(bytes) {
  return Math.ceil(bytes / 104857.6) / 10;
}
