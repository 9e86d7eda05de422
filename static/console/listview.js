/** The inbox: waiting, mine, and what was on the desk a moment ago. */

import { make, text, toggle } from "../shared/dom.js";
import { ago, clock, dayNumber } from "../shared/time.js";
import { now, timing } from "./when.js";
import { face, icon, keyed, unseen } from "./ui.js";
import { lastLine, waited } from "./words.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {"waiting" | "mine" | "others"} ListName */

/** More than this nobody reads; the oldest come first, so nothing urgent is cut off. */
const SHOWN = 150;
/** Longer than this and the waiting time turns to a warning. */
const LONG_MS = 60_000;

/** @type {ListName[]} */
const LISTS = ["waiting", "mine", "others"];

export class ListView {
  /** @type {HTMLElement} */ #root;
  /** @type {(id: string) => void} */ #onDismiss;

  /**
   * @param {HTMLElement} root
   * @param {{onDismiss: (id: string) => void}} options
   */
  constructor(root, { onDismiss }) {
    this.#root = root;
    this.#onDismiss = onDismiss;
  }

  /** @param {Store} store */
  draw(store) {
    const lists = store.lists();
    const inboxes = new Set([...store.rows.values()].map((row) => row.inbox.key));
    for (const name of LISTS) this.#drawList(name, lists[name], store, inboxes.size > 1);
    toggle(this.#part("others"), lists.others.length > 0);
    this.tick();
  }

  /** Waiting times go on by themselves, without drawing anything else. */
  tick() {
    const time = now();
    for (const element of this.#root.querySelectorAll("[data-since]")) {
      const since = /** @type {HTMLElement} */ (element).dataset.since ?? "";
      text(element, waited(since, time, timing()));
      element.classList.toggle("long", time - Date.parse(since) >= LONG_MS);
    }
  }

  /**
   * @param {ListName} name
   * @param {Row[]} rows
   * @param {Store} store
   * @param {boolean} naming whether the inbox's name tells anything
   */
  #drawList(name, rows, store, naming) {
    const section = this.#part(name);
    text(/** @type {Element} */ (section.querySelector("[data-count]")), rows.length || "");
    const empty = section.querySelector("[data-empty]");
    if (empty) toggle(empty, store.ready && rows.length === 0);
    const more = section.querySelector("[data-more]");
    if (more) {
      toggle(more, rows.length > SHOWN);
      text(more, `and ${rows.length - SHOWN} more`);
    }
    keyed(/** @type {Element} */ (section.querySelector("ul")), rows.slice(0, SHOWN), {
      key: (row) => row.id,
      sig: (row) => `${row.id === store.open}${naming}${this.#when(row)}${JSON.stringify(row)}`,
      draw: (row) => this.#row(row, name, store, naming),
    });
  }

  /**
   * @param {Row} row
   * @param {ListName} name
   * @param {Store} store
   * @param {boolean} naming
   */
  #row(row, name, store, naming) {
    const preview = make("span", { class: "preview", dir: "auto" });
    if (row.urgent) preview.append(make("bdi", { class: "again bad" }, icon("again"), "It came back"), " · ");
    else if (row.returning) preview.append(make("bdi", { class: "again" }, icon("again"), "back"), " · ");
    preview.append(lastLine(row, store.me.name));
    const link = make(
      "a",
      { class: "row", href: `#${row.id}`, "aria-current": row.id === store.open ? "true" : null },
      face(row.customer.name),
      make("span", { class: "name", dir: "auto" }, row.customer.name),
      make("span", { class: "when" }, ...this.#whenParts(row, name, store)),
      preview,
    );
    if (row.unread && name === "mine") {
      link.append(
        make(
          "span",
          { class: "unread" },
          String(row.unread),
          unseen(row.unread === 1 ? " new message" : " new messages"),
        ),
      );
    }
    if (naming) link.append(make("span", { class: "inbox" }, row.inbox.name));
    const item = make("li", {}, link);
    if (name === "others" && row.id !== store.open) {
      const label = `Take ${row.customer.name} off this list`;
      const onclick = () => this.#onDismiss(row.id);
      item.append(
        make("button", { type: "button", class: "quiet", "aria-label": label, onclick }, icon("close")),
      );
    }
    return item;
  }

  /**
   * @param {Row} row
   * @param {ListName} name
   * @param {Store} store
   * @returns {(Node | string)[]}
   */
  #whenParts(row, name, store) {
    if (name === "waiting") {
      return [
        unseen("waiting for "),
        make("span", { class: "since", "data-since": row.waiting_since ?? row.opened_at }),
      ];
    }
    if (name === "mine") return [this.#when(row)];
    if (row.status === "resolved") return ["resolved"];
    if (!row.technician) return [];
    return [row.technician.id === store.me.id ? "you" : row.technician.name];
  }

  /** @param {Row} row */
  #when(row) {
    if (!row.last || row.status !== "active") return "";
    if (now() - Date.parse(row.last.at) < 60_000) return "now";
    return dayNumber(row.last.at) === dayNumber(now())
      ? clock(row.last.at, timing())
      : ago(row.last.at, timing());
  }

  /** @param {ListName} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-list="${name}"]`));
  }
}
