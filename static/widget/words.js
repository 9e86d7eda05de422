/**
 * Every word the customer can read. A value is a sentence with `{places}`, or an object of plural forms chosen
 * by the number `n` (CLDR categories of that language). Other languages are modules of their own, fetched
 * only where they are spoken: words_de.js, words_ar.js. What is read where one writes comes with that, and adds itself
 * here: words_talk.js. What is read on the pages for ways back, devices and keys
 * comes with those pages: words_later.js and its own languages.
 * @typedef {string|Record<string, string>} Sentence
 */

/** @type {Record<string, Sentence>} */
export const english = {
  hello: "Hello",
  again: "Welcome back",
  againName: "Welcome back, {name}",
  here: { one: "{names} is here.", other: "{names} are here." },
  hereMore: { one: "{names} and {n} more are here.", other: "{names} and {n} more are here." },
  nobody: "Nobody is here right now. Write to us anyway: your message is kept, and the answer will be here.",
  opens: "We are back {when}.",
  pace: "Answers in about {span}.",
  start: "Chat with a technician",
  startAway: "Leave a message",
  now: "Open now",
  past: "Earlier conversations",
  unread: { one: "{n} new message", other: "{n} new messages" },
  waiting: "Waiting for a technician",
  withName: "with {name}",
  solved: "solved",
  unsent: "Not sent yet",
  fix: "What fixed it: {fix}",
  problem: "Problem: {problem}",
  untitled: "Conversation",
  memory: "This browser may keep nothing for this page: your conversations can be gone after you leave.",
  trying: "We cannot reach our server. Trying again…",
  busy: "Very many people are writing right now. Trying again in {span}.",
  unavailable: "The chat is not available on this page.",
  newTitle: "New conversation",
  ask: "How can we help?",
  askHint: "Tell us what happens and what you have tried.",
  who: "So that we know you next time (optional)",
  name: "Your name",
  email: "Your e-mail address",
  send: "Send",
  write: "Write a message",
  back: "Back",
  close: "Close chat",
  log: "Messages",
  older: "Show earlier messages",
  sending: "Sending…",
  failed: "Not sent.",
  closed: "Chat with us",
  before: "I have chatted before",
  more: "Your history and this computer",
  stillFixed: "Is it still fixed?",
  heldYes: "Yes, still works",
  heldNo: "No, it is back",
  heldLater: "Later",
  heldThanks: "Good to hear. Thank you!",
  foundHome: {
    one: "We have found your earlier conversation.",
    other: "We have found your {n} earlier conversations.",
  },
};

/** @type {Record<string, () => Promise<{words: Record<string, Sentence>}>>} */
const others = {
  de: () => import("./words_de.js"),
  ar: () => import("./words_ar.js"),
};

/**
 * @typedef {object} Speech
 * @property {string} locale for `Intl`, matching the language of the words
 * @property {"ltr"|"rtl"} dir
 * @property {(key: string, places?: Record<string, string|number>) => string} t
 * @property {(names: string[]) => string} list "Ana and Bo"
 * @property {() => Promise<void>} learn the words of the pages that come later
 */

/**
 * The words of the first of these locales that we speak; English where none is.
 * @param {...(string|null|undefined)} wanted BCP 47 tags
 * @returns {Promise<Speech>}
 */
export async function speech(...wanted) {
  const tags = wanted.filter(valid);
  const spoken = tags.find((tag) => language(tag) === "en" || language(tag) in others) ?? "en";
  // A page says "en"; whether 10:03 or 10:03 AM is meant, the browser knows.
  const known = tags.find((tag) => language(tag) === language(spoken) && /[-_]/.test(tag)) ?? spoken;
  const tongue = language(known);
  const words = { ...english, ...(tongue === "en" ? {} : (await others[tongue]()).words) };
  const plural = new Intl.PluralRules(known);
  const number = new Intl.NumberFormat(known);
  const dir = tongue === "ar" ? "rtl" : "ltr";
  return {
    locale: known,
    dir,
    list: (names) => new Intl.ListFormat(known, { type: "conjunction" }).format(names),
    async learn() {
      Object.assign(words, await later(tongue));
    },
    t(key, places = {}) {
      const sentence = words[key] ?? english[key];
      const form = typeof sentence === "string"
        ? sentence
        : sentence[plural.select(Number(places.n ?? 0))] ?? sentence.other;
      return form.replace(/\{(\w+)\}/g, (_whole, place) => {
        const value = places[place];
        if (typeof value === "number") return number.format(value);
        // Somebody else's words in a right-to-left sentence keep to their own direction.
        return dir === "rtl" && value ? `\u2068${value}\u2069` : value ?? "";
      });
    },
  };
}

/** @param {string} tongue @returns {Promise<Record<string, Sentence>>} */
async function later(tongue) {
  if (tongue === "de") return (await import("./words_later_de.js")).words;
  if (tongue === "ar") return (await import("./words_later_ar.js")).words;
  return (await import("./words_later.js")).words;
}

/** @param {string|null|undefined} tag @returns {tag is string} */
function valid(tag) {
  try {
    return Boolean(tag) && Intl.getCanonicalLocales(/** @type {string} */ (tag)).length === 1;
  } catch {
    return false;
  }
}

/** @param {string} tag */
function language(tag) {
  return tag.toLowerCase().split(/[-_]/)[0];
}
