// Light Markdown to DOM nodes. Nothing here ever makes HTML out of a text.

const BARE_LINK = /(?:https?:\/\/|mailto:)[^\s<>"]+/giu;
const BLOCK = /^```[^\n`]*\n([\s\S]*?)\n?^```[^\S\n]*$/m;
const ITEM = /^\s{0,3}(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/;
const INLINE = new RegExp(
  [
    /[\p{L}\p{N}]_+/u, // not the beginning of anything: snake_case
    /\\([\\`*_~[\]()])/, // 1: a character that means itself
    /`([^`\n]+)`/, // 2: code
    /\*\*(?=\S)([^\n]{0,999}?\S)\*\*/, // 3: bold
    /_(?=\S)([^\n]{0,999}?[^\s_])_(?![\p{L}\p{N}_])/u, // 4: italic
    /\[([^[\]\n]{1,999})\]\(([^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)/, // 5, 6: a link with its words
    BARE_LINK,
  ]
    .map((part) => part.source)
    .join("|"),
  "giu",
);

/** A link, or just its words when the address is none that may be followed. */
function link(words, target) {
  let url;
  try {
    url = new URL(target);
  } catch {
    return words;
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return words;
  return anchor(url.href, null, words);
}

/** A bare address, without the punctuation of the sentence around it. */
function bareLink(text) {
  const target = text.replace(text.includes("(") ? /[.,;:!?'»”\]]+$/ : /[.,;:!?'»”\])]+$/, "");
  return [link(target, target), text.slice(target.length)];
}

/** The nodes of one run of text: bold, italic, code, links; or links alone. */
function inline(text, pattern = INLINE) {
  const nodes = [];
  let end = 0;
  const styled = (name, words) => h(name, null, inline(words));
  for (const match of text.matchAll(pattern)) {
    const [all, itself, code, bold, italic, words, target] = match;
    nodes.push(text.slice(end, match.index));
    end = match.index + all.length;
    if (itself) nodes.push(itself);
    else if (code) nodes.push(h("code", null, code));
    else if (bold) nodes.push(styled("strong", bold));
    else if (italic) nodes.push(styled("em", italic));
    else if (words) nodes.push(link(words, target));
    else nodes.push(...bareLink(all));
  }
  return [...nodes, text.slice(end)];
}

/** The nodes of lines: lists and paragraphs. */
function paragraphs(text) {
  const nodes = [];
  let lines = [];
  const flush = () => {
    const words = lines.join("\n").trim();
    if (words) nodes.push(h("p", null, inline(words)));
    lines = [];
  };
  let list = null;
  for (const line of text.split("\n")) {
    const item = ITEM.exec(line);
    if (!item) {
      list = null;
      if (line.trim()) lines.push(line);
      else flush();
      continue;
    }
    flush();
    const kind = item[1] ? "OL" : "UL";
    if (!list || list.tagName !== kind) nodes.push((list = h(kind, { start: item[1] })));
    list.append(h("li", null, inline(item[2])));
  }
  flush();
  return nodes;
}

/** The nodes of an agent's text. */
function markdown(text) {
  const block = BLOCK.exec(text);
  if (!block) return paragraphs(text);
  const after = text.slice(block.index + block[0].length);
  const code = h("pre", null, h("code", null, block[1]));
  return [...paragraphs(text.slice(0, block.index)), code, ...markdown(after)];
}
