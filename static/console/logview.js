/** The conversation as it is read: the log, what lies above it, who is writing. */

import { text, toggle } from "../shared/dom.js";
import { line } from "./lines.js";
import { logItems } from "./logitems.js";
import { timing } from "./when.js";
import { keyed } from "./ui.js";
import { named, pastLine } from "./words.js";

/** @typedef {import("./desk.js").Desk} Desk */

/** This close to the end counts as reading along. */
const NEAR_END = 80;
/** This close to the top asks for what is above. */
const NEAR_TOP = 120;
/** Quicker than this needs no skeleton. */
const PATIENCE_MS = 300;

export class LogView {
  /** @type {HTMLElement} */ #root;
  /** @type {HTMLElement} */ #log;
  /** @type {HTMLElement} */ #lines;
  /** @type {HTMLElement} */ #above;
  /** @type {Desk} */ #desk;
  /** @type {string | null} */ #shown = null;
  #atEnd = true;
  #fetching = false;
  #openedAt = 0;
  /** @type {{scrolled: () => void, retry: (client_id: string) => void, drop: (client_id: string) => void}} */ #on;

  /**
   * @param {HTMLElement} root
   * @param {Desk} desk
   * @param {{scrolled: () => void, retry: (client_id: string) => void, drop: (client_id: string) => void}} on
   */
  constructor(root, desk, on) {
    this.#root = root;
    this.#desk = desk;
    this.#on = on;
    this.#log = this.#part("log");
    this.#lines = this.#part("lines");
    this.#above = this.#part("above");
    this.#above.addEventListener("click", () => this.older());
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#log.addEventListener("wheel", (event) => event.deltaY < 0 && this.#reachUp(), { passive: true });
    this.#log.addEventListener("touchmove", () => this.#reachUp(), { passive: true });
    this.#log.addEventListener("keydown", (event) => {
      if (["ArrowUp", "PageUp", "Home"].includes(event.key)) this.#reachUp();
    });
    this.#part("newer").addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#atEnd && this.#jumpToEnd()).observe(this.#log);
  }

  /** @returns {boolean} whether the newest message is in view */
  get atEnd() {
    return this.#atEnd;
  }

  draw() {
    const { store, outbox, logs } = this.#desk;
    const id = store.open;
    const row = id ? store.rows.get(id) : undefined;
    if (id !== this.#shown) this.#begin(id);
    if (!id) return;
    const loaded = logs.isLoaded(id);
    const waitingLong = performance.now() - this.#openedAt > PATIENCE_MS;
    const failure = logs.failure(id);
    toggle(this.#part("skeleton"), !loaded && waitingLong && !failure);
    toggle(this.#part("failure"), Boolean(failure));
    text(this.#part("failure"), failure);
    const items = logItems({
      earlier: loaded ? logs.history(id).blocks : [],
      events: loaded ? logs.events(id) : [],
      // Also before the rest is here: what was written must not seem to have vanished.
      unsent: /** @type {any} */ (outbox.entries(id)),
      me: store.me,
      customer: { name: row?.customer.name ?? "", seen_seq: row?.seen_seq ?? 0 },
      time: timing(),
    });
    this.#keepPlace(() => {
      keyed(this.#lines, items, {
        key: (item) => item.key,
        sig: (item) => item.sig,
        draw: (item) => line(item, this.#on),
      });
      this.#drawAbove(id);
    });
    this.drawTyping();
    toggle(this.#part("newer"), loaded && !this.#atEnd);
    if (loaded && items.length) this.#listenSoon();
  }

  /** Who is writing; on its own, because it also ends by time. */
  drawTyping() {
    const { store } = this.#desk;
    const names = store.open ? store.typists(store.open).map(named) : [];
    const verb = names.length === 1 ? "is" : "are";
    text(this.#part("typing"), names.length ? `${names.join(", ")} ${verb} writing …` : "");
  }

  /** Bring the newest message into view. */
  toEnd() {
    this.#jumpToEnd();
    this.#on.scrolled();
    this.#log.focus({ preventScroll: true });
  }

  /** Read one page further back. @returns {Promise<boolean>} false when it could not be had now */
  async older() {
    const id = this.#shown;
    if (!id || this.#fetching || !this.#desk.logs.above(id)) return false;
    this.#fetching = true;
    this.#quiet();
    this.#drawAbove(id);
    try {
      await this.#desk.logs.older(id);
      return true;
    } catch {
      text(this.#above, "That could not be loaded now. Try again");
      return false;
    } finally {
      this.#fetching = false;
      if (id === this.#shown) this.draw();
    }
  }

  /** Bring an earlier conversation into view, loading what lies between. @param {string} past its id */
  async toPast(past) {
    const key = `past:${past}`;
    const find = () =>
      [...this.#lines.children].find((line) => /** @type {HTMLElement} */ (line).dataset.key === key);
    while (!find()) if (!await this.older()) return;
    const line = /** @type {HTMLElement} */ (find());
    this.#atEnd = false;
    line.scrollIntoView({ block: "start" });
    line.focus({ preventScroll: true });
  }

  /** @param {string | null} id */
  #begin(id) {
    this.#shown = id;
    this.#openedAt = performance.now();
    this.#atEnd = true;
    this.#quiet();
    this.#lines.replaceChildren();
    setTimeout(
      () => this.#shown === id && !this.#desk.logs.isLoaded(id ?? "") && this.draw(),
      PATIENCE_MS + 20,
    );
  }

  /** What is filled in at once, opened or read back, is not news to be read aloud. */
  #quiet() {
    this.#lines.setAttribute("aria-live", "off");
  }

  #listenSoon() {
    if (this.#lines.getAttribute("aria-live") === "polite" || this.#fetching) return;
    setTimeout(() => this.#fetching || this.#lines.setAttribute("aria-live", "polite"), 500);
  }

  /** @param {string} id */
  #drawAbove(id) {
    const next = this.#desk.logs.above(id);
    toggle(this.#above, Boolean(next));
    if (!next) return;
    if (this.#fetching) text(this.#above, "Loading …");
    else text(this.#above, next.kind === "past" ? `↑ ${pastLine(next.past, timing())}` : "↑ Older messages");
  }

  /**
   * The line being read stays where it is, whatever is put above it.
   *
   * @param {() => void} change
   */
  #keepPlace(change) {
    const top = this.#log.scrollTop;
    const anchor = this.#atEnd ? null : this.#firstInView();
    const before = anchor?.offsetTop ?? 0;
    change();
    if (this.#atEnd) this.#jumpToEnd();
    else if (anchor?.isConnected) this.#log.scrollTop = top + anchor.offsetTop - before;
  }

  #firstInView() {
    const top = this.#log.scrollTop;
    for (const line of /** @type {Iterable<HTMLElement>} */ (/** @type {unknown} */ (this.#lines.children))) {
      if (line.offsetTop + line.offsetHeight > top) return line;
    }
    return null;
  }

  #jumpToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#atEnd = true;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const was = this.#atEnd;
    this.#atEnd = scrollHeight - clientHeight - scrollTop < NEAR_END;
    if (was !== this.#atEnd) toggle(this.#part("newer"), !this.#atEnd);
    if (!this.#atEnd && scrollTop < NEAR_TOP) this.#reachUp();
    if (this.#atEnd) this.#on.scrolled();
  }

  #reachUp() {
    if (this.#log.scrollTop >= NEAR_TOP || this.#fetching) return;
    // From here on the person is reading back, so what comes must not push them to the end again.
    if (this.#desk.logs.above(this.#shown ?? "")) {
      this.#atEnd = false;
      this.older();
    }
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}
