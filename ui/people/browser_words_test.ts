import assert from "node:assert/strict";
import { browserWords } from "./browser_words.ts";

Deno.test("a session is called by its browser and system", () => {
  const gecko = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  assert.equal(browserWords(gecko), "Firefox on Linux");
  const edge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
  assert.equal(browserWords(edge), "Edge on Windows");
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
  assert.equal(browserWords(phone), "Safari on iPhone");
  assert.equal(browserWords("curl/8.5.0"), "curl");
  assert.equal(browserWords(""), "An unknown browser");
});
