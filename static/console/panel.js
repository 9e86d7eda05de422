/** The side panel: who this is, what fixed it last time, what changed since, on which machine. */

import { make, toggle } from "../shared/dom.js";
import { pieces } from "../shared/links.js";
import { clock, date, day } from "../shared/time.js";
import { returnCard } from "./returncard.js";
import { now, timing } from "./when.js";
import { keyed, pill } from "./ui.js";
import { fixState, identityWords, label, proofWords } from "./words.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {{insert: (steps: string) => void, openPast: (id: string) => void}} Verbs */

/** What tells most stands first; the rest follows in the order the server gave it. */
const FIRST = [
  "product",
  "model",
  "serial",
  "browser",
  "os",
  "device",
  "app_version",
  "plan",
  "page",
  "referrer",
  "screen",
];
/** Shown together as one line, see `theirTime`. */
const TOLD_OTHERWISE = new Set(["locale", "time_zone"]);

export class Panel {
  /** @type {HTMLElement} */ #root;
  /** @type {Verbs} */ #on;

  /**
   * @param {HTMLElement} root
   * @param {Verbs} on
   */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
  }

  /** @param {Store} store */
  draw(store) {
    const row = store.open ? store.rows.get(store.open) : undefined;
    const context = store.open ? store.contexts.get(store.open) : undefined;
    toggle(this.#root, Boolean(row));
    const cards = row && context ? this.#cards(row, context) : [];
    keyed(/** @type {Element} */ (this.#root.querySelector('[data-part="cards"]')), cards, {
      key: (card) => card.key,
      sig: (card) => card.sig,
      draw: (card) => card.draw(),
    });
  }

  /**
   * @param {Row} row
   * @param {Context} context
   */
  #cards(row, context) {
    const { return_card: back, customer, environment } = context;
    const pasts = (back.conversations ?? []).filter((past) => past.id !== row.id);
    const minute = Math.floor(now() / 60_000);
    /** @param {string} key @param {unknown} about @param {() => HTMLElement} draw */
    const card = (key, about, draw) => ({ key: `${row.id}:${key}`, sig: JSON.stringify(about), draw });
    return [
      card("return", [back, pasts.length], () => returnCard(back, pasts.length > 0, row.id, this.#on)),
      card("customer", [customer, back.person], () => customerCard(context)),
      card("environment", [environment, minute], () => environmentCard(environment)),
      ...(pasts.length ? [card("pasts", pasts, () => this.#pastsCard(pasts))] : []),
    ];
  }

  /** @param {Past[]} pasts */
  #pastsCard(pasts) {
    const list = make("ul", { class: "pasts" });
    for (const past of pasts) {
      const state = past.outcome?.fix ? fixState(past.outcome.state) : null;
      list.append(make(
        "li",
        {},
        make(
          "button",
          { type: "button", class: "pastlink", onclick: () => this.#on.openPast(past.id) },
          make("span", { class: "title" }, past.outcome?.problem || past.subject || past.case_code),
          make(
            "span",
            { class: "small" },
            [
              date(past.opened_at, timing()),
              past.technician ? `with ${past.technician}` : "",
              state?.text ?? "",
            ].filter(Boolean).join(" · "),
          ),
        ),
      ));
    }
    return section("Earlier conversations", list, String(pasts.length));
  }
}

/** @param {Context} context */
function customerCard({ customer, return_card }) {
  const identity = identityWords(return_card.person?.identity ?? customer.identity, return_card.returning);
  const rows = facts([
    ["Name", customer.name],
    ["Known since", customer.since ? day(customer.since, timing()) : ""],
  ]);
  for (const one of customer.identifiers ?? []) {
    rows.append(
      make("dt", {}, label(one.kind)),
      make(
        "dd",
        {},
        make("bdi", {}, one.value),
        make("span", { class: `proof ${one.proof === "claimed" ? "claimed" : ""}` }, proofWords(one.proof)),
      ),
    );
  }
  const card = section("Customer", rows);
  card.firstElementChild?.append(pill(identity.short, identity.tone));
  card.append(make("p", { class: "small" }, identity.long));
  return card;
}

/** @param {Context["environment"]} environment */
function environmentCard(environment) {
  const known = Object.entries(environment ?? {}).filter(([, value]) => value);
  const rank = (/** @type {string} */ key) => (FIRST.indexOf(key) + 100) % 100;
  const rows = known
    .filter(([key]) => !TOLD_OTHERWISE.has(key))
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, value]) => /** @type {[string, string | Node]} */ ([label(key), shown(value ?? "")]));
  const time = theirTime(environment ?? {}, timing());
  if (time) rows.push(["Their time", time]);
  const language = languageName(environment?.locale);
  if (language) rows.push(["Language", language]);
  return section(
    "On this machine",
    rows.length ? facts(rows) : make("p", { class: "small" }, "Nothing is known about it."),
  );
}

/** An address as a short link, all else as it is. @param {string} value */
function shown(value) {
  const [piece, more] = pieces(value);
  if (more || piece?.kind !== "link" || !piece.href.startsWith("http")) return value;
  const { host, pathname } = new URL(piece.href);
  const words = pathname === "/" ? host : host + pathname;
  return make("a", { href: piece.href, title: value, target: "_blank", rel: "noopener noreferrer" }, words);
}

/**
 * "15:42, Europe/Helsinki"
 *
 * @param {Context["environment"]} environment
 * @param {import("../shared/time.js").TimeOptions} time
 */
export function theirTime({ time_zone }, time) {
  if (!time_zone) return "";
  try {
    return `${clock(time.now ?? 0, { ...time, timeZone: time_zone })}, ${time_zone.replaceAll("_", " ")}`;
  } catch {
    return time_zone; // a visitor may claim to live in a zone that does not exist
  }
}

/** "English (United Kingdom)" @param {string | undefined} locale */
export function languageName(locale) {
  if (!locale) return "";
  try {
    return new Intl.DisplayNames(["en"], { type: "language", languageDisplay: "standard" }).of(locale) ??
      locale;
  } catch {
    return locale;
  }
}

/** @param {[string, string | Node][]} pairs */
function facts(pairs) {
  const list = make("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value) list.append(make("dt", {}, name), make("dd", { dir: "auto" }, value));
  }
  return list;
}

/**
 * @param {string} title
 * @param {HTMLElement} body
 * @param {string} [count]
 */
function section(title, body, count) {
  const heading = make("h3", {}, title);
  if (count) heading.append(" ", make("span", { class: "small" }, count));
  return make("section", { class: "card" }, heading, body);
}
