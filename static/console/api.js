/** What the console asks over HTTP instead of the socket. Everything throws Refused or Lost. */

import { request } from "./request.js";

/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").ReturnCard} ReturnCard */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("./types.js").PromiseMade} PromiseMade */
/** @typedef {import("./types.js").Preview} Preview */
/** @typedef {{link?: string, grant?: string, expires_at?: string | null, vouch?: unknown}} Vouched
 *   `vouch`: it waits for a second person */

/** What the conversation suggests as its outcome. @param {string} id @returns {Promise<Outcome>} */
export function outcomeDraft(id) {
  return request("GET", of(id, "outcome-draft"));
}

/** The row of a conversation that is in none of the lists. @param {string} id @returns {Promise<Row>} */
export function conversationRow(id) {
  return request("GET", of(id));
}

/** @param {string} id @returns {Promise<ReturnCard>} */
export function returnCard(id) {
  return request("GET", of(id, "return-card"));
}

/**
 * @param {string} id
 * @param {string} outcome whose fix
 * @param {string} client_id the same for every attempt, so that a lost answer sends nothing twice
 * @returns {Promise<unknown>} the message
 */
export function resendFix(id, outcome, client_id) {
  return request("POST", of(id, "resend-fix"), { outcome, client_id });
}

/** @param {string} id @param {string} outcome @returns {Promise<Outcome>} to begin the resolve form with */
export function fixedAgain(id, outcome) {
  return request("POST", of(id, "fixed-again"), { outcome });
}

/** @param {string} id @param {string} customer the suggestion that is refused */
export function notSame(id, customer) {
  return request("POST", of(id, "not-same"), { customer });
}

/**
 * Open a history that is not proven to be this customer's. It is recorded.
 *
 * @param {string} id
 * @param {string} customer
 * @param {string} reason
 * @returns {Promise<{conversations: Past[]}>}
 */
export function disclose(id, customer, reason) {
  return request("POST", of(id, "disclosures"), { customer, reason });
}

/**
 * @param {string} id
 * @param {{customer: string, facts: string[], reason: string}} said
 * @returns {Promise<Vouched>}
 */
export function vouch(id, said) {
  return request("POST", of(id, "vouch"), said);
}

/** @param {string} vouch @returns {Promise<Vouched>} */
export function agree(vouch) {
  return request("POST", `/api/v1/vouches/${encodeURIComponent(vouch)}/agree`);
}

/** @param {string} vouch @param {string} reason */
export function refuse(vouch, reason) {
  return request("POST", `/api/v1/vouches/${encodeURIComponent(vouch)}/refuse`, { reason });
}

/** @param {string} a @param {string} b @returns {Promise<Preview>} */
export function previewLink(a, b) {
  return request("GET", `/api/v1/links/preview?${new URLSearchParams({ a, b })}`);
}

/** @param {string} a @param {string} b @param {string} reason @returns {Promise<{id: string}>} */
export function link(a, b, reason) {
  return request("POST", "/api/v1/links", { a, b, reason });
}

/** @param {string} link @param {string} reason */
export function unlink(link, reason) {
  return request("DELETE", `/api/v1/links/${encodeURIComponent(link)}`, { reason });
}

/**
 * @param {string} id
 * @param {string} text
 * @param {string | null} due_at
 * @returns {Promise<PromiseMade>}
 */
export function promise(id, text, due_at) {
  return request("POST", of(id, "promises"), due_at ? { text, due_at } : { text });
}

/** @param {string} promise */
export function kept(promise) {
  return request("POST", `/api/v1/promises/${encodeURIComponent(promise)}/kept`);
}

/** @param {string} id @param {string} [call] */
function of(id, call) {
  return `/api/v1/conversations/${encodeURIComponent(id)}${call ? `/${call}` : ""}`;
}
