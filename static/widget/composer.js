import { text, toggle } from "../shared/dom.js";

/** Characters the server takes in one message. */
export const LONGEST = 8_000;

/**
 * Enter sends, Shift+Enter breaks the line; Enter that ends a composition (Japanese, Chinese, Korean) does neither.
 * @param {HTMLTextAreaElement} box
 * @param {() => void} send
 */
export function enterSends(box, send) {
  box.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
}

/** The line one writes in: grows with the text, keeps a draft per conversation, says what is wrong. */
export class Composer {
  #draft = "";

  /**
   * @param {HTMLFormElement} form
   * @param {import("../shared/shelf.js").Shelf} shelf
   * @param {(key: string, places?: Record<string, string|number>) => string} t
   * @param {{send: (words: string) => void, typing: () => void}} on
   */
  constructor(form, shelf, t, on) {
    this.shelf = shelf;
    this.t = t;
    this.on = on;
    this.box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.error = /** @type {HTMLElement} */ (form.querySelector(".error"));
    this.box.oninput = () => {
      this.#keep();
      this.#fit();
      this.#say("");
      if (this.box.value.trim()) on.typing();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    enterSends(this.box, () => this.#submit());
  }

  /** Take up the draft of this conversation. @param {string} key */
  load(key) {
    if (this.#draft === key) return;
    this.#draft = key;
    this.box.value = this.shelf.get(`draft.${key}`) ?? "";
    this.#say("");
    this.#fit();
  }

  /** The conversation has got its id: the draft goes with it. @param {string} key */
  rename(key) {
    if (this.#draft === key) return;
    this.shelf.remove(`draft.${this.#draft}`);
    this.#draft = key;
    this.#keep();
  }

  /** What to write here. @param {string} words */
  hint(words) {
    if (this.box.placeholder !== words) this.box.placeholder = words;
  }

  /** The conversation is gone: nothing of it stays. */
  clear() {
    this.#draft = "";
    this.box.value = "";
    this.#say("");
  }

  /** @param {string} words put in by the page; nothing the person wrote is overwritten */
  suggest(words) {
    if (this.box.value.trim()) return;
    this.box.value = words;
    this.#keep();
    this.#fit();
  }

  #submit() {
    const words = this.box.value.trim();
    if (!words) return this.box.focus();
    const over = [...words].length - LONGEST;
    if (over > 0) return this.#say(this.t("tooLong", { n: over }));
    this.box.value = "";
    this.#keep();
    this.#fit();
    this.on.send(words);
    this.box.focus();
  }

  #keep() {
    if (this.box.value) this.shelf.set(`draft.${this.#draft}`, this.box.value);
    else this.shelf.remove(`draft.${this.#draft}`);
  }

  #fit() {
    this.box.style.setProperty("height", "auto");
    if (this.box.scrollHeight) this.box.style.setProperty("height", `${this.box.scrollHeight + 2}px`);
  }

  /** @param {string} problem */
  #say(problem) {
    toggle(this.error, Boolean(problem));
    text(this.error, problem);
    if (problem) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
  }
}
