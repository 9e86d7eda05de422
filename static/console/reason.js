/** The dialog that asks why, before something is done that is recorded; it may show first what will change. */

import { make, text, toggle } from "../shared/dom.js";
import { prepare } from "./dialogs.js";
import { actWords } from "./knownwords.js";

/**
 * @typedef {object} Question
 * @property {string} key what was typed and not used is kept under it
 * @property {string} title
 * @property {string} lead
 * @property {string} label of the field
 * @property {string} go on the button
 * @property {() => Promise<HTMLElement>} [preview] what will change
 * @property {(reason: string) => Promise<unknown>} save throws Refused or Lost
 */

export class ReasonDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {HTMLTextAreaElement} */ #box;
  /** @type {Question | null} */ #question = null;
  /** @type {Map<string, string>} */ #unsaved = new Map();

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.#box = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("reason"));
    prepare(dialog, { onSave: () => form.requestSubmit() });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("input", () => {
      if (this.#question) this.#unsaved.set(this.#question.key, this.#box.value);
    });
  }

  /** @param {Question} question */
  open(question) {
    this.#question = question;
    text(this.#part("title"), question.title);
    text(this.#part("lead"), question.lead);
    text(this.#part("label"), question.label);
    text(this.#part("save"), question.go);
    this.#box.value = this.#unsaved.get(question.key) ?? "";
    this.#complain("");
    this.#preview(question);
    this.#dialog.showModal();
    this.#box.focus();
  }

  /** @param {Question} question */
  async #preview(question) {
    const place = this.#part("preview");
    toggle(place, Boolean(question.preview));
    if (!question.preview) return;
    place.replaceChildren(make("p", { class: "small" }, "Looking up what would change …"));
    /** @type {Node} */
    let shown;
    try {
      shown = await question.preview();
    } catch (error) {
      shown = make("p", { class: "small" }, `What would change cannot be shown now. ${actWords(error)}`);
    }
    if (this.#question === question) place.replaceChildren(shown);
  }

  async #submit() {
    const question = this.#question;
    const reason = this.#box.value.trim();
    const save = /** @type {HTMLButtonElement} */ (this.#part("save"));
    if (!question || save.disabled) return;
    if (!reason) return this.#complain("Say in a few words why. It is recorded.");
    save.disabled = true;
    this.#complain("");
    try {
      await question.save(reason);
      this.#unsaved.delete(question.key);
      this.#dialog.close();
    } catch (error) {
      this.#complain(`${actWords(error)} What you wrote is kept.`);
    } finally {
      save.disabled = false;
    }
  }

  /** @param {string} words */
  #complain(words) {
    const error = this.#part("error");
    toggle(error, Boolean(words));
    text(error, words);
    this.#box.setAttribute("aria-invalid", String(Boolean(words)));
    if (words) this.#box.focus();
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-part="${name}"]`));
  }
}
