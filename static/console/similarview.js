/** The same problem before: of this person first, then what helped others. */

import { make } from "../shared/dom.js";
import { othersWords } from "./knownwords.js";
import { statePill } from "./returncard.js";
import { stepActs } from "./steps.js";
import { card } from "./ui.js";

/** @typedef {import("./types.js").ReturnCard} ReturnCard */
/** @typedef {import("./types.js").Similar} Similar */

/**
 * Past problems worth showing: those with a fix, this person's first, without what the return card shows already.
 *
 * @param {Pick<ReturnCard, "similar" | "last">} back
 * @param {string} here the conversation on the screen
 * @returns {Similar[]}
 */
export function otherFixes({ similar = [], last }, here) {
  const told = new Set([here, last?.conversation]);
  const worth = similar.filter((one) => one.fix && !told.has(one.conversation));
  return [...worth.filter((one) => one.same_person), ...worth.filter((one) => !one.same_person)];
}

/**
 * @param {import("./panel.js").Scene} scene
 * @param {readonly Similar[]} similar
 */
export function similarCard(scene, similar) {
  const list = make("ul", { class: "similar" });
  for (const one of similar) {
    const who = one.same_person ? "This customer, earlier" : othersWords(one);
    const meta = make("p", { class: "meta small" }, who);
    if (one.same_person) meta.append(" ", statePill(one.state));
    const words = one.same_person ? "the fix of an earlier time" : "the fix that helped others";
    list.append(make(
      "li",
      {},
      make("p", { dir: "auto" }, one.problem),
      make("p", { class: "fixed", dir: "auto" }, one.fix),
      meta,
      ...stepActs(scene, { outcome: one.outcome, fix: one.fix, words }, { again: true }),
    ));
  }
  return card("Similar problems", list, String(similar.length));
}
