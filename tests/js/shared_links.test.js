import { pieces } from "../../static/shared/links.js";
import { equal } from "./shared_fakes.js";

/** @param {string} text */
const links = (text) =>
  pieces(text).flatMap((piece) => piece.kind === "link" ? [[piece.text, piece.href]] : []);

Deno.test("finds addresses, leaves the sentence's own signs outside", () => {
  equal(links("See https://example.org/a?b=c#d, please."), [[
    "https://example.org/a?b=c#d",
    "https://example.org/a?b=c#d",
  ]]);
  equal(links("(https://example.org/wiki/Printer_(device))"), [[
    "https://example.org/wiki/Printer_(device)",
    "https://example.org/wiki/Printer_(device)",
  ]]);
  equal(links("Mail mara@example.org!"), [["mara@example.org", "mailto:mara@example.org"]]);
  equal(links("http://127.0.0.1:8000/x"), [["http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"]]);
});

Deno.test("nothing else becomes a link", () => {
  for (
    const text of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)//https:",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:x",
      "file:///etc/passwd",
      "ftp://example.org",
      "https://",
      "https://bank.example@evil.example/",
      "https://user:pass@evil.example/",
      "<img src=x onerror=alert(1)>",
      "www.example.org",
    ]
  ) {
    const unsafe = links(text).filter(([, href]) => !/^(https?:\/\/[^@]*|mailto:[^\s]*)$/.test(href));
    equal([text, unsafe], [text, []]);
  }
  equal(links("javascript:alert(1)"), []);
  equal(links("https://bank.example@evil.example/").filter(([, href]) => href.startsWith("http")), []);
});

Deno.test("line breaks of every kind, and the text is kept to the letter", () => {
  equal(pieces("a\r\nb\n\nc").map((piece) => piece.kind), [
    "text",
    "break",
    "text",
    "break",
    "break",
    "text",
  ]);
  const source = "1. Close <b>it</b>\n2. Go to https://example.org/x.\n& done";
  equal(pieces(source).map((piece) => piece.kind === "break" ? "\n" : piece.text).join(""), source);
});

Deno.test("is quick on long text without an address", () => {
  const started = performance.now();
  pieces("a".repeat(8000) + "@" + "b.".repeat(4000));
  pieces("https://" + "(".repeat(4000) + ")".repeat(4000));
  if (performance.now() - started > 1000) throw new Error("too slow");
});
