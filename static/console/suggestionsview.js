/** Who this may be: the reasons, what fixed it for them, and what can be done about it. Nothing here is proven. */

import { make } from "../shared/dom.js";
import { keys } from "./known.js";
import { lastFixLine } from "./knownwords.js";
import { fixWords, statePill } from "./returncard.js";
import { stepActs } from "./steps.js";
import { levelWords, likely, scoreWords, steady } from "./suggested.js";
import { actButton, actError, button, keyed, pill } from "./ui.js";
import { timing } from "./when.js";

/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {import("./panel.js").Scene} Scene */

export class SuggestionsView {
  /** @type {() => boolean} */ #looking;
  /** @type {Suggestion[]} */ #shown = [];
  /** @type {string | null} */ #conversation = null;
  /** Opened or closed by hand, or open because nothing else was. @type {Map<string, boolean>} */ #open =
    new Map();

  /** @param {() => boolean} looking whether somebody is looking at them just now */
  constructor(looking) {
    this.#looking = looking;
  }

  /** @returns {Suggestion[]} those that stand, in their order */
  get shown() {
    return this.#shown.filter((one) => !one.withdrawn);
  }

  /**
   * @param {string} conversation
   * @param {readonly Suggestion[]} arrived
   * @param {(customer: string) => boolean} decided by a technician: goes at once, since nobody is surprised
   * @returns {Suggestion[]}
   */
  order(conversation, arrived, decided) {
    if (conversation !== this.#conversation) {
      this.#open.clear();
      this.#shown = [];
    }
    this.#conversation = conversation;
    this.#shown = steady(this.#shown, arrived, this.#looking()).filter((one) => !decided(one.customer));
    for (const { customer } of this.#shown) {
      if (!this.#open.has(customer)) this.#open.set(customer, ![...this.#open.values()].includes(true));
    }
    return this.#shown;
  }

  /** @param {Scene} scene @returns {import("./panel.js").Card} */
  card(scene) {
    return {
      key: "suggestions",
      about: "kept",
      draw: () =>
        make(
          "section",
          { class: "card maybe", "aria-label": "Who this may be" },
          make("h3", {}, "Who is this?"),
          make("ul", { class: "suggestions" }),
        ),
      update: (element) => this.#update(/** @type {Element} */ (element.querySelector("ul")), scene),
    };
  }

  /** @param {Element} list @param {Scene} scene */
  #update(list, scene) {
    const { row, known } = scene;
    keyed(list, this.#shown, {
      key: (one) => one.customer,
      sig: (one) =>
        JSON.stringify([
          one,
          this.#open.get(one.customer),
          row.status,
          known.act(keys.notSame(row.id, one.customer)),
          known.act(keys.confirm(row.id, one.customer)),
          scene.context.return_card.vouching,
          scene.context.return_card.vouch?.candidate,
          known.act(keys.resend(row.id, one.last?.outcome ?? "")),
        ]),
      draw: (one) => this.#item(one, scene, list),
    });
  }

  /** @param {Suggestion} one @param {Scene} scene @param {Element} list */
  #item(one, scene, list) {
    const open = Boolean(this.#open.get(one.customer));
    const flip = () => {
      this.#open.set(one.customer, !open);
      this.#update(list, scene);
    };
    const head = make(
      "button",
      { type: "button", class: "suggest", "aria-expanded": String(open), "data-act": "open", onclick: flip },
      make("bdi", { class: "title" }, one.name),
      one.withdrawn ? pill("No longer suggested") : pill(levelWords(one), likely(one) ? "wait" : "plain"),
    );
    const item = make("li", { class: one.withdrawn ? "withdrawn" : null }, head);
    if (open) item.append(...body(one, scene));
    return item;
  }
}

/** @param {Suggestion} one @param {Scene} scene */
function body(one, scene) {
  const { row, known, on } = scene;
  const level = make("i");
  level.style.setProperty("inline-size", `${Math.round(one.score * 100)}%`);
  const score = make(
    "p",
    { class: "score small" },
    make("span", { class: "gauge", "aria-hidden": "true" }, level),
    make("span", {}, `Score ${scoreWords(one.score)}`),
  );
  const why = make("ul", { class: "why", "aria-label": "Reasons" });
  for (const reason of one.reasons) why.append(make("li", {}, make("bdi", {}, reason)));
  /** @type {HTMLElement[]} */
  const parts = [score, why];
  if (one.last) {
    const words = make("span", { class: "clamp", dir: "auto" }, lastFixLine(one.last, timing()));
    const line = make("p", { class: "lastfix" }, words);
    if (one.last.fix) line.append(statePill(one.last.state));
    parts.push(line);
  }
  if (one.withdrawn) return parts;
  const { vouching, vouch } = scene.context.return_card;
  const sure = one.strong && vouching !== "off" && vouch?.candidate !== one.customer;
  if (sure) parts.push(...confirming(one, scene));
  const refused = known.act(keys.notSame(row.id, one.customer));
  const past = {
    outcome: one.last?.outcome,
    fix: one.last?.fix ?? "",
    words: one.last ? fixWords(one.last) : "",
  };
  const steps = past.fix ? stepActs(scene, past, { main: !sure }) : [];
  const recognise = button("This is them …", () => on.recognise(one), steps.length || sure ? "" : "go");
  recognise.title = "Ask, confirm and show them their history (Alt + R)";
  parts.push(
    ...steps,
    make(
      "div",
      { class: "acts" },
      recognise,
      actButton(
        refused,
        { name: "not", idle: "Not this person", busy: "Taking off …", done: "Taken off" },
        () => known.notSame(row.id, one.customer),
      ),
      button("Look at their history …", () => on.look(one), "plain"),
    ),
    ...actError(refused),
  );
  return parts;
}

/** @param {Suggestion} one @param {Scene} scene @returns {HTMLElement[]} */
function confirming(one, { row, context, known }) {
  const act = known.act(keys.confirm(row.id, one.customer));
  const second = context.return_card.vouching === "second";
  return [
    make("p", { class: "strong small" }, "This browser proved a mailbox that they had given."),
    make(
      "div",
      { class: "acts" },
      actButton(
        act,
        {
          name: "confirm",
          idle: second ? "Confirm with a colleague" : "Confirm who this is",
          busy: "Confirming …",
          done: second ? "Asked a colleague" : "Confirmed",
          title: "Shows this customer's browser their earlier conversations for a limited time",
        },
        () => known.confirm(row.id, one),
        "go",
      ),
    ),
    ...actError(act),
  ];
}
