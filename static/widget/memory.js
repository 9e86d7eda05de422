/**
 * The conversation this tab was last in, so that a reload leads back to it. Empty where nothing is kept.
 * @param {string} key of the inbox
 * @param {string} [conversation] remember this one; empty: none
 * @returns {string}
 */
export function remembered(key, conversation) {
  const name = `rapport.${key}.view`;
  try {
    if (conversation !== undefined) sessionStorage.setItem(name, conversation);
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}
