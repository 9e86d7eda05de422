import { make, text } from "../shared/dom.js";

/** @typedef {import("./pages.js").Around} Around */

/**
 * A big button with a line on what it does.
 * @param {string} name
 * @param {string} how
 * @param {() => void} onclick
 */
export function choice(name, how, onclick) {
  return make(
    "button",
    { type: "button", class: "row", onclick },
    make("span", { class: "what" }, make("b", {}, name), ...how ? [make("small", {}, how)] : []),
  );
}

/** @param {Around} around @param {() => void} [after] */
export function sharedSwitch({ chat, speech: { t } }, after) {
  const say = make("small", { id: "sharedSay" });
  const button = make(
    "button",
    { type: "button", class: "row switch", role: "switch", "aria-describedby": "sharedSay" },
    make("span", { class: "what" }, make("b", {}, t("sharedTitle")), make("small", {}, t("sharedHint"))),
    make("i", { class: "knob", "aria-hidden": "true" }),
  );
  const draw = () => {
    button.setAttribute("aria-checked", String(chat.person.shared));
    text(say, t(chat.person.shared ? "sharedOn" : "sharedOff"));
  };
  button.onclick = async () => {
    const done = chat.person.share(!chat.person.shared);
    draw();
    after?.();
    await done;
  };
  draw();
  return make("div", { class: "shared" }, button, say);
}

/**
 * Something that cannot be taken back: asked in its place, before it is done.
 * @param {import("./words.js").Speech["t"]} t
 * @param {{ask: string, sure: string, yes: string, say?: string}} words `say`: the button's full name
 * @param {() => Promise<void>} run what it throws is told
 */
export function certain(t, words, run) {
  const open = make("button", { type: "button", class: "quiet", "aria-label": words.say }, words.ask);
  const problem = make("p", { class: "error", role: "alert", hidden: true });
  const yes = make("button", { type: "button", class: "quiet bad" }, words.yes);
  const no = make("button", { type: "button", class: "quiet" }, t("keepIt"));
  const box = make(
    "div",
    { class: "sure", role: "group", "aria-label": words.say ?? words.ask, hidden: true },
    make("p", {}, words.sure),
    make("p", { class: "pair" }, yes, no),
    problem,
  );
  const turn = (/** @type {boolean} */ asked) => {
    box.hidden = !asked;
    open.hidden = asked;
    (asked ? no : open).focus(); // the harmless one
  };
  open.onclick = () => turn(true);
  no.onclick = () => turn(false);
  box.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    turn(false);
  };
  yes.onclick = async () => {
    yes.disabled = true;
    try {
      await run();
    } catch {
      problem.hidden = false;
      text(problem, t("lostNow"));
    }
    yes.disabled = false;
  };
  return make("div", { class: "certain" }, open, box);
}
