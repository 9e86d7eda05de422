/** What the modal dialogs share: opening, closing by Escape, Ctrl + Enter to save. */

/**
 * @param {HTMLDialogElement} dialog
 * @param {{onSave?: () => void}} [options]
 */
export function prepare(dialog, { onSave } = {}) {
  dialog.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    // The backdrop belongs to the dialog element itself; its contents lie in the form.
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && onSave) {
      event.preventDefault();
      onSave();
    }
  });
}
