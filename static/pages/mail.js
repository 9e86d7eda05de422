/**
 * Says when there is a newer mail than the page shows. Whoever just comes back to this window gets it at once; under
 * somebody's eyes nothing moves by itself.
 */
import { part, toggle } from "../shared/dom.js";

const page = /** @type {HTMLElement} */ (document.getElementById("mails"));
const EVERY = 3000;

/** Whether the server has a mail that is not shown here. */
async function newer() {
  const answer = await fetch(location.pathname, {
    headers: { Accept: "application/json" },
    cache: "no-store",
  });
  if (!answer.ok) return false;
  const mails = await answer.json();
  if (!mails.length) return false;
  const newest = Date.parse(mails[0].at);
  return mails.length > Number(page.dataset.count) ||
    newest > Math.floor(Date.parse(page.dataset.newest || ""));
}

/** @param {boolean} arriving whether the person has just come to this window */
async function look(arriving) {
  if (document.hidden) return;
  try {
    if (!(await newer())) return;
    if (arriving) location.reload();
    else toggle(part(page, "news"), true);
  } catch {
    // the server is away; the next look will tell
  }
}

document.addEventListener("visibilitychange", () => look(true));
setInterval(() => look(false), EVERY);
