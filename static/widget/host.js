/**
 * The page around the frame, spoken to through its loader. The first proper greeting from the window above
 * us decides who the host is; from then on only that window and that exact origin are heard and answered.
 * @typedef {Record<string, any> & {type: string}} HostMessage
 */
export class Host {
  #origin = "";

  /**
   * @param {(message: HostMessage) => void} onMessage
   * @param {Window} [self]
   */
  constructor(onMessage, self = globalThis.window) {
    this.onMessage = onMessage;
    this.self = self;
    /** Opened by itself, as a page: there is no host, and the chat fills the window. */
    this.alone = self.parent === self;
    self.addEventListener("message", (event) => this.#receive(event));
  }

  /**
   * Tell the loader.
   * @param {string} type
   * @param {Record<string, any>} [fields]
   */
  tell(type, fields = {}) {
    if (this.#origin) this.self.parent.postMessage({ ...fields, rapport: 1, type }, this.#origin);
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    if (this.alone || event.source !== this.self.parent || event.origin === "null") return;
    if (this.#origin && event.origin !== this.#origin) return;
    const message = event.data;
    if (!message || typeof message !== "object" || message.rapport !== 1) return;
    if (typeof message.type !== "string") return;
    if (!this.#origin) {
      if (message.type !== "hello") return;
      this.#origin = event.origin;
    }
    this.onMessage(message);
  }
}

const NAMES = ["product", "model", "serial", "app_version", "plan"];

/**
 * What the conversation is about, as far as the page and the browser say: only known names, only short text.
 * @param {Record<string, any>} page from the loader: page, referrer
 * @param {Record<string, any>} context from `Rapport.setContext`
 * @param {string} locale
 * @returns {Record<string, string>}
 */
export function environment(page, context, locale) {
  /** @type {Record<string, any>} */
  const known = {
    page: page.page,
    referrer: page.referrer,
    title: page.title,
    locale,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: globalThis.screen ? `${screen.width}x${screen.height}` : undefined,
  };
  for (const name of NAMES) known[name] = context[name];
  return Object.fromEntries(
    Object.entries(known)
      .filter(([, value]) => (typeof value === "string" || typeof value === "number") && value !== "")
      .map((
        [name, value],
      ) => [name, String(value).slice(0, name === "page" || name === "referrer" ? 1000 : 200)]),
  );
}
