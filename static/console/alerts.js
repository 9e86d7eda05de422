/** Sound, title and desktop notifications: how the console calls a technician who looks elsewhere. */

import { titleFor } from "./attention.js";

/** @typedef {import("./attention.js").Call} Call */

/** A burst of news (back after an hour of no network) is one sound. */
const SOUND_GAP_MS = 2000;
/** Somebody who still waits is called out again after this long, until a human acts. */
const REPEAT_MS = 60_000;

export class Alerts {
  /** @type {AudioContext | null} */ #audio = null;
  #lastSound = -Infinity;
  #lastCall = -Infinity;
  /** @type {import("../shared/shelf.js").Shelf} */ #settings;
  /** @type {(conversation: string) => void} */ #onOpen;
  /** @type {string} */ #name;

  /**
   * @param {object} options
   * @param {import("../shared/shelf.js").Shelf} options.settings
   * @param {(conversation: string) => void} options.onOpen a notification was clicked
   */
  constructor({ settings, onOpen }) {
    this.#settings = settings;
    this.#onOpen = onOpen;
    this.#name = document.title;
    // Browsers keep sound locked until the page has been touched once.
    const unlock = () => this.#context()?.resume();
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, unlock, { once: true });
  }

  get muted() {
    return this.#settings.get("muted") === "yes";
  }

  set muted(muted) {
    this.#settings.set("muted", muted ? "yes" : "no");
    if (!muted) this.#beep("message");
  }

  /** @returns {"granted" | "denied" | "default" | "none"} none: this browser has no notifications */
  get permission() {
    return typeof Notification === "undefined" ? "none" : Notification.permission;
  }

  /** Ask the person, because they pressed the button for it. */
  async ask() {
    if (this.permission === "default") await Notification.requestPermission();
  }

  /** @param {Call} call */
  call(call) {
    this.#lastCall = Date.now();
    this.#beep(call.kind);
    if (this.permission !== "granted" || document.hasFocus()) return;
    try {
      const shown = new Notification(call.title, { body: call.body, tag: call.conversation });
      shown.onclick = () => {
        globalThis.focus();
        this.#onOpen(call.conversation);
        shown.close();
      };
    } catch {
      // Some phones only allow notifications from a service worker; sound and title remain.
    }
  }

  /** @param {{waiting: number, unread: number}} counts @param {boolean} online */
  count(counts, online) {
    const title = titleFor(online ? counts : { ...counts, waiting: 0 }, this.#name);
    if (document.title !== title) document.title = title;
  }

  /** Every second or so: a forgotten customer is called out again. @param {boolean} waiting somebody waits for me */
  remind(waiting) {
    if (!waiting) this.#lastCall = Date.now();
    else if (Date.now() - this.#lastCall >= REPEAT_MS) {
      this.#lastCall = Date.now();
      this.#beep("waiting");
    }
  }

  /** Two soft notes up for somebody new, one for a message. @param {Call["kind"]} kind */
  #beep(kind) {
    const audio = this.#audio;
    if (this.muted || !audio || audio.state !== "running" || Date.now() - this.#lastSound < SOUND_GAP_MS) {
      return;
    }
    this.#lastSound = Date.now();
    const notes = kind === "waiting" ? [659, 880] : [740];
    notes.forEach((pitch, at) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + at * 0.16;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.14, start + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.32);
    });
  }

  #context() {
    try {
      this.#audio ??= new AudioContext();
    } catch {
      return null;
    }
    return this.#audio;
  }
}
