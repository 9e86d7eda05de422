/** Where the technician writes: a reply to the customer, or a note that only technicians see. */

import { text, toggle } from "../shared/dom.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./drafts.js").Drafts} Drafts */
/** @typedef {"reply" | "note"} Kind */

/** The server refuses more; saying so while it can still be cut is kinder. */
const LONGEST = 8000;
/** From here on the room that is left is shown. */
const NEARLY = 7500;

export class Composer {
  /** @type {HTMLFormElement} */ #form;
  /** @type {HTMLTextAreaElement} */ #box;
  /** @type {Drafts} */ #drafts;
  /** @type {string | null} */ #conversation = null;
  /** Turned to notes because there was nothing else to write. */ #forced = false;
  /** @type {{send: (conversation: string, text: string, kind: Kind) => void,
   *   writing: (conversation: string) => void, silent: () => void}} */ #on;

  /**
   * @param {HTMLFormElement} form
   * @param {Drafts} drafts
   * @param {{send: (conversation: string, text: string, kind: Kind) => void,
   *   writing: (conversation: string) => void, silent: () => void}} on
   *   writing: a key was pressed in a reply; silent: the reply was sent, emptied or left
   */
  constructor(form, drafts, on) {
    this.#form = form;
    this.#drafts = drafts;
    this.#on = on;
    this.#box = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    form.addEventListener("change", () => this.#chose());
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("blur", () => this.#on.silent());
    this.#box.addEventListener("keydown", (event) => {
      // While an input method composes, Enter picks a word and must not send.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      }
    });
  }

  /**
   * @param {Row | undefined} row the conversation on the screen
   * @param {string} me my id
   */
  draw(row, me) {
    const id = row?.id ?? null;
    if (id !== this.#conversation) this.#turnTo(id);
    if (!row) return;
    const resolved = row.status === "resolved";
    const reply = this.#radio("reply");
    reply.disabled = resolved;
    if (resolved && reply.checked) {
      this.#choose("note", false);
      this.#forced = true;
    } else if (!resolved && this.#forced) {
      // Nobody chose "note": a reply after reopening must not end up as one.
      this.#choose("reply", false);
      this.#forced = false;
    }
    const kind = this.#kind();
    this.#form.classList.toggle("note", kind === "note");
    this.#box.placeholder = kind === "note" ? "A note for technicians" : `Reply to ${row.customer.name}`;
    this.#box.setAttribute("aria-label", this.#box.placeholder);
    text(this.#part("send"), kind === "note" ? "Add note" : "Send");
    text(this.#part("hint"), hint(row, kind, me));
    this.#measure();
  }

  focus() {
    this.#box.focus();
  }

  /** Reply to note and back, keeping what is written. */
  flip() {
    if (this.#kind() === "note" && this.#radio("reply").disabled) return;
    this.#choose(this.#kind() === "note" ? "reply" : "note", true);
    this.#chose();
    this.focus();
  }

  /** Put words where the cursor is, as a reply. @param {string} words */
  insert(words) {
    if (!this.#radio("reply").disabled) this.#choose("reply", true);
    const { selectionStart, selectionEnd, value } = this.#box;
    const before = value.slice(0, selectionStart);
    const gap = before && !/\s$/.test(before) ? "\n" : "";
    this.#box.setRangeText(gap + words, selectionStart, selectionEnd, "end");
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#chose();
    this.focus();
  }

  /** @param {string | null} id */
  #turnTo(id) {
    if (this.#conversation) this.#on.silent();
    this.#conversation = id;
    this.#forced = false;
    const draft = id ? this.#drafts.get(id) : { text: "", kind: /** @type {Kind} */ ("reply") };
    this.#box.value = draft.text;
    this.#choose(draft.kind, false);
    this.#fit();
  }

  #send() {
    const words = this.#box.value.trim();
    if (!words || !this.#conversation || tooLong(words)) return;
    const kind = this.#kind();
    this.#box.value = "";
    this.#keep();
    this.#fit();
    this.#measure();
    this.#on.silent();
    this.#on.send(this.#conversation, words, kind);
  }

  #typed() {
    this.#keep();
    this.#fit();
    this.#measure();
    if (!this.#conversation) return;
    // The customer must not see "is writing" for words that are not for them.
    if (this.#kind() === "reply" && this.#box.value.trim()) this.#on.writing(this.#conversation);
    else this.#on.silent();
  }

  #chose() {
    this.#keep();
    if (this.#kind() === "note") this.#on.silent();
    this.#form.dispatchEvent(new Event("composer:kind", { bubbles: true }));
  }

  #keep() {
    if (this.#conversation) {
      this.#drafts.set(this.#conversation, { text: this.#box.value, kind: this.#kind() });
    }
  }

  #fit() {
    this.#box.style.setProperty("height", "auto");
    this.#box.style.setProperty("height", `${this.#box.scrollHeight}px`);
  }

  #measure() {
    const length = [...this.#box.value].length;
    const room = this.#part("room");
    toggle(room, length > NEARLY);
    room.classList.toggle("bad", length > LONGEST);
    text(room, length > LONGEST ? `${length - LONGEST} too many` : `${LONGEST - length} left`);
    /** @type {HTMLButtonElement} */ (this.#part("send")).disabled = length > LONGEST;
  }

  /** @returns {Kind} */
  #kind() {
    return this.#radio("note").checked ? "note" : "reply";
  }

  /**
   * @param {Kind} kind
   * @param {boolean} keep
   */
  #choose(kind, keep) {
    this.#radio(kind).checked = true;
    if (keep) this.#keep();
  }

  /** @param {Kind} kind */
  #radio(kind) {
    return /** @type {HTMLInputElement} */ (this.#form.querySelector(`input[value="${kind}"]`));
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#form.querySelector(`[data-part="${name}"]`));
  }
}

/** @param {string} words */
function tooLong(words) {
  return [...words].length > LONGEST;
}

/**
 * What happens to what is written, where that is not obvious.
 *
 * @param {Row} row
 * @param {Kind} kind
 * @param {string} me
 */
function hint(row, kind, me) {
  if (row.status === "resolved") return "Resolved: reopen it to write to the customer.";
  if (kind === "note") return "Only technicians will see this.";
  if (row.status === "waiting") return "Your first reply takes this conversation.";
  if (row.technician && row.technician.id !== me) {
    return `${row.technician.name} is helping. Your reply goes to the customer too.`;
  }
  return "Enter sends, Shift + Enter for a new line";
}
