/** The side panel: who this is and who it may be, what fixed it last time, what was promised, on which machine. */

import { toggle } from "../shared/dom.js";
import { customerCard, environmentCard, pastsCard } from "./aboutcards.js";
import { keys } from "./known.js";
import { DisclosureView } from "./disclosureview.js";
import { linksCard } from "./linksview.js";
import { PromisesView } from "./promisesview.js";
import { returnCard } from "./returncard.js";
import { otherFixes, similarCard } from "./similarview.js";
import { SuggestionsView } from "./suggestionsview.js";
import { keyed } from "./ui.js";
import { resultCard, vouchCard } from "./vouchcard.js";
import { now } from "./when.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Link} Link */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {import("./types.js").Vouch} Vouch */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./known.js").Known} Known */

/**
 * @typedef {object} Verbs what the panel asks of the page around it
 * @property {(steps: string) => void} insert into the reply
 * @property {(id: string) => void} openPast
 * @property {(outcome: string, words: string) => void} fixedAgain words: which fix that was
 * @property {(suggestion: Suggestion) => void} recognise
 * @property {(suggestion: Suggestion) => void} look at their history
 * @property {(link: Link) => void} takeBack
 * @property {(vouch: Vouch) => void} refuse
 * @property {() => void} left nobody looks at the panel any more
 */

/** @typedef {{row: Row, context: Context, known: Known, on: Verbs, me: import("./types.js").Me,
 *   nameOf: (id: string) => string | undefined}} Scene what every card is drawn from */
/** @typedef {{key: string, about: unknown, draw: () => HTMLElement, update?: (element: HTMLElement) => void}} Card
 *   `update`: for cards that keep their element, with what somebody is typing in it */

export class Panel {
  /** @type {HTMLElement} */ #root;
  /** @type {Verbs} */ #on;
  /** @type {Known} */ #known;
  /** @type {SuggestionsView} */ #suggestions;
  /** @type {PromisesView} */ #promises;
  /** @type {DisclosureView} */ #disclosures;

  /**
   * @param {HTMLElement} root
   * @param {Known} known
   * @param {Verbs} on
   * @param {import("./disclosureview.js").Page} page
   */
  constructor(root, known, on, page) {
    this.#root = root;
    this.#known = known;
    this.#on = on;
    this.#suggestions = new SuggestionsView(() => this.#looking());
    this.#promises = new PromisesView(known);
    this.#disclosures = new DisclosureView(page);
    // What stood still while somebody looked may move now.
    for (const kind of ["pointerleave", "focusout"]) root.addEventListener(kind, () => on.left());
  }

  /** @param {Store} store */
  draw(store) {
    const row = store.open ? store.rows.get(store.open) : undefined;
    const context = store.open ? store.contexts.get(store.open) : undefined;
    toggle(this.#root, Boolean(row));
    const nameOf = (/** @type {string} */ id) => store.technicians.get(id)?.name;
    const cards = row && context
      ? this.#cards({ row, context, known: this.#known, on: this.#on, me: store.me, nameOf })
      : [];
    const list = /** @type {HTMLElement} */ (this.#root.querySelector('[data-part="cards"]'));
    const focused = list.contains(document.activeElement);
    keyed(list, cards, {
      key: (card) => card.key,
      sig: (card) => JSON.stringify(card.about),
      draw: (card) => card.draw(),
    });
    cards.forEach((card, at) => card.update?.(/** @type {HTMLElement} */ (list.children[at])));
    // Where the focus stood is gone. On another button the next Enter would do something nobody meant.
    if (focused && cards.length && !list.contains(document.activeElement)) {
      list.focus({ preventScroll: true });
    }
  }

  /** @returns {Suggestion[]} in the order in which they stand */
  get suggestions() {
    return this.#suggestions.shown;
  }

  /** @param {Scene} scene @returns {Card[]} the most telling first */
  #cards(scene) {
    const { row, context, known, on } = scene;
    const back = context.return_card;
    const pasts = (back.conversations ?? []).filter((past) => past.id !== row.id);
    const similar = otherFixes(back, row.id);
    const returning = back.returning || pasts.length > 0;
    const decided = (/** @type {string} */ id) =>
      known.act(keys.notSame(row.id, id)).state === "done" ||
      Boolean(back.person?.customers?.includes(id));
    const suggested = this.#suggestions.order(row.id, back.suggestions ?? [], decided).length > 0;
    const fixes = [back.last?.outcome, ...similar.map((one) => one.outcome)].map((id) =>
      known.act(keys.resend(row.id, id ?? ""))
    );
    const links = [back.links ?? [], known.takenBack(row.id)];
    /** @type {(Card | false)[]} */
    const cards = [
      known.result(row.id) !== "" && !back.vouch &&
      { key: "result", about: known.result(row.id), draw: () => resultCard(scene) },
      Boolean(back.vouch) &&
      {
        key: "vouch",
        about: [back.vouch, known.act(keys.agree(back.vouch?.id ?? ""))],
        draw: () => vouchCard(scene),
      },
      (returning || !suggested) &&
      {
        key: "return",
        about: [{ ...back, suggestions: 0 }, row.status, fixes[0]],
        draw: () => returnCard(scene, returning),
      },
      suggested && this.#suggestions.card(scene),
      ...known.disclosed(row.id).map((one) => this.#disclosures.card(scene, one)),
      similar.length > 0 &&
      { key: "similar", about: [similar, row.status, fixes], draw: () => similarCard(scene, similar) },
      this.#promises.card(scene),
      links.some((one) => one.length) &&
      {
        key: "links",
        about: [links, links[1].map((one) => known.act(keys.again(one.id)))],
        draw: () => linksCard(scene),
      },
      {
        key: "customer",
        about: [context.customer, back.person, back.links],
        draw: () => customerCard(context),
      },
      {
        key: "environment",
        about: [context.environment, Math.floor(now() / 60_000)],
        draw: () => environmentCard(context.environment),
      },
      pasts.length > 0 && { key: "pasts", about: pasts, draw: () => pastsCard(pasts, on.openPast) },
    ];
    return cards.flatMap((card) => card ? [{ ...card, key: `${row.id}:${card.key}` }] : []);
  }

  /** Whether somebody's eye, hand or focus is on the panel: then nothing in it changes places. */
  #looking() {
    return this.#root.matches(":hover") || this.#root.contains(document.activeElement);
  }
}
