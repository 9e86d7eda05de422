/**
 * What this tab keeps for as long as its window is open, so that a reload leads back to where one was: the
 * conversation one looked at, a question put off, an address a code was sent to. Empty where nothing is kept.
 * @param {string} key of the inbox
 * @param {string} name
 * @param {string} [value] remember this; empty: forget it
 * @returns {string}
 */
export function remembered(key, name, value) {
  const place = `rapport.${key}.${name}`;
  try {
    if (value) sessionStorage.setItem(place, value);
    else if (value === "") sessionStorage.removeItem(place);
    return sessionStorage.getItem(place) ?? "";
  } catch {
    return "";
  }
}

/**
 * Storage that ends with the window; null where the browser refuses it.
 * @returns {Storage|null}
 */
export function windowShelf() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
