/** Draws the line across the top. */

import { make } from "../shared/dom.js";
import { bannerFor, PATIENCE_MS } from "./banner.js";
import { button } from "./ui.js";

/** @typedef {import("./banner.js").Banner} Banner */

/** Long enough to read twice. */
const SAID_MS = 8000;
/** A server that restarts is missed once or twice. */
const BLOCKED_AFTER = 4;

export class BannerView {
  /** @type {HTMLElement} */ #root;
  /** @type {{login: string, onTry: () => void, onOnline: () => void, onChange: () => void}} */ #on;
  #state = "stopped";
  #blocked = false;
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

  /**
   * @param {string} state of the connection
   * @param {number} [failures] tries in a row that led nowhere
   */
  connection(state, failures = 0) {
    if (!failures) this.#blocked &&= state === "connecting";
    else if (failures >= BLOCKED_AFTER) this.#whetherBlocked();
    const trying = ["connecting", "waiting"];
    // Waiting and trying take turns; together they are one absence, counted from its beginning.
    if (!(trying.includes(state) && trying.includes(this.#state))) this.#since = performance.now();
    this.#state = state;
    if (state === "connecting") setTimeout(this.#on.onChange, PATIENCE_MS + 50);
  }

  /** The server may be away, or only the way to it closed for sockets: plain HTTP tells the two apart. */
  async #whetherBlocked() {
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      this.#blocked = answer.ok && this.#state !== "live";
    } catch {
      this.#blocked = false;
    }
    this.#on.onChange();
  }

  /** Something to know for a moment. @param {string} words */
  say(words) {
    this.#said = { words, until: performance.now() + SAID_MS };
  }

  /**
   * @param {import("./store.js").Store} store
   * @param {import("../shared/outbox.js").Outbox} outbox
   */
  draw(store, outbox) {
    const banner = this.#current(store, outbox);
    const drawn = JSON.stringify(banner);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#root.className = banner ? `banner ${banner.tone}` : "banner";
    this.#root.replaceChildren(...(banner ? [make("span", {}, banner.words), ...this.#control(banner)] : []));
  }

  /**
   * @param {import("./store.js").Store} store
   * @param {import("../shared/outbox.js").Outbox} outbox
   * @returns {Banner | null}
   */
  #current(store, outbox) {
    if (this.#said && this.#said.until > performance.now()) {
      return { words: this.#said.words, tone: "bad", action: null, label: "" };
    }
    return bannerFor({
      connection: this.#state,
      ready: store.ready,
      since: performance.now() - this.#since,
      availability: store.me.availability,
      keeps: outbox.persistent,
      unsent: outbox.entries().length,
      blocked: this.#blocked,
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
