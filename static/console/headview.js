/** The top of the conversation: who, where it stands, and what can be done with it. */

import { make, text, toggle } from "../shared/dom.js";
import { ago } from "../shared/time.js";
import { timing } from "./when.js";
import { lastFixLine } from "./knownwords.js";
import { levelWords, likely, steady } from "./suggested.js";
import { button, face, keyed, pill } from "./ui.js";
import { fixState, identityWords } from "./words.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {"claim" | "release" | "resolve" | "reopen"} Verb */
/** @typedef {{verb: Verb, words: string, kind: string, title: string}} Action */

export class HeadView {
  /** @type {HTMLElement} */ #root;
  /** @type {(verb: Verb) => void} */ #onAct;
  /** @type {Verb | null} */ #busy = null;

  /**
   * @param {HTMLElement} root
   * @param {(verb: Verb) => void} onAct
   */
  constructor(root, onAct) {
    this.#root = root;
    this.#onAct = onAct;
  }

  /** @param {Verb | null} verb on its way to the server: not to be pressed twice */
  set busy(verb) {
    this.#busy = verb;
  }

  /** @param {Store} store */
  draw(store) {
    const row = store.open ? store.rows.get(store.open) : undefined;
    toggle(this.#part("head"), Boolean(row));
    if (!row) return;
    const context = store.contexts.get(row.id);
    this.#drawPerson(row, context, store.me.id);
    keyed(this.#part("actions"), actionsFor(row, store.me.id), {
      key: (action) => action.verb,
      sig: (action) => `${action.kind}${this.#busy === action.verb}`,
      draw: (action) => {
        const made = button(action.words, () => this.#onAct(action.verb), action.kind);
        made.title = action.title;
        made.disabled = this.#busy === action.verb;
        return made;
      },
    });
    this.#drawStrip(context);
  }

  /**
   * @param {Row} row
   * @param {Context | undefined} context
   * @param {string} me
   */
  #drawPerson(row, context, me) {
    keyed(this.#part("face"), [row.customer.name], { key: String, sig: String, draw: face });
    text(this.#part("name"), row.customer.name);
    const product = context?.environment?.product ?? context?.environment?.model;
    text(
      this.#part("about"),
      [product, row.case_code, row.inbox.name, standing(row, me)].filter(Boolean).join(" · "),
    );
    const urgent = row.urgent
      ? [{ short: "It came back", long: "The fix did not hold: first in line.", tone: "bad" }]
      : [];
    keyed(this.#part("identity"), [sureness(row, context), ...urgent], {
      key: (one) => one.short,
      sig: (one) => one.short,
      draw: (one) => {
        const made = pill(one.short, one.tone);
        made.title = one.long;
        return made;
      },
    });
  }

  /** Where the side panel does not fit, its first line stands here. @param {Context | undefined} context */
  #drawStrip(context) {
    const words = context ? stripWords(context) : null;
    const strip = this.#part("strip");
    toggle(strip, Boolean(words));
    if (!words) return;
    keyed(strip, [words], {
      key: () => "strip",
      sig: (one) => one.join(" "),
      draw: ([first, rest]) => make("span", {}, make("b", {}, first), rest ? ` · ${rest}` : ""),
    });
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}

/**
 * What may be done now, the most likely last: it stands at the end, where the hand is.
 *
 * @param {Row} row
 * @param {string} me
 * @returns {Action[]}
 */
export function actionsFor(row, me) {
  if (row.status === "resolved") return [ACTIONS.reopen];
  if (row.status === "waiting") return [ACTIONS.claim];
  if (row.technician?.id === me) return [ACTIONS.release, ACTIONS.resolve];
  return [];
}

/** @type {Record<Verb, Action>} */
const ACTIONS = {
  claim: {
    verb: "claim",
    words: "Claim",
    kind: "go",
    title: "Take this conversation: the customer sees your name",
  },
  release: {
    verb: "release",
    words: "Back to queue",
    kind: "",
    title: "Give this conversation back: the customer waits for somebody again",
  },
  resolve: {
    verb: "resolve",
    words: "Resolve",
    kind: "go",
    title: "Write down problem, cause and fix, and close (Ctrl + Shift + Enter)",
  },
  reopen: { verb: "reopen", words: "Reopen", kind: "go", title: "Open this conversation again" },
};

/**
 * @param {Row} row
 * @param {string} me
 */
function standing(row, me) {
  if (row.status === "waiting") return "waiting for a technician";
  if (row.status === "resolved") {
    return row.resolved_at ? `resolved ${ago(row.resolved_at, timing())}` : "resolved";
  }
  if (!row.technician) return "";
  return row.technician.id === me ? "with you" : `with ${row.technician.name}`;
}

/**
 * How sure we are, in a word; a likely suggestion is said here too, as what it is.
 *
 * @param {Row} row
 * @param {Context | undefined} context
 */
function sureness(row, context) {
  const card = context?.return_card;
  const identity = identityWords(
    card?.person?.identity ?? row.customer.identity,
    card?.returning ?? row.returning,
  );
  const [first] = steady([], card?.suggestions ?? [], false);
  if (identity.tone === "good" || !first || !likely(first)) return identity;
  const long = `Likely ${first.name}. ${identity.long}`;
  return { short: levelWords(first), long, tone: "wait" };
}

/** @param {Context} context @returns {[string, string] | null} */
function stripWords({ return_card: card }) {
  if (card.vouch) return [`Is this ${card.vouch.name}?`, "Waits for a second person"];
  if (card.returning && card.last) {
    const { at, problem, case_code, state } = card.last;
    return [`Back · ${ago(at, timing())}`, `${problem || case_code} · ${fixState(state).text}`];
  }
  const [first] = steady([], card.suggestions ?? [], false);
  if (!first) return null;
  const last = first.last ? lastFixLine(first.last, timing()) : first.reasons.join(", ");
  return [`${levelWords(first)}: ${first.name}`, last];
}
