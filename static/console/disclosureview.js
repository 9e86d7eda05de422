/** A history that is not proven to be this customer's, opened for a reason: read here, and nowhere else. */

import { make, text, toggle } from "../shared/dom.js";
import { date } from "../shared/time.js";
import { History } from "./history.js";
import { line } from "./lines.js";
import { logItems } from "./logitems.js";
import { actWords } from "./knownwords.js";
import { button, keyed, pill } from "./ui.js";
import { timing } from "./when.js";
import { fixState } from "./words.js";

/** @typedef {import("./known.js").Disclosure} Disclosure */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("./panel.js").Scene} Scene */
/** @typedef {(conversation: string, after: number, limit: number) => Promise<any>} Page a `sync` */

export class DisclosureView {
  /** @type {Page} */ #page;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /**
   * @param {Scene} scene
   * @param {Disclosure} one
   * @returns {import("./panel.js").Card}
   */
  card(scene, one) {
    return { key: `disclosed:${one.customer}`, about: one, draw: () => this.#draw(scene, one) };
  }

  /** @param {Scene} scene @param {Disclosure} one */
  #draw({ row, known, me }, one) {
    const heading = make("h3", {}, make("span", {}, "History of ", make("bdi", {}, one.name)));
    heading.append(pill("Not proven", "wait"));
    const list = make("ul", { class: "pasts" });
    for (const past of one.conversations) list.append(this.#past(past, me));
    if (!one.conversations.length) list.append(make("li", { class: "small" }, "There are no conversations."));
    return make(
      "section",
      { class: "card maybe disclosed", "aria-label": `History of ${one.name}, not proven` },
      heading,
      make(
        "p",
        { class: "warning small" },
        "Not proven: opened for a reason, recorded. Do not tell this customer anything of it. Your reason: ",
        make("q", { dir: "auto" }, one.reason),
      ),
      list,
      make("div", { class: "acts" }, button("Close it", () => known.cover(row.id, one.customer))),
    );
  }

  /** @param {Past} past @param {{id: string, name: string}} me */
  #past(past, me) {
    const history = new History({ conversation: "", page: this.#page });
    history.know([past]);
    const state = past.outcome?.fix ? fixState(past.outcome.state).text : "";
    const lines = make("div", {
      class: "lines compact",
      tabindex: "0",
      role: "region",
      "aria-label": "Messages",
    });
    const more = button("Older messages", () => read(), "plain");
    const status = make("p", { class: "small", role: "status" });
    const inside = make("div", { class: "inside", hidden: true }, more, status, lines);
    const opener = make(
      "button",
      { type: "button", class: "pastlink", "aria-expanded": "false", onclick: () => flip() },
      make("span", { class: "title" }, past.outcome?.problem || past.subject || past.case_code),
      make(
        "span",
        { class: "small" },
        [date(past.opened_at, timing()), past.technician ? `with ${past.technician}` : "", state]
          .filter(Boolean).join(" · "),
      ),
    );
    const draw = () => {
      const [block] = history.blocks;
      const items = logItems({
        earlier: [],
        events: block?.events ?? [],
        unsent: [],
        me,
        customer: { name: "", seen_seq: 0 },
        time: timing(),
      }).filter((item) => item.kind !== "mark");
      keyed(lines, items, { key: (item) => item.key, sig: (item) => item.sig, draw: (item) => line(item) });
      toggle(more, Boolean(history.next(1)));
    };
    const read = async () => {
      text(status, "Loading …");
      try {
        await history.older(1);
        text(status, "");
      } catch (error) {
        text(status, actWords(error));
      }
      draw();
    };
    const flip = () => {
      toggle(inside, Boolean(inside.hidden));
      opener.setAttribute("aria-expanded", String(!inside.hidden));
      if (!inside.hidden && !history.blocks.length) read();
    };
    return make("li", {}, opener, inside);
  }
}
