import { text, toggle } from "../shared/dom.js";
import { Home } from "./home.js";
import { conversation, open } from "./state.js";
import { remembered } from "./memory.js";

/**
 * @typedef {import("./chat.js").Target} Target
 * @typedef {import("./words.js").Speech} Speech
 * @typedef {"more"|"back"|"devices"} Page
 * @typedef {{name: "home"|"start"}|{name: "talk", target: Target}|{name: "page", page: Page}} View
 * @typedef {Partial<{home: Home, start: import("./start.js").Start, talk: import("./talk.js").Talk,
 *   page: import("./pages.js").Pages}>} Views
 */

const NAMES = /** @type {const} */ (["home", "start", "talk", "page"]);

/** Which of the views is shown. All but the first are fetched only when somebody wants to write, read or find. */
export class Stage {
  /** @type {View} */ view = { name: "home" };
  /** The panel is open: somebody may be looking. */
  opened = false;
  /** @type {Views} */ #made = {};
  #count = 0;
  /** @type {string} words the page would like to be written */ #suggestion = "";

  /**
   * @param {import("./chat.js").Chat} chat
   * @param {() => void} redraw
   */
  constructor(chat, redraw) {
    this.chat = chat;
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

  /** Somebody else may sit here now: nothing of the one before stays, not even where it cannot be seen. */
  wipe() {
    for (const form of document.forms) form.reset();
    for (const element of document.querySelectorAll("[data-wipe], #status")) element.replaceChildren();
    this.#made = {};
    // Whoever is writing their first words keeps writing them.
    this.show({ name: this.view.name === "start" ? "start" : "home" });
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
    const { home, start, talk, page } = this.#made;
    for (const name of NAMES) {
      toggle(/** @type {Element} */ (document.getElementById(name)), name === next.name);
    }
    if (next.name === "talk") talk?.show(next.target);
    if (next.name === "page") page?.show(next.page);
    if (before.name === "page" && next.name !== "page") page?.leave();
    if (before.name === "talk" && next !== before) this.chat.stopTyping(before.target);
    if (next.name !== "home") this.chat.noticed();
    const id = next.name === "talk" ? next.target.conversation : "";
    if (id || next !== before) remembered(this.chat.inbox, "view", id ?? "");
    this.draw();
    if (!this.opened || next.name === "page") return; // a page looks after its own focus
    // Where the eyes are, there is the focus; a phone's keyboard does not jump up unasked.
    const from = before.name === "talk" && before.target.conversation;
    if (next.name === "home" && from && home?.focus(from)) return;
    const box = this.touch.matches
      ? null
      : { home: null, start: start?.box, talk: talk?.composer.box }[next.name];
    (box ?? /** @type {HTMLElement} */ (document.querySelector(`#${next.name} h1`))).focus();
  }

  /** One step back within a page, or out of it. */
  back() {
    if (this.view.name === "page" && this.#made.page?.back()) return;
    this.show({ name: "home" });
  }

  /** To the line one writes in: of the conversation that is open, else of a new one. @param {string} [id] */
  async write(id = open(this.chat.state)[0]?.id) {
    await this.show(id ? { name: "talk", target: { conversation: id } } : { name: "start" });
    const { talk, start } = this.#made;
    (id ? talk?.composer.box : start?.box)?.focus();
  }

  /** The conversation that was being opened now has its id. @param {string} id @param {string} start */
  started(id, start) {
    if (this.view.name !== "talk" || this.view.target.start !== start) return;
    this.view = { name: "talk", target: { conversation: id } };
    this.#made.talk?.opened(id);
    remembered(this.chat.inbox, "view", id);
  }

  draw() {
    const { view, chat: { state } } = this;
    const { home, talk } = this.#made;
    const id = talk?.target.conversation;
    const count = state.conversations.length;
    if (count < this.#count) home?.draw(); // nothing that was taken away stays, not even out of sight
    this.#count = count;
    if (id && state.phase === "ready" && !conversation(state, id)) {
      talk.leave();
      if (view.name === "talk") return void this.show({ name: "home" });
    }
    if (this.opened && !document.hidden) this.#made[view.name]?.draw();
  }

  /** Back to where one was before the page was left; to writing, when the page suggests words. */
  async #restore() {
    const { chat } = this;
    const words = this.#suggestion;
    const current = open(chat.state)[0];
    const id = remembered(chat.inbox, "view");
    this.#suggestion = "";
    if (words && current) {
      await this.show({ name: "talk", target: { conversation: current.id } });
      this.#made.talk?.composer.suggest(words);
    } else if (words) {
      await this.show({ name: "start" });
      this.#made.start?.suggest(words);
    } else if (this.view.name !== "home") return;
    else if (conversation(chat.state, id)) await this.show({ name: "talk", target: { conversation: id } });
    // Whoever fetched the code from another app finds the field for it.
    else if (remembered(chat.inbox, "code")) await this.show({ name: "page", page: "back" });
  }

  async #fetch() {
    return { ...(await import("./start.js")), ...(await import("./talk.js")) };
  }

  /** @param {"home"|"start"|"talk"|"page"} name @returns {Promise<boolean>} */
  async #make(name) {
    const speech = /** @type {Speech} */ (this.speech);
    const talk = (/** @type {Target} */ target) => void this.show({ name: "talk", target });
    const write = (/** @type {string} */ id) => this.write(id);
    const page = (/** @type {Page} */ page) => void this.show({ name: "page", page });
    if (name === "home") {
      const start = () => void this.show({ name: "start" });
      this.#made.home = new Home(this.chat, speech, { start, talk, write, page });
      return true;
    }
    try {
      if (name === "page") {
        const { Pages } = await import("./pages.js");
        await speech.learn();
        if (speech !== this.speech) return this.#make(name);
        const home = () => void this.show({ name: "home" });
        this.#made.page ??= new Pages(this.chat, speech, { home, page, write: () => this.write() });
        return true;
      }
      const { Start, Talk } = await this.#fetch();
      if (speech !== this.speech) return this.#make(name); // the language was changed meanwhile
      this.#made.start ??= new Start(this.chat, speech, talk);
      this.#made.talk ??= new Talk(this.chat, speech, {
        visible: () => this.opened && !document.hidden && this.view.name === "talk",
        redraw: this.redraw,
        home: () => void this.show({ name: "home" }),
        write,
      });
      return true;
    } catch {
      return false;
    }
  }
}
