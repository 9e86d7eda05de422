/** What a technician has asked somebody to recognise them, and what matched. Kept until it is used. No DOM. */

import { date } from "../shared/time.js";

/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {{ask: string, expect: string}} Question */
/** @typedef {{ticked: string[], free: string, reason: string}} Answers ticked: the questions that matched */

/** As long as the server keeps of each. */
const LONGEST = { fact: 300, reason: 500 };
/** As many as it takes. */
const MOST_FACTS = 20;

/** A reason that nobody has to type: the proof is there, only the word of a technician is missing. */
export const STRONG = "This browser proved a mailbox that they had given.";

export class Inquiries {
  /** @type {Map<string, Answers>} */ #held = new Map();

  /** @param {string} conversation @param {string} candidate @returns {Answers} */
  get(conversation, candidate) {
    return this.#held.get(`${conversation} ${candidate}`) ?? { ticked: [], free: "", reason: "" };
  }

  /** @param {string} conversation @param {string} candidate @param {Answers} answers */
  set(conversation, candidate, answers) {
    this.#held.set(`${conversation} ${candidate}`, answers);
  }

  /** @param {string} conversation @param {string} candidate */
  forget(conversation, candidate) {
    this.#held.delete(`${conversation} ${candidate}`);
  }
}

/**
 * What is written into the record: each question that matched with what was on file, then each free line.
 *
 * @param {Answers} answers
 * @param {readonly Question[]} questions
 * @returns {string[]}
 */
export function factsOf(answers, questions) {
  const ticked = questions.filter(({ ask }) => answers.ticked.includes(ask));
  const lines = answers.free.split("\n").map((line) => line.trim()).filter(Boolean);
  return [...ticked.map(({ ask, expect }) => `${ask} ${expect}`), ...lines]
    .slice(0, MOST_FACTS)
    .map((fact) => cut(fact, LONGEST.fact));
}

/**
 * @param {Answers} answers
 * @param {boolean} strong
 * @returns {string}
 */
export function reasonOf(answers, strong) {
  return cut(answers.reason.trim() || (strong ? STRONG : ""), LONGEST.reason);
}

/**
 * What is still missing before it can be confirmed, in words and with the field it belongs to; null: nothing.
 *
 * @param {Answers} answers
 * @param {Pick<Suggestion, "questions" | "strong">} suggestion
 * @param {"vouch" | "link"} way
 * @returns {{field: "facts" | "reason", words: string} | null}
 */
export function missing(answers, { questions = [], strong = false }, way) {
  if (way === "vouch" && !strong && !factsOf(answers, questions).length) {
    return { field: "facts", words: "Tick what matched, or write down what else they knew." };
  }
  if (way === "link" && !reasonOf(answers, false)) {
    return { field: "reason", words: "Say in a few words why you are sure. It is recorded." };
  }
  return null;
}

/**
 * What pressing the button means.
 *
 * @param {"vouch" | "link"} way
 * @param {string} vouching
 */
export function meaning(way, vouching) {
  if (way === "link") {
    return "For technicians only: nothing is shown to the customer, and it can be taken back at any time.";
  }
  const shows = "this customer's browser shows them their earlier conversations for a limited time. " +
    "Their old mailboxes are told, and can take it back with one click.";
  return vouching === "second" ? `Once another technician agrees, ${shows}` : `At once, ${shows}`;
}

/**
 * @param {string} name
 * @param {string | null} until
 * @param {boolean} waits
 * @param {import("../shared/time.js").TimeOptions} time
 */
export function doneWords(name, until, waits, time) {
  if (waits) return `Waits for a second person. Another technician has to agree that this is ${name}.`;
  return `Recognised. This browser shows the history of ${name}${
    until ? ` until ${date(until, time)}` : ""
  }.`;
}

/** @param {string} words @param {number} most characters */
function cut(words, most) {
  const letters = [...words];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : words;
}
