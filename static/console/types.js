/**
 * The shapes that travel over the console socket, named once for the type checker.
 *
 * @typedef {{kind: "customer" | "technician" | "system", id?: string | null, name: string}} By
 * @typedef {{id: string, name: string}} Named
 *
 * @typedef {object} Outcome
 * @property {string} [id]
 * @property {string} [problem]
 * @property {string} [cause]
 * @property {string} [fix]
 * @property {string} [applies_to]
 * @property {string} [state] "unknown" | "held" | "failed"
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} case_code
 * @property {string} subject
 * @property {string} status "waiting" | "active" | "resolved"
 * @property {{key: string, name: string, color: string}} inbox
 * @property {{id: string, name: string, identity: string}} customer
 * @property {Named | null} technician
 * @property {Named | null} team
 * @property {string} opened_at
 * @property {string | null} waiting_since
 * @property {string | null} resolved_at
 * @property {number} last_seq
 * @property {number} read_seq how far I have read
 * @property {number} seen_seq how far the customer has read, in technicians' numbering
 * @property {number} unread
 * @property {{at: string, by: {kind: string, name: string}, text: string, note: boolean} | null} last
 * @property {boolean} returning
 * @property {boolean} [urgent] it came back although it was fixed: first in line
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {string} client_id
 * @property {string} text
 * @property {unknown[]} attachments
 * @property {boolean} note
 *
 * @typedef {object} Event
 * @property {string} conversation
 * @property {number} seq
 * @property {string} kind
 * @property {string} at
 * @property {By} by
 * @property {Message} [message]
 * @property {{technician: Named | null, team: Named | null, waiting_since?: string}} [assigned]
 * @property {{outcome: Outcome | null}} [resolved]
 * @property {{reason: string, urgent?: boolean}} [reopened]
 * @property {{action: string, customer: Named | null, proof?: string, reason?: string, link?: string,
 *   expires_at?: string | null}} [linked]
 *
 * @typedef {object} Past one earlier conversation of the same person
 * @property {string} id
 * @property {string} case_code
 * @property {string} opened_at
 * @property {string} subject
 * @property {Outcome | null} [outcome]
 * @property {string} [technician]
 *
 * @typedef {object} LastFix
 * @property {string} conversation
 * @property {string} case_code
 * @property {string} at
 * @property {string} technician
 * @property {string} problem
 * @property {string} cause
 * @property {string} fix
 * @property {string} state
 * @property {string} [outcome] its id; without it the steps can only be put into a reply
 *
 * @typedef {object} Suggestion somebody on file who may be this customer: never proven
 * @property {string} customer
 * @property {string} name
 * @property {number} score 0 to 1
 * @property {string} level "likely" | "possible"
 * @property {string[]} reasons
 * @property {LastFix | null} [last]
 * @property {{kind: string, shown: string, proof: string}[]} [identifiers]
 * @property {{ask: string, expect: string}[]} [questions]
 * @property {boolean} [strong] this browser proved a mailbox that they had given
 * @property {boolean} [withdrawn] no longer suggested, kept in its place while somebody looks at it
 *
 * @typedef {object} Similar
 * @property {string} conversation
 * @property {boolean} same_person
 * @property {string} problem
 * @property {string} [cause]
 * @property {string} fix
 * @property {string} state
 * @property {number} score
 * @property {string} [outcome]
 * @property {number} [count] cases with this fix
 * @property {number} [held] in how many of them it held
 *
 * @typedef {object} PromiseMade
 * @property {string} id
 * @property {string} [conversation]
 * @property {string} text
 * @property {string | null} due_at
 * @property {string | Named} by
 * @property {string} at
 *
 * @typedef {object} Link
 * @property {string} id
 * @property {string} customer the other one
 * @property {string} name
 * @property {string} proof
 * @property {string} reason
 * @property {string | Named | null} by
 * @property {string} at
 * @property {string | null} expires_at
 *
 * @typedef {object} Vouch a technician's word that waits for a second person
 * @property {string} id
 * @property {string} candidate
 * @property {string} name
 * @property {string | Named} by
 * @property {string} at
 * @property {string[]} facts
 * @property {string} [reason]
 *
 * @typedef {{id: string, name: string, conversations: number, since: string | null,
 *   identifiers: {kind: string, shown?: string, value?: string, proof: string}[]}} Side
 * @typedef {{a: Side, b: Side, together: {customers: number, conversations: number}}} Preview
 *
 * @typedef {object} ReturnCard
 * @property {boolean} returning
 * @property {{name: string, identity: string, customers: string[]}} person
 * @property {LastFix | null} last
 * @property {{what: string, from: string | null, to: string | null}[]} changed
 * @property {Past[]} conversations
 * @property {Similar[]} [similar]
 * @property {Suggestion[]} [suggestions]
 * @property {PromiseMade[]} [promises]
 * @property {Vouch | null} [vouch]
 * @property {Link[]} [links]
 * @property {string} [vouching] "off" | "technician" | "second"
 *
 * @typedef {object} Context
 * @property {ReturnCard} return_card
 * @property {Record<string, string | undefined>} environment
 * @property {{id: string, name: string, identity: string, since: string,
 *   identifiers: {kind: string, value: string, proof: string}[]}} customer
 *
 * @typedef {{id: string, name: string, state: string}} Technician
 * @typedef {{id: string, name: string, username: string, availability: string}} Me
 * @typedef {Record<string, any>} Frame a frame as it came off the wire, unknown until its type is looked at
 */

export {};
