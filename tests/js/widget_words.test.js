import { contrast, palette, parse } from "../../static/widget/color.js";
import { english, speech } from "../../static/widget/words.js";
import { words as arabic } from "../../static/widget/words_ar.js";
import { words as german } from "../../static/widget/words_de.js";
import { words as later } from "../../static/widget/words_later.js";
import { words as laterArabic } from "../../static/widget/words_later_ar.js";
import { words as laterGerman } from "../../static/widget/words_later_de.js";
import { talk } from "../../static/widget/words_talk.js";
import { equal } from "./shared_fakes.js";

/** @param {any} sentence */
const forms = (sentence) => typeof sentence === "string" ? [sentence] : Object.values(sentence);

Deno.test("every language says everything, with the same places", () => {
  const all = { german: [german, english], arabic: [arabic, english], laterGerman: [laterGerman, later] };
  for (const [name, [words, model]] of Object.entries({ ...all, laterArabic: [laterArabic, later] })) {
    equal([name, Object.keys(words).sort()], [name, Object.keys(model).sort()]);
    for (const key of Object.keys(model)) {
      const places = (/** @type {any} */ sentence) =>
        [...new Set(forms(sentence).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
      equal([name, key, places(words[key])], [name, key, places(model[key])]);
    }
  }
});

Deno.test("the later words are learned where they are needed, and replace none", async () => {
  for (const tag of ["en", "de", "ar"]) {
    const one = await speech(tag);
    const before = one.t("send");
    await one.learn();
    equal([one.t("send"), one.t("useEmail").length > 5], [before, true]);
  }
  equal(Object.keys(later).filter((key) => key in english), []);
  equal((await speech("en")).t("retry"), talk.retry);
});

Deno.test("plural forms cover what the language asks for", () => {
  for (
    const [tag, words] of /** @type {[string, any][]} */ ([["en", english], ["de", german], ["ar", arabic]])
  ) {
    const rules = new Intl.PluralRules(tag);
    for (const [key, sentence] of Object.entries(words)) {
      if (typeof sentence === "string") continue;
      for (const n of [0, 1, 2, 3, 11, 100]) {
        if (!(sentence[rules.select(n)] ?? sentence.other)) throw new Error(`${tag} ${key} ${n}`);
      }
    }
  }
});

Deno.test("numbers, plurals and direction", async () => {
  const en = await speech("en-GB");
  equal([en.dir, en.t("unread", { n: 1 }), en.t("unread", { n: 1200 })], [
    "ltr",
    "1 new message",
    "1,200 new messages",
  ]);
  const de = await speech("de-AT");
  equal([de.locale, de.t("unread", { n: 2 })], ["de-AT", "2 neue Nachrichten"]);
  const ar = await speech("ar");
  equal([ar.dir, ar.t("unread", { n: 2 })], ["rtl", "رسالتان جديدتان"]);
  equal(ar.t("withName", { name: "Ana" }), "مع \u2068Ana\u2069");
});

Deno.test("the first language we speak; the region of the browser; English else", async () => {
  equal((await speech("fr", "de")).locale, "de");
  equal((await speech("en", "de-DE", "en-GB")).locale, "en-GB");
  equal((await speech("xx", null, undefined, "", "not a tag!")).locale, "en");
  equal((await speech("constructor")).locale, "en");
});

Deno.test("any colour of an inbox gives readable words", () => {
  const colors = [
    "#0b6b5d",
    "#ffd400",
    "#ffffff",
    "#000000",
    "#ff0000",
    "#0000ff",
    "#00ff00",
    "#808080",
    "#777777",
    "#f6c",
    "#767676",
  ];
  for (const color of colors) {
    for (const dark of [false, true]) {
      const made = palette(color, dark);
      const rgb = (/** @type {string} */ name) => /** @type {any} */ (parse(made?.[name]));
      const surface = /** @type {any} */ (parse(dark ? "#1c1f23" : "#ffffff"));
      for (const [over, under] of [["--accent-ink", "--accent"], ["--accent-text", "--accent-soft"]]) {
        const reached = contrast(rgb(over), rgb(under));
        if (reached < 4.5) throw new Error(`${color} ${dark} ${over} on ${under}: ${reached}`);
      }
      if (contrast(rgb("--accent-text"), surface) < 4.5) throw new Error(`${color} ${dark} text`);
    }
  }
  for (const bad of ["red", "#12", "url(x)", "", null, undefined]) equal(palette(bad, false), null);
});
