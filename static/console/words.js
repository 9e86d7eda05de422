/** What the console says about people, fixes and waiting, in words rather than colours. */

import { ago, date, waiting } from "../shared/time.js";
import { recognised } from "./knownwords.js";
import { cameBack } from "./rows.js";

/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("../shared/time.js").TimeOptions} TimeOptions */

/** @typedef {{short: string, long: string, tone: "good" | "wait" | "plain"}} Sureness */

/** How sure we are who this is. @type {Record<string, Sureness>} */
const IDENTITY = {
  signed: { short: "Signed in", long: "Signed in on the website, which vouches for them.", tone: "good" },
  proven: { short: "Address proven", long: "A code sent to their address came back.", tone: "good" },
  device: { short: "Same browser", long: "Known by this browser: nothing else is proven.", tone: "good" },
  vouched: { short: "Vouched for", long: "A technician has confirmed who this is.", tone: "good" },
  anonymous: { short: "Not proven", long: "What they say of themselves is not proven.", tone: "wait" },
};

/** @type {Sureness} */
const FIRST_TIME = {
  short: "First time",
  long: "Not met before in this browser: what they say of themselves is not proven.",
  tone: "plain",
};

/** @type {Record<string, string>} */
const PROOF = {
  signed: "confirmed by the website",
  proven: "proven by a code",
  vouched: "confirmed by a technician",
  claimed: "claimed, not proven",
};

/** @type {Record<string, {text: string, tone: string}>} */
const FIX_STATE = {
  held: { text: "Fix held", tone: "good" },
  failed: { text: "Fix did not hold", tone: "bad" },
  unknown: { text: "Held? Not known", tone: "plain" },
};

/** @type {Record<string, string>} */
const LABELS = {
  browser: "Browser",
  os: "System",
  device: "Device",
  page: "Page",
  referrer: "Came from",
  screen: "Screen",
  product: "Product",
  model: "Model",
  serial: "Serial number",
  app_version: "App version",
  plan: "Plan",
  locale: "Language",
  time_zone: "Time zone",
  email: "E-mail",
  phone: "Phone",
  order: "Order",
  user_id: "Account",
  user: "Account",
  name: "Name",
};

/**
 * @param {string} identity
 * @param {boolean} returning whether this person has been here before
 * @returns {Sureness}
 */
export function identityWords(identity, returning) {
  // A browser that has just been met for the first time is "the same" as nothing yet.
  if (identity === "device" && !returning) return FIRST_TIME;
  return IDENTITY[identity] ?? IDENTITY.anonymous;
}

/** @param {string} proof */
export function proofWords(proof) {
  return PROOF[proof] ?? PROOF.claimed;
}

/** @param {string | undefined} state @returns {{text: string, tone: string}} */
export function fixState(state) {
  return FIX_STATE[state ?? "unknown"] ?? FIX_STATE.unknown;
}

/** @param {string} what a key of the environment or a kind of identifier */
export function label(what) {
  return LABELS[what] ?? (what.charAt(0).toUpperCase() + what.slice(1)).replaceAll("_", " ");
}

/** @param {string} name @returns {string} two letters for the round picture; "?" for a nameless visitor */
export function initials(name) {
  const letters = [...name.trim()].filter((letter) => /\p{L}|\p{N}/u.test(letter));
  return letters.length ? letters[0].toLocaleUpperCase() + (letters[1] ?? "").toLocaleLowerCase() : "?";
}

/**
 * How long since, as a stopwatch up to a day ("4:12"), in words beyond.
 *
 * @param {string | null} since
 * @param {number} now milliseconds
 * @param {TimeOptions} [options]
 */
export function waited(since, now, options = {}) {
  if (!since) return "";
  const seconds = (now - Date.parse(since)) / 1000;
  return seconds < 86_400 ? waiting(seconds) : ago(since, { ...options, now }).replace(/ ago$/, "");
}

/**
 * Somebody's name; a word for those who have not said theirs.
 *
 * @param {{kind: string, name: string}} by
 * @returns {string}
 */
export function named(by) {
  return by.name || (by.kind === "customer" ? "Visitor" : "Rapport");
}

/**
 * One line for what happened, or "" for kinds that have nothing to say.
 *
 * @param {Event} event
 * @param {string} me my id: "you" instead of my name
 * @param {TimeOptions} [time]
 */
export function activity(event, me, time = {}) {
  const who = event.by.kind === "technician" && event.by.id === me ? "You" : named(event.by);
  if (event.kind === "assigned") return assigned(event, who, me);
  if (event.kind === "resolved") return `${who} resolved this`;
  if (event.kind === "reopened") {
    return reopened(event, who);
  }
  if (event.kind === "rated") return `${who} rated this conversation`;
  if (event.kind === "linked" && event.linked) {
    return recognised(event.linked, event.by.kind === "technician" ? who : "", time);
  }
  return "";
}

/**
 * "3 March · Does not scan · with Ana · fix: Install the patch"
 *
 * @param {Past} past
 * @param {TimeOptions} [options]
 */
export function pastLine(past, options = {}) {
  const fix = past.outcome?.fix;
  return [
    date(past.opened_at, options),
    past.outcome?.problem || past.subject || past.case_code,
    past.technician ? `with ${past.technician}` : "",
    fix ? `fix: ${fix}` : "",
  ].filter(Boolean).join(" · ");
}

/**
 * What the row shows under the name.
 *
 * @param {Row} row
 * @param {string} myName
 */
export function lastLine(row, myName) {
  const last = row.last;
  if (!last) return row.subject;
  const text = last.text.replace(/\s+/g, " ");
  if (last.by.kind !== "technician") return text;
  const who = last.by.name === myName ? "You" : named(last.by);
  if (last.note) return who === "You" ? `Your note: ${text}` : `Note by ${who}: ${text}`;
  return `${who}: ${text}`;
}

/**
 * @param {Event} event
 * @param {string} who
 */
function reopened(event, who) {
  if (event.by.kind === "technician") return `${who} reopened this`;
  if (cameBack(event)) return `${who} says that it came back, so this was reopened`;
  return `${who} wrote again, so this was reopened`;
}

/**
 * @param {Event} event
 * @param {string} who
 * @param {string} me
 */
function assigned(event, who, me) {
  const to = event.assigned?.technician;
  if (!to && event.by.kind === "system") {
    return "Back in the queue: the technician was gone while the customer waited";
  }
  if (!to) return `${who} gave this back to the queue`;
  if (to.id === event.by.id) return `${who} took this conversation`;
  const whom = to.id === me ? "you" : to.name;
  return event.by.kind === "system" ? `Assigned to ${whom}` : `${who} handed this to ${whom}`;
}
