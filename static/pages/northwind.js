/**
 * What a host page may do with the widget: say what the visit is about, and open it from a button of its own.
 * Calls wait in the queue until the widget is there, so the order of the two scripts does not matter.
 */
/** @type {any} */
const page = globalThis;

/** @param {...unknown} call a method of the widget and its arguments */
function rapport(...call) {
  const widget = page.Rapport = page.Rapport || { q: [] };
  const [name, ...given] = /** @type {[string, ...unknown[]]} */ (call);
  if (widget.open) widget[name](...given);
  else (widget.q = widget.q || []).push(call);
}

rapport("setContext", { product: "PSC 2210v" });

document.querySelector("[data-chat]")?.addEventListener("click", () => rapport("open"));
