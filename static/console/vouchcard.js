/** A colleague's word that waits for a second person. */

import { make } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { keys } from "./known.js";
import { byName, isMe } from "./knownwords.js";
import { actButton, actError, button, icon, pill } from "./ui.js";
import { timing } from "./when.js";

/** @param {import("./panel.js").Scene} scene */
export function vouchCard({ row, context, known, on, me, nameOf }) {
  const vouch = /** @type {import("./types.js").Vouch} */ (context.return_card.vouch);
  const mine = isMe(vouch.by, me);
  const heading = make("h3", {}, make("span", {}, "Is this ", make("bdi", {}, vouch.name), "?"));
  heading.append(pill("Waits for a second person", "wait"));
  const made = make("section", { class: "card maybe", "aria-label": "Waits for a second person" }, heading);
  const who = mine ? "You say" : `${byName(vouch.by, nameOf) || "A colleague"} says`;
  made.append(
    make(
      "p",
      {},
      `${who} that this customer is `,
      make("bdi", {}, vouch.name),
      ".",
    ),
    make("p", { class: "small" }, moment(vouch.at, timing())),
  );
  if (vouch.reason) made.append(make("p", { class: "small", dir: "auto" }, vouch.reason));
  if (vouch.facts.length) {
    const list = make("ul", { class: "why", "aria-label": "What matched" });
    for (const fact of vouch.facts) list.append(make("li", {}, make("bdi", {}, fact)));
    made.append(make("h4", {}, "What matched"), list);
  }
  if (mine) {
    made.append(
      make("p", { class: "small" }, "Another technician has to agree. Until then nothing is shown."),
    );
    return made;
  }
  const act = known.act(keys.agree(vouch.id));
  made.append(
    make("p", { class: "small" }, "If you agree, this customer's browser sees their earlier conversations."),
    make(
      "div",
      { class: "acts" },
      actButton(
        act,
        { name: "agree", idle: "Agree", busy: "Agreeing …", done: "Agreed" },
        () => known.agree(row.id, vouch.id),
        "go",
      ),
      button("Refuse …", () => on.refuse(vouch)),
    ),
    ...actError(act),
  );
  return made;
}

/** What came of recognising somebody, until it has been read. @param {import("./panel.js").Scene} scene */
export function resultCard({ row, known }) {
  const close = make(
    "button",
    { type: "button", class: "quiet", "aria-label": "Close", onclick: () => known.tell(row.id, "") },
    icon("close"),
  );
  return make("section", { class: "card came" }, make("p", {}, known.result(row.id)), close);
}
