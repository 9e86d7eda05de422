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
  const focus = focusedKey(parent);
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

/** @param {Element} parent @returns {string | null} the key of the child that has the focus */
function focusedKey(parent) {
  const element = document.activeElement;
  if (!element || !parent.contains(element)) return null;
  return /** @type {HTMLElement | null} */ (element.closest("[data-key]"))?.dataset.key ?? null;
}

/** Moving or redrawing an element takes the focus away from it. @param {Element} parent @param {string | null} key */
function refocus(parent, key) {
  if (key === null || parent.contains(document.activeElement)) return;
  for (const child of parent.children) {
    if (/** @type {HTMLElement} */ (child).dataset.key !== key) continue;
    /** @type {HTMLElement | null} */ (child.matches("a,button") ? child : child.querySelector("a,button"))
      ?.focus();
  }
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
