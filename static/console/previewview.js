/** The two records that a link joins or parts, side by side. */

import { make } from "../shared/dom.js";
import { sideWords, togetherWords } from "./knownwords.js";
import { timing } from "./when.js";
import { label, proofWords } from "./words.js";

/** @typedef {import("./types.js").Preview} Preview */

/**
 * @param {Preview} preview
 * @param {"link" | "unlink"} way
 * @returns {HTMLElement}
 */
export function previewShown({ a, b, together }, way) {
  const sides = make("div", { class: "sides" });
  for (const side of [a, b]) {
    const list = make("ul", { class: "small" });
    for (const one of side.identifiers ?? []) {
      list.append(make(
        "li",
        {},
        `${label(one.kind)}: `,
        make("bdi", {}, one.shown ?? one.value ?? ""),
        `, ${proofWords(one.proof)}`,
      ));
    }
    sides.append(make(
      "div",
      {},
      make("p", { class: "title" }, make("bdi", {}, side.name)),
      make("p", { class: "small" }, sideWords(side, timing())),
      list,
    ));
  }
  return make("div", {}, sides, make("p", { class: "small" }, togetherWords(together, way)));
}
