import { ago, clock, date, day, dayNumber, moment, span, waiting } from "../../static/shared/time.js";
import { equal } from "./shared_fakes.js";

const timeZone = "Europe/London";
const locale = "en-GB";
const now = "2026-03-03T12:00:00Z";
const options = { locale, now, timeZone };

Deno.test("clock, day, date and moment", () => {
  equal(clock("2026-03-03T10:03:00Z", options), "10:03");
  equal(clock("2026-07-03T10:03:00Z", options), "11:03");
  equal(day("2026-03-03T00:01:00Z", options), "Today");
  equal(day("2026-03-02T23:59:00Z", options), "Yesterday");
  equal(day("2026-01-12T10:00:00Z", options), "12 January");
  equal(date("2025-01-12T10:00:00Z", options), "12 January 2025");
  equal(moment("2026-03-03T10:03:00Z", options), "10:03");
  equal(moment("2026-03-02T10:03:00Z", options), "Yesterday 10:03");
});

Deno.test("days follow the clock on the wall, also when it is put forward", () => {
  equal(dayNumber("2026-03-29T22:59:00Z", options) - dayNumber("2026-03-28T12:00:00Z", options), 1);
  equal(dayNumber("2026-03-29T23:30:00Z", options) - dayNumber("2026-03-28T12:00:00Z", options), 2);
});

Deno.test("ago", () => {
  const back = (/** @type {number} */ seconds) => ago(Date.parse(now) - seconds * 1000, options);
  equal([0, 59, 60, 3599, 3600].map(back), [
    "just now",
    "just now",
    "1 minute ago",
    "59 minutes ago",
    "1 hour ago",
  ]);
  equal([86400, 3 * 86400, 20 * 86400, 125 * 86400, 800 * 86400].map(back), [
    "yesterday",
    "3 days ago",
    "2 weeks ago",
    "4 months ago",
    "2 years ago",
  ]);
  equal(ago("2026-03-03T12:00:30Z", options), "just now"); // a client's clock behind the server's
  equal(ago(now, { locale: "de", now }), "jetzt");
  equal(ago(now, { locale: "de", now, justNow: "gerade eben" }), "gerade eben");
});

Deno.test("waiting and span", () => {
  equal([0, 7, 252, 3852, -5, 59.9].map(waiting), ["0:00", "0:07", "4:12", "1:04:12", "0:00", "0:59"]);
  const say = (/** @type {number} */ seconds) => span(seconds, { locale });
  equal([4, 40, 55, 65, 290, 3600, 7000, 90000].map(say), [
    "10 seconds",
    "40 seconds",
    "1 minute",
    "1 minute",
    "5 minutes",
    "1 hour",
    "2 hours",
    "1 day",
  ]);
});
