/** Cards that tell about the customer: who they say they are, on which machine, what was before. */

import { make } from "../shared/dom.js";
import { pieces } from "../shared/links.js";
import { clock, date, day } from "../shared/time.js";
import { sureWords } from "./knownwords.js";
import { timing } from "./when.js";
import { card, facts, pill } from "./ui.js";
import { fixState, identityWords, label, proofWords } from "./words.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Past} Past */

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

/** @param {Context} context */
export function customerCard({ customer, return_card }) {
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
  const made = card("Customer", rows);
  made.firstElementChild?.append(pill(identity.short, identity.tone));
  made.append(make("p", { class: "small" }, sureWords(return_card, identity.long, timing())));
  return made;
}

/** @param {Context["environment"]} environment */
export function environmentCard(environment) {
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
  return card(
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

/**
 * @param {readonly Past[]} pasts
 * @param {(id: string) => void} open
 */
export function pastsCard(pasts, open) {
  const list = make("ul", { class: "pasts" });
  for (const past of pasts) {
    const state = past.outcome?.fix ? fixState(past.outcome.state) : null;
    list.append(make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: "pastlink", onclick: () => open(past.id) },
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
  return card("Earlier conversations", list, String(pasts.length));
}
