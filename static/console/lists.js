/** Which list each row stands in, and in which order. */

/** @typedef {import("./types.js").Row} Row */
/** @typedef {{waiting: Row[], mine: Row[], others: Row[]}} Lists */

/**
 * @param {Iterable<Row>} rows
 * @param {(row: Row) => boolean} isMine
 * @returns {Lists}
 */
export function sortedLists(rows, isMine) {
  /** @type {Lists} */
  const lists = { waiting: [], mine: [], others: [] };
  for (const row of rows) {
    if (row.status === "waiting") lists.waiting.push(row);
    else if (isMine(row)) lists.mine.push(row);
    else lists.others.push(row);
  }
  return {
    waiting: urgentFirst(byTime(lists.waiting, (row) => row.waiting_since ?? row.opened_at)),
    // Newest on top and never jumping with each message: a row must not slip away under the pointer.
    mine: urgentFirst(byTime(lists.mine, (row) => row.opened_at).reverse()),
    others: byTime(lists.others, (row) => row.last?.at ?? row.opened_at).reverse(),
  };
}

/** Whoever comes back because a fix did not hold has waited once already. @param {Row[]} rows */
function urgentFirst(rows) {
  return rows.some((row) => row.urgent)
    ? [...rows.filter((row) => row.urgent), ...rows.filter((row) => !row.urgent)]
    : rows;
}

/**
 * Oldest first. Each time is parsed once: with thousands waiting, parsing inside the comparison is what costs.
 *
 * @param {Row[]} rows
 * @param {(row: Row) => string} time
 * @returns {Row[]}
 */
function byTime(rows, time) {
  return rows
    .map((row) => ({ row, at: Date.parse(time(row)) }))
    .sort((a, b) => a.at - b.at || (a.row.id < b.row.id ? -1 : 1))
    .map(({ row }) => row);
}
