/** The resolve dialog: problem, cause, fix and where it applies, for whoever meets this customer next. */

import { text, toggle } from "../shared/dom.js";
import { prepare } from "./dialogs.js";

/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {"problem" | "cause" | "fix" | "applies_to"} Field */
/** @typedef {{outcome: string, words: string}} Again words: which fix that is */

/** @type {Field[]} */
export const FIELDS = ["problem", "cause", "fix", "applies_to"];

export class ResolveDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {HTMLFormElement} */ #form;
  /** @type {(id: string) => Promise<Outcome>} */ #draft;
  /** @type {(id: string, outcome: Outcome & {again?: string}) => Promise<void>} */ #save;
  /** @type {string | null} */ #conversation = null;
  /** What was typed and not saved, in case the dialog was closed by mistake. @type {Map<string, Outcome>} */
  #unsaved = new Map();
  /** Whose fix is used once more. @type {Map<string, Again>} */ #again = new Map();

  /**
   * @param {HTMLDialogElement} dialog
   * @param {object} on
   * @param {(id: string) => Promise<Outcome>} on.draft what the conversation suggests
   * @param {(id: string, outcome: Outcome & {again?: string}) => Promise<void>} on.save throws Refused or Lost
   */
  constructor(dialog, { draft, save }) {
    this.#dialog = dialog;
    this.#form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.#draft = draft;
    this.#save = save;
    prepare(dialog, { onSave: () => this.#form.requestSubmit() });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#form.addEventListener("input", () => {
      if (this.#conversation) this.#unsaved.set(this.#conversation, this.#values());
    });
    this.#part("notagain").addEventListener("click", () => {
      this.#again.delete(this.#conversation ?? "");
      this.#drawAgain();
      this.#box("problem").focus();
    });
  }

  /**
   * @param {string} id
   * @param {string} name of the customer
   * @param {Again & {draft: () => Promise<Outcome>}} [again] an earlier fix that has worked once more
   */
  async open(id, name, again) {
    this.#conversation = id;
    const begun = this.#unsaved.get(id);
    if (again) this.#again.set(id, { outcome: again.outcome, words: again.words });
    this.#drawAgain();
    this.#fill(begun ?? {});
    this.#complain("", {});
    text(this.#part("who"), name);
    text(this.#part("status"), begun && !again ? "" : "Reading the conversation …");
    this.#dialog.showModal();
    if (begun && !again) return;
    try {
      const draft = await (again ? again.draft() : this.#draft(id));
      if (this.#conversation !== id || (!again && this.#unsaved.has(id))) return;
      this.#prefill(draft);
      const filled = FIELDS.some((field) => draft[field]);
      text(this.#part("status"), filled ? filledWords(Boolean(again), Boolean(begun)) : "");
    } catch {
      text(
        this.#part("status"),
        again ? "The earlier fix could not be read now. Write it down yourself." : "",
      );
    }
  }

  #drawAgain() {
    const again = this.#again.get(this.#conversation ?? "");
    toggle(this.#part("again"), Boolean(again));
    text(this.#part("againwords"), again?.words);
  }

  async #submit() {
    const id = this.#conversation;
    if (!id) return;
    const save = /** @type {HTMLButtonElement} */ (this.#part("save"));
    if (save.disabled) return;
    save.disabled = true;
    this.#complain("", {});
    try {
      const again = this.#again.get(id)?.outcome;
      await this.#save(id, { ...this.#values(), ...(again ? { again } : {}) });
      this.#unsaved.delete(id);
      this.#again.delete(id);
      this.#dialog.close();
    } catch (error) {
      const { code, message, fields } = /** @type {{code?: string, message: string, fields?: any}} */ (error);
      this.#complain(
        code ? message : "The connection is gone. What you wrote is kept; try again in a moment.",
        fields ?? {},
      );
    } finally {
      save.disabled = false;
    }
  }

  /**
   * @param {string} message
   * @param {Record<string, string | string[]>} fields
   */
  #complain(message, fields) {
    const error = this.#part("error");
    toggle(error, Boolean(message));
    text(error, message);
    /** @type {HTMLElement | null} */
    let first = null;
    for (const field of FIELDS) {
      const words = [fields[field] ?? fields[`outcome.${field}`] ?? []].flat().join(" ");
      const box = this.#box(field);
      const place = this.#part(`error-${field}`);
      text(place, words);
      toggle(place, Boolean(words));
      box.setAttribute("aria-invalid", String(Boolean(words)));
      if (words) first ??= box;
    }
    first?.focus();
  }

  /** @param {Outcome} outcome */
  #fill(outcome) {
    for (const field of FIELDS) this.#box(field).value = outcome[field] ?? "";
  }

  /** @param {Outcome} draft */
  #prefill(draft) {
    const box = FIELDS.map((field) => this.#box(field)).find((one) => one === document.activeElement);
    const empty = box?.value === "";
    this.#fill(completed(this.#values(), draft));
    // Whoever was just about to type into it means to write their own words, not to add them to these.
    if (empty) box?.select();
  }

  /** @returns {Outcome} */
  #values() {
    return Object.fromEntries(FIELDS.map((field) => [field, this.#box(field).value.trim()]));
  }

  /** @param {Field} field */
  #box(field) {
    return /** @type {HTMLTextAreaElement} */ (this.#form.elements.namedItem(field));
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-part="${name}"]`));
  }
}

/**
 * What somebody has typed stays; only what is empty is filled in.
 *
 * @param {Outcome} typed
 * @param {Outcome} draft
 * @returns {Outcome}
 */
export function completed(typed, draft) {
  return Object.fromEntries(FIELDS.map((field) => [field, typed[field] || draft[field] || ""]));
}

/** @param {boolean} again @param {boolean} begun */
function filledWords(again, begun) {
  if (!again) return "Filled in from the conversation: please check it.";
  return begun
    ? "What you had written stays; the rest is the fix of that time."
    : "Filled in from that time: please check it.";
}
