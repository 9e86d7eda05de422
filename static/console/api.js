/** The few things the console asks over HTTP instead of the socket. */

import { Lost, Refused } from "../shared/errors.js";

/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Row} Row */

/**
 * What the conversation suggests as its outcome.
 *
 * @param {string} id
 * @returns {Promise<Outcome>}
 * @throws Refused or Lost
 */
export function outcomeDraft(id) {
  return get(`/api/v1/conversations/${encodeURIComponent(id)}/outcome-draft`);
}

/**
 * The row of a conversation that is in none of the lists.
 *
 * @param {string} id
 * @returns {Promise<Row>}
 * @throws Refused or Lost
 */
export function conversationRow(id) {
  return get(`/api/v1/conversations/${encodeURIComponent(id)}`);
}

/** @param {string} path @returns {Promise<any>} */
async function get(path) {
  let answer;
  let body;
  try {
    answer = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    body = await answer.json();
  } catch {
    if (!answer) throw new Lost();
    body = {};
  }
  if (!answer.ok) {
    throw new Refused({
      code: answer.status === 404 ? "not_found" : "unavailable",
      ...body,
      status: answer.status,
    });
  }
  return body;
}
