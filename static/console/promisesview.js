/** What was promised to this customer and is still open; and a place to promise more. */

import { make, text, toggle } from "../shared/dom.js";
import { actWords, byName, dueWords, endOfDay, isMe } from "./knownwords.js";
import { keys } from "./known.js";
import { actButton, actError, button, keyed } from "./ui.js";
import { now, timing } from "./when.js";

/** @typedef {import("./types.js").PromiseMade} PromiseMade */
/** @typedef {import("./known.js").Known} Known */
/** @typedef {import("./panel.js").Scene} Scene */

/** As long as the server keeps. */
const LONGEST = 500;

export class PromisesView {
  /** @type {Known} */ #known;
  /** Begun and not saved, by conversation. @type {Map<string, {text: string, day: string}>} */ #drafts =
    new Map();

  /** @param {Known} known */
  constructor(known) {
    this.#known = known;
  }

  /** @param {Scene} scene @returns {import("./panel.js").Card} */
  card(scene) {
    return {
      key: "promises",
      about: "kept",
      draw: () => this.#draw(scene.row.id),
      update: (element) => this.#update(element, scene),
    };
  }

  /** @param {HTMLElement} element @param {Scene} scene */
  #update(element, scene) {
    const promises = scene.context.return_card.promises ?? [];
    const list = /** @type {HTMLElement} */ (element.querySelector("ul"));
    toggle(list, promises.length > 0);
    const minute = Math.floor(now() / 60_000);
    keyed(list, promises, {
      key: (one) => one.id,
      sig: (one) => JSON.stringify([one, minute, this.#known.act(keys.kept(one.id))]),
      draw: (one) => this.#item(one, scene),
    });
  }

  /** @param {PromiseMade} one @param {Scene} scene */
  #item(one, { row, me, nameOf }) {
    const act = this.#known.act(keys.kept(one.id));
    const due = dueWords(one.due_at, { ...timing(), now: now() });
    const who = isMe(one.by, me) ? "you" : byName(one.by, nameOf);
    const meta = make("p", { class: due.late ? "small late" : "small" });
    meta.append([who, due.words].filter(Boolean).join(" · "));
    return make(
      "li",
      {},
      make("p", { dir: "auto" }, one.text),
      meta,
      make(
        "div",
        { class: "acts" },
        actButton(
          act,
          { name: "kept", idle: "Kept", busy: "Saving …", done: "Kept" },
          () => this.#known.kept(row.id, one.id),
        ),
      ),
      ...actError(act),
    );
  }

  /** @param {string} id */
  #draw(id) {
    const begun = this.#drafts.get(id);
    const words = make("textarea", {
      rows: 2,
      maxlength: LONGEST,
      id: "promise-text",
      placeholder: "call back when the part is here",
    });
    const day = make("input", { type: "date", id: "promise-day" });
    const error = make("p", { class: "wrong small", role: "alert", hidden: true });
    const save = make("button", { type: "submit", class: "btn go" }, "Promise");
    const cancel = button("Cancel", () => show(false));
    const form = make(
      "form",
      { class: "promise", novalidate: true },
      make("div", { class: "field" }, make("label", { for: "promise-text" }, "I promise to …"), words),
      make(
        "div",
        { class: "field" },
        make("label", { for: "promise-day" }, "Until (may be left out)"),
        day,
      ),
      error,
      make("div", { class: "acts" }, save, cancel),
    );
    const opener = button("I promise …", () => show(true));
    /** @param {boolean} shown */
    const show = (shown) => {
      toggle(form, shown);
      toggle(opener, !shown);
      (shown ? words : opener).focus();
    };
    const clear = () => {
      words.value = day.value = "";
      this.#drafts.delete(id);
      toggle(error, false);
    };
    words.value = begun?.text ?? "";
    day.value = begun?.day ?? "";
    toggle(form, Boolean(begun));
    toggle(opener, !begun);
    cancel.addEventListener("click", clear);
    form.addEventListener("input", () => this.#drafts.set(id, { text: words.value, day: day.value }));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      if (event.key !== "Escape") return;
      event.preventDefault();
      show(false);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = words.value.trim();
      if (!said) return words.focus();
      if (save.disabled) return;
      save.disabled = true;
      try {
        await this.#known.promise(id, said, endOfDay(day.value));
        clear();
        show(false);
      } catch (failure) {
        text(error, actWords(failure));
        toggle(error, true);
      } finally {
        save.disabled = false;
      }
    });
    return make(
      "section",
      { class: "card", "aria-label": "Promises" },
      make("h3", {}, "Promises"),
      make("ul", { class: "promises" }),
      opener,
      form,
    );
  }
}
