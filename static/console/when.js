/** The server's clock and the page's language, for everything that says a time. */

let offset = 0;

/** @param {string | undefined} iso what the server's clock says now; a technician's may be years off */
export function setServerTime(iso) {
  const time = Date.parse(iso ?? "");
  if (!Number.isNaN(time)) offset = time - Date.now();
}

/** @returns {number} milliseconds */
export function now() {
  return Date.now() + offset;
}

/** @returns {import("../shared/time.js").TimeOptions} */
export function timing() {
  return { locale: locale(), now: now() };
}

/** The page's language in the technician's own manner: English with "3 March" for one who reads en-GB. */
function locale() {
  const page = globalThis.document?.documentElement.lang;
  return page ? navigator.languages.find((one) => one.split("-")[0] === page) ?? page : undefined;
}
