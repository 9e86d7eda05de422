/**
 * The server said no, for a reason with a name.
 * `retry` true: keep it and try again (after `retryAfter` seconds); false: tell the person and let go.
 */
export class Refused extends Error {
  /** @param {Record<string, any>} answer an `error` frame, or the body of an HTTP error */
  constructor(answer) {
    super(answer.message || answer.code || "refused");
    this.name = "Refused";
    /** @type {string} */
    this.code = answer.code || "unavailable";
    /** @type {boolean} */
    this.retry = Boolean(answer.retry);
    /** @type {number|null} seconds */
    this.retry_after = typeof answer.retry_after === "number" ? answer.retry_after : null;
    /** @type {Record<string, string[]|string>} */
    this.fields = answer.fields || {};
    /** @type {any} what is true instead, with `conflict` */
    this.current = answer.current ?? null;
    /** @type {string|null} why an identity was refused */
    this.reason = answer.reason ?? null;
    /** @type {number} HTTP status, 0 from a socket */
    this.status = answer.status ?? 0;
  }
}

/** No answer came: the connection went away or the time ran out. The request may or may not have been done. */
export class Lost extends Error {
  constructor(message = "connection lost") {
    super(message);
    this.name = "Lost";
  }
}
