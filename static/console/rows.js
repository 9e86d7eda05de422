/** What one event does to a conversation's row in the lists. */

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Event} Event */

/** As long as the preview that the server sends, so that both ways to a row agree. */
const PREVIEW = 140;

/**
 * The row as it is after `event`. Events that the row already contains change nothing, so it does not
 * matter whether a row or its events arrive first.
 *
 * @param {Row} row
 * @param {Event} event
 * @returns {Row}
 */
export function rowAfter(row, event) {
  if (event.seq <= row.last_seq) return row;
  const change = CHANGES[event.kind];
  return { ...row, ...(change ? change(row, event) : {}), last_seq: event.seq };
}

/**
 * Of two states of one row the one that knows more; reading never goes backwards.
 *
 * @param {Row | undefined} held
 * @param {Row} arrived
 * @returns {Row}
 */
export function newerRow(held, arrived) {
  if (!held || arrived.last_seq > held.last_seq) return arrived;
  if (arrived.last_seq < held.last_seq) return held;
  const seen_seq = Math.max(held.seen_seq, arrived.seen_seq);
  return held.read_seq > arrived.read_seq
    ? { ...arrived, seen_seq, read_seq: held.read_seq, unread: held.unread }
    : { ...arrived, seen_seq };
}

/**
 * Whether a customer reopened it by saying that the fix did not hold, and not just by writing again.
 *
 * @param {Event} event
 */
export function cameBack(event) {
  return event.kind === "reopened" && event.reopened?.reason === "it came back";
}

/**
 * @param {string} text
 * @returns {string}
 */
export function preview(text) {
  const letters = [...text];
  return letters.length <= PREVIEW ? text : letters.slice(0, PREVIEW).join("");
}

/** @type {Record<string, (row: Row, event: Event) => Partial<Row>>} */
const CHANGES = {
  message(row, event) {
    const message = event.message;
    if (!message) return {};
    const counts = event.by.kind === "customer" && event.seq > row.read_seq;
    return {
      last: {
        at: event.at,
        by: { kind: event.by.kind, name: event.by.name },
        text: preview(message.text),
        note: message.note,
      },
      unread: row.unread + (counts ? 1 : 0),
    };
  },
  assigned(row, event) {
    const technician = event.assigned?.technician ?? null;
    const team = namedTeam(event.assigned?.team ?? null, row);
    return technician ? { status: "active", technician, team, resolved_at: null, waiting_since: null } : {
      status: "waiting",
      technician: null,
      team,
      resolved_at: null,
      waiting_since: event.assigned?.waiting_since ?? event.at,
    };
  },
  resolved: (row, event) => ({
    status: "resolved",
    resolved_at: event.at,
    waiting_since: null,
    technician: row.technician ?? { id: event.by.id ?? "", name: event.by.name },
    ...(row.urgent ? { urgent: false } : {}),
  }),
  reopened: (_row, event) => ({
    status: "waiting",
    technician: null,
    resolved_at: null,
    waiting_since: event.at,
    ...(cameBack(event) ? { urgent: true } : {}),
  }),
};

/**
 * An event may name a team by its id alone; the row knows what it is called.
 *
 * @param {{id: string, name?: string} | null} team
 * @param {Row} row
 */
function namedTeam(team, row) {
  if (!team) return null;
  return row.team?.id === team.id ? row.team : { id: team.id, name: team.name ?? "" };
}
