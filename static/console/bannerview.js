/** Draws the line across the top. */

import { make } from "../shared/dom.js";
import { bannerFor, PATIENCE_MS } from "./banner.js";
import { button } from "./ui.js";

/** @typedef {import("./banner.js").Banner} Banner */

/** Long enough to read twice. */
const SAID_MS = 8000;

export class BannerView {
  /** @type {HTMLElement} */ #root;
  /** @type {{login: string, onTry: () => void, onOnline: () => void, onChange: () => void}} */ #on;
  #state = "stopped";
  #since = 0;
  #drawn = "";
  /** @type {{words: string, until: number} | null} */ #said = null;

  /**
   * @param {HTMLElement} root
   * @param {{login: string, onTry: () => void, onOnline: () => void, onChange: () => void}} on
   */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
  }

  /** @param {string} state of the connection */
  connection(state) {
    const trying = ["connecting", "waiting"];
    // Waiting and trying take turns; together they are one absence, counted from its beginning.
    if (!(trying.includes(state) && trying.includes(this.#state))) this.#since = performance.now();
    this.#state = state;
    if (state === "connecting") setTimeout(this.#on.onChange, PATIENCE_MS + 50);
  }

  /** Something to know for a moment. @param {string} words */
  say(words) {
    this.#said = { words, until: performance.now() + SAID_MS };
  }

  /**
   * @param {import("./store.js").Store} store
   * @param {boolean} keeps whether unsent messages survive a reload
   */
  draw(store, keeps) {
    const banner = this.#current(store, keeps);
    const drawn = JSON.stringify(banner);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#root.className = banner ? `banner ${banner.tone}` : "banner";
    this.#root.replaceChildren(...(banner ? [make("span", {}, banner.words), ...this.#control(banner)] : []));
  }

  /**
   * @param {import("./store.js").Store} store
   * @param {boolean} keeps
   * @returns {Banner | null}
   */
  #current(store, keeps) {
    if (this.#said && this.#said.until > performance.now()) {
      return { words: this.#said.words, tone: "bad", action: null, label: "" };
    }
    return bannerFor({
      connection: this.#state,
      ready: store.ready,
      since: performance.now() - this.#since,
      availability: store.me.availability,
      keeps,
    });
  }

  /** @param {Banner} banner @returns {HTMLElement[]} */
  #control({ action, label }) {
    if (action === "login") {
      const next = encodeURIComponent(location.pathname + location.hash);
      return [make("a", { class: "btn", href: `${this.#on.login}?next=${next}` }, label)];
    }
    if (action === "try") return [button(label, this.#on.onTry)];
    if (action === "online") return [button(label, this.#on.onOnline)];
    return [];
  }
}
