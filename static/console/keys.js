/** Keyboard: everything with a modifier, so that nobody types into the void by accident. */

/**
 * @typedef {object} Commands
 * @property {(step: 1 | -1) => void} step next or previous conversation
 * @property {() => void} flip reply or note
 * @property {() => void} claim
 * @property {() => void} recognise
 * @property {() => void} resolve
 * @property {() => void} back out of what is open
 * @property {() => void} help
 * @property {() => boolean} helpKey whether "?" alone is switched on
 */

/** @type {[string, string][]} shown in the help */
export const KEYS = [
  ["Alt + ↓", "Next conversation"],
  ["Alt + ↑", "Previous conversation"],
  ["Alt + N", "Reply or note"],
  ["Alt + C", "Claim the conversation on the screen"],
  ["Alt + R", "Who is this? Ask and confirm"],
  ["Ctrl + Shift + Enter", "Resolve it"],
  ["Enter", "Send"],
  ["Shift + Enter", "New line"],
  ["Ctrl + Enter", "Save in a dialog"],
  ["Esc", "Close, or back to the list"],
  ["?", "This help, when not writing"],
];

/** @param {Commands} commands */
export function listenToKeys(commands) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog:modal")) return;
    const run = commandFor(event, commands, isWriting(event.target));
    if (!run) return;
    event.preventDefault();
    run();
  });
}

/**
 * @param {Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">} event
 * @param {Commands} commands
 * @param {boolean} writing
 * @returns {(() => void) | null}
 */
export function commandFor(event, commands, writing) {
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey && !control) {
    if (event.key === "ArrowDown") return () => commands.step(1);
    if (event.key === "ArrowUp") return () => commands.step(-1);
    // By place on the keyboard: on a Mac, Alt turns the letters into others.
    if (event.code === "KeyN") return commands.flip;
    if (event.code === "KeyC") return commands.claim;
    if (event.code === "KeyR") return commands.recognise;
    return null;
  }
  if (control && event.shiftKey && event.key === "Enter") return commands.resolve;
  if (control) return null;
  if (event.key === "Escape") return commands.back;
  if (event.key === "?" && !writing && commands.helpKey()) return commands.help;
  return null;
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=radio],[type=checkbox]), textarea, select"));
}
