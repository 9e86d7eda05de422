/**
 * What the widget knows, and how each piece of news changes it. Pure: the same news in the same order gives
 * the same state, so snapshot and events can be compared in a test.
 *
 * @typedef {object} Conversation as in protocol.md, plus `seen_seq`
 * @property {string} id
 * @property {string} [case_code]
 * @property {string} [subject]
 * @property {"waiting"|"active"|"resolved"} status
 * @property {string} opened_at
 * @property {string|null} resolved_at
 * @property {{name: string}|null} technician
 * @property {number} last_seq
 * @property {number} read_seq
 * @property {number} [seen_seq]
 * @property {number} unread
 * @property {{problem?: string, cause?: string, fix?: string, state?: string}|null} outcome
 * @property {boolean} [ask_held] it is time to ask whether the fix has held
 * @property {number} [fresh] when it was opened here: a list that was made before does not know it
 *
 * @typedef {object} State
 * @property {"idle"|"ready"|"failed"|"closed"} phase closed: this page may not use the chat
 * @property {{code: string, message: string, retry_after: number|null}|null} problem
 * @property {{id: string, name: string, identity: string}|null} customer
 * @property {boolean} returning
 * @property {{mailbox?: boolean, resume_key?: boolean}} recovery which ways back this inbox offers
 * @property {number} found earlier conversations that have just come back to this browser
 * @property {Record<string, any>} inbox
 * @property {Conversation[]} conversations
 * @property {string} link state of the connection: "live", "polling", "waiting", …
 * @property {Record<string, {position: number, estimate_seconds: number|null}>} queue
 * @property {Record<string, {name: string, until: number}>} typing
 * @property {Record<string, boolean>} online is the technician of this conversation here
 *
 * @typedef {Record<string, any> & {type: string}} News
 */

const FRESH = 10_000;
const TYPING_LASTS = 6_000; // a technician's "stopped" may be lost; nobody types silently for longer

/** @param {Record<string, any>} inbox @returns {State} */
export function initial(inbox = {}) {
  return {
    phase: "idle",
    problem: null,
    customer: null,
    returning: false,
    recovery: {},
    found: 0,
    inbox,
    conversations: [],
    link: "stopped",
    queue: {},
    typing: {},
    online: {},
  };
}

/** @type {Record<string, (state: State, news: any) => State>} */
const changes = {
  session: (state, { session, now }) => ({
    ...state,
    phase: "ready",
    problem: null,
    customer: session.customer ?? null,
    // Somebody who wrote for the first time a minute ago has not come back.
    returning: state.phase === "ready" ? state.returning : Boolean(session.returning),
    recovery: session.recovery ?? {},
    inbox: { ...state.inbox, ...session.inbox },
    ...listed(state, session.conversations ?? [], now),
  }),
  failed: (state, { problem }) => ({
    ...state,
    phase: state.phase === "ready" ? "ready" : "failed",
    problem,
  }),
  closed: (state, { problem }) => ({ ...state, phase: "closed", problem }),
  link: (state, { link }) => ({ ...state, link, typing: link === "live" ? state.typing : {} }),
  welcome: (state, news) => changes.conversations(state, news),
  conversations: (state, { conversations, now }) =>
    Array.isArray(conversations) ? { ...state, ...listed(state, conversations, now) } : state,
  "conversation.started": (state, { conversation, now }) => ({
    ...state,
    conversations: [
      { ...conversation, fresh: now },
      ...state.conversations.filter((one) => one.id !== conversation.id),
    ],
  }),
  // One row as it is now: the answer to something that was done to it.
  conversation: (state, { conversation }) => changed(state, conversation.id, () => conversation),
  reset: (state, { conversation, reason }) =>
    reason === "access_ended"
      ? { ...state, conversations: state.conversations.filter((one) => one.id !== conversation), found: 0 }
      : state,
  recognised: (state, { found }) => found ? { ...state, returning: true, found } : state,
  noticed: (state) => state.found ? { ...state, found: 0 } : state,
  event: (state, news) => {
    const next = changed(state, news.conversation, (one) => news.seq > one.last_seq ? told(one, news) : one);
    const { [news.conversation]: _typed, ...typing } = state.typing;
    const { [news.conversation]: _placed, ...queue } = state.queue;
    return {
      ...next,
      typing: news.kind === "message" && news.by?.kind === "technician" ? typing : state.typing,
      queue: news.kind === "assigned" && news.assigned?.technician ? queue : state.queue,
    };
  },
  read: (state, news) =>
    changed(
      state,
      news.conversation,
      (one) =>
        news.by?.kind === "customer"
          ? {
            ...one,
            read_seq: Math.max(one.read_seq, news.seq),
            unread: news.seq >= one.last_seq ? 0 : one.unread,
          }
          : { ...one, seen_seq: Math.max(one.seen_seq ?? 0, news.seq) },
    ),
  typing: (state, { conversation, by, active, now }) => {
    if (by?.kind === "customer") return state;
    const { [conversation]: _before, ...typing } = state.typing;
    if (active) typing[conversation] = { name: by?.name ?? "", until: now + TYPING_LASTS };
    return { ...state, typing };
  },
  quiet: (state, { now }) => ({
    ...state,
    typing: Object.fromEntries(Object.entries(state.typing).filter(([, who]) => who.until > now)),
  }),
  queue: (state, { conversation, position, estimate_seconds }) => ({
    ...state,
    queue: { ...state.queue, [conversation]: { position, estimate_seconds: estimate_seconds ?? null } },
  }),
  presence: (state, { conversation, technician_online }) => ({
    ...state,
    online: conversation ? { ...state.online, [conversation]: Boolean(technician_online) } : state.online,
  }),
  forget: (state) => initial(state.inbox),
};

/**
 * @param {State} state
 * @param {News} news a frame of the server, or something that happened here
 * @returns {State} the same object when nothing changed
 */
export function reduce(state, news) {
  return Object.hasOwn(changes, news.type) ? changes[news.type](state, news) : state;
}

/** @param {State} state @param {string} id */
export function conversation(state, id) {
  return state.conversations.find((one) => one.id === id);
}

/** @param {State} state @param {Conversation[]} [list] @returns {boolean} one of these is among ours */
export function known(state, list = []) {
  return list.some((one) => conversation(state, one.id));
}

/** @param {State} state @returns {Conversation[]} the open ones, the newest first */
export function open(state) {
  return state.conversations.filter((one) => one.status !== "resolved").sort(newest);
}

/** @param {State} state @returns {Conversation[]} the solved ones, the newest first */
export function past(state) {
  return state.conversations.filter((one) => one.status === "resolved").sort(newest);
}

/** @param {State} state @returns {number} messages not read yet, over all conversations */
export function unread(state) {
  return state.conversations.reduce((sum, one) => sum + (one.unread || 0), 0);
}

/** @param {State} state @returns {boolean} is a technician here, as far as we were told */
export function attended(state) {
  return state.inbox.open !== false && (state.inbox.technicians?.length ?? 0) > 0;
}

/** @param {State} state @returns {Conversation|undefined} the newest fix nobody has said of whether it has held */
export function doubted(state) {
  return past(state).find((one) => one.ask_held);
}

/**
 * A list of the server takes the place of ours. What was opened here a moment ago may not stand in it yet; solved
 * ones we had not seen mean that somebody has recognised this person, and ones that have gone, that it was taken back.
 * @param {State} state
 * @param {Conversation[]} conversations
 * @param {number} [now]
 */
function listed(state, conversations, now = 0) {
  const there = new Set(conversations.map((one) => one.id));
  const had = new Set(state.conversations.map((one) => one.id));
  const fresh = state.conversations.filter((one) =>
    now - (one.fresh ?? -FRESH) < FRESH && !there.has(one.id)
  );
  const back = state.phase === "ready"
    ? conversations.filter((one) => one.status === "resolved" && !had.has(one.id)).length
    : 0;
  const gone = state.conversations.some((one) => one.status === "resolved" && !there.has(one.id));
  return {
    conversations: [...fresh, ...conversations],
    found: (gone ? 0 : state.found) + back,
    ...back ? { returning: true } : {},
  };
}

/** @param {Conversation} one @param {Conversation} other */
function newest(one, other) {
  return Date.parse(other.resolved_at ?? other.opened_at) - Date.parse(one.resolved_at ?? one.opened_at);
}

/**
 * @param {State} state
 * @param {string} id
 * @param {(one: Conversation) => Conversation} change
 */
function changed(state, id, change) {
  return { ...state, conversations: state.conversations.map((one) => one.id === id ? change(one) : one) };
}

/**
 * @param {Conversation} one
 * @param {Record<string, any>} event
 * @returns {Conversation}
 */
function told(one, event) {
  const next = { ...one, last_seq: event.seq };
  const theirs = event.by?.kind !== "customer";
  if (event.kind === "message" && theirs) next.unread = (one.unread || 0) + 1;
  if (event.kind === "assigned") {
    next.technician = event.assigned?.technician ?? null;
    if (one.status !== "resolved") next.status = next.technician ? "active" : "waiting";
  }
  if (event.kind === "resolved") {
    next.status = "resolved";
    next.resolved_at = event.at;
    next.outcome = event.resolved?.outcome ?? null;
  }
  if (event.kind === "reopened") {
    next.status = "waiting";
    next.technician = null; // whoever is free takes it; that is told by an event of its own
    next.resolved_at = next.outcome = null;
    next.ask_held = false;
  }
  return next;
}
