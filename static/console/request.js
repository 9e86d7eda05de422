/** One call over HTTP: JSON both ways, refusals as errors with a name. */

import { Lost, Refused } from "../shared/errors.js";

/** What a status means when the body does not say. @type {Record<number, string>} */
const CODES = { 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict" };

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {{fetch?: typeof fetch, token?: () => string}} [how] token: what shows that our own page asks
 * @returns {Promise<any>} the answer's body; null where there is none
 * @throws Refused, or Lost when no answer came: it may or may not have been done
 */
export async function request(method, path, body, { fetch: ask = fetch, token = csrfToken } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await ask(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new Lost();
  }
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Refused({ code: CODES[answer.status] ?? "unavailable", ...said, status: answer.status });
  }
  // Cut off in the middle: done, but what was answered is not known.
  if (said === null) throw new Lost();
  return said;
}

/** The cookie is newer than the page when the technician has logged in again in another tab. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith("rapport_csrf="));
  if (cookie) return cookie.slice("rapport_csrf=".length);
  const config = document.getElementById("config")?.textContent;
  return config ? JSON.parse(config).csrf : "";
}
