/** What the console says about recognising, linking, promising, and why something did not work. No DOM. */

import { ago, date, dayNumber } from "../shared/time.js";

/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").LastFix} LastFix */
/** @typedef {import("./types.js").Link} Link */
/** @typedef {import("./types.js").Named} Named */
/** @typedef {import("./types.js").ReturnCard} ReturnCard */
/** @typedef {import("./types.js").Side} Side */
/** @typedef {import("./types.js").Similar} Similar */
/** @typedef {import("../shared/time.js").TimeOptions} TimeOptions */

/**
 * Why something could not be done, in words a person can act on.
 *
 * @param {unknown} error Refused or Lost
 * @returns {string}
 */
export function actWords(error) {
  const { code, message, retry_after, fields = {} } =
    /** @type {{code?: string, message?: string, retry_after?: number | null, fields?: Record<string, any>}} */
    (error);
  if (!code) return "No answer came, so this may not have been done. Try again in a moment.";
  if (code === "unauthenticated") return "You are signed out. Log in again in another tab, then try again.";
  if (code === "rate_limited") {
    return `Too many at once. Try again in ${Math.max(1, Math.ceil(retry_after ?? 10))} seconds.`;
  }
  if (code === "not_found") return "This has changed meanwhile and is no longer there.";
  const wrong = Object.values(fields).flat().join(" ");
  if (wrong) return wrong;
  return message && message !== code ? message : "That did not work. Try again in a moment.";
}

/** @param {string | Named | null | undefined} by @param {(id: string) => string | undefined} [nameOf] */
export function byName(by, nameOf = () => undefined) {
  if (!by) return "";
  return typeof by === "string" ? nameOf(by) ?? by : by.name;
}

/** Whether it was me, however the server names people. @param {unknown} by @param {Named} me */
export function isMe(by, me) {
  const who = /** @type {{id?: string} | string | null} */ (by);
  return typeof who === "string" ? who === me.id || who === me.name : who?.id === me.id;
}

/**
 * One line for what was done about who this customer is.
 *
 * @param {NonNullable<Event["linked"]>} linked
 * @param {string} who "You", a technician's name; "" when nobody in person did it
 * @param {TimeOptions} [time]
 * @returns {string}
 */
export function recognised({ action, customer, proof, expires_at }, who, time = {}) {
  const name = customer?.name || "an earlier customer";
  const until = expires_at ? ` until ${date(expires_at, time)}` : "";
  if (action === "not_me") return `The old mailbox of ${name} says that this was not them: taken back`;
  if (action === "unlinked") {
    return who ? `${who} took back that this is ${name}` : `This is no longer taken for ${name}`;
  }
  switch (proof) {
    case "vouched":
      return `${who || "Somebody"} recognised this customer as ${name}: vouched${until || " for"}`;
    case "proven":
      return `This customer has proved to be ${name}`;
    case "signed":
      return `The website has confirmed that this is ${name}`;
    case "device":
      return `This browser belongs to ${name}`;
  }
  return `${who || "Somebody"} linked this customer with ${name}, for technicians only`;
}

/**
 * How a link came about and how long it lasts: "vouched for by Ana until 22 December".
 *
 * @param {Link} link
 * @param {TimeOptions} time
 * @param {(id: string) => string | undefined} [nameOf]
 */
export function linkWords({ proof, by, at, expires_at }, time, nameOf) {
  const name = byName(by, nameOf);
  const who = name ? ` by ${name}` : "";
  const until = expires_at ? ` until ${date(expires_at, time)}` : `, ${ago(at, time)}`;
  if (proof === "vouched") return `vouched for${who}${until}`;
  if (proof === "proven") return `proven by their mailbox${until}`;
  if (proof === "signed") return `confirmed by the website${until}`;
  if (proof === "device") return `shown by a resume key or this browser${until}`;
  return `linked${who} for technicians only${until}`;
}

/**
 * How sure we are who this is, with whose word it is and how long it lasts.
 *
 * @param {ReturnCard} card
 * @param {string} long the words for the identity alone
 * @param {TimeOptions} time
 */
export function sureWords({ person, links = [] }, long, time) {
  const vouch = person.identity === "vouched" && links.find((one) => one.proof === "vouched");
  if (!vouch) return long;
  const words = linkWords(vouch, time);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** "3 March · Does not scan → Install the patch" @param {LastFix} last @param {TimeOptions} time */
export function lastFixLine({ at, problem, fix, case_code }, time) {
  return [date(at, time), [problem || case_code, fix].filter(Boolean).join(" → ")].join(" · ");
}

/** "11 others: this fix held in 9" @param {Similar} similar */
export function othersWords({ count = 1, held, state }) {
  const others = count === 1 ? "1 other" : `${count} others`;
  if (held === undefined) return state === "held" ? `${others}: this fix held` : others;
  if (count === 1) return held ? `${others}: this fix held` : `${others}: not known whether it held`;
  return held ? `${others}: this fix held in ${held}` : `${others}: none has said that it held`;
}

/**
 * When a promise is due, and whether that is over.
 *
 * @param {string | null} due
 * @param {TimeOptions & {now: number}} time
 * @returns {{words: string, late: boolean}}
 */
export function dueWords(due, time) {
  if (!due) return { words: "", late: false };
  const days = dayNumber(due, time) - dayNumber(time.now, time);
  const late = Date.parse(due) < time.now;
  if (late) return { words: days === 0 ? "was due today" : `was due ${date(due, time)}`, late };
  if (days < 2) return { words: days === 0 ? "due today" : "due tomorrow", late };
  return { words: `due ${date(due, time)}`, late };
}

/** A day is over when it ends. @param {string} day "2026-07-03", "" for none @returns {string | null} */
export function endOfDay(day) {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date, 23, 59, 59).toISOString();
}

/** "3 conversations, since 2 March" @param {Side} side @param {TimeOptions} time */
export function sideWords({ conversations, since }, time) {
  const count = conversations === 1 ? "1 conversation" : `${conversations} conversations`;
  return since ? `${count}, since ${date(since, time)}` : count;
}

/** What becomes of the two when a link is made or taken back. @param {{customers: number, conversations: number}} together
 * @param {"link" | "unlink"} way */
export function togetherWords({ customers, conversations }, way) {
  const count = conversations === 1 ? "1 conversation" : `${conversations} conversations`;
  return way === "link"
    ? `Technicians will see ${customers} records as one person with ${count}. Nothing is rewritten, and it can be taken back.`
    : `Now ${customers} records with ${count} stand together. Afterwards each is as it was, with what has come since.`;
}
