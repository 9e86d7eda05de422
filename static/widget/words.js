/**
 * Every word the customer can read. A value is a sentence with `{places}`, or an object of plural forms chosen
 * by the number `n` (CLDR categories of that language). Other languages are modules of their own, fetched
 * only where they are spoken: words_de.js, words_ar.js. What is read on the pages for ways back, devices and keys
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
  needText: "Please write a few words first.",
  badEmail: "This does not look like an e-mail address. Correct it or leave it empty.",
  tooLong: { one: "{n} character too long.", other: "{n} characters too long." },
  send: "Send",
  write: "Write a message",
  back: "Back",
  close: "Close chat",
  soundOn: "Sound is on",
  soundOff: "Sound is off",
  you: "You",
  technician: "Technician",
  us: "Support",
  isHere: "here now",
  isAway: "not here right now",
  log: "Messages",
  older: "Show earlier messages",
  joined: "{name} joined",
  released: "Back in the queue: the next free technician takes over",
  reopened: "Open again",
  solvedBy: "Solved with {name}",
  solvedPlain: "Solved",
  writeAgain: "It is back? Write again",
  sending: "Sending…",
  sent: "Delivered",
  seen: "Seen",
  failed: "Not sent.",
  retry: "Try again",
  copy: "Copy",
  copied: "Copied",
  drop: "Delete",
  removed: "Message removed",
  edited: "edited",
  typing: "{name} is typing…",
  place: "You are number {n} in line.",
  next: "You are next.",
  wait: "About {span} to go, as far as we can tell.",
  waitUnknown: "How long it takes we cannot say yet.",
  stay: "You may close this: we keep your place.",
  nobodyWait: "Nobody is here right now. Your message is kept, and the answer will be here.",
  reconnecting: "Reconnecting… your message is kept.",
  below: { one: "{n} new message", other: "{n} new messages" },
  down: "To the newest message",
  closed: "Chat with us",
  before: "I have chatted before",
  more: "Your history and this computer",
  stillFixed: "Is it still fixed?",
  heldYes: "Yes, still works",
  heldNo: "No, it is back",
  heldLater: "Later",
  heldThanks: "Good to hear. Thank you!",
  writeBack: "What happens now?",
  foundHome: {
    one: "We have found your earlier conversation.",
    other: "We have found your {n} earlier conversations.",
  },
  foundHere: {
    one: "Your earlier conversation is here again",
    other: "Your {n} earlier conversations are here again",
  },
  errTooLarge: "It is too long.",
  errRate: "Too many messages at once.",
  errForbidden: "This conversation cannot be written to from here.",
  errInvalid: "Something in it was not accepted.",
  errOther: "Something went wrong on our side.",
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
      const sentence = words[key];
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
