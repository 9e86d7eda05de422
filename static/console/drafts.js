/** What a technician has begun to write, per conversation; survives a reload. */

import { Shelf } from "../shared/shelf.js";

/** A draft nobody came back to in a month is forgotten: browsers' storage is not an archive. */
const KEEP_MS = 30 * 86_400_000;

/** @typedef {{text: string, kind: "reply" | "note"}} Draft */

export class Drafts {
  /** A choice of note over reply without text is not worth storing. @type {Map<string, Draft>} */
  #memory = new Map();
  /** @type {Shelf} */ #shelf;
  /** @type {() => number} */ #now;

  /**
   * @param {object} options
   * @param {import("../shared/shelf.js").StorageLike | null} options.storage
   * @param {string} options.owner the technician's id: two of them may share a browser
   * @param {() => number} [options.now]
   */
  constructor({ storage, owner, now = Date.now }) {
    this.#shelf = new Shelf(storage, `rapport.draft.${owner}.`);
    this.#now = now;
    for (const [conversation, json] of this.#shelf.all()) {
      if (!(now() - (parsed(json)?.at ?? 0) < KEEP_MS)) this.#shelf.remove(conversation);
    }
  }

  /**
   * @param {string} conversation
   * @returns {Draft} empty when there is none
   */
  get(conversation) {
    const held = this.#memory.get(conversation);
    if (held) return held;
    const kept = parsed(this.#shelf.get(conversation));
    return { text: kept?.text ?? "", kind: kept?.kind === "note" ? "note" : "reply" };
  }

  /**
   * @param {string} conversation
   * @param {Draft} draft
   */
  set(conversation, draft) {
    this.#memory.set(conversation, draft);
    if (draft.text) this.#shelf.set(conversation, JSON.stringify({ ...draft, at: this.#now() }));
    else this.#shelf.remove(conversation);
  }
}

/**
 * @param {string | null} json
 * @returns {{text: string, kind?: string, at?: number} | null}
 */
function parsed(json) {
  try {
    const kept = JSON.parse(json ?? "null");
    return typeof kept?.text === "string" ? kept : null;
  } catch {
    return null;
  }
}
