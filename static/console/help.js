/** The keys, listed; and the switch for the one that works without a modifier. */

import { make } from "../shared/dom.js";
import { prepare } from "./dialogs.js";
import { KEYS } from "./keys.js";

/** @typedef {import("../shared/shelf.js").Shelf} Shelf */

export class HelpDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {Shelf} */ #settings;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Shelf} settings
   */
  constructor(dialog, settings) {
    this.#dialog = dialog;
    this.#settings = settings;
    prepare(dialog);
    const list = /** @type {Element} */ (dialog.querySelector('[data-part="keys"]'));
    for (const [key, words] of KEYS) list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, words));
    const box = /** @type {HTMLInputElement} */ (dialog.querySelector('[data-part="helpkey"]'));
    box.checked = this.byKey;
    box.addEventListener("change", () => settings.set("helpkey", box.checked ? "yes" : "no"));
  }

  /** @returns {boolean} whether "?" alone opens it */
  get byKey() {
    return this.#settings.get("helpkey") !== "no";
  }

  open() {
    this.#dialog.showModal();
  }
}
