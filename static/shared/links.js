/**
 * @typedef {{kind: "text", text: string}|{kind: "break"}|{kind: "link", text: string, href: string}} Piece
 */

const SAFE = new Set(["http:", "https:", "mailto:"]);
const FOUND =
  /https?:\/\/[^\s<>"'`]+|mailto:[^\s<>"'`]+|[\w.+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}/gi;
const TRAILING = /[.,;:!?…'"»]+$/;

/**
 * Plain text as pieces: text, line breaks and links that are safe to follow (http, https, mailto; never
 * `javascript:`, never a host hidden behind a user name).
 * @param {string} source
 * @returns {Piece[]}
 */
export function pieces(source) {
  /** @type {Piece[]} */
  const out = [];
  let from = 0;
  for (const match of source.matchAll(FOUND)) {
    const shown = trimmed(match[0]);
    const href = address(shown);
    if (!href) continue;
    pushText(out, source.slice(from, match.index));
    out.push({ kind: "link", text: shown, href });
    from = match.index + shown.length;
  }
  pushText(out, source.slice(from));
  return out;
}

/**
 * The pieces as nodes, for `element.append(...)`.
 * @param {string} source
 * @returns {DocumentFragment}
 */
export function linked(source) {
  const fragment = document.createDocumentFragment();
  for (const piece of pieces(source)) {
    if (piece.kind === "text") fragment.append(piece.text);
    else if (piece.kind === "break") fragment.append(document.createElement("br"));
    else {
      const link = document.createElement("a");
      link.href = piece.href;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.textContent = piece.text;
      fragment.append(link);
    }
  }
  return fragment;
}

/** A sentence's full stop or a bracket around the address is not part of it.
 * @param {string} found
 */
function trimmed(found) {
  let text = found.replace(TRAILING, "");
  for (const [open, close] of ["()", "[]"]) {
    while (text.endsWith(close) && text.split(close).length > text.split(open).length) {
      text = text.slice(0, -1).replace(TRAILING, "");
    }
  }
  return text;
}

/**
 * @param {string} text
 * @returns {string|null} null when it is not safe
 */
function address(text) {
  const candidate = /^(https?:|mailto:)/i.test(text) ? text : `mailto:${text}`;
  try {
    const url = new URL(candidate);
    // https://bank.example@evil.example shows one host and opens another.
    if (!SAFE.has(url.protocol) || url.username || url.password) return null;
    return url.href;
  } catch {
    return null;
  }
}

/**
 * @param {Piece[]} out
 * @param {string} text
 */
function pushText(out, text) {
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    if (index) out.push({ kind: "break" });
    if (line) out.push({ kind: "text", text: line });
  });
}
