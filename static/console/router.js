/** The address: "#<conversation>" or "#<conversation>/details". No DOM in `readAddress`. */

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * @param {string} hash
 * @returns {{conversation: string | null, pane: "list" | "talk" | "details"}} pane: what a phone shows
 */
export function readAddress(hash) {
  const [id, pane] = hash.replace(/^#/, "").split("/");
  if (!ID.test(id)) return { conversation: null, pane: "list" };
  return { conversation: id.toLowerCase(), pane: pane === "details" ? "details" : "talk" };
}

/** @param {() => void} onChange */
export function watchAddress(onChange) {
  globalThis.addEventListener("hashchange", onChange);
}
