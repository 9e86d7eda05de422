import { part, text } from "../shared/dom.js";
import { Back } from "./back.js";
import { Devices } from "./devices.js";
import { More } from "./more.js";

/**
 * @typedef {import("./stage.js").Page} Name
 * @typedef {{chat: import("./chat.js").Chat, speech: import("./words.js").Speech, go: Go}} Around
 * @typedef {{home: () => void, page: (name: Name) => void, write: () => void}} Go
 * @typedef {object} Page what stands below the bar
 * @property {HTMLElement} root
 * @property {string} title
 * @property {() => boolean} [back] one step back within it; false: out of it
 * @property {() => void} [draw] something has changed
 * @property {() => void} [leave]
 */

const KINDS = { more: More, back: Back, devices: Devices };

/** The pages beside the chat: ways back, devices, this computer. Made when they are opened, gone when they are left. */
export class Pages {
  /** @type {Page|null} */ #page = null;
  /** @type {Name[]} */ #trail = [];

  /**
   * @param {import("./chat.js").Chat} chat
   * @param {import("./words.js").Speech} speech
   * @param {Go} go
   */
  constructor(chat, speech, go) {
    this.around = { chat, speech, go };
    this.root = /** @type {HTMLElement} */ (document.getElementById("page"));
    this.title = part(this.root, "title");
    this.body = part(this.root, "body");
  }

  /** @param {Name} name */
  show(name) {
    this.#page?.leave?.();
    if (this.#trail.at(-1) !== name) this.#trail.push(name);
    this.#page = new KINDS[name](this.around, () => this.#fresh());
    this.body.replaceChildren(this.#page.root);
    this.#fresh();
  }

  draw() {
    this.#page?.draw?.();
  }

  /** @returns {boolean} false: there is nothing to go back to here */
  back() {
    if (this.#page?.back?.()) return true;
    this.#trail.pop();
    const before = this.#trail.at(-1);
    if (before) this.show(before);
    return Boolean(before);
  }

  /** Nothing that was typed or shown here stays. */
  leave() {
    this.#page?.leave?.();
    this.#page = null;
    this.#trail = [];
    this.body.replaceChildren();
  }

  /** The page has a new face: from the top, with the focus where one begins. */
  #fresh() {
    if (!this.#page) return;
    text(this.title, this.#page.title);
    this.body.scrollTop = 0;
    const first = /** @type {HTMLElement|null} */ (this.#page.root.querySelector("[data-first]"));
    (first ?? this.title).focus();
  }
}
