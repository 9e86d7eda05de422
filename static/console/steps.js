/** The buttons beside a past fix: send its steps, take them into the reply, note that they have helped again. */

import { make } from "../shared/dom.js";
import { clock } from "../shared/time.js";
import { keys } from "./known.js";
import { actButton, actError, button } from "./ui.js";
import { timing } from "./when.js";

/**
 * @param {import("./panel.js").Scene} scene
 * @param {{outcome?: string, fix: string, words: string}} past words: which fix that is
 * @param {{main?: boolean, again?: boolean, more?: HTMLElement[]}} [how] main: the one thing to do on its card;
 *   again: whether "this fixed it again" may be said
 * @returns {HTMLElement[]} the row of buttons, and what went wrong
 */
export function stepActs({ row, known, on }, { outcome, fix, words }, { main, again, more = [] } = {}) {
  const acts = make("div", { class: "acts" });
  const may = row.status !== "resolved" && fix;
  const act = known.act(keys.resend(row.id, outcome ?? ""));
  if (may && outcome) {
    acts.append(actButton(
      act,
      {
        name: `resend ${outcome}`,
        idle: "Resend these steps",
        busy: "Sending …",
        done: `Sent ${clock(act.at, timing())}`,
        title: "Sends the steps to the customer as they stand",
      },
      () => known.resend(row.id, outcome),
      main ? "go" : "",
    ));
  }
  if (may && outcome && again) {
    const noted = button("This fixed it again", () => on.fixedAgain(outcome, words));
    noted.title = "Resolve with the same problem, cause and fix; you can change them first";
    acts.append(noted);
  }
  acts.append(...more);
  if (fix) {
    const insert = button(
      "Put them into my reply",
      () => on.insert(fix),
      outcome || !main ? "plain" : "go",
    );
    insert.title = "You can change them before sending";
    acts.append(insert);
  }
  return [...(acts.childElementCount ? [acts] : []), ...actError(act)];
}
