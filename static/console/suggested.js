/** Who somebody may be, in an order that stands still and in words. No DOM. */

/** @typedef {import("./types.js").Suggestion} Suggestion */

/**
 * The order in which suggestions are shown. While somebody is looking at them nothing moves: what is there keeps
 * its place, what is no longer suggested stays as withdrawn, what is new comes last.
 *
 * @param {readonly Suggestion[]} shown
 * @param {readonly Suggestion[]} arrived
 * @param {boolean} looking
 * @returns {Suggestion[]}
 */
export function steady(shown, arrived, looking) {
  const best = [...arrived].sort((a, b) =>
    Number(likely(b)) - Number(likely(a)) || b.score - a.score || (a.customer < b.customer ? -1 : 1)
  );
  if (!looking) return best;
  const now = new Map(best.map((one) => [one.customer, one]));
  const held = new Set(shown.map((one) => one.customer));
  return [
    ...shown.map((one) => now.get(one.customer) ?? { ...one, withdrawn: true }),
    ...best.filter((one) => !held.has(one.customer)),
  ];
}

/**
 * What to say aloud when suggestions have changed: only who is new or has become likely, and only the best.
 *
 * @param {readonly Suggestion[]} before
 * @param {readonly Suggestion[]} after
 * @returns {string} "" when there is nothing to say
 */
export function newsOf(before, after) {
  const known = new Map(before.map((one) => [one.customer, one]));
  const news = steady([], after, false).filter((one) => {
    const was = known.get(one.customer);
    return !was || (likely(one) && !likely(was));
  });
  if (!news.length) return "";
  const [first, ...rest] = news;
  const reasons = first.reasons.slice(0, 2).join(", ");
  const more = rest.length ? ` ${rest.length} more below.` : "";
  return `${levelWords(first)}: ${first.name}.${reasons ? ` Because: ${reasons}.` : ""}${more}`;
}

/** "Likely, not proven" @param {Pick<Suggestion, "level">} suggestion */
export function levelWords({ level }) {
  return level === "likely" ? "Likely, not proven" : "Possible, not proven";
}

/** "97 of 100"; never the whole hundred, since nothing is proven. @param {number} score 0 to 1 */
export function scoreWords(score) {
  return `${Math.max(1, Math.min(99, Math.round(score * 100)))} of 100`;
}

/** @param {Pick<Suggestion, "level">} suggestion */
export function likely({ level }) {
  return level === "likely";
}
