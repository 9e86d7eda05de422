/** The return card: the first thing a technician sees of somebody who has been here before. */

import { make } from "../shared/dom.js";
import { ago, date } from "../shared/time.js";
import { timing } from "./when.js";
import { button, icon, pill, unseen } from "./ui.js";
import { fixState, identityWords, label } from "./words.js";

/** @typedef {import("./types.js").ReturnCard} ReturnCard */
/** @typedef {import("./types.js").LastFix} LastFix */

/**
 * @param {ReturnCard} card
 * @param {boolean} known whether earlier conversations are on file
 * @param {string} here the conversation on the screen
 * @param {{insert: (steps: string) => void, openPast: (id: string) => void}} on
 * @returns {HTMLElement}
 */
export function returnCard(card, known, here, on) {
  if (!card.returning && !known) return firstTime();
  const last = card.last;
  const section = make("section", { class: "card back", "aria-label": "Return card" });
  const words = last ? `Back · ${ago(last.at, timing())}` : "Been here before";
  const heading = make("h3", {}, icon("again"), make("span", {}, words));
  if (last?.fix) heading.append(statePill(last.state));
  section.append(heading);
  section.append(make("p", { class: "sure" }, sureWords(card)));
  if (!last) {
    section.append(
      make("p", { class: "small" }, "No fix was written down last time. Scroll up to read what was said."),
    );
    return section;
  }
  section.append(facts(last));
  const changes = changed(card);
  if (changes) section.append(changes);
  const acts = make("div", { class: "acts" });
  if (last.fix) {
    const insert = button("Insert these steps", () => on.insert(last.fix), "go");
    insert.title = "Puts the fix into your reply, where you can change it before sending";
    acts.append(insert);
  }
  // A reopened conversation is its own past: what was said is right beside it.
  if (last.conversation !== here) acts.append(button("What was said", () => on.openPast(last.conversation)));
  section.append(acts);
  return section;
}

function firstTime() {
  return make(
    "section",
    { class: "card first" },
    make("h3", {}, "First conversation"),
    make(
      "p",
      { class: "small" },
      "Nobody has helped this customer here before. What you write down when you resolve is what helps next time.",
    ),
  );
}

/** @param {string} state */
function statePill(state) {
  const { text, tone } = fixState(state);
  return pill(text, tone);
}

/** @param {ReturnCard} card */
function sureWords({ person }) {
  const identity = identityWords(person.identity, true);
  return `${person.name}. ${identity.long}`;
}

/** @param {LastFix} last */
function facts(last) {
  const list = make("dl", { class: "facts" });
  /** @param {string} name @param {string} value @param {string} [kind] */
  const line = (name, value, kind = "") => {
    if (value) list.append(make("dt", {}, name), make("dd", { class: kind, dir: "auto" }, value));
  };
  line("Problem", last.problem);
  line("Cause", last.cause);
  line("Fix", last.fix, "fix");
  line("With", [last.technician, date(last.at, timing()), last.case_code].filter(Boolean).join(" · "));
  return list;
}

/** Only the differences; what stayed the same is not worth reading. @param {ReturnCard} card */
function changed({ changed: changes }) {
  if (!changes?.length) return null;
  const list = make("dl", { class: "facts" });
  for (const { what, from, to } of changes) {
    const line = make("dd", { dir: "auto" });
    if (from) line.append(make("del", {}, from));
    line.append(make("span", { "aria-hidden": "true" }, from ? " → " : ""), unseen(from ? " became " : ""));
    line.append(make("ins", {}, to || "not known"));
    list.append(make("dt", {}, label(what)), line);
  }
  return make("div", { class: "changed" }, make("h4", {}, "Changed since"), list);
}
