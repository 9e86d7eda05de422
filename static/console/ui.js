/** Small pieces that several views draw with. */

import { make, text } from "../shared/dom.js";
import { initials } from "./words.js";

/** One stroke width, one size; paths on a 24 × 24 field. @type {Record<string, string>} */
const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  again: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
};

/**
 * @param {string} name
 * @returns {SVGElement} hidden from screen readers: the words stand beside it
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} name @returns {HTMLElement} the round picture with two letters */
export function face(name) {
  return make("span", { class: "face", "aria-hidden": "true" }, initials(name));
}

/**
 * @param {string} words
 * @param {string} tone plain | good | bad | wait
 */
export function pill(words, tone = "plain") {
  return make("span", { class: `pill ${tone}` }, words);
}

/** @param {string} words for screen readers only */
export function unseen(words) {
  return make("span", { class: "unseen" }, words);
}

/**
 * @param {string} words
 * @param {() => void} onclick
 * @param {string} [kind] "go" for the one main action
 */
export function button(words, onclick, kind = "") {
  return make("button", { type: "button", class: `btn ${kind}`.trim(), onclick }, words);
}

/**
 * A card of the side panel.
 *
 * @param {string} title
 * @param {HTMLElement} body
 * @param {string} [count]
 */
export function card(title, body, count) {
  const heading = make("h3", {}, title);
  if (count) heading.append(" ", make("span", { class: "small" }, count));
  return make("section", { class: "card" }, heading, body);
}

/** @param {[string, string | Node][]} pairs those without a value are left out */
export function facts(pairs) {
  const list = make("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value) list.append(make("dt", {}, name), make("dd", { dir: "auto" }, value));
  }
  return list;
}

/**
 * A button for what is done once and takes a moment. While it is busy or done it does nothing, but keeps the focus.
 *
 * @param {import("./known.js").Act} act
 * @param {{name: string, idle: string, busy: string, done: string, title?: string}} words name: stays the same
 * @param {() => void} run
 * @param {string} [kind]
 * @returns {HTMLButtonElement}
 */
export function actButton({ state }, { name, idle, busy, done, title }, run, kind) {
  const still = state === "busy" || state === "done";
  const made = button(still ? (state === "busy" ? busy : done) : idle, () => still || run(), kind);
  made.dataset.act = name;
  if (still) made.setAttribute("aria-disabled", "true");
  if (title) made.title = title;
  return made;
}

/** Why it did not work, read aloud. @param {import("./known.js").Act} act */
export function actError({ state, words }) {
  return state === "failed" ? [make("p", { class: "wrong small", role: "alert" }, words)] : [];
}

/**
 * Make the children of an element match a list, keeping the element of each key: focus, selection and a
 * screen reader's place survive.
 *
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {object} how
 * @param {(item: T) => string} how.key
 * @param {(item: T) => string} how.sig drawn anew only when this changes
 * @param {(item: T) => HTMLElement} how.draw
 */
export function keyed(parent, items, { key, sig, draw }) {
  /** @type {Map<string, HTMLElement>} */
  const held = new Map();
  for (const child of /** @type {Iterable<HTMLElement>} */ (/** @type {unknown} */ (parent.children))) {
    held.set(child.dataset.key ?? "", child);
  }
  const focus = focusIn(parent);
  /** @type {Element | null} */
  let at = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    let element = held.get(id);
    held.delete(id);
    if (!element || element.dataset.sig !== sig(item)) {
      const old = element;
      element = draw(item);
      element.dataset.key = id;
      element.dataset.sig = sig(item);
      if (old === at) at = at?.nextElementSibling ?? null;
      old?.remove();
    }
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const left of held.values()) left.remove();
  refocus(parent, focus);
}

/**
 * @param {Element} parent
 * @returns {{key: string, words: string} | null} which child has the focus, and what the control in it is called
 */
function focusIn(parent) {
  let element = document.activeElement;
  if (!element || element === parent || !parent.contains(element)) return null;
  const words = called(element);
  while (element && element.parentElement !== parent) element = element.parentElement;
  return { key: /** @type {HTMLElement} */ (element)?.dataset.key ?? "", words };
}

/**
 * Moving or redrawing an element takes the focus away from it: it goes back to the control of the same name.
 *
 * @param {Element} parent
 * @param {{key: string, words: string} | null} focus
 */
function refocus(parent, focus) {
  if (focus === null || parent.contains(document.activeElement)) return;
  for (const child of parent.children) {
    if (/** @type {HTMLElement} */ (child).dataset.key !== focus.key) continue;
    /** @type {NodeListOf<HTMLElement>} */
    const inside = child.querySelectorAll("a,button,input,textarea,summary");
    const same = [...inside].find((one) => called(one) === focus.words);
    const target = same ?? (child.matches("a,button") ? /** @type {HTMLElement} */ (child) : inside[0]);
    target?.focus({ preventScroll: true });
  }
}

/** @param {Element} control */
function called(control) {
  return /** @type {HTMLElement} */ (control).dataset.act ?? control.textContent ?? "";
}

/**
 * A live region that says a thing once.
 *
 * @param {Element} region
 * @param {string} words
 */
export function announce(region, words) {
  text(region, "");
  setTimeout(() => text(region, words), 50);
}
