/**
 * The page behind the links in mails. What stands after the # is secret: it is taken out of the address bar at once,
 * and sent to nobody but our own server, in the body of a request. Opening the page changes nothing.
 */
import { make, part, text, toggle } from "../shared/dom.js";

/**
 * @typedef {{purpose: string, inbox: string, at?: string, problem?: string, fix?: string, here?: boolean}} Shown
 * @typedef {{label: string, answer?: string, plain?: boolean, done?: string}} Choice
 * A choice with `done` asks nothing of the server.
 * @typedef {{heading: string, lead: string, what?: string, choices: Choice[]}} View
 */

const page = /** @type {HTMLElement} */ (document.getElementById("link"));
const LOST = "That did not get through. Please try again.";
const NOTHING = "Then there is nothing to do. You can close this page.";

/** @param {string|undefined} at */
function day(at) {
  return at ? new Intl.DateTimeFormat("en-GB", { dateStyle: "long" }).format(new Date(at)) : "that day";
}

/** @type {Record<string, (shown: Shown) => View>} */
const VIEWS = {
  yes_me: ({ inbox, at }) => ({
    heading: "Was this you?",
    lead: `On ${day(at)} somebody talked with ${inbox} and gave your address as theirs.`,
    what:
      "If it was you, we mail you what was said, and from then on this address opens your conversations. " +
      "Say yes only if you remember the conversation.",
    choices: [{ label: "Yes, this was me" }, { label: "No", plain: true, done: NOTHING }],
  }),
  not_me: ({ inbox, at }) => ({
    heading: "Was this not you?",
    lead: `On ${day(at)} a technician of ${inbox} recognised somebody as you and opened your earlier ` +
      "conversations to them.",
    what: "If you say that it was not you, their access ends at once, and we look into it.",
    choices: [
      { label: "This was not me" },
      { label: "It was me", plain: true, done: NOTHING },
    ],
  }),
  held: ({ inbox, at }) => ({
    heading: "Is it still fixed?",
    lead: `On ${day(at)} ${inbox} helped you with this.`,
    what:
      "If it came back, your conversation opens again with everything that is known, and you are served first.",
    choices: [
      { label: "Yes, it is fixed", answer: "yes" },
      { label: "No, it came back", answer: "no", plain: true },
    ],
  }),
  mailbox: ({ inbox, here }) =>
    here
      ? {
        heading: "Open your conversations in this browser?",
        lead: `Your earlier conversations with ${inbox} are then shown in the chat window again.`,
        choices: [{ label: "Open my conversations" }],
      }
      : {
        heading: "Please use the six digits",
        lead: "This link works only in the browser that you asked from.",
        what: "Go back to the chat window there and type the six digits from the mail.",
        choices: [],
      },
};

/** @type {View} */
const GONE = {
  heading: "This link does not work any more",
  lead: "It was used already, its time is over, or a part of it got lost on the way.",
  what: "If you still need us, go back to the site that you came from and open the chat.",
  choices: [],
};

let token = "";

/**
 * @param {string} call
 * @param {Record<string, string>} body
 * @returns {Promise<{status: number, body: any}>}
 */
async function ask(call, body) {
  const answer = await fetch(`/api/widget/v1/${call}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    referrerPolicy: "no-referrer",
    cache: "no-store",
  });
  return { status: answer.status, body: await answer.json().catch(() => ({})) };
}

/**
 * @param {View} view
 * @param {Shown} [shown]
 */
function show(view, shown) {
  text(part(page, "heading"), view.heading);
  text(part(page, "lead"), view.lead);
  text(part(page, "what"), view.what);
  toggle(part(page, "what"), Boolean(view.what));
  text(part(page, "problem"), shown?.problem);
  text(part(page, "fix"), shown?.fix);
  toggle(part(page, "facts"), Boolean(shown?.fix));
  part(page, "choices").replaceChildren(...view.choices.map(button));
  toggle(part(page, "choices"), view.choices.length > 0);
  fail("");
  page.setAttribute("aria-busy", "false");
  document.title = `${view.heading} · Rapport`;
}

/** @param {Choice} choice */
function button(choice) {
  return make(
    "button",
    {
      type: "button",
      class: choice.plain ? "button plain" : "button",
      "aria-describedby": "wrong",
      onclick: () => choose(choice),
    },
    choice.label,
  );
}

/** @param {Choice} choice */
async function choose(choice) {
  if (page.getAttribute("aria-busy") === "true") return;
  if (choice.done) return finish("Thank you", choice.done);
  busy(true);
  try {
    const { status, body } = await ask(
      "link/use",
      choice.answer ? { token, answer: choice.answer } : { token },
    );
    if (status === 200) finish("Done", body.done);
    else if (status === 403) finish(GONE.heading, body.message ?? GONE.lead, GONE.what);
    else fail(LOST);
  } catch {
    fail(LOST);
  }
  busy(false);
}

/** @param {boolean} is */
function busy(is) {
  page.setAttribute("aria-busy", String(is));
  for (const one of page.querySelectorAll("button")) one.setAttribute("aria-disabled", String(is));
}

/**
 * @param {string} heading
 * @param {string} lead
 * @param {string} [what]
 */
function finish(heading, lead, what) {
  show({ heading, lead, what, choices: [] });
  part(page, "heading").focus();
}

/** @param {string} sentence */
function fail(sentence) {
  text(part(page, "wrong"), sentence);
  toggle(part(page, "wrong"), sentence !== "");
}

async function look() {
  page.setAttribute("aria-busy", "true");
  try {
    const { status, body } = await ask("link", { token });
    const view = VIEWS[body.purpose];
    if (status === 200 && view) return show(view(body), body);
    if (status === 400 || status === 403) return show(GONE);
  } catch {
    // as for an answer that makes no sense
  }
  show({ heading: "One moment", lead: "Your link could not be looked at.", choices: [] });
  fail(LOST);
  part(page, "choices").replaceChildren(
    make("button", { type: "button", class: "button", onclick: look }, "Try again"),
  );
  toggle(part(page, "choices"), true);
}

function begin() {
  token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  if (token) look();
  else show(GONE);
}

// Another link opened in the same window changes only what stands after the #.
addEventListener("hashchange", () => location.hash && begin());
begin();
