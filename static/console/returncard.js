/** The return card: the first thing a technician sees of somebody who has been here before. */

import { make } from "../shared/dom.js";
import { ago, date } from "../shared/time.js";
import { sureWords } from "./knownwords.js";
import { stepActs } from "./steps.js";
import { timing } from "./when.js";
import { button, facts, icon, pill, unseen } from "./ui.js";
import { fixState, identityWords, label } from "./words.js";

/** @typedef {import("./types.js").ReturnCard} ReturnCard */
/** @typedef {import("./types.js").LastFix} LastFix */

/**
 * @param {import("./panel.js").Scene} scene
 * @param {boolean} returning whether they have been here before
 * @returns {HTMLElement}
 */
export function returnCard(scene, returning) {
  const { row, context, on } = scene;
  const card = context.return_card;
  if (!returning) return firstTime();
  const last = card.last;
  const section = make("section", { class: "card back", "aria-label": "Return card" });
  const words = last ? `Back · ${ago(last.at, timing())}` : "Been here before";
  const heading = make("h3", {}, icon("again"), make("span", {}, words));
  if (last?.fix) heading.append(statePill(last.state));
  const identity = identityWords(card.person.identity, true);
  section.append(
    heading,
    make(
      "p",
      { class: "sure" },
      make("bdi", {}, card.person.name),
      ". ",
      sureWords(card, identity.long, timing()),
    ),
  );
  if (!last) {
    section.append(
      make("p", { class: "small" }, "No fix was written down last time. Scroll up to read what was said."),
    );
    return section;
  }
  section.append(lastFacts(last));
  const changes = changed(card);
  if (changes) section.append(changes);
  // A reopened conversation is its own past: what was said is right beside it.
  const said = button("What was said", () => on.openPast(last.conversation), "plain");
  const more = last.conversation === row.id ? [] : [said];
  const past = { outcome: last.outcome, fix: last.fix, words: fixWords(last) };
  section.append(...stepActs(scene, past, { main: true, again: true, more }));
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
export function statePill(state) {
  const { text, tone } = fixState(state);
  return pill(text, tone);
}

/** Which fix that is, for whoever uses it once more. @param {LastFix} last */
export function fixWords({ at, technician }) {
  return `the fix of ${date(at, timing())}${technician ? `, with ${technician}` : ""}`;
}

/** @param {LastFix} last */
function lastFacts(last) {
  const fix = make("b", {}, last.fix);
  return facts([
    ["Problem", last.problem],
    ["Cause", last.cause],
    ["Fix", last.fix ? fix : ""],
    ["With", [last.technician, date(last.at, timing()), last.case_code].filter(Boolean).join(" · ")],
  ]);
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
