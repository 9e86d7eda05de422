import { clone, fill, make, part, text, toggle } from "../shared/dom.js";
import { linked } from "../shared/links.js";
import { clock, day } from "../shared/time.js";

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {{retry: (client_id: string) => void, drop: (client_id: string) => void, again: () => void,
 *   end: (place: HTMLElement) => void}} Actions
 */

const REASONS = {
  too_large: "errTooLarge",
  rate_limited: "errRate",
  forbidden: "errForbidden",
  not_found: "errGone",
  invalid: "errInvalid",
  restored: "errRestored",
};
const MARKS = { waiting: "◷ ", sending: "◷ ", sent: "✓ ", seen: "✓✓ ", failed: "! " };

/**
 * Items as nodes. A node stays the same for one key, so nothing is read out twice and nothing flickers when a
 * message turns from "sending" to "delivered".
 */
export class Log {
  /** @type {Map<string, {node: HTMLElement, drawn: string}>} */ #nodes = new Map();

  /**
   * @param {HTMLElement} root
   * @param {import("./words.js").Speech} speech
   * @param {Actions} actions
   */
  constructor(root, speech, actions) {
    this.root = root;
    this.speech = speech;
    this.actions = actions;
  }

  /** Show nothing. */
  clear() {
    this.#nodes.clear();
    this.root.replaceChildren();
  }

  /**
   * @param {Item[]} items
   * @param {boolean} aloud new ones at the end may be read out
   */
  draw(items, aloud) {
    this.root.setAttribute("aria-live", aloud ? "polite" : "off");
    const keys = new Set(items.map((item) => item.key));
    for (const [key, { node }] of this.#nodes) {
      if (keys.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
    /** @type {ChildNode|null} */
    let at = this.root.firstChild;
    for (const item of items) {
      const node = this.#node(item);
      if (node === at) at = at.nextSibling;
      else this.root.insertBefore(node, at);
    }
  }

  /** @param {Item} item */
  #node(item) {
    const drawn = JSON.stringify(item);
    const had = this.#nodes.get(item.key);
    if (had?.drawn === drawn) return had.node;
    const node = had?.node ?? clone(item.type === "message" || item.type === "solved" ? item.type : "line");
    this.#nodes.set(item.key, { node, drawn });
    if (item.type === "message") this.#message(node, item);
    else if (item.type === "solved") this.#solved(node, item);
    else text(part(node, "text"), this.#line(item));
    return node;
  }

  /** @param {Item} item */
  #line(item) {
    const { t, locale } = this.speech;
    return item.type === "day" ? day(item.at, { locale }) : t(item.what ?? "", { name: item.name ?? "" });
  }

  /** @param {HTMLElement} node @param {Item} item */
  #message(node, item) {
    const { t, locale } = this.speech;
    node.classList.toggle("mine", Boolean(item.mine));
    node.classList.toggle("first", Boolean(item.first));
    node.classList.toggle("failed", item.status === "failed");
    // One does not need to be told what one has just written.
    if (item.mine) node.setAttribute("aria-live", "off");
    const by = part(node, "by");
    by.replaceChildren(
      make("span", {}, item.mine ? t("you") : item.name || t("technician")),
      " · ",
      make("time", { datetime: new Date(item.at).toISOString() }, clock(item.at, { locale })),
    );
    by.classList.toggle("unseen", !item.first || Boolean(item.mine));
    const body = part(node, "text");
    if (body.dataset.source !== item.text || item.removed) {
      body.dataset.source = item.text ?? "";
      body.replaceChildren(item.removed ? make("i", {}, t("removed")) : linked(item.text ?? ""));
    }
    const status = item.status || (item.edited ? "edited" : "");
    const state = part(node, "state");
    toggle(state, Boolean(status));
    if (status) {
      const mark = MARKS[/** @type {keyof typeof MARKS} */ (status)] ?? "";
      const reason = status === "failed" ? ` ${this.#reason(item)}` : "";
      state.replaceChildren(
        make("span", { "aria-hidden": "true" }, mark),
        item.error?.code === "restored" ? reason : t(status === "waiting" ? "unsent" : status) + reason,
      );
    }
    this.#actions(part(node, "actions"), item);
  }

  /** @param {Item} item */
  #reason(item) {
    const key = REASONS[/** @type {keyof typeof REASONS} */ (item.error?.code)];
    return this.speech.t(key ?? "errOther");
  }

  /** @param {HTMLElement} place @param {Item} item */
  #actions(place, item) {
    const { t } = this.speech;
    toggle(place, item.status === "failed");
    if (item.status !== "failed" || place.childElementCount) return;
    const id = item.client_id ?? "";
    const copy = make("button", { type: "button", class: "link" }, t("copy"));
    copy.onclick = () =>
      copied(item.text ?? "", part(/** @type {any} */ (place.parentElement), "text")).then((done) => {
        if (done) text(copy, t("copied"));
      });
    place.append(
      make("button", { type: "button", class: "link", onclick: () => this.actions.retry(id) }, t("retry")),
      copy,
      make("button", { type: "button", class: "link", onclick: () => this.actions.drop(id) }, t("drop")),
    );
  }

  /** @param {HTMLElement} node @param {Item} item */
  #solved(node, item) {
    const { t } = this.speech;
    const { problem, fix } = item.outcome ?? {};
    fill(node, {
      title: item.name ? t("solvedBy", { name: item.name }) : t("solvedPlain"),
      problem: problem ? t("problem", { problem }) : "",
      fix: fix ? t("fix", { fix }) : "",
      again: t("writeAgain"),
    });
    part(node, "again").onclick = this.actions.again;
    const end = part(node, "end");
    toggle(end, Boolean(item.end));
    if (item.end) this.actions.end(end);
  }
}

/** @param {string} words @param {HTMLElement} shown is selected instead where the clipboard is not ours */
async function copied(words, shown) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}
