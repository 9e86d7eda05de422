/**
 * Times in words, by `Intl` alone. Every function takes the locale and, where it matters, "now", so that
 * what it says can be tested.
 * @typedef {string|number|Date} When
 * @typedef {{locale?: string, now?: When, timeZone?: string}} TimeOptions
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @type {Map<string, any>} making a formatter costs ~50 µs; a list of messages asks for hundreds */
const made = new Map();

/**
 * @template T
 * @param {new (locale: string|undefined, options: any) => T} Kind
 * @param {string|undefined} locale
 * @param {object} options
 * @returns {T}
 */
function formatter(Kind, locale, options) {
  const key = Kind.name + locale + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Kind(locale, options));
  return made.get(key);
}

/** "10:03"
 * @param {When} when
 * @param {TimeOptions} [options]
 */
export function clock(when, { locale, timeZone } = {}) {
  return formatter(Intl.DateTimeFormat, locale, { hour: "numeric", minute: "2-digit", timeZone }).format(
    new Date(when),
  );
}

/** A number that is the same for two moments of the same local day, and one more for the next day.
 * @param {When} when
 * @param {TimeOptions} [options]
 */
export function dayNumber(when, { timeZone } = {}) {
  const parts = formatter(Intl.DateTimeFormat, "en-u-ca-gregory-nu-latn", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    timeZone,
  }).formatToParts(new Date(when));
  const value = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return Math.round(Date.UTC(value("year"), value("month") - 1, value("day")) / 86_400_000);
}

/** "Today", "Yesterday", "3 March", "3 March 2024"
 * @param {When} when
 * @param {TimeOptions} [options]
 */
export function day(when, { locale, now = Date.now(), timeZone } = {}) {
  const back = dayNumber(when, { timeZone }) - dayNumber(now, { timeZone });
  if (back === 0 || back === -1) {
    const word = formatter(Intl.RelativeTimeFormat, locale, { numeric: "auto" }).format(back, "day");
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
  }
  return date(when, { locale, now, timeZone });
}

/** "3 March", with the year when it is another one
 * @param {When} when
 * @param {TimeOptions} [options]
 */
export function date(when, { locale, now = Date.now(), timeZone } = {}) {
  const year = (/** @type {When} */ at) =>
    formatter(Intl.DateTimeFormat, "en-u-ca-gregory", { year: "numeric", timeZone }).format(new Date(at));
  const options = year(when) === year(now) ? {} : { year: "numeric" };
  return formatter(Intl.DateTimeFormat, locale, { day: "numeric", month: "long", timeZone, ...options })
    .format(
      new Date(when),
    );
}

/** "10:03" today, else "Yesterday 10:03", "3 March 10:03"
 * @param {When} when
 * @param {TimeOptions} [options]
 */
export function moment(when, options = {}) {
  const { now = Date.now(), timeZone } = options;
  const time = clock(when, options);
  return dayNumber(when, { timeZone }) === dayNumber(now, { timeZone })
    ? time
    : `${day(when, options)} ${time}`;
}

/** "just now", "5 minutes ago", "yesterday", "4 months ago"
 * @param {When} when
 * @param {TimeOptions & {justNow?: string}} [options] `justNow`: the words for less than a minute
 */
export function ago(when, { locale, now = Date.now(), justNow } = {}) {
  const seconds = Math.max(0, (new Date(now).getTime() - new Date(when).getTime()) / 1000);
  const relative = formatter(Intl.RelativeTimeFormat, locale, { numeric: "auto" });
  if (seconds < MINUTE) {
    return justNow ?? (/^en\b/.test(locale ?? "en") ? "just now" : relative.format(0, "second"));
  }
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  if (seconds < 14 * DAY) return relative.format(-Math.floor(seconds / DAY), "day");
  if (seconds < 61 * DAY) return relative.format(-Math.floor(seconds / (7 * DAY)), "week");
  if (seconds < 365 * DAY) return relative.format(-Math.floor(seconds / (30.44 * DAY)), "month");
  return relative.format(-Math.floor(seconds / (365.25 * DAY)), "year");
}

/** How long somebody has waited, as a stopwatch: "0:07", "4:12", "1:04:12"
 * @param {number} seconds
 */
export function waiting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / HOUR);
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  return hours ? `${hours}:${two(minutes)}:${two(whole % MINUTE)}` : `${minutes}:${two(whole % MINUTE)}`;
}

/** A length of time in words, rounded to what one would say: "40 seconds", "5 minutes", "2 hours"
 * @param {number} seconds
 * @param {TimeOptions} [options]
 */
export function span(seconds, { locale } = {}) {
  const say = (/** @type {number} */ amount, /** @type {string} */ unit) =>
    formatter(Intl.NumberFormat, locale, { style: "unit", unit, unitDisplay: "long" }).format(amount);
  if (seconds < 55) return say(Math.max(10, Math.round(seconds / 10) * 10), "second");
  if (seconds < 55 * MINUTE) return say(Math.max(1, Math.round(seconds / MINUTE)), "minute");
  if (seconds < 22 * HOUR) return say(Math.max(1, Math.round(seconds / HOUR)), "hour");
  return say(Math.max(1, Math.round(seconds / DAY)), "day");
}
