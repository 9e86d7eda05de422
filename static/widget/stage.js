import { text, toggle } from "../shared/dom.js";
import { Home } from "./home.js";
import { open } from "./state.js";
import { remembered } from "./memory.js";

/**
 * @typedef {import("./chat.js").Target} Target
 * @typedef {import("./words.js").Speech} Speech
 * @typedef {{name: "home"|"start"}|{name: "talk", target: Target}} View
 * @typedef {Partial<{home: Home, start: import("./start.js").Start, talk: import("./talk.js").Talk}>} Views
 */

const NAMES = /** @type {const} */ (["home", "start", "talk"]);

/** Which of the three views is shown. Two of them are fetched only when somebody wants to write or read. */
export class Stage {
  /** @type {View} */ view = { name: "home" };
  /** The panel is open: somebody may be looking. */
  opened = false;
  /** @type {Views} */ #made = {};
  /** @type {string} words the page would like to be written */ #suggestion = "";

  /**
   * @param {import("./chat.js").Chat} chat
   * @param {string} key of the inbox
   * @param {() => void} redraw
   */
  constructor(chat, key, redraw) {
    this.chat = chat;
    this.key = key;
    this.redraw = redraw;
    this.touch = matchMedia("(pointer: coarse)");
    /** @type {Speech|null} */
    this.speech = null;
    // Whoever moves here is about to read or write: fetch what that takes before it is asked for.
    for (const sign of ["pointermove", "pointerdown", "keydown"]) {
      document.addEventListener(sign, () => void this.#fetch().catch(() => {}), { once: true });
    }
  }

  /** Put the words in, and make the views anew in this language. @param {Speech} speech */
  speak(speech) {
    const { t, dir, locale } = this.speech = speech;
    document.documentElement.lang = locale;
    document.documentElement.dir = dir;
    /** @type {[string, (element: HTMLElement, say: string) => void][]} */
    const places = [
      ["text", text],
      ["say", (element, say) => element.setAttribute("aria-label", say)],
      ["hint", (element, say) => element.setAttribute("placeholder", say)],
    ];
    for (const [name, put] of places) {
      for (
        const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${name}]`))
      ) {
        put(element, t(element.dataset[name] ?? ""));
      }
    }
    this.#made = {};
    return this.show(this.view);
  }

  /** The panel has been opened. @param {unknown} [words] that the page would like to be written */
  async appear(words) {
    if (typeof words === "string") this.#suggestion = words.slice(0, 8_000);
    const first = !this.opened;
    this.opened = true;
    await this.show(this.view);
    if (first) await this.chat.begin();
    await this.#restore();
  }

  /** @param {View} next */
  async show(next) {
    const before = this.view;
    this.view = next;
    if (!this.#made[next.name] && !(await this.#make(next.name))) {
      if (this.view === next) this.view = before; // not reachable now: stay where we are
      return;
    }
    if (this.view !== next) return;
    const { home, start, talk } = this.#made;
    for (const name of NAMES) {
      toggle(/** @type {Element} */ (document.getElementById(name)), name === next.name);
    }
    if (next.name === "talk") talk?.show(next.target);
    if (before.name === "talk" && next !== before) this.chat.stopTyping(before.target);
    const id = next.name === "talk" ? next.target.conversation : "";
    if (id || next !== before) remembered(this.key, id ?? "");
    this.draw();
    if (!this.opened) return;
    // Where the eyes are, there is the focus; a phone's keyboard does not jump up unasked.
    const from = before.name === "talk" && before.target.conversation;
    if (next.name === "home" && from && home?.focus(from)) return;
    const box = this.touch.matches
      ? null
      : { home: null, start: start?.box, talk: talk?.composer.box }[next.name];
    (box ?? /** @type {HTMLElement} */ (document.querySelector(`#${next.name} h1`))).focus();
  }

  /** The conversation that was being opened now has its id. @param {string} id @param {string} start */
  started(id, start) {
    if (this.view.name !== "talk" || this.view.target.start !== start) return;
    this.view = { name: "talk", target: { conversation: id } };
    this.#made.talk?.opened(id);
    remembered(this.key, id);
  }

  draw() {
    if (this.opened && !document.hidden) this.#made[this.view.name]?.draw();
  }

  /** Back to where one was before the page was left; to writing, when the page suggests words. */
  async #restore() {
    const words = this.#suggestion;
    const current = open(this.chat.state)[0];
    const id = remembered(this.key);
    this.#suggestion = "";
    if (words && current) {
      await this.show({ name: "talk", target: { conversation: current.id } });
      this.#made.talk?.composer.suggest(words);
    } else if (words) {
      await this.show({ name: "start" });
      this.#made.start?.suggest(words);
    } else if (this.view.name === "home" && this.chat.state.conversations.some((one) => one.id === id)) {
      await this.show({ name: "talk", target: { conversation: id } });
    }
  }

  async #fetch() {
    return { ...(await import("./start.js")), ...(await import("./talk.js")) };
  }

  /** @param {"home"|"start"|"talk"} name @returns {Promise<boolean>} */
  async #make(name) {
    const speech = /** @type {Speech} */ (this.speech);
    const talk = (/** @type {Target} */ target) => void this.show({ name: "talk", target });
    if (name === "home") {
      this.#made.home = new Home(this.chat, speech, { start: () => void this.show({ name: "start" }), talk });
      return true;
    }
    try {
      const { Start, Talk } = await this.#fetch();
      if (speech !== this.speech) return this.#make(name); // the language was changed meanwhile
      this.#made.start ??= new Start(this.chat, speech, talk);
      this.#made.talk ??= new Talk(this.chat, speech, {
        visible: () => this.opened && !document.hidden && this.view.name === "talk",
        redraw: this.redraw,
      });
      return true;
    } catch {
      return false;
    }
  }
}
