const FIRST = 500;
const LONGEST = 30_000;

/**
 * Full-jitter back-off: somewhere between nothing and a ceiling that doubles from 0.5 s to 30 s, so that
 * thousands of clients which lost the same server do not come back in the same second.
 * @param {number} attempt how many tries have failed before this one, from 0
 * @param {() => number} random
 * @param {{floor?: number, spread?: number}} [bounds] `floor`: never sooner (what the server asked for);
 *   `spread`: the ceiling is at least this; both in milliseconds
 * @returns {number} milliseconds to wait
 */
export function backoff(attempt, random, { floor = 0, spread = 0 } = {}) {
  const ceiling = Math.max(spread, Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10)));
  return floor + random() * ceiling;
}
