/** Tiny helpers around the DOM. Nothing here parses HTML: data goes in as text, structure from <template>. */

/**
 * A fresh copy of the first element of `<template id>`.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function clone(id) {
  const template = /** @type {HTMLTemplateElement|null} */ (document.getElementById(id));
  const element = template?.content.firstElementChild;
  if (!element) throw new Error(`no template ${id}`);
  return /** @type {HTMLElement} */ (document.importNode(element, true));
}

/**
 * The element marked `data-part="name"` in (or at) root.
 * @param {ParentNode & {matches?: (selector: string) => boolean}} root
 * @param {string} name
 * @returns {any}
 */
export function part(root, name) {
  const selector = `[data-part="${name}"]`;
  const found = root.matches?.(selector) ? root : root.querySelector(selector);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}

/**
 * Set an element's text, touching the DOM only when it changes (a live region must not repeat itself).
 * @param {Element} element
 * @param {string|number|null|undefined} value
 */
export function text(element, value) {
  const words = value === null || value === undefined ? "" : String(value);
  if (element.textContent !== words) element.textContent = words;
}

/**
 * Set the text of several parts at once; a part whose text is empty is hidden.
 * @param {HTMLElement} root
 * @param {Record<string, string|number|null|undefined>} values by part name
 */
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    const element = part(root, name);
    text(element, value);
    toggle(element, value !== "" && value !== null && value !== undefined);
  }
}

/**
 * Show or hide.
 * @param {Element} element
 * @param {boolean} shown
 */
export function toggle(element, shown) {
  /** @type {HTMLElement} */ (element).hidden = !shown;
}

/**
 * Make an element: `make("button", {type: "button", class: "quiet"}, "Close")`. Values of null or false leave
 * the attribute away; functions become listeners (`onclick`).
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The JSON of a `<script type="application/json" id>` block; null when it is missing.
 * @param {string} id
 * @returns {any}
 */
export function data(id) {
  const block = document.getElementById(id);
  return block?.textContent ? JSON.parse(block.textContent) : null;
}
