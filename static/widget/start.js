import { part, text, toggle } from "../shared/dom.js";
import { enterSends, LONGEST } from "./composer.js";
import "../shared/vault.js"; // these are here by the time that something is written, also without a network
import "./delivery.js";
import "./words_talk.js";

/**
 * Opening a conversation: the question first; who one is, only if one likes, and never twice.
 */
export class Start {
  /**
   * @param {import("./chat.js").Chat} chat
   * @param {import("./words.js").Speech} speech
   * @param {(target: import("./chat.js").Target) => void} onStarted
   */
  constructor(chat, speech, onStarted) {
    this.chat = chat;
    this.speech = speech;
    this.onStarted = onStarted;
    this.root = /** @type {HTMLElement} */ (document.getElementById("start"));
    this.box = /** @type {HTMLTextAreaElement} */ (this.root.querySelector("textarea"));
    this.box.value = chat.shelf.get(chat.person.draft("new")) ?? "";
    this.box.oninput = () => {
      chat.shelf.set(chat.person.draft("new"), this.box.value);
      this.#error("firstError", this.box, "");
    };
    const form = /** @type {HTMLFormElement} */ (this.root.querySelector("form"));
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    enterSends(this.box, () => this.#submit());
  }

  draw() {
    const known = Boolean(this.chat.state.customer?.name) || this.chat.shelf.get("asked") !== null;
    toggle(part(this.root, "about"), !known);
  }

  /** @param {string} words put in for the person by the page; nothing they wrote is overwritten */
  suggest(words) {
    if (this.box.value.trim()) return;
    this.box.value = words;
    this.chat.shelf.set(this.chat.person.draft("new"), words);
  }

  #submit() {
    const { t } = this.speech;
    const words = this.box.value.trim();
    const over = [...words].length - LONGEST;
    const problem = !words ? t("needText") : over > 0 ? t("tooLong", { n: over }) : "";
    if (this.#error("firstError", this.box, problem)) return;
    const email = this.#field("email");
    const bad = email.value.trim() && !email.checkValidity() ? t("badEmail") : "";
    if (this.#error("emailError", email, bad)) return;
    const about = { name: this.#field("name").value.trim(), email: email.value.trim() };
    const said = Object.fromEntries(Object.entries(about).filter(([, value]) => value));
    this.chat.shelf.set("asked", "1");
    this.chat.shelf.remove(this.chat.person.draft("new"));
    this.box.value = "";
    this.onStarted(this.chat.start(words, said));
  }

  /** @param {string} id */
  #field(id) {
    return /** @type {HTMLInputElement} */ (document.getElementById(id));
  }

  /**
   * @param {string} id of the paragraph that belongs to the field
   * @param {HTMLElement} field
   * @param {string} words empty: no error
   */
  #error(id, field, words) {
    const line = /** @type {HTMLElement} */ (document.getElementById(id));
    toggle(line, Boolean(words));
    text(line, words);
    if (words) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
    } else field.removeAttribute("aria-invalid");
    return Boolean(words);
  }
}
